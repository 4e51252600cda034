package db_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

var (
	ada  = shop.ImportActor{Kind: shop.ActorCustomer, Name: "Ada"}
	joan = shop.ImportActor{Kind: shop.ActorStaff, Email: "joan@example.com", Name: "Joan"}
	home = shop.Address{Name: "Ada", Line1: "1 Main St", City: "Oakland", Region: "CA", PostalCode: "94601", Country: "US", IsDefault: true}
)

// shelves is a catalog with stock, prices that changed, and people.
func shelves() shop.ImportCatalog {
	return shop.ImportCatalog{
		Merchants: []shop.ImportMerchant{{
			ExternalID: "m", Name: "Shop", Country: "US",
			Terms:         &shop.ImportTerms{TimeZone: "America/Chicago", CutoffMinute: 600, HandlingDays: 2, TaxIncluded: true},
			Locations:     []shop.ImportLocation{{Code: "A", Name: "First", Priority: 1}, {Code: "B", Name: "Second", Priority: 2}},
			ShippingRates: []shop.ShippingRate{{Country: "US", Currency: "USD", FromSubtotalMinor: 5000, PriceMinor: 0}},
		}},
		Customers:  []shop.ImportCustomer{{ExternalID: "c", Name: "Ada", Email: "ada@example.com", Since: on(1), Addresses: []shop.Address{home}}},
		Categories: []shop.ImportCategory{{ExternalID: "top", Name: "Top"}, {ExternalID: "sub", ParentRef: "top", Name: "Sub"}},
		Products: []shop.ImportProduct{{
			ExternalID: "p", MerchantRef: "m", CategoryRef: "sub", Name: "Thing", Description: "A thing.", Offered: true,
			SKUs: []shop.ImportSKU{{
				ExternalID: "s", MerchantRef: "m", Code: "T-1", TaxCategory: "food",
				Prices: []shop.ImportPrice{{Currency: "USD", Minor: 900, From: on(1), Until: on(10)}, {Currency: "USD", Minor: 1000, From: on(10)}},
				Stock: []shop.ImportStock{
					{Location: "A", Bin: "A-1", Receipts: []shop.ImportReceipt{{At: on(1), Units: 10, Reason: "opening stock"}, {At: on(2), Units: 5}}},
					{Location: "B", Receipts: []shop.ImportReceipt{{At: on(1), Units: 4}}},
				},
			}},
		}},
		TaxRates: []shop.ImportTaxRate{{TaxRate: shop.TaxRate{Country: "US", Region: "CA", Category: "food", RatePPM: 10000}, Name: "Food"}},
		Users:    []shop.ImportUser{{Email: joan.Email, Name: joan.Name, Role: shop.RoleMerchant, PasswordHash: "hash", MerchantRef: "m"}},
	}
}

// told is a checkout of three units, two from A and one from B, in the state that the rest says.
func told(id string, tell func(*shop.ImportOrder)) shop.ImportCheckout {
	o := shop.ImportOrder{
		ExternalID: id + "/m", MerchantRef: "m",
		Lines:  []shop.ImportLine{{ExternalID: id + "/1", SKURef: "s", SKUCode: "T-1", Name: "Thing", Quantity: 3, UnitPriceMinor: 900}},
		Holds:  []shop.ImportHold{{Line: 1, Location: "A", Quantity: 2}, {Line: 1, Location: "B", Quantity: 1}},
		Events: []shop.ImportEvent{{To: shop.StatusPending, At: on(3), By: ada}},
	}
	tell(&o)
	return shop.ImportCheckout{
		ExternalID: id, CustomerRef: "c", Address: home, PlacedAt: on(3), ExpiresAt: on(4), Currency: "USD", Native: true, Orders: []shop.ImportOrder{o},
	}
}

