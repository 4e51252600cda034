package web_test

import (
	"bytes"
	"crypto/rand"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"waybill/shop"
	"waybill/views/urls"
)

// upload sends a file as a form of ours does.
func (v visitor) upload(path, field, name string, file []byte) *httptest.ResponseRecorder {
	v.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile(field, name)
	if err != nil {
		v.t.Fatal(err)
	}
	_, _ = part.Write(file)
	_ = form.WriteField("key", rand.Text())
	_ = form.Close()
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return v.do(r)
}

// mug is a new product, as the form sends it.
func mug(change ...string) []string {
	form := []string{
		"key", "new-mug", "name", "Blue Mug", "slug", "", "description", "Holds tea.\r\n\r\nAnd coffee.", "category", "", "status", "active",
		"code", "MUG", "attributes", "Material: Stoneware", "options", "Size: S, L", "taxCategory", "standard", "weight", "350", "priceUSD", "12.50",
	}
	for i := 0; i < len(change); i += 2 {
		for j := 0; j < len(form); j += 2 {
			if form[j] == change[i] {
				form[j+1] = change[i+1]
			}
		}
	}
	return form
}

func (tr trader) addsMug(change ...string) int64 {
	tr.t.Helper()
	w := tr.post(urls.MerchantProducts(), mug(change...)...)
	id, err := strconv.ParseInt(strings.TrimPrefix(w.Header().Get("Location"), urls.MerchantProducts()+"/"), 10, 64)
	if w.Code != http.StatusSeeOther || err != nil {
		tr.t.Fatalf("%d to %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	return id
}

func TestAProductIsWrittenAndSold(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	id := tr.addsMug()
	if again := tr.addsMug(); again != id {
		t.Errorf("sent twice it is %d and %d", id, again)
	}
	page := tr.page(urls.MerchantProduct(id))
	mustContain(t, page, []string{"Blue Mug", "MUG-S", "MUG-L", "$12.50", "Nothing of it is in stock.", "Added the product", tr.user.Name})
	mustContain(t, s.guest().page(urls.Product("blue-mug")), []string{"Holds tea.", "And coffee.", "$12.50", "Out of stock"})
	mustContain(t, tr.page(urls.MerchantProducts()+"?q=mug-l"), []string{"Blue Mug"}, "Product TEA-1")
	second := tr.addsMug("key", "another", "code", "MUG2", "status", "draft")
	if slug := s.Text(`SELECT slug FROM products WHERE id = $1`, second); slug != "blue-mug-2" {
		t.Errorf("a second one of that name is at %s", slug)
	}
	if w := s.guest().get(urls.Product("blue-mug-2")); w.Code != http.StatusNotFound {
		t.Errorf("a draft is shown to guests: %d", w.Code)
	}
	for query, shows := range map[string]bool{"": true, "?status=draft": true, "?status=active": false, "?status=deleted": false, "?category=nowhere": true} {
		if got := strings.Contains(tr.page(urls.MerchantProducts()+query), ">MUG2-L<"); got != shows {
			t.Errorf("%q shows the draft: %v", query, got)
		}
	}
}

func TestBadProductsAreNamed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	tr.Price(tr.sku, "JPY", 100)
	tr.Price(tr.sku, "KWD", 100)
	tests := map[string]struct {
		form []string
		want string
	}{
		"no name":              {mug("name", " "), "Enter the name"},
		"a bad address":        {mug("slug", "Blue Mug!"), "lower-case letters"},
		"a taken address":      {mug("slug", "p-"+strconv.FormatInt(tr.user.MerchantID, 10)+"-tea-1"), "Another product has this address"},
		"a code twice":         {mug("code", "TEA-1", "options", ""), "Another SKU of this merchant has this code"},
		"a code with spaces":   {mug("code", "M UG"), "no spaces"},
		"a price of nothing":   {mug("priceUSD", "0"), "above zero"},
		"a negative price":     {mug("priceUSD", "-1"), "above zero"},
		"cents of a yen":       {append(mug(), "priceJPY", "10.5"), "no decimals"},
		"four decimals":        {append(mug(), "priceKWD", "1.2345"), "at most 3 decimals"},
		"a price in words":     {mug("priceUSD", "twelve"), "plain number"},
		"a negative weight":    {mug("weight", "-1"), "0 to 10000000 grams"},
		"a weight in words":    {mug("weight", "light"), "whole grams"},
		"an unknown tax":       {mug("taxCategory", "none"), "no such tax category"},
		"an unknown category":  {mug("category", "nowhere"), "no such category"},
		"an unknown state":     {mug("status", "sold"), "The status must be"},
		"a lone attribute":     {mug("attributes", "Blue"), "one attribute per line"},
		"an attribute twice":   {mug("attributes", "A: 1\nA: 2"), "comes twice"},
		"too many variants":    {mug("options", "A: "+list(50)+"\nB: "+list(50)), "more than 200 variants"},
		"a long description":   {mug("description", strings.Repeat("書", 20_001)), "at most 20000 characters"},
		"a value that repeats": {mug("options", "Size: S, S"), "comes twice among the values"},
	}
	before := s.Int(`SELECT count(*) FROM products`)
	for name, tt := range tests {
		w := tr.post(urls.MerchantProducts(), tt.form...)
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, w.Code)
		}
		mustContain(t, w.Body.String(), []string{tt.want, "There is a problem"})
	}
	if after := s.Int(`SELECT count(*) FROM products`); after != before {
		t.Errorf("refusals added %d products", after-before)
	}
}

