package db

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// What was done a moment ago is taken back: a parcel is opened again, a shipment has not left. Whoever is first wins, the
// carrier's scan or the undo: both lock the orders and then the shipment.

// requestAtOnce begins the request key of a shipment that left in the moment that it was written down (shipAtOnce).
const requestAtOnce = "parcel:"

// undoUntil is until when something that a merchant does now can be taken back; nil is not at all.
func (s *Store) undoUntil(ctx context.Context, tx pgx.Tx, merchantID int64, now time.Time) (*time.Time, error) {
	minutes, err := s.q.MerchantUndoMinutes(ctx, tx, merchantID)
	if err != nil || minutes == 0 {
		return nil, notFound(err, "merchant")
	}
	until := now.Add(time.Duration(minutes) * time.Minute)
	return &until, nil
}

// SetUndo changes how long packing and handing over can be taken back, for what is done from now on. Too long is
// CodeInvalid.
func (s *Store) SetUndo(ctx context.Context, merchantID int64, within time.Duration, by shop.Origin) error {
	if err := shop.CheckUndo(within); err != nil {
		return err
	}
	return s.changeTerms(ctx, merchantID, func(tx pgx.Tx, terms shop.ShipTerms) error {
		if terms.Undo == within {
			return nil // the same form once more
		}
		minutes := int32(within / time.Minute)
		if err := s.q.MerchantUndoMinutesSet(ctx, tx, sqlc.MerchantUndoMinutesSetParams{ID: merchantID, UndoMinutes: minutes, Now: s.Now()}); err != nil {
			return err
		}
		return s.auditRule(ctx, tx, by, "undo.changed", "merchant:"+strconv.FormatInt(merchantID, 10), map[string]any{"minutes": minutes})
	})
}

// UnpackParcel opens a packed parcel again: it is picked, in the same hands, and its units are to be verified anew, since
// nobody knows what is put in or taken out. One with a label, or that was packed too long ago, is CodeConflict.
func (s *Store) UnpackParcel(ctx context.Context, work shop.ParcelWork) (shop.ParcelResult, error) {
	return s.workOnParcel(ctx, work, func(ctx context.Context, p *parcel) (bool, error) {
		if p.Status == shop.FulfillmentPicked {
			return false, nil
		}
		if err := p.RefuseUnpacking(p.now); err != nil {
			return false, err
		}
		if err := s.q.FulfillmentItemsUnverify(ctx, p.tx, sqlc.FulfillmentItemsUnverifyParams{OrderID: p.order.ID, No: int32(p.No)}); err != nil {
			return false, err
		}
		moved, err := s.q.FulfillmentUnpack(ctx, p.tx, sqlc.FulfillmentUnpackParams{OrderID: p.order.ID, No: int32(p.No), Now: p.now})
		return true, s.parcelMoved(ctx, p, moved, err, shop.EventUnpacked, nil)
	})
}

// UndoHandOver takes back the hand-over of shipments of a merchant, all or none, and returns how many came back. Their
// labels stay on them, their units are reserved again, their orders are being prepared. What is back already stays so. What
// its carrier has scanned, or was handed over too long ago, is CodeConflict.
func (s *Store) UndoHandOver(ctx context.Context, w shop.ShipmentWork) (back int, err error) {
	back, _, err = s.UndoHandOverOnce(ctx, w)
	return back, err
}

// UndoHandOverOnce is UndoHandOver for work with a key, and tells whether the key was used before: then it returns how many
// came back at that time.
func (s *Store) UndoHandOverOnce(ctx context.Context, w shop.ShipmentWork) (back int, replayed bool, err error) {
	ids := distinct(slices.Clone(w.IDs))
	if len(ids) == 0 || len(ids) > shop.MaxHandover {
		return 0, false, shop.NotFound("shipment")
	}
	undo := func(tx pgx.Tx) (int, error) { return s.undoHandOver(ctx, tx, ids, w) }
	if w.Key == (shop.IdempotencyKey{}) {
		back, err = inTxValue(ctx, s, undo)
		return back, false, err
	}
	return once(ctx, s, w.Key, undo)
}

func (s *Store) undoHandOver(ctx context.Context, tx pgx.Tx, ids []int64, w shop.ShipmentWork) (back int, err error) {
	left, err := s.lockShipments(ctx, tx, ids, w)
	if err != nil {
		return 0, err
	}
	var manifests []int64
	for _, l := range left {
		if l.status() == shop.ShipmentReady || l.status() == shop.ShipmentVoided {
			continue
		}
		if err := s.refuseUndo(ctx, tx, l, len(left) > 1); err != nil {
			return 0, err
		}
		if err := s.comeBack(ctx, tx, l); err != nil {
			return 0, err
		}
		back, manifests = back+1, append(manifests, orZeroID(l.ManifestID))
	}
	return back, s.q.ManifestsUndone(ctx, tx, sqlc.ManifestsUndoneParams{Ids: manifests, Now: s.Now(), SinceID: s.openSince(s.Now())})
}

