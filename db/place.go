package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// errKeyTaken says that another transaction committed one of the group's idempotency keys while the group was being
// placed. The group rolled back; placed again it finds the stored answer.
var errKeyTaken = errors.New("an idempotency key of the group was committed meanwhile")

// errStockMoved says that a group which was decided before its stock was locked found something else there at its end. It
// rolled back, to be decided with the lock.
var errStockMoved = errors.New("the stock of the group moved meanwhile")

// placeAnswer is what one checkout of a group came to: placed, or refused with a domain error.
type placeAnswer struct {
	placed shop.PlacedCheckout
	err    error
}

// placeGroup places checkouts in one transaction, in arrival order. A refused, invalid or repeated checkout is answered
// for itself and changes nothing for its neighbours; an error means that none was placed. No two may share a key.
func (s *Store) placeGroup(ctx context.Context, commands []shop.PlaceCommand) ([]placeAnswer, error) {
	answers, err := s.placeGroupLocking(ctx, commands, lockLast)
	if errors.Is(err, errStockMoved) {
		answers, err = s.placeGroupLocking(ctx, commands, lockFirst)
	}
	return answers, err
}

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

func (s *Store) placeGroupLocking(ctx context.Context, commands []shop.PlaceCommand, when stockLock) ([]placeAnswer, error) {
	return inTxWithValue(ctx, s, byIndex, func(tx pgx.Tx) ([]placeAnswer, error) {
		g := newPlacing(s, tx, commands)
		g.when = when
		for _, step := range []func(context.Context) error{g.load, g.lock, g.reserve, g.write} {
			if len(g.open) == 0 {
				break
			}
			if err := step(ctx); err != nil {
				return nil, err
			}
		}
		return g.answers, g.replayRefused(ctx)
	})
}

// placing is a group on its way through the steps of one transaction. An entry leaves open when it is decided.
type placing struct {
	store    *Store
	q        *sqlc.Queries
	tx       pgx.Tx
	now      time.Time
	commands []shop.PlaceCommand
	answers  []placeAnswer
	open     []*placingEntry
	refused  []*placingEntry // by decide
	when     stockLock       // what is tried, and then what it came to

	replays   map[[2]string]sqlc.PlacingReplaysRow
	customers map[int64]sqlc.PlacingCustomersRow
	addresses map[int64]sqlc.PlacingAddressesRow
	catalog   shop.Catalog
	stock     []shop.StockLevel       // read without a lock
	codes     map[int64]shop.Discount // by id, locked; those that the open entries use
}

type placingEntry struct {
	at      int // index in commands and answers
	command *shop.PlaceCommand
	quote   shop.Quote
	got     shop.ReservationOutcome
}

func newPlacing(s *Store, tx pgx.Tx, commands []shop.PlaceCommand) *placing {
	g := &placing{store: s, q: s.q, tx: tx, now: s.Now(), commands: commands, answers: make([]placeAnswer, len(commands))}
	for i := range commands {
		g.open = append(g.open, &placingEntry{at: i, command: &commands[i]})
	}
	return g
}

// decide keeps the entries for which refuse returns nil and answers the others with its error.
func (g *placing) decide(refuse func(*placingEntry) error) {
	g.open = slices.DeleteFunc(g.open, func(e *placingEntry) bool {
		err := refuse(e)
		g.answers[e.at].err = err
		if err != nil {
			g.refused = append(g.refused, e)
		}
		return err != nil
	})
}

