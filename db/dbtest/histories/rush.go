package histories

import (
	"math/rand/v2"
	"slices"
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
	// Pay lets meanwhile happen while the payment is in flight; where the bank answers at once, it does not happen.
	Pay(order int64, meanwhile func()) bool
	// Expire ends orders that are due, the oldest first, and returns them.
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
	open   []int64 // orders that nobody has tried to pay or cancel yet and that were not seen to end, the oldest first
	tried  []int64 // orders that somebody has tried to pay
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
	r.afterwards()
	r.resolve(w)
	r.said.Check(w.TB, plan.Stock)
	return r.said.Counts()
}

// act does something, more often what is done more often.
func (r *rush) act(client int, random *rand.Rand) {
	sku, at := r.SKUs[random.IntN(len(r.SKUs))], random.IntN(MaxLocations)
	switch chance := random.IntN(20); {
	case chance < 7:
		r.buy(client, random, sku)
	case chance < 10:
		r.cancel(client, random)
	case chance < 12:
		r.pay(client, random)
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

// afterwards one client alone does what all others may have been refused, so that every history has some of it, and sees that
// it is explained by what they left.
func (r *rush) afterwards() {
	sku := r.SKUs[0]
	r.work(0, Act{Kind: Adjust, SKU: sku, Units: 3})
	r.work(0, Act{Kind: Transfer, SKU: sku, Units: 1})
	r.order(0, map[int64]int64{sku: 1})
	r.expire(0)
	r.order(0, map[int64]int64{sku: 1})
	r.end(0, r.bought[len(r.bought)-1].order)
	r.work(0, Act{Kind: Read, SKU: sku})
}

// buy orders some of a SKU, and at times of another one.
func (r *rush) buy(client int, random *rand.Rand, sku int64) {
	cart := map[int64]int64{sku: 1 + random.Int64N(4)}
	if other := r.SKUs[random.IntN(len(r.SKUs))]; other != sku && random.IntN(3) == 0 {
		cart[other] = 1 + random.Int64N(3)
	}
	r.order(client, cart)
}

// order buys a cart, or is told what is left of it.
func (r *rush) order(client int, cart map[int64]int64) {
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

// cancel ends an order that may have ended meanwhile, once and, now and then, once more.
func (r *rush) cancel(client int, random *rand.Rand) {
	order := r.pick(func(orders []int64) int64 { return orders[random.IntN(len(orders))] })
	if order == 0 {
		return
	}
	if random.IntN(4) > 0 {
		r.ended(order)
	}
	r.end(client, order)
}

func (r *rush) end(client int, order int64) {
	r.said.Do(client, func() []Act { return []Act{{Kind: Cancel, ID: order, Done: r.shop.Cancel(order)}} })
}

// pay pays an order: often the oldest, which time ends next, and while its payment is in flight time runs out. What ends then
// must be another order.
func (r *rush) pay(client int, random *rand.Rand) {
	order := r.pick(func(orders []int64) int64 { return orders[random.IntN(len(orders))*random.IntN(2)] })
	if order == 0 {
		return
	}
	r.said.Do(client, func() []Act {
		return []Act{{Kind: Pay, ID: order, Done: r.shop.Pay(order, func() { r.expire(client) })}}
	})
	r.ended(order)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tried = append(r.tried, order)
}

// pick chooses one of the orders that may not have ended, 0 when there are none. Those that are paid are the last.
func (r *rush) pick(one func(orders []int64) int64) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if orders := slices.Concat(r.open, r.tried); len(orders) > 0 {
		return one(orders)
	}
	return 0
}

// ended says that an order is not to be chosen any more.
func (r *rush) ended(order int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	same := func(o int64) bool { return o == order }
	r.open, r.tried = slices.DeleteFunc(r.open, same), slices.DeleteFunc(r.tried, same)
}

func (r *rush) expire(client int) {
	r.said.Do(client, func() (acts []Act) {
		for _, order := range r.shop.Expire(client) {
			acts = append(acts, Act{Kind: Expire, ID: order, Done: true})
			r.ended(order)
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
