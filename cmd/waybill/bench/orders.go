package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
)

const (
	warmUpClients = 8
	steadyClients = 64
	steadyPart    = 0.8 // of the rate that a closed loop reached
)

// shape is what the buyers of a load want.
type shape struct {
	name   string // in the report
	title  string
	choose string // pgbench's script
}

var (
	uniform = shape{"uniform", "2 lines out of 1,000 SKUs", "choose_uniform"}
	hot     = shape{"hot", "1 line of the one hot SKU", "choose_hot"}
)

// keys makes idempotency keys: each is new.
var keys atomic.Int64

func nextKey() string { return "bench-" + strconv.FormatInt(keys.Add(1), 10) }

// order makes requests that place an order of these SKUs.
func (b *bench) orderMaker(s shape) maker {
	return func(buf []byte, random *rand.Rand) []byte {
		who := b.world.buyer(random.Int64N(customerCount))
		if s == hot {
			return b.placeRequest(buf, who, nextKey(), b.world.hotSKU)
		}
		one := random.Int64N(skuCount)
		other := (one + 1 + random.Int64N(skuCount-1)) % skuCount
		return b.placeRequest(buf, who, nextKey(), b.world.firstSKU+one, b.world.firstSKU+other)
	}
}

// placeRequest writes POST /api/v1/orders for one unit of each SKU.
func (b *bench) placeRequest(buf []byte, who buyer, key string, skuIDs ...int64) []byte {
	body := fmt.Appendf(make([]byte, 0, 256), `{"userId":%d,"shippingAddressId":%d,"currency":"USD","items":[`, who.customerID, who.addressID)
	for i, id := range skuIDs {
		if i > 0 {
			body = append(body, ',')
		}
		body = fmt.Appendf(body, `{"skuId":%d,"quantity":1}`, id)
	}
	body = append(body, "]}"...)
	buf = fmt.Appendf(buf, "POST /api/v1/orders HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nIdempotency-Key: %s\r\nContent-Length: %d\r\n\r\n",
		b.server.address, b.key, key, len(body))
	return append(buf, body...)
}

// orders measures placing orders, each number of clients with the baseline and then with Waybill.
func (b *bench) orders(ctx context.Context) error {
	if err := b.compareRows(ctx); err != nil {
		return err
	}
	if _, err := b.target().closedLoop(ctx, warmUpClients, b.WarmUp, b.orderMaker(uniform)); err != nil {
		return err
	}
	resetPeakMemory(b.server.cmd.Process.Pid)
	for _, s := range []shape{uniform, hot} {
		for _, clients := range b.Clients {
			b.say("place orders, %s, %d clients", s.title, clients)
			row, err := b.ordersRow(ctx, s, clients)
			if err != nil {
				return fmt.Errorf("place orders, %s, %d clients: %w", s.name, clients, err)
			}
			b.report.Orders = append(b.report.Orders, row)
		}
		if err := b.steady(ctx, s); err != nil {
			return err
		}
	}
	b.report.MemoryBytes = peakMemory(b.server.cmd.Process.Pid)
	return nil
}

func (b *bench) ordersRow(ctx context.Context, s shape, clients int) (OrdersRow, error) {
	row := OrdersRow{Shape: s.name, Clients: clients}
	if b.pgbench != nil {
		if err := b.postgres.level(ctx); err != nil {
			return row, err
		}
		run := pgbenchRun{transaction: baseline, choose: s.choose, clients: clients, seconds: b.Seconds, warm: b.WarmUp}
		result, cost, err := b.baselineRun(ctx, run)
		if err != nil {
			return row, err
		}
		row.Baseline, row.BaselineCost = &result.Load, cost
	}
	if err := b.postgres.level(ctx); err != nil {
		return row, err
	}
	before, err := b.read(ctx)
	if err != nil {
		return row, err
	}
	if row.Waybill, err = b.target().closedLoop(ctx, clients, b.lasting(), b.orderMaker(s)); err != nil {
		return row, err
	}
	after, err := b.read(ctx)
	row.Cost = costBetween(before, after, row.Waybill.wanted("201"))
	if row.Baseline != nil && row.Baseline.PerSecond > 0 {
		row.Ratio = row.Waybill.PerSecond / row.Baseline.PerSecond
	}
	return row, err
}

// baselineRun is one run of pgbench and what an order of it cost.
func (b *bench) baselineRun(ctx context.Context, run pgbenchRun) (pgbenchResult, Cost, error) {
	before, err := b.read(ctx)
	if err != nil {
		return pgbenchResult{}, Cost{}, err
	}
	result, err := b.pgbench.run(ctx, run)
	if err != nil {
		return pgbenchResult{}, Cost{}, err
	}
	after, err := b.read(ctx)
	after.load = before.load + result.cpu
	return result, costBetween(before, after, result.all), err
}

// steady asks at a part of the best rate that at most as many clients reached, whether or not answers come.
func (b *bench) steady(ctx context.Context, s shape) error {
	reached := 0.0
	for _, row := range b.report.Orders {
		if row.Shape == s.name && (row.Clients <= steadyClients || reached == 0) {
			reached = max(reached, row.Waybill.PerSecond)
		}
	}
	if err := b.postgres.level(ctx); err != nil {
		return err
	}
	b.say("place orders, %s, at %.0f %% of that rate whether or not answers come", s.title, 100*steadyPart)
	load, err := b.target().steady(ctx, steadyPart*reached, steadyClients, b.lasting(), b.orderMaker(s))
	if err != nil {
		return fmt.Errorf("place orders, %s, open loop: %w", s.name, err)
	}
	b.report.Steady = append(b.report.Steady, SteadyRow{Shape: s.name, Rate: steadyPart * reached, Load: load})
	return nil
}
