package views

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// OrderModel is an order as its buyer sees it.
type OrderModel struct {
	Order   shop.OrderDetail
	Now     time.Time
	Parcels []Parcel
	Cancel  string // why it cannot be cancelled here; "" when it can
	Events  []ui.Event
}

// Parcel is one parcel on its way to the buyer. An order that is not paid yet is one parcel that does not exist.
type Parcel struct {
	Title    string
	Steps    []ui.Step
	Lines    []ParcelLine
	Carrier  string
	Tracking string
	Shipment shop.Shipment // the zero one while there is no label
	Notice   string        // that it was lost, or is sent instead of a lost one
}

// ParcelLine is how much of an order line is in a parcel.
type ParcelLine struct {
	Line     shop.OrderLine
	Quantity int64
}

// NewOrderModel looks at an order at a moment.
func NewOrderModel(order shop.OrderDetail, now time.Time) OrderModel {
	m := OrderModel{Order: order, Now: now, Parcels: parcelsOf(order), Events: buyerTimeline(order)}
	shipped := slices.ContainsFunc(order.Fulfillments, func(f shop.Fulfillment) bool { return !f.ShippedAt.IsZero() })
	asBuyer := shop.CancelCommand{Actor: shop.Actor{Kind: shop.ActorCustomer}}
	if refused, ok := errors.AsType[*shop.Error](asBuyer.Allow(order.Status, shipped)); ok {
		m.Cancel = refused.Message
	}
	return m
}

// Live tells whether the page follows the order: as long as its buyer waits for something.
func (m OrderModel) Live() bool {
	switch m.Order.Status {
	case shop.StatusPending, shop.StatusConfirmed, shop.StatusProcessing, shop.StatusShipped:
		return true
	default:
		return false
	}
}