// list is n different values.
func list(n int) string {
	values := make([]string, n)
	for i := range values {
		values[i] = "v" + strconv.Itoa(i)
	}
	return strings.Join(values, ", ")
}

var versionField = regexp.MustCompile(`name="version" value="(\d+)"`)

func (v visitor) version(page string) string {
	v.t.Helper()
	return versionField.FindStringSubmatch(v.page(page))[1]
}

func TestTwoEditorsSeeBothVersions(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	id := tr.addsMug()
	page := urls.MerchantProduct(id)
	change := func(version, name, description string) *httptest.ResponseRecorder {
		return tr.post(page, "version", version, "name", name, "slug", "blue-mug", "description", description, "category", "", "status", "active")
	}
	version := tr.version(page)
	if w := change(version, "Blue Mug", "Theirs"); w.Code != http.StatusSeeOther {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	w := change(version, "My Mug <b>", "Mine")
	if w.Code != http.StatusConflict {
		t.Fatalf("the second editor gets %d", w.Code)
	}
	mustContain(t, w.Body.String(), []string{"Somebody else has changed", "Theirs", "Mine", "My Mug &lt;b&gt;", "Save mine instead", tr.user.Name}, "My Mug <b>")
	if name := s.Text(`SELECT name FROM products WHERE id = $1`, id); name != "Blue Mug" {
		t.Errorf("it is called %s", name)
	}
	if w := change(versionField.FindStringSubmatch(w.Body.String())[1], "My Mug", "Mine"); w.Code != http.StatusSeeOther {
		t.Errorf("saving it anyway: %d", w.Code)
	}
	mustContain(t, tr.page(page), []string{"My Mug", "<del>Theirs</del>", "Mine"})
	sku := s.Int(`SELECT min(id) FROM skus WHERE product_id = $1`, id)
	variant := func(version, code string) *httptest.ResponseRecorder {
		return tr.post(urls.MerchantSKU(id, sku), "version", version, "code", code, "variant", "S", "attributes", "Size: S", "taxCategory", "standard", "status", "active", "barcode", "4006381333931", "weight", "1")
	}
	version = tr.version(urls.MerchantSKU(id, sku))
	if w := variant(version, "MUG-SMALL"); w.Code != http.StatusSeeOther {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	w = variant(version, "MUG-TINY")
	if w.Code != http.StatusConflict {
		t.Errorf("the second editor of the variant gets %d", w.Code)
	}
	mustContain(t, w.Body.String(), []string{"MUG-SMALL", "MUG-TINY"})
	w = tr.post(urls.MerchantSKU(id, sku), "version", "2", "code", "X", "status", "active", "barcode", "4006381333932")
	mustContain(t, w.Body.String(), []string{"last digit would have to be 1"})
}

func TestDeletedProductsStayInHistory(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	id := s.Int(`SELECT product_id FROM skus WHERE id = $1`, tr.sku)
	slug := s.Text(`SELECT slug FROM products WHERE id = $1`, id)
	for range 2 {
		if w := tr.post(urls.MerchantProductDelete(id)); w.Code != http.StatusSeeOther {
			t.Fatalf("%d: %s", w.Code, w.Body)
		}
	}
	if w := s.guest().get(urls.Product(slug)); w.Code != http.StatusNotFound {
		t.Errorf("the shop shows it: %d", w.Code)
	}
	mustContain(t, tr.page(urls.MerchantOrder(tr.number())), []string{"TEA-1"})
	mustContain(t, tr.page(urls.MerchantProducts()+"?status=deleted"), []string{"Deleted", "TEA-1"})
	if w := tr.post(urls.MerchantProduct(id), "version", "2", "name", "X", "slug", "x", "status", "active"); w.Code != http.StatusConflict {
		t.Errorf("changing a deleted product answers %d", w.Code)
	}
	tr.post(urls.MerchantProductRestore(id))
	if w := s.guest().get(urls.Product(slug)); w.Code != http.StatusOK {
		t.Errorf("restored, the shop answers %d", w.Code)
	}
	if n := s.Int(`SELECT count(*) FROM audit_log WHERE action IN ('product.deleted', 'product.restored')`); n != 2 {
		t.Errorf("%d entries in the audit log", n)
	}
}

func TestPicturesAreKeptByContent(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	id := tr.addsMug()
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewNRGBA(image.Rect(0, 0, 20, 10))); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if w := tr.upload(urls.MerchantProductPicture(id), "picture", "../../mug.png", file.Bytes()); w.Code != http.StatusSeeOther {
			t.Fatalf("%d: %s", w.Code, w.Body)
		}
	}
	hash := s.Text(`SELECT picture_hash FROM products WHERE id = $1`, id)
	mustContain(t, s.guest().page(urls.Product("blue-mug")), []string{`src="` + urls.Picture(hash) + `" alt="Picture of `})
	mustContain(t, s.guest().page(urls.Products()), []string{`src="` + urls.SmallPicture(hash) + `" alt="" loading="lazy"`})
	for _, address := range []string{urls.Picture(hash), urls.SmallPicture(hash)} {
		w := s.guest().get(address)
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/jpeg" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v", address, w.Code, w.Header())
		}
	}
	// One of before lists had their own is shown as it is.
	large := s.guest().get(urls.Picture(hash)).Body.Bytes()
	s.Exec(`UPDATE pictures SET small = NULL`)
	if w := s.guest().get(urls.SmallPicture(hash)); !bytes.Equal(w.Body.Bytes(), large) {
		t.Errorf("without a small picture %d bytes are sent", w.Body.Len())
	}
	for _, other := range []string{strings.Repeat("0", 64), strings.Repeat("0", 64) + "/small", hash + "/tiny", "x", "%27"} {
		if w := s.guest().get("/pictures/" + other); w.Code != http.StatusNotFound {
			t.Errorf("picture %q: %d", other, w.Code)
		}
	}
	bad := map[string]struct {
		file   []byte
		status int
		want   string
	}{
		"a script":      {[]byte("<script>alert(1)</script>"), 422, "not a picture"},
		"nothing":       {nil, 422, "Choose a picture"},
		"9 MB":          {make([]byte, 9<<20), 422, "larger than 8 MB"},
		"beyond a form": {make([]byte, 12<<20), 413, ""},
	}
	for name, tt := range bad {
		w := tr.upload(urls.MerchantProductPicture(id), "picture", "x.png", tt.file)
		if w.Code != tt.status {
			t.Errorf("%s: %d", name, w.Code)
		}
		mustContain(t, w.Body.String(), []string{tt.want})
	}
	if w := s.guest().upload(urls.MerchantProductPicture(id), "picture", "x.png", file.Bytes()); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), urls.Login("")) {
		t.Errorf("a guest's picture: %d", w.Code)
	}
	tr.post(urls.MerchantProductPictureRemove(id))
	mustContain(t, s.guest().page(urls.Product("blue-mug")), nil, urls.Picture(hash))
	if n := s.Int(`SELECT count(*) FROM pictures`); n != 1 {
		t.Errorf("%d pictures are kept", n)
	}
}

