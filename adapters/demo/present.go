package demo

import (
	"math/rand/v2"
	"time"

	"waybill/shop"
)

// scene is a kind of order of the last days, and how many of them there are.
type scene struct {
	count int
	tell  func(w *World, dice *rand.Rand, s *story)
	age   [2]int // minutes since it was placed, from and until
	casey bool   // the first is the order of the customer whom people sign in as
}

// The queue of the merchant that merchant@ works for, and what is beside it.
var mainScenes = []scene{
	{count: 4, tell: late, age: [2]int{3 * 24 * 60, 6 * 24 * 60}},
	{count: 8, tell: dueToday, age: [2]int{6 * 60, 26 * 60}},
	{count: 12, tell: upcoming, age: [2]int{4, 9 * 60}, casey: true},
	{count: 5, tell: picking, age: [2]int{2 * 60, 20 * 60}, casey: true},
	{count: 1, tell: stuckPicking, age: [2]int{26 * 60, 30 * 60}},
	{count: 4, tell: toPack, age: [2]int{3 * 60, 20 * 60}},
	{count: 5, tell: ready, age: [2]int{4 * 60, 24 * 60}, casey: true},
	{count: 1, tell: stuckReady, age: [2]int{30 * 60, 40 * 60}},
	{count: 11, tell: shippedToday, age: [2]int{18 * 60, 48 * 60}, casey: true},
	{count: 9, tell: onItsWay, age: [2]int{2 * 24 * 60, 4 * 24 * 60}, casey: true},
	{count: 5, tell: vanished, age: [2]int{10 * 24 * 60, 20 * 24 * 60}},
	{count: 3, tell: justPlaced, age: [2]int{1, 9}, casey: true},
	{count: 2, tell: bankTransfer, age: [2]int{3 * 60, 30 * 60}},
	{count: 2, tell: authorized, age: [2]int{2 * 60, 40 * 60}, casey: true},
	{count: 2, tell: calledOff, age: [2]int{4 * 60, 30 * 60}},
}

var otherScenes = []scene{
	{count: 1, tell: late, age: [2]int{3 * 24 * 60, 5 * 24 * 60}},
	{count: 1, tell: dueToday, age: [2]int{6 * 60, 26 * 60}},
	{count: 2, tell: upcoming, age: [2]int{10, 9 * 60}},
	{count: 1, tell: picking, age: [2]int{2 * 60, 20 * 60}},
	{count: 1, tell: ready, age: [2]int{4 * 60, 24 * 60}},
	{count: 3, tell: shippedToday, age: [2]int{18 * 60, 48 * 60}},
	{count: 3, tell: onItsWay, age: [2]int{2 * 24 * 60, 4 * 24 * 60}},
	{count: 1, tell: bankTransfer, age: [2]int{3 * 60, 30 * 60}},
}

// livePresent tells the orders of the last days one by one, so that every list has something in it at any hour of any
// day.
func (w *World) livePresent(dice *rand.Rand) error {
	for _, m := range w.merchants {
		scenes := otherScenes
		if m.ref == alder {
			scenes = mainScenes
		}
		for _, one := range scenes {
			for i := range one.count {
				buyer := weighted(dice, w.people, func(p *person) int { return p.weight * p.land.taste[m.ref] })
				if one.casey && i == 0 {
					buyer = w.people[0]
				}
				at := w.now.Add(-minutes(dice, one.age[0], one.age[1])).Add(-time.Minute)
				s, err := w.place(dice, buyer, at, w.wishes(dice, m))
				if err != nil {
					return err
				}
				one.tell(w, dice, s)
				s.end()
			}
		}
	}
	return nil
}

// paid pays and returns when.
func (s *story) paid() time.Time {
	at := s.out.PlacedAt.Add(minutes(s.dice, 0, 1)).Add(40 * time.Second)
	s.pay(at)
	return at
}

// promise sets by when the parcels of the one order must leave.
func (s *story) promise(shipBy time.Time) {
	for i := range s.out.Orders[0].Parcels {
		s.out.Orders[0].Parcels[i].ShipBy = shipBy
	}
}

// follow lets all parcels of the order follow one plan.
func (s *story) follow(p plan) {
	plans := make([]plan, len(s.out.Orders[0].Parcels))
	for i := range plans {
		plans[i] = p
	}
	s.work(0, plans)
}

func late(w *World, dice *rand.Rand, s *story) {
	s.paid()
	s.promise(s.whose[0].endOfDay(w.now, -1-dice.IntN(2)))
}

func dueToday(w *World, _ *rand.Rand, s *story) {
	s.paid()
	s.promise(s.whose[0].endOfDay(w.now, 0))
}

