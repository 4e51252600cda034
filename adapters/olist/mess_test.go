package olist_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waybill/adapters/olist"
	"waybill/shop"
)

// messDir is a made-up data set in which every kind of fault stands once.
const messDir = "testdata/mess"

func TestMessRejects(t *testing.T) {
	t.Parallel()
	want := []struct {
		file   string
		line   int64
		reason string
	}{
		{"olist_sellers_dataset.csv", 5, "seller seller-anna-0001 is there already"},
		{"olist_sellers_dataset.csv", 6, "the row has 2 columns, the header 5"},
		{"olist_sellers_dataset.csv", 7, "seller_id is empty"},
		{"olist_customers_dataset.csv", 5, "the line is not valid UTF-8"},
		{"olist_customers_dataset.csv", 6, "customer_city is empty"},
		{"olist_customers_dataset.csv", 7, "customer cust-3 is there already"},
		{"olist_products_dataset.csv", 5, "product_weight_g is not a whole number from 0 to 10000000"},
		{"olist_order_items_dataset.csv", 23, "item 1 of the order is on line 22 already"},
		{"olist_order_items_dataset.csv", 25, "price is not an amount such as 123.45"},
		{"olist_order_items_dataset.csv", 27, "item 1 of the order is on line 26 already"},
		{"olist_order_items_dataset.csv", 28, "the row has 4 columns, the header 7"},
		{"olist_order_items_dataset.csv", 32, "price is not an amount such as 123.45"},
		{"olist_order_items_dataset.csv", 33, "order_item_id is not a whole number from 1 to 500"},
		{"olist_order_payments_dataset.csv", 20, "payment 1 of the order is on line 19 already"},
		{"olist_order_payments_dataset.csv", 22, "payment_installments is not a whole number from 0 to 999"},
		{"olist_order_payments_dataset.csv", 23, "the line holds a NUL byte"},
		{"olist_orders_dataset.csv", 19, "order o-twice is on line 18 already"},
		{"olist_orders_dataset.csv", 20, "its order is not imported because of line 25 of olist_order_items_dataset.csv"},
		{"olist_orders_dataset.csv", 21, "its order is not imported because of line 27 of olist_order_items_dataset.csv"},
		{"olist_orders_dataset.csv", 22, "its order is not imported because of line 28 of olist_order_items_dataset.csv"},
		{"olist_orders_dataset.csv", 23, "customer cust-4 has no usable row in olist_customers_dataset.csv"},
		{"olist_orders_dataset.csv", 24, `order_status "lost" is not one that is known`},
		{"olist_orders_dataset.csv", 25, "its order is not imported because of line 32 of olist_order_items_dataset.csv"},
		{"olist_orders_dataset.csv", 26, "its order is not imported because of line 22 of olist_order_payments_dataset.csv"},
		{"olist_orders_dataset.csv", 27, "its order is not imported because of line 23 of olist_order_payments_dataset.csv"},
		{"olist_orders_dataset.csv", 28, "order_purchase_timestamp is not a time such as 2017-10-02 10:56:33"},
		{"olist_orders_dataset.csv", 29, "order_purchase_timestamp is empty"},
		{"olist_orders_dataset.csv", 30, "order_purchase_timestamp is outside the years 2000 to 2136"},
		{"olist_orders_dataset.csv", 31, "order_purchase_timestamp is in the future"},
		{"olist_orders_dataset.csv", 32, "a quote is not closed on this line"},
		{"olist_orders_dataset.csv", 34, "the row has 1 columns, the header 8"},
		{"olist_order_items_dataset.csv", 24, "its order is not imported because of line 25 of olist_order_items_dataset.csv"},
		{"olist_order_items_dataset.csv", 26, "its order is not imported because of line 27 of olist_order_items_dataset.csv"},
		{"olist_order_items_dataset.csv", 29, "its order is not imported because of line 23 of olist_orders_dataset.csv"},
		{"olist_order_items_dataset.csv", 30, "its order is not imported because of line 24 of olist_orders_dataset.csv"},
		{"olist_order_items_dataset.csv", 31, "order o-orphan has no usable row in olist_orders_dataset.csv"},
		{"olist_order_payments_dataset.csv", 21, "its order is not imported because of line 25 of olist_order_items_dataset.csv"},
		{"olist_order_payments_dataset.csv", 24, "order o-orphan has no usable row in olist_orders_dataset.csv"},
	}
	got := importInto(t, newMemorySink(), messDir)
	for i := range max(len(want), len(got.rejects)) {
		switch {
		case i >= len(got.rejects):
			t.Errorf("missing: %+v", want[i])
		case i >= len(want):
			t.Errorf("not expected: %+v", got.rejects[i])
		default:
			r := got.rejects[i]
			if r.File != want[i].file || r.Line != want[i].line || r.Reason != want[i].reason {
				t.Errorf("got %s:%d %s, want %+v", r.File, r.Line, r.Reason, want[i])
			}
			if raw := lineOf(t, messDir, r.File, r.Line); r.Raw != raw {
				t.Errorf("%s:%d: got raw %q, want %q", r.File, r.Line, r.Raw, raw)
			}
		}
	}
	equal(t, "rejects counted", got.report.Rejected, int64(len(want)))
}

