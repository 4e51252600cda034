package api_test

import (
	"fmt"
	"strings"
	"testing"

	"waybill/shop"
)

func (d *door) patch(key, path, body string, headers ...string) answered {
	d.t.Helper()
	return d.do(request{key: key, method: "PATCH", path: path, body: body, headers: headers})
}

func (d *door) remove(key, path string) answered {
	d.t.Helper()
	return d.do(request{key: key, method: "DELETE", path: path})
}

// mug is a product that a merchant key can add.
const mug = `{"name":"Enamel mug","status":"active","skus":[{"code":"MUG","variant":"Blue","attributes":{"Colour":"Blue","Size":"S"},"barcode":"4006381333931","weightGrams":180,"prices":[{"currency":"USD","price":12.99},{"currency":"JPY","price":1900}]}]}`

// products draws the answers of what changes the catalog.
func (w *walk) products() {
	add := func(merchant any) string {
		return strings.Replace(mug, "{", fmt.Sprintf(`{"merchantId":%v,`, merchant), 1)
	}
	w.post(w.admin, "/products", mug).want(422)
	made := w.post(w.admin, "/products", add(w.merchant), "Idempotency-Key: mug").want(201)
	w.post(w.admin, "/products", strings.Replace(add(w.merchant), "MUG", "CUP", 1), "Idempotency-Key: mug").want(409)
	product := fmt.Sprintf("/products/%v", made.object()["id"])
	sku := fmt.Sprintf("/skus/%v", object(made.object()["skus"].([]any)[0])["id"])
	w.post(w.admin, product+"/skus", text(exampleOf("addSku"))).want(201)
	for _, path := range []string{product, sku} {
		patch := map[string]string{product: `{"description":"of steel"}`, sku: `{"variant":"Navy"}`}[path]
		tag := w.get(w.admin, path).want(200).Header.Get("ETag")
		w.patch(w.admin, path, patch, "If-Match: "+tag, "Content-Type: application/merge-patch+json").want(200)
		w.patch(w.admin, path, patch, "If-Match: "+tag).want(200) // it says so already
		w.patch(w.admin, path, strings.NewReplacer("steel", "tin", "Navy", "Red").Replace(patch), "If-Match: "+tag).want(412)
	}
	w.remove(w.admin, product).want(200)
	w.post(w.admin, product+"/skus", text(exampleOf("addSku"))).want(409)
	w.patch(w.admin, product, `{"name":"gone"}`).want(409)
	w.patch(w.admin, sku, `{"variant":"gone"}`).want(409)
	w.post(w.admin, product+"/restore", "").want(200)
}

func newSeller(t *testing.T) (*door, string) {
	t.Helper()
	d := newDoor(t)
	merchant, _ := d.Merchant("one")
	return d, d.key(shop.NewAPIKey{Role: shop.RoleMerchant, MerchantID: merchant, Name: "catalog"})
}

func TestAProductIsAddedOnceAndReadBack(t *testing.T) {
	t.Parallel()
	d, key := newSeller(t)
	first := d.post(key, "/products", mug, "Idempotency-Key: a").want(201)
	second := d.post(key, "/products", mug, "Idempotency-Key: a").want(201)
	if string(first.Body) != string(second.Body) || second.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("once %s\ntwice %s", first.Body, second.Body)
	}
	product := first.object()
	path := first.Header.Get("Location")
	if path != fmt.Sprintf("/api/v1/products/%v", product["id"]) || first.Header.Get("ETag") != `"1"` {
		t.Errorf("made at %s, ETag %s", path, first.Header.Get("ETag"))
	}
	read := d.get(key, strings.TrimPrefix(path, "/api/v1")).want(200)
	if string(read.Body) != string(first.Body) {
		t.Errorf("made %s\nread %s", first.Body, read.Body)
	}
	for _, want := range []string{`"price":1900,"currency":"JPY"`, `"barcode":"4006381333931"`, `"attributes":{"Colour":"Blue","Size":"S"}`, `"slug":"enamel-mug"`} {
		if !strings.Contains(string(read.Body), want) {
			t.Errorf("%s does not hold %s", read.Body, want)
		}
	}
	if n := d.Int(`SELECT count(*) FROM products`); n != 1 {
		t.Errorf("there are %d products", n)
	}
}

