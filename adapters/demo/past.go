package demo

import (
	"math"
	"math/rand/v2"
	"time"

	"waybill/shop"
)

// livePast tells the ordinary orders of the year, most of which ended well.
func (w *World) livePast(dice *rand.Rand) error {
	for i := range pastOrders {
		buyer, fate := weighted(dice, w.people, func(p *person) int { return p.weight }), dice.IntN(fates)
		if i%caseyBuys == 0 { // the one whom people sign in as, whose history shows every end
			buyer, fate = w.people[0], ends[i/caseyBuys%len(ends)]
		}
		s, err := w.place(dice, buyer, w.someTime(dice, buyer), w.basket(dice, buyer))
		if err != nil {
			return err
		}
		s.liveOn(fate)
		s.end()
	}
	return nil
}

// caseyBuys is of how many orders one is that of the customer whom people sign in as.
const caseyBuys = 110

// fates is how many fates an order can have; liveOn and what follows it read them.
const fates = 1000

// ends are fates of which each ends in another way, good ones in between.
var ends = []int{500, 5, 50, 400, 945, 300, 965, 600, 975, 920, 100}

// someTime is when somebody orders: later in the year more often than early, in the evening more often than at noon.
func (w *World) someTime(dice *rand.Rand, buyer *person) time.Time {
	const span = pastDays - quietDays - 1
	ago := int(span * (1 - math.Sqrt(dice.Float64())))
	hour := 7 + max(dice.IntN(15), dice.IntN(16))
	local := w.now.In(buyer.zone).AddDate(0, 0, -quietDays-1-ago)
	at := time.Date(local.Year(), local.Month(), local.Day(), hour, dice.IntN(60), dice.IntN(60), 0, buyer.zone)
	if opening := buyer.since.Add(time.Hour); at.Before(opening) {
		at = opening.Add(time.Duration(dice.IntN(100*24*60)) * time.Minute)
	}
	return at.UTC()
}

// basket is what somebody buys: mostly from one merchant, sometimes from two.
func (w *World) basket(dice *rand.Rand, buyer *person) []wish {
	from := weighted(dice, w.merchants, func(m *merchant) int { return buyer.land.taste[m.ref] })
	wishes := w.wishes(dice, from)
	if dice.IntN(14) == 0 {
		if second := pick(dice, w.merchants); second != from {
			wishes = append(wishes, w.wishes(dice, second)...)
		}
	}
	return wishes
}

// wishes are one to four things of a merchant, of which there are enough.
func (w *World) wishes(dice *rand.Rand, from *merchant) []wish {
	var theirs []*sku
	for _, s := range w.skus {
		if s.product.merchant == from {
			theirs = append(theirs, s)
		}
	}
	var wishes []wish
	for range 1 + dice.IntN(2)*dice.IntN(4) {
		s := weighted(dice, theirs, func(s *sku) int { return s.wanted })
		quantity := int64(1)
		if s.cents < 4000 && dice.IntN(4) == 0 {
			quantity += int64(1 + dice.IntN(3))
		}
		wishes = append(wishes, wish{s, quantity})
	}
	return wishes
}

// liveOn tells what became of an order after it was placed. fate is one of fates.
func (s *story) liveOn(fate int) {
	paid := s.out.PlacedAt.Add(minutes(s.dice, 1, 9))
	switch {
	case fate < 28:
		if fate < 10 {
			s.attempt(paid, shop.PaymentFailed, "the card has insufficient funds")
		}
		s.expire()
		return
	case fate < 70:
		s.attempt(paid, shop.PaymentFailed, "the bank declined the card")
		paid = paid.Add(minutes(s.dice, 1, 5))
	}
	s.pay(paid)
	for i := range s.out.Orders {
		s.liveOrder(i, fate, paid)
	}
}

func (s *story) liveOrder(order, fate int, paid time.Time) {
	if fate >= 970 {
		by, why := s.buyer.actor(), "changed my mind"
		if fate >= 985 {
			by, why = support, "the customer asked for it on the phone"
		}
		s.cancel(order, paid.Add(minutes(s.dice, 5, 90)), by, why)
		return
	}
	var plans []plan
	var last time.Time
	for range s.out.Orders[order].Parcels {
		p := s.ordinary(order, paid)
		plans = append(plans, p)
		if p.delivery.After(last) {
			last = p.delivery
		}
	}
	s.work(order, plans)
	if s.out.Orders[order].Status() == shop.StatusDelivered {
		s.afterwards(order, fate, last)
	}
}

// afterwards tells what some customers come back for.
func (s *story) afterwards(order, fate int, delivered time.Time) {
	share := s.captured().Shares[order]
	at := delivered.Add(minutes(s.dice, 24*60, 9*24*60))
	switch {
	case fate >= 960:
		s.refund(order, share, at, support, "returned in full")
	case fate >= 935:
		line := s.out.Orders[order].Lines[0]
		s.refund(order, min(line.TotalMinor()/line.Quantity, share), at, support, pick(s.dice, []string{"one item arrived damaged", "one item was missing", "wrong size, returned"}))
	case fate >= 915:
		s.note(order, at, pick(s.dice, []string{
			"Customer asked where the invoice is; sent by mail.", "Parcel was left with a neighbour, customer has it.",
			"Asked for the other colour. Will order again.", "Praised the packaging. Passed on to the warehouse.",
		}))
	}
}
