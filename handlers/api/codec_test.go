package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"waybill/shop"
)

// An amount is written with exactly its currency's digits and means exactly the same number.
func TestDecimalsAreExact(t *testing.T) {
	t.Parallel()
	exponents := map[shop.Currency]int64{"JPY": 0, "USD": 2, "KWD": 3, "CLF": 4}
	rapid.Check(t, func(t *rapid.T) {
		minor := rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, 1, -1, 5, 99, 100, math.MaxInt64, math.MinInt64})).Draw(t, "minor")
		currency := rapid.SampledFrom([]shop.Currency{"JPY", "USD", "KWD", "CLF"}).Draw(t, "currency")
		written, err := json.Marshal(decimalOf(shop.Amount{Minor: minor, Currency: currency}))
		if err != nil {
			t.Fatal(err)
		}
		value, ok := new(big.Rat).SetString(string(written))
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(exponents[currency]), nil)
		if !ok || value.Mul(value, new(big.Rat).SetInt(scale)).Cmp(new(big.Rat).SetInt64(minor)) != 0 {
			t.Fatalf("%d minor units of %s are written %s", minor, currency, written)
		}
		_, fraction, _ := strings.Cut(string(written), ".")
		if int64(len(fraction)) != exponents[currency] {
			t.Fatalf("%s has %d decimals", written, len(fraction))
		}
		back, err := shop.ParseAmount(string(written), currency)
		if err != nil || back.Minor != minor {
			t.Fatalf("%s is read as %d: %v", written, back.Minor, err)
		}
	})
}

func TestRatiosTimesAndNulls(t *testing.T) {
	t.Parallel()
	for want, value := range map[string]any{
		"0.1075":                     ratioOf(107_500),
		"0":                          ratioOf(0),
		"1":                          ratioOf(1_000_000),
		"0.000001":                   ratioOf(1),
		"0.2":                        ratioOf(200_000),
		`"2026-05-23T02:30:00.042Z"`: stampOf(time.Date(2026, 5, 23, 4, 30, 0, 42_999_999, time.FixedZone("", 7200))),
		`"2026-05-23T02:30:00.000Z"`: stampOf(time.Date(2026, 5, 23, 2, 30, 0, 0, time.UTC)),
		`"<&>"`:                      orNull("<&>"),
		"12":                         idOrNull(shop.OrderID(12)),
		"[]":                         each(nil, viewRefund),
		"[null,null,null]":           []any{orNull(shop.Status("")), idOrNull(int64(0)), stampOf(time.Time{})},
	} {
		var got bytes.Buffer
		if err := encode(&got, value); err != nil || strings.TrimSpace(got.String()) != want {
			t.Errorf("%#v is written %s, want %s: %v", value, &got, want, err)
		}
	}
}

func TestCursorsLeadBackAndRefuseWhatIsMadeUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.Int64Range(1, math.MaxInt64).Draw(t, "key")
		cursor := formatCursor(ordersList, key)
		if got, ok := parseCursor(ordersList, cursor); !ok || got != key {
			t.Fatalf("%s leads to %d, want %d", cursor, got, key)
		}
		if _, ok := parseCursor(productsList, cursor); ok {
			t.Fatalf("%s leads somewhere in another list", cursor)
		}
		at := rapid.IntRange(0, len(cursor)-1).Draw(t, "at")
		if wrong := cursor[:at] + string(cursor[at]^1) + cursor[at+1:]; wrong != cursor {
			if got, ok := parseCursor(ordersList, wrong); ok {
				t.Fatalf("%s, one bit off %s, leads to %d", wrong, cursor, got)
			}
		}
	})
	for _, key := range []int64{0, -1} {
		if _, ok := parseCursor(ordersList, formatCursor(ordersList, key)); ok {
			t.Errorf("a cursor to %d is taken", key)
		}
	}
}

const smallOrder = `{"userId":9920194,"shippingAddressId":48201,"currency":"USD","items":[{"productId":2049,"quantity":2},{"skuId":5092,"quantity":1}]}`

var placedOne = shop.PlacedCheckout{
	CheckoutID: 864691128455135233, CustomerID: 1, Currency: "USD", TotalMinor: 14037, PlacedAt: time.Unix(1_780_000_000, 0), ExpiresAt: time.Unix(1_780_000_900, 0),
	Orders: []shop.PlacedOrder{{ID: 864691128455135234, MerchantID: 7, SubtotalMinor: 12997, TaxMinor: 1040, TotalMinor: 14037}},
}

// replayable is a request whose body can be read again.
func replayable(text string) (r *http.Request, rewind func()) {
	reader := strings.NewReader(text)
	r = httptest.NewRequest(http.MethodPost, "/api/v1/orders", reader)
	r.Header.Set("Content-Type", "application/json")
	r.Body = nopCloser{reader}
	return r, func() { reader.Reset(text) }
}

type nopCloser struct{ *strings.Reader }

func (nopCloser) Close() error { return nil }

// Thousands of orders a second pass here. The bounds are twice what is needed (the race detector empties pools at will), so
// that a change which makes an order cost twice as much is seen.
//
//nolint:paralleltest // allocations can only be counted while nothing else runs
func TestReadingAndWritingAnOrderAllocatesLittle(t *testing.T) {
	r, rewind := replayable(smallOrder)
	reading := testing.AllocsPerRun(200, func() {
		rewind()
		if _, err := readPlaceRequest(r); err != nil {
			t.Fatal(err)
		}
	})
	var buffer bytes.Buffer
	writing := testing.AllocsPerRun(200, func() {
		buffer.Reset()
		if err := encode(&buffer, viewPlaced(placedOne)); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("reading %v, writing %v", reading, writing)
	const mostReading, mostWriting = 22, 50
	if reading > mostReading || writing > mostWriting {
		t.Errorf("reading allocates %v times, at most %d; writing %v times, at most %d", reading, mostReading, writing, mostWriting)
	}
}

func BenchmarkReadOrder(b *testing.B) {
	r, rewind := replayable(smallOrder)
	b.ReportAllocs()
	for b.Loop() {
		rewind()
		if _, err := readPlaceRequest(r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriteOrder(b *testing.B) {
	var buffer bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		buffer.Reset()
		if err := encode(&buffer, viewPlaced(placedOne)); err != nil {
			b.Fatal(err)
		}
	}
}

// Whatever comes in is read, or refused as malformed or invalid, and the buffers that are used again remember nothing.
func FuzzReadOrder(f *testing.F) {
	for _, seed := range []string{smallOrder, `{}`, `{"items":[{"quantity":1e9}]}`, `{"a":{"b":[1,2,{"c":null}]}}`, `{"items":7,"items":8}`, "\xff", `{"currency":"\u0000"}`, `{"expectedTotal":1.50}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, _ := replayable(text)
		_, err := readPlaceRequest(r)
		var refused *refusal
		if err != nil && shop.CodeOf(err) != shop.CodeInvalid {
			t.Errorf("%q: %v", text, err)
		}
		if valid := json.Valid([]byte(text)); !valid && !errors.As(err, &refused) {
			t.Errorf("%q is no JSON and is answered %v", text, err)
		}
		again, _ := replayable(smallOrder)
		if p, err := readPlaceRequest(again); err != nil || p.UserID != 9920194 || len(p.Items) != 2 {
			t.Errorf("after %q a good order is read as %+v, %v", text, p, err)
		}
	})
}