func TestPricesAreScheduledOnThePage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	id := s.Int(`SELECT product_id FROM skus WHERE id = $1`, tr.sku)
	page, prices := urls.MerchantSKU(id, tr.sku), urls.MerchantSKUPrices(id, tr.sku)
	tomorrow := s.Store.Now().AddDate(0, 0, 1).Format("2006-01-02T15:04")
	for range 2 {
		if w := tr.post(prices, "key", "a", "currency", "USD", "price", "8", "validFrom", tomorrow); w.Code != http.StatusSeeOther {
			t.Fatalf("%d: %s", w.Code, w.Body)
		}
	}
	mustContain(t, tr.page(page), []string{"$8.00", "Scheduled", "$10.00", "Now"})
	for _, tt := range []struct {
		form []string
		want string
	}{
		{[]string{"currency", "USD", "price", "0"}, "above zero"},
		{[]string{"currency", "JPY", "price", "1.5"}, "no decimals"},
		{[]string{"currency", "ABC", "price", "1"}, "ISO 4217"},
		{[]string{"currency", "USD", "price", "1", "validFrom", "2020-01-01T00:00"}, "in the future"},
		{[]string{"currency", "USD", "price", "1", "validFrom", "soon"}, "Enter a day"},
	} {
		w := tr.post(prices, tt.form...)
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", tt.form, w.Code)
		}
		mustContain(t, w.Body.String(), []string{tt.want})
	}
	scheduled := s.Int(`SELECT id FROM sku_prices WHERE sku_id = $1 AND valid_from > now()`, tr.sku)
	tr.post(urls.MerchantSKUPriceCancel(id, tr.sku, scheduled))
	tr.post(prices, "end", "USD")
	if shown := s.Int(`SELECT count(*) FROM sku_prices WHERE sku_id = $1 AND (valid_until IS NULL OR valid_until > now())`, tr.sku); shown != 0 {
		t.Errorf("%d prices are left", shown)
	}
	tr.post(prices, "currency", "USD", "price", "7.77")
	if got := s.Int(`SELECT price_minor FROM sku_prices WHERE sku_id = $1 AND valid_until IS NULL`, tr.sku); got != 777 {
		t.Errorf("it costs %d", got)
	}
}

