package db_test

import (
	"strconv"
	"testing"
	"time"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// A parcel that was packed, opened, and packed again is one parcel's work: it is counted where it was sealed last, and while
// it stands open it is not packed.
func TestAParcelThatWasOpenedCountsOnce(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	h := laterHouse(t, &now)
	id := h.order(3)
	numbers := func() shop.Numbers {
		t.Helper()
		n, err := h.Store.Numbers(t.Context(), shop.NumbersQuery{MerchantID: h.merchant, Period: shop.NumbersToday})
		h.must(err)
		return n
	}
	expect := func(when string, picked, packed, toPack, toShip int64) {
		t.Helper()
		n := numbers()
		got := []int64{n.Count(shop.Figure{What: shop.FigurePicked}), n.Count(shop.Figure{What: shop.FigurePacked}),
			n.Backlogs()[len(n.Parts)-1].Stages[shop.StageToPack], n.Backlogs()[len(n.Parts)-1].Stages[shop.StageToShip]}
		for i, want := range []int64{picked, packed, toPack, toShip} {
			if got[i] != want {
				t.Errorf("%s: picked, packed, to pack and to ship are %v, want %v", when, got, []int64{picked, packed, toPack, toShip})
				return
			}
		}
		if people := n.Pickers(); len(people) != 1 || people[0].Parcels != 1 || people[0].Units != 3 {
			t.Errorf("%s: the pickers are %+v, want one with one parcel of three units", when, people)
		}
	}
	picked := now
	now = now.Add(10 * time.Minute)
	h.must(h.pack(id, 1, 0))
	now = now.Add(5 * time.Minute)
	expect("packed", 1, 1, 0, 1)
	_, err := h.Store.UnpackParcel(t.Context(), factory.Work(id, h.user))
	h.must(err)
	now = now.Add(time.Minute)
	expect("opened", 1, 0, 1, 0)
	now = now.Add(14 * time.Minute)
	h.must(h.pack(id, 1, 0))
	packed := now
	now = now.Add(time.Minute)
	expect("packed again", 1, 1, 0, 1)
	s := h.label("T-1", ref(id, 1))
	now = now.Add(20 * time.Minute)
	for range 2 { // left, taken back, left again
		_, err = h.Store.HandOver(t.Context(), h.work(s.ID))
		h.must(err)
		now = now.Add(time.Minute)
		if n := numbers(); n.Count(shop.Figure{What: shop.FigureShipped}) != 1 || n.Units(shop.Figure{What: shop.FigureShipped}) != 3 {
			t.Errorf("%d parcels with %d units left", n.Count(shop.Figure{What: shop.FigureShipped}), n.Units(shop.Figure{What: shop.FigureShipped}))
		}
		if shipped := now.Add(-time.Minute); numbers().Times()[3].Longest != shipped.Sub(packed) || numbers().Times()[2].Longest != packed.Sub(picked) {
			t.Errorf("it was to be packed for %v and to be shipped for %v, want %v and %v: to the last of each",
				numbers().Times()[2].Longest, numbers().Times()[3].Longest, packed.Sub(picked), shipped.Sub(packed))
		}
		if _, err := h.Store.UndoHandOver(t.Context(), h.work(s.ID)); err != nil {
			t.Fatal(err)
		}
		if n := numbers(); n.Count(shop.Figure{What: shop.FigureShipped}) != 0 || n.Count(shop.Figure{What: shop.FigureUnsent}) != 1 {
			t.Error("what was taken back still counts as shipped")
		}
		now = now.Add(time.Minute)
	}
}

// What is put into a parcel while it stands open was seen by nobody, so what was scanned before its seal says nothing any more.
func TestAParcelThatWasOpenedIsVerifiedAnew(t *testing.T) {
	t.Parallel()
	h, scans := newHouse(t), 0
	f := h.order(2)
	h.must(h.Store.RequireScans(t.Context(), h.merchant, true))
	scan := func(times int) {
		t.Helper()
		for range times {
			scans++
			key, err := shop.NewIdempotencyKey("test", strconv.Itoa(scans), nil)
			h.must(err)
			command := shop.ScanCommand{MerchantID: h.merchant, Code: "A", Step: shop.ScanPack, Parcel: ref(f, 1), Actor: h.user.Actor(), Key: key}
			if answer, err := h.Store.Scan(t.Context(), command); err != nil || answer.Tone == shop.ScanToneWrong {
				t.Fatalf("the scan answers %+v, %v", answer, err)
			}
		}
	}
	pack := func(reason string) error {
		work := factory.Work(f, h.user)
		work.ByHand = reason
		_, err := h.Store.PackParcel(t.Context(), shop.PackCommand{ParcelWork: work})
		return err
	}
	scan(2)
	h.must(pack(""))
	_, err := h.Store.UnpackParcel(t.Context(), factory.Work(f, h.user))
	h.must(err)
	if err := pack(""); shop.CodeOf(err) != shop.CodeInvalid {
		t.Errorf("packed again without a scan: %v", err)
	}
	scan(1)
	if err := pack(""); shop.CodeOf(err) != shop.CodeInvalid {
		t.Errorf("packed again with one of two units scanned: %v", err)
	}
	scan(1)
	h.must(pack(""))
}

// An order that is packed in two parcels is in the numbers with both, and with what happened to each.
func TestAnOrderInTwoParcelsCountsTwice(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.order(3)
	h.must(h.pack(id, 1, 1)) // the other two units go into a second parcel
	h.must(h.pack(id, 2, 0))
	n, err := h.Store.Numbers(t.Context(), shop.NumbersQuery{MerchantID: h.merchant, Period: shop.NumbersWeek})
	h.must(err)
	for _, what := range []shop.FigureKind{shop.FigurePicked, shop.FigurePacked} {
		if got := n.Count(shop.Figure{What: what}); got != 2 {
			t.Errorf("%s: %d parcels, want 2", what, got)
		}
	}
	if people := n.Pickers(); len(people) != 1 || people[0].Units != 3 {
		t.Errorf("the pickers are %+v, want one with three units", people)
	}
}
