package db

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// PaymentByID returns a payment and its refunds, the oldest first. A payment of an order outside the scope does not exist
// for the asker: CodeNotFound.
func (s *Store) PaymentByID(ctx context.Context, id int64, scope shop.OrderScope) (payment shop.Payment, refunds []shop.Refund, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		row, err := s.q.PaymentByID(ctx, tx, id)
		if errors.Is(err, pgx.ErrNoRows) || (err == nil && !scope.Allows(row.CustomerID, row.MerchantID)) {
			return shop.NotFound("payment")
		}
		if err != nil {
			return err
		}
		payment = paymentOf(row.Payment)
		rows, err := s.q.PaymentRefunds(ctx, tx, sqlc.PaymentRefundsParams{OrderID: row.Payment.OrderID, PaymentID: id})
		refunds = convertRows(rows, refundOf)
		return err
	})
	return payment, refunds, err
}
