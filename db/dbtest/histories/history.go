// Package histories asks whether what many did to the stock of SKUs at once can be explained by some order in which they did
// it one after another, each at a moment between its call and its answer (linearizability).
package histories

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// Limits of a history. The state of the model is compared and kept many thousand times, so it has a fixed size.
const (
	MaxLocations = 2
	MaxOrders    = 4 * 64
)

// checkFor bounds the search for an explanation. One that is right is found in a fraction of a second.
const checkFor = time.Minute

// Kind is what somebody did.
type Kind string

// The kinds of acts. Buy, Cancel, Expire and Pay are about an order; Adjust changes what lies at a location by Units, Count
// makes it Units, Transfer moves Units from one location to the other; Read looks.
const (
	Buy      Kind = "buy"
	Cancel   Kind = "cancel"
	Expire   Kind = "expire"
	Pay      Kind = "pay"
	Adjust   Kind = "adjust"
	Count    Kind = "count"
	Transfer Kind = "transfer"
	Read     Kind = "read"
)

// Units are counted by location.
type Units [MaxLocations]int64

// Act is one call that is about one SKU, and its answer.
type Act struct {
	Kind  Kind
	SKU   int64
	ID    int64 // of an order
	Order int   // of Buy, Cancel, Expire and Pay: its place among the orders of the history
	Units int64 // of Buy, Adjust, Count and Transfer
	At    int   // of Adjust and Count: the location; of Transfer: where the units come from

	Done bool
	// Got is where the units of the order were held; for all acts about it.
	Got Units
	// Left is, of a Buy that was refused, how many the answer said there are; of one that did not say, -1.
	Left int64
	// Says is, of work on stock and of Read, whether the answer had the counters of all locations.
	Says             bool
	OnHand, Reserved Units
}

// state is one SKU as the model has it.
type state struct {
	onHand, reserved Units
	open, paid       [MaxOrders / 64]uint64 // orders that hold units, and those of them that no longer expire
}

func has(set *[MaxOrders / 64]uint64, order int) bool { return set[order/64]&(1<<(order%64)) != 0 }
func flip(set *[MaxOrders / 64]uint64, order int)     { set[order/64] ^= 1 << (order % 64) }

func (s *state) free() (sum, most int64) {
	for at := range s.onHand {
		free := s.onHand[at] - s.reserved[at]
		sum, most = sum+free, max(most, free)
	}
	return sum, most
}

// step tells whether an act may have had its answer in a state, and what the state is after it.
func step(s state, a Act) (bool, state) {
	if a.Done {
		switch a.Kind {
		case Buy:
			return s.buy(a), s
		case Cancel, Expire:
			return s.end(a), s
		case Pay:
			return s.pay(a), s
		}
		return s.work(a), s
	}
	sum, _ := s.free()
	switch a.Kind {
	case Buy:
		return a.Units > sum && (a.Left < 0 || a.Left == sum), s
	case Cancel:
		return !has(&s.open, a.Order), s
	case Pay:
		return !has(&s.open, a.Order) || has(&s.paid, a.Order), s
	case Adjust:
		return s.onHand[a.At]+a.Units < s.reserved[a.At], s
	case Count:
		return a.Units < s.reserved[a.At], s
	case Transfer:
		return a.Units > s.onHand[a.At]-s.reserved[a.At], s
	}
	return false, s
}

// buy holds the units where the answer says: nowhere more than was there, and at one location if one had enough.
func (s *state) buy(a Act) bool {
	_, most := s.free()
	held, places := int64(0), 0
	for at, n := range a.Got {
		if n > s.onHand[at]-s.reserved[at] {
			return false
		}
		s.reserved[at] += n
		held += n
		if n > 0 {
			places++
		}
	}
	flip(&s.open, a.Order)
	return held == a.Units && (places == 1 || most < a.Units)
}

// pay keeps an order from expiring. Who pays beside somebody else who pays has the same answer.
func (s *state) pay(a Act) bool {
	if !has(&s.paid, a.Order) {
		flip(&s.paid, a.Order)
	}
	return has(&s.open, a.Order)
}

// end lets go of what an order holds. Time ends only what nobody paid.
func (s *state) end(a Act) bool {
	if !has(&s.open, a.Order) || (a.Kind == Expire && has(&s.paid, a.Order)) {
		return false
	}
	flip(&s.open, a.Order)
	for at, n := range a.Got {
		s.reserved[at] -= n
	}
	return true
}

// work changes what lies where, never below what is reserved, and answers with exactly what is there then. Of a location that
// the work was not about the answer tells what was there a moment before, so it is not held to that.
func (s *state) work(a Act) bool {
	about := func(at int) bool { return at == a.At || a.Kind == Transfer || a.Kind == Read }
	switch a.Kind {
	case Adjust:
		s.onHand[a.At] += a.Units
	case Count:
		s.onHand[a.At] = a.Units
	case Transfer:
		s.onHand[a.At] -= a.Units
		s.onHand[1-a.At] += a.Units
	case Read:
	default:
		return false
	}
	for at := range s.onHand {
		if s.onHand[at] < s.reserved[at] {
			return false
		}
		if a.Says && about(at) && (a.OnHand[at] != s.onHand[at] || a.Reserved[at] != s.reserved[at]) {
			return false
		}
	}
	return true
}

// Recorder writes down who did what when. It may be used by many at once.
type Recorder struct {
	mu    sync.Mutex
	began time.Time
	acts  []porcupine.Operation
}

// New begins a history.
func New() *Recorder { return &Recorder{began: time.Now()} }

// Do has somebody do something and writes down what it came to: an act for each SKU that it was about.
func (r *Recorder) Do(client int, do func() []Act) {
	called := time.Since(r.began)
	acts := do()
	answered := time.Since(r.began)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range acts {
		r.acts = append(r.acts, porcupine.Operation{ClientId: client, Input: a, Call: called.Nanoseconds(), Return: answered.Nanoseconds()})
	}
}

// Counts is how many acts of each kind were done and refused, as "buy 3", "not buy 2".
func (r *Recorder) Counts() map[string]int {
	counts := map[string]int{}
	for _, op := range r.acts {
		a := op.Input.(Act)
		if word := string(a.Kind); a.Done {
			counts[word]++
		} else {
			counts["not "+word]++
		}
	}
	return counts
}

// Check fails the test unless, for each SKU, some order of the acts explains their answers. Every SKU began with the stock.
func (r *Recorder) Check(tb testing.TB, stock Units) {
	tb.Helper()
	if !r.explained(stock) {
		tb.Error("no order of the acts explains their answers")
	}
}

func (r *Recorder) explained(stock Units) bool {
	return porcupine.CheckOperationsTimeout(model(stock), r.acts, checkFor) == porcupine.Ok
}

// model is a shelf with several boards.
func model(stock Units) porcupine.Model {
	return porcupine.Model{
		Partition: func(all []porcupine.Operation) (parts [][]porcupine.Operation) {
			bySKU := map[int64][]porcupine.Operation{}
			for _, op := range all {
				sku := op.Input.(Act).SKU
				bySKU[sku] = append(bySKU[sku], op)
			}
			for _, part := range bySKU {
				parts = append(parts, part)
			}
			return parts
		},
		Init: func() any { return state{onHand: stock} },
		Step: func(s, input, _ any) (bool, any) {
			ok, after := step(s.(state), input.(Act))
			return ok, after
		},
		DescribeOperation: func(input, _ any) string { return fmt.Sprintf("%+v", input) },
	}
}
