package db

import (
	"context"
	"fmt"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// CancelFulfillment gives a parcel up that is being picked, or is picked or packed, and not the order: its units are to be
// picked again, as another parcel under the same promise, and stay reserved. Anybody of the merchant may. One that has a label
// or has left is CodeConflict.
func (s *Store) CancelFulfillment(ctx context.Context, work shop.ParcelWork) (shop.ParcelResult, error) {
	return s.workOnParcel(ctx, work, s.cancelParcel)
}

func (s *Store) cancelParcel(ctx context.Context, p *parcel) (changed bool, err error) {
	switch p.Status {
	case shop.FulfillmentCancelled:
		return false, nil
	case shop.FulfillmentPicking, shop.FulfillmentPicked, shop.FulfillmentPacked:
	case shop.FulfillmentOpen:
		return false, shop.Conflict("Nobody has taken anything for this parcel yet, so there is nothing to put back.")
	default:
		return false, p.refuse(shop.FulfillmentCancelled)
	}
	if p.ShipmentID != 0 {
		return false, shop.Conflict("This parcel has a label. Take the label back first, then cancel the parcel.")
	}
	moved, err := s.q.FulfillmentCancel(ctx, p.tx, sqlc.FulfillmentCancelParams{OrderID: p.order.ID, No: int32(p.No), Now: p.now})
	if err := hitOne(moved, err); err != nil {
		return false, err
	}
	no, err := s.pickAgain(ctx, p)
	if err != nil {
		return false, err
	}
	why := fmt.Sprintf("%d units are to be picked again, as parcel %d", p.Units, no)
	return true, s.parcelMoved(ctx, p, moved, nil, shop.EventGivenUp, map[string]string{shop.DataReason: why})
}

// pickAgain makes what a cancelled parcel held another parcel, which nobody has taken yet.
func (s *Store) pickAgain(ctx context.Context, p *parcel) (no int32, err error) {
	no, err = s.q.FulfillmentReopen(ctx, p.tx, sqlc.FulfillmentReopenParams{OrderID: p.order.ID, No: int32(p.No), Now: p.now})
	if err != nil {
		return 0, err
	}
	if no > shop.MaxParcels {
		return 0, shop.Conflict(fmt.Sprintf("An order can have at most %d parcels.", shop.MaxParcels))
	}
	return no, s.q.FulfillmentItemsReopen(ctx, p.tx, sqlc.FulfillmentItemsReopenParams{OrderID: p.order.ID, No: int32(p.No), ToNo: no})
}