func TestAPatchChangesWhatItNames(t *testing.T) {
	t.Parallel()
	d, key := newSeller(t)
	made := d.post(key, "/products", mug).want(201).object()
	product, sku := fmt.Sprintf("/products/%v", made["id"]), fmt.Sprintf("/skus/%v", object(made["skus"].([]any)[0])["id"])
	changed := d.patch(key, product, `{"description":"of steel","status":"draft"}`).want(200)
	if got := changed.object(); got["name"] != "Enamel mug" || got["description"] != "of steel" || got["status"] != "draft" || changed.Header.Get("ETag") != `"2"` {
		t.Errorf("changed, it is %s under %s", changed.Body, changed.Header.Get("ETag"))
	}
	if again := d.patch(key, product, `{"description":"of steel"}`).want(200); again.Header.Get("ETag") != `"2"` {
		t.Errorf("the same again is version %s", again.Header.Get("ETag"))
	}
	d.patch(key, product, `{"description":null}`).want(200)
	for _, step := range []struct{ body, want string }{
		{`{"attributes":{"Colour":"Navy","Size":null,"Rim":"white"}}`, `{"Colour":"Navy","Rim":"white"}`},
		{`{"weightGrams":null}`, `{"Colour":"Navy","Rim":"white"}`},
		{`{"attributes":null,"barcode":null}`, `{}`},
	} {
		if got := d.patch(key, sku, step.body).want(200).object(); text(got["attributes"]) != step.want || got["code"] != "MUG" {
			t.Errorf("after %s it is %v", step.body, got)
		}
	}
	if got := d.get(key, sku).want(200).object(); got["barcode"] != nil || fmt.Sprint(got["weightGrams"]) != "0" || got["variant"] != "Blue" {
		t.Errorf("at the end the SKU is %v", got)
	}
}

// Who saves over what they have not seen is told who was quicker, with what, and nothing is lost.
func TestAStaleChangeIsRefused(t *testing.T) {
	t.Parallel()
	d, key := newSeller(t)
	made := d.post(key, "/products", mug).want(201).object()
	sku := fmt.Sprintf("/skus/%v", object(made["skus"].([]any)[0])["id"])
	for path, changes := range map[string][3]string{
		fmt.Sprintf("/products/%v", made["id"]): {`{"name":"Cup"}`, `{"name":"Bowl"}`, "Bowl"}, sku: {`{"variant":"Red"}`, `{"variant":"Green"}`, "Green"},
	} {
		tag := d.get(key, path).want(200).Header.Get("ETag")
		d.patch(key, path, changes[0], "If-Match: "+tag).want(200)
		refused := d.patch(key, path, changes[1], "If-Match: "+tag).want(412)
		if kind, _ := refused.problem(); kind != "stale" {
			t.Errorf("a stale change is %s", kind)
		}
		if said := fmt.Sprint(refused.object()["detail"]); !strings.Contains(said, "catalog changed it") || !strings.Contains(said, "version 2") {
			t.Errorf("the second is told %q", said)
		}
		if body := string(d.get(key, path).want(200).Body); strings.Contains(body, changes[2]) {
			t.Errorf("the refused change is in %s", body)
		}
		d.patch(key, path, changes[1], "If-Match: *").want(200)
		for _, bad := range []string{"3", `W/"3"`, `""`, `"x"`, `"0"`, `"3", "4"`} {
			names(t, d.patch(key, path, changes[1], "If-Match: "+bad).want(422), "If-Match")
		}
	}
}

func TestAnArchivedProductIsGoneUntilItIsRestored(t *testing.T) {
	t.Parallel()
	d, key := newSeller(t)
	made := d.post(key, "/products", mug).want(201).object()
	path, sku := fmt.Sprintf("/products/%v", made["id"]), fmt.Sprintf("/skus/%v", object(made["skus"].([]any)[0])["id"])
	first, second := d.remove(key, path).want(200), d.remove(key, path).want(200)
	if string(first.Body) != string(second.Body) {
		t.Errorf("archived %s, again %s", first.Body, second.Body)
	}
	d.get(key, path).want(404)
	d.get(key, sku).want(404)
	d.patch(key, path, `{"name":"Cup"}`).want(409)
	for range 2 {
		if got := d.post(key, path+"/restore", "").want(200).object(); got["status"] != "active" {
			t.Errorf("restored, it is %v", got["status"])
		}
	}
	d.get(key, sku).want(200)
}

