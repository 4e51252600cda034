package db

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// HandOver closes out shipments of a merchant: a carrier takes them along. Parcels and orders are shipped with it; for a
// while, and until the carrier's first scan, UndoHandOver takes it back. There is a manifest for each carrier. What was handed over before stays as it is;
// what cannot be handed over is CodeConflict, and then nothing is.
func (s *Store) HandOver(ctx context.Context, w shop.ShipmentWork) (manifests []int64, err error) {
	manifests, _, err = s.HandOverOnce(ctx, w)
	return manifests, err
}

// HandOverOnce is HandOver for work with a key, and tells whether the key was used before: then the manifests are those
// that were made at that time.
func (s *Store) HandOverOnce(ctx context.Context, w shop.ShipmentWork) (manifests []int64, replayed bool, err error) {
	ids := distinct(slices.Clone(w.IDs))
	switch {
	case len(ids) == 0:
		return nil, false, shop.Invalid("shipments", "Tick the parcels that the carrier takes along.")
	case len(ids) > shop.MaxHandover:
		return nil, false, shop.Invalid("shipments", fmt.Sprintf("At most %d parcels can be handed over at once.", shop.MaxHandover))
	}
	leave := func(tx pgx.Tx) ([]int64, error) { return s.handOverAll(ctx, tx, ids, w) }
	if w.Key == (shop.IdempotencyKey{}) {
		manifests, err = inTxValue(ctx, s, leave)
		return manifests, false, err
	}
	return once(ctx, s, w.Key, leave)
}

func (s *Store) handOverAll(ctx context.Context, tx pgx.Tx, ids []int64, w shop.ShipmentWork) ([]int64, error) {
	shipments, err := s.lockShipments(ctx, tx, ids, w)
	if err != nil {
		return nil, err
	}
	byCarrier := map[string]int64{}
	var made []int64
	for _, l := range shipments {
		if l.status().Left() {
			continue
		}
		if l.status() != shop.ShipmentReady {
			return nil, shop.Conflict("The label for order " + l.parcelsText() + " is not there: its shipment is " + l.Status + ".")
		}
		manifest, known := byCarrier[l.Carrier]
		if !known {
			if manifest, err = s.q.ManifestAdd(ctx, tx, sqlc.ManifestAddParams{MerchantID: w.MerchantID, Carrier: l.Carrier, Now: l.now, UserID: w.Actor.ID, UserName: w.Actor.Name}); err != nil {
				return nil, err
			}
			byCarrier[l.Carrier], made = manifest, append(made, manifest)
		}
		if err := s.shipmentLeaves(ctx, tx, l, manifest, l.now); err != nil {
			return nil, err
		}
	}
	return made, nil
}

func (l *lockedShipment) parcelsText() string {
	if len(l.parcels) == 0 {
		return "of nothing"
	}
	return l.parcels[0].OrderID.Number()
}

