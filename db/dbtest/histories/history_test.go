package histories

import (
	"testing"

	"github.com/anishathalye/porcupine"
)

// at is an act between two moments.
type at struct {
	call, answer int64
	act          Act
}

// The check itself must be able to say no: histories that cannot be, beside the nearest that can.
func TestTheCheckTellsWhatCannotBe(t *testing.T) {
	t.Parallel()
	const sku = 1
	buy := func(order int, main, other int64) Act {
		return Act{Kind: Buy, SKU: sku, Order: order, Units: main + other, Got: Units{main, other}, Done: true}
	}
	no := func(a Act) Act { a.Done = false; return a }
	about := func(kind Kind, order int, main int64) Act {
		return Act{Kind: kind, SKU: sku, Order: order, Got: Units{main}, Done: true}
	}
	work := func(kind Kind, units int64) Act { return Act{Kind: kind, SKU: sku, Units: units, Done: true} }
	read := func(onHand, reserved Units) Act {
		return Act{Kind: Read, SKU: sku, Done: true, Says: true, OnHand: onHand, Reserved: reserved}
	}
	refused := func(units, left int64) Act { return Act{Kind: Buy, SKU: sku, Units: units, Left: left} }

	for name, c := range map[string]struct {
		stock Units
		acts  []at
		want  bool
	}{
		"the last unit twice":                       {Units{1}, []at{{0, 9, buy(0, 1, 0)}, {0, 9, buy(1, 1, 0)}}, false},
		"the last unit once":                        {Units{1}, []at{{0, 9, buy(0, 1, 0)}, {0, 9, refused(1, 0)}}, true},
		"refused the only unit":                     {Units{1}, []at{{0, 9, refused(1, -1)}}, false},
		"told of units that were not there":         {Units{1}, []at{{0, 9, refused(3, 2)}}, false},
		"told of the units that were there":         {Units{1, 1}, []at{{0, 9, refused(3, 2)}}, true},
		"split although one location had enough":    {Units{2, 2}, []at{{0, 9, buy(0, 1, 1)}}, false},
		"split because no location had enough":      {Units{1, 1}, []at{{0, 9, buy(0, 1, 1)}}, true},
		"bought after a cancel that came later":     {Units{1}, []at{{0, 1, buy(0, 1, 0)}, {2, 3, buy(1, 1, 0)}, {4, 5, about(Cancel, 0, 1)}}, false},
		"bought while it was cancelled":             {Units{1}, []at{{0, 1, buy(0, 1, 0)}, {2, 4, buy(1, 1, 0)}, {3, 5, about(Cancel, 0, 1)}}, true},
		"cancelled twice":                           {Units{1}, []at{{0, 1, buy(0, 1, 0)}, {2, 9, about(Cancel, 0, 1)}, {2, 9, about(Cancel, 0, 1)}}, false},
		"cancelled once":                            {Units{1}, []at{{0, 1, buy(0, 1, 0)}, {2, 9, about(Cancel, 0, 1)}, {2, 9, no(about(Cancel, 0, 1))}}, true},
		"cancelled and expired":                     {Units{1}, []at{{0, 1, buy(0, 1, 0)}, {2, 9, about(Cancel, 0, 1)}, {2, 9, about(Expire, 0, 1)}}, false},
		"expired although paid":                     {Units{1}, []at{{0, 1, buy(0, 1, 0)}, {2, 3, about(Pay, 0, 1)}, {4, 9, about(Expire, 0, 1)}}, false},
		"not paid because expired":                  {Units{1}, []at{{0, 1, buy(0, 1, 0)}, {2, 3, no(about(Pay, 0, 1))}, {2, 9, about(Expire, 0, 1)}}, true},
		"adjusted below what is reserved":           {Units{1}, []at{{0, 1, buy(0, 1, 0)}, {2, 9, work(Adjust, -1)}}, false},
		"an adjustment refused because of an order": {Units{1}, []at{{0, 1, buy(0, 1, 0)}, {2, 9, no(work(Adjust, -1))}}, true},
		"an adjustment refused for nothing":         {Units{1}, []at{{0, 9, no(work(Adjust, -1))}}, false},
		"counted less than is reserved":             {Units{1}, []at{{0, 1, buy(0, 1, 0)}, {2, 9, work(Count, 0)}}, false},
		"moved what was held":                       {Units{1}, []at{{0, 1, buy(0, 1, 0)}, {2, 9, work(Transfer, 1)}}, false},
		"moved and bought there":                    {Units{1}, []at{{0, 1, work(Transfer, 1)}, {2, 9, buy(0, 0, 1)}}, true},
		"read what is not yet there":                {Units{1}, []at{{0, 1, read(Units{2}, Units{})}, {2, 3, work(Adjust, 1)}}, false},
		"read what has just come":                   {Units{1}, []at{{0, 3, read(Units{2}, Units{})}, {2, 4, work(Adjust, 1)}}, true},
		"read half a transfer":                      {Units{1}, []at{{0, 9, read(Units{0, 0}, Units{})}, {0, 9, work(Transfer, 1)}}, false},
	} {
		r := New()
		for _, a := range c.acts {
			r.acts = append(r.acts, porcupine.Operation{ClientId: len(r.acts), Input: a.act, Call: a.call, Return: a.answer})
		}
		if got := r.explained(c.stock); got != c.want {
			t.Errorf("%s: explained %v, want %v", name, got, c.want)
		}
	}
}
