package db_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// floor is a merchant's warehouse: SKUs in bins, two pickers, and a buyer.
type floor struct {
	*factory.World
	merchant          int64
	tea, cup, pot     int64 // in and B-1
	ada, ben          shop.User
	customer, address int64
}

func newFloor(t *testing.T) *floor {
	t.Helper()
	w := factory.New(t)
	f := &floor{World: w}
	f.merchant, _ = w.Merchant("north")
	f.tea, f.cup, f.pot = w.SKU(f.merchant, "TEA", 1000, 500), w.SKU(f.merchant, "CUP", 1000, 500), w.SKU(f.merchant, "POT", 1000, 500)
	w.Bin(f.tea, "A-2")
	w.Bin(f.cup, "A-10")
	w.Bin(f.pot, "B-1")
	w.Barcode(f.tea, "4006381333931")
	f.ada, f.ben = w.User("ada@north.test", shop.RoleMerchant, f.merchant, 0), w.User("ben@north.test", shop.RoleMerchant, f.merchant, 0)
	f.customer, f.address = w.Customer("buyer@example.com")
	return f
}

// orders places paid orders of one unit of each SKU.
func (f *floor) orders(count int, skus ...int64) (ids []shop.OrderID) {
	f.TB.Helper()
	for range count {
		ids = append(ids, f.Paid(f.customer, f.address, skus...))
	}
	return ids
}

func (f *floor) plan(kind shop.BatchKind) shop.BatchPlan {
	return shop.BatchPlan{MerchantID: f.merchant, Kind: kind, MaxParcels: shop.MaxBatchParcels, MaxUnits: shop.MaxBatchUnits}
}

