package shop_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"waybill/shop"
)

func capture(charge string, minor int64) shop.Movement {
	return shop.Movement{Charge: charge, Kind: shop.TransactionCapture, Currency: "USD", Minor: minor, At: searchNow}
}

func reconcile(t interface{ Fatal(...any) }, ours, theirs []shop.Movement) []shop.Match {
	o, err := shop.GroupMovements(ours)
	if err != nil {
		t.Fatal(err)
	}
	p, err := shop.GroupMovements(theirs)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(shop.Reconcile(slices.Values(o), slices.Values(p)))
}

func TestReconcileClasses(t *testing.T) {
	t.Parallel()
	unknown := capture("c", 0)
	unknown.Unsettled = "unknown"
	half := capture("c", 500)
	half.Unsettled = "failed"
	euros := capture("c", 20000)
	euros.Currency = "EUR"
	refund := capture("c", 300)
	refund.Kind = shop.TransactionRefund
	cases := map[string]struct {
		ours, theirs []shop.Movement
		want         []shop.MatchClass
		difference   int64 // of the first
		says         string
	}{
		"the same":                          {[]shop.Movement{capture("c", 100)}, []shop.Movement{capture("c", 100)}, []shop.MatchClass{shop.Matched}, 0, "Both sides"},
		"books 200, processor 100":          {[]shop.Movement{capture("c", 20000)}, []shop.Movement{capture("c", 10000)}, []shop.MatchClass{shop.AmountDiffers}, -10000, "100.00 USD less"},
		"books 100, processor 200":          {[]shop.Movement{capture("c", 10000)}, []shop.Movement{capture("c", 20000)}, []shop.MatchClass{shop.Surplus}, 10000, "100.00 USD more"},
		"only ours":                         {[]shop.Movement{capture("c", 100)}, nil, []shop.MatchClass{shop.MissingAtProvider}, -100, "has nothing"},
		"only theirs":                       {nil, []shop.Movement{capture("c", 100)}, []shop.MatchClass{shop.MissingWithUs}, 100, "do not know"},
		"captured there, unknown here":      {[]shop.Movement{unknown}, []shop.Movement{capture("c", 100)}, []shop.MatchClass{shop.StatusDiffers}, 100, "unknown"},
		"a part failed here, all there":     {[]shop.Movement{half}, []shop.Movement{capture("c", 900)}, []shop.MatchClass{shop.StatusDiffers}, 400, "failed"},
		"unknown here, nothing there":       {[]shop.Movement{unknown}, nil, nil, 0, ""},
		"one charge over three orders":      {[]shop.Movement{capture("c", 333), capture("c", 333), capture("c", 334)}, []shop.Movement{capture("c", 1000)}, []shop.MatchClass{shop.Matched}, 0, ""},
		"captured in two pieces over there": {[]shop.Movement{capture("c", 1000)}, []shop.Movement{capture("c", 400), capture("c", 600)}, []shop.MatchClass{shop.Matched}, 0, ""},
		"another currency":                  {[]shop.Movement{euros}, []shop.Movement{capture("c", 20000)}, []shop.MatchClass{shop.MissingAtProvider, shop.MissingWithUs}, -20000, "EUR"},
		"a refund that the provider lacks":  {[]shop.Movement{capture("c", 300), refund}, []shop.Movement{capture("c", 300)}, []shop.MatchClass{shop.Matched, shop.MissingAtProvider}, 0, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []shop.MatchClass
			matches := reconcile(t, c.ours, c.theirs)
			for _, m := range matches {
				got = append(got, m.Class)
			}
			if !slices.Equal(got, c.want) {
				t.Fatalf("got %v, want %v", got, c.want)
			}
			if len(matches) > 0 && (matches[0].DifferenceMinor() != c.difference || !strings.Contains(matches[0].Reason(), c.says)) {
				t.Errorf("the difference is %d, want %d; it says %q, want %q in it", matches[0].DifferenceMinor(), c.difference, matches[0].Reason(), c.says)
			}
		})
	}
}

