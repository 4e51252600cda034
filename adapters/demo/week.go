package demo

import (
	"math/rand/v2"
	"time"
)

// lately is how many parcels, besides the ordinary ones, the merchant that one signs in as sent on each of the days before
// today: ordinary orders end some days ago, and a warehouse does not.
var lately = []int{15, 13, 10, 4}

// lateShare is of how many of them one lay too long.
const lateShare = 20

// liveWeek tells the orders that were sent on the last days, each worked on in the hours of the house.
func (w *World) liveWeek(dice *rand.Rand) error {
	m := w.merchant(alder)
	for i, parcels := range lately {
		day := m.startOfDay(w.now).In(m.zone).AddDate(0, 0, -1-i)
		if weekday := day.Weekday(); weekday == time.Saturday || weekday == time.Sunday {
			continue
		}
		for range parcels + dice.IntN(4) {
			if err := w.sentOn(dice, m, day); err != nil {
				return err
			}
		}
	}
	return nil
}

// sentOn tells an order that left on a day, from the loading bay backwards.
func (w *World) sentOn(dice *rand.Rand, m *merchant, day time.Time) error {
	opened := time.Date(day.Year(), day.Month(), day.Day(), 0, dayStart, 0, 0, m.zone)
	shipped := opened.Add(minutes(dice, 150, dayEnd-dayStart)).UTC()
	p := plan{picker: pick(dice, m.pickers), shipped: shipped, packed: shipped.Add(-minutes(dice, 15, 90))}
	p.picked = p.packed.Add(-minutes(dice, 3, 25))
	p.claim = p.picked.Add(-pickingTime(dice))
	buyer := weighted(dice, w.people, func(p *person) int { return p.weight * p.land.taste[m.ref] })
	waited := minutes(dice, 20, 20*60)
	if dice.IntN(lateShare) == 0 {
		waited += 3 * 24 * time.Hour
	}
	s, err := w.place(dice, buyer, p.claim.Add(-waited), w.wishes(dice, m))
	if err != nil {
		return err
	}
	usual := s.ordinary(0, s.paid())
	if p.carrier = usual.carrier; !usual.delivery.IsZero() {
		p.delivery = shipped.Add(usual.delivery.Sub(usual.shipped))
	}
	s.follow(p)
	s.end()
	return nil
}

// pickingTime is how long somebody is at the shelves for a parcel.
func pickingTime(dice *rand.Rand) time.Duration { return minutes(dice, 1, 9) }