// lineOf reads a line of a file the plain way.
func lineOf(t *testing.T, dir, file string, line int64) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(strings.Split(string(text), "\n")[line-1], "\r")
}

// TestMessOrders writes each imported order as merchant, lines, shipping and walk; a ~
// marks a time that the files do not tell, and the exceptions follow.
func TestMessOrders(t *testing.T) {
	t.Parallel()
	const walk = "pending confirmed processing~ shipped delivered"
	want := map[string]string{
		"o-plain":          "seller-anna-0001: 1 prod-lamp-001 at 2999 + 872; " + walk,
		"o-merge":          "seller-anna-0001: 2 prod-lamp-001 at 2999, 1 prod-lamp-001 at 3150, 1 prod-chair-02 at 10000 + 301; " + walk + "; times_out_of_order 0 0",
		"o-two":            "seller-anna-0001: 1 prod-shared-3 at 1000 + 0; " + walk + " | seller-bruno-002: 1 prod-shared-3 at 1000, 1 prod-chair-02 at 1000 + 1; " + walk,
		"o-none":           "unknown-seller:  + 0; pending confirmed cancelled~; imported_without_lines 0 7700; cancelled_not_refunded 0 7700",
		"o-invoiced":       "seller-anna-0001: 1 prod-lamp-001 at 2000 + 500; pending confirmed processing~",
		"o-ghost":          "seller-ghost-003: 1 prod-heavy-04 at 2000 + 500; " + walk + "; reference_missing 0 0",
		"o-never-approved": lamp("pending cancelled~; payment_not_approved 2500 0"),
		"o-canceled-late":  lamp("pending confirmed processing~ cancelled~; cancelled_not_refunded 0 2500; status_contradicts_times 0 0"),
		"o-backwards":      lamp(walk + "; times_out_of_order 0 0"),
		"o-processing":     lamp("pending confirmed processing~"),
		"o-shipped":        lamp("pending confirmed processing~ shipped"),
		"o-created":        lamp("pending"),
		"o-approved":       lamp("pending confirmed"),
		"o-no-approval":    lamp("pending confirmed~ processing~ shipped delivered; time_missing 0 0"),
		"o-overpaid":       lamp(walk + "; paid_differs 2500 2550"),
		"o-unpaid":         lamp(walk + "; paid_differs 2500 0"),
		"o-twice":          lamp(walk),
		"o-after-quote":    lamp(walk),
	}
	got := importInto(t, newMemorySink(), messDir)
	for id := range maps.Keys(got.sink.checkouts) {
		if _, expected := want[id]; !expected {
			t.Errorf("%s is imported", id)
		}
	}
	for id, text := range want {
		if written := written(got.sink.checkouts[id]); written != text {
			t.Errorf("%s:\n got %s\nwant %s", id, written, text)
		}
	}
}

