package db

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// previewShip refuses what has no label that is ready, and notes how the others travel. A box leaves with everything in it,
// ticked or not, so that is said as well.
func (s *Store) previewShip(ctx context.Context, tx pgx.Tx, rows []shop.BulkRow, parcels []shop.Fulfillment) error {
	boxes, err := s.shipmentsByID(ctx, tx, shipmentsIn(rows, parcels))
	if err != nil {
		return err
	}
	for i := range rows {
		at := slices.IndexFunc(boxes, func(b shop.Shipment) bool { return b.ID == parcels[i].ShipmentID })
		if rows[i].Refused != "" || at < 0 {
			continue
		}
		if rows[i].Refused = boxes[at].Status.RefuseLeaving(); rows[i].Refused == "" {
			rows[i].Note = travelNote(boxes[at], shop.ParcelRef{OrderID: rows[i].OrderID, No: rows[i].No})
		}
	}
	return nil
}

// shipmentsIn are the boxes that hold the parcels of rows that are not refused, each once.
func shipmentsIn(rows []shop.BulkRow, parcels []shop.Fulfillment) []int64 {
	var ids []int64
	for i := range rows {
		if rows[i].Refused == "" && parcels[i].ShipmentID != 0 {
			ids = append(ids, parcels[i].ShipmentID)
		}
	}
	return distinct(ids)
}

// travelNote is what carries a parcel, and what is in the same box.
func travelNote(box shop.Shipment, ref shop.ParcelRef) string {
	note := "With " + box.Carrier
	if box.TrackingNumber != "" {
		note += ", " + box.TrackingNumber
	}
	for _, other := range box.Parcels {
		if other != ref {
			note += ", in one box with " + other.Code()
		}
	}
	return note + "."
}

// shipTicked hands the boxes of parcels to their carriers, each by itself, with one manifest for each carrier. All their
// orders are locked in the order of their ids before the first box leaves; what a box holds is looked at again then.
func (s *Store) shipTicked(ctx context.Context, tx pgx.Tx, command shop.BulkCommand) ([]shop.BulkRow, error) {
	rows, parcels, err := s.previewBulk(ctx, tx, command)
	if err != nil {
		return nil, err
	}
	boxes, err := s.lockShipments(ctx, tx, shipmentsIn(rows, parcels), shop.ShipmentWork{MerchantID: command.MerchantID, Actor: command.Actor, RequestID: command.RequestID})
	if err != nil {
		return nil, err
	}
	manifests := map[string]int64{}
	for _, box := range boxes {
		refused, err := s.shipBox(ctx, tx, box, manifests, command.Actor)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			if rows[i].Refused == "" && parcels[i].ShipmentID == box.ID {
				rows[i].Refused = refusedInBox(rows[i], box, refused)
				if rows[i].Refused == "" {
					rows[i].ManifestID = manifests[box.Carrier]
				}
			}
		}
	}
	// Whoever was quicker than the lock is named.
	return rows, s.lastSteps(ctx, tx, command.MerchantID, rows, parcels)
}

// refusedInBox is why a parcel did not leave with the box that it was seen in.
func refusedInBox(row shop.BulkRow, box *lockedShipment, refused string) string {
	inside := slices.ContainsFunc(box.parcels, func(p *parcel) bool { return p.OrderID == row.OrderID && p.No == row.No })
	if refused == "" && !inside {
		return "Its label was taken back meanwhile."
	}
	return refused
}

// shipBox hands one box over, in a part of the transaction that is taken back when it is refused.
func (s *Store) shipBox(ctx context.Context, tx pgx.Tx, box *lockedShipment, manifests map[string]int64, actor shop.Actor) (refused string, err error) {
	if refused := box.status().RefuseLeaving(); refused != "" {
		return refused, nil
	}
	part, err := tx.Begin(ctx)
	if err != nil {
		return "", err
	}
	manifest, known := manifests[box.Carrier]
	if !known {
		manifest, err = s.q.ManifestAdd(ctx, part, sqlc.ManifestAddParams{MerchantID: box.MerchantID, Carrier: box.Carrier, Now: box.now, UserID: actor.ID, UserName: actor.Name})
	}
	if err == nil {
		err = s.shipmentLeaves(ctx, part, box, manifest, box.now)
	}
	switch shop.CodeOf(err) {
	case "":
		manifests[box.Carrier] = manifest
		return "", part.Commit(ctx)
	case shop.CodeConflict:
		return refusalOf(err), part.Rollback(ctx)
	}
	return "", err
}

// PrintRoute returns parcels of a merchant in the order in which their goods lie on the shelves: each where its first bin is.
// With one that is not there, or not the merchant's, it is CodeNotFound.
func (s *Store) PrintRoute(ctx context.Context, merchantID int64, refs []shop.ParcelRef) ([]shop.ParcelRef, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.ParcelRef, error) {
		keys := keysOf(refs)
		own, err := s.q.ParcelsOwned(ctx, tx, sqlc.ParcelsOwnedParams{
			OrderIds: keys.orders, Nos: keys.nos, OrderIDFrom: keys.first, OrderIDUntil: keys.last, MerchantID: merchantID,
		})
		if err == nil && int(own) != len(refs) {
			err = shop.NotFound("parcel")
		}
		if err != nil {
			return nil, err
		}
		items, err := s.pickItems(ctx, tx, refs, nil)
		return shop.RouteOrder(refs, items), err
	})
}