// TestPicturesStandWhereGoodsAreListed follows one product to everybody who handles it.
func TestPicturesStandWhereGoodsAreListed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewNRGBA(image.Rect(0, 0, 20, 10))); err != nil {
		t.Fatal(err)
	}
	product := s.Int(`SELECT product_id FROM skus WHERE id = $1`, tr.sku)
	tr.upload(urls.MerchantProductPicture(product), "picture", "tea.png", file.Bytes())
	want := []string{`src="` + urls.SmallPicture(s.Text(`SELECT picture_hash FROM products WHERE id = $1`, product)) + `"`}
	pages := []string{
		urls.MerchantInventory(), urls.MerchantProducts(), urls.MerchantOrder(tr.number()), urls.MerchantPick(tr.number(), 1), urls.MerchantPickPrint(tr.number(), 1),
		urls.MerchantPack(tr.number(), 1), urls.With(urls.MerchantBatches(), urls.Query{{Name: "kind", Value: "totes"}}),
	}
	for _, page := range pages {
		mustContain(t, tr.page(page), want)
	}
	buyer := s.as(s.User("buyer@tea.test", shop.RoleCustomer, 0, s.Int(`SELECT customer_id FROM orders WHERE id = $1`, int64(tr.order))))
	for _, page := range []string{urls.AccountOrders(), urls.AccountOrder(tr.number())} {
		mustContain(t, buyer.page(page), want)
	}
	buyer.post(urls.CartAdd(), "sku", strconv.FormatInt(tr.sku, 10), "quantity", "1")
	mustContain(t, buyer.page(urls.Cart()), want)
}

