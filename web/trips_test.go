package web_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
	"waybill/views/urls"
)

// tripCounter counts round trips to the database and the statements in them.
type tripCounter struct{ trips, statements atomic.Int64 }

func (c *tripCounter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.trips.Add(1)
	c.statements.Add(1)
	return ctx
}

func (*tripCounter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (c *tripCounter) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	c.trips.Add(1)
	return ctx
}

func (c *tripCounter) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {
	c.statements.Add(1)
}

func (*tripCounter) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// newCountedSite is a site that counts its trips.
func newCountedSite(t *testing.T) (*site, *tripCounter) {
	t.Helper()
	w, count := factory.New(t), &tripCounter{}
	config := w.Pool.Config().Copy()
	config.ConnConfig.Tracer = count
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	store, err := db.NewStore(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	return siteOn(t, &factory.World{TB: t, Pool: pool, Store: store}), count
}

// What the most read pages ask of the database. Each round trip costs both sides some fifty microseconds whatever it asks, so
// a page that needs one more has to be worth it.
func TestPagesAskTheDatabaseFewTimes(t *testing.T) {
	t.Parallel()
	s, count := newCountedSite(t)
	tr := newTrader(s, "tea")
	buyer, order := newBuyer(s, tr, "ann@example.com")
	product := s.Text(`SELECT slug FROM products LIMIT 1`)
	support := s.staff(shop.RoleSupport)
	tests := []struct {
		name              string
		who               visitor
		path              string
		trips, statements int64
	}{
		{"order history for the first time", buyer, urls.AccountOrders(), 4, 8},
		{"order history again", buyer, urls.AccountOrders(), 1, 2},
		{"order for the first time", buyer, urls.AccountOrder(order.Number()), 3, 12},
		{"order again", buyer, urls.AccountOrder(order.Number()), 1, 2},
		{"queue for the first time", tr.visitor, urls.MerchantQueue(), 6, 17},
		{"queue again", tr.visitor, urls.MerchantQueue(), 2, 3},
		{"product", buyer, urls.Product(product), 8, 9},
		{"customer", support, urls.SupportCustomer(1), 15, 19},
		{"merchant's order", tr.visitor, urls.MerchantOrder(tr.number()), 3, 12},
	}
	for _, tt := range tests {
		trips, statements := count.trips.Load(), count.statements.Load()
		tt.who.page(tt.path)
		trips, statements = count.trips.Load()-trips, count.statements.Load()-statements
		if trips > tt.trips || statements > tt.statements {
			t.Errorf("%s: %d statements in %d round trips, want %d in %d", tt.name, statements, trips, tt.statements, tt.trips)
		}
	}
}
