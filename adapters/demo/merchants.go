package demo

import (
	"fmt"
	"time"

	"waybill/shop"
)

// merchant is a seller with its people and its ways.
type merchant struct {
	id        int64 // in the price lists
	ref       string
	name      string
	city      string
	region    string
	postal    string
	country   string
	currency  shop.Currency // at home
	prefix    string        // of its SKU codes
	zone      *time.Location
	terms     shop.ImportTerms
	locations []shop.ImportLocation
	pickers   []shop.ImportActor
	home      []string // carriers in its own country
	abroad    []string
	postage   map[shop.Currency][3]int64 // at home, abroad, and the subtotal from which home is free; minor units
}

func staff(email, name string) shop.ImportActor {
	return shop.ImportActor{Kind: shop.ActorStaff, Email: email, Name: name}
}

// The people whom the demo's sign-ins are.
var (
	owner   = staff("merchant@demo.test", "Maya Torres")
	picker  = staff("picker@demo.test", "Noah Kim")
	finance = staff("finance@demo.test", "Priya Nair")
	support = staff("support@demo.test", "Sam Okafor")
	admin   = staff("admin@demo.test", "Robin Lund")
)

// customerEmail signs in as the customer with a rich history.
const customerEmail = "customer@demo.test"

// The merchants by their refs. The first is the one that merchant@ and picker@ work for.
const (
	alder   = "alder"
	hafen   = "hafen"
	kumo    = "kumo"
	thread  = "thread"
	prairie = "prairie"
)

func merchantList() []*merchant {
	return []*merchant{
		{
			ref: alder, name: "Alder & Pine", city: "Portland", region: "OR", postal: "97209", country: "US", currency: "USD", prefix: "AP",
			terms:     shop.ImportTerms{TimeZone: "America/Los_Angeles", CutoffMinute: 14 * 60, HandlingDays: 1},
			locations: []shop.ImportLocation{{Code: "PDX", Name: "Portland warehouse", Priority: 1}, {Code: "PEARL", Name: "Pearl District shop", Priority: 2}},
			pickers:   []shop.ImportActor{owner, picker, staff("june@alder.demo.test", "June Park")},
			home:      []string{"USPS", "UPS", "FedEx"}, abroad: []string{"DHL", "FedEx"},
			postage: map[shop.Currency][3]int64{"USD": {695, 2400, 9900}, "EUR": {650, 2200, 0}, "GBP": {550, 1900, 0}, "JPY": {1000, 3600, 0}},
		},
		{
			ref: hafen, name: "Hafenkontor", city: "Hamburg", postal: "20457", country: "DE", currency: "EUR", prefix: "HK",
			terms:     shop.ImportTerms{TimeZone: "Europe/Berlin", CutoffMinute: 12 * 60, HandlingDays: 1, TaxIncluded: true},
			locations: []shop.ImportLocation{{Code: "HH", Name: "Lager Hamburg", Priority: 1}},
			pickers:   []shop.ImportActor{staff("lena@hafen.demo.test", "Lena Vogt"), staff("jonas@hafen.demo.test", "Jonas Petersen")},
			home:      []string{"DHL", "DPD", "GLS"}, abroad: []string{"DHL"},
			postage: map[shop.Currency][3]int64{"EUR": {490, 1290, 5000}, "USD": {590, 1490, 6000}, "GBP": {450, 1190, 0}, "JPY": {800, 2200, 0}},
		},
		{
			ref: kumo, name: "Kumo Stationery", city: "Kyoto", postal: "604-8005", country: "JP", currency: "JPY", prefix: "KS",
			terms:     shop.ImportTerms{TimeZone: "Asia/Tokyo", CutoffMinute: 13 * 60, HandlingDays: 2, TaxIncluded: true},
			locations: []shop.ImportLocation{{Code: "KYO", Name: "Kyoto studio", Priority: 1}},
			pickers:   []shop.ImportActor{staff("aiko@kumo.demo.test", "Aiko Tanaka"), staff("ren@kumo.demo.test", "Ren Mori")},
			home:      []string{"DHL", "FedEx"}, abroad: []string{"DHL", "FedEx"},
			postage: map[shop.Currency][3]int64{"JPY": {600, 2500, 8000}, "USD": {500, 1800, 0}, "EUR": {480, 1700, 0}, "GBP": {420, 1500, 0}},
		},
		{
			ref: thread, name: "Thames & Thread", city: "London", postal: "E2 7DJ", country: "GB", currency: "GBP", prefix: "TT",
			terms:     shop.ImportTerms{TimeZone: "Europe/London", CutoffMinute: 15 * 60, HandlingDays: 1, TaxIncluded: true},
			locations: []shop.ImportLocation{{Code: "LDN", Name: "Bethnal Green", Priority: 1}},
			pickers:   []shop.ImportActor{staff("imogen@thread.demo.test", "Imogen Hale"), staff("tom@thread.demo.test", "Tom Ashworth")},
			home:      []string{"Royal Mail", "DPD"}, abroad: []string{"DHL", "UPS"},
			postage: map[shop.Currency][3]int64{"GBP": {395, 1450, 10000}, "USD": {495, 1900, 0}, "EUR": {450, 1700, 0}, "JPY": {800, 2800, 0}},
		},
		{
			ref: prairie, name: "Prairie Audio", city: "Chicago", region: "IL", postal: "60607", country: "US", currency: "USD", prefix: "PA",
			terms:     shop.ImportTerms{TimeZone: "America/Chicago", CutoffMinute: 16 * 60, HandlingDays: 0},
			locations: []shop.ImportLocation{{Code: "CHI", Name: "Fulton Market", Priority: 1}, {Code: "MSP", Name: "Minneapolis overflow", Priority: 2}},
			pickers:   []shop.ImportActor{staff("diego@prairie.demo.test", "Diego Ruiz"), staff("hannah@prairie.demo.test", "Hannah Berg")},
			home:      []string{"UPS", "FedEx"}, abroad: []string{"DHL", "UPS"},
			postage: map[shop.Currency][3]int64{"USD": {995, 3900, 15000}, "EUR": {950, 3600, 0}, "GBP": {850, 3100, 0}, "JPY": {1500, 5800, 0}},
		},
	}
}

