package db

import (
	"context"
	"slices"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// What happens when money comes for an order whose units went back on sale: while its payment was in flight, or because its
// time to pay had run out, and it is about to be cancelled.

// Why an order is cancelled that was paid too late, and why its money goes back.
const (
	soldMeanwhile = "the payment came late, when the items had been sold to others; it is sent back"
	tooLate       = "the payment came when the items had been sold"
)

// withGoods goes on with a paid order that has its goods, or gets them again; one that cannot is cancelled, and the
// operations are returned that send its money back.
func (b *booking) withGoods(ctx context.Context, order *lockedOrder, goOn func(context.Context, *lockedOrder) error) ([]shop.Operation, error) {
	has, err := b.holdAgain(ctx, order)
	if err != nil {
		return nil, err
	}
	if has {
		return nil, goOn(ctx, order)
	}
	if err := b.move(ctx, order, shop.StatusCancelled, soldMeanwhile); err != nil {
		return nil, err
	}
	if err := b.cancelPendingPayments(ctx, b.tx, order.ID); err != nil {
		return nil, err
	}
	return b.unwind(ctx, order, tooLate, b.now.Add(shop.AttemptLease))
}

// holdAgain reserves what a lapsed order needs as if it were placed now, all of it or nothing, and tells whether the
// order has its goods.
func (b *booking) holdAgain(ctx context.Context, order *lockedOrder) (bool, error) {
	if over, err := b.holdIsOver(ctx, order); err != nil || !over {
		return !over, err
	}
	if order.HoldLapsedAt == nil { // nothing has told of it yet
		if err := b.event(ctx, shop.Event{OrderID: order.id(), Kind: shop.EventHoldExpired}); err != nil {
			return false, err
		}
	}
	lines, err := b.q.OrdersLines(ctx, b.tx, sqlc.OrdersLinesParams{OrderIds: []int64{order.ID}, IDFirst: order.ID, IDLast: order.ID})
	if err != nil {
		return false, err
	}
	in := shop.ReservationInput{Requests: make([]shop.ReservationRequest, 1)}
	var skuIDs []int64
	for _, l := range lines {
		in.Requests[0].Demands = append(in.Requests[0].Demands, shop.Demand{SKUID: l.SkuID, Quantity: l.Quantity})
		skuIDs = append(skuIDs, l.SkuID)
	}
	if in.Limits, err = b.backorderLimits(ctx, skuIDs); err != nil {
		return false, err
	}
	levels, err := b.q.PlacingStockLock(ctx, b.tx, distinct(skuIDs))
	if err != nil {
		return false, err
	}
	in.Levels = convertAll(levels, stockLevel)
	outcome := shop.PlanReservations(in)[0]
	if outcome.Refused() {
		return false, nil
	}
	return true, b.renewHold(ctx, order, lines, outcome)
}

// holdIsOver tells whether nothing is held for a locked order any more. What ReleaseExpired lets go of is not noted at the
// order, which ends a moment later, so its reservations tell; and not the time, because the clock of the server that let go
// may be ahead of this one.
func (b *booking) holdIsOver(ctx context.Context, order *lockedOrder) (bool, error) {
	if order.HoldLapsedAt != nil || order.ExpiresAt == nil {
		return order.HoldLapsedAt != nil, nil
	}
	var promised promisedUnits
	if err := inOneTrip(ctx, b.tx, promised.readers(b.Store, []int64{order.ID})...); err != nil {
		return false, err
	}
	return len(promised.held)+len(promised.waiting) == 0, nil
}

func (b *booking) backorderLimits(ctx context.Context, skuIDs []int64) (map[int64]shop.SKULimits, error) {
	rows, err := b.q.SKUBackorderLimits(ctx, b.tx, skuIDs)
	limits := make(map[int64]shop.SKULimits, len(rows))
	for _, row := range rows {
		limits[row.ID] = shop.SKULimits{Backorder: row.BackorderLimit}
	}
	return limits, err
}

// renewHold writes what an order holds again and waits for. A SKU is on one line of an order.
func (b *booking) renewHold(ctx context.Context, order *lockedOrder, lines []sqlc.OrdersLinesRow, got shop.ReservationOutcome) error {
	lineOf := func(skuID int64) int32 {
		return lines[slices.IndexFunc(lines, func(l sqlc.OrdersLinesRow) bool { return l.SkuID == skuID })].LineNo
	}
	add := sqlc.ReservationsAddParams{Now: b.now}
	for _, a := range got.Allocations {
		add.OrderIds = append(add.OrderIds, order.ID)
		add.LineNos = append(add.LineNos, lineOf(a.SKUID))
		add.LocationIds = append(add.LocationIds, a.LocationID)
		add.SkuIds = append(add.SkuIds, a.SKUID)
		add.Quantities = append(add.Quantities, a.Quantity)
	}
	if err := b.reserve(ctx, add, "held again: the payment came"); err != nil {
		return err
	}
	for _, w := range got.Backordered {
		if err := b.wait(ctx, order.ID, lineOf(w.SKUID), w); err != nil {
			return err
		}
	}
	if err := b.q.OrderHoldRenew(ctx, b.tx, order.ID); err != nil {
		return err
	}
	if err := b.event(ctx, shop.Event{OrderID: order.id(), Kind: shop.EventHoldRenewed}); err != nil || len(got.Backordered) == 0 {
		return err
	}
	var items []string
	for _, w := range got.Backordered {
		items = append(items, shop.UnitsOf(w.Quantity, lines[slices.IndexFunc(lines, func(l sqlc.OrdersLinesRow) bool { return l.SkuID == w.SKUID })].Name))
	}
	return b.tellWaiting(ctx, order.id(), items)
}
