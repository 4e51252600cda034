package db_test

import (
	"fmt"
	"slices"
	"testing"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// newShopWindow is a shop with a category tree: garden > tools > saws, and kitchen.
func newShopWindow(t *testing.T) *factory.World {
	t.Helper()
	w := factory.New(t)
	w.Merchant("acme")
	w.Exec(`INSERT INTO categories (slug, name, parent_id, position) VALUES ('garden', 'Garden', NULL, 1), ('kitchen', 'Kitchen', NULL, 2)`)
	w.Exec(`INSERT INTO categories (slug, name, parent_id) SELECT 'tools', 'Tools', id FROM categories WHERE slug = 'garden'`)
	w.Exec(`INSERT INTO categories (slug, name, parent_id) SELECT 'saws', 'Saws', id FROM categories WHERE slug = 'tools'`)
	return w
}

func addProduct(w *factory.World, category, code, name, status string, onHand int64) (skuID int64) {
	w.TB.Helper()
	skuID = w.SKU(1, code, 1000, onHand)
	w.Exec(`UPDATE products SET name = $2, status = $3, category_id = (SELECT id FROM categories WHERE slug = $4)
		WHERE id = (SELECT product_id FROM skus WHERE id = $1)`, skuID, name, status, category)
	return skuID
}

func slugsOf(cards []shop.ProductCard) []string {
	var slugs []string
	for _, card := range cards {
		slugs = append(slugs, card.Slug)
	}
	return slugs
}

func TestCategoriesCountWhatIsOnSaleBelowThem(t *testing.T) {
	t.Parallel()
	w := newShopWindow(t)
	addProduct(w, "saws", "S1", "Bow saw", "active", 1)
	addProduct(w, "saws", "S2", "Draft saw", "draft", 1)
	addProduct(w, "garden", "G1", "Bench", "active", 0)

	tree, err := w.Store.Categories(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range tree {
		got = append(got, fmt.Sprintf("%s %d", c.Slug, c.Products))
	}
	if want := []string{"garden 2", "tools 1", "saws 1", "kitchen 0"}; !slices.Equal(got, want) {
		t.Errorf("categories %v, want %v", got, want)
	}
}

func TestProductsOfACategoryArePagedAndIncludeItsChildren(t *testing.T) {
	t.Parallel()
	w := newShopWindow(t)
	addProduct(w, "saws", "S1", "Bow saw", "active", 2)
	addProduct(w, "kitchen", "K1", "Pan", "active", 1)
	addProduct(w, "tools", "T1", "Hammer", "active", 0)
	addProduct(w, "garden", "G1", "Bench", "discontinued", 1)
	tree, err := w.Store.Categories(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	garden, err := tree.BySlug("garden")
	if err != nil {
		t.Fatal(err)
	}
	q := shop.ProductQuery{CategoryIDs: tree.Within(garden.ID), Currency: "USD", Limit: 1}
	first, more, err := w.Store.Products(t.Context(), q)
	if err != nil || !more || !slices.Equal(slugsOf(first), []string{"p-1-t1"}) {
		t.Fatalf("first page %v, more %t, %v", slugsOf(first), more, err)
	}
	q.Before = first[0].ID
	second, more, err := w.Store.Products(t.Context(), q)
	if err != nil || more || !slices.Equal(slugsOf(second), []string{"p-1-s1"}) || second[0].Available != 2 {
		t.Fatalf("second page %v, more %t, %v", second, more, err)
	}
	if _, err := tree.BySlug("attic"); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("an unknown category: %v", err)
	}
}

func TestSuspendedMerchantsSellNothing(t *testing.T) {
	t.Parallel()
	w := newShopWindow(t)
	addProduct(w, "kitchen", "K1", "Pan", "active", 1)
	w.Exec(`UPDATE merchants SET status = 'suspended'`)
	page, _, err := w.Store.Products(t.Context(), shop.ProductQuery{Currency: "USD"})
	if err != nil || len(page) != 0 {
		t.Errorf("listed %v, %v", slugsOf(page), err)
	}
	product, err := w.Store.ProductBySlug(t.Context(), "p-1-k1")
	if err != nil || product.OnSale || product.SKUs[0].OnSale {
		t.Errorf("product on sale: %+v, %v", product, err)
	}
}

func TestCardsShowAPriceInTheWantedCurrencyOrElseAnother(t *testing.T) {
	t.Parallel()
	w := newShopWindow(t)
	w.Price(addProduct(w, "kitchen", "K1", "Pan", "active", 1), "EUR", 900)
	brl := addProduct(w, "kitchen", "K2", "Pot", "active", 1)
	w.Exec(`UPDATE sku_prices SET currency = 'BRL' WHERE sku_id = $1`, brl)
	page, _, err := w.Store.Products(t.Context(), shop.ProductQuery{Currency: "EUR"})
	if err != nil || len(page) != 2 {
		t.Fatal(page, err)
	}
	if pot, pan := page[0].Price, page[1].Price; pot != (shop.Amount{Minor: 1000, Currency: "BRL"}) || pan != (shop.Amount{Minor: 900, Currency: "EUR"}) {
		t.Errorf("pot %v, pan %v", pot, pan)
	}
	currencies, err := w.Store.Currencies(t.Context())
	if err != nil || !slices.Equal(currencies, []shop.Currency{"BRL", "EUR", "USD"}) {
		t.Errorf("currencies %v, %v", currencies, err)
	}
}

func TestSearchFindsBeginningsOfWords(t *testing.T) {
	t.Parallel()
	w := newShopWindow(t)
	addProduct(w, "kitchen", "K1", "Cast-iron pan 26.5 cm", "active", 1)
	addProduct(w, "kitchen", "K2", "O'Brien's copper pot", "active", 1)
	addProduct(w, "kitchen", "K3", "Pan lid", "draft", 1)
	cases := map[string][]string{
		"pan":           {"p-1-k1"},
		"CAST pa":       {"p-1-k1"},
		"cast-ir":       {"p-1-k1"},
		"26.5":          {"p-1-k1"},
		"o'brien":       {"p-1-k2"},
		"copper & pot":  {"p-1-k2"},
		"copper !pot":   {"p-1-k2"},
		`pot\':*|pan`:   nil,
		"pan pot":       nil,
		"":              nil,
		"  & ! ( ) : *": nil,
	}
	for text, want := range cases {
		page, more, err := w.Store.SearchProducts(t.Context(), shop.SearchQuery{Text: text, Currency: "USD"})
		if err != nil || more || !slices.Equal(slugsOf(page), want) {
			t.Errorf("search %q found %v (more %t, %v), want %v", text, slugsOf(page), more, err, want)
		}
	}
}

func TestSearchPagesMeetWithoutGapOrRepetition(t *testing.T) {
	t.Parallel()
	w := newShopWindow(t)
	for i := range 7 {
		sku := addProduct(w, "kitchen", fmt.Sprintf("K%d", i), fmt.Sprintf("Pan %d", i), "active", 1)
		if i%3 == 0 {
			w.Exec(`UPDATE products SET description = 'pan pan' WHERE id = (SELECT product_id FROM skus WHERE id = $1)`, sku)
		}
	}
	q := shop.SearchQuery{Text: "pan", Currency: "USD", Limit: 2}
	var found []string
	for range 10 {
		page, more, err := w.Store.SearchProducts(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, slugsOf(page)...)
		if !more {
			break
		}
		last := page[len(page)-1]
		q.After = shop.SearchCursor{Rank: last.Rank, ID: last.ID}
	}
	if slices.Sort(found); len(found) != 7 || len(slices.Compact(found)) != 7 {
		t.Errorf("found %v", found)
	}
}

func TestProductPageShowsVariantsPricesAndWhatIsLeft(t *testing.T) {
	t.Parallel()
	w := newShopWindow(t)
	blue := addProduct(w, "kitchen", "MUG-B", "Mug", "active", 3)
	w.Exec(`UPDATE skus SET variant = 'Blue', attributes = '{"colour": "blue", "litres": 0.3}' WHERE id = $1`, blue)
	w.Exec(`UPDATE stock_levels SET reserved = 1 WHERE sku_id = $1`, blue)
	w.Exec(`INSERT INTO skus (product_id, merchant_id, code, variant, status) SELECT product_id, 1, 'MUG-R', 'Red', 'discontinued' FROM skus WHERE id = $1`, blue)
	w.Exec(`INSERT INTO skus (product_id, merchant_id, code, variant, status) SELECT product_id, 1, 'MUG-D', 'Draft', 'draft' FROM skus WHERE id = $1`, blue)

	product, err := w.Store.ProductBySlug(t.Context(), "p-1-mug-b")
	if err != nil || len(product.SKUs) != 2 {
		t.Fatalf("%+v, %v", product, err)
	}
	first, second := product.SKUs[0], product.SKUs[1]
	if first.Available != 2 || !first.OnSale || first.Attributes["litres"] != "0.3" || second.OnSale {
		t.Errorf("variants %+v and %+v", first, second)
	}
	if price, ok := first.Price("EUR"); !ok || price != (shop.Amount{Minor: 1000, Currency: "USD"}) {
		t.Errorf("price %v", price)
	}
	if _, ok := second.Price("USD"); ok {
		t.Error("a variant without a price has one")
	}
	addProduct(w, "kitchen", "D", "Draft", "draft", 1)
	for _, slug := range []string{"p-1-d", "nothing", "", "p-1-mug-b/.."} {
		if _, err := w.Store.ProductBySlug(t.Context(), slug); shop.CodeOf(err) != shop.CodeNotFound {
			t.Errorf("%q: %v", slug, err)
		}
	}
}