// lamp is the order that most of the fixture's orders are.
func lamp(rest string) string {
	return "seller-anna-0001: 1 prod-lamp-001 at 2000 + 500; " + rest
}

func written(c shop.ImportCheckout) string {
	var orders []string
	for _, o := range c.Orders {
		var lines, events []string
		for _, l := range o.Lines {
			lines = append(lines, fmt.Sprintf("%d %s at %d", l.Quantity, l.SKUCode, l.UnitPriceMinor))
		}
		for _, e := range o.Events {
			step := string(e.To)
			if e.TimeUnknown {
				step += "~"
			}
			events = append(events, step)
		}
		orders = append(orders, fmt.Sprintf("%s: %s + %d; %s",
			o.MerchantRef, strings.Join(lines, ", "), o.ShippingMinor, strings.Join(events, " ")))
	}
	text := strings.Join(orders, " | ")
	for _, e := range c.Exceptions {
		text += fmt.Sprintf("; %s %d %d", e.Kind, e.ExpectedMinor, e.ActualMinor)
	}
	return text
}

func TestMessPayments(t *testing.T) {
	t.Parallel()
	// Each payment as sequence, method, installments, status and shares; ~ marks an unknown time.
	want := map[string]string{
		"o-plain": "1 credit_card x3 captured [3871]",
		// The orders ask for 1000 and 2001: each gets exactly that.
		"o-two":            "1 voucher x1 captured [334 667], 2 credit_card x1 captured [666 1334]",
		"o-none":           "1 credit_card x1 captured [7700]",
		"o-never-approved": "1 boleto x1 cancelled [2500]",
		"o-created":        "1 boleto x1 pending [2500]",
		"o-no-approval":    "1 credit_card x1 captured~ [2500]",
		"o-overpaid":       "1 credit_card x0 captured [2550], 2 voucher x1 captured [0]",
		"o-unpaid":         "",
	}
	got := importInto(t, newMemorySink(), messDir)
	for id, text := range want {
		var payments []string
		for _, p := range got.sink.checkouts[id].Payments {
			status := string(p.Status)
			if p.TimeUnknown {
				status += "~"
			}
			payments = append(payments, fmt.Sprintf("%d %s x%d %s %v", p.Sequence, p.Method, p.Installments, status, p.Shares))
			if ref := fmt.Sprintf("%s/%d", id, p.Sequence); p.ExternalID != ref || p.ProviderRef != ref || p.Provider != "olist" {
				t.Errorf("%s: payment is %s %s %s, want olist %s", id, p.Provider, p.ExternalID, p.ProviderRef, ref)
			}
		}
		if written := strings.Join(payments, ", "); written != text {
			t.Errorf("%s: got %s, want %s", id, written, text)
		}
	}
}