// load reads what is known of keys and buyers and what prices depend on, for all entries at once, and quotes each.
func (g *placing) load(ctx context.Context) error {
	if err := inOneTrip(ctx, g.tx, g.loadReplays, g.loadCustomers, g.loadAddresses); err != nil {
		return err
	}
	g.replay()
	g.decide(g.checkBuyer)
	if len(g.open) == 0 {
		return nil
	}
	if err := g.loadCatalog(ctx); err != nil {
		return err
	}
	g.decide(func(e *placingEntry) (err error) {
		address := g.addresses[e.command.ShippingAddressID]
		e.quote, err = g.catalog.QuoteItems(shop.QuoteRequest{
			Items: e.command.Items, Currency: e.command.Currency, To: shop.Destination{Country: address.Country, Region: address.Region},
			Codes: e.command.DiscountCodes, CustomerID: e.command.CustomerID, ServiceIDs: e.command.ShipServiceIDs,
		})
		if err != nil {
			return err
		}
		return cmp.Or(checkCodes(e), checkServices(e), checkDrift(e))
	})
	return nil
}

// checkServices refuses an entry of which something is not sent as it was asked for.
func checkServices(e *placingEntry) error {
	var fields []shop.FieldError
	for _, refused := range e.quote.RefusedServices {
		fields = append(fields, shop.FieldError{Field: shop.ServiceField(refused.At), Message: refused.Message})
	}
	if fields != nil {
		return shop.InvalidFields(fields...)
	}
	return nil
}

func checkDrift(e *placingEntry) error {
	if e.command.ExpectedTotalMinor == nil || *e.command.ExpectedTotalMinor == e.quote.TotalMinor {
		return nil
	}
	now := shop.Amount{Minor: e.quote.TotalMinor, Currency: e.quote.Currency}
	return shop.Conflict(fmt.Sprintf("The total is now %s %s. Please check it and order again.", now.Decimal(), now.Currency))
}

func (g *placing) loadCustomers(ctx context.Context, tx sqlc.DBTX) error {
	ids := make([]int64, len(g.open))
	for i, e := range g.open {
		ids[i] = e.command.CustomerID
	}
	rows, err := g.q.PlacingCustomers(ctx, tx, ids)
	g.customers = make(map[int64]sqlc.PlacingCustomersRow, len(rows))
	for _, row := range rows {
		g.customers[row.ID] = row
	}
	return err
}

func (g *placing) loadAddresses(ctx context.Context, tx sqlc.DBTX) error {
	ids := make([]int64, len(g.open))
	for i, e := range g.open {
		ids[i] = e.command.ShippingAddressID
	}
	rows, err := g.q.PlacingAddresses(ctx, tx, ids)
	g.addresses = make(map[int64]sqlc.PlacingAddressesRow, len(rows))
	for _, row := range rows {
		g.addresses[row.ID] = row
	}
	return err
}

func (g *placing) checkBuyer(e *placingEntry) error {
	customer, known := g.customers[e.command.CustomerID]
	switch {
	case !known:
		return shop.Invalid("userId", "There is no such customer.")
	case customer.Status != "active":
		return shop.Invalid("userId", "This customer's account is suspended.")
	case g.addresses[e.command.ShippingAddressID].CustomerID != customer.ID:
		return shop.Invalid("shippingAddressId", "This customer has no such address.")
	}
	return nil
}

// lock takes every lock of the transaction, in the one order that all transactions keep (see query/placing.sql).
func (g *placing) lock(ctx context.Context) error {
	if err := g.widenCustomers(ctx); err != nil {
		return err
	}
	return g.snapshotAddresses(ctx)
}

// widenCustomers makes the known id range of each customer cover the orders about to be placed.
func (g *placing) widenCustomers(ctx context.Context) error {
	from, until := shop.IDRangeOfMonth(g.now)
	var outside []int64
	for _, e := range g.open {
		c := g.customers[e.command.CustomerID]
		if c.OrderIDFrom == 0 || c.OrderIDFrom > int64(from) || c.OrderIDUntil < int64(until) {
			outside = append(outside, c.ID)
		}
	}
	if len(outside) == 0 {
		return nil
	}
	return g.q.PlacingCustomersWiden(ctx, g.tx, sqlc.PlacingCustomersWidenParams{Ids: outside, IDFrom: int64(from), IDUntil: int64(until)})
}

