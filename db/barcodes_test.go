package db_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// The database and the shop have one rule of what a barcode is.
func TestTheDatabaseKnowsBarcodesAsTheShopDoes(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	codes := []string{"4006381333931", "4006381333932", "96385074", "036000291452", "10012345678902", "1234567", "123456789012345", "40063813339AB"}
	for range 200 {
		length := []int{7, 8, 11, 12, 13, 14, 15}[rand.IntN(7)]
		codes = append(codes, fmt.Sprintf("%0*d", length, rand.Int64N(1e7)))
	}
	for _, code := range codes {
		_, err := shop.ParseBarcode(code)
		if valid := w.Text(`SELECT gtin_is_valid($1)::text`, code); (err == nil) != (valid == "true") {
			t.Errorf("%s: the database says %s, the shop %v", code, valid, err)
		}
	}
}

func TestABarcodeIsOneSKUOfAMerchant(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	tea, _ := w.Merchant("tea")
	lamps, _ := w.Merchant("lamps")
	w.Barcode(w.SKU(tea, "TEA-1", 100, 1), "036000291452")
	w.Barcode(w.SKU(lamps, "LAMP-1", 100, 1), "036000291452") // the same goods elsewhere
	other := w.SKU(tea, "TEA-2", 100, 1)
	for code, constraint := range map[string]string{"0036000291452": "skus_barcode_key", "036000291453": "skus_barcode_valid", "": "skus_barcode_valid"} {
		_, err := w.Pool.Exec(t.Context(), `UPDATE skus SET barcode = $2 WHERE id = $1`, other, code)
		if err == nil || !strings.Contains(err.Error(), constraint) {
			t.Errorf("%q: %v", code, err)
		}
	}
}
