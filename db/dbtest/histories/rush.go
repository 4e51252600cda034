package histories

import (
	"math/rand/v2"
	"sync"

	"github.com/anishathalye/porcupine"

	"waybill/db/dbtest/factory"
)

// Shop is what a rush goes through. Any number of clients use it at once. Whatever is neither done nor refused for want of
// stock, or because an order has ended, is for the shop to fail the test with.
type Shop interface {
	// Buy orders units by SKU and returns the order, or if it was refused how many the answer says are left of each SKU
	// that is short, -1 where it does not say.
	Buy(cart map[int64]int64) (order int64, left map[int64]int64)
	Cancel(order int64) bool
	Pay(order int64) bool
	// Expire ends orders that are due and returns them. A client calls it again only after it has answered.
	Expire(client int) []int64
	// Work does what an act of the kind Adjust, Count, Transfer or Read says, and returns it with its answer.
	Work(Act) Act
}

// Rush is who does how much to which SKUs. Every SKU begins with the same stock.
type Rush struct {
	Clients, Acts int
	SKUs          []int64
	Stock         Units
}

// rush is one on its way.
type rush struct {
	Rush
	shop Shop
	said *Recorder

	mu     sync.Mutex
	bought []purchase
	open   []int64 // orders that nobody has tried to cancel yet
}

type purchase struct {
	order int64
	cart  map[int64]int64
}

// Run has clients do random things at once and fails the test unless, for each SKU, some order of what they did explains
// the answers. It returns how many acts of each kind were done and refused.
func (plan Rush) Run(w *factory.World, shop Shop) map[string]int {
	w.TB.Helper()
	r := &rush{Rush: plan, shop: shop, said: New()}
	var all sync.WaitGroup
	for client := range plan.Clients {
		random := rand.New(rand.NewPCG(uint64(client), 7)) //nolint:gosec // a seed, not a secret
		all.Go(func() {
			for range plan.Acts {
				r.act(client, random)
			}
		})
	}
	all.Wait()
	r.resolve(w)
	r.said.Check(w.TB, plan.Stock)
	return r.said.Counts()
}

// act does something, more often what is done more often.
func (r *rush) act(client int, random *rand.Rand) {
	sku, at := r.SKUs[random.IntN(len(r.SKUs))], random.IntN(MaxLocations)
	switch chance := random.IntN(20); {
	case chance < 8:
		r.buy(client, random, sku)
	case chance < 11:
		r.about(client, random, Cancel, r.shop.Cancel)
	case chance < 12:
		r.about(client, random, Pay, r.shop.Pay)
	case chance < 13:
		r.expire(client)
	case chance < 15:
		r.work(client, Act{Kind: Read, SKU: sku})
	case chance < 16:
		r.work(client, Act{Kind: Count, SKU: sku, At: at, Units: random.Int64N(9)})
	case chance < 18:
		r.work(client, Act{Kind: Transfer, SKU: sku, At: at, Units: 1 + random.Int64N(4)})
	default:
		r.work(client, Act{Kind: Adjust, SKU: sku, At: at, Units: []int64{-3, -1, 1, 2}[random.IntN(4)]})
	}
}

// buy orders some of a SKU, and at times of another one.
func (r *rush) buy(client int, random *rand.Rand, sku int64) {
	cart := map[int64]int64{sku: 1 + random.Int64N(4)}
	if other := r.SKUs[random.IntN(len(r.SKUs))]; other != sku && random.IntN(3) == 0 {
		cart[other] = 1 + random.Int64N(3)
	}
	r.said.Do(client, func() (acts []Act) {
		order, left := r.shop.Buy(cart)
		for sku, n := range left {
			acts = append(acts, Act{Kind: Buy, SKU: sku, Units: cart[sku], Left: n})
		}
		if left != nil {
			return acts
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.bought, r.open = append(r.bought, purchase{order, cart}), append(r.open, order)
		return []Act{{Kind: Buy, ID: order, Done: true}}
	})
}

// about does something to an order that may have ended meanwhile. It is cancelled once and, now and then, once more.
func (r *rush) about(client int, random *rand.Rand, kind Kind, do func(int64) bool) {
	r.mu.Lock()
	if len(r.open) == 0 {
		r.mu.Unlock()
		return
	}
	i := random.IntN(len(r.open))
	order := r.open[i]
	if kind == Cancel && random.IntN(4) > 0 {
		r.open = append(r.open[:i], r.open[i+1:]...)
	}
	r.mu.Unlock()
	r.said.Do(client, func() []Act { return []Act{{Kind: kind, ID: order, Done: do(order)}} })
}

func (r *rush) expire(client int) {
	r.said.Do(client, func() (acts []Act) {
		for _, order := range r.shop.Expire(client) {
			acts = append(acts, Act{Kind: Expire, ID: order, Done: true})
		}
		return acts
	})
}

func (r *rush) work(client int, a Act) {
	r.said.Do(client, func() []Act { return []Act{r.shop.Work(a)} })
}

// resolve makes what was done to an order an act for each of its SKUs, with the locations where its units were held. An
// order may have expired before its buyer had the answer, so that is known at the end only.
func (r *rush) resolve(w *factory.World) {
	w.TB.Helper()
	if len(r.bought) > MaxOrders {
		w.TB.Fatalf("a history of %d orders", len(r.bought))
	}
	place := map[int64]int{}
	for i, p := range r.bought {
		place[p.order] = i
	}
	var resolved []porcupine.Operation
	for _, op := range r.said.acts {
		a := op.Input.(Act)
		if a.ID == 0 {
			resolved = append(resolved, op)
			continue
		}
		a.Order = place[a.ID]
		for sku, n := range r.bought[a.Order].cart {
			a.SKU, a.Units, a.Got = sku, n, held(w, a.ID, sku)
			op.Input = a
			resolved = append(resolved, op)
		}
	}
	r.said.acts = resolved
}

// held is where units of a SKU were held for an order, whatever became of them. Locations count in the order of their ids.
func held(w *factory.World, order, sku int64) (units Units) {
	w.TB.Helper()
	for i := range units {
		units[i] = w.Int(`SELECT coalesce(sum(quantity), 0) FROM reservations WHERE order_id = $1 AND sku_id = $2 AND location_id =
			(SELECT location_id FROM stock_levels WHERE sku_id = $2 ORDER BY location_id LIMIT 1 OFFSET $3)`, order, sku, i)
	}
	return units
}
