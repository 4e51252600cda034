package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// CheckoutByKey returns what was placed under an idempotency key. A key under which nothing was placed is CodeNotFound.
func (s *Store) CheckoutByKey(ctx context.Context, scope, key string) (shop.PlacedCheckout, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (placed shop.PlacedCheckout, err error) {
		stored, err := s.q.IdempotencyFind(ctx, tx, sqlc.IdempotencyFindParams{Scope: scope, Key: key})
		if errors.Is(err, pgx.ErrNoRows) {
			return placed, shop.NotFound("checkout")
		}
		if err != nil {
			return placed, err
		}
		if err := json.Unmarshal(stored.Result, &placed); err != nil {
			return placed, fmt.Errorf("decode the stored result of key %q: %w", key, err)
		}
		placed.Replayed = true
		return placed, nil
	})
}

// CheckoutByID returns a placed checkout with its orders. Unless customerID is 0 it is CodeNotFound for all but its buyer.
func (s *Store) CheckoutByID(ctx context.Context, id shop.OrderID, customerID int64) (shop.CheckoutDetail, error) {
	return inTxWithValue(ctx, s, snapshotByKey, func(tx pgx.Tx) (shop.CheckoutDetail, error) {
		head, err := s.q.CheckoutHead(ctx, tx, int64(id))
		if errors.Is(err, pgx.ErrNoRows) || (err == nil && customerID != 0 && head.CustomerID != customerID) {
			return shop.CheckoutDetail{}, shop.NotFound("checkout")
		}
		if err != nil {
			return shop.CheckoutDetail{}, err
		}
		checkout := shop.CheckoutDetail{
			ID: id, CustomerID: head.CustomerID, Currency: shop.Currency(head.Currency), TotalMinor: head.TotalMinor, PlacedAt: head.CreatedAt,
		}
		for _, orderID := range head.OrderIds {
			order, err := s.checkoutOrder(ctx, tx, orderID)
			if err != nil {
				return shop.CheckoutDetail{}, err
			}
			checkout.Orders = append(checkout.Orders, order)
		}
		return checkout, nil
	})
}

func (s *Store) checkoutOrder(ctx context.Context, tx pgx.Tx, id int64) (shop.OrderDetail, error) {
	head, err := s.q.OrderHead(ctx, tx, id)
	if err != nil {
		return shop.OrderDetail{}, err
	}
	order := orderDetail(head)
	for _, part := range []func(context.Context, sqlc.DBTX, *shop.OrderDetail) error{s.loadLines, s.loadOrderDiscounts} {
		if err := part(ctx, tx, &order); err != nil {
			return order, err
		}
	}
	return order, s.loadPayments(ctx, tx, &order)
}

// Reorder returns the lines of an order beside what they cost and have left today. An order outside the scope is
// CodeNotFound.
func (s *Store) Reorder(ctx context.Context, id shop.OrderID, scope shop.OrderScope) (shop.OrderHead, []shop.ReorderLine, error) {
	var head shop.OrderHead
	lines, err := inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.ReorderLine, error) {
		row, err := s.q.OrderHead(ctx, tx, int64(id))
		if errors.Is(err, pgx.ErrNoRows) || (err == nil && !scope.Allows(row.CustomerID, row.MerchantID)) {
			return nil, shop.NotFound("order")
		}
		if err != nil {
			return nil, err
		}
		order := orderDetail(row)
		if err := s.loadLines(ctx, tx, &order); err != nil {
			return nil, err
		}
		head = order.OrderHead
		return s.reorderLines(ctx, tx, order)
	})
	return head, lines, err
}

func (s *Store) reorderLines(ctx context.Context, tx pgx.Tx, order shop.OrderDetail) ([]shop.ReorderLine, error) {
	ids := make([]int64, len(order.Lines))
	for i, line := range order.Lines {
		ids[i] = line.SKUID
	}
	offers, err := s.skuOffers(ctx, tx, sqlc.SKUOffersParams{SkuIds: ids, Currency: string(order.Currency), Now: s.Now()})
	if err != nil {
		return nil, err
	}
	lines := make([]shop.ReorderLine, len(order.Lines))
	for i, line := range order.Lines {
		offer := offers[line.SKUID]
		offer.SKUID, offer.Name, offer.SKUCode, offer.ProductSlug = line.SKUID, line.Name, line.SKUCode, line.ProductSlug
		offer.Quantity, offer.AddedPriceMinor = line.Quantity, line.UnitPriceMinor
		lines[i] = shop.ReorderLine{CartLine: offer, Then: order.Amount(line.UnitPriceMinor), Now: order.Amount(offer.PriceMinor)}
	}
	return lines, nil
}
