package db_test

import (
	"strings"
	"sync"
	"testing"

	"waybill/shop"
)

// ship is the command that hands parcels to their carriers, under a key of its own.
func (h *house) ship(name string, parcels ...shop.ParcelRef) shop.BulkCommand {
	h.t.Helper()
	return shop.BulkCommand{Action: shop.QueueShip, Parcels: parcels, MerchantID: h.merchant, Actor: h.user.Actor(), Key: bulkKey(h.t, name, parcels)}
}

func (h *house) run(id int64) shop.QueueRun {
	h.t.Helper()
	run, err := h.Store.QueueRun(h.t.Context(), h.merchant, id)
	h.must(err)
	return run
}

// packed is an order that is sealed, without a label.
func (h *house) packed() shop.OrderID {
	h.t.Helper()
	id := h.order(1)
	h.must(h.pack(id, 1, 0))
	return id
}

func TestTickedParcelsLeaveWithTheirCarriersAndTheOthersSayWhyNot(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	alone, bare, open := h.packed(), h.packed(), h.Paid(h.customer, h.address, h.sku)
	one, two := h.packed(), h.packed()
	h.label("T1", ref(alone, 1))
	h.label("T2", ref(one, 1), ref(two, 1))
	asked, err := h.Store.PrepareShipment(ctx, h.command(ref(h.packed(), 1)))
	h.must(err)
	unanswered := asked.Shipment.Parcels[0]
	other, _ := h.Merchant("two")
	foreign := h.Paid(h.customer, h.address, h.SKU(other, "LAMP", 100, 5))
	command := h.ship("ship", ref(alone, 1), ref(bare, 1), ref(open, 1), ref(one, 1), unanswered, ref(foreign, 1))
	want := map[shop.OrderID]string{
		alone: "", one: "", bare: "has no label yet", open: "Nobody holds this parcel", unanswered.OrderID: "carrier has not answered", foreign: "no such",
	}

	preview, err := h.Store.PreviewQueueBulk(ctx, command)
	h.must(err)
	for _, row := range preview {
		if !strings.Contains(row.Refused, want[row.OrderID]) || (row.Refused == "") != (want[row.OrderID] == "") {
			t.Errorf("the preview says %q of what should be %q", row.Refused, want[row.OrderID])
		}
		if row.OrderID == one && !strings.Contains(row.Note, "in one box with "+ref(two, 1).Code()) {
			t.Errorf("the preview does not say what else leaves: %q", row.Note)
		}
	}
	first, err := h.Store.RunQueueBulk(ctx, command)
	h.must(err)
	again, err := h.Store.RunQueueBulk(ctx, command)
	if err != nil || again != first {
		t.Errorf("pressed twice, it ran twice: %d and %d, %v", first, again, err)
	}
	manifest := int64(0)
	for _, row := range h.run(first).Rows {
		if !strings.Contains(row.Refused, want[row.OrderID]) || (row.Refused == "") != (want[row.OrderID] == "") {
			t.Errorf("%+v, want %q", row, want[row.OrderID])
		}
		if row.Refused == "" && (row.ManifestID == 0 || manifest != 0 && row.ManifestID != manifest) {
			t.Errorf("%+v is not on the one manifest of its carrier", row)
		}
		manifest = max(manifest, row.ManifestID)
	}
	for _, id := range []shop.OrderID{alone, one, two} {
		if status := h.detail(id).Status; status != shop.StatusShipped {
			t.Errorf("order %s is %s", id.Number(), status)
		}
	}
	if n := h.Int(`SELECT count(*) FROM manifests`); n != 1 {
		t.Errorf("%d manifests for one carrier", n)
	}
	h.CheckBooks()
}

func TestAStaleRowSaysWhoMovedItsParcelOn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	id := h.packed()
	h.label("T1", ref(id, 1))
	ben := h.User("ben@north.test", shop.RoleMerchant, h.merchant, 0)
	byBen := h.ship("ben", ref(id, 1))
	byBen.Actor = ben.Actor()
	_, err := h.Store.RunQueueBulk(t.Context(), byBen)
	h.must(err)
	late, err := h.Store.RunQueueBulk(t.Context(), h.ship("mia", ref(id, 1)))
	h.must(err)
	row := h.run(late).Rows[0]
	if !strings.Contains(row.Refused, "left") || row.Last.By != ben.Name || row.Last.At.IsZero() {
		t.Errorf("the second who ships hears %+v", row)
	}
	if n := h.Int(`SELECT count(*) FROM manifests`); n != 1 {
		t.Errorf("%d manifests, one of them of nothing", n)
	}
}

func TestTwoWhoShipTheSameParcelsAtOnceShipThemOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var refs, back []shop.ParcelRef
	for i := range 6 {
		r := ref(h.packed(), 1)
		h.label("T"+string(rune('A'+i)), r)
		refs, back = append(refs, r), append([]shop.ParcelRef{r}, back...)
	}
	commands := []shop.BulkCommand{h.ship("one", refs...), h.ship("two", back...)}
	runs, errs := make([]int64, 2), make([]error, 2)
	var both sync.WaitGroup
	for i := range commands {
		both.Go(func() { runs[i], errs[i] = h.Store.RunQueueBulk(t.Context(), commands[i]) })
	}
	both.Wait()
	done := 0
	for i := range runs {
		h.must(errs[i])
		done += shop.Done(h.run(runs[i]).Rows)
	}
	if n := h.Int(`SELECT count(*) FROM order_events WHERE kind = 'shipped'`); done != len(refs) || n != int64(len(refs)) {
		t.Errorf("%d parcels were shipped by somebody and %d events tell of it, want %d", done, n, len(refs))
	}
	h.CheckBooks()
}

func TestPrintsFollowTheBins(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.Bin(w.skus[0], "B-02")
	w.Bin(w.skus[1], "A-10")
	far, near := w.Paid(w.customer, w.address, w.skus[0]), w.Paid(w.customer, w.address, w.skus[1], w.skus[0])
	refs := []shop.ParcelRef{ref(far, 1), ref(near, 1)}
	route, err := w.Store.PrintRoute(t.Context(), w.merchant, refs)
	if err != nil || len(route) != 2 || route[0] != refs[1] {
		t.Errorf("the walk is %v, %v", route, err)
	}
	other, _ := w.Merchant("two")
	foreign := w.Paid(w.customer, w.address, w.SKU(other, "LAMP", 100, 5))
	if _, err := w.Store.PrintRoute(t.Context(), w.merchant, append(refs, ref(foreign, 1))); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("another merchant's parcel: %v", err)
	}
}
