package db_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db"
	"waybill/db/dbtest"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// history is an import source of made-up but plausible checkouts, the same on every run.
type history struct {
	checkouts int
	merchants int
	customers int
	products  int
}

var longHistory = history{checkouts: 2*shop.ImportCheckoutBatch + 100, merchants: 3, customers: 40, products: 12}

func (h history) Name() string    { return "history" }
func (h history) Expected() int64 { return int64(h.checkouts) }

func (h history) Catalog(_ context.Context, emit func(shop.ImportCatalog) error, _ shop.RejectWriter) error {
	var people shop.ImportCatalog
	for i := range h.merchants {
		people.Merchants = append(people.Merchants, shop.ImportMerchant{
			ExternalID: fmt.Sprint("m", i), Name: "Merchant", City: "São Paulo", Region: "SP", PostalCode: "01000", Country: "BR", Placeholder: i == h.merchants-1,
		})
	}
	for i := range h.customers {
		people.Customers = append(people.Customers, shop.ImportCustomer{ExternalID: fmt.Sprint("c", i), Name: fmt.Sprint("Customer ", i)})
	}
	if err := emit(people); err != nil {
		return err
	}
	goods := shop.ImportCatalog{Categories: []shop.ImportCategory{{ExternalID: "cool_stuff", Name: "Cool stuff"}}}
	for i := range h.products {
		p := shop.ImportProduct{ExternalID: fmt.Sprint("p", i), MerchantRef: "m0", Name: fmt.Sprint("Product ", i), CategoryRef: "cool_stuff"}
		for m := range h.merchants {
			p.SKUs = append(p.SKUs, shop.ImportSKU{
				ExternalID: fmt.Sprintf("p%d/m%d", i, m), MerchantRef: fmt.Sprint("m", m), Code: fmt.Sprint("p", i),
				Prices: []shop.ImportPrice{{Currency: "BRL", Minor: 1000, From: time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC)}},
			})
		}
		goods.Products = append(goods.Products, p)
	}
	return emit(goods)
}

func (h history) Checkouts(_ context.Context, emit func(shop.ImportCheckout) error, _ shop.RejectWriter) error {
	dice := rand.New(rand.NewPCG(1, 2))
	for i := range h.checkouts {
		if err := emit(h.checkout(i, dice)); err != nil {
			return err
		}
	}
	return nil
}

var walks = [][]shop.Status{
	{shop.StatusPending},
	{shop.StatusPending, shop.StatusCancelled},
	{shop.StatusPending, shop.StatusConfirmed},
	{shop.StatusPending, shop.StatusConfirmed, shop.StatusProcessing, shop.StatusCancelled, shop.StatusRefunded},
	{shop.StatusPending, shop.StatusConfirmed, shop.StatusProcessing, shop.StatusShipped},
	{shop.StatusPending, shop.StatusConfirmed, shop.StatusProcessing, shop.StatusShipped, shop.StatusDelivered},
}

func (h history) checkout(i int, dice *rand.Rand) shop.ImportCheckout {
	at := time.Date(2017, time.Month(1+dice.IntN(5)), 1+dice.IntN(28), dice.IntN(24), dice.IntN(60), 0, 0, time.UTC)
	c := shop.ImportCheckout{
		ExternalID: fmt.Sprint("o", i), CustomerRef: fmt.Sprint("c", dice.IntN(h.customers)), PlacedAt: at, Currency: "BRL",
		Address: shop.Address{City: []string{"Recife", "Santos"}[dice.IntN(2)], PostalCode: "12345", Country: "BR"},
	}
	walk := walks[dice.IntN(len(walks))]
	for m := range 1 + dice.IntN(2) {
		o := shop.ImportOrder{ExternalID: fmt.Sprintf("o%d/m%d", i, m), MerchantRef: fmt.Sprint("m", m), SourceStatus: "told", ShippingMinor: 300}
		for n := range 1 + dice.IntN(3) {
			p := dice.IntN(h.products)
			o.Lines = append(o.Lines, shop.ImportLine{
				ExternalID: fmt.Sprintf("o%d/m%d/%d", i, m, n), SKURef: fmt.Sprintf("p%d/m%d", p, m), SKUCode: fmt.Sprint("p", p), Name: "As sold",
				Quantity: int64(1 + dice.IntN(3)), UnitPriceMinor: int64(dice.IntN(5000)),
			})
		}
		for n, to := range walk {
			o.Events = append(o.Events, shop.ImportEvent{To: to, At: at.Add(time.Duration(n) * time.Hour)})
		}
		c.Orders = append(c.Orders, o)
	}
	p := shop.ImportPayment{ExternalID: c.ExternalID + "/p", Provider: "history", ProviderRef: c.ExternalID + "/p", Method: "card", Status: shop.PaymentCaptured, At: at}
	for _, o := range c.Orders {
		p.Shares = append(p.Shares, o.TotalMinor())
		p.AmountMinor += o.TotalMinor()
	}
	c.Payments = []shop.ImportPayment{p}
	if dice.IntN(10) == 0 {
		c.Exceptions = []shop.ImportException{{Kind: shop.PaidDiffers, Reason: "for the test", ExpectedMinor: 1, ActualMinor: 2}}
	}
	return c
}

