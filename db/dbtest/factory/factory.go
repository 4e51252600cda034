// Package factory puts small, valid worlds into test databases. Every function either works or fails the test.
package factory

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db"
	"waybill/db/dbtest"
	"waybill/shop"
)

// World is a shop in a database of its own.
type World struct {
	TB    testing.TB
	Pool  *pgxpool.Pool
	Store *db.Store
}

// New returns an empty shop whose time is the database's, or that of the options.
func New(tb testing.TB, options ...db.Option) *World {
	tb.Helper()
	pool := dbtest.New(tb)
	store, err := db.NewStore(tb.Context(), pool, options...)
	if err != nil {
		tb.Fatal(err)
	}
	return &World{TB: tb, Pool: pool, Store: store}
}

// Placer returns the group commit of the world, closed with the test.
func (w *World) Placer() *db.Placer {
	p := db.NewPlacer(w.Store)
	w.TB.Cleanup(p.Close)
	return p
}

// Exec runs SQL.
func (w *World) Exec(sql string, args ...any) {
	w.TB.Helper()
	if _, err := w.Pool.Exec(context.Background(), sql, args...); err != nil {
		w.TB.Fatalf("%v\n%s", err, sql)
	}
}

// Int returns the one number that a query answers with.
func (w *World) Int(sql string, args ...any) int64 {
	w.TB.Helper()
	var n int64
	if err := w.Pool.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		w.TB.Fatalf("%v\n%s", err, sql)
	}
	return n
}

// Text returns the one text that a query answers with.
func (w *World) Text(sql string, args ...any) string {
	w.TB.Helper()
	var s string
	if err := w.Pool.QueryRow(context.Background(), sql, args...).Scan(&s); err != nil {
		w.TB.Fatalf("%v\n%s", err, sql)
	}
	return s
}

// Merchant adds a merchant with one location (code MAIN) and returns the ids of both.
func (w *World) Merchant(slug string) (merchantID, locationID int64) {
	w.TB.Helper()
	merchantID = w.Int(`INSERT INTO merchants (slug, name) VALUES ($1, $1) RETURNING id`, slug)
	return merchantID, w.Location(merchantID, "MAIN", 1)
}

// Location adds a location; the lower priority ships first.
func (w *World) Location(merchantID int64, code string, priority int) int64 {
	w.TB.Helper()
	return w.Int(`INSERT INTO locations (merchant_id, code, name, priority) VALUES ($1, $2, $2, $3) RETURNING id`, merchantID, code, priority)
}

// SKU adds an active product with one active SKU, its price in USD minor units, and stock at the merchant's first
// location through the ledger.
func (w *World) SKU(merchantID int64, code string, priceMinor, onHand int64) int64 {
	w.TB.Helper()
	product := w.Int(`INSERT INTO products (merchant_id, slug, name, status) VALUES ($1, $2, $3, 'active') RETURNING id`,
		merchantID, fmt.Sprintf("p-%d-%s", merchantID, strings.ToLower(code)), "Product "+code)
	sku := w.Int(`INSERT INTO skus (product_id, merchant_id, code) VALUES ($1, $2, $3) RETURNING id`, product, merchantID, code)
	w.Price(sku, "USD", priceMinor)
	w.Stock(sku, w.Int(`SELECT min(id) FROM locations WHERE merchant_id = $1`, merchantID), onHand)
	return sku
}

// Price sets the price of a SKU in a currency since 2020.
func (w *World) Price(skuID int64, currency shop.Currency, minor int64) {
	w.TB.Helper()
	w.Exec(`INSERT INTO sku_prices (sku_id, currency, price_minor, valid_from) VALUES ($1, $2, $3, '2020-01-01')`, skuID, string(currency), minor)
}

// Stock receives units of a SKU at a location: counter and ledger together.
func (w *World) Stock(skuID, locationID, units int64) {
	w.TB.Helper()
	w.Exec(`INSERT INTO stock_levels (sku_id, location_id, on_hand) VALUES ($1, $2, $3)
		ON CONFLICT (sku_id, location_id) DO UPDATE SET on_hand = stock_levels.on_hand + excluded.on_hand`, skuID, locationID, units)
	if units != 0 {
		w.Exec(`INSERT INTO inventory_transactions (id, sku_id, location_id, kind, on_hand_delta, actor_kind, created_at)
			VALUES (next_id(now()), $1, $2, 'receipt', $3, 'system', now())`, skuID, locationID, units)
	}
}

