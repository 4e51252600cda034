package views

import (
	"slices"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// MerchantOrderModel is an order as the merchant who ships it sees it.
type MerchantOrderModel struct {
	shop.OrderDetail
	Now      time.Time
	ViewerID int64
	Problem  string // why what was just tried did not happen
	FormKey  string // makes pressing a button twice one effect
}

// line is the order's line of a parcel's item.
func (m MerchantOrderModel) line(no int) shop.OrderLine {
	at := slices.IndexFunc(m.Lines, func(l shop.OrderLine) bool { return l.LineNo == no })
	if at < 0 {
		return shop.OrderLine{LineNo: no}
	}
	return m.Lines[at]
}

// cancellable tells whether the merchant may still call the order off.
func (m MerchantOrderModel) cancellable() bool {
	anyLeft := slices.ContainsFunc(m.Fulfillments, func(f shop.Fulfillment) bool {
		return f.Status == shop.FulfillmentShipped || f.Status == shop.FulfillmentDelivered
	})
	return !anyLeft && shop.CanTransition(m.Status, shop.StatusCancelled)
}

// refundable tells whether money of the order is left to give back.
func (m MerchantOrderModel) refundable() bool { return refundable(m.OrderDetail) }

func refundable(o shop.OrderDetail) bool {
	return len(o.Lines) > 0 && slices.ContainsFunc(o.Payments, func(p shop.Payment) bool { return p.CapturedMinor > p.RefundedMinor })
}

// workable tells whether its parcels may be worked on.
func (m MerchantOrderModel) workable() bool {
	return m.Status == shop.StatusConfirmed || m.Status == shop.StatusProcessing
}

// shipmentOf is what a parcel travels in; the zero one while it has none.
func (m MerchantOrderModel) shipmentOf(f shop.Fulfillment) shop.Shipment {
	at := slices.IndexFunc(m.Shipments, func(s shop.Shipment) bool { return s.Holds(f.OrderID, f.No) })
	if at < 0 {
		return shop.Shipment{}
	}
	return m.Shipments[at]
}

// parcelPromise is how a parcel stands to its promise; the merchant's day does not matter here.
func parcelPromise(f shop.Fulfillment, now time.Time) ui.Badge {
	return promiseBadge(shop.QueueRow{ShipByAt: f.ShipByAt, ShippedAt: f.ShippedAt}, shop.QueueClock{Now: now})
}

func parcelTitle(no, of int, location string) string {
	title := "Parcel"
	if of > 1 {
		title = parcelOf(no, of)
	}
	if location != "" {
		title += " from " + location
	}
	return title
}

func (m MerchantOrderModel) parcelSteps(f shop.Fulfillment) []ui.Step {
	stations := []struct {
		status shop.FulfillmentStatus
		label  string
		at     time.Time
	}{
		{shop.FulfillmentPicking, "Claimed", f.AssignedAt}, {shop.FulfillmentPicked, "Picked", time.Time{}}, {shop.FulfillmentPacked, "Packed", f.PackedAt},
		{shop.FulfillmentShipped, "Shipped", f.ShippedAt}, {shop.FulfillmentDelivered, "Delivered", f.DeliveredAt},
	}
	order := []shop.FulfillmentStatus{shop.FulfillmentOpen, shop.FulfillmentPicking, shop.FulfillmentPicked, shop.FulfillmentPacked, shop.FulfillmentShipped, shop.FulfillmentDelivered}
	reached := slices.Index(order, f.Status)
	steps := make([]ui.Step, len(stations))
	for i, s := range stations {
		steps[i] = ui.Step{Label: s.label, State: ui.StepAhead}
		switch place := slices.Index(order, s.status); {
		case place < reached, place == reached && s.status == shop.FulfillmentDelivered:
			steps[i].State = ui.StepDone
		case place == reached:
			steps[i].State = ui.StepCurrent
		}
		if steps[i].State != ui.StepAhead && !s.at.IsZero() {
			steps[i].Note = format.Ago(m.Now, s.at)
		}
	}
	return steps
}

// linePrice is what one unit cost, as it was sold.
func (m MerchantOrderModel) linePrice(l shop.OrderLine) shop.Amount {
	return m.Amount(l.UnitPriceMinor)
}

// MerchantCrumbs lead back to the queue.
func MerchantCrumbs() []ui.Crumb { return []ui.Crumb{{Label: "Queue", URL: urls.MerchantQueue()}} }

// soldAs is what the order says about where it came from.
func soldAs(o shop.OrderDetail) string {
	names := map[string]string{"web": "Shop", "api": "API", "demo": "Demo"}
	if name, known := names[o.Source]; known {
		return name
	}
	if o.ExternalID != "" {
		return o.Source + ", " + o.ExternalID
	}
	return o.Source
}

// paidBy is the way a payment went, without anything secret.
func paidBy(p shop.Payment) string {
	by := p.Method
	if by == "" {
		by = p.Provider
	}
	if p.CardLast4 != "" {
		by += " •••• " + p.CardLast4
	}
	return by
}

// binName is where units lie.
func binName(bin string) string {
	if bin == "" {
		return "no bin"
	}
	return bin
}
