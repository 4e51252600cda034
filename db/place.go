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
	asked := g.asked()
	beside := []read{g.loadReplays, g.loadCustomers, g.loadAddresses, g.loadStock(asked), g.store.stockIDs(g.idsExpected(), g.now)}
	taxed, err := loadCatalog(ctx, g.q, g.tx, asked, &g.catalog, beside...)
	if err != nil {
		return err
	}
	g.replay()
	g.decide(g.checkBuyer)
	if err := g.loadMovedTaxes(ctx, taxed); err != nil {
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
	out := &pipeline{}
	locked := g.q.CustomersLock(ctx, out, outside)
	widened := g.q.PlacingCustomersWiden(ctx, out, sqlc.PlacingCustomersWidenParams{Ids: outside, IDFrom: int64(from), IDUntil: int64(until)})
	if err := errors.Join(locked, widened); err != nil {
		return err
	}
	_, err := out.send(ctx, g.tx)
	return err
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

// write gives the entries that got their stock their ids and writes all rows of all of them in one round trip, which also
// commits them if nothing is left to be read.
func (g *placing) write(ctx context.Context) error {
	ids, err := g.store.idsAhead(ctx, g.tx, g.idsNeeded(), g.now)
	if err != nil {
		return err
	}
	if err := g.assignIDs(&ids); err != nil {
		return err
	}
	rows := newPlacingRows(g.now, g.count())
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
	return rows.send(ctx, g.q, g.tx, g.when, len(g.refused) == 0)
}

// idsExpected is what idsNeeded comes to when each item is an order of its own and from one shelf; it is seldom more.
func (g *placing) idsExpected() int {
	n := 0
	for i := range g.commands {
		n += 1 + 3*len(g.commands[i].Items)
	}
	return n
}

// idsNeeded counts the checkouts, orders, payments and ledger rows.
func (g *placing) idsNeeded() int {
	n := g.count()
	return len(g.open) + 2*n.orders + n.allocations
}

// placingCount is how many rows the open entries come to.
type placingCount struct{ orders, lines, allocations int }

func (g *placing) count() (n placingCount) {
	for _, e := range g.open {
		n.orders += len(e.quote.Orders)
		n.allocations += len(e.got.Allocations)
		for _, order := range e.quote.Orders {
			n.lines += len(order.Lines)
		}
	}
	return n
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
