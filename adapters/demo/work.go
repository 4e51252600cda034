package demo

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"waybill/shop"
)

// The working day of every merchant, in minutes of its own clock, Monday to Friday.
const (
	dayStart  = 8 * 60
	dayEnd    = 17 * 60
	dayMinute = 24 * 60
)

// working is the first moment at or after a time at which the merchant works.
func (m *merchant) working(at time.Time) time.Time {
	for {
		local := at.In(m.zone)
		minute := local.Hour()*60 + local.Minute()
		weekend := local.Weekday() == time.Saturday || local.Weekday() == time.Sunday
		switch {
		case !weekend && minute >= dayStart && minute < dayEnd:
			return at
		case !weekend && minute < dayStart:
			return at.Add(time.Duration(dayStart-minute) * time.Minute).Truncate(time.Minute)
		}
		at = at.Add(time.Duration(dayMinute-minute+dayStart) * time.Minute).Truncate(time.Minute)
	}
}

// endOfDay is the last second of the merchant's day, some days on.
func (m *merchant) endOfDay(at time.Time, days int) time.Time {
	local := at.In(m.zone)
	return time.Date(local.Year(), local.Month(), local.Day()+days, 23, 59, 59, 0, m.zone).UTC()
}

// startOfDay is the merchant's last midnight.
func (m *merchant) startOfDay(at time.Time) time.Time {
	local := at.In(m.zone)
	return time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, m.zone).UTC()
}

// plan is when the steps of a parcel happen, and whose hands do them. A zero time never comes.
type plan struct {
	picker                                   shop.ImportActor
	claim, picked, packed, shipped, delivery time.Time
	carrier                                  string
}

// ordinary is the plan of a parcel that nothing is special about: taken up when the merchant works, a few of them days
// too late, and on its way for as long as the distance needs.
func (s *story) ordinary(order int, confirmed time.Time) plan {
	m := s.whose[order]
	wait := time.Duration(10+s.dice.IntN(300)) * time.Minute
	if s.dice.IntN(14) == 0 {
		wait += time.Duration(1+s.dice.IntN(3)) * 24 * time.Hour
	}
	p := plan{picker: pick(s.dice, m.pickers), claim: m.working(confirmed.Add(wait))}
	p.picked = p.claim.Add(pickingTime(s.dice))
	p.packed = m.working(p.picked.Add(minutes(s.dice, 3, 50)))
	p.shipped = m.working(p.packed.Add(minutes(s.dice, 5, 150)))
	p.carrier, p.delivery = pick(s.dice, m.abroad), p.shipped.Add(time.Duration(5+s.dice.IntN(7))*24*time.Hour)
	if s.out.Address.Country == m.country {
		p.carrier, p.delivery = pick(s.dice, m.home), p.shipped.Add(time.Duration(1+s.dice.IntN(4))*24*time.Hour)
	}
	p.delivery = p.delivery.Add(minutes(s.dice, 0, 360))
	if s.dice.IntN(150) == 0 {
		p.delivery = time.Time{} // lost on the way
	}
	return p
}

// minutes is a stretch of time between two bounds.
func minutes(dice *rand.Rand, from, until int) time.Duration {
	return time.Duration((from+dice.IntN(until-from))*60+dice.IntN(60)) * time.Second
}

// work lets the parcels of an order go through their plans, as far as time has come.
func (s *story) work(order int, plans []plan) {
	type step struct {
		at     time.Time
		parcel int
		do     func(order, parcel int, p plan)
	}
	var steps []step
	for i, p := range plans {
		for _, one := range []step{
			{p.claim, i, s.claim}, {p.picked, i, s.picked}, {p.packed, i, s.packed}, {p.shipped, i, s.shipped}, {p.delivery, i, s.delivered},
		} {
			if !one.at.IsZero() && !one.at.After(s.w.now) {
				steps = append(steps, one)
			}
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.parcel, b.parcel)) })
	for _, one := range steps {
		one.do(order, one.parcel, plans[one.parcel])
	}
}

func (s *story) parcel(order, parcel int) *shop.ImportParcel {
	return &s.out.Orders[order].Parcels[parcel]
}

func (s *story) claim(order, parcel int, p plan) {
	f := s.parcel(order, parcel)
	f.Status, f.StatusAt, f.Holder, f.HeldSince = shop.FulfillmentPicking, p.claim, p.picker.Email, p.claim
	s.parcelEvent(order, parcel, shop.EventClaimed, p.claim, p.picker, nil)
}

func (s *story) picked(order, parcel int, p plan) {
	f := s.parcel(order, parcel)
	f.Status, f.StatusAt = shop.FulfillmentPicked, p.picked
	for i := range f.Items {
		f.Items[i].Picked = f.Items[i].Quantity
	}
	s.parcelEvent(order, parcel, shop.EventPicked, p.picked, p.picker, nil)
}

func (s *story) packed(order, parcel int, p plan) {
	f := s.parcel(order, parcel)
	f.Status, f.StatusAt, f.PackedAt, f.HeldSince = shop.FulfillmentPacked, p.packed, p.packed, p.packed
	s.parcelEvent(order, parcel, shop.EventPacked, p.packed, p.picker, nil)
}

func (s *story) shipped(order, parcel int, p plan) {
	f := s.parcel(order, parcel)
	f.Status, f.StatusAt, f.ShippedAt, f.Carrier, f.TrackingNumber = shop.FulfillmentShipped, p.shipped, p.shipped, p.carrier, s.tracking(p.carrier)
	for i := range s.out.Orders[order].Holds {
		h := &s.out.Orders[order].Holds[i]
		if h.Location == f.Location {
			h.Shipped, h.ClosedAt, h.ClosedBy = true, p.shipped, p.picker
		}
	}
	s.parcelEvent(order, parcel, shop.EventShipped, p.shipped, p.picker, map[string]string{shop.DataCarrier: f.Carrier, shop.DataTracking: f.TrackingNumber})
}

func (s *story) delivered(order, parcel int, p plan) {
	f := s.parcel(order, parcel)
	f.Status, f.StatusAt, f.DeliveredAt = shop.FulfillmentDelivered, p.delivery, p.delivery
	s.parcelEvent(order, parcel, shop.EventDelivered, p.delivery, system, nil)
}

// tracking is a number as the carrier's look.
func (s *story) tracking(carrier string) string {
	digits := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte(byte('0' + s.dice.IntN(10)))
		}
		return b.String()
	}
	switch carrier {
	case "UPS":
		return "1Z" + s.text(6) + digits(10)
	case "USPS":
		return "9400" + digits(18)
	case "DHL":
		return "JJD" + digits(17)
	case "Royal Mail":
		return fmt.Sprintf("RM%sGB", digits(9))
	default:
		return digits(14)
	}
}
