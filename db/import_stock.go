package db

import (
	"context"
	"fmt"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// addHolds writes what an order took of our stock: its reservations, and in the ledger what was reserved and what became
// of it.
func (b *importBatch) addHolds(r *importRows, c shop.ImportCheckout, o shop.ImportOrder, is importedOrder) error {
	for _, h := range o.Holds {
		location, ok := b.locations[place{is.merchantID, h.Location}]
		if !ok {
			return fmt.Errorf("the merchant of order %q has no location %q", o.ExternalID, h.Location)
		}
		row := sqlc.ImportReservationsParams{
			OrderID: is.id, LineNo: int32(h.Line), SkuID: b.skus[o.Lines[h.Line-1].SKURef], LocationID: location, Quantity: h.Quantity,
			Status: "held", CreatedAt: c.PlacedAt, ClosedAt: orNull(h.ClosedAt),
		}
		taken := b.ledgerRow(row, b.actor(c, o.Events[0].By))
		taken.Kind, taken.ReservedDelta, taken.CreatedAt = "reservation", h.Quantity, c.PlacedAt
		if err := b.addMove(r, taken); err != nil {
			return err
		}
		if !h.ClosedAt.IsZero() {
			row.Status = "released"
			closed := b.ledgerRow(row, b.actor(c, h.ClosedBy))
			closed.Kind, closed.ReservedDelta, closed.CreatedAt = "release", -h.Quantity, h.ClosedAt
			if h.Shipped {
				row.Status, closed.Kind, closed.OnHandDelta = "shipped", "shipment", -h.Quantity
			}
			if err := b.addMove(r, closed); err != nil {
				return err
			}
		}
		r.reservations = append(r.reservations, row)
	}
	return nil
}

func (b *importBatch) ledgerRow(of sqlc.ImportReservationsParams, by shop.Actor) sqlc.ImportLedgerParams {
	return sqlc.ImportLedgerParams{
		SkuID: of.SkuID, LocationID: of.LocationID, OrderID: &of.OrderID, ActorKind: string(by.Kind), ActorID: by.ID, ActorName: by.Name,
	}
}

func (b *importBatch) addMove(r *importRows, row sqlc.ImportLedgerParams) (err error) {
	row.ID, err = b.ids.next(row.CreatedAt)
	r.ledger = append(r.ledger, row)
	return err
}

// moveStock makes the counters follow what the batch wrote into the ledger, each once, locked in their order.
func (b *importBatch) moveStock(ctx context.Context, r *importRows) error {
	if len(r.ledger) == 0 {
		return nil
	}
	move := sqlc.StockLevelsMoveParams{Now: b.now}
	for _, row := range r.ledger {
		move.SkuIds = append(move.SkuIds, row.SkuID)
		move.LocationIds = append(move.LocationIds, row.LocationID)
		move.OnHandDeltas = append(move.OnHandDeltas, row.OnHandDelta)
		move.ReservedDeltas = append(move.ReservedDeltas, row.ReservedDelta)
	}
	if _, err := b.s.q.StockLevelsLock(ctx, b.tx, sqlc.StockLevelsLockParams{SkuIds: move.SkuIds, LocationIds: move.LocationIds}); err != nil {
		return err
	}
	return b.s.q.StockLevelsMove(ctx, b.tx, move)
}

// addParcels writes the work on the order. Without a location no stock of ours is in a parcel.
func (b *importBatch) addParcels(r *importRows, o shop.ImportOrder, is importedOrder) error {
	for i, p := range o.WorkedParcels() {
		no := int32(i + 1)
		for _, item := range p.Items {
			r.items = append(r.items, sqlc.ImportFulfillmentItemsParams{OrderID: is.id, No: no, LineNo: int32(item.Line), Quantity: item.Quantity, Picked: item.Picked})
		}
		row := sqlc.ImportFulfillmentsParams{
			OrderID: is.id, No: no, MerchantID: is.merchantID, Status: string(p.Status), Units: p.Units(), ShipByAt: p.ShipBy,
			Carrier: orNullText(p.Carrier), TrackingNumber: orNullText(p.TrackingNumber), PackedAt: orNull(p.PackedAt), ShippedAt: orNull(p.ShippedAt),
			DeliveredAt: orNull(p.DeliveredAt), StatusAt: p.StatusAt, CreatedAt: p.CreatedAt,
		}
		if p.Location != "" {
			location, ok := b.locations[place{is.merchantID, p.Location}]
			if !ok {
				return fmt.Errorf("the merchant of order %q has no location %q", o.ExternalID, p.Location)
			}
			row.LocationID = &location
		}
		if p.Holder != "" {
			row.AssignedUserID, row.AssignedAt = orNullID(b.users[p.Holder]), orNull(p.HeldSince)
		}
		r.fulfillments = append(r.fulfillments, row)
	}
	return nil
}