func TestMessTimes(t *testing.T) {
	t.Parallel()
	got := importInto(t, newMemorySink(), messDir).sink.checkouts
	at := func(text string) time.Time {
		value, err := time.Parse(time.DateTime, text)
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	purchased, approved, handedOver := at("2017-10-02 10:56:33"), at("2017-10-02 11:07:15"), at("2017-10-04 19:55:00")

	backwards := got["o-backwards"].Orders[0].Events
	equal(t, "confirmed, after it was shipped", backwards[1].At, handedOver)
	equal(t, "shipped, before it was confirmed", backwards[3].At, approved)
	late := got["o-canceled-late"].Orders[0].Events
	equal(t, "processing is as late as its step before", late[2].At, approved)
	equal(t, "cancelled is as late as all that is known", late[3].At, handedOver)
	equal(t, "what no step says", late[3].Data["order_delivered_carrier_date"], "2017-10-04T19:55:00Z")
	equal(t, "paid when approved", got["o-plain"].Payments[0].At, approved)
	equal(t, "paid when placed, for want of an approval", got["o-no-approval"].Payments[0].At, purchased)
	equal(t, "placed", got["o-plain"].PlacedAt, purchased)
	equal(t, "ship by the earliest limit", got["o-merge"].Orders[0].ShipBy, at("2017-10-08 10:00:00"))
	equal(t, "estimate", got["o-plain"].Orders[0].DeliveryEstimateAt, at("2017-10-18 00:00:00"))
}

func TestMessCatalog(t *testing.T) {
	t.Parallel()
	sink := importInto(t, newMemorySink(), messDir).sink

	equal(t, "merchants", len(sink.merchants), 4)
	equal(t, "the one for what nobody sold", fmt.Sprint(sink.merchants["unknown-seller"]), fmt.Sprint(shop.ImportMerchant{
		ExternalID: "unknown-seller", Name: "Unknown seller (Olist)", Country: "BR", Placeholder: true,
	}))
	equal(t, "a described one", fmt.Sprint(sink.merchants["seller-bruno-002"]), fmt.Sprint(shop.ImportMerchant{
		ExternalID: "seller-bruno-002", Name: "Seller seller-b (rio de janeiro, centro)",
		City: "rio de janeiro, centro", Region: "RJ", PostalCode: "20031", Country: "BR",
	}))
	equal(t, "one that only items name", sink.merchants["seller-ghost-003"].Name, "Seller seller-g")

	equal(t, "customers", len(sink.customers), 2)
	ana := sink.customers["person-ana-1"]
	equal(t, "a customer", ana.Name+" "+ana.Email, "Customer person-a ")
	first, second := sink.checkouts["o-plain"], sink.checkouts["o-merge"]
	equal(t, "one person", first.CustomerRef, second.CustomerRef)
	equal(t, "her first address", first.Address, shop.Address{City: "sao paulo", Region: "SP", PostalCode: "01409", Country: "BR"})
	equal(t, "her second address", second.Address, shop.Address{City: "florianópolis", Region: "SC", PostalCode: "88010", Country: "BR"})

	lamp := sink.products["prod-lamp-001"]
	equal(t, "name", lamp.Name, "Moveis decoracao prod-lam")
	equal(t, "category", lamp.CategoryRef+" "+sink.categories[lamp.CategoryRef].Name, "moveis_decoracao Moveis decoracao")
	equal(t, "for sale", lamp.Offered, false)
	equal(t, "SKUs", len(lamp.SKUs), 1)
	equal(t, "code", lamp.SKUs[0].Code, "prod-lamp-001")
	equal(t, "weight", lamp.SKUs[0].WeightGrams, 400)
	equal(t, "size", fmt.Sprint(lamp.SKUs[0].Attributes), "map[height_cm:13 length_cm:27]")
	equal(t, "the price last paid", lamp.SKUs[0].Prices[0].Minor, 3150)
	equal(t, "without category", sink.products["prod-chair-02"].Name, "Product prod-cha")
	equal(t, "weight with a point", sink.products["prod-chair-02"].SKUs[0].WeightGrams, 18350)
	shared := sink.products["prod-shared-3"].SKUs
	equal(t, "one SKU per seller", len(shared), 2)
	equal(t, "told apart", shared[1].Variant, "Seller seller-b (rio de janeiro, centro)")
	unsold := sink.products["prod-unsold-5"]
	equal(t, "never sold", unsold.MerchantRef, "unknown-seller")
	equal(t, "capital", sink.categories[unsold.CategoryRef].Name, "Áudio")
	equal(t, "no price is known", len(unsold.SKUs[0].Prices), 0)
}

// TestSecondRunAddsNothing, and a run over corrected files exactly what was refused.
func TestSecondRunAddsNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(messDir)); err != nil {
		t.Fatal(err)
	}
	sink := newMemorySink()
	first := importInto(t, sink, dir)
	again := importInto(t, sink, dir)
	equal(t, "read again", again.report.Read.Checkouts, first.report.Added.Checkouts)
	equal(t, "added again", again.report.Added.Checkouts, 0)
	equal(t, "catalog added again", again.report.CatalogAdded, shop.ImportCatalogCounts{})
	equal(t, "rejected again", again.report.Rejected, first.report.Rejected)

	correct(t, filepath.Join(dir, "olist_order_items_dataset.csv"), `"20,00"`, `20.00`)
	corrected := importInto(t, sink, dir)
	equal(t, "added by the correction", corrected.report.Added.Checkouts, 1)
	equal(t, "its two rows", sink.checkouts["o-bad-item"].Orders[0].Lines[0].Quantity, 2)
	equal(t, "rejects that it saved", first.report.Rejected-corrected.report.Rejected, 4)
}

