package format_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"waybill/shop"
	"waybill/views/format"
)

func TestMoney(t *testing.T) {
	t.Parallel()
	cases := []struct {
		minor    int64
		currency shop.Currency
		want     string
	}{
		{0, "USD", "$0.00"},
		{5, "EUR", "€0.05"},
		{123450, "EUR", "€1,234.50"},
		{-123450, "EUR", "−€1,234.50"},
		{5800, "JPY", "¥5,800"},
		{1234567, "KWD", "KWD\u00a01,234.567"},
		{-100, "CHF", "−CHF\u00a01.00"},
		{214763182, "BRL", "R$2,147,631.82"},
		{math.MinInt64, "USD", "−$92,233,720,368,547,758.08"},
	}
	for _, c := range cases {
		if got := format.Money(shop.Amount{Minor: c.minor, Currency: c.currency}); got != c.want {
			t.Errorf("Money(%d %s) = %q, want %q", c.minor, c.currency, got, c.want)
		}
	}
}

// Whatever is done for the eye, the figure must read back to the same cents.
func TestFigureLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := shop.Amount{
			Minor:    rapid.Int64().Draw(t, "minor"),
			Currency: shop.Currency(rapid.SampledFrom([]string{"USD", "JPY", "KWD", "CLF"}).Draw(t, "currency")),
		}
		plain := strings.NewReplacer(",", "", "−", "-").Replace(format.Figure(a))
		back, err := shop.ParseAmount(plain, a.Currency)
		if err != nil || back != a {
			t.Fatalf("%v is shown as %q and reads back as %v, %v", a, format.Figure(a), back, err)
		}
	})
}

func TestCountAndPlural(t *testing.T) {
	t.Parallel()
	cases := []struct{ got, want string }{
		{format.Count(0), "0"},
		{format.Count(999), "999"},
		{format.Count(1000), "1,000"},
		{format.Count(int64(-1234567)), "−1,234,567"},
		{format.Plural(0, "order", "orders"), "no orders"},
		{format.Plural(1, "order", "orders"), "1 order"},
		{format.Plural(1240, "order", "orders"), "1,240\u00a0orders"},
		{format.Percent(1, 8), "12.5%"},
		{format.Rate(87_500), "8.75%"},
		{format.Rate(190_000), "19%"},
		{format.Rate(1), "0.0001%"},
		{format.Rate(0), "0%"},
		{format.Percent(-1, 8), "−12.5%"},
		{format.Percent(1, 0), "–"},
	}
	for _, c := range cases {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestTimesAreInUTCAndSaySo(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 22, 22, 30, 7, 0, time.FixedZone("-04", -4*3600))
	cases := []struct{ got, want string }{
		{format.Date(at), "23 May 2026"},
		{format.DateTime(at), "23 May 2026, 02:30 UTC"},
		{format.Exact(at), "Saturday 23 May 2026, 02:30:07 UTC"},
		{format.Day(at), "Saturday 23 May 2026"},
		{format.Clock(at), "02:30"},
		{format.Machine(at), "2026-05-23T02:30:07Z"},
		{format.Date(time.Time{}), "–"},
		{format.Ago(at, time.Time{}), "–"},
	}
	for _, c := range cases {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestAgo(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 23, 12, 0, 0, 0, time.UTC)
	cases := map[time.Duration]string{
		0:                         "just now",
		59 * time.Second:          "just now",
		-30 * time.Second:         "just now",
		time.Minute:               "1\u00a0min ago",
		59*time.Minute + 59e9:     "59\u00a0min ago",
		3*time.Hour + time.Minute: "3\u00a0h ago",
		26 * time.Hour:            "1\u00a0d ago",
		7*24*time.Hour - 1:        "6\u00a0d ago",
		7 * 24 * time.Hour:        "16 May 2026",
		-20 * time.Minute:         "in 20\u00a0min",
		-8 * 24 * time.Hour:       "31 May 2026",
	}
	for age, want := range cases {
		if got := format.Ago(now, now.Add(-age)); got != want {
			t.Errorf("Ago(%v) = %q, want %q", age, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	cases := map[time.Duration]string{
		0:                             "under 1 s",
		45 * time.Second:              "45 s",
		3*time.Minute + 2*time.Second: "3 min 2 s",
		3 * time.Hour:                 "3 h",
		3*time.Hour + 12*time.Minute + 9*time.Second: "3 h 12 min",
		52 * time.Hour:               "2 d 4 h",
		48*time.Hour + 5*time.Minute: "2 d",
		-90 * time.Second:            "−1 min 30 s",
	}
	for d, want := range cases {
		if got := strings.ReplaceAll(format.Duration(d), "\u00a0", " "); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}
