package demo

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"waybill/shop"
)

//go:embed goods.csv
var goodsFile string

// currencies are those that every SKU has a price in.
var currencies = []shop.Currency{"USD", "EUR", "GBP", "JPY"}

// perDollar is what a dollar costs in the price lists, times 1000. Prices are then rounded to what looks like one.
var perDollar = map[shop.Currency]int64{"USD": 1000, "EUR": 920, "GBP": 800, "JPY": 150_000}

// categories is the tree, by the last words of its branches.
var categories = []struct {
	name     string
	children []string
}{
	{"Outdoor", []string{"Tents & Tarps", "Sleeping", "Packs", "Cook & Drink", "Lighting", "Tools"}},
	{"Clothing", []string{"Knitwear", "Shirts", "Trousers", "Outerwear", "Trail Clothing", "Accessories", "Care"}},
	{"Kitchen", []string{"Coffee", "Tea", "Brewing", "Tableware", "Pantry"}},
	{"Stationery", []string{"Notebooks", "Pens", "Ink", "Paper", "Desk"}},
	{"Audio", []string{"Headphones", "Speakers", "Vinyl", "Amplifiers", "Cables & Stands"}},
}

func categoryEntries() []shop.ImportCategory {
	var entries []shop.ImportCategory
	for _, top := range categories {
		entries = append(entries, shop.ImportCategory{ExternalID: top.name, Name: top.name})
		for _, name := range top.children {
			entries = append(entries, shop.ImportCategory{ExternalID: name, ParentRef: top.name, Name: name})
		}
	}
	return entries
}

// product is a row of goods.csv.
type product struct {
	id          int64
	ref         string
	merchant    *merchant
	category    string
	name        string
	description string
	skus        []*sku
}

// sku is one variant of a product.
type sku struct {
	id        int64
	code      string
	product   *product
	variant   string
	grams     int64
	tax       string
	cents     int64 // in dollars, of today
	wasCents  int64 // before the last price list
	locations []string
	wanted    int // how often it is bought, beside others
	scarce    bool
}

func (s *sku) ref() string { return "sku-" + s.code }

// lineName is what a line of it is called, as orders placed in the shop call it.
func (s *sku) lineName() string {
	if s.variant == "" {
		return s.product.name
	}
	return s.product.name + " · " + s.variant
}

// fillShelves reads the goods. What is decided by dice is what no file knows: how popular a thing is, where it lies, and
// whether its price was changed.
func (w *World) fillShelves(dice *rand.Rand) error {
	rows, err := csv.NewReader(strings.NewReader(goodsFile)).ReadAll()
	if err != nil {
		return fmt.Errorf("the demo's goods: %w", err)
	}
	for i, row := range rows[1:] {
		p := &product{id: int64(i + 1), merchant: w.merchant(row[0]), category: row[1], name: row[2], description: row[7]}
		if p.merchant == nil {
			return fmt.Errorf("the demo's goods: nobody sells %s", p.name)
		}
		p.ref = "product-" + shop.Slug(p.name, 60)
		price, err := shop.ParseAmount(row[3], "USD")
		if err != nil {
			return fmt.Errorf("the demo's goods: price of %s: %w", p.name, err)
		}
		grams, err := strconv.ParseInt(row[4], 10, 64)
		if err != nil {
			return fmt.Errorf("the demo's goods: weight of %s: %w", p.name, err)
		}
		was := price.Minor
		if dice.IntN(3) == 0 {
			was -= was / 100 * int64(4+dice.IntN(5))
		}
		wanted := 1 + int(60/(1+price.Minor/1500)) + dice.IntN(20)
		for v, variant := range variants(row[5]) {
			s := &sku{
				id: int64(len(w.skus) + 1), code: fmt.Sprintf("%s-%d%02d", p.merchant.prefix, 100+i, v+1), product: p, variant: variant,
				grams: grams, tax: row[6], cents: price.Minor, wasCents: was, wanted: 1 + wanted/(1+v), scarce: dice.IntN(14) == 0,
			}
			s.locations = []string{p.merchant.locations[0].Code}
			if len(p.merchant.locations) > 1 && dice.IntN(2) == 0 {
				s.locations = append(s.locations, p.merchant.locations[1].Code)
			}
			p.skus = append(p.skus, s)
			w.skus = append(w.skus, s)
		}
		w.products = append(w.products, p)
	}
	return nil
}

// variants crosses "Moss / Slate x S / M" to "Moss / S", "Moss / M" and so on. A product without any has one unnamed SKU.
func variants(text string) []string {
	if text == "" {
		return []string{""}
	}
	colours, sizes, crossed := strings.Cut(text, " x ")
	var all []string
	for colour := range strings.SplitSeq(colours, " / ") {
		if !crossed {
			all = append(all, colour)
			continue
		}
		for size := range strings.SplitSeq(sizes, " / ") {
			all = append(all, colour+" / "+size)
		}
	}
	return all
}

