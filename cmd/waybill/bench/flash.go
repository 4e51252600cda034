package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	unitsPerBuyer = 0.1 // of the flash sale: one buyer in ten can be served
	spareFiles    = 1_000
	rushTimeout   = 2 * time.Minute
	retryJitter   = 0.5 // of the advised wait: not everybody comes back at the same moment
)

// Flash is a sale of few units to many buyers who all ask at once.
type Flash struct {
	Buyers int   `json:"buyers"`
	Units  int64 `json:"units"`
	Sold   int64 `json:"sold"`    // by the counters, the orders and the stock ledger alike
	Exact  bool  `json:"exact"`   // sold = units = orders answered with 201, by all three records
	Orders int64 `json:"orders"`  // answered with 201
	Soon   int64 `json:"refused"` // 409: sold out
	Again  int64 `json:"again"`   // 503: told to come back, and did
	// SoldOutSeconds is from the gun to the answer that sold the last unit, DecidedSeconds to the last answer of all.
	SoldOutSeconds float64 `json:"soldOutSeconds"`
	DecidedSeconds float64 `json:"decidedSeconds"`
	MemoryBytes    int64   `json:"serverMemoryBytes"`
	Load
}

// flash sells a tenth as many units as there are buyers. Each has a connection open before the gun, as from looking at
// the product, and asks until it is told yes or no, always under the same key.
func (b *bench) flash(ctx context.Context) error {
	buyers := b.Buyers
	if most := int(b.maxFiles) - spareFiles; b.maxFiles > 0 && buyers > most {
		b.note("The system lets a process open %d files, so %d instead of %d buyers came to the flash sale.", b.maxFiles, most, buyers)
		buyers = most
	}
	units := int64(float64(buyers) * unitsPerBuyer)
	skuID, err := b.world.addSKU(ctx, b.postgres.pool, units)
	if err != nil {
		return err
	}
	if err := b.postgres.level(ctx); err != nil {
		return err
	}
	resetPeakMemory(b.server.cmd.Process.Pid)
	b.say("flash sale: %d buyers, %d units", buyers, units)
	rush, err := b.rush(ctx, buyers, 1, skuID)
	if err != nil {
		return err
	}
	sold, err := readSold(ctx, b.postgres.pool, skuID)
	if err != nil {
		return err
	}
	f := &Flash{
		Buyers: buyers, Units: units, Sold: sold.reserved, Orders: rush.wanted("201"), Soon: rush.wanted("409"), Again: rush.wanted("503"),
		SoldOutSeconds: rush.lastSale.Seconds(), DecidedSeconds: rush.lasted.Seconds(),
		MemoryBytes: peakMemory(b.server.cmd.Process.Pid), Load: rush.Load,
	}
	f.Exact = sold == soldOf{reserved: units, ordered: units, ledger: units, onHand: units} && f.Orders == units
	b.report.Flash = f
	if !f.Exact {
		return fmt.Errorf("%d units were in stock, %d answers said sold, and the books say %+v", units, f.Orders, sold)
	}
	return nil
}

// rushResult is what a rush came to.
type rushResult struct {
	Load
	lastSale, lasted time.Duration // from the gun
}

// rush lets buyers ask for one unit of a SKU at the same moment, each for so many orders one after the other.
func (b *bench) rush(ctx context.Context, buyers, ordersEach int, skuID int64) (rushResult, error) {
	ctx, cancel := context.WithTimeout(ctx, rushTimeout)
	defer cancel()
	wires, err := b.target().connect(ctx, buyers)
	if err != nil {
		return rushResult{}, err
	}
	defer closeAll(wires)
	if err := b.lookAround(ctx, wires); err != nil {
		return rushResult{}, err
	}
	all, gun := newLatencies(), make(chan struct{})
	var lastSale atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	var began time.Time
	for i, w := range wires {
		group.Go(func() error {
			<-gun
			for range ordersEach {
				sold, err := b.insist(ctx, w, b.world.buyer(int64(i)), skuID, all)
				if err != nil {
					return err
				}
				if sold {
					keepLatest(&lastSale, time.Since(began))
				}
			}
			return nil
		})
	}
	began = time.Now()
	close(gun)
	if err := group.Wait(); err != nil {
		return rushResult{}, err
	}
	lasted := time.Since(began)
	load := all.load(buyers)
	load.PerSecond = float64(load.wanted("201")) / lasted.Seconds()
	return rushResult{Load: load, lastSale: time.Duration(lastSale.Load()), lasted: lasted}, nil
}

// lookAround makes every connection one that has been used, as that of a buyer with the page open.
func (b *bench) lookAround(ctx context.Context, wires []*wire) error {
	request := []byte("GET /healthz HTTP/1.1\r\nHost: " + b.server.address + "\r\n\r\n")
	group, _ := errgroup.WithContext(ctx)
	group.SetLimit(maxDialsAtOnce)
	for _, w := range wires {
		group.Go(func() error {
			_, err := w.do(request)
			return err
		})
	}
	return group.Wait()
}

// insist asks for one unit until the answer is yes or no. It comes back when it is told to, or a little later.
func (b *bench) insist(ctx context.Context, w *wire, who buyer, skuID int64, all *latencies) (sold bool, err error) {
	request := b.placeRequest(nil, who, nextKey(), skuID)
	for {
		asked := time.Now()
		answer, err := w.do(request)
		if err != nil {
			return false, err
		}
		all.add(time.Since(asked), strconv.Itoa(answer.status))
		switch answer.status {
		case 201:
			return true, nil
		case 409:
			return false, nil
		case 503:
			wait := answer.retryAfter + time.Duration(retryJitter*rand.Float64()*float64(answer.retryAfter)) //nolint:gosec // spreads a crowd
			if !waitUntil(ctx, time.Now().Add(wait)) {
				return false, ctx.Err()
			}
		default:
			return false, fmt.Errorf("an order is answered with %d: %s", answer.status, answer.body)
		}
	}
}

// keepLatest raises latest to at.
func keepLatest(latest *atomic.Int64, at time.Duration) {
	for {
		known := latest.Load()
		if known >= int64(at) || latest.CompareAndSwap(known, int64(at)) {
			return
		}
	}
}
