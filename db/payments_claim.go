package db

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// maxClaim bounds what one run asks providers about.
const maxClaim = 100

// ClaimCharges hands out at most limit charges that are due to be asked about, whole. Until they are due again, later
// the older they are, nobody else gets them.
func (s *Store) ClaimCharges(ctx context.Context, limit int) ([]shop.PaymentAttempt, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.PaymentAttempt, error) {
		claimed, err := s.q.PaymentsClaim(ctx, tx, sqlc.PaymentsClaimParams{Now: s.Now(), RowLimit: claimLimit(limit)})
		if err != nil || len(claimed) == 0 {
			return nil, err
		}
		keys := make([]string, len(claimed))
		for i, key := range claimed {
			keys[i] = orEmpty(key)
		}
		rows, err := s.q.PaymentsByChargeKeys(ctx, tx, distinct(keys))
		if err != nil {
			return nil, err
		}
		return attempts(rows), nil
	})
}

// attempts groups payments, sorted by charge key, into the charges that they are parts of. Parts that are settled, as
// those of a charge never are alone, come along.
func attempts(rows []sqlc.PaymentsByChargeKeysRow) []shop.PaymentAttempt {
	var all []shop.PaymentAttempt
	for _, row := range rows {
		if last := len(all) - 1; last < 0 || all[last].ChargeKey != orEmpty(row.Payment.ChargeKey) {
			all = append(all, shop.PaymentAttempt{})
		}
		addPart(&all[len(all)-1], sqlc.PaymentAttemptRow(row))
	}
	return all
}

// ClaimOperations hands out at most limit captures and voids and as many refunds that are due to be asked about, as
// ClaimCharges does.
func (s *Store) ClaimOperations(ctx context.Context, limit int) ([]shop.Operation, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.Operation, error) {
		now := s.Now()
		operations, err := s.q.OperationsClaim(ctx, tx, sqlc.OperationsClaimParams{Now: now, RowLimit: claimLimit(limit)})
		if err != nil {
			return nil, err
		}
		refunds, err := s.q.RefundsClaim(ctx, tx, sqlc.RefundsClaimParams{Now: now, RowLimit: claimLimit(limit)})
		if err != nil {
			return nil, err
		}
		return slices.Concat(claimedOperations(operations), claimedRefunds(refunds)), nil
	})
}

func claimedOperations(rows []sqlc.OperationsClaimRow) []shop.Operation {
	ops := make([]shop.Operation, len(rows))
	for i, r := range rows {
		ops[i] = shop.Operation{
			Kind: shop.OperationKind(r.Kind), ID: r.ID, OrderID: shop.OrderID(r.OrderID), PaymentID: r.PaymentID, Key: r.OperationKey,
			Provider: r.Provider, Charge: r.Charge, Amount: shop.Amount{Minor: r.AmountMinor, Currency: shop.Currency(r.Currency)}, Status: r.Status,
		}
	}
	return ops
}

func claimedRefunds(rows []sqlc.RefundsClaimRow) []shop.Operation {
	ops := make([]shop.Operation, len(rows))
	for i, r := range rows {
		ops[i] = shop.Operation{
			Kind: shop.OperationRefund, ID: r.ID, OrderID: shop.OrderID(r.OrderID), PaymentID: r.PaymentID, Key: r.RefundKey, Reason: r.Reason,
			Provider: r.Provider, Charge: r.Charge, Amount: shop.Amount{Minor: r.AmountMinor, Currency: shop.Currency(r.Currency)}, Status: r.Status,
		}
	}
	return ops
}

func claimLimit(limit int) int32 { return int32(min(max(limit, 1), maxClaim)) }
