package shop

import (
	"cmp"
	"time"
)

// importShipBy is the promise to the buyer when the source knows none: it counts from the confirmation.
const importShipBy = 24 * time.Hour

// ImportParcel is the work on one parcel of an imported order. Zero times have not come. Without a Location, which is a
// code, no stock of ours is in it. Holder is the e-mail address of who works on it.
type ImportParcel struct {
	Status         FulfillmentStatus
	Location       string
	Items          []ImportParcelItem
	ShipBy         time.Time
	CreatedAt      time.Time
	StatusAt       time.Time
	PackedAt       time.Time
	ShippedAt      time.Time
	DeliveredAt    time.Time
	Holder         string
	HeldSince      time.Time
	Carrier        string
	TrackingNumber string
}

// ImportParcelItem is units of a line, counted from 1, in a parcel.
type ImportParcelItem struct {
	Line     int
	Quantity int64
	Picked   int64
}

// Units is how many units are in the parcel.
func (p ImportParcel) Units() int64 {
	var sum int64
	for _, item := range p.Items {
		sum += item.Quantity
	}
	return sum
}

// WorkedParcels are the order's parcels. A source that knows of none leaves it to the order's walk: there is work from the
// confirmation on, it ends with the order, and in between the walk shows no steps, so that the work is still open. An
// order that was never confirmed, or of which nobody knows what was in it, has none.
func (o ImportOrder) WorkedParcels() []ImportParcel {
	if len(o.Parcels) > 0 || len(o.Lines) == 0 {
		return o.Parcels
	}
	var p ImportParcel
	for _, e := range o.Events {
		switch e.To {
		case StatusConfirmed:
			p = ImportParcel{Status: FulfillmentOpen, CreatedAt: e.At, StatusAt: e.At, ShipBy: o.shipBy(e.At)}
		case StatusShipped:
			p.Status, p.StatusAt, p.ShippedAt = FulfillmentShipped, e.At, e.At
		case StatusDelivered:
			p.Status, p.StatusAt, p.DeliveredAt = FulfillmentDelivered, e.At, e.At
		case StatusCancelled, StatusRefunded:
			if p.Status == FulfillmentOpen {
				p.Status, p.StatusAt = FulfillmentCancelled, e.At
			}
		}
	}
	if p.CreatedAt.IsZero() {
		return nil
	}
	for i, l := range o.Lines {
		item := ImportParcelItem{Line: i + 1, Quantity: l.Quantity}
		if !p.ShippedAt.IsZero() {
			item.Picked = l.Quantity
		}
		p.Items = append(p.Items, item)
	}
	return []ImportParcel{p}
}

func (o ImportOrder) shipBy(confirmed time.Time) time.Time {
	return cmp.Or(o.ShipBy, o.DeliveryEstimateAt, confirmed.Add(importShipBy))
}
