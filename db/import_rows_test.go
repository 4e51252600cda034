package db_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// importWorld has the catalog of a short history, and nothing else.
func importWorld(t *testing.T) *factory.World {
	t.Helper()
	w := factory.New(t)
	empty := history{merchants: 3, customers: 2, products: 2}
	if _, err := runImport(t.Context(), t, w.Store, empty); err != nil {
		t.Fatal(err)
	}
	return w
}

func on(day int) time.Time { return time.Date(2017, 3, day, 12, 0, 0, 0, time.UTC) }

// twoOrders is a delivered basket over two merchants, paid by a voucher, a card and a payment of nothing; the second
// order's time of processing is not known.
func twoOrders() shop.ImportCheckout {
	walk := []shop.ImportEvent{
		{To: shop.StatusPending, At: on(1)}, {To: shop.StatusConfirmed, At: on(2)},
		{To: shop.StatusProcessing, At: on(2), TimeUnknown: true, Note: "Olist says invoiced."},
		{To: shop.StatusShipped, At: on(4)}, {To: shop.StatusDelivered, At: on(7), Data: map[string]string{"kept": "fact"}},
	}
	order := func(m string, price int64) shop.ImportOrder {
		return shop.ImportOrder{
			ExternalID: "basket/" + m, MerchantRef: m, SourceStatus: "delivered", ShippingMinor: 500, ShipBy: on(5), DeliveryEstimateAt: on(20), Events: walk,
			Lines: []shop.ImportLine{
				{ExternalID: "basket/" + m + "/1", SKURef: "p0/" + m, SKUCode: "p0", Name: "As sold", Quantity: 2, UnitPriceMinor: price},
				{ExternalID: "basket/" + m + "/2", SKURef: "p1/" + m, SKUCode: "p1", Name: "Taxed", Quantity: 1, UnitPriceMinor: 119, TaxIncluded: true, TaxRatePPM: 190000, TaxMinor: 19},
			},
		}
	}
	payment := func(id string, status shop.PaymentStatus, at time.Time, shares ...int64) shop.ImportPayment {
		p := shop.ImportPayment{ExternalID: id, Provider: "history", ProviderRef: id, Method: "card", Installments: 0, Status: status, At: at, Shares: shares}
		for _, s := range shares {
			p.AmountMinor += s
		}
		return p
	}
	return shop.ImportCheckout{
		ExternalID: "basket", CustomerRef: "c0", PlacedAt: on(1), Currency: "BRL",
		Address: shop.Address{City: "Recife", PostalCode: "1", Country: "BR"},
		Orders:  []shop.ImportOrder{order("m0", 1000), order("m1", 1)},
		Payments: []shop.ImportPayment{
			payment("voucher", shop.PaymentCaptured, on(2), 619, 0), payment("card", shop.PaymentCaptured, on(1).Add(-time.Hour), 2000, 621),
			payment("nothing", shop.PaymentCancelled, on(1), 0, 0),
		},
		Exceptions: []shop.ImportException{{Kind: shop.TimesOutOfOrder, Reason: "card before purchase"}},
	}
}