func batchKey(tb testing.TB, key string) shop.IdempotencyKey {
	tb.Helper()
	k, err := shop.NewIdempotencyKey("test", key, key)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func (f *floor) start(who shop.User, plan shop.BatchPlan, key string) (shop.Batch, error) {
	f.TB.Helper()
	return f.Store.StartBatch(context.Background(), shop.BatchCommand{BatchPlan: plan, Actor: who.Actor(), RequestID: "test", Key: batchKey(f.TB, key)})
}

func (f *floor) mustStart(who shop.User, plan shop.BatchPlan, key string) shop.Batch {
	f.TB.Helper()
	batch, err := f.start(who, plan, key)
	if err != nil {
		f.TB.Fatal(err)
	}
	return batch
}

// scanIn scans in a batch, under a key of its own.
func (f *floor) scanIn(who shop.User, batch int64, at, code, key string) (shop.ScanAnswer, error) {
	return f.Store.Scan(context.Background(), shop.ScanCommand{
		MerchantID: who.MerchantID, Actor: who.Actor(), RequestID: "test", Key: batchKey(f.TB, key), Code: code, Step: shop.ScanPick, Batch: batch, At: at,
	})
}

func orderIDs(batch shop.Batch) (ids []shop.OrderID) {
	for _, m := range batch.Members {
		ids = append(ids, m.OrderID)
	}
	return ids
}

func TestABatchOfEachKind(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	teas, both, pots := f.orders(2, f.tea), f.orders(1, f.tea, f.cup), f.orders(1, f.pot)
	plans := map[string]struct {
		change func(*shop.BatchPlan)
		want   []shop.OrderID
	}{
		"single": {func(p *shop.BatchPlan) {}, append(slices.Clone(teas), pots...)},
		"sku":    {func(p *shop.BatchPlan) { p.SKU = "tea" }, teas},
		"zone":   {func(p *shop.BatchPlan) { p.Zone = "a-" }, append(slices.Clone(teas), both...)},
		"totes":  {func(p *shop.BatchPlan) { p.MaxUnits = 3 }, []shop.OrderID{teas[0], teas[1], pots[0]}},
		"chosen": {func(p *shop.BatchPlan) { p.Chosen = []shop.ParcelRef{{OrderID: both[0], No: 1}, {OrderID: 7, No: 1}} }, both},
	}
	for kind, c := range plans {
		plan := f.plan(shop.BatchKind(kind))
		c.change(&plan)
		preview, err := f.Store.PreviewBatch(t.Context(), plan)
		got := []shop.OrderID{}
		for _, p := range preview.Parcels {
			got = append(got, p.OrderID)
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v, %v", kind, got, c.want, err)
		}
	}
	suggested, err := f.Store.SuggestBatches(t.Context(), f.merchant)
	if err != nil || len(suggested.SKUs) != 1 || suggested.SKUs[0].Parcels != 2 || fmt.Sprint(suggested.Zones) != "[{A-  3} {B-  1}]" {
		t.Errorf("suggested %+v, %v", suggested, err)
	}
}

func TestABatchIsOneWalkAndEndsWithItsLastUnit(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	f.orders(1, f.pot, f.tea)
	f.orders(1, f.cup, f.tea)
	plan := f.plan(shop.BatchTotes)
	batch := f.mustStart(f.ada, plan, "one")
	if again := f.mustStart(f.ada, plan, "one"); again.ID != batch.ID {
		t.Errorf("the same key made batches %d and %d", batch.ID, again.ID)
	}
	walk := ""
	for _, s := range batch.List {
		walk += fmt.Sprintf("%s %s %d/%d; ", s.Bin, s.SKUCode, len(s.Items), s.Units())
	}
	if walk != "A-2 TEA 2/2; A-10 CUP 1/1; B-1 POT 1/1; " {
		t.Errorf("the walk is %s", walk)
	}
	steps := []struct{ at, code, tone, title string }{
		{"", "MAIN:A-2", "ok", "Right bin"},
		{"A-2", "CUP", "wrong", "Wrong item"},
		{"A-2", "B-1", "ok", "Right bin"},
		{"A-2", "4006381333931", "ok", "Into tote 1"},
		{"A-2", "tea", "ok", "Into tote 2"},
		{"A-2", "TEA", "wrong", "One too many"},
		{"A-2", "4006381333932", "wrong", "Misread"},
		{"A-2", "4012345678901", "wrong", "Unknown barcode"},
		{"A-2", "no such thing", "wrong", "Unknown code"},
		{"A-2", "CUP", "ok", "Into tote 2"},
		{"", "POT", "done", "Into tote 1"},
	}
	for i, step := range steps {
		answer, err := f.scanIn(f.ada, batch.ID, step.at, step.code, fmt.Sprint("step ", i))
		if err != nil || string(answer.Tone) != step.tone || answer.Title != step.title {
			t.Fatalf("%q at %q: %+v, %v", step.code, step.at, answer, err)
		}
	}
	ended, err := f.Store.BatchByID(t.Context(), f.merchant, batch.ID)
	if err != nil || ended.Running() || ended.PickedParcels != 2 || ended.Picked != 4 {
		t.Errorf("%+v, %v", ended.BatchHead, err)
	}
	if n := f.Int(`SELECT count(*) FROM fulfillments WHERE status = 'picked'`); n != 2 {
		t.Errorf("%d parcels are picked", n)
	}
	if _, err := f.scanIn(f.ada, batch.ID, "", "TEA", "late"); shop.CodeOf(err) != shop.CodeConflict {
		t.Errorf("a scan after the end: %v", err)
	}
	if got := f.Text(`SELECT string_agg(outcome || ' ' || n, ', ' ORDER BY outcome) FROM (SELECT outcome, count(*)::text AS n FROM scan_events GROUP BY outcome) t`); got != "ok 4, wrong 5" {
		t.Errorf("remembered: %s", got)
	}
	if broken := verify(t, f.World); broken != nil {
		t.Errorf("broken: %v", broken)
	}
}

func TestWhateverEndsAClaimTakesTheParcelOutOfItsBatch(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	ids := f.orders(4, f.tea)
	batch := f.mustStart(f.ada, f.plan(shop.BatchTotes), "one")
	if _, err := f.Store.ReleaseFulfillment(t.Context(), factory.Work(ids[0], f.ben)); err != nil {
		t.Fatal(err)
	}
	handing := shop.HandOverCommand{ParcelWork: factory.Work(ids[1], f.ada), ToUserID: f.ben.ID, Reason: "lunch"}
	if _, err := f.Store.HandOverFulfillment(t.Context(), handing); err != nil {
		t.Fatal(err)
	}
	f.Exec(`UPDATE fulfillments SET leased_until = now() - interval '1 minute' WHERE order_id = $1`, int64(ids[2]))
	if n, err := f.Store.LapseClaims(t.Context(), 10); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	now, err := f.Store.BatchByID(t.Context(), f.merchant, batch.ID)
	if err != nil || now.OpenParcels != 1 || len(now.Gone()) != 3 || len(now.List) != 1 || now.List[0].Units() != 1 {
		t.Fatalf("%+v, %v", now, err)
	}
	if end, err := f.Store.EndBatch(t.Context(), shop.BatchWork{ID: batch.ID, MerchantID: f.merchant, Actor: f.ben.Actor()}); err != nil || end.Released != 1 {
		t.Errorf("%+v, %v", end, err)
	}
	if end, err := f.Store.EndBatch(t.Context(), shop.BatchWork{ID: batch.ID, MerchantID: f.merchant, Actor: f.ben.Actor()}); err != nil || end.Released != 0 {
		t.Errorf("again: %+v, %v", end, err)
	}
	if broken := verify(t, f.World); broken != nil {
		t.Errorf("broken: %v", broken)
	}
}

func TestBatchesThatCannotBe(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	f.orders(1, f.tea, f.cup)
	for name, c := range map[string]struct {
		change func(*shop.BatchPlan)
		code   shop.Code
	}{
		"nothing single":   {func(p *shop.BatchPlan) { p.Kind = shop.BatchSingle }, shop.CodeConflict},
		"nothing in C":     {func(p *shop.BatchPlan) { p.Kind, p.Zone = shop.BatchZone, "C-" }, shop.CodeConflict},
		"no such SKU":      {func(p *shop.BatchPlan) { p.Kind, p.SKU = shop.BatchSKU, "NONE" }, shop.CodeInvalid},
		"too small":        {func(p *shop.BatchPlan) { p.MaxUnits = 1 }, shop.CodeConflict},
		"nothing ticked":   {func(p *shop.BatchPlan) { p.Kind = shop.BatchChosen }, shop.CodeInvalid},
		"no kind":          {func(p *shop.BatchPlan) { p.Kind = "x" }, shop.CodeInvalid},
		"no parcels":       {func(p *shop.BatchPlan) { p.MaxParcels = 0 }, shop.CodeInvalid},
		"too many units":   {func(p *shop.BatchPlan) { p.MaxUnits = shop.MaxBatchUnits + 1 }, shop.CodeInvalid},
		"another merchant": {func(p *shop.BatchPlan) { p.MerchantID = 99 }, shop.CodeNotFound},
	} {
		plan := f.plan(shop.BatchTotes)
		c.change(&plan)
		if _, err := f.start(f.ada, plan, name); shop.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := f.Int(`SELECT count(*) FROM pick_batches`); n != 0 {
		t.Errorf("%d batches were made", n)
	}
}

// Builders at the same time share the work and no parcel.
func TestBatchesNeverOverlap(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	f.orders(24, f.tea)
	plan := f.plan(shop.BatchTotes)
	plan.MaxParcels = 5
	var mu sync.Mutex
	seen := map[shop.OrderID]int{}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			who := []shop.User{f.ada, f.ben}[i%2]
			batch, err := f.start(who, plan, fmt.Sprint("builder ", i))
			if err != nil && shop.CodeOf(err) != shop.CodeConflict {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, id := range orderIDs(batch) {
				seen[id]++
			}
		})
	}
	all.Wait()
	for id, n := range seen {
		if n != 1 {
			t.Errorf("order %d is in %d batches", id, n)
		}
	}
	if rest := f.Int(`SELECT count(*) FROM fulfillments WHERE status = 'open'`); int(rest)+len(seen) != 24 {
		t.Errorf("%d parcels in batches, %d open", len(seen), rest)
	}
	if broken := verify(t, f.World); broken != nil {
		t.Errorf("broken: %v", broken)
	}
}

