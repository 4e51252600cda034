package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// PrepareVoid marks the one shipment of the work as being taken back, before its carrier is asked. A label that was
// written by hand is taken back at once. What has left is CodeConflict.
func (s *Store) PrepareVoid(ctx context.Context, w shop.ShipmentWork) (shop.Shipment, error) {
	if len(w.IDs) != 1 {
		return shop.Shipment{}, shop.NotFound("shipment")
	}
	if w.Key == (shop.IdempotencyKey{}) {
		return inTxValue(ctx, s, func(tx pgx.Tx) (shop.Shipment, error) { return s.prepareVoid(ctx, tx, w) })
	}
	_, replay, err := once(ctx, s, w.Key, func(tx pgx.Tx) (shop.ShipmentStatus, error) {
		shipment, err := s.prepareVoid(ctx, tx, w)
		return shipment.Status, err
	})
	if err != nil {
		return shop.Shipment{}, err
	}
	shipment, err := s.ShipmentByID(ctx, w.MerchantID, w.IDs[0])
	shipment.Replayed = replay
	return shipment, err
}

func (s *Store) prepareVoid(ctx context.Context, tx pgx.Tx, w shop.ShipmentWork) (shop.Shipment, error) {
	l, err := s.lockShipment(ctx, tx, w.IDs[0], w.MerchantID, shop.ParcelWork{Actor: w.Actor, Via: w.Via, RequestID: w.RequestID})
	if err != nil {
		return shop.Shipment{}, err
	}
	switch status := l.status(); {
	case status == shop.ShipmentVoided, status == shop.ShipmentVoiding:
	case status == shop.ShipmentBuying:
		return shop.Shipment{}, shop.Conflict("The carrier has not answered yet. Please look again in a minute.")
	case status == shop.ShipmentFailed:
		return shop.Shipment{}, shop.Conflict("There is no label: the carrier refused it.")
	case status != shop.ShipmentReady:
		return shop.Shipment{}, shop.Conflict("The carrier has this parcel already, so its label cannot be taken back.")
	case l.CarrierKey == "":
		err = s.voided(ctx, tx, l)
	default:
		ask := l.now.Add(shop.LabelLease)
		err = changed(s.q.ShipmentVoiding(ctx, tx, sqlc.ShipmentVoidingParams{ID: l.ID, Now: l.now, AskAt: &ask}))
	}
	if err != nil {
		return shop.Shipment{}, err
	}
	return s.shipmentByID(ctx, tx, l.ID)
}

// RecordVoid records whether a carrier took a label back, once. If not, it stays on its box, with the reason.
func (s *Store) RecordVoid(ctx context.Context, r shop.VoidRecord) (shop.Shipment, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.Shipment, error) {
		l, err := s.lockShipment(ctx, tx, r.ShipmentID, 0, shop.ParcelWork{Actor: r.Actor, RequestID: r.RequestID})
		if err != nil {
			return shop.Shipment{}, err
		}
		switch {
		case l.status() != shop.ShipmentVoiding:
		case r.Refused == "" || len(l.parcels) == 0: // nothing is in it any more, whatever the carrier charges
			err = s.voided(ctx, tx, l)
		default:
			err = changed(s.q.ShipmentKept(ctx, tx, sqlc.ShipmentKeptParams{ID: l.ID, Failure: r.Refused, Now: l.now}))
		}
		if err != nil {
			return shop.Shipment{}, err
		}
		return s.shipmentByID(ctx, tx, l.ID)
	})
}

// voided frees the parcels of a shipment: they are packed, as they were before, and can be opened again for a while.
func (s *Store) voided(ctx context.Context, tx pgx.Tx, l *lockedShipment) error {
	if err := changed(s.q.ShipmentVoided(ctx, tx, sqlc.ShipmentVoidedParams{ID: l.ID, Now: l.now})); err != nil {
		return err
	}
	until, err := s.undoUntil(ctx, tx, l.MerchantID, l.now)
	if err != nil {
		return err
	}
	open := sqlc.ParcelsUnpackUntilParams{ShipmentID: l.ID, OrderIDFrom: l.OrderIDFrom, OrderIDUntil: l.OrderIDUntil, UnpackUntilAt: until}
	if err := s.q.ParcelsUnpackUntil(ctx, tx, open); err != nil {
		return err
	}
	if err := s.q.ParcelsLeaveShipment(ctx, tx, sqlc.ParcelsLeaveShipmentParams{ShipmentID: l.ID, OrderIDFrom: l.OrderIDFrom, OrderIDUntil: l.OrderIDUntil}); err != nil {
		return err
	}
	for _, p := range l.parcels {
		if err := s.tellParcel(ctx, p, shop.EventLabelVoid, shop.VisibilityStaff, map[string]string{shop.DataTracking: orEmpty(l.TrackingNumber)}); err != nil {
			return err
		}
	}
	return nil
}

// takeLabelsBack takes the parcels of a locked order that has ended out of their shipments. A shipment that is empty then
// goes back to its carrier, by the job that asks for what has no answer.
func (b *booking) takeLabelsBack(ctx context.Context, order shop.OrderID) error {
	ids, err := b.q.ShipmentsOfOrder(ctx, b.tx, int64(order))
	if err != nil {
		return err
	}
	for _, id := range ids {
		row, err := b.q.ShipmentLock(ctx, b.tx, id)
		if err != nil {
			return err
		}
		if shop.ShipmentStatus(row.Status).Left() {
			continue
		}
		if err := b.q.ParcelsLeaveShipment(ctx, b.tx, sqlc.ParcelsLeaveShipmentParams{ShipmentID: id, OrderIDFrom: int64(order), OrderIDUntil: int64(order)}); err != nil {
			return err
		}
		others, err := b.q.ShipmentParcels(ctx, b.tx, sqlc.ShipmentParcelsParams{Ids: []int64{id}, OrderIDFrom: row.OrderIDFrom, OrderIDUntil: row.OrderIDUntil})
		if err != nil {
			return err
		}
		if len(others) > 0 || row.Status != string(shop.ShipmentReady) {
			continue
		}
		if row.CarrierKey == "" {
			err = changed(b.q.ShipmentVoided(ctx, b.tx, sqlc.ShipmentVoidedParams{ID: id, Now: b.now}))
		} else {
			err = changed(b.q.ShipmentVoiding(ctx, b.tx, sqlc.ShipmentVoidingParams{ID: id, Now: b.now, AskAt: &b.now}))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