// Customer adds a customer with one saved address in California and returns the ids of both.
func (w *World) Customer(email string) (customerID, addressID int64) {
	w.TB.Helper()
	customerID = w.Int(`INSERT INTO customers (email, name) VALUES ($1, $2) RETURNING id`, email, "Customer "+email)
	addressID = w.Int(`INSERT INTO addresses (customer_id, name, line1, city, region, postal_code, country, is_default)
		VALUES ($1, 'Ada Buyer', '1 Main St', 'Oakland', 'CA', '94601', 'US', true) RETURNING id`, customerID)
	return customerID, addressID
}

// User adds an account without a usable password and returns it. merchantID or customerID is 0 unless the role has one.
func (w *World) User(email string, role shop.Role, merchantID, customerID int64) shop.User {
	w.TB.Helper()
	id := w.Int(`INSERT INTO users (email, name, password_hash, role, merchant_id, customer_id)
		VALUES ($1, $2, 'none', $3, nullif($4::bigint, 0), nullif($5::bigint, 0)) RETURNING id`, email, "User "+email, string(role), merchantID, customerID)
	user, err := w.Store.UserByID(context.Background(), id)
	if err != nil {
		w.TB.Fatal(err)
	}
	return user
}

var placeKeys atomic.Int64

// Order returns the command to buy one unit of each SKU, in USD, under a key of its own.
func (w *World) Order(customerID, addressID int64, skuIDs ...int64) shop.PlaceCommand {
	w.TB.Helper()
	n := placeKeys.Add(1)
	key, err := shop.NewIdempotencyKey("test", fmt.Sprintf("order-%d", n), n)
	if err != nil {
		w.TB.Fatal(err)
	}
	command := shop.PlaceCommand{
		CustomerID: customerID, ShippingAddressID: addressID, Currency: "USD", Source: "api",
		Actor: shop.Actor{Kind: shop.ActorCustomer, ID: customerID, Name: "Ada Buyer"}, RequestID: "test", Key: key,
	}
	for _, id := range skuIDs {
		command.Items = append(command.Items, shop.PlaceItem{SKUID: id, Quantity: 1})
	}
	return command
}

// Place places an order of one unit of each SKU and returns it, still pending.
func (w *World) Place(customerID, addressID int64, skuIDs ...int64) shop.PlacedCheckout {
	w.TB.Helper()
	p := db.NewPlacer(w.Store)
	defer p.Close()
	placed, err := p.PlaceCheckout(context.Background(), w.Order(customerID, addressID, skuIDs...))
	if err != nil {
		w.TB.Fatal(err)
	}
	return placed
}

// Confirm makes a pending order a confirmed one as a captured payment would: payment row, event, one open fulfillment
// per location of its reservations.
func (w *World) Confirm(orderID shop.OrderID) {
	w.TB.Helper()
	w.Exec(`UPDATE payments SET status = 'captured', provider = 'test', charge_key = 'test-' || id, captured_minor = amount_minor, captured_at = now() WHERE order_id = $1`, int64(orderID))
	w.Event(orderID, shop.StatusPending, shop.StatusConfirmed)
	w.Exec(`INSERT INTO fulfillments (order_id, no, merchant_id, location_id, units, ship_by_at, status_at, created_at)
		SELECT r.order_id, row_number() OVER (ORDER BY r.location_id), o.merchant_id, r.location_id, sum(r.quantity), now() + interval '1 day', now(), now()
		FROM reservations r JOIN orders o ON o.id = r.order_id WHERE r.order_id = $1 GROUP BY r.order_id, o.merchant_id, r.location_id`, int64(orderID))
	w.Exec(`INSERT INTO fulfillment_items (order_id, no, line_no, quantity)
		SELECT r.order_id, f.no, r.line_no, r.quantity FROM reservations r JOIN fulfillments f ON f.order_id = r.order_id AND f.location_id = r.location_id
		WHERE r.order_id = $1`, int64(orderID))
}

// Event moves an order by an event of the system.
func (w *World) Event(orderID shop.OrderID, from, to shop.Status) {
	w.TB.Helper()
	w.Exec(`INSERT INTO order_events (order_id, seq, kind, from_status, to_status, occurred_at, recorded_at, actor_kind)
		SELECT $1, max(seq) + 1, 'status', $2, $3, now(), now(), 'system' FROM order_events WHERE order_id = $1`, int64(orderID), string(from), string(to))
}

// FixedClock is a db.Option for a world whose time stands still at t.
func FixedClock(t time.Time) db.Option { return db.WithClock(func() time.Time { return t }) }
