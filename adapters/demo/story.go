package demo

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"waybill/shop"
)

// story is one checkout as it is told: step by step, in the order of time, in the words that the shop itself would use.
// What would have happened after now is not told.
type story struct {
	w     *World
	dice  *rand.Rand
	buyer *person
	out   shop.ImportCheckout
	whose []*merchant // of each order
}

// wish is an item that somebody buys.
type wish struct {
	sku      *sku
	quantity int64
}

// place starts a story: the buyer orders at a time, priced by the catalog of that time.
func (w *World) place(dice *rand.Rand, buyer *person, at time.Time, wishes []wish) (*story, error) {
	items := make([]shop.PlaceItem, len(wishes))
	for i, one := range wishes {
		items[i] = shop.PlaceItem{SKUID: one.sku.id, Quantity: one.quantity}
	}
	to := buyer.addresses[0]
	if len(buyer.addresses) > 1 && dice.IntN(4) == 0 {
		to = buyer.addresses[1]
	}
	quote, err := w.catalogAt(at).QuoteItems(shop.QuoteRequest{Items: items, Currency: buyer.land.currency, To: to.Destination()})
	if err != nil {
		return nil, err
	}
	s := &story{w: w, dice: dice, buyer: buyer, out: shop.ImportCheckout{
		CustomerRef: buyer.ref, Address: to, PlacedAt: at, Currency: quote.Currency, Native: true,
	}}
	for _, quoted := range quote.Orders {
		m := w.merchants[quoted.MerchantID-1]
		s.whose = append(s.whose, m)
		s.out.Orders = append(s.out.Orders, w.order(dice, m, quoted, shop.ImportEvent{To: shop.StatusPending, At: at, By: buyer.actor()}))
	}
	return s, nil
}

// order is what a quote for one merchant becomes when it is placed: its units are held where they lie.
func (w *World) order(dice *rand.Rand, m *merchant, quoted shop.QuotedOrder, placed shop.ImportEvent) shop.ImportOrder {
	o := shop.ImportOrder{MerchantRef: m.ref, ShippingMinor: quoted.ShippingMinor, Events: []shop.ImportEvent{placed}}
	second := dice.IntN(8) == 0 // what lies in the second location is sent from there
	for i, line := range quoted.Lines {
		s := w.skus[line.SKU.ID-1]
		o.Lines = append(o.Lines, shop.ImportLine{
			SKURef: s.ref(), SKUCode: s.code, Name: line.SKU.Name, Quantity: line.Quantity, UnitPriceMinor: line.UnitPriceMinor,
			TaxIncluded: line.SKU.TaxInclusive, TaxRatePPM: line.TaxRatePPM, TaxMinor: line.TaxMinor, DiscountMinor: line.DiscountMinor,
		})
		location := s.locations[0]
		if second && len(s.locations) > 1 {
			location = s.locations[1]
		}
		o.Holds = append(o.Holds, shop.ImportHold{Line: i + 1, Location: location, Quantity: line.Quantity})
	}
	return o
}

// end hands the checkout over to the world.
func (s *story) end() { s.w.checkouts = append(s.w.checkouts, s.out) }

// tell adds an event to an order.
func (s *story) tell(order int, e shop.ImportEvent) {
	s.out.Orders[order].Events = append(s.out.Orders[order].Events, e)
}

// step moves an order on.
func (s *story) step(order int, to shop.Status, at time.Time, by shop.ImportActor, why string) {
	s.tell(order, shop.ImportEvent{To: to, At: at, By: by, Note: why})
}

var system = shop.ImportActor{Kind: shop.ActorSystem}

// attempt adds a payment of the whole checkout and tells each order of its outcome.
func (s *story) attempt(at time.Time, status shop.PaymentStatus, failure string) *shop.ImportPayment {
	p := shop.ImportPayment{
		Provider: Provider, ChargeKey: "charge_" + s.text(26), Method: "card", CardLast4: "4242", Installments: 1,
		AmountMinor: s.out.TotalMinor(), Status: status, Failure: failure, At: at,
	}
	switch status {
	case shop.PaymentCaptured:
		p.ProviderRef = "sim_cap_" + s.text(20)
	case shop.PaymentAuthorized:
		p.ProviderRef = "sim_aut_" + s.text(20)
	default:
		p.ProviderRef, p.CardLast4 = "sim_cap_"+s.text(20), "0002"
	}
	for i, o := range s.out.Orders {
		p.Shares = append(p.Shares, o.TotalMinor())
		s.tell(i, s.moneyEvent(shop.EventPayment, o.TotalMinor(), at, s.buyer.actor(), string(status), failure))
	}
	s.out.Payments = append(s.out.Payments, p)
	return &s.out.Payments[len(s.out.Payments)-1]
}

func (s *story) moneyEvent(kind shop.EventKind, minor int64, at time.Time, by shop.ImportActor, outcome, why string) shop.ImportEvent {
	amount := shop.Amount{Minor: minor, Currency: s.out.Currency}
	return shop.ImportEvent{Kind: kind, At: at, By: by, Note: why, Data: map[string]string{
		shop.DataAmount: amount.Decimal(), shop.DataCurrency: string(amount.Currency), shop.DataOutcome: outcome,
	}}
}

const textAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