type noRejects struct{ t *testing.T }

func (n noRejects) WriteReject(r shop.ImportReject) error {
	n.t.Errorf("rejected: %+v", r)
	return nil
}

func runImport(ctx context.Context, t *testing.T, sink shop.ImportSink, source shop.ImportSource) (shop.ImportReport, error) {
	t.Helper()
	return shop.RunImport(ctx, shop.ImportRun{Source: source, Sink: sink, Rejects: noRejects{t}})
}

// fingerprint is a hash of everything that an import wrote, in the outside world's ids.
func fingerprint(w *factory.World) string {
	w.TB.Helper()
	return w.Text(`
		WITH r AS (SELECT id, external_id FROM import_refs WHERE kind = 'order'), facts(fact) AS (
			SELECT concat_ws('|', 'order', r.external_id, o.status, o.status_at, o.total_minor, o.placed_at, m.name, c.name, a.city, a.is_snapshot)
			FROM orders o JOIN r USING (id) JOIN merchants m ON m.id = o.merchant_id JOIN customers c ON c.id = o.customer_id JOIN addresses a ON a.id = o.shipping_address_id
			UNION ALL SELECT concat_ws('|', 'line', r.external_id, l.line_no, s.code, l.name, l.quantity, l.total_minor)
			FROM order_line_items l JOIN r ON r.id = l.order_id JOIN skus s ON s.id = l.sku_id
			UNION ALL SELECT concat_ws('|', 'event', r.external_id, e.seq, e.kind, e.from_status, e.to_status, e.data, CASE WHEN e.kind <> 'imported' THEN e.occurred_at END)
			FROM order_events e JOIN r ON r.id = e.order_id
			UNION ALL SELECT concat_ws('|', 'payment', r.external_id, p.status, p.amount_minor, p.captured_minor, p.charge_key, p.captured_at) FROM payments p JOIN r ON r.id = p.order_id
			UNION ALL SELECT concat_ws('|', 'parcel', r.external_id, f.no, f.status, f.units, f.ship_by_at, f.shipped_at, i.line_no, i.quantity, i.picked)
			FROM fulfillments f JOIN r ON r.id = f.order_id JOIN fulfillment_items i ON i.order_id = f.order_id AND i.no = f.no
			UNION ALL SELECT concat_ws('|', 'exception', r.external_id, x.kind, x.expected_minor, x.actual_minor) FROM reconciliation_exceptions x JOIN r ON r.id = x.order_id
			UNION ALL SELECT concat_ws('|', 'customer', name, order_id_from, order_id_until) FROM customers
			UNION ALL SELECT concat_ws('|', 'sku', p.name, s.code, s.status, x.price_minor) FROM skus s JOIN products p ON p.id = s.product_id JOIN sku_prices x ON x.sku_id = s.id
			UNION ALL SELECT concat_ws('|', 'rows', (SELECT count(*) FROM checkouts), (SELECT count(*) FROM addresses), (SELECT count(*) FROM merchants), (SELECT count(*) FROM categories),
				(SELECT count(*) FROM orders), (SELECT count(*) FROM order_events), (SELECT count(*) FROM payments), (SELECT count(*) FROM reconciliation_exceptions))
		) SELECT count(*) || ' ' || md5(string_agg(fact, E'\n' ORDER BY fact)) FROM facts`)
}

// canceller is a pgx tracer that cancels the import when its nth table is being copied in.
type canceller struct {
	copies, stopAt atomic.Int64
	cancel         atomic.Pointer[context.CancelFunc]
}

func (c *canceller) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}
func (c *canceller) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (c *canceller) TraceCopyFromStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceCopyFromStartData) context.Context {
	if c.copies.Add(1) == c.stopAt.Load() {
		(*c.cancel.Load())()
	}
	return ctx
}
func (c *canceller) TraceCopyFromEnd(context.Context, *pgx.Conn, pgx.TraceCopyFromEndData) {}