// Two devices of one picker scan the same batch, each scan sent twice: every unit counts once, and not one too many.
func TestScansOfOneBatchCountOnce(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	f.orders(6, f.tea)
	batch := f.mustStart(f.ada, f.plan(shop.BatchTotes), "one")
	var right sync.Map
	var all sync.WaitGroup
	for device := range 2 {
		all.Go(func() {
			for n := range 5 {
				for range 2 {
					key := fmt.Sprintf("scan %d of %d", n, device)
					answer, err := f.scanIn(f.ada, batch.ID, "A-2", "TEA", key)
					if err != nil && shop.CodeOf(err) != shop.CodeConflict {
						t.Error(err)
					}
					if err == nil && answer.Tone != shop.ScanToneWrong {
						right.Store(key, true)
					}
				}
			}
		})
	}
	all.Wait()
	counted := 0
	right.Range(func(any, any) bool { counted++; return true })
	if picked := f.Int(`SELECT sum(picked) FROM fulfillment_items`); picked != 6 || counted != 6 {
		t.Errorf("%d units are picked, %d scans were right", picked, counted)
	}
	if n := f.Int(`SELECT count(*) FROM scan_events WHERE outcome = 'ok'`); n != 6 {
		t.Errorf("%d right scans are remembered", n)
	}
	if _, err := f.scanIn(f.ben, batch.ID, "", "TEA", "not his"); shop.CodeOf(err) != shop.CodeConflict {
		t.Errorf("another picker: %v", err)
	}
}

