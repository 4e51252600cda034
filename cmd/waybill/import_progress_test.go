package main

import (
	"strings"
	"testing"
	"time"

	"waybill/shop"
)

func TestProgressOnALog(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	now := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	p := newProgress(&out, func() time.Time { return now })
	for _, step := range []struct {
		after time.Duration
		state shop.ImportProgress
	}{
		{0, shop.ImportProgress{Phase: shop.ImportingCatalog, Done: 1000, Added: 1000}},
		{time.Second, shop.ImportProgress{Phase: shop.ImportingCatalog, Done: 2000, Added: 2000}}, // too soon to be told
		{time.Second, shop.ImportProgress{Phase: shop.ImportingCheckouts, Done: 500, Expected: 2000}},
		{4 * time.Second, shop.ImportProgress{Phase: shop.ImportingCheckouts, Done: 1000, Added: 1000, Expected: 2000, Rejected: 3}},
		{time.Second, shop.ImportProgress{Phase: shop.ImportingCheckouts, Done: 2000, Added: 2000, Expected: 2000, Rejected: 3}},
	} {
		now = now.Add(step.after)
		p.show(step.state)
	}
	p.end()
	const want = "catalog: 1000, 1000 new\n" +
		"checkouts: 1000 of 2000 (50 %), 1000 new, 3 rows rejected, 250/s, 5s left\n" +
		"checkouts: 2000 of 2000 (100 %), 2000 new, 3 rows rejected, 400/s\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
	if p.elapsed() != 7*time.Second {
		t.Errorf("%s elapsed", p.elapsed())
	}
}

func TestProgressOnATerminal(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	now := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	p := newProgress(&out, func() time.Time { return now })
	p.terminal = true
	p.show(shop.ImportProgress{Phase: shop.ImportingCatalog, Done: 1, Added: 1})
	now = now.Add(time.Second)
	p.show(shop.ImportProgress{Phase: shop.ImportingCheckouts, Done: 1, Expected: 2})
	p.end()
	const want = "\r\033[Kcatalog: 1, 1 new\n\r\033[Kcheckouts: 1 of 2 (50 %), 0 new\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
