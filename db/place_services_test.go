package db_test

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// sending is a shop whose one SKU weighs 800 g and can be sent with the standard for 5.00 or with Express for 15.00.
type sending struct {
	coded
	merchant, express int64
}

func newSending(t *testing.T, options ...db.Option) sending {
	t.Helper()
	w := factory.New(t, options...)
	merchant, _ := w.Merchant("one")
	s := sending{coded: coded{w, t, w.Placer(), w.SKU(merchant, "A", 5000, 100)}, merchant: merchant}
	w.Exec(`UPDATE skus SET weight_grams = 800`)
	w.Exec(`INSERT INTO shipping_rates (merchant_id, country, currency, price_minor) VALUES ($1, '', 'USD', 500)`, merchant)
	s.express = s.service("Express", 0)
	w.Exec(`INSERT INTO shipping_rates (merchant_id, ship_service_id, country, currency, price_minor) VALUES ($1, $2, 'US', 'USD', 1500)`, merchant, s.express)
	return s
}

func (s sending) service(name string, maxGrams int64) int64 {
	return s.Int(`INSERT INTO ship_services (merchant_id, name, cutoff_minute, handling_days, working_days, max_weight_grams, created_at, updated_at)
		VALUES ($1, $2, 1080, 0, 127, nullif($3::bigint, 0), now(), now()) RETURNING id`, s.merchant, name, maxGrams)
}

func (s sending) order(units int64, services ...int64) (shop.PlacedCheckout, error) {
	s.t.Helper()
	ada, home := s.Int(`SELECT coalesce(min(id), 0) FROM customers`), s.Int(`SELECT coalesce(min(id), 0) FROM addresses WHERE NOT is_snapshot`)
	if ada == 0 {
		ada, home = s.Customer("ada@example.com")
	}
	command := s.Order(ada, home, s.sku)
	command.Items[0].Quantity, command.ShipServiceIDs = units, services
	return s.placer.PlaceCheckout(s.t.Context(), command)
}

func refusedFields(err error) (fields []string) {
	var refused *shop.Error
	if errors.As(err, &refused) && refused.Code == shop.CodeInvalid {
		for _, f := range refused.Fields {
			fields = append(fields, f.Field)
		}
	}
	return fields
}

func TestAnOrderIsSentAsTheBuyerChose(t *testing.T) {
	t.Parallel()
	s := newSending(t)
	for _, c := range []struct {
		services []int64
		shipping int64
		want     string
	}{{nil, 500, "standard"}, {[]int64{s.express}, 1500, "Express"}} {
		placed, err := s.order(1, c.services...)
		if err != nil || placed.Orders[0].ShippingMinor != c.shipping {
			t.Fatalf("%v: %+v, %v", c.services, placed, err)
		}
		got := s.Text(`SELECT coalesce(s.name, 'standard') FROM orders o LEFT JOIN ship_services s ON s.id = o.ship_service_id WHERE o.id = $1`, int64(placed.Orders[0].ID))
		detail, err := s.Store.OrderByID(t.Context(), placed.Orders[0].ID, shop.OrderScope{})
		if err != nil || got != c.want || (detail.ShipService == "") != (c.want == "standard") {
			t.Errorf("%v: sent with %s, the order says %q (%v)", c.services, got, detail.ShipService, err)
		}
	}
	s.verify()
}