func TestImportWritesWhatItIsTold(t *testing.T) {
	t.Parallel()
	w := importWorld(t)
	if err := w.Store.CoverMonth(t.Context(), on(1)); err != nil {
		t.Fatal(err)
	}
	if err := w.Store.ImportCheckouts(t.Context(), "history", []shop.ImportCheckout{twoOrders()}); err != nil {
		t.Fatal(err)
	}
	const list = `SELECT string_agg(row, '; ' ORDER BY row) FROM (%s) AS rows(row)`
	for name, test := range map[string]struct{ query, want string }{
		"orders": {
			`SELECT concat_ws(' ', m.slug, o.status, subtotal_minor, tax_minor, shipping_minor, total_minor, placed_at::date, status_at::date, expires_at, o.source, id_at(o.placed_at) <= o.id)
			 FROM orders o JOIN merchants m ON m.id = o.merchant_id`,
			"merchant delivered 2100 19 500 2619 2017-03-01 2017-03-07 history t; merchant-2 delivered 102 19 500 621 2017-03-01 2017-03-07 history t",
		},
		"lines": {
			`SELECT concat_ws(' ', line_no, sku_code, quantity, unit_price_minor, tax_included, tax_rate_ppm, subtotal_minor, tax_minor, total_minor) FROM order_line_items`,
			"1 p0 2 1 f 0 2 0 2; 1 p0 2 1000 f 0 2000 0 2000; 2 p1 1 119 t 190000 100 19 119; 2 p1 1 119 t 190000 100 19 119",
		},
		"events": {
			`SELECT concat_ws(' ', seq, kind, from_status, to_status, CASE WHEN kind <> 'imported' THEN occurred_at::date END, actor_kind, actor_name, visibility, data)
			 FROM order_events WHERE order_id = (SELECT min(id) FROM orders)`,
			`1 placed pending 2017-03-01 customer  public {}; ` +
				`2 status pending confirmed 2017-03-02 integration history public {}; ` +
				`3 status confirmed processing 2017-03-02 integration history public {"reason": "Olist says invoiced.", "time_unknown": "true"}; ` +
				`4 status processing shipped 2017-03-04 integration history public {}; ` +
				`5 status shipped delivered 2017-03-07 integration history public {"kept": "fact"}; ` +
				`6 imported integration history staff {"number": "basket/m0", "source": "history", "status": "delivered", "delivery_estimate": "2017-03-20T12:00:00Z"}`,
		},
		"payments": {
			`SELECT concat_ws(' ', charge_key, provider_ref, status, amount_minor, captured_minor, installments, created_at, captured_at, id_at(created_at) <= id) FROM payments`,
			"card card captured 2000 2000 0 2017-03-01 12:00:00+00 2017-03-01 11:00:00+00 t; card card captured 621 621 0 2017-03-01 12:00:00+00 2017-03-01 11:00:00+00 t; " +
				"nothing nothing cancelled 0 0 0 2017-03-01 12:00:00+00 t; voucher voucher captured 619 619 0 2017-03-02 12:00:00+00 2017-03-02 12:00:00+00 t",
		},
		"parcels": {
			`SELECT concat_ws(' ', f.no, f.status, f.units, f.ship_by_at::date, f.shipped_at::date, f.delivered_at::date, i.line_no, i.quantity, i.picked)
			 FROM fulfillments f JOIN fulfillment_items i USING (order_id, no) WHERE order_id = (SELECT min(id) FROM orders)`,
			"1 delivered 3 2017-03-05 2017-03-04 2017-03-07 1 2 2; 1 delivered 3 2017-03-05 2017-03-04 2017-03-07 2 1 1",
		},
		"exceptions": {
			`SELECT concat_ws(' ', kind, source, order_id = (SELECT min(id) FROM orders), provider_ref, currency, expected_minor, actual_minor, status, reason) FROM reconciliation_exceptions`,
			"times_out_of_order history t basket BRL 0 0 open card before purchase",
		},
		"people": {
			`SELECT concat_ws(' ', c.name, count(a.id), bool_and(a.is_snapshot), c.order_id_from = id_at('2017-03-01'), c.order_id_until = id_at('2017-04-01'))
			 FROM customers c LEFT JOIN addresses a ON a.customer_id = c.id GROUP BY c.id`,
			"Customer 0 1 t t t; Customer 1 0",
		},
		"merchants": {
			`SELECT concat_ws(' ', slug, status, city, region, postal_code, country) FROM merchants`,
			"merchant active São Paulo SP 01000 BR; merchant-2 active São Paulo SP 01000 BR; merchant-3 suspended São Paulo SP 01000 BR",
		},
		"products": {
			`SELECT concat_ws(' ', p.slug, p.status, c.slug, c.name, (SELECT count(*) FROM skus s WHERE s.product_id = p.id AND s.status = 'discontinued')) FROM products p JOIN categories c ON c.id = p.category_id`,
			"product-0 discontinued cool-stuff Cool stuff 3; product-1 discontinued cool-stuff Cool stuff 3",
		},
		"feed": {`SELECT count(*)::text FROM outbox`, "0"},
	} {
		if got := w.Text(fmt.Sprintf(list, test.query)); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, test.want)
		}
	}
	if broken := verify(t, w); broken != nil {
		t.Errorf("broken: %v", broken)
	}
}

