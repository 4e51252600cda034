package api_test

import (
	"fmt"
	"testing"

	"waybill/shop"
)

func TestPricesInEveryCurrencyHaveItsDigits(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 10)
	key := d.key(shop.NewAPIKey{Role: shop.RoleMerchant, MerchantID: s.merchant})
	path := fmt.Sprintf("/skus/%d/prices", s.sku)
	set := `{"currency":"JPY","price":5800}`
	d.post(key, path, set, "Idempotency-Key: jpy").want(201)
	if again := d.post(key, path, set, "Idempotency-Key: jpy").want(201); again.Header.Get("Idempotent-Replayed") != "true" {
		t.Error("the repeated request is not a replay")
	}
	d.post(key, path, `{"currency":"KWD","price":1.234}`).want(201)
	got := map[string]string{}
	for _, p := range d.get(key, path).want(200).object()["prices"].([]any) {
		got[fmt.Sprint(object(p)["currency"])] = fmt.Sprint(object(p)["price"])
	}
	if got["JPY"] != "5800" || got["KWD"] != "1.234" || got["USD"] != "12.99" {
		t.Errorf("the prices are %v", got)
	}
	for body, field := range map[string]string{
		`{"currency":"JPY","price":58.5}`:                                 "price",
		`{"currency":"KWD","price":-1}`:                                   "price",
		`{"currency":"USD"}`:                                              "price",
		`{"currency":"XX","price":1}`:                                     "currency",
		`{"currency":"USD","price":1,"validFrom":"tomorrow"}`:             "validFrom",
		`{"currency":"USD","price":1,"validFrom":"2001-01-01T00:00:00Z"}`: "validFrom",
		`{"currency":"USD","price":1,"validFrom":"2999-01-01T00:00:00Z"}`: "validFrom",
		`{"currency":"USD","price":99999999999999999999999}`:              "price",
		`{"currency":"USD","price":10000000000.01}`:                       "price",
	} {
		if _, fields := d.post(key, path, body).want(422).problem(); len(fields) != 1 || fields[0] != field {
			t.Errorf("%s refuses %v, want %s", body, fields, field)
		}
	}
	if n := d.Int(`SELECT count(*) FROM sku_prices`); n != 3 {
		t.Errorf("%d prices are stored, want 3", n)
	}
}