func nativeWorld(t *testing.T, batch ...shop.ImportCheckout) *factory.World {
	t.Helper()
	w := factory.New(t)
	if err := w.Store.CoverMonth(t.Context(), on(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.RegisterCatalog(t.Context(), "past", shelves()); err != nil {
		t.Fatal(err)
	}
	if len(batch) > 0 {
		if err := w.Store.ImportCheckouts(t.Context(), "past", batch); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func TestImportRegistersAShop(t *testing.T) {
	t.Parallel()
	w := nativeWorld(t)
	if _, err := w.Store.RegisterCatalog(t.Context(), "past", shelves()); err != nil { // again: nothing is doubled
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		`SELECT concat_ws(' ', time_zone, cutoff_minute, handling_days, prices_include_tax) FROM merchants`:                                                                                     "America/Chicago 600 2 t",
		`SELECT string_agg(concat_ws(' ', code, name, priority), ', ' ORDER BY id) FROM locations`:                                                                                              "A First 1, B Second 2",
		`SELECT concat_ws(' ', country, currency, from_subtotal_minor, price_minor) FROM shipping_rates`:                                                                                        "US USD 5000 0",
		`SELECT concat_ws(' ', country, region, tax_category, name, rate_ppm) FROM tax_rates`:                                                                                                   "US CA food Food 10000",
		`SELECT string_agg(concat_ws(' ', c.slug, p.slug), ', ' ORDER BY c.id) FROM categories c LEFT JOIN categories p ON p.id = c.parent_id`:                                                  "top, sub top",
		`SELECT concat_ws(' ', p.slug, p.status, p.description, c.slug, s.status, s.tax_category) FROM products p JOIN categories c ON c.id = p.category_id JOIN skus s ON s.product_id = p.id`: "thing active A thing. sub active food",
		`SELECT string_agg(concat_ws(' ', price_minor, valid_from::date, valid_until::date), ', ' ORDER BY id) FROM sku_prices`:                                                                 "900 2017-03-01 2017-03-10, 1000 2017-03-10",
		`SELECT string_agg(concat_ws(' ', o.code, l.on_hand, l.reserved, l.bin), ', ' ORDER BY o.id) FROM stock_levels l JOIN locations o ON o.id = l.location_id`:                              "A 15 0 A-1, B 4 0 ",
		`SELECT string_agg(concat_ws(' ', kind, on_hand_delta, reason, created_at::date, id_at(created_at) <= id), ', ' ORDER BY on_hand_delta) FROM inventory_transactions`:                    "receipt 4  2017-03-01 t, receipt 5  2017-03-02 t, receipt 10 opening stock 2017-03-01 t",
		`SELECT concat_ws(' ', email, role, password_hash, merchant_id IS NOT NULL) FROM users`:                                                                                                 "joan@example.com merchant hash t",
		`SELECT concat_ws(' ', email, created_at::date) FROM customers`:                                                                                                                         "ada@example.com 2017-03-01",
		`SELECT string_agg(concat_ws(' ', line1, is_default, is_snapshot, snapshot_id IS NOT NULL), ', ' ORDER BY id) FROM addresses`:                                                           "1 Main St f t f, 1 Main St t f t",
	} {
		if got := w.Text(query); got != want {
			t.Errorf("%s:\n got %s\nwant %s", query, got, want)
		}
	}
	if broken := verify(t, w); broken != nil {
		t.Errorf("broken: %v", broken)
	}
}

// sentInTwo is paid, refunded in part, and sent in two parcels, of which one has not arrived.
func sentInTwo() shop.ImportCheckout {
	c := told("sent", func(o *shop.ImportOrder) {
		o.Events = append(o.Events,
			shop.ImportEvent{Kind: shop.EventPayment, At: on(3), By: ada, Data: map[string]string{shop.DataOutcome: "captured"}},
			shop.ImportEvent{To: shop.StatusConfirmed, At: on(3), By: ada},
			shop.ImportEvent{To: shop.StatusProcessing, At: on(4), By: joan},
			shop.ImportEvent{To: shop.StatusShipped, At: on(5), By: joan},
			shop.ImportEvent{Kind: shop.EventNote, At: on(6), By: joan, Visibility: shop.VisibilityStaff, Data: map[string]string{shop.DataText: "called"}},
		)
		o.Holds[0].Shipped, o.Holds[0].ClosedAt, o.Holds[0].ClosedBy = true, on(5), joan
		o.Holds[1].Shipped, o.Holds[1].ClosedAt, o.Holds[1].ClosedBy = true, on(5), joan
		parcel := shop.ImportParcel{
			Status: shop.FulfillmentShipped, ShipBy: on(6), CreatedAt: on(3), StatusAt: on(5), PackedAt: on(4), ShippedAt: on(5),
			Holder: joan.Email, HeldSince: on(4), Carrier: "DHL", TrackingNumber: "JJD1",
		}
		first, second := parcel, parcel
		first.Location, first.Items = "A", []shop.ImportParcelItem{{Line: 1, Quantity: 2, Picked: 2}}
		second.Location, second.Items = "B", []shop.ImportParcelItem{{Line: 1, Quantity: 1, Picked: 1}}
		second.Status, second.DeliveredAt = shop.FulfillmentDelivered, on(7)
		o.Parcels = []shop.ImportParcel{first, second}
	})
	c.Payments = []shop.ImportPayment{
		{ExternalID: "no", Provider: "simulated", ProviderRef: "r0", ChargeKey: "k0", AmountMinor: 2700, Status: shop.PaymentFailed, Failure: "declined", At: on(3), Shares: []int64{2700}},
		{
			ExternalID: "yes", Provider: "simulated", ProviderRef: "r1", ChargeKey: "k1", Method: "card", CardLast4: "4242", Installments: 1,
			AmountMinor: 2700, Status: shop.PaymentCaptured, At: on(3), Shares: []int64{2700},
			Refunds: []shop.ImportRefund{{Order: 0, AmountMinor: 900, Reason: "broken", Key: "k2", ProviderRef: "r2", At: on(8)}},
		},
	}
	return c
}

func TestImportTellsAShopsOwnPast(t *testing.T) {
	t.Parallel()
	waiting := told("waiting", func(*shop.ImportOrder) {})
	waiting.Payments = []shop.ImportPayment{{ExternalID: "w", AmountMinor: 2700, Status: shop.PaymentPending, At: on(3), Shares: []int64{2700}}}
	expired := told("expired", func(o *shop.ImportOrder) {
		o.Events = append(o.Events, shop.ImportEvent{To: shop.StatusCancelled, At: on(4), By: shop.ImportActor{Kind: shop.ActorSystem}, Note: "not paid in time"})
		for i := range o.Holds {
			o.Holds[i].ClosedAt, o.Holds[i].ClosedBy = on(4), shop.ImportActor{Kind: shop.ActorSystem}
		}
	})
	w := nativeWorld(t, sentInTwo(), waiting, expired)
	if broken := verify(t, w); broken != nil {
		t.Errorf("broken: %v", broken)
	}
	const order = `(SELECT id FROM import_refs WHERE kind = 'order' AND external_id = '%s/m')`
	for _, test := range []struct{ order, query, want string }{
		{"sent", `SELECT string_agg(concat_ws(' ', seq, kind, to_status, actor_kind, actor_name, actor_id <> 0, visibility, recorded_at = occurred_at), ', ' ORDER BY seq) FROM order_events WHERE order_id = ` + order,
			"1 placed pending customer Ada t public t, 2 payment customer Ada t public t, 3 status confirmed customer Ada t public t, 4 status processing staff Joan t public t, " +
				"5 status shipped staff Joan t public t, 6 note staff Joan t staff t"},
		{"sent", `SELECT string_agg(concat_ws(' ', f.no, l.code, f.status, f.units, u.name, f.carrier, f.tracking_number, f.packed_at::date, f.shipped_at::date, f.delivered_at::date), ', ' ORDER BY no)
			FROM fulfillments f JOIN locations l ON l.id = f.location_id JOIN users u ON u.id = f.assigned_user_id WHERE order_id = ` + order,
			"1 A shipped 2 Joan DHL JJD1 2017-03-04 2017-03-05, 2 B delivered 1 Joan DHL JJD1 2017-03-04 2017-03-05 2017-03-07"},
		{"sent", `SELECT string_agg(concat_ws(' ', charge_key, provider_ref, status, card_last4, captured_minor, refunded_minor, failure), ', ' ORDER BY charge_key) FROM payments WHERE order_id = ` + order,
			"k0 r0 failed 0 0 declined, k1 r1 captured 4242 2700 900 "},
		{"sent", `SELECT concat_ws(' ', refund_key, provider_ref, status, amount_minor, reason, created_at::date) FROM refunds WHERE order_id = ` + order, "k2 r2 succeeded 900 broken 2017-03-08"},
		{"sent", `SELECT string_agg(concat_ws(' ', status, quantity, closed_at::date), ', ' ORDER BY location_id) FROM reservations WHERE order_id = ` + order, "shipped 2 2017-03-05, shipped 1 2017-03-05"},
		{"sent", `SELECT string_agg(concat_ws(' ', kind, on_hand_delta, reserved_delta, actor_name, created_at::date), ', ' ORDER BY id, kind) FROM inventory_transactions WHERE order_id = ` + order,
			"reservation 0 2 Ada 2017-03-03, reservation 0 1 Ada 2017-03-03, shipment -2 -2 Joan 2017-03-05, shipment -1 -1 Joan 2017-03-05"},
		{"waiting", `SELECT concat_ws(' ', o.status, o.expires_at::date, p.status, p.charge_key, p.provider) FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.id = ` + order, "pending 2017-03-04 pending "},
		{"waiting", `SELECT string_agg(concat_ws(' ', status, closed_at), ', ') FROM reservations WHERE order_id = ` + order, "held, held"},
		{"expired", `SELECT concat_ws(' ', status, cancel_reason, expires_at) FROM orders WHERE id = ` + order, "cancelled not paid in time"},
		{"expired", `SELECT string_agg(DISTINCT status, ', ') FROM reservations WHERE order_id = ` + order, "released"},
		{"sent", `SELECT string_agg(concat_ws(' ', l.code, s.on_hand, s.reserved), ', ' ORDER BY l.id) || ' ' || %[1]q FROM stock_levels s JOIN locations l ON l.id = s.location_id`, "A 13 2, B 3 1 sent"},
		{"sent", `SELECT concat_ws(' ', count(*), sum(is_snapshot::int)) || ' ' || %[1]q FROM addresses`, "2 1 sent"},
	} {
		query := fmt.Sprintf(strings.ReplaceAll(test.query, "%[1]q", "'%[1]s'"), test.order)
		if got := w.Text(query); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", query, got, test.want)
		}
	}
}

func TestImportRefusesPlacesAndPeopleThatAreNot(t *testing.T) {
	t.Parallel()
	w := nativeWorld(t)
	for want, spoil := range map[string]func(*shop.ImportOrder){
		`no location "Z"`: func(o *shop.ImportOrder) { o.Holds[0].Location = "Z" },
		`no user "nobody@example.com"`: func(o *shop.ImportOrder) {
			o.Events[0].By = shop.ImportActor{Kind: shop.ActorStaff, Email: "nobody@example.com"}
		},
		`no user "anybody@example.com"`: func(o *shop.ImportOrder) {
			o.Parcels = []shop.ImportParcel{{Holder: "anybody@example.com", HeldSince: time.Now()}}
		},
	} {
		err := w.Store.ImportCheckouts(t.Context(), "past", []shop.ImportCheckout{told("bad", spoil)})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	bad := shelves()
	bad.Products[0].ExternalID, bad.Products[0].SKUs[0].ExternalID, bad.Products[0].SKUs[0].Code = "q", "r", "T-2"
	bad.Products[0].SKUs[0].Stock[0].Location = "Z"
	if _, err := w.Store.RegisterCatalog(t.Context(), "past", bad); err == nil || !strings.Contains(err.Error(), `no location "Z"`) {
		t.Errorf("got %v", err)
	}
	if got := w.Int(`SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM products)`); got != 1 {
		t.Errorf("%d rows, want the one product", got)
	}
}