// refuseUndo refuses what has gone further than out of the house; of several shipments it names the one.
func (s *Store) refuseUndo(ctx context.Context, tx pgx.Tx, l *lockedShipment, several bool) error {
	shipment, err := s.shipmentByID(ctx, tx, l.ID)
	if err != nil {
		return err
	}
	if refusal := shipment.RefuseUndo(l.now); refusal != nil {
		if several {
			return shop.Conflict("Order " + shipment.Reference() + ": " + refusal.Message + " Nothing was taken back.")
		}
		return refusal
	}
	for _, p := range l.parcels {
		if status := shop.Status(p.order.Status); status != shop.StatusProcessing && status != shop.StatusShipped {
			return shop.Conflict("Order " + p.OrderID.Number() + " is " + string(status) + ", so its parcel cannot be taken back.")
		}
		returns, err := s.q.OrderReturns(ctx, tx, p.order.ID)
		if err != nil {
			return err
		}
		if len(returns) > 0 {
			return shop.Conflict("A return was asked for on order " + p.OrderID.Number() + ", so its parcel cannot be taken back.")
		}
	}
	_, err = s.q.CarrierClaimOfShipment(ctx, tx, sqlc.CarrierClaimOfShipmentParams{ShipmentID: l.ID, MerchantID: l.MerchantID})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return errors.Join(err, shop.Conflict("Its value was claimed from the carrier, so it cannot be taken back."))
}

// comeBack undoes exactly what shipmentLeaves, or shipAtOnce, did.
func (s *Store) comeBack(ctx context.Context, tx pgx.Tx, l *lockedShipment) error {
	watch := l.now.Add(shop.HandoverWithin)
	if err := changed(s.q.ShipmentComeBack(ctx, tx, sqlc.ShipmentComeBackParams{ID: l.ID, Now: l.now, WatchAt: &watch})); err != nil {
		return err
	}
	until, err := s.undoUntil(ctx, tx, l.MerchantID, l.now)
	if err != nil {
		return err
	}
	for _, p := range l.parcels {
		back := sqlc.FulfillmentComeBackParams{OrderID: p.order.ID, No: int32(p.No), Now: p.now, UnpackUntilAt: until}
		if err := changed(s.q.FulfillmentComeBack(ctx, tx, back)); err != nil {
			return err
		}
		data := map[string]string{shop.DataCarrier: l.Carrier, shop.DataTracking: orEmpty(l.TrackingNumber)}
		if err := s.tellParcel(ctx, p, shop.EventTakenBack, shop.VisibilityPublic, data); err != nil {
			return err
		}
		if err := s.prepareAgain(ctx, p); err != nil {
			return err
		}
		if err := s.reserveAgain(ctx, p); err != nil {
			return err
		}
	}
	if strings.HasPrefix(l.RequestKey, requestAtOnce) {
		l.Status = string(shop.ShipmentReady)
		return s.voided(ctx, tx, l)
	}
	return nil
}

// prepareAgain lets an order follow a parcel that came back. One that was shipped long ago, of which only a replacement
// came back, stays shipped.
func (s *Store) prepareAgain(ctx context.Context, p *parcel) error {
	row, err := s.q.OrderLock(ctx, p.tx, p.order.ID) // a parcel before may have moved it
	if err != nil || shop.Status(row.Status) != shop.StatusShipped || p.ReplacesNo != 0 {
		return err
	}
	return s.appendEvent(ctx, p.tx, shop.Event{
		OrderID: p.OrderID, Kind: shop.EventStatus, From: shop.StatusShipped, To: shop.StatusProcessing,
		OccurredAt: p.now, RecordedAt: p.now, Actor: p.work.Actor, RequestID: p.work.RequestID,
	})
}

// reserveAgain puts what the parcel took off the shelf back onto it, reserved for the same order. Units of a line at a
// location are alike, so any that left will do.
func (s *Store) reserveAgain(ctx context.Context, p *parcel) error {
	shipped, err := s.q.ReservationsShipped(ctx, p.tx, p.order.ID)
	if err != nil {
		return err
	}
	move, orders := sqlc.StockLevelsMoveParams{Now: p.now}, []int64(nil)
	for _, item := range p.Items {
		need := item.Quantity
		for i := range shipped {
			r := &shipped[i]
			if r.Quantity == 0 || need == 0 || int(r.LineNo) != item.LineNo || r.LocationID != p.LocationID {
				continue
			}
			units := min(need, r.Quantity)
			if err := s.reopen(ctx, p, *r, units); err != nil {
				return err
			}
			need, r.Quantity = need-units, r.Quantity-units
			move.SkuIds, move.LocationIds = append(move.SkuIds, r.SkuID), append(move.LocationIds, r.LocationID)
			move.OnHandDeltas, move.ReservedDeltas = append(move.OnHandDeltas, units), append(move.ReservedDeltas, units)
			orders = append(orders, p.order.ID)
		}
	}
	if len(orders) == 0 {
		return nil // imported without stock
	}
	return s.moveStock(ctx, p.tx, move, stockMove{kind: "shipment_undone", reason: "The hand-over was taken back.", actor: p.work.Actor, orderIDs: orders})
}

// reopen holds units of a reservation that left, all or some.
func (s *Store) reopen(ctx context.Context, p *parcel, r sqlc.ReservationsShippedRow, units int64) error {
	if units == r.Quantity {
		return changed(s.q.ReservationReopen(ctx, p.tx, sqlc.ReservationReopenParams{OrderID: r.OrderID, LineNo: r.LineNo, LocationID: r.LocationID, Part: r.Part}))
	}
	shrink := sqlc.ReservationShippedShrinkParams{OrderID: r.OrderID, LineNo: r.LineNo, LocationID: r.LocationID, Part: r.Part, Quantity: units}
	if err := changed(s.q.ReservationShippedShrink(ctx, p.tx, shrink)); err != nil {
		return err
	}
	_, err := s.q.ReservationsAdd(ctx, p.tx, sqlc.ReservationsAddParams{
		Now: p.now, OrderIds: []int64{r.OrderID}, LineNos: []int32{r.LineNo}, LocationIds: []int64{r.LocationID}, SkuIds: []int64{r.SkuID}, Quantities: []int64{units},
	})
	return err
}