// What a merchant renames, promises otherwise or stops offering stays what it was for those who chose it.
func TestAnOrderKeepsWhatItsBuyerChose(t *testing.T) {
	t.Parallel()
	s := newSending(t)
	till := &till{World: s.World, bank: &bank{booked: map[string]shop.Outcome{}, plan: map[string][]deed{}}}
	till.payments = shop.NewPayments(s.Store, slog.New(slog.DiscardHandler), till.bank)
	place := func(services ...int64) shop.OrderID {
		placed, err := s.order(1, services...)
		if err != nil {
			t.Fatal(err)
		}
		return placed.Orders[0].ID
	}
	shipBy := func(id shop.OrderID) string {
		till.pay(till.payFor(id))
		return s.Text(`SELECT ((ship_by_at AT TIME ZONE m.time_zone)::date - (f.created_at AT TIME ZONE m.time_zone)::date)::text
			FROM fulfillments f JOIN merchants m ON m.id = f.merchant_id WHERE order_id = $1`, int64(id))
	}
	s.Exec(`UPDATE merchants SET cutoff_minute = 1439, handling_days = 2, working_days = 127`)
	s.Exec(`UPDATE ship_services SET cutoff_minute = 1439`)
	express, standard := place(s.express), place()
	change := func(service shop.ShipService) {
		service.CutoffMinute, service.WorkingDays = 1439, shop.EveryDay
		if err := s.Store.SetShipService(t.Context(), s.merchant, service, false); err != nil {
			t.Fatal(err)
		}
	}
	change(shop.ShipService{ID: s.express, Name: "Within a week", HandlingDays: 7})
	change(shop.ShipService{ID: s.express, Name: "Some day", HandlingDays: 30})
	change(shop.ShipService{HandlingDays: 20})
	renamed, slower := place(s.express), place()
	if err := s.Store.RetireShipService(t.Context(), s.merchant, s.express); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[shop.OrderID][2]string{express: {"Express", "0"}, standard: {"", "2"}, renamed: {"Some day", "30"}, slower: {"", "20"}} {
		detail, err := s.Store.OrderByID(t.Context(), id, shop.OrderScope{})
		if got := shipBy(id); err != nil || detail.ShipService != want[0] || got != want[1] {
			t.Errorf("chosen %q within %s days, the order says %q within %s (%v)", want[0], want[1], detail.ShipService, got, err)
		}
	}
	s.verify()
}

