package handlers_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"waybill/views/urls"
)

func TestShopWindowWithAndWithoutGoods(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor(t)
	v.get("/").wants(http.StatusOK, "Nothing is on sale yet").lacks("currency")
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "PAN", 1000, 5)
	s.Exec(`INSERT INTO categories (slug, name) VALUES ('kitchen', 'Kitchen')`)
	s.Exec(`INSERT INTO categories (slug, name, parent_id) SELECT 'pans', 'Pans', id FROM categories`)
	s.Exec(`UPDATE products SET category_id = (SELECT id FROM categories WHERE slug = 'pans')`)
	v.get("/").wants(http.StatusOK, `href="/categories/kitchen"`, "Product PAN", "$10.00").lacks("Out of stock")
	v.get("/categories/kitchen").wants(http.StatusOK, "1 product", `href="/categories/pans"`, "Product PAN")
	v.get("/categories/pans").wants(http.StatusOK, `<a href="/categories/kitchen">Kitchen</a>`, "Product PAN")
	v.get("/products/p-1-pan").wants(http.StatusOK, `<a href="/categories/pans">Pans</a>`)
	v.get("/categories/attic").wants(http.StatusNotFound, "There is no such category.")
	s.Exec(`UPDATE stock_levels SET on_hand = 0 WHERE sku_id = $1`, sku)
	v.get("/products").wants(http.StatusOK, "Out of stock")
	v.get("/products/p-1-pan").wants(http.StatusOK, "Out of stock", "disabled").lacks("it ships by")
	s.Exec(`UPDATE products SET status = 'discontinued'`)
	v.get("/products/p-1-pan").wants(http.StatusOK, "No longer sold.").lacks("Add to cart")
	s.Exec(`UPDATE products SET status = 'draft'`)
	v.get("/products/p-1-pan").wants(http.StatusNotFound)
}

var nextPage = regexp.MustCompile(`href="([^"]*)"[^>]*rel="next"`)

// walk follows the links to the next page and returns how often each product is listed.
func walk(v *visitor, address string) map[string]int {
	v.t.Helper()
	listed := map[string]int{}
	for range 20 {
		page := v.get(address).wants(http.StatusOK)
		for _, found := range regexp.MustCompile(`href="/products/([^"]+)"`).FindAllStringSubmatch(page.body, -1) {
			listed[found[1]]++
		}
		next := nextPage.FindStringSubmatch(page.body)
		if next == nil {
			return listed
		}
		address = strings.ReplaceAll(next[1], "&amp;", "&")
	}
	v.t.Fatal("the list has no end")
	return nil
}

func TestListsLeadThroughAllPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	for i := range 55 {
		s.SKU(merchant, fmt.Sprintf("P%02d", i), 1000, 5)
	}
	s.Exec(`UPDATE products SET name = name || ' pan', description = repeat('pan ', (id % 3)::int)`)
	v := s.visitor(t)
	for _, address := range []string{urls.Products(), urls.Search("PAN prod")} {
		listed := walk(v, address)
		for slug, n := range listed {
			if n != 1 {
				t.Errorf("%s: %s is listed %d times", address, slug, n)
			}
		}
		if len(listed) != 55 {
			t.Errorf("%s lists %d products", address, len(listed))
		}
	}
	for _, address := range []string{"/products?before=abc", "/products?before=-1", "/search?q=pan&after=x", "/search?q=pan&after=NaN-1"} {
		v.get(address).wants(http.StatusOK, `rel="next"`)
	}
}

func TestSearchSaysWhyItFindsNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	s.SKU(merchant, "PAN", 1000, 5)
	v := s.visitor(t)
	v.get(urls.Search("<script>alert(1)</script>")).wants(http.StatusOK, "Nothing matches", "&lt;script&gt;").lacks("<script>alert")
	v.get(urls.Search("")).wants(http.StatusOK, "What are you looking for?")
	v.get(urls.Search("product")).wants(http.StatusOK, "Product PAN", `value="product"`)
	v.get(urls.Search(strings.Repeat("product ", 60))).wants(http.StatusOK, "Product PAN")
}

func TestStockIsAskedForWhileThePageIsOpen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "PAN", 1000, 5)
	v := s.visitor(t)
	v.get("/products/p-1-pan").wants(http.StatusOK, `hx-get="/products/p-1-pan/stock"`, fmt.Sprintf(`id="stock-%d"`, sku))
	s.Exec(`UPDATE stock_levels SET on_hand = 4 WHERE sku_id = $1`, sku)
	fragment := v.fragment(urls.ProductStock("p-1-pan")).wants(http.StatusOK, fmt.Sprintf(`hx-target="#stock-%d"`, sku), "Only 4 left")
	fragment.lacks("<html", "<form")
	v.fragment(urls.ProductStock("nothing")).wants(http.StatusNotFound)
}

func TestVariantsAreChosenInTheForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, location := s.Merchant("acme")
	blue := s.SKU(merchant, "BLUE", 1000, 0)
	red := s.Int(`INSERT INTO skus (product_id, merchant_id, code, variant) SELECT product_id, merchant_id, 'RED', 'Red' FROM skus RETURNING id`)
	s.Price(red, "USD", 1100)
	s.Stock(red, location, 2)
	v := s.visitor(t)
	page := v.get("/products/p-1-blue").wants(http.StatusOK, "$10.00", "$11.00", "Out of stock", "Only 2 left")
	if !regexp.MustCompile(fmt.Sprintf(`value="%d" checked`, red)).MatchString(page.body) {
		t.Error("the variant that is there is not the one to begin with")
	}
	v.post(urls.CartAdd(), "product", "p-1-blue", "sku", fmt.Sprint(blue), "quantity", "1", "currency", "USD").wants(http.StatusUnprocessableEntity, "This is out of stock.")
	v.post(urls.CartAdd(), "product", "p-1-blue", "sku", fmt.Sprint(red), "quantity", "2", "currency", "USD").sends(urls.Cart())
}
