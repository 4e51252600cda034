package db

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// placingRows collects the rows of a group, column by column, as the set-based statements take them.
type placingRows struct {
	checkouts    sqlc.PlacingCheckoutsParams
	orders       sqlc.PlacingOrdersParams
	lines        sqlc.PlacingLinesParams
	events       sqlc.PlacingEventsParams
	payments     sqlc.PlacingPaymentsParams
	reservations sqlc.PlacingReservationsParams
	ledger       sqlc.PlacingLedgerParams
	backorders   sqlc.PlacingBackordersParams
	waits        sqlc.PlacingBackorderEventsParams
	discounts    sqlc.OrderDiscountsAddParams
	uses         map[int64]int64 // of codes, by discount
	keys         []placingKey
	taken        map[shop.StockKey]takenUnits
	now          time.Time
}

// takenUnits is what a group takes of one level: units there, and promises of units to come.
type takenUnits struct{ reserved, backordered int64 }

type placingKey struct {
	shop.IdempotencyKey
	result string
}

func newPlacingRows(now time.Time, n placingCount) *placingRows {
	expires := now.Add(shop.HoldDuration)
	r := &placingRows{now: now, taken: make(map[shop.StockKey]takenUnits, n.allocations), uses: map[int64]int64{}, keys: make([]placingKey, 0, n.orders)}
	makeRoom(n.orders, &r.checkouts, &r.orders, &r.events, &r.payments)
	makeRoom(n.lines, &r.lines)
	makeRoom(n.allocations, &r.reservations, &r.ledger)
	r.checkouts.Now, r.checkouts.ExpiresAt = now, expires
	r.orders.Now, r.orders.ExpiresAt = now, expires
	r.events.Now, r.payments.Now, r.reservations.Now, r.ledger.Now = now, now, now, now
	r.backorders.Now, r.waits.Now = now, now
	return r
}

// makeRoom gives every column of the parameters room for n rows. There are seventy, and growing them row by row would be
// most of what placing allocates.
func makeRoom(n int, params ...any) {
	for _, p := range params {
		columns := reflect.ValueOf(p).Elem()
		for i := range columns.NumField() {
			if column := columns.Field(i); column.Kind() == reflect.Slice {
				column.Set(reflect.MakeSlice(column.Type(), 0, n))
			}
		}
	}
}

// add appends all rows of one checkout, whose ids are in placed.
func (r *placingRows) add(e *placingEntry, placed *shop.PlacedCheckout, snapshotID int64) error {
	result, err := json.Marshal(placed)
	if err != nil {
		return err
	}
	r.keys = append(r.keys, placingKey{e.command.Key, string(result)})
	c := &r.checkouts
	c.Ids = append(c.Ids, int64(placed.CheckoutID))
	c.CustomerIds = append(c.CustomerIds, placed.CustomerID)
	c.Currencies = append(c.Currencies, string(placed.Currency))
	c.Totals = append(c.Totals, placed.TotalMinor)
	c.OrderIds = append(c.OrderIds, joinIDs(placed.Orders))
	c.Sources = append(c.Sources, e.command.Source)
	for _, id := range e.quote.Used() {
		r.uses[id]++
	}
	for i, order := range placed.Orders {
		r.addOrder(e, placed, order, snapshotID)
		r.orders.ShipServiceIds = append(r.orders.ShipServiceIds, e.quote.Orders[i].Shipping.Rate.Service.ID)
		r.addDiscounts(order.ID, placed.CheckoutID, placed.CustomerID, e.quote.Orders[i].Discounts)
		for n, line := range e.quote.Orders[i].Lines {
			r.addLine(e, order.ID, int32(n+1), line)
		}
		if order.Backordered > 0 {
			r.addBackorders(e, order.ID, e.quote.Orders[i].Lines)
		}
	}
	return nil
}