// Every way in which a service can be no choice is refused by name, and nothing is written.
func TestAServiceThatIsNotOfferedIsRefused(t *testing.T) {
	t.Parallel()
	s := newSending(t)
	other, _ := s.Merchant("two")
	theirs := s.Int(`INSERT INTO ship_services (merchant_id, name, cutoff_minute, handling_days, working_days, created_at, updated_at) VALUES ($1, 'Theirs', 600, 0, 62, now(), now()) RETURNING id`, other)
	s.Exec(`INSERT INTO shipping_rates (merchant_id, ship_service_id, country, currency, price_minor) VALUES ($1, $2, '', 'USD', 1)`, other, theirs)
	light := s.service("Letter", 900)
	s.Exec(`INSERT INTO shipping_rates (merchant_id, ship_service_id, country, currency, price_minor) VALUES ($1, $2, '', 'USD', 100)`, s.merchant, light)
	abroad := s.service("Abroad", 0)
	s.Exec(`INSERT INTO shipping_rates (merchant_id, ship_service_id, country, currency, price_minor) VALUES ($1, $2, 'DE', 'USD', 100)`, s.merchant, abroad)
	unrated := s.service("Unrated", 0)
	for name, c := range map[string]struct {
		units    int64
		services []int64
		field    string
	}{
		"unknown":          {1, []int64{999_999}, "shippingServiceIds[0]"},
		"another seller's": {1, []int64{theirs}, "shippingServiceIds[0]"},
		"too heavy":        {2, []int64{light}, "shippingServiceIds[0]"},
		"not to there":     {1, []int64{abroad}, "shippingServiceIds[0]"},
		"without a rate":   {1, []int64{unrated}, "shippingServiceIds[0]"},
		"two of one":       {1, []int64{s.express, light}, "shippingServiceIds[1]"},
	} {
		if _, err := s.order(c.units, c.services...); len(refusedFields(err)) != 1 || refusedFields(err)[0] != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.order(1, light); err != nil {
		t.Errorf("light enough: %v", err)
	}
	s.Exec(`UPDATE ship_services SET retired_at = now() WHERE id = $1`, s.express)
	if _, err := s.order(1, s.express); len(refusedFields(err)) != 1 {
		t.Errorf("offered no longer: %v", err)
	}
	if n := s.Int(`SELECT count(*) FROM orders`); n != 1 {
		t.Errorf("%d orders, want 1", n)
	}
}

// The total that was agreed to includes the service.
func TestAnotherPriceOfTheServiceIsAskedAbout(t *testing.T) {
	t.Parallel()
	s := newSending(t)
	ada, home := s.Customer("ada@example.com")
	command := s.Order(ada, home, s.sku)
	agreed := int64(5500)
	command.ShipServiceIDs, command.ExpectedTotalMinor = []int64{s.express}, &agreed
	if _, err := s.placer.PlaceCheckout(t.Context(), command); shop.CodeOf(err) != shop.CodeConflict {
		t.Errorf("agreed to the standard's total: %v", err)
	}
	agreed = 6500
	if _, err := s.placer.PlaceCheckout(t.Context(), command); err != nil {
		t.Errorf("agreed to the total: %v", err)
	}
}

// The cart offers what placing accepts, and promises what the queue will hold the merchant to.
func TestACartOffersItsServices(t *testing.T) {
	t.Parallel()
	s := newSending(t, factory.FixedClock(time.Date(2026, 11, 20, 16, 0, 0, 0, time.UTC))) // a Friday
	s.Exec(`UPDATE merchants SET time_zone = 'Europe/Berlin', cutoff_minute = 840, handling_days = 1`)
	s.Exec(`INSERT INTO ship_holidays (merchant_id, day, name) VALUES ($1, '2026-11-23', 'Inventory')`, s.merchant)
	ada, _ := s.Customer("ada@example.com")
	ref := shop.CartRef{CustomerID: ada}
	if _, err := s.Store.AddToCart(t.Context(), ref, shop.CartAdd{SKUID: s.sku, Quantity: 1, Currency: "USD"}); err != nil {
		t.Fatal(err)
	}
	us := shop.Destination{Country: "US", Region: "CA"}
	cart, err := s.Store.Cart(t.Context(), ref, us)
	if err != nil || len(cart.Quote.Orders) != 1 {
		t.Fatal(cart, err)
	}
	got := ""
	for _, o := range cart.Quote.Orders[0].Offers {
		got += o.Name + " " + shop.Amount{Minor: o.PriceMinor, Currency: "USD"}.Decimal() + " " + string(shop.DayOf(o.ShipBy)) + "; "
	}
	// After the cut-off on Friday, Monday off: the standard starts on Tuesday and takes a day; Express works at weekends.
	if want := "Standard 5.00 2026-11-25; Express 15.00 2026-11-20; "; got != want {
		t.Errorf("offers %q, want %q", got, want)
	}
	if err := s.Store.SetCartServices(t.Context(), ref, []int64{s.express}, us); err != nil {
		t.Fatal(err)
	}
	cart, err = s.Store.Cart(t.Context(), ref, us)
	if err != nil || cart.Quote.Orders[0].ShippingMinor != 1500 || len(cart.Services()) != 1 {
		t.Errorf("chosen Express: %+v %v", cart.Quote, err)
	}
	abroad, err := s.Store.Cart(t.Context(), ref, shop.Destination{Country: "DE"})
	if err != nil || abroad.Quote.Orders[0].ShippingMinor != 500 || len(abroad.Quote.RefusedServices) != 1 || abroad.Services() != nil {
		t.Errorf("where Express does not go: %+v %v", abroad.Quote, err)
	}
	err = s.Store.SetCartServices(t.Context(), ref, []int64{s.express}, shop.Destination{Country: "DE"})
	if len(refusedFields(err)) != 1 {
		t.Errorf("chosen where it does not go: %v", err)
	}
}