func TestRefundsCountAgainstCapturesInTotals(t *testing.T) {
	t.Parallel()
	refund := capture("c", 300)
	refund.Kind = shop.TransactionRefund
	totals := shop.TotalMatches(reconcile(t, []shop.Movement{capture("c", 1000), refund}, []shop.Movement{capture("c", 1000), refund, capture("d", 5)}))
	want := []shop.MatchTotal{
		{Class: shop.Matched, Currency: "USD", Movements: 2, OursMinor: 700, TheirsMinor: 700},
		{Class: shop.MissingWithUs, Currency: "USD", Movements: 1, TheirsMinor: 5},
	}
	if !slices.Equal(totals, want) {
		t.Errorf("got %+v, want %+v", totals, want)
	}
}

func TestGroupMovementsRefusesSumsBeyond64Bits(t *testing.T) {
	t.Parallel()
	if _, err := shop.GroupMovements([]shop.Movement{capture("c", 1<<62), capture("c", 1<<62)}); shop.CodeOf(err) != shop.CodeInvalid {
		t.Errorf("the sum is taken: %v", err)
	}
}

func drawMovements(t *rapid.T, label string) []shop.Movement {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) shop.Movement {
		return shop.Movement{
			Charge:   rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}).Draw(t, "charge"),
			Kind:     rapid.SampledFrom([]shop.TransactionKind{shop.TransactionCapture, shop.TransactionRefund}).Draw(t, "kind"),
			Currency: rapid.SampledFrom([]shop.Currency{"USD", "JPY"}).Draw(t, "currency"),
			Minor:    rapid.Int64Range(0, 4).Draw(t, "minor"),
			At:       searchNow.Add(time.Duration(rapid.IntRange(0, 9).Draw(t, "at")) * time.Hour),
		}
	}), 0, 24).Draw(t, label)
}

type movementKey struct {
	charge   string
	kind     shop.TransactionKind
	currency shop.Currency
}

func sums(movements []shop.Movement) map[movementKey]int64 {
	sums := map[movementKey]int64{}
	for _, m := range movements {
		sums[movementKey{m.Charge, m.Kind, m.Currency}] += m.Minor
	}
	return sums
}

// Every movement of either side is in exactly one match, with the figures that adding up by hand gives; so no cent is
// lost or counted twice, in whatever order the records come and however a charge is split.
func TestReconcileLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ours, theirs := drawMovements(t, "ours"), drawMovements(t, "theirs")
		wantOurs, wantTheirs := sums(ours), sums(theirs)
		keys := maps.Clone(wantOurs)
		maps.Copy(keys, wantTheirs)
		seen := map[movementKey]bool{}
		for _, m := range reconcile(t, ours, theirs) {
			k := movementKey{m.Charge, m.Kind, m.Currency}
			if seen[k] {
				t.Fatalf("%v is matched twice", k)
			}
			seen[k] = true
			if m.OursMinor() != wantOurs[k] || m.TheirsMinor != wantTheirs[k] {
				t.Fatalf("%v: ours %d, theirs %d; want %d, %d", k, m.OursMinor(), m.TheirsMinor, wantOurs[k], wantTheirs[k])
			}
			if (m.Class == shop.Matched) != (m.DifferenceMinor() == 0) {
				t.Fatalf("%v differs by %d and is %s", k, m.DifferenceMinor(), m.Class)
			}
		}
		for k := range keys {
			if moved := wantOurs[k] != 0 || wantTheirs[k] != 0; moved != seen[k] {
				t.Fatalf("%v moved: %t, matched: %t", k, moved, seen[k])
			}
		}
	})
}

func TestReconcileDoesNotDependOnTheOrderOfRecords(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ours, theirs := drawMovements(t, "ours"), drawMovements(t, "theirs")
		want := reconcile(t, ours, theirs)
		shuffled := rapid.Permutation(ours).Draw(t, "shuffled")
		if got := reconcile(t, shuffled, theirs); !slices.Equal(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}