// snapshotAddresses gives every address of the group a snapshot, unless it has one.
func (g *placing) snapshotAddresses(ctx context.Context) error {
	var without []int64
	for _, e := range g.open {
		if a := g.addresses[e.command.ShippingAddressID]; a.SnapshotID == 0 {
			without = append(without, a.ID)
		}
	}
	if len(without) == 0 {
		return nil
	}
	locked, err := g.q.PlacingAddressesLock(ctx, g.tx, distinct(without))
	if err != nil {
		return err
	}
	var missing []int64
	for _, row := range locked {
		if row.SnapshotID == 0 {
			missing = append(missing, row.ID)
		}
		g.setSnapshot(row.ID, row.SnapshotID)
	}
	made, err := g.q.PlacingAddressesSnapshot(ctx, g.tx, missing)
	if err != nil {
		return err
	}
	for _, row := range made {
		g.setSnapshot(row.ID, row.SnapshotID)
	}
	return nil
}

func (g *placing) setSnapshot(addressID, snapshotID int64) {
	address := g.addresses[addressID]
	address.SnapshotID = snapshotID
	g.addresses[addressID] = address
}

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
	asked := sqlc.PlacingBoughtParams{SinceID: int64(shop.FirstIDAt(g.now.Add(-shop.BuyerLimitWindow)))}
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

// write gives the entries that got their stock their ids and writes all rows of all of them in one round trip.
func (g *placing) write(ctx context.Context) error {
	ids, err := g.store.idsAhead(ctx, g.tx, g.idsNeeded(), g.now)
	if err != nil {
		return err
	}
	if err := g.assignIDs(&ids); err != nil {
		return err
	}
	rows := newPlacingRows(g.now)
	for _, e := range g.open {
		if err := rows.add(e, &g.answers[e.at].placed, g.addresses[e.command.ShippingAddressID].SnapshotID); err != nil {
			return err
		}
	}
	if rows.backorders.OrderIds != nil {
		feedWritten(g.tx)
	}
	if err := rows.assignIDs(&ids); err != nil {
		return err
	}
	return rows.send(ctx, g.q, g.tx, g.when)
}

// idsNeeded counts the checkouts, orders, payments and ledger rows.
func (g *placing) idsNeeded() int {
	count := len(g.open)
	for _, e := range g.open {
		count += 2*len(e.quote.Orders) + len(e.got.Allocations)
	}
	return count
}

// assignIDs fills in the answers, whose ids come from the sequence in arrival order.
func (g *placing) assignIDs(ids *idMaker) error {
	for _, e := range g.open {
		placed := &g.answers[e.at].placed
		id, err := ids.next(g.now)
		if err != nil {
			return err
		}
		placed.CheckoutID = shop.OrderID(id)
		placed.CustomerID, placed.Currency, placed.TotalMinor = e.command.CustomerID, e.quote.Currency, e.quote.TotalMinor
		placed.PlacedAt, placed.ExpiresAt = g.now, g.now.Add(shop.HoldDuration)
		for _, order := range e.quote.Orders {
			if id, err = ids.next(g.now); err != nil {
				return err
			}
			placed.Orders = append(placed.Orders, shop.PlacedOrder{
				ID: shop.OrderID(id), MerchantID: order.MerchantID, SubtotalMinor: order.SubtotalMinor, TaxMinor: order.TaxMinor,
				ShippingMinor: order.ShippingMinor, DiscountMinor: order.DiscountMinor, TotalMinor: order.TotalMinor,
				Backordered: backorderedUnits(order, e.got.Backordered),
			})
		}
	}
	return nil
}

// backorderedUnits is how many units of an order are waited for.
func backorderedUnits(order shop.QuotedOrder, waiting []shop.Allocation) int64 {
	var sum int64
	for _, a := range waiting {
		if slices.ContainsFunc(order.Lines, func(l shop.QuotedLine) bool { return l.SKU.ID == a.SKUID }) {
			sum += a.Quantity
		}
	}
	return sum
}

// distinct sorts and removes repetitions.
func distinct[T int64 | string](values []T) []T {
	slices.Sort(values)
	return slices.Compact(values)
}