// TestImportSurvivesInterruptions: however often and wherever an import is cut off, in the end everything is there once.
func TestImportSurvivesInterruptions(t *testing.T) {
	t.Parallel()
	whole := factory.New(t)
	if _, err := runImport(t.Context(), t, whole.Store, longHistory); err != nil {
		t.Fatal(err)
	}

	trace := &canceller{}
	config, err := pgxpool.ParseConfig(dbtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	config.ConnConfig.Tracer = trace
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	store, err := db.NewStore(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	cut := &factory.World{TB: t, Pool: pool, Store: store}
	interruptions := 0
	for {
		ctx, cancel := context.WithCancel(t.Context())
		trace.cancel.Store(&cancel)
		trace.copies.Store(0)
		trace.stopAt.Store(int64(3 + 2*interruptions)) // a different table each time, later and later
		_, err := runImport(ctx, t, store, longHistory)
		cancel()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		interruptions++
	}
	if interruptions < 10 {
		t.Fatalf("cut off only %d times", interruptions)
	}
	if got, want := fingerprint(cut), fingerprint(whole); got != want {
		t.Errorf("after %d interruptions %s, without any %s", interruptions, got, want)
	}
	if broken := verify(t, cut); broken != nil {
		t.Errorf("broken: %v", broken)
	}
}

func TestImportTwiceAddsNothing(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	short := longHistory
	short.checkouts = 60
	first, err := runImport(t.Context(), t, w.Store, short)
	if err != nil {
		t.Fatal(err)
	}
	if counts := first.CatalogAdded; counts != (shop.ImportCatalogCounts{Merchants: 3, Customers: 40, Products: 12, SKUs: 36}) || first.Added.Checkouts != 60 {
		t.Errorf("added %+v and %d checkouts", counts, first.Added.Checkouts)
	}
	before := fingerprint(w)
	again, err := runImport(t.Context(), t, w.Store, short)
	if err != nil {
		t.Fatal(err)
	}
	if again.CatalogAdded != (shop.ImportCatalogCounts{}) || again.Added.Checkouts != 0 || fingerprint(w) != before {
		t.Errorf("the second run added %+v and %d checkouts", again.CatalogAdded, again.Added.Checkouts)
	}
}

// TestImportsOfOneSourceDoNotDouble: two runs that found the same batch missing, and both bring it.
func TestImportsOfOneSourceDoNotDouble(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	short := longHistory
	short.checkouts = 20
	if _, err := runImport(t.Context(), t, w.Store, short); err != nil {
		t.Fatal(err)
	}
	before := fingerprint(w)
	err := w.Store.ImportCheckouts(t.Context(), short.Name(), []shop.ImportCheckout{short.checkout(7, rand.New(rand.NewPCG(1, 2)))})
	if shop.CodeOf(err) != shop.CodeConflict || fingerprint(w) != before {
		t.Errorf("got %v", err)
	}
}

func TestImportRefusesWhatRefersToNothing(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	short := longHistory
	short.checkouts = 1
	if _, err := runImport(t.Context(), t, w.Store, short); err != nil {
		t.Fatal(err)
	}
	before := fingerprint(w)
	for want, spoil := range map[string]func(*shop.ImportCheckout){
		`no customer "nobody"`: func(c *shop.ImportCheckout) { c.CustomerRef = "nobody" },
		`no merchant "nobody"`: func(c *shop.ImportCheckout) { c.Orders[0].MerchantRef = "nobody" },
		`no sku "nothing"`:     func(c *shop.ImportCheckout) { c.Orders[0].Lines[0].SKURef = "nothing" },
	} {
		good, bad := short.checkout(1, rand.New(rand.NewPCG(3, 4))), short.checkout(2, rand.New(rand.NewPCG(5, 6)))
		spoil(&bad)
		err := w.Store.ImportCheckouts(t.Context(), short.Name(), []shop.ImportCheckout{good, bad})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	_, err := w.Store.RegisterCatalog(t.Context(), short.Name(), shop.ImportCatalog{Products: []shop.ImportProduct{{ExternalID: "new", Name: "New", MerchantRef: "nobody"}}})
	if err == nil || !strings.Contains(err.Error(), `no merchant "nobody"`) {
		t.Errorf("got %v", err)
	}
	if fingerprint(w) != before {
		t.Error("a refused batch left something behind")
	}
}