func (w *World) openMerchants() error {
	w.merchants = merchantList()
	for i, m := range w.merchants {
		zone, err := time.LoadLocation(m.terms.TimeZone)
		if err != nil {
			return fmt.Errorf("the demo's merchant %s: %w", m.name, err)
		}
		m.id, m.zone = int64(i+1), zone
	}
	return nil
}

func (w *World) merchant(ref string) *merchant {
	for _, m := range w.merchants {
		if m.ref == ref {
			return m
		}
	}
	return nil
}

func (m *merchant) entry() shop.ImportMerchant {
	return shop.ImportMerchant{
		ExternalID: m.ref, Name: m.name, City: m.city, Region: m.region, PostalCode: m.postal, Country: m.country,
		Terms: &m.terms, Locations: m.locations, ShippingRates: m.shippingRates(),
	}
}

// heavyGrams is from which weight on a parcel of the demo costs twice as much to send, whatever is in it.
const heavyGrams = 8_000

func (m *merchant) shippingRates() []shop.ShippingRate {
	var rates []shop.ShippingRate
	for _, currency := range currencies {
		p := m.postage[currency]
		rates = append(rates,
			shop.ShippingRate{MerchantID: m.id, Country: m.country, Currency: currency, PriceMinor: p[0]},
			shop.ShippingRate{MerchantID: m.id, Currency: currency, PriceMinor: p[1]})
		rates = append(rates, shop.ShippingRate{MerchantID: m.id, Country: m.country, Currency: currency, FromWeightGrams: heavyGrams, PriceMinor: 2 * p[0]})
		if p[2] > 0 {
			rates = append(rates, shop.ShippingRate{MerchantID: m.id, Country: m.country, Currency: currency, FromSubtotalMinor: p[2]})
		}
	}
	return rates
}

func (m *merchant) policy() shop.ShipPolicy {
	return shop.ShipPolicy{CutoffMinute: m.terms.CutoffMinute, HandlingDays: m.terms.HandlingDays, Zone: m.zone}
}

// accounts are the demo's sign-ins, and the people whom the orders name.
func (w *World) accounts() []shop.ImportUser {
	account := func(who shop.ImportActor, role shop.Role, merchantRef, customerRef string) shop.ImportUser {
		return shop.ImportUser{Email: who.Email, Name: who.Name, Role: role, PasswordHash: w.passwordHash, MerchantRef: merchantRef, CustomerRef: customerRef}
	}
	var all []shop.ImportUser
	for _, m := range w.merchants {
		for _, who := range m.pickers {
			all = append(all, account(who, shop.RoleMerchant, m.ref, ""))
		}
	}
	buyer := w.people[0]
	return append(all,
		account(finance, shop.RoleFinance, "", ""), account(support, shop.RoleSupport, "", ""), account(admin, shop.RoleAdmin, "", ""),
		account(shop.ImportActor{Email: buyer.email, Name: buyer.name}, shop.RoleCustomer, "", buyer.ref))
}

// taxRates are roughly those of the places where the demo's people live. They are good enough to look right and for nothing else.
func taxRates() []shop.ImportTaxRate {
	var rates []shop.ImportTaxRate
	for _, r := range []struct {
		country, region, name string
		standard, food, books int64 // percent times 1000
	}{
		{"US", "CA", "California sales tax", 7250, 0, 7250}, {"US", "NY", "New York sales tax", 8875, 0, 8875},
		{"US", "WA", "Washington sales tax", 10250, 0, 10250}, {"US", "IL", "Illinois sales tax", 10250, 2250, 10250},
		{"US", "TX", "Texas sales tax", 8250, 0, 8250}, {"US", "CO", "Colorado sales tax", 8810, 0, 8810}, {"US", "MA", "Massachusetts sales tax", 6250, 0, 6250},
		{"DE", "", "Umsatzsteuer", 19000, 7000, 7000}, {"AT", "", "Umsatzsteuer", 20000, 10000, 10000}, {"FR", "", "TVA", 20000, 5500, 5500},
		{"NL", "", "BTW", 21000, 9000, 9000}, {"GB", "", "VAT", 20000, 0, 0}, {"JP", "", "消費税", 10000, 8000, 10000},
	} {
		for _, of := range []struct {
			category string
			percent  int64
		}{{"standard", r.standard}, {"food", r.food}, {"books", r.books}} {
			rates = append(rates, shop.ImportTaxRate{
				TaxRate: shop.TaxRate{Country: r.country, Region: r.region, Category: of.category, RatePPM: of.percent * 10}, Name: r.name,
			})
		}
	}
	return rates
}