// A shop without any price takes the first ones in whatever currency, by code or by name.
func TestPricesInOtherCurrencies(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	s.Exec(`DELETE FROM sku_prices`)
	form := tr.page(urls.MerchantProductNew())
	mustContain(t, form, []string{`name="priceUSD"`, `<details class="other-prices" open>`, `name="otherCurrency1"`, `<option value="JPY">Japanese yen</option>`})
	send := func(others ...string) *httptest.ResponseRecorder {
		return tr.post(urls.MerchantProducts(), append(mug("priceUSD", ""), others...)...)
	}
	for name, c := range map[string]struct {
		typed []string
		says  string
	}{
		"no such currency": {[]string{"otherCurrency1", "XYZ", "otherPrice1", "1"}, "The currency must be an ISO 4217 code such as USD, EUR or JPY."},
		"no currency":      {[]string{"otherPrice2", "1"}, "The currency must be an ISO 4217 code such as USD, EUR or JPY."},
		"no price":         {[]string{"otherCurrency3", "EUR"}, `href="#f-otherPrice3"`},
		"twice":            {[]string{"otherCurrency1", "EUR", "otherPrice1", "1", "otherCurrency2", "euro", "otherPrice2", "2"}, "There is a price in EUR above already."},
		"parts of a yen":   {[]string{"otherCurrency1", "JPY", "otherPrice1", "1200.5"}, `href="#f-otherPrice1"`},
		"a fourth digit":   {[]string{"otherCurrency1", "KWD", "otherPrice1", "1.2345"}, `href="#f-otherPrice1"`},
	} {
		w := send(c.typed...)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), c.says) || !strings.Contains(w.Body.String(), `<details class="other-prices" open>`) {
			t.Errorf("%s: %d, without %q", name, w.Code, c.says)
		}
	}
	if w := send("otherCurrency1", "eur", "otherPrice1", "11.90", "otherCurrency2", "Japanese yen", "otherPrice2", "1900", "otherCurrency3", "KWD", "otherPrice3", "3.125"); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if got := s.Text(`SELECT string_agg(DISTINCT currency || ' ' || price_minor, ', ') FROM sku_prices`); got != "EUR 1190, JPY 1900, KWD 3125" {
		t.Errorf("prices: %s", got)
	}
	mustContain(t, tr.page(urls.MerchantProductNew()), []string{`name="priceEUR"`, `name="priceJPY"`, `name="priceKWD"`, `<details class="other-prices">`}, `name="priceUSD"`)
	product, sku := s.Int(`SELECT product_id FROM skus WHERE code = 'MUG-S'`), s.Int(`SELECT id FROM skus WHERE code = 'MUG-S'`)
	if w := tr.post(urls.MerchantSKUPrices(product, sku), "key", "chf", "currency", "Swiss franc", "price", "12.50"); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	page := tr.page(urls.MerchantSKU(product, sku))
	mustContain(t, page, []string{"CHF", "¥1,900", "3.125", "€11.90"})
}
