package shop

import (
	"cmp"
	"time"
)

// importShipBy is the promise to the buyer when the source knows none: it counts from the confirmation.
const importShipBy = 24 * time.Hour

// ImportParcel is the work on one parcel of an imported order. Zero times have not come.
type ImportParcel struct {
	Status      FulfillmentStatus
	ShipBy      time.Time
	CreatedAt   time.Time
	StatusAt    time.Time
	ShippedAt   time.Time
	DeliveredAt time.Time
}

// Parcel is what the order's walk tells of its parcel: there is work from the confirmation on, it ends with the order,
// and in between the walk shows no steps, so that the work is still open. ok is false for an order that was never
// confirmed, or of which nobody knows what was in it.
func (o ImportOrder) Parcel() (p ImportParcel, ok bool) {
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
	return p, !p.CreatedAt.IsZero() && len(o.Lines) > 0
}

func (o ImportOrder) shipBy(confirmed time.Time) time.Time {
	return cmp.Or(o.ShipBy, o.DeliveryEstimateAt, confirmed.Add(importShipBy))
}
