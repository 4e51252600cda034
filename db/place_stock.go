package db

import (
	"context"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// stockLock says when a group takes the locks of its stock, which another group that wants the same goods waits for.
type stockLock int

const (
	// lockLast lets the group decide by what the counters say without a lock, if there is plenty of everything and nothing
	// else to take turns for, and lock and look again when all its other rows are written: two groups are then written side
	// by side, and one waits for the other's last statements only.
	lockLast stockLock = iota
	// lockFirst has every group decide with the lock.
	lockFirst
)

// requests are what the open entries take from stock.
func (g *placing) requests() []shop.ReservationRequest {
	requests := make([]shop.ReservationRequest, len(g.open))
	for i, e := range g.open {
		requests[i] = shop.ReservationRequest{CustomerID: e.command.CustomerID, Demands: e.quote.Demands()}
	}
	return requests
}

// reserve decides, in arrival order, who gets the stock.
func (g *placing) reserve(ctx context.Context) error {
	in := shop.ReservationInput{Requests: g.requests()}
	for _, e := range g.open {
		in.Limits = e.quote.AddLimits(in.Limits)
	}
	outcomes, plenty := g.planUnlocked(in)
	if !plenty {
		g.when = lockFirst
		var err error
		if outcomes, err = g.planLocked(ctx, in); err != nil {
			return err
		}
	}
	next := 0
	g.decide(func(e *placingEntry) error {
		outcome := outcomes[next]
		next++
		switch {
		case len(outcome.OverLimit) > 0:
			return e.command.OverLimit(outcome.OverLimit, e.quote)
		case outcome.Refused():
			return outOfStock(outcome.Short, e.quote)
		}
		e.got = outcome
		return nil
	})
	return nil
}

// planUnlocked plans by what the counters said without a lock, and tells whether that will do: nobody is refused, waits, or
// counts against a limit, and there is enough left for a group beside this one.
func (g *placing) planUnlocked(in shop.ReservationInput) (outcomes []shop.ReservationOutcome, plenty bool) {
	if g.when == lockFirst {
		return nil, false
	}
	for _, limits := range in.Limits {
		if limits.Buyer > 0 {
			return nil, false
		}
	}
	for _, e := range g.open {
		if len(e.quote.Used()) > 0 {
			return nil, false
		}
	}
	in.Levels = g.stock
	outcomes = shop.PlanReservations(in)
	return outcomes, shop.Plenty(in.Levels, outcomes)
}

// planLocked locks the stock and the codes of all entries and plans by what they say then.
func (g *placing) planLocked(ctx context.Context, in shop.ReservationInput) ([]shop.ReservationOutcome, error) {
	rows, err := g.q.PlacingStockLock(ctx, g.tx, demandedSKUs(in.Requests))
	if err != nil {
		return nil, err
	}
	in.Levels = convertAll(rows, stockLevel)
	if in.Bought, err = g.bought(ctx, in); err != nil {
		return nil, err
	}
	if err := g.lockCodes(ctx); err != nil {
		return nil, err
	}
	outcomes := shop.PlanReservations(in)
	for g.refuseUsedUp(func(i int) bool { return outcomes[i].Refused() }) { // what they would have taken is for others
		in.Requests = g.requests()
		outcomes = shop.PlanReservations(in)
	}
	return outcomes, nil
}

func demandedSKUs(requests []shop.ReservationRequest) []int64 {
	var ids []int64
	for _, request := range requests {
		for _, d := range request.Demands {
			ids = append(ids, d.SKUID)
		}
	}
	return distinct(ids)
}

func stockLevel(row sqlc.PlacingStockLockRow) shop.StockLevel {
	return shop.StockLevel{
		StockKey: shop.StockKey{SKUID: row.SkuID, LocationID: row.LocationID}, Priority: int(row.Priority),
		OnHand: row.OnHand, Reserved: row.Reserved, Backordered: row.Backordered,
	}
}

// bought reads what the customers of the group have of the SKUs that have a limit per customer, if there are any.
func (g *placing) bought(ctx context.Context, in shop.ReservationInput) (map[shop.BuyerSKU]int64, error) {
	asked := sqlc.PlacingBoughtParams{SinceID: int64(shop.FirstIDAt(g.now.Add(-shop.BuyerLimitWindow))), UntilID: noIDYet(g.now)}
	for _, request := range in.Requests {
		for _, d := range request.Demands {
			if in.Limits[d.SKUID].Buyer > 0 {
				asked.CustomerIds = append(asked.CustomerIds, request.CustomerID)
				asked.SkuIds = append(asked.SkuIds, d.SKUID)
			}
		}
	}
	if asked.SkuIds == nil {
		return nil, nil
	}
	asked.CustomerIds, asked.SkuIds = distinct(asked.CustomerIds), distinct(asked.SkuIds)
	rows, err := g.q.PlacingBought(ctx, g.tx, asked)
	bought := make(map[shop.BuyerSKU]int64, len(rows))
	for _, row := range rows {
		bought[shop.BuyerSKU{CustomerID: row.CustomerID, SKUID: row.SkuID}] = row.Bought
	}
	return bought, err
}

// outOfStock names the short SKUs for people.
func outOfStock(short []shop.ShortLine, quote shop.Quote) error {
	for i := range short {
		for _, order := range quote.Orders {
			for _, line := range order.Lines {
				if line.SKU.ID == short[i].SKUID {
					short[i].SKUCode, short[i].Name = line.SKU.Code, line.SKU.Name
				}
			}
		}
	}
	return shop.OutOfStock(short)
}