func (r *placingRows) addOrder(e *placingEntry, placed *shop.PlacedCheckout, order shop.PlacedOrder, snapshotID int64) {
	o := &r.orders
	o.Ids = append(o.Ids, int64(order.ID))
	o.CheckoutIds = append(o.CheckoutIds, int64(placed.CheckoutID))
	o.CustomerIds = append(o.CustomerIds, placed.CustomerID)
	o.MerchantIds = append(o.MerchantIds, order.MerchantID)
	o.Currencies = append(o.Currencies, string(placed.Currency))
	o.Subtotals = append(o.Subtotals, order.SubtotalMinor)
	o.Taxes = append(o.Taxes, order.TaxMinor)
	o.Shippings = append(o.Shippings, order.ShippingMinor)
	o.Discounts = append(o.Discounts, order.DiscountMinor)
	o.Totals = append(o.Totals, order.TotalMinor)
	o.AddressIds = append(o.AddressIds, snapshotID)
	o.Sources = append(o.Sources, e.command.Source)

	ev := &r.events
	ev.OrderIds = append(ev.OrderIds, int64(order.ID))
	ev.ActorKinds = append(ev.ActorKinds, string(e.command.Actor.Kind))
	ev.ActorIds = append(ev.ActorIds, e.command.Actor.ID)
	ev.ActorNames = append(ev.ActorNames, e.command.Actor.Name)
	ev.RequestIds = append(ev.RequestIds, e.command.RequestID)

	p := &r.payments
	p.OrderIds = append(p.OrderIds, int64(order.ID))
	p.CheckoutIds = append(p.CheckoutIds, int64(placed.CheckoutID))
	p.Currencies = append(p.Currencies, string(placed.Currency))
	p.Amounts = append(p.Amounts, order.TotalMinor)
}

func (r *placingRows) addLine(e *placingEntry, orderID shop.OrderID, lineNo int32, line shop.QuotedLine) {
	l := &r.lines
	l.OrderIds = append(l.OrderIds, int64(orderID))
	l.LineNos = append(l.LineNos, lineNo)
	l.SkuIds = append(l.SkuIds, line.SKU.ID)
	l.Names = append(l.Names, line.SKU.Name)
	l.SkuCodes = append(l.SkuCodes, line.SKU.Code)
	l.Quantities = append(l.Quantities, line.Quantity)
	l.UnitPrices = append(l.UnitPrices, line.UnitPriceMinor)
	l.TaxIncluded = append(l.TaxIncluded, line.SKU.TaxInclusive)
	l.TaxRates = append(l.TaxRates, int32(line.TaxRatePPM))
	l.Subtotals = append(l.Subtotals, line.SubtotalMinor)
	l.Discounts = append(l.Discounts, line.DiscountMinor)
	l.Taxes = append(l.Taxes, line.TaxMinor)
	l.Totals = append(l.Totals, line.TotalMinor)
	for _, a := range e.got.Allocations { // a SKU is on one line of a checkout, so its allocations are this line's
		if a.SKUID == line.SKU.ID {
			r.addAllocation(e, orderID, lineNo, a)
		}
	}
}

func (r *placingRows) addAllocation(e *placingEntry, orderID shop.OrderID, lineNo int32, a shop.Allocation) {
	taken := r.taken[a.StockKey]
	taken.reserved += a.Quantity
	r.taken[a.StockKey] = taken

	v := &r.reservations
	v.OrderIds = append(v.OrderIds, int64(orderID))
	v.LineNos = append(v.LineNos, lineNo)
	v.SkuIds = append(v.SkuIds, a.SKUID)
	v.LocationIds = append(v.LocationIds, a.LocationID)
	v.Quantities = append(v.Quantities, a.Quantity)

	t := &r.ledger
	t.SkuIds = append(t.SkuIds, a.SKUID)
	t.LocationIds = append(t.LocationIds, a.LocationID)
	t.Quantities = append(t.Quantities, a.Quantity)
	t.OrderIds = append(t.OrderIds, int64(orderID))
	t.ActorKinds = append(t.ActorKinds, string(e.command.Actor.Kind))
	t.ActorIds = append(t.ActorIds, e.command.Actor.ID)
	t.ActorNames = append(t.ActorNames, e.command.Actor.Name)
}

// addBackorders appends what an order waits for, and the event that says so.
func (r *placingRows) addBackorders(e *placingEntry, orderID shop.OrderID, lines []shop.QuotedLine) {
	var items []string
	for n, line := range lines {
		for _, a := range e.got.Backordered {
			if a.SKUID != line.SKU.ID {
				continue
			}
			taken := r.taken[a.StockKey]
			taken.backordered += a.Quantity
			r.taken[a.StockKey] = taken
			b := &r.backorders
			b.OrderIds = append(b.OrderIds, int64(orderID))
			b.LineNos = append(b.LineNos, int32(n+1))
			b.SkuIds = append(b.SkuIds, a.SKUID)
			b.LocationIds = append(b.LocationIds, a.LocationID)
			b.Quantities = append(b.Quantities, a.Quantity)
			items = append(items, shop.UnitsOf(a.Quantity, line.SKU.Name))
		}
	}
	r.waits.OrderIds = append(r.waits.OrderIds, int64(orderID))
	r.waits.Items = append(r.waits.Items, strings.Join(items, ", "))
}