// TestBasketBeyondTheLimits is refused with its rows and stops nothing else.
func TestBasketBeyondTheLimits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(messDir)); err != nil {
		t.Fatal(err)
	}
	var items strings.Builder
	for i := range shop.ImportOrderLimit + 1 {
		fmt.Fprintf(&items, "o-plain,%d,prod-lamp-001,seller-%d,,1.00,0.00\n", i+2, i)
	}
	path := filepath.Join(dir, "olist_order_items_dataset.csv")
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(items.String()); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	clean := importInto(t, newMemorySink(), messDir)
	got := importInto(t, newMemorySink(), dir)
	equal(t, "checkouts without the big one", got.report.Read.Checkouts, clean.report.Read.Checkouts-1)
	equal(t, "its order, payment and items", got.report.Rejected-clean.report.Rejected, shop.ImportOrderLimit+1+3)
}

func correct(t *testing.T, path, wrong, right string) {
	t.Helper()
	if err := replaceIn(path, wrong, right); err != nil {
		t.Fatal(err)
	}
}

func replaceIn(path, old, with string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !strings.Contains(string(text), old) {
		return fmt.Errorf("%s does not hold %q", path, old)
	}
	return os.WriteFile(path, []byte(strings.Replace(string(text), old, with, 1)), 0o600)
}

func TestOpenNamesAllThatIsMissing(t *testing.T) {
	t.Parallel()
	const orders, items = "olist_orders_dataset.csv", "olist_order_items_dataset.csv"
	tests := []struct {
		name  string
		spoil func(dir string) error
		want  []string
	}{
		{"a file", func(dir string) error {
			return os.Remove(filepath.Join(dir, "olist_sellers_dataset.csv"))
		}, []string{"olist_sellers_dataset.csv: the file is missing"}},
		{"columns of two files", func(dir string) error {
			return errors.Join(
				replaceIn(filepath.Join(dir, orders), "order_status", "state"),
				replaceIn(filepath.Join(dir, items), "price,freight_value", "cost,cost_of_freight"))
		}, []string{
			orders + ": the file lacks the column order_status",
			items + ": the file lacks the columns price, freight_value",
		}},
		{"a clear header", func(dir string) error {
			return replaceIn(filepath.Join(dir, orders), "order_status", "order_id")
		}, []string{orders + `: the column "order_id" is there twice`}},
		{"a readable header", func(dir string) error {
			return replaceIn(filepath.Join(dir, orders), "order_status", "order\x00status")
		}, []string{orders + ": the header cannot be read: the line holds a NUL byte"}},
		{"content", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, orders), nil, 0o600)
		}, []string{orders + ": the file is empty"}},
		{"the folder", os.RemoveAll, []string{"There is no folder "}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "data")
			if err := os.CopyFS(dir, os.DirFS(messDir)); err != nil {
				t.Fatal(err)
			}
			if err := test.spoil(dir); err != nil {
				t.Fatal(err)
			}
			_, err := olist.Open(dir, now)
			var refused *shop.Error
			if !errors.As(err, &refused) || refused.Code != shop.CodeInvalid {
				t.Fatalf("got %v, want an invalid data set", err)
			}
			for _, part := range test.want {
				if !strings.Contains(refused.Message, part) {
					t.Errorf("got %q, want it to say %q", refused.Message, part)
				}
			}
			if n := strings.Count(refused.Message, ".csv:"); n != strings.Count(strings.Join(test.want, ""), ".csv:") {
				t.Errorf("%q names %d files", refused.Message, n)
			}
		})
	}
}