func TestBadCatalogChangesNameTheirField(t *testing.T) {
	t.Parallel()
	d, key := newSeller(t)
	made := d.post(key, "/products", mug).want(201).object()
	product, sku := fmt.Sprintf("/products/%v", made["id"]), fmt.Sprintf("/skus/%v", object(made["skus"].([]any)[0])["id"])
	one := func(sku string) string { return `{"name":"Cup","skus":[` + sku + `]}` }
	before := d.Text(`SELECT concat_ws(' ', (SELECT count(*) FROM products), (SELECT count(*) FROM skus), (SELECT count(*) FROM sku_prices), (SELECT sum(version) FROM skus), (SELECT sum(version) FROM products))`)
	for body, field := range map[string]string{
		`{"name":"Cup"}`:                                         "skus",
		`{"name":"Cup","skus":[]}`:                               "skus",
		`{"name":"","skus":[{"code":"A"}]}`:                      "name",
		`{"name":"Cup","slug":"A B","skus":[{"code":"A"}]}`:      "slug",
		`{"name":"Cup","status":"sold","skus":[{"code":"A"}]}`:   "status",
		`{"name":"Cup","category":"none","skus":[{"code":"A"}]}`: "category",
		`{"name":"Cup","merchantId":999,"skus":[{"code":"A"}]}`:  "merchantId",
		one(`{}`):                                                                                "skus[0].code",
		one(`{"code":"a b"}`):                                                                    "skus[0].code",
		one(`{"code":"MUG"}`):                                                                    "skus[0].code",
		one(`{"code":"A"},{"code":"A"}`):                                                         "skus[1].code",
		one(`{"code":"A","barcode":"4006381333932"}`):                                            "skus[0].barcode",
		one(`{"code":"A","barcode":"4006381333931"}`):                                            "skus[0].barcode",
		one(`{"code":"A","barcode":"12345"}`):                                                    "skus[0].barcode",
		one(`{"code":"A","weightGrams":-1}`):                                                     "skus[0].weightGrams",
		one(`{"code":"A","taxCategory":"none"}`):                                                 "skus[0].taxCategory",
		one(`{"code":"A","attributes":{"":"x"}}`):                                                "skus[0].attributes",
		one(`{"code":"A","attributes":{"a":1}}`):                                                 "skus[0].attributes.a",
		one(`{"code":"A","prices":[{"currency":"USD","price":1.999}]}`):                          "skus[0].prices[0].price",
		one(`{"code":"A","prices":[{"currency":"JPY","price":1.5}]}`):                            "skus[0].prices[0].price",
		one(`{"code":"A","prices":[{"currency":"USD","price":0}]}`):                              "skus[0].prices[0].price",
		one(`{"code":"A","prices":[{"currency":"XXX","price":1}]}`):                              "skus[0].prices[0].currency",
		one(`{"code":"A","prices":[{"currency":"USD","price":1},{"currency":"USD","price":2}]}`): "skus[0].prices[1].currency",
		one(`{"code":"A","prices":[{"currency":"USD","price":"1"}]}`):                            "skus[0].prices[0].price",
	} {
		names(t, d.post(key, "/products", body).want(422), field)
	}
	for body, field := range map[string]string{
		`{"name":null}`: "name", `{"name":" "}`: "name", `{"slug":null}`: "slug", `{"status":"sold"}`: "status", `{"category":"none"}`: "category", `{"skus":[]}`: "skus", `{"price":1}`: "price",
	} {
		names(t, d.patch(key, product, body).want(422), field)
	}
	for body, field := range map[string]string{
		`{"code":null}`: "code", `{"barcode":"4006381333932"}`: "barcode", `{"weightGrams":10000001}`: "weightGrams", `{"status":"sold"}`: "status",
		`{"taxCategory":"none"}`: "taxCategory", `{"attributes":{"a:b":"x"}}`: "attributes", `{"prices":[]}`: "prices",
	} {
		names(t, d.patch(key, sku, body).want(422), field)
	}
	names(t, d.post(key, product+"/skus", `{"code":"MUG"}`).want(422), "code")
	names(t, d.post(key, product+"/skus", `{"code":"B","prices":[{"currency":"USD","price":-1}]}`).want(422), "prices[0].price")
	if after := d.Text(`SELECT concat_ws(' ', (SELECT count(*) FROM products), (SELECT count(*) FROM skus), (SELECT count(*) FROM sku_prices), (SELECT sum(version) FROM skus), (SELECT sum(version) FROM products))`); after != before {
		t.Errorf("rows were %s, are %s", before, after)
	}
}
