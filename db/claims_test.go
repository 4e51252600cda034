package db_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// runOut lets the claims on all parcels end now.
func (w *workshop) runOut() {
	w.TB.Helper()
	w.Exec(`UPDATE fulfillments SET leased_until = now() WHERE status = 'picking'`)
}

func (w *workshop) pick(user shop.User, lines ...shop.PickedLine) (shop.ParcelResult, error) {
	return w.Store.PickFulfillment(w.TB.Context(), shop.PickCommand{ParcelWork: factory.Work(w.order, user), Lines: lines})
}

func (w *workshop) holder() string {
	w.TB.Helper()
	return w.Text(`SELECT f.status || ' ' || coalesce(u.name, 'nobody') || ' ' || (SELECT sum(picked) FROM fulfillment_items i WHERE i.order_id = f.order_id)
		FROM fulfillments f LEFT JOIN users u ON u.id = f.assigned_user_id WHERE f.order_id = $1`, int64(w.order))
}

func TestAClaimThatRanOutGoesBackToTheQueueWithWhatWasPicked(t *testing.T) {
	t.Parallel()
	w, ctx := newWorkshop(t), t.Context()
	if _, err := w.Store.ClaimFulfillment(ctx, factory.Work(w.order, w.mara)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.pick(w.mara, shop.PickedLine{LineNo: 1, Quantity: 1}); err != nil {
		t.Fatal(err)
	}
	if n, err := w.Store.LapseClaims(ctx, 10); err != nil || n != 0 {
		t.Fatalf("%d fresh claims ran out: %v", n, err)
	}
	w.runOut()
	for _, want := range []int{1, 0} {
		if n, err := w.Store.LapseClaims(ctx, 10); err != nil || n != want {
			t.Fatalf("%d claims ran out, want %d: %v", n, want, err)
		}
	}
	if got := w.holder(); got != "open nobody 1" {
		t.Errorf("the parcel is %s", got)
	}
	if got := w.Text(`SELECT actor_kind || ' ' || visibility || ' ' || (data->>'reason') FROM order_events WHERE kind = 'claim_lapsed'`); got != "system staff "+w.mara.Name+" was not heard of any more; the 1 of 2 units that were picked stay counted" {
		t.Errorf("the timeline says %q", got)
	}
	// Ben takes it; Mara, whose page is old, is told what happened and by whom, and nothing of hers is lost.
	if _, err := w.Store.ClaimFulfillment(ctx, factory.Work(w.order, w.ben)); err != nil {
		t.Fatal(err)
	}
	_, err := w.pick(w.mara, shop.PickedLine{LineNo: 2, Quantity: 1})
	if shop.CodeOf(err) != shop.CodeConflict || !strings.Contains(err.Error(), "Your claim ran out") || !strings.Contains(err.Error(), w.ben.Name+" took this parcel") || !strings.Contains(err.Error(), "stays counted") {
		t.Errorf("Mara hears %v", err)
	}
	if done, err := w.pick(w.ben, shop.PickedLine{LineNo: 2, Quantity: 1}); err != nil || done.Status != shop.FulfillmentPicked {
		t.Errorf("Ben ends with %s, %v", done.Status, err)
	}
	w.CheckBooks()
}

func TestWhoeverComesBackInTimeGoesOn(t *testing.T) {
	t.Parallel()
	w, ctx := newWorkshop(t), t.Context()
	if _, err := w.Store.ClaimFulfillment(ctx, factory.Work(w.order, w.mara)); err != nil {
		t.Fatal(err)
	}
	w.runOut() // nobody noticed yet: work renews it
	if _, err := w.pick(w.mara, shop.PickedLine{LineNo: 1, Quantity: 1}); err != nil {
		t.Fatal(err)
	}
	if n, err := w.Store.LapseClaims(ctx, 10); err != nil || n != 0 {
		t.Fatalf("%d claims ran out after work on them: %v", n, err)
	}
	w.runOut() // given back, and nobody took it: the next unit takes it up again
	if n, err := w.Store.LapseClaims(ctx, 10); err != nil || n != 1 {
		t.Fatalf("%d claims ran out: %v", n, err)
	}
	if _, err := w.pick(w.ben, shop.PickedLine{LineNo: 2, Quantity: 1}); shop.CodeOf(err) != shop.CodeConflict {
		t.Errorf("Ben picks what he never claimed: %v", err)
	}
	if done, err := w.pick(w.mara, shop.PickedLine{LineNo: 2, Quantity: 1}); err != nil || done.Status != shop.FulfillmentPicked || done.AssignedUserID != w.mara.ID {
		t.Errorf("it is %s with %q: %v", done.Status, done.AssignedName, err)
	}
	if got, want := w.events(), "claimed status>processing claim_lapsed claimed picked"; got != want {
		t.Errorf("events are %q, want %q", got, want)
	}
}

func TestAClaimThatRanOutCanBeTakenBeforeTheJobRuns(t *testing.T) {
	t.Parallel()
	w, ctx := newWorkshop(t), t.Context()
	if _, err := w.Store.ClaimFulfillment(ctx, factory.Work(w.order, w.mara)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.ClaimFulfillment(ctx, factory.Work(w.order, w.ben)); shop.CodeOf(err) != shop.CodeConflict {
		t.Fatalf("a claim is taken away: %v", err)
	}
	w.runOut()
	if _, err := w.Store.ClaimFulfillment(ctx, factory.Work(w.order, w.ben)); err != nil {
		t.Fatal(err)
	}
	if got := w.holder(); got != "picking "+w.ben.Name+" 0" {
		t.Errorf("the parcel is %s", got)
	}
	if got, want := w.events(), "claimed status>processing claim_lapsed claimed"; got != want {
		t.Errorf("events are %q, want %q", got, want)
	}
}

func TestAnOpenPageRenewsClaimsButNotForEver(t *testing.T) {
	t.Parallel()
	w, ctx := newWorkshop(t), t.Context()
	if _, err := w.Store.ClaimFulfillment(ctx, factory.Work(w.order, w.mara)); err != nil {
		t.Fatal(err)
	}
	renewed := func() bool {
		w.runOut()
		if err := w.Store.RenewClaims(ctx, w.merchant, w.mara.ID); err != nil {
			t.Fatal(err)
		}
		return w.Int(`SELECT count(*) FROM fulfillments WHERE leased_until > now() + interval '29 minutes'`) == 1
	}
	if !renewed() {
		t.Error("an open page does not renew")
	}
	w.Exec(`UPDATE fulfillments SET assigned_at = now() - make_interval(secs => $1)`, shop.MaxClaim.Seconds()+1)
	if renewed() {
		t.Error("a page that was forgotten holds a parcel for ever")
	}
	if err := w.Store.RenewClaims(ctx, w.merchant, w.ben.ID); err != nil {
		t.Error(err)
	}
}

func TestHandingOver(t *testing.T) {
	t.Parallel()
	w, ctx := newWorkshop(t), t.Context()
	other, _ := w.Merchant("two")
	stranger := w.User("eve@two.test", shop.RoleMerchant, other, 0)
	gone := w.User("gone@one.test", shop.RoleMerchant, w.merchant, 0)
	w.Exec(`UPDATE users SET disabled_at = now() WHERE id = $1`, gone.ID)
	over := func(by shop.User, to int64, reason string) (shop.ParcelResult, error) {
		return w.Store.HandOverFulfillment(ctx, shop.HandOverCommand{ParcelWork: factory.Work(w.order, by), ToUserID: to, Reason: reason})
	}
	for name, refused := range map[string]struct {
		by     shop.User
		to     int64
		reason string
		code   shop.Code
	}{
		"to somebody of another merchant": {w.mara, stranger.ID, "lunch", shop.CodeInvalid},
		"to somebody who left":            {w.mara, gone.ID, "lunch", shop.CodeInvalid},
		"to nobody":                       {w.mara, 0, "lunch", shop.CodeInvalid},
		"without a reason":                {w.mara, w.ben.ID, " ", shop.CodeInvalid},
		"with a novel":                    {w.mara, w.ben.ID, strings.Repeat("x", shop.MaxHandOverReason+1), shop.CodeInvalid},
		"by somebody of another merchant": {stranger, stranger.ID, "mine", shop.CodeNotFound},
	} {
		if _, err := over(refused.by, refused.to, refused.reason); shop.CodeOf(err) != refused.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if done, err := over(w.mara, w.ben.ID, "your aisle"); err != nil || done.AssignedUserID != w.ben.ID || done.Status != shop.FulfillmentPicking || done.LeasedUntil.IsZero() {
		t.Fatalf("a free parcel goes to %q as %s, %v", done.AssignedName, done.Status, err)
	}
	if again, err := over(w.mara, w.ben.ID, "your aisle"); err != nil || !again.Already {
		t.Errorf("twice: %+v, %v", again, err)
	}
	if _, err := w.pick(w.ben, shop.PickedLine{LineNo: 1, Quantity: 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := over(w.ben, w.mara.ID, "lunch"); err != nil {
		t.Fatal(err)
	}
	if got := w.holder(); got != "picking "+w.mara.Name+" 1" {
		t.Errorf("the parcel is %s", got)
	}
	if _, err := w.pick(w.ben, shop.PickedLine{LineNo: 2, Quantity: 1}); shop.CodeOf(err) != shop.CodeConflict || !strings.Contains(err.Error(), w.mara.Name) {
		t.Errorf("Ben goes on: %v", err)
	}
	if got := w.Text(`SELECT string_agg(data->>'reason', '; ' ORDER BY seq) FROM order_events WHERE kind = 'handed_over'`); got != fmt.Sprintf("to %[1]s (your aisle); from %[1]s to %[2]s (lunch)", w.ben.Name, w.mara.Name) {
		t.Errorf("the timeline says %q", got)
	}
}

// Sixteen people press Next order until nothing is left, and pick what they get: every parcel is worked on once.
func TestNoParcelIsWorkedOnTwice(t *testing.T) {
	t.Parallel()
	const pickers, parcels = 16, 500
	w := &workshop{World: factory.New(t)}
	w.merchant, w.location = w.Merchant("one")
	sku := w.SKU(w.merchant, "TEA", 500, parcels)
	w.customer, w.address = w.Customer("ada@example.com")
	w.many(parcels, sku)
	people := make([]shop.User, pickers)
	for i := range people {
		people[i] = w.User(fmt.Sprintf("p%d@one.test", i), shop.RoleMerchant, w.merchant, 0)
	}
	var mu sync.Mutex
	taken := map[shop.OrderID]string{}
	var all sync.WaitGroup
	for _, person := range people {
		all.Go(func() {
			for n := 0; ; n++ {
				f, err := w.next(person, fmt.Sprintf("%d-%d", person.ID, n))
				if shop.CodeOf(err) == shop.CodeNotFound {
					return
				}
				if err == nil {
					_, err = w.Store.PickFulfillment(t.Context(), shop.PickCommand{ParcelWork: factory.Work(f.OrderID, person), All: true})
				}
				if err != nil {
					t.Errorf("%s: %v", person.Name, err)
					return
				}
				mu.Lock()
				if before, twice := taken[f.OrderID]; twice {
					t.Errorf("%s was given to %s and to %s", f.OrderID.Number(), before, person.Name)
				}
				taken[f.OrderID] = person.Name
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(taken) != parcels || w.Int(`SELECT count(*) FROM order_events WHERE kind = 'claimed'`) != parcels || w.Int(`SELECT count(*) FROM fulfillments WHERE status = 'picked'`) != parcels {
		t.Errorf("%d of %d parcels were taken", len(taken), parcels)
	}
	w.CheckBooks()
}

// many adds paid orders of one unit each.
func (w *workshop) many(n int, sku int64) {
	w.TB.Helper()
	placer := w.Placer()
	var all sync.WaitGroup
	ids := make(chan shop.OrderID, n)
	for range 8 {
		all.Go(func() {
			for range n / 8 {
				placed, err := placer.PlaceCheckout(w.TB.Context(), w.Order(w.customer, w.address, sku))
				if err != nil {
					w.TB.Error(err)
					return
				}
				ids <- placed.Orders[0].ID
			}
		})
	}
	all.Wait()
	for range n % 8 {
		ids <- w.Place(w.customer, w.address, sku).Orders[0].ID
	}
	close(ids)
	for id := range ids {
		w.Confirm(id)
	}
}

func (w *workshop) next(person shop.User, key string) (shop.ParcelResult, error) {
	k, err := shop.NewIdempotencyKey("test:next", key, 0)
	if err != nil {
		return shop.ParcelResult{}, err
	}
	return w.Store.NextFulfillment(w.TB.Context(), shop.NextCommand{MerchantID: w.merchant, Actor: person.Actor(), Key: k})
}

func TestAParcelIsGivenBackOnceItsTimeIsOver(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	f := shop.Fulfillment{Status: shop.FulfillmentPicking, LeasedUntil: start}
	for at, want := range map[time.Time]bool{start.Add(-time.Second): false, start: true, start.Add(time.Hour): true} {
		if f.Lapsed(at) != want {
			t.Errorf("at %s lapsed is %v", at, !want)
		}
	}
	if f.LeasedUntil = (time.Time{}); f.Lapsed(start) {
		t.Error("a claim without an end ran out")
	}
}