// TestImportReusesSnapshots: orders of one buyer to one place share its snapshot, in one batch and from batch to batch.
func TestImportReusesSnapshots(t *testing.T) {
	t.Parallel()
	w := importWorld(t)
	if err := w.Store.CoverMonth(t.Context(), on(1)); err != nil {
		t.Fatal(err)
	}
	numbered := func(id, customer, city string) shop.ImportCheckout {
		c := twoOrders()
		c.ExternalID, c.CustomerRef, c.Address.City, c.Exceptions = id, customer, city, nil
		for i := range c.Orders {
			c.Orders[i].ExternalID = fmt.Sprint(id, "/", i)
		}
		for i := range c.Payments {
			c.Payments[i].ProviderRef += id
		}
		return c
	}
	for _, batch := range [][]shop.ImportCheckout{
		{numbered("one", "c0", "Recife"), numbered("two", "c0", "Recife"), numbered("three", "c1", "Recife")},
		{numbered("four", "c0", "Recife"), numbered("five", "c0", "Santos")},
	} {
		if err := w.Store.ImportCheckouts(t.Context(), "history", batch); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.Int(`SELECT count(*) FROM addresses`); got != 3 {
		t.Errorf("%d snapshots, want 3", got)
	}
}

// TestImportLeavesSlugsOfOthersAlone: what is taken, or empty, gets the id as well.
func TestImportLeavesSlugsOfOthersAlone(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	w.Merchant("merchant")
	catalog := shop.ImportCatalog{Merchants: []shop.ImportMerchant{
		{ExternalID: "a", Name: "Merchant", Country: "BR"}, {ExternalID: "b", Name: "Merchant!", Country: "BR"}, {ExternalID: "c", Name: "東京", Country: "JP"},
		{ExternalID: "a", Name: "The same again", Country: "BR"},
	}}
	added, err := w.Store.RegisterCatalog(t.Context(), "history", catalog)
	if err != nil || added.Merchants != 3 {
		t.Fatalf("added %+v, %v", added, err)
	}
	if got := w.Text(`SELECT string_agg(slug, ' ' ORDER BY id) FROM merchants`); got != "merchant merchant-2 merchant-3 4" {
		t.Errorf("slugs: %s", got)
	}
}

// TestImportedWalksAreProven: with the feed off, events move their orders only in unbroken walks from where the order stands.
func TestImportedWalksAreProven(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, events, want string }{
		{"a walk", "(2, 'pending', 'confirmed'), (3, 'confirmed', 'processing')", "processing"},
		{"beside other events", "(2, NULL, NULL), (3, 'pending', 'confirmed'), (4, NULL, NULL)", "confirmed"},
		{"no step", "(2, NULL, NULL)", "pending"},
		{"a gap", "(2, 'pending', 'confirmed'), (3, 'processing', 'shipped')", "order_events_from_current_status"},
		{"a wrong start", "(2, 'confirmed', 'processing')", "order_events_from_current_status"},
		{"an illegal step", "(2, 'pending', 'shipped')", "order_events_transition_fk"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := lively(t)
			order := w.Int(`SELECT id FROM orders WHERE status = 'pending'`)
			_, err := w.Pool.Exec(t.Context(), fmt.Sprintf(`SET waybill.feed = 'off';
				INSERT INTO order_events (order_id, seq, kind, from_status, to_status, occurred_at, recorded_at, actor_kind)
				SELECT %d, seq, CASE WHEN to_status IS NULL THEN 'note' ELSE 'status' END, from_status, to_status, now(), now(), 'system'
				FROM (VALUES %s) AS e (seq, from_status, to_status)`, order, test.events))
			got := w.Text(`SELECT status FROM orders WHERE id = $1`, order)
			if err != nil {
				got = constraintOf(err)
			}
			if got != test.want {
				t.Errorf("got %s (%v), want %s", got, err, test.want)
			}
		})
	}
}

// constraintOf names the constraint that PostgreSQL says was broken.
func constraintOf(err error) string {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.ConstraintName
	}
	return ""
}
