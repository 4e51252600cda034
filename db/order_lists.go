package db

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// Orders returns one page of the orders that the query asks for, newest first, and whether older ones follow.
func (s *Store) Orders(ctx context.Context, q shop.OrdersQuery) (page []shop.OrderHead, more bool, err error) {
	if q.Before <= 0 || q.Before > shop.MaxOrderID {
		q.Before = shop.MaxOrderID + 1
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		page, more = nil, false
		rows, err := s.orderRows(ctx, tx, q)
		if err != nil {
			return err
		}
		if limit := pageSize(q.Limit); len(rows) > limit {
			rows, more = rows[:limit], true
		}
		for _, r := range rows {
			page = append(page, orderHead(r))
		}
		return nil
	})
	return page, more, err
}

// orderRows reads one row more than the page, by the narrowest access path.
func (s *Store) orderRows(ctx context.Context, tx pgx.Tx, q shop.OrdersQuery) ([]sqlc.CustomerOrdersRow, error) {
	before, limit := int64(q.Before), int32(pageSize(q.Limit)+1) //nolint:gosec // pageSize bounds it
	switch {
	case q.Scope.CustomerID != 0:
		return s.orderRowsOfCustomer(ctx, tx, q, limit)
	case q.Scope.MerchantID != 0 && q.Status != "":
		rows, err := s.q.OrdersOfMerchantOfStatus(ctx, tx, sqlc.OrdersOfMerchantOfStatusParams{
			MerchantID: q.Scope.MerchantID, Status: string(q.Status), Before: before, RowLimit: limit,
		})
		return convertRows(rows, func(r sqlc.OrdersOfMerchantOfStatusRow) sqlc.CustomerOrdersRow { return sqlc.CustomerOrdersRow(r) }), err
	case q.Scope.MerchantID != 0:
		rows, err := s.q.OrdersOfMerchant(ctx, tx, sqlc.OrdersOfMerchantParams{MerchantID: q.Scope.MerchantID, Before: before, RowLimit: limit})
		return convertRows(rows, func(r sqlc.OrdersOfMerchantRow) sqlc.CustomerOrdersRow { return sqlc.CustomerOrdersRow(r) }), err
	case q.Status != "":
		rows, err := s.q.OrdersOfStatus(ctx, tx, sqlc.OrdersOfStatusParams{Status: string(q.Status), Before: before, RowLimit: limit})
		return convertRows(rows, func(r sqlc.OrdersOfStatusRow) sqlc.CustomerOrdersRow { return sqlc.CustomerOrdersRow(r) }), err
	}
	rows, err := s.q.OrdersNewest(ctx, tx, sqlc.OrdersNewestParams{Before: before, RowLimit: limit})
	return convertRows(rows, func(r sqlc.OrdersNewestRow) sqlc.CustomerOrdersRow { return sqlc.CustomerOrdersRow(r) }), err
}

// orderRowsOfCustomer looks only into the months in which the customer bought. A customer that does not exist bought nothing.
func (s *Store) orderRowsOfCustomer(ctx context.Context, tx pgx.Tx, q shop.OrdersQuery, limit int32) ([]sqlc.CustomerOrdersRow, error) {
	bounds, err := s.q.CustomerOrderBounds(ctx, tx, q.Scope.CustomerID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rows, err := s.q.OrdersOfCustomer(ctx, tx, sqlc.OrdersOfCustomerParams{
		CustomerID: q.Scope.CustomerID, MerchantID: q.Scope.MerchantID, Status: string(q.Status),
		IDFrom: bounds.IDFrom, Before: min(int64(q.Before), bounds.IDUntil), RowLimit: limit,
	})
	return convertRows(rows, func(r sqlc.OrdersOfCustomerRow) sqlc.CustomerOrdersRow { return sqlc.CustomerOrdersRow(r) }), err
}