// assignIDs gives the payments and the ledger's rows their ids.
func (r *placingRows) assignIDs(ids *idMaker) error {
	for range r.payments.OrderIds {
		id, err := ids.next(r.now)
		if err != nil {
			return err
		}
		r.payments.Ids = append(r.payments.Ids, id)
	}
	for range r.ledger.OrderIds {
		id, err := ids.next(r.now)
		if err != nil {
			return err
		}
		r.ledger.Ids = append(r.ledger.Ids, id)
	}
	return nil
}

// send writes everything in one round trip. With lockLast the stock comes behind all but the keys: these are always last, so
// that nobody who waits for a key holds it up for somebody who waits for stock. What else must hold is for PostgreSQL to
// refuse, so that the commit can come along.
func (r *placingRows) send(ctx context.Context, q *sqlc.Queries, tx pgx.Tx, when stockLock, commit bool) error {
	out := &pipeline{}
	var queued []error
	if when == lockFirst {
		queued = append(queued, q.PlacingStockReserve(ctx, out, r.stock()))
	}
	queued = append(queued,
		q.PlacingCheckouts(ctx, out, r.checkouts),
		q.PlacingOrders(ctx, out, r.orders),
		q.PlacingLines(ctx, out, r.lines),
		q.PlacingEvents(ctx, out, r.events),
		q.PlacingPayments(ctx, out, r.payments),
		q.PlacingReservations(ctx, out, r.reservations),
		q.PlacingLedger(ctx, out, r.ledger),
	)
	if r.backorders.OrderIds != nil {
		queued = append(queued, q.PlacingBackorders(ctx, out, r.backorders), q.PlacingBackorderEvents(ctx, out, r.waits))
	}
	queued = append(queued, r.queueDiscounts(ctx, q, out)...)
	if when == lockLast {
		queued = append(queued, r.queueTaking(ctx, q, out)...)
	}
	queued = append(queued, q.PlacingKeys(ctx, out, r.keyParams()))
	if err := errors.Join(queued...); err != nil {
		return err
	}
	if commit {
		out.commit()
	}
	_, err := out.send(ctx, tx)
	return meanwhile(err)
}

// meanwhile names what another transaction committed while the group was being placed.
func meanwhile(err error) error {
	var pg *pgconn.PgError
	switch {
	case !errors.As(err, &pg):
		return err
	case pg.ConstraintName == "idempotency_keys_pkey":
		return errKeyTaken
	case pg.ConstraintName == "placing_stock_is_there":
		return errStockMoved
	}
	return err
}

// stock sums what the group takes per SKU and location.
func (r *placingRows) stock() sqlc.PlacingStockReserveParams {
	p := sqlc.PlacingStockReserveParams{Now: r.now}
	makeRoom(len(r.taken), &p)
	for key, taken := range r.taken {
		p.SkuIds = append(p.SkuIds, key.SKUID)
		p.LocationIds = append(p.LocationIds, key.LocationID)
		p.Quantities = append(p.Quantities, taken.reserved)
		p.Backordered = append(p.Backordered, taken.backordered)
	}
	return p
}

// queueTaking queues the lock of the stock and, behind it, the look and the update.
func (r *placingRows) queueTaking(ctx context.Context, q *sqlc.Queries, out *pipeline) []error {
	p := r.stock()
	locked := q.PlacingStockLockLast(ctx, out, distinct(slices.Clone(p.SkuIds)))
	taken := q.PlacingStockTake(ctx, out, sqlc.PlacingStockTakeParams{Now: p.Now, SkuIds: p.SkuIds, LocationIds: p.LocationIds, Quantities: p.Quantities})
	return []error{locked, taken}
}

// keyParams sorts the keys: two groups that share several never wait for each other in a circle.
func (r *placingRows) keyParams() sqlc.PlacingKeysParams {
	slices.SortFunc(r.keys, func(a, b placingKey) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Key, b.Key))
	})
	p := sqlc.PlacingKeysParams{Now: r.now}
	makeRoom(len(r.keys), &p)
	for _, k := range r.keys {
		p.Scopes = append(p.Scopes, k.Scope)
		p.Keys = append(p.Keys, k.Key)
		p.Hashes = append(p.Hashes, k.Hash[:])
		p.Results = append(p.Results, k.result)
	}
	return p
}

// joinIDs writes ids as the text of a PostgreSQL array without its braces.
func joinIDs(orders []shop.PlacedOrder) string {
	var b strings.Builder
	for i, order := range orders {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(int64(order.ID), 10))
	}
	return b.String()
}