// Whatever is scanned, by whomever, and however batches begin and end: nothing is picked twice and nothing overlaps.
func TestPickingNeverExceeds(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	step := 0
	rapid.Check(t, func(rt *rapid.T) {
		f.TB = t
		f.orders(rapid.IntRange(0, 2).Draw(rt, "orders"), rapid.SampledFrom([][]int64{{f.tea}, {f.cup, f.tea}, {f.pot, f.tea}}).Draw(rt, "of")...)
		var batch shop.Batch
		who := rapid.SampledFrom([]shop.User{f.ada, f.ben}).Draw(rt, "who")
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			step++
			switch rapid.IntRange(0, 9).Draw(rt, "do") {
			case 0:
				plan := f.plan(rapid.SampledFrom(shop.BatchKinds()[:2]).Draw(rt, "kind"))
				plan.MaxParcels = rapid.IntRange(1, 3).Draw(rt, "parcels")
				if made, err := f.start(who, plan, fmt.Sprint("batch ", step)); err == nil {
					batch = made
				}
			case 1:
				_, err := f.Store.EndBatch(t.Context(), shop.BatchWork{ID: batch.ID, MerchantID: f.merchant, Actor: who.Actor()})
				if err != nil && shop.CodeOf(err) != shop.CodeNotFound {
					rt.Fatal(err)
				}
			default:
				code := rapid.SampledFrom([]string{"TEA", "CUP", "POT", "A-2", "MAIN:B-1", "junk", "4006381333932"}).Draw(rt, "code")
				_, err := f.scanIn(who, batch.ID, rapid.SampledFrom([]string{"", "A-2"}).Draw(rt, "at"), code, fmt.Sprint("scan ", step))
				if c := shop.CodeOf(err); c == shop.CodeInternal {
					rt.Fatal(err)
				}
			}
		}
		if n := f.Int(`SELECT count(*) FROM fulfillment_items WHERE picked > quantity`) + f.Int(`SELECT count(*) FROM (SELECT order_id, no FROM pick_batch_parcels WHERE left_at IS NULL GROUP BY 1, 2 HAVING count(*) > 1) t`); n != 0 {
			rt.Fatalf("%d lines are over-picked or parcels in two batches", n)
		}
	})
	if broken := verify(t, f.World); broken != nil {
		t.Errorf("broken: %v", broken)
	}
}
