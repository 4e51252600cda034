package shop_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"waybill/shop"
)

func TestPromises(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 23, 12, 0, 0, 0, time.UTC)
	clock := shop.QueueClock{Now: now, DayStart: now.Add(-12 * time.Hour), DayEnd: now.Add(12 * time.Hour)}
	cases := []struct {
		shipBy, shipped time.Duration // from now; shipped 0: not yet
		want            shop.Promise
	}{
		{-time.Second, 0, shop.PromiseLate}, {0, 0, shop.PromiseLate}, {time.Second, 0, shop.PromiseToday},
		{12*time.Hour - 1, 0, shop.PromiseToday}, {12 * time.Hour, 0, shop.PromiseInTime},
		{-time.Hour, -2 * time.Hour, shop.PromiseKept}, {-2 * time.Hour, -time.Hour, shop.PromiseBroken}, {-time.Hour, -time.Hour, shop.PromiseKept},
	}
	for _, tt := range cases {
		row := shop.QueueRow{ShipByAt: now.Add(tt.shipBy)}
		if tt.shipped != 0 {
			row.ShippedAt = now.Add(tt.shipped)
		}
		if got := row.Promise(clock); got != tt.want {
			t.Errorf("%+v is %s", tt, got)
		}
	}
}

func TestQueueCursorReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := shop.QueueCursor{
			Place:   rapid.Int64().Draw(t, "place"),
			OrderID: shop.OrderID(rapid.Int64Range(1, int64(shop.MaxOrderID)).Draw(t, "order")), No: rapid.IntRange(1, 1000).Draw(t, "no"),
		}
		if back, err := shop.ParseQueueCursor(c.String()); err != nil || back != c {
			t.Fatalf("%+v reads back as %+v, %v", c, back, err)
		}
	})
	for _, text := range []string{"", "1.2", "1.2.3.4", "zzzzzzzzzzzzzz.1.1", "1.0.1", "1.zzzzzzzzzzzz.1", "1.1.99999999999", "a b.1.1"} {
		if _, err := shop.ParseQueueCursor(text); shop.CodeOf(err) != shop.CodeInvalid {
			t.Errorf("%q is read: %v", text, err)
		}
	}
}

func TestAmountRangesReadBack(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "100": "100", ">=0.05": "0.05..", "<=99.50": "..99.5", "10..20.0001": "10..20.0001", ">100": "100.0001..", "<100": "..99.9999", "<0": "<0", "..0": "..0",
	} {
		var span shop.AmountRange
		var err error
		if text != "" {
			span, err = shop.ParseAmountRange(text)
		}
		if err != nil || span.String() != want {
			t.Errorf("%q is written %q, %v", text, span.String(), err)
		}
		if back, err := shop.ParseAmountRange(span.String()); text != "" && (err != nil || back != span) {
			t.Errorf("%q reads back as %+v, %v", text, back, err)
		}
	}
}