// text is what a random reference looks like.
func (s *story) text(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = textAlphabet[s.dice.IntN(len(textAlphabet))]
	}
	return string(b)
}

// pay captures the money for the whole checkout and opens the work on its orders.
func (s *story) pay(at time.Time) {
	s.attempt(at, shop.PaymentCaptured, "")
	for i := range s.out.Orders {
		s.step(i, shop.StatusConfirmed, at, s.buyer.actor(), "")
		s.openParcels(i, at)
	}
}

// openParcels makes one parcel of what lies in each location.
func (s *story) openParcels(order int, at time.Time) {
	o := &s.out.Orders[order]
	shipBy := shop.ShipBy(at, s.whose[order].policy())
	for _, location := range s.whose[order].locations {
		p := shop.ImportParcel{Status: shop.FulfillmentOpen, Location: location.Code, ShipBy: shipBy, CreatedAt: at, StatusAt: at}
		for _, h := range o.Holds {
			if h.Location == location.Code {
				p.Items = append(p.Items, shop.ImportParcelItem{Line: h.Line, Quantity: h.Quantity})
			}
		}
		if len(p.Items) > 0 {
			o.Parcels = append(o.Parcels, p)
		}
	}
}

// unpaid is a checkout that still waits for its money.
func (s *story) unpaid(until time.Time) {
	s.out.ExpiresAt = until
	p := shop.ImportPayment{AmountMinor: s.out.TotalMinor(), Status: shop.PaymentPending, At: s.out.PlacedAt, Installments: 1}
	for _, o := range s.out.Orders {
		p.Shares = append(p.Shares, o.TotalMinor())
	}
	s.out.Payments = append(s.out.Payments, p)
}

// expire ends a checkout that nobody paid in time.
func (s *story) expire() {
	at := s.out.PlacedAt.Add(shop.HoldDuration + time.Duration(s.dice.IntN(5))*time.Second)
	s.unpaid(time.Time{})
	last := &s.out.Payments[len(s.out.Payments)-1]
	last.Status, last.At = shop.PaymentCancelled, at
	for i := range s.out.Orders {
		s.tell(i, shop.ImportEvent{Kind: shop.EventHoldExpired, At: at, By: system})
		s.step(i, shop.StatusCancelled, at, system, "not paid in time")
		s.release(i, at, system)
	}
}

// release puts what an order still holds back on sale and calls its parcels off.
func (s *story) release(order int, at time.Time, by shop.ImportActor) {
	o := &s.out.Orders[order]
	for i := range o.Holds {
		if o.Holds[i].ClosedAt.IsZero() {
			o.Holds[i].ClosedAt, o.Holds[i].ClosedBy = at, by
		}
	}
	for i := range o.Parcels {
		o.Parcels[i].Status, o.Parcels[i].StatusAt, o.Parcels[i].Holder, o.Parcels[i].HeldSince = shop.FulfillmentCancelled, at, "", time.Time{}
	}
}

// cancel ends a paid order before it is shipped; its money goes back.
func (s *story) cancel(order int, at time.Time, by shop.ImportActor, why string) {
	s.step(order, shop.StatusCancelled, at, by, why)
	s.release(order, at, by)
	s.refund(order, s.captured().Shares[order], at.Add(2*time.Second), by, "the order was cancelled")
}

// captured is the payment that went through.
func (s *story) captured() *shop.ImportPayment {
	at := slices.IndexFunc(s.out.Payments, func(p shop.ImportPayment) bool { return p.Status == shop.PaymentCaptured })
	return &s.out.Payments[at]
}

// refund gives money of an order back; with all of it the order is refunded.
func (s *story) refund(order int, minor int64, at time.Time, by shop.ImportActor, why string) {
	p := s.captured()
	if minor == 0 || at.After(s.w.now) {
		return
	}
	p.Refunds = append(p.Refunds, shop.ImportRefund{Order: order, AmountMinor: minor, Reason: why, Key: "refund_" + s.text(26), ProviderRef: "sim_ref_" + s.text(20), At: at})
	s.tell(order, s.moneyEvent(shop.EventRefund, minor, at, by, shop.RequestSucceeded, why))
	if p.RefundedMinor(order) == p.Shares[order] {
		s.step(order, shop.StatusRefunded, at, by, "")
	}
}

// note is something that the staff wrote down.
func (s *story) note(order int, at time.Time, text string) {
	if at.Before(s.w.now) {
		s.tell(order, shop.ImportEvent{Kind: shop.EventNote, At: at, By: support, Visibility: shop.VisibilityStaff, Data: map[string]string{shop.DataText: text}})
	}
}

// parcelEvent is what somebody did to a parcel.
func (s *story) parcelEvent(order, parcel int, kind shop.EventKind, at time.Time, by shop.ImportActor, data map[string]string) {
	if data == nil {
		data = map[string]string{}
	}
	data[shop.DataParcel] = strconv.Itoa(parcel + 1)
	s.tell(order, shop.ImportEvent{Kind: kind, At: at, By: by, Data: data})
	o := &s.out.Orders[order]
	statuses := make([]shop.FulfillmentStatus, len(o.Parcels))
	for i, p := range o.Parcels {
		statuses[i] = p.Status
	}
	for _, change := range shop.RollUp(o.Status(), statuses) {
		s.step(order, change.To, at, by, "")
	}
}
