package db_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

func (w *workshop) save(user shop.User, name string, shared bool) (int64, error) {
	w.TB.Helper()
	return w.Store.SaveQueueView(w.TB.Context(), shop.NewQueueView{MerchantID: user.MerchantID, UserID: user.ID, Name: name, Query: "stage=pack", Shared: shared})
}

func (w *workshop) viewNames(user shop.User) string {
	w.TB.Helper()
	views, err := w.Store.QueueViews(w.TB.Context(), user.MerchantID, user.ID)
	if err != nil {
		w.TB.Fatal(err)
	}
	var names []string
	for _, v := range views {
		names = append(names, v.Name)
	}
	return strings.Join(names, ",")
}

func TestSavedViewsArePrivateOrShared(t *testing.T) {
	t.Parallel()
	w, ctx := newWorkshop(t), t.Context()
	other, _ := w.Merchant("two")
	eve := w.User("eve@two.test", shop.RoleMerchant, other, 0)
	ids := map[string]int64{}
	for _, v := range []struct {
		by     shop.User
		name   string
		shared bool
	}{{w.mara, "Mine", false}, {w.mara, " For  all ", true}, {w.ben, "His", false}, {w.ben, "Also for all", true}, {eve, "Hers", true}} {
		id, err := w.save(v.by, v.name, v.shared)
		if err != nil {
			t.Fatal(err)
		}
		ids[v.name] = id
	}
	for user, want := range map[*shop.User]string{&w.mara: "For all,Also for all,Mine", &w.ben: "For all,Also for all,His", &eve: "Hers"} {
		if got := w.viewNames(*user); got != want {
			t.Errorf("%s sees %s, want %s", user.Name, got, want)
		}
	}
	ref := func(user shop.User, name string) shop.QueueViewRef {
		return shop.QueueViewRef{ID: ids[name], MerchantID: user.MerchantID, UserID: user.ID}
	}
	for _, foreign := range []shop.QueueViewRef{ref(w.ben, "Mine"), ref(eve, "Also for all"), ref(eve, "Mine")} {
		for what, err := range map[string]error{
			"rename": w.Store.RenameQueueView(ctx, foreign, "Stolen"), "move": w.Store.MoveQueueView(ctx, foreign, true), "delete": w.Store.DeleteQueueView(ctx, foreign, w.Order(0, 0).Key),
		} {
			if shop.CodeOf(err) != shop.CodeNotFound {
				t.Errorf("%s of somebody else's view: %v", what, err)
			}
		}
	}
	for _, step := range []error{
		w.Store.MoveQueueView(ctx, ref(w.mara, "Also for all"), true), w.Store.MoveQueueView(ctx, ref(w.mara, "Also for all"), true),
		w.Store.RenameQueueView(ctx, ref(w.mara, "Mine"), "Only mine"),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	if got := w.viewNames(w.mara); got != "Also for all,For all,Only mine" {
		t.Errorf("after moving and renaming: %s", got)
	}
	if err := w.Store.DeleteQueueView(ctx, ref(w.ben, "Also for all"), w.Order(0, 0).Key); err != nil {
		t.Fatal(err)
	}
	if got := w.viewNames(w.mara); got != "For all,Only mine" {
		t.Errorf("after deleting: %s", got)
	}
}

func TestSavedViewsHaveLimits(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	for _, name := range []string{"", "  ", strings.Repeat("x", shop.MaxQueueViewName+1)} {
		if _, err := w.save(w.mara, name, false); shop.CodeOf(err) != shop.CodeInvalid {
			t.Errorf("%q is a name: %v", name, err)
		}
	}
	for i := range shop.MaxQueueViews {
		if _, err := w.save(w.mara, fmt.Sprintf("View %d", i), false); err != nil {
			t.Fatal(err)
		}
	}
	for name, shared := range map[string]bool{"One more": false, "View 3": true} { // too many; a name that is taken
		if _, err := w.save(w.mara, name, shared); shop.CodeOf(err) != shop.CodeConflict {
			t.Errorf("%q is saved: %v", name, err)
		}
	}
	if _, err := w.save(w.mara, "For all", true); err != nil {
		t.Errorf("shared ones are counted by themselves: %v", err)
	}
}

// A view counts what its list shows, whichever way it is counted.
func TestViewsCountWhatTheirListsShow(t *testing.T) {
	t.Parallel()
	w, annex := mixedQueue(t, 40)
	cube, clock, err := w.Store.QueueCube(t.Context(), w.merchant)
	if err != nil {
		t.Fatal(err)
	}
	for _, stage := range shop.QueueStages() {
		for _, f := range []shop.QueueFilter{{}, {Due: shop.QueueDueLate}, {Due: shop.QueueDueToday, Country: "DE"}, {LocationID: annex}, {HolderID: w.ben.ID, ServiceID: shop.StandardService}, {SKU: "te"}} {
			f.Stage = stage
			page, err := w.Store.QueuePage(t.Context(), shop.QueueQuery{MerchantID: w.merchant, QueueFilter: f, Limit: shop.MaxPageSize})
			if err != nil {
				t.Fatal(err)
			}
			upTo, err := w.Store.QueueCountUpTo(t.Context(), w.merchant, f)
			if err != nil || upTo != (shop.QueueCount{Parcels: int64(len(page.Rows))}) {
				t.Errorf("%+v shows %d, counted %+v: %v", f, len(page.Rows), upTo, err)
			}
			if f.Cubed() && cube.Count(f, clock) != int64(len(page.Rows)) {
				t.Errorf("%+v shows %d, the cube says %d", f, len(page.Rows), cube.Count(f, clock))
			}
		}
	}
}

func bulkKey(t *testing.T, name string, parcels []shop.ParcelRef) shop.IdempotencyKey {
	t.Helper()
	key, err := shop.NewIdempotencyKey("test:bulk", name, parcels)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestBulkWorkDoesWhatItCanAndSaysWhyNot(t *testing.T) {
	t.Parallel()
	w, ctx := newWorkshop(t), t.Context()
	taken, free := w.order, w.Paid(w.customer, w.address, w.skus[0])
	packed := w.Paid(w.customer, w.address, w.skus[0])
	w.Packed(packed, w.ben)
	if _, err := w.Store.ClaimFulfillment(ctx, factory.Work(taken, w.ben)); err != nil {
		t.Fatal(err)
	}
	other, _ := w.Merchant("two")
	foreign := w.Paid(w.customer, w.address, w.SKU(other, "LAMP", 100, 5))
	refs := []shop.ParcelRef{{OrderID: packed, No: 1}, {OrderID: free, No: 1}, {OrderID: foreign, No: 1}, {OrderID: taken, No: 1}, {OrderID: free, No: 1}}
	command := shop.BulkCommand{Action: shop.QueueClaim, Parcels: refs, MerchantID: w.merchant, Actor: w.mara.Actor(), Key: bulkKey(t, "claim", refs)}
	want := map[shop.OrderID]string{free: "", taken: w.ben.Name + " took this parcel", packed: "waits to be shipped", foreign: "no such order"}

	preview, err := w.Store.PreviewQueueBulk(ctx, command)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range preview {
		if (row.Refused == "") != (row.OrderID == free) {
			t.Errorf("the preview says %+v", row)
		}
	}
	var ids []int64
	for range 2 { // pressed twice
		id, err := w.Store.RunQueueBulk(ctx, command)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	run, err := w.Store.QueueRun(ctx, w.merchant, ids[0])
	if err != nil || ids[0] != ids[1] || len(run.Rows) != 4 || run.By != w.mara.Name || shop.Done(run.Rows) != 1 {
		t.Fatalf("%v left %+v, %v", ids, run, err)
	}
	for _, row := range run.Rows {
		if !strings.Contains(strings.ToLower(row.Refused), strings.ToLower(want[row.OrderID])) || (row.Refused == "") != (row.OrderID == free) {
			t.Errorf("%+v, want %q", row, want[row.OrderID])
		}
	}
	if _, err := w.Store.QueueRun(ctx, other, ids[0]); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("another merchant reads the record: %v", err)
	}

	command = shop.BulkCommand{Action: shop.QueueHandOver, Parcels: refs, MerchantID: w.merchant, Actor: w.mara.Actor(), Key: bulkKey(t, "over", refs)}
	if _, err := w.Store.RunQueueBulk(ctx, command); shop.CodeOf(err) != shop.CodeInvalid {
		t.Errorf("handed over to nobody: %v", err)
	}
	command.ToUserID, command.Reason, command.Key = w.ben.ID, "end of shift", bulkKey(t, "over again", refs)
	id, err := w.Store.RunQueueBulk(ctx, command)
	if err != nil {
		t.Fatal(err)
	}
	run, err = w.Store.QueueRun(ctx, w.merchant, id)
	if err != nil || shop.Done(run.Rows) != 3 || !slices.ContainsFunc(run.Rows, func(r shop.BulkRow) bool { return r.OrderID == taken && r.Already }) {
		t.Errorf("handing over leaves %+v, %v", run, err)
	}
	if n := w.Int(`SELECT count(*) FROM fulfillments WHERE assigned_user_id = $1`, w.ben.ID); n != 3 {
		t.Errorf("Ben holds %d parcels", n)
	}
	command.Action, command.Key = "explode", bulkKey(t, "explode", refs)
	if _, err := w.Store.RunQueueBulk(ctx, command); shop.CodeOf(err) != shop.CodeInvalid {
		t.Errorf("an unknown action: %v", err)
	}
	w.CheckBooks()
}