// DiffersAt is when the page begins to look different though nothing happens to the order; zero for never. A countdown
// that has not ended is not a difference: the browser counts.
func (m OrderModel) DiffersAt() time.Time {
	var first time.Time
	moments := []time.Time{m.Order.ExpiresAt, m.shipBy()}
	for _, p := range m.Parcels {
		moments = append(moments, p.Shipment.EtaAt)
	}
	for _, at := range moments {
		if at.After(m.Now) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// CountsDown tells whether the page shows how long something still lasts.
func (m OrderModel) CountsDown() bool { return m.payURL() != "" }

func parcelsOf(order shop.OrderDetail) []Parcel {
	var parcels []Parcel
	for _, f := range order.Fulfillments {
		if f.Status == shop.FulfillmentCancelled {
			continue
		}
		parcel := Parcel{Steps: parcelSteps(order, f), Carrier: f.Carrier, Tracking: f.TrackingNumber, Notice: lostNotice(order, f)}
		for _, shipment := range order.Shipments {
			if shipment.Holds(order.ID, f.No) && shipment.Status.Left() {
				parcel.Shipment = shipment
			}
		}
		for _, item := range f.Items {
			at := slices.IndexFunc(order.Lines, func(l shop.OrderLine) bool { return l.LineNo == item.LineNo })
			if at >= 0 {
				parcel.Lines = append(parcel.Lines, ParcelLine{order.Lines[at], item.Quantity})
			}
		}
		parcels = append(parcels, parcel)
	}
	if parcels == nil {
		parcels = []Parcel{{Steps: parcelSteps(order, shop.Fulfillment{})}}
	}
	waiting := waitingLines(order)
	if len(parcels) == 1 && parcels[0].Notice == "" && (waiting == nil || len(order.Fulfillments) == 0) {
		parcels[0].Title = "Items"
		parcels[0].Lines = allLines(order)
		return parcels
	}
	for i := range parcels {
		parcels[i].Title = fmt.Sprintf("Parcel %d of %d", i+1, len(parcels))
	}
	if waiting != nil {
		if len(parcels) == 1 {
			parcels[0].Title = "Parcel 1"
		}
		parcels = append(parcels, Parcel{Title: "Ships later, when it has come in", Steps: parcelSteps(order, shop.Fulfillment{}), Lines: waiting})
	}
	return parcels
}

// lostNotice tells the buyer what became of a lost parcel.
func lostNotice(order shop.OrderDetail, f shop.Fulfillment) string {
	again := slices.ContainsFunc(order.Fulfillments, func(other shop.Fulfillment) bool {
		return other.ReplacesNo == f.No && other.Status != shop.FulfillmentCancelled
	})
	switch {
	case f.ReplacesNo != 0:
		return "This is sent instead of a parcel that was lost. You pay nothing for it."
	case f.GivenUpAt.IsZero():
		return ""
	case !f.DeliveredAt.IsZero() && again:
		return "We thought that this parcel was lost and sent its items again. It has arrived after all."
	case again:
		return "This parcel was lost on its way. We send its items again; you pay nothing for that."
	}
	return "This parcel was lost on its way. You got the money for its items back."
}

// waitingLines is what of an order has yet to come in.
func waitingLines(order shop.OrderDetail) []ParcelLine {
	var lines []ParcelLine
	for _, line := range order.Lines {
		if line.Waiting > 0 {
			lines = append(lines, ParcelLine{line, line.Waiting})
		}
	}
	return lines
}

func allLines(order shop.OrderDetail) []ParcelLine {
	lines := make([]ParcelLine, len(order.Lines))
	for i, line := range order.Lines {
		lines[i] = ParcelLine{line, line.Quantity}
	}
	return lines
}

// underWay says what goes on while a step is the current one: its own name says that it is done.
var underWay = map[string]string{"Paid": "To be paid", "Packed": "Being packed", "Shipped": "Ready to ship"}

// parcelSteps is the line from placed to delivered for one parcel. The first step that was not reached is the current
// one, and says what goes on (a parcel that was opened again is being packed), except that a parcel with the carrier is on
// its way, which is current then; in an order that ended early it is where it stopped.
func parcelSteps(order shop.OrderDetail, f shop.Fulfillment) []ui.Step {
	reached := []struct {
		label string
		at    time.Time
	}{
		{"Placed", order.PlacedAt}, {"Paid", paidAt(order)}, {"Packed", f.PackedAt}, {"Shipped", f.ShippedAt}, {"Delivered", f.DeliveredAt},
	}
	onItsWay := !f.ShippedAt.IsZero() && f.DeliveredAt.IsZero() && f.Status == shop.FulfillmentShipped
	ended := order.Status == shop.StatusCancelled || (order.Status == shop.StatusRefunded && f.DeliveredAt.IsZero())
	steps := make([]ui.Step, 0, len(reached))
	current := true
	for _, r := range reached {
		step := ui.Step{Label: r.label, State: ui.StepAhead}
		switch {
		case onItsWay && r.label == "Shipped":
			step.Label, step.Note, step.State, current = "On its way", format.Date(r.at), ui.StepCurrent, false
		case !r.at.IsZero():
			step.State, step.Note = ui.StepDone, format.Date(r.at)
		case current && ended:
			step = ui.Step{Label: order.Status.CustomerLabel(), Note: format.Date(order.StatusAt), State: ui.StepFailed}
			return append(steps, step)
		case current:
			step.Label, step.State, current = cmp.Or(underWay[r.label], r.label), ui.StepCurrent, false
		}
		steps = append(steps, step)
	}
	return steps
}

// paidAt is when the order was confirmed; zero while it is not paid.
func paidAt(order shop.OrderDetail) time.Time {
	for _, e := range order.Events {
		if e.To == shop.StatusConfirmed {
			return e.OccurredAt
		}
	}
	return time.Time{}
}

// shipBy is by when all parcels of the order have left; zero when none waits.
func (m OrderModel) shipBy() time.Time {
	var last time.Time
	for _, f := range m.Order.Fulfillments {
		if f.ShippedAt.IsZero() && f.Status != shop.FulfillmentCancelled && f.ShipByAt.After(last) {
			last = f.ShipByAt
		}
	}
	return last
}

// next says in one sentence what happens next, or what has happened at last.
func (m OrderModel) next() string {
	o := m.Order
	switch o.Status {
	case shop.StatusPending:
		if o.ExpiresAt.After(m.Now) {
			return "We hold the items for you until " + format.Clock(o.ExpiresAt) + " UTC. Once it is paid, " + o.MerchantName + " starts to pack."
		}
		return "The time to pay ran out; the items go back on sale."
	case shop.StatusConfirmed, shop.StatusProcessing:
		if by := m.shipBy(); !by.IsZero() {
			if by.Before(m.Now) {
				return o.MerchantName + " is late: it should have left by " + format.Day(by) + "."
			}
			return o.MerchantName + " packs it and hands it to a carrier by " + format.Day(by) + "."
		}
		return o.MerchantName + " packs it and hands it to a carrier."
	case shop.StatusShipped:
		if by := m.shipBy(); !by.IsZero() {
			return "A parcel was lost. " + o.MerchantName + " sends its items again by " + format.Day(by) + "."
		}
		return "It is with the carrier and on its way to you."
	case shop.StatusDelivered:
		return "It has arrived. We hope you like it."
	case shop.StatusRefunded:
		return "All the money you paid went back to the card you paid with."
	default:
		if o.CancelReason != "" {
			return "It was cancelled: " + o.CancelReason + "."
		}
		return "It was cancelled."
	}
}

// tracking is the carrier's own page about a parcel, "" when the carrier has none.
func (p Parcel) trackingURL() string {
	pattern, known := trackingPages[p.Carrier]
	if !known || p.Tracking == "" {
		return ""
	}
	return pattern + url.QueryEscape(p.Tracking)
}

// expected says when a parcel on its way arrives, "" when nobody knows.
func (p Parcel) expected(now time.Time) string {
	s := p.Shipment
	switch {
	case s.Status == shop.ShipmentReturned:
		return "It came back to the sender. They will be in touch."
	case s.Status == shop.ShipmentLost:
		return "The carrier cannot find it. The shop takes care of it."
	case s.Status != shop.ShipmentInTransit || s.EtaAt.IsZero():
		return ""
	case s.EtaAt.Before(now):
		return "It should have arrived by " + format.Day(s.EtaAt) + "."
	}
	return "Arrives by " + format.Day(s.EtaAt) + "."
}

// trackingPages are the carriers' public pages, to which the tracking number is appended.
var trackingPages = map[string]string{
	"DHL":        "https://www.dhl.com/en/express/tracking.html?AWB=",
	"DPD":        "https://tracking.dpd.de/status/en_US/parcel/",
	"FedEx":      "https://www.fedex.com/fedextrack/?trknbr=",
	"GLS":        "https://gls-group.com/track/",
	"PostNL":     "https://jouw.postnl.nl/track-and-trace/",
	"UPS":        "https://www.ups.com/track?tracknum=",
	"USPS":       "https://tools.usps.com/go/TrackConfirmAction?tLabels=",
	"Correios":   "https://rastreamento.correios.com.br/app/index.php?objetos=",
	"Royal Mail": "https://www.royalmail.com/track-your-item#/tracking-results/",
	"La Poste":   "https://www.laposte.fr/outils/suivre-vos-envois?code=",
}

// siblings are the other orders of the same checkout.
func (m OrderModel) siblings() []shop.OrderID {
	return slices.DeleteFunc(slices.Clone(m.Order.Siblings), func(id shop.OrderID) bool { return id == m.Order.ID })
}

// returnable tells whether something of the order has arrived that may go back.
func (m OrderModel) returnable() bool {
	return slices.ContainsFunc(m.Order.Fulfillments, func(f shop.Fulfillment) bool { return f.Status == shop.FulfillmentDelivered })
}

// payURL is where to pay the order; "" when there is nothing to pay.
func (m OrderModel) payURL() string {
	if !m.Order.AwaitsPayment(m.Now) {
		return ""
	}
	return urls.CheckoutPay(m.Order.CheckoutID.Number())
}

// rows are the price of the order and what went back of it.
func (m OrderModel) rows() []TotalRow {
	rows := OrderRows(m.Order)
	for _, refund := range m.Order.Refunds {
		if refund.Status != "failed" {
			rows = append(rows, TotalRow{Label: "Refunded " + format.Date(refund.StatusAt), Amount: shop.Amount{Minor: -refund.AmountMinor, Currency: refund.Currency}})
		}
	}
	return rows
}

// paymentWords is what a payment was made with: "card •••• 4242".
func paymentWords(p shop.Payment) string {
	words := p.Method
	if words == "" {
		words = "payment"
	}
	if p.CardLast4 != "" {
		words += " •••• " + p.CardLast4
	}
	if p.Installments > 1 {
		words += ", " + strconv.Itoa(p.Installments) + " instalments"
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

// paymentStanding is how a buyer sees the state of a payment.
func paymentStanding(p shop.Payment) ui.Badge {
	switch p.Status {
	case shop.PaymentCaptured:
		return ui.Badge{Tone: ui.ToneSuccess, Icon: ui.IconDone, Word: "Paid"}
	case shop.PaymentAuthorized:
		return ui.Badge{Tone: ui.ToneInfo, Icon: ui.IconLock, Word: "Reserved on your card"}
	case shop.PaymentFailed:
		return ui.Badge{Tone: ui.ToneDanger, Icon: ui.IconFail, Word: "Declined"}
	case shop.PaymentCancelled:
		return ui.Badge{Tone: ui.ToneNeutral, Icon: ui.IconBan, Word: "Not made"}
	case shop.PaymentPending:
		return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconHourglass, Word: "Not paid yet"}
	default:
		return ui.Badge{Tone: ui.ToneInfo, Icon: ui.IconRefresh, Word: "Being confirmed"}
	}
}

// buyerTimeline is what happened to an order as its buyer may know it, the latest first. Staff are the merchant.
func buyerTimeline(order shop.OrderDetail) []ui.Event {
	var shown []ui.Event
	for _, e := range order.Events {
		if e.Visibility == shop.VisibilityPublic {
			shown = append(shown, ui.Event{At: e.OccurredAt, Badge: buyerBadge(e), Text: e.Sentence(), Actor: actorForBuyer(order, e.Actor)})
		}
	}
	slices.Reverse(shown)
	return shown
}

func actorForBuyer(order shop.OrderDetail, a shop.Actor) string {
	switch a.Kind {
	case shop.ActorCustomer:
		return "You"
	case shop.ActorStaff:
		return order.MerchantName
	default:
		return "Waybill"
	}
}

// buyerBadge is the headline of an event in a buyer's words.
func buyerBadge(e shop.Event) ui.Badge {
	if e.Kind == shop.EventStatus {
		return ui.CustomerOrderBadge(e.To)
	}
	if badge, known := buyerBadges[e.Kind]; known {
		return badge
	}
	return ui.Badge{Tone: ui.ToneNeutral, Icon: ui.IconDot, Word: "Update"}
}

var buyerBadges = map[shop.EventKind]ui.Badge{
	shop.EventPlaced:      {Tone: ui.ToneNeutral, Icon: ui.IconCart, Word: "Ordered"},
	shop.EventClaimed:     {Tone: ui.ToneInfo, Icon: ui.IconHand, Word: "Being picked"},
	shop.EventPicked:      {Tone: ui.ToneInfo, Icon: ui.IconBoxOpen, Word: "Picked"},
	shop.EventPacked:      {Tone: ui.ToneInfo, Icon: ui.IconBox, Word: "Packed"},
	shop.EventShipped:     {Tone: ui.ToneInfo, Icon: ui.IconTruck, Word: "Parcel left"},
	shop.EventTracking:    {Tone: ui.ToneInfo, Icon: ui.IconMapPin, Word: "News from the carrier"},
	shop.EventDelivered:   {Tone: ui.ToneSuccess, Icon: ui.IconDone, Word: "Parcel arrived"},
	shop.EventPayment:     {Tone: ui.ToneInfo, Icon: ui.IconCard, Word: "Payment"},
	shop.EventRefund:      {Tone: ui.ToneNeutral, Icon: ui.IconReturn, Word: "Refund"},
	shop.EventShort:       {Tone: ui.ToneWarning, Icon: ui.IconInfo, Word: "Change to your order"},
	shop.EventReturn:      {Tone: ui.ToneInfo, Icon: ui.IconReturn, Word: "Return"},
	shop.EventHoldExpired: {Tone: ui.ToneWarning, Icon: ui.IconHourglass, Word: "Time to pay ran out"},
	shop.EventNote:        {Tone: ui.ToneNeutral, Icon: ui.IconNote, Word: "Note"},
	shop.EventMerged:      {Tone: ui.ToneInfo, Icon: ui.IconBoxes, Word: "One box"},
	shop.EventReshipped:   {Tone: ui.ToneWarning, Icon: ui.IconRefresh, Word: "Sent again"},
	shop.EventImported:    {Tone: ui.ToneNeutral, Icon: ui.IconDownload, Word: "Taken over"},
}

// cancelReasons are what a buyer may choose from; they are shown in the timeline.
var cancelReasons = []ui.Option{
	{Value: "ordered by mistake", Label: "I ordered it by mistake"},
	{Value: "no longer needed", Label: "I no longer need it"},
	{Value: "wrong item or quantity", Label: "I chose the wrong item or quantity"},
	{Value: "wrong address", Label: "The address is wrong"},
	{Value: "takes too long", Label: "It takes too long"},
	{Value: "", Label: "I would rather not say"},
}