// lockShipments locks shipments of a merchant: all their orders in order of their ids, then they.
func (s *Store) lockShipments(ctx context.Context, tx pgx.Tx, ids []int64, w shop.ShipmentWork) ([]*lockedShipment, error) {
	shipments, err := s.shipmentsByID(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	var orders []shop.OrderID
	for _, one := range shipments {
		if one.MerchantID != w.MerchantID {
			return nil, shop.NotFound("shipment")
		}
		orders = append(orders, one.Orders()...)
	}
	if len(shipments) != len(ids) {
		return nil, shop.NotFound("shipment")
	}
	slices.Sort(orders)
	for _, id := range slices.Compact(orders) {
		if _, err := s.lockOrder(ctx, tx, id, shop.OrderScope{MerchantID: w.MerchantID}); err != nil {
			return nil, err
		}
	}
	slices.Sort(ids)
	locked := make([]*lockedShipment, len(ids))
	for i, id := range ids {
		if locked[i], err = s.lockShipment(ctx, tx, id, w.MerchantID, shop.ParcelWork{Actor: w.Actor, Via: w.Via, RequestID: w.RequestID}); err != nil {
			return nil, err
		}
	}
	return locked, nil
}

// shipmentLeaves hands a shipment over: manifest 0 is the carrier's own first scan, which nobody can take back.
func (s *Store) shipmentLeaves(ctx context.Context, tx pgx.Tx, l *lockedShipment, manifest int64, at time.Time) (err error) {
	watch := s.watchFrom(l.EtaAt, at)
	handed := sqlc.ShipmentHandedOverParams{ID: l.ID, HandedOverAt: at, Now: l.now, ManifestID: orNullID(manifest), WatchAt: &watch}
	if manifest != 0 {
		if handed.UndoUntilAt, err = s.undoUntil(ctx, tx, l.MerchantID, l.now); err != nil {
			return err
		}
	}
	err = changed(s.q.ShipmentHandedOver(ctx, tx, handed))
	if err != nil {
		return err
	}
	for _, p := range l.parcels {
		if p.Status != shop.FulfillmentPacked {
			continue
		}
		p.happened = at
		if err := s.leave(ctx, p, l.Carrier, orEmpty(l.TrackingNumber)); err != nil {
			return err
		}
		if err := s.rollUp(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// watchFrom is when a parcel that left becomes late.
func (s *Store) watchFrom(eta *time.Time, left time.Time) time.Time {
	if eta == nil {
		return left.Add(shop.ManualTransit + shop.LateAfter)
	}
	return eta.Add(shop.LateAfter)
}

// rollUp lets an order follow one of several parcels that move in one transaction: its status may have changed with
// the one before.
func (s *Store) rollUp(ctx context.Context, p *parcel) error {
	row, err := s.q.OrderLock(ctx, p.tx, p.order.ID)
	if err != nil {
		return err
	}
	p.order = row
	return s.rollUpOrder(ctx, p)
}

// ManifestByID returns a hand-over of a merchant, or with merchantID 0 of any, with its shipments; another is CodeNotFound.
func (s *Store) ManifestByID(ctx context.Context, merchantID, id int64) (shop.Manifest, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.Manifest, error) {
		row, err := s.q.ManifestFind(ctx, tx, sqlc.ManifestFindParams{ID: id, MerchantID: merchantID})
		if err != nil {
			return shop.Manifest{}, notFound(err, "manifest")
		}
		m := shop.Manifest{
			ID: row.ID, MerchantID: row.MerchantID, Merchant: row.MerchantName, Zone: row.TimeZone, Carrier: row.Carrier, ClosedAt: row.ClosedAt, ClosedBy: row.ClosedByName, UndoneAt: orZero(row.UndoneAt),
		}
		ids, err := s.q.ManifestShipments(ctx, tx, sqlc.ManifestShipmentsParams{
			ManifestID: id, IDFrom: s.openSince(row.ClosedAt), IDUntil: int64(shop.FirstIDAt(row.ClosedAt.Add(time.Minute))), RowLimit: shop.MaxHandover,
		})
		if err != nil {
			return m, err
		}
		m.Shipments, err = s.shipmentsByID(ctx, tx, ids)
		slices.Reverse(m.Shipments)
		return m, err
	})
}

// ManifestPage returns a page of a merchant's hand-overs, newest first, without their shipments.
func (s *Store) ManifestPage(ctx context.Context, q shop.ManifestQuery) (page []shop.Manifest, more bool, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		rows, err := s.q.ManifestsPage(ctx, tx, sqlc.ManifestsPageParams{
			MerchantID: q.MerchantID, SinceID: s.openSince(s.Now()), BeforeID: cmp.Or(q.Before, math.MaxInt64), RowLimit: int32(q.Limit) + 1, //nolint:gosec // at most shop.MaxPageSize
		})
		more = len(rows) > q.Limit
		page = convertAll(rows[:min(len(rows), q.Limit)], func(r sqlc.ManifestsPageRow) shop.Manifest {
			return shop.Manifest{ID: r.ID, MerchantID: r.MerchantID, Carrier: r.Carrier, ClosedAt: r.ClosedAt, ClosedBy: r.ClosedByName, UndoUntil: r.UndoUntilAt, UndoneAt: orZero(r.UndoneAt)}
		})
		return err
	})
	return page, more, err
}