// price is what cents of a dollar price are in a currency: the same in dollars, elsewhere a round figure.
func price(cents int64, currency shop.Currency) int64 {
	switch currency {
	case "USD":
		return cents
	case "JPY":
		return (cents*perDollar[currency]/100_000 + 50) / 100 * 100
	default:
		return max((cents*perDollar[currency]/1000+25)/50*50, 50)
	}
}

// listDays is how long before now the present price list came.
const listDays = 150

func (w *World) listChange() time.Time {
	return w.now.AddDate(0, 0, -listDays).Truncate(24 * time.Hour)
}

// priceList is the shop's catalog at a time, with its taxes and postage, so that the past was priced as the present is.
type priceList struct {
	until   time.Time // zero: now
	catalog shop.Catalog
}

func (w *World) printPriceLists() {
	w.lists = []priceList{{until: w.listChange()}, {}}
	for i := range w.lists {
		c := &w.lists[i].catalog
		for _, rate := range taxRates() {
			c.TaxRates = append(c.TaxRates, rate.TaxRate)
		}
		for _, m := range w.merchants {
			c.ShippingRates = append(c.ShippingRates, m.shippingRates()...)
		}
		for _, s := range w.skus {
			cents := s.cents
			if i == 0 {
				cents = s.wasCents
			}
			for _, currency := range currencies {
				c.AddPrice(shop.CatalogSKU{
					ID: s.id, ProductID: s.product.id, MerchantID: s.product.merchant.id, Code: s.code, Name: s.lineName(), WeightGrams: s.grams, TaxCategory: s.tax,
					Sellable: true, TaxInclusive: s.product.merchant.terms.TaxIncluded,
				}, currency, price(cents, currency))
			}
		}
	}
}

// catalogAt is the price list of a time.
func (w *World) catalogAt(at time.Time) *shop.Catalog {
	for i := range w.lists {
		if at.Before(w.lists[i].until) {
			return &w.lists[i].catalog
		}
	}
	return &w.lists[len(w.lists)-1].catalog
}

func (w *World) productEntry(p *product) shop.ImportProduct {
	entry := shop.ImportProduct{
		ExternalID: p.ref, MerchantRef: p.merchant.ref, CategoryRef: p.category, Name: p.name, Description: p.description, Offered: true,
	}
	for _, s := range p.skus {
		one := shop.ImportSKU{
			ExternalID: s.ref(), MerchantRef: p.merchant.ref, Code: s.code, Variant: s.variant, WeightGrams: s.grams, TaxCategory: s.tax, Barcode: barcode(s),
			Attributes: attributes(s.variant), Stock: w.stockEntry(s),
		}
		for _, currency := range currencies {
			one.Prices = append(one.Prices, w.prices(s, currency)...)
		}
		entry.SKUs = append(entry.SKUs, one)
	}
	return entry
}

// prices are the history of a SKU's price in a currency; one that was never changed has one entry.
func (w *World) prices(s *sku, currency shop.Currency) []shop.ImportPrice {
	opening := w.opening()
	now, was := price(s.cents, currency), price(s.wasCents, currency)
	history := []shop.ImportPrice{{Currency: currency, Minor: now, From: opening}}
	if now != was {
		history = []shop.ImportPrice{
			{Currency: currency, Minor: was, From: opening, Until: w.listChange()},
			{Currency: currency, Minor: now, From: w.listChange()},
		}
	}
	if s.product.id%saleEvery != 0 {
		return history
	}
	begin := w.now.AddDate(0, 0, saleIn).Truncate(24 * time.Hour)
	end := begin.AddDate(0, 0, saleDays)
	history[len(history)-1].Until = begin
	return append(history,
		shop.ImportPrice{Currency: currency, Minor: price(s.cents*saleShare/100, currency), From: begin, Until: end},
		shop.ImportPrice{Currency: currency, Minor: now, From: end})
}

// Every fifth product is on sale soon, for a while, at so many percent of its price.
const (
	saleEvery = 5
	saleIn    = 10
	saleDays  = 14
	saleShare = 85
)

// attributes are those of a variant that goods.csv crosses, colour by size.
func attributes(variant string) map[string]string {
	colour, size, crossed := strings.Cut(variant, " / ")
	if !crossed {
		return nil
	}
	return map[string]string{"Colour": colour, "Size": size}
}

// opening is when the shop opened: before its first order.
func (w *World) opening() time.Time { return w.now.AddDate(0, 0, -pastDays-7).Truncate(24 * time.Hour) }

// barcode is what is printed on a SKU: in America a UPC, else an EAN, of a prefix that GS1 keeps for use within a company.
func barcode(s *sku) shop.Barcode {
	digits := fmt.Sprintf("29%010d", 7_400_000+s.id*13)
	if s.product.merchant.country == "US" {
		digits = digits[:1] + digits[2:]
	}
	code, err := shop.WithCheckDigit(digits)
	if err != nil {
		panic(err) // the digits are made above
	}
	return code
}
