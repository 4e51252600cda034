// Package demo makes up a shop with a past: merchants, goods, people, and a year of orders in every state, told relative
// to a moment that the caller names. It is an import source, so what it makes goes the way of every import; the Simulator
// adds a present to it, through the shop's own doors.
//
// The same options make the same world, to the last cent. Nobody and nothing in it is real.
package demo

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"waybill/shop"
)

// Name is the source of the external ids, and of the orders.
const Name = "demo"

// Provider is the name of the payment processor that the past was paid through.
const Provider = "simulated"

const (
	catalogBatch = 500
	pastDays     = 364 // before now, in which ordinary orders were placed
	quietDays    = 3   // before now, whose orders are told one by one
	pastOrders   = 3880
)

// Options say which world it is.
type Options struct {
	Now          time.Time
	Seed         uint64
	PasswordHash string // of every account
}

// World is a made-up shop. It is made at once, in memory, and read any number of times.
type World struct {
	now          time.Time
	passwordHash string
	merchants    []*merchant
	products     []*product
	skus         []*sku // by id, from 1
	people       []*person
	checkouts    []shop.ImportCheckout
	books        []shop.ProviderTransaction
	lists        []priceList
	stock        map[shelf]*level
}

// Open makes the world.
func Open(options Options) (*World, error) {
	w := &World{now: options.Now.UTC().Truncate(time.Second), passwordHash: options.PasswordHash, stock: map[shelf]*level{}}
	dice := rand.New(rand.NewPCG(options.Seed, uint64(len(Name))))
	if err := w.openMerchants(); err != nil {
		return nil, err
	}
	if err := w.fillShelves(dice); err != nil {
		return nil, err
	}
	w.settlePeople(dice)
	w.printPriceLists()
	if err := w.livePast(dice); err != nil {
		return nil, err
	}
	if err := w.liveWeek(dice); err != nil {
		return nil, err
	}
	if err := w.livePresent(dice); err != nil {
		return nil, err
	}
	slices.SortStableFunc(w.checkouts, func(a, b shop.ImportCheckout) int { return a.PlacedAt.Compare(b.PlacedAt) })
	for i := range w.checkouts {
		number(&w.checkouts[i], i+1)
	}
	w.planReceipts(dice)
	w.keepBooks(dice)
	// The newest products are shown first; they should not all be of the merchant that goods.csv lists last.
	dice.Shuffle(len(w.products), func(i, j int) { w.products[i], w.products[j] = w.products[j], w.products[i] })
	return w, nil
}

// number gives a checkout and its orders their external ids, in the order of time.
func number(c *shop.ImportCheckout, n int) {
	c.ExternalID = "checkout-" + strconv.Itoa(n)
	for i := range c.Orders {
		o := &c.Orders[i]
		o.ExternalID = c.ExternalID + "/" + o.MerchantRef
		for l := range o.Lines {
			o.Lines[l].ExternalID = o.ExternalID + "/" + strconv.Itoa(l+1)
		}
	}
	for i := range c.Payments {
		c.Payments[i].ExternalID = c.ExternalID + "/payment-" + strconv.Itoa(i+1)
		c.Payments[i].Sequence = int64(i + 1)
	}
}

// Name is the constant Name.
func (w *World) Name() string { return Name }

// Expected is the number of checkouts.
func (w *World) Expected() int64 { return int64(len(w.checkouts)) }

// Catalog emits merchants, accounts, goods and people.
func (w *World) Catalog(_ context.Context, emit func(shop.ImportCatalog) error, _ shop.RejectWriter) error {
	batch := shop.ImportCatalog{TaxRates: taxRates()}
	for _, m := range w.merchants {
		batch.Merchants = append(batch.Merchants, m.entry())
	}
	batch.Categories = categoryEntries()
	if err := emit(batch); err != nil {
		return err
	}
	for goods := range slices.Chunk(w.products, catalogBatch) {
		batch := shop.ImportCatalog{}
		for _, p := range goods {
			batch.Products = append(batch.Products, w.productEntry(p))
		}
		if err := emit(batch); err != nil {
			return err
		}
	}
	for people := range slices.Chunk(w.people, catalogBatch) {
		batch := shop.ImportCatalog{}
		for _, p := range people {
			batch.Customers = append(batch.Customers, p.entry())
		}
		if err := emit(batch); err != nil {
			return err
		}
	}
	return emit(shop.ImportCatalog{Users: w.accounts()})
}

// Checkouts emits the orders, oldest first.
func (w *World) Checkouts(_ context.Context, emit func(shop.ImportCheckout) error, _ shop.RejectWriter) error {
	for _, c := range w.checkouts {
		if err := emit(c); err != nil {
			return err
		}
	}
	return nil
}

// ProviderRecord is what the payment processor's own books say of the past. It agrees with the shop's, except for a few
// transactions that differ on purpose, for finance to find.
func (w *World) ProviderRecord() []shop.ProviderTransaction { return w.books }