func upcoming(w *World, dice *rand.Rand, s *story) {
	s.paid()
	s.promise(s.whose[0].endOfDay(w.now, 1+dice.IntN(2)))
}

// ago is a moment before now, but after the order was paid.
func (s *story) ago(from, until int) time.Time {
	at := s.w.now.Add(-minutes(s.dice, from, until))
	if earliest := s.out.PlacedAt.Add(3 * time.Minute); at.Before(earliest) {
		at = earliest
	}
	return at
}

func picking(w *World, dice *rand.Rand, s *story) {
	dueToday(w, dice, s)
	s.follow(plan{picker: pick(dice, s.whose[0].pickers), claim: s.ago(4, 45)})
	for i := range s.out.Orders[0].Parcels {
		if first := &s.out.Orders[0].Parcels[i].Items[0]; len(s.out.Orders[0].Lines) > 1 {
			first.Picked = first.Quantity
		}
	}
}

func stuckPicking(w *World, dice *rand.Rand, s *story) {
	s.paid()
	s.promise(s.whose[0].endOfDay(w.now, -1))
	s.follow(plan{picker: pick(dice, s.whose[0].pickers), claim: s.ago(20*60, 24*60)})
}

func toPack(w *World, dice *rand.Rand, s *story) {
	dueToday(w, dice, s)
	picked := s.ago(5, 80)
	s.follow(plan{picker: pick(dice, s.whose[0].pickers), claim: picked.Add(-minutes(dice, 1, 2)), picked: picked})
}

func ready(w *World, dice *rand.Rand, s *story) {
	dueToday(w, dice, s)
	packed := s.ago(5, 120)
	s.follow(plan{picker: pick(dice, s.whose[0].pickers), claim: packed.Add(-2 * time.Minute), picked: packed.Add(-time.Minute), packed: packed})
}

func stuckReady(w *World, dice *rand.Rand, s *story) {
	s.paid()
	s.promise(s.whose[0].endOfDay(w.now, 0))
	packed := s.ago(22*60, 25*60)
	s.follow(plan{picker: pick(dice, s.whose[0].pickers), claim: packed.Add(-20 * time.Minute), picked: packed.Add(-14 * time.Minute), packed: packed})
}

// shippedToday left since the merchant's midnight.
func shippedToday(w *World, dice *rand.Rand, s *story) {
	dueToday(w, dice, s)
	shipped := s.ago(5, 8*60)
	if midnight := s.whose[0].startOfDay(w.now); shipped.Before(midnight) {
		shipped = midnight.Add(w.now.Sub(midnight) / 2)
	}
	p := s.ordinary(0, s.out.PlacedAt)
	claim := shipped.Add(-2 * time.Hour)
	s.follow(plan{
		picker: p.picker, carrier: p.carrier, claim: claim, picked: claim.Add(pickingTime(dice)), packed: shipped.Add(-time.Hour), shipped: shipped,
	})
}

func onItsWay(_ *World, dice *rand.Rand, s *story) {
	paid := s.paid()
	p := s.ordinary(0, paid)
	shipped := paid.Add(26 * time.Hour)
	s.promise(s.whose[0].endOfDay(shipped, 0))
	claim := shipped.Add(-90 * time.Minute)
	s.follow(plan{
		picker: p.picker, carrier: p.carrier, claim: claim, picked: claim.Add(pickingTime(dice)), packed: shipped.Add(-50 * time.Minute), shipped: shipped,
	})
}

// vanished left as usual and never came; SettleLost tells what became of it.
func vanished(_ *World, _ *rand.Rand, s *story) {
	p := s.ordinary(0, s.paid())
	p.delivery = time.Time{}
	s.follow(p)
}

func justPlaced(_ *World, _ *rand.Rand, s *story) {
	s.unpaid(s.out.PlacedAt.Add(shop.HoldDuration))
}

// bankTransfer waits for money that comes by itself, or not.
func bankTransfer(w *World, dice *rand.Rand, s *story) {
	s.unpaid(w.now.Add(minutes(dice, 24*60, 3*24*60)))
	s.note(0, s.out.PlacedAt.Add(30*time.Second), "Pays by bank transfer; hold agreed with the customer.")
}

// authorized holds the money on the card until somebody captures it.
func authorized(_ *World, _ *rand.Rand, s *story) {
	at := s.out.PlacedAt.Add(50 * time.Second)
	s.attempt(at, shop.PaymentAuthorized, "")
	s.out.ExpiresAt = at.Add(shop.AuthorizationHold)
}

func calledOff(_ *World, dice *rand.Rand, s *story) {
	paid := s.paid()
	s.cancel(0, paid.Add(minutes(dice, 10, 60)), s.buyer.actor(), pick(dice, []string{"changed my mind", "ordered twice by mistake"}))
}
