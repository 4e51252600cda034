package db

import (
	"cmp"
	"context"
	"math"
	"strconv"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// OpenClaim claims an amount from the carrier of a shipment that is late, was stopped or lost, or came back, once. A shipment without such a
// problem, or with a claim already, is CodeConflict; CodeInvalid names the fields.
func (s *Store) OpenClaim(ctx context.Context, c shop.OpenClaimCommand) (claim shop.CarrierClaim, err error) {
	c, err = c.Clean()
	if err != nil {
		return claim, err
	}
	id, replayed, err := once(ctx, s, c.Key, func(tx pgx.Tx) (int64, error) {
		l, err := s.lockShipment(ctx, tx, c.ShipmentID, c.MerchantID, shop.ParcelWork{Actor: c.Actor, RequestID: c.RequestID})
		if err != nil {
			return 0, err
		}
		if !l.status().Left() || l.Problem == "" || l.Problem == string(shop.ProblemWaiting) {
			return 0, shop.Conflict("Only for a parcel that is late, was stopped or lost, or came back can something be claimed.")
		}
		id, err := s.q.CarrierClaimAdd(ctx, tx, sqlc.CarrierClaimAddParams{
			MerchantID: c.MerchantID, ShipmentID: c.ShipmentID, Currency: l.Currency, AmountMinor: c.AmountMinor, Reference: c.Reference, Now: l.now, OpenedByName: c.Actor.Name,
		})
		if err != nil {
			return 0, err
		}
		return id, s.tellClaim(ctx, l, shop.Amount{Minor: c.AmountMinor, Currency: shop.Currency(l.Currency)}, "was claimed from "+l.Carrier)
	})
	if err != nil {
		return claim, err
	}
	claim, err = s.ClaimByID(ctx, c.MerchantID, id)
	claim.Replayed = replayed
	return claim, err
}

// tellClaim notes a step of a claim in the timelines of the orders inside, for the staff.
func (s *Store) tellClaim(ctx context.Context, l *lockedShipment, amount shop.Amount, what string) error {
	for _, p := range l.parcels {
		text := "For parcel " + strconv.Itoa(p.No) + " " + amount.Decimal() + " " + string(amount.Currency) + " " + what + "."
		if err := s.tellParcel(ctx, p, shop.EventNote, shop.VisibilityStaff, map[string]string{shop.DataText: text}); err != nil {
			return err
		}
	}
	return nil
}

// DecideClaim records what the carrier decided about an open claim, once.
func (s *Store) DecideClaim(ctx context.Context, c shop.DecideClaimCommand) (claim shop.CarrierClaim, err error) {
	c, err = c.Clean()
	if err != nil {
		return claim, err
	}
	_, replayed, err := once(ctx, s, c.Key, func(tx pgx.Tx) (int64, error) {
		row, err := s.q.CarrierClaimByID(ctx, tx, sqlc.CarrierClaimByIDParams{ID: c.ClaimID, MerchantID: c.MerchantID})
		if err != nil {
			return 0, notFound(err, "claim")
		}
		l, err := s.lockShipment(ctx, tx, row.ShipmentID, c.MerchantID, shop.ParcelWork{Actor: c.Actor, RequestID: c.RequestID})
		if err != nil {
			return 0, err
		}
		decided, err := s.q.CarrierClaimDecide(ctx, tx, sqlc.CarrierClaimDecideParams{
			ID: c.ClaimID, Status: string(c.Status), PaidMinor: c.PaidMinor, Note: c.Note, Reference: c.Reference, Now: l.now, DecidedByName: c.Actor.Name,
		})
		if err != nil {
			return 0, err
		}
		if decided == 0 {
			return 0, shop.Conflict("This claim was decided meanwhile. Please look at it again.")
		}
		if c.Status == shop.ClaimPaid {
			return c.ClaimID, s.tellClaim(ctx, l, shop.Amount{Minor: c.PaidMinor, Currency: shop.Currency(row.Currency)}, "was paid by "+l.Carrier)
		}
		return c.ClaimID, s.tellClaim(ctx, l, shop.Amount{Minor: row.AmountMinor, Currency: shop.Currency(row.Currency)}, "was denied by "+l.Carrier)
	})
	if err != nil {
		return claim, err
	}
	claim, err = s.ClaimByID(ctx, c.MerchantID, c.ClaimID)
	claim.Replayed = replayed
	return claim, err
}

// ClaimByID returns one claim of a merchant, or with merchantID 0 of any.
func (s *Store) ClaimByID(ctx context.Context, merchantID, id int64) (shop.CarrierClaim, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.CarrierClaim, error) {
		row, err := s.q.CarrierClaimByID(ctx, tx, sqlc.CarrierClaimByIDParams{ID: id, MerchantID: merchantID})
		return carrierClaim(row), notFound(err, "claim")
	})
}

// ClaimOfShipment returns the claim for a shipment of a merchant, CodeNotFound without one.
func (s *Store) ClaimOfShipment(ctx context.Context, merchantID, shipmentID int64) (shop.CarrierClaim, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.CarrierClaim, error) {
		row, err := s.q.CarrierClaimOfShipment(ctx, tx, sqlc.CarrierClaimOfShipmentParams{ShipmentID: shipmentID, MerchantID: merchantID})
		return carrierClaim(sqlc.CarrierClaimByIDRow(row)), notFound(err, "claim")
	})
}

// ClaimPage returns a page of a merchant's claims of one state, newest first, with the counts of all.
func (s *Store) ClaimPage(ctx context.Context, q shop.ClaimQuery) (shop.ClaimPage, error) {
	return inTxWithValue(ctx, s, snapshot, func(tx pgx.Tx) (shop.ClaimPage, error) {
		page := shop.ClaimPage{Counts: map[shop.ClaimStatus]int64{}}
		rows, err := s.q.CarrierClaimsPage(ctx, tx, sqlc.CarrierClaimsPageParams{
			MerchantID: q.MerchantID, Status: string(q.Status), BeforeID: cmp.Or(q.Before, math.MaxInt64), RowLimit: int32(q.Limit) + 1,
		})
		if err != nil {
			return page, err
		}
		page.More = len(rows) > q.Limit
		page.Claims = convertAll(rows[:min(len(rows), q.Limit)], func(r sqlc.CarrierClaimsPageRow) shop.CarrierClaim { return carrierClaim(sqlc.CarrierClaimByIDRow(r)) })
		counts, err := s.q.CarrierClaimCounts(ctx, tx, q.MerchantID)
		for _, r := range counts {
			page.Counts[shop.ClaimStatus(r.Status)] = r.Count
		}
		return page, err
	})
}

func carrierClaim(r sqlc.CarrierClaimByIDRow) shop.CarrierClaim {
	currency := shop.Currency(r.Currency)
	return shop.CarrierClaim{
		ID: r.ID, MerchantID: r.MerchantID, ShipmentID: r.ShipmentID, Status: shop.ClaimStatus(r.Status), Amount: shop.Amount{Minor: r.AmountMinor, Currency: currency},
		Paid: shop.Amount{Minor: r.PaidMinor, Currency: currency}, Reference: r.Reference, Note: r.Note, Carrier: r.Carrier, TrackingNumber: r.TrackingNumber,
		Problem: shop.ShipmentProblem(r.Problem), OpenedAt: r.OpenedAt, OpenedBy: r.OpenedByName, DecidedAt: orZero(r.DecidedAt), DecidedBy: r.DecidedByName,
	}
}
