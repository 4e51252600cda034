package db_test

import (
	"testing"
	"time"

	"waybill/shop"
)

const boundSQL = `SELECT coalesce(queue_order_id_from, 0) FROM merchants WHERE id = $1`

func TestTheQueueReachesBackToItsOldestParcel(t *testing.T) {
	t.Parallel()
	w, ctx := newWorkshop(t), t.Context()
	month, _ := shop.IDRangeOfMonth(w.order.Time())
	if got := w.Int(boundSQL, w.merchant); got != int64(month) {
		t.Fatalf("the bound is %d, want the month of the first parcel, %d", got, month)
	}
	long := time.Now().AddDate(0, -5, 0)
	old := oldOrder(w, long)
	oldMonth, _ := shop.IDRangeOfMonth(long)
	if got := w.Int(boundSQL, w.merchant); got != int64(oldMonth) {
		t.Fatalf("with an old parcel the bound is %d, want %d", got, oldMonth)
	}
	page := mustPage(t, w.Store, shop.QueueQuery{MerchantID: w.merchant, QueueFilter: shop.QueueFilter{Stage: shop.QueueToPick}})
	if len(page.Rows) != 2 {
		t.Errorf("%d rows, want the old parcel too", len(page.Rows))
	}
	if raised, err := w.Store.RaiseQueueBounds(ctx); raised != 0 || err != nil {
		t.Errorf("raised over an unfinished parcel: %v, %v", raised, err)
	}
	w.Exec(`UPDATE fulfillments SET status = 'shipped', shipped_at = now() WHERE order_id = $1`, int64(old))
	if raised, err := w.Store.RaiseQueueBounds(ctx); raised != 0 || err != nil {
		t.Errorf("raised over a parcel of today: %v, %v", raised, err)
	}
	w.Exec(`UPDATE fulfillments SET shipped_at = now() - interval '5 days' WHERE order_id = $1`, int64(old))
	if raised, err := w.Store.RaiseQueueBounds(ctx); raised != 1 || err != nil {
		t.Errorf("not raised: %v, %v", raised, err)
	}
	if got := w.Int(boundSQL, w.merchant); got != int64(month) {
		t.Errorf("the bound is %d, want %d", got, month)
	}
}

// oldOrder moves a new order with one parcel to another time, by copying it under an id of then.
func oldOrder(w *workshop, at time.Time) shop.OrderID {
	w.TB.Helper()
	w.Exec(`SELECT ensure_partitions($1, $2)`, at, at.Add(time.Second))
	id := w.Int(`SELECT next_id($1)`, at)
	w.Exec(`INSERT INTO checkouts (id, customer_id, currency, total_minor, order_ids, source, created_at) VALUES ($1, $2, 'USD', 0, ARRAY[$1::bigint], 'test', $3)`, id, w.customer, at)
	w.Exec(`INSERT INTO orders (id, checkout_id, customer_id, merchant_id, currency, subtotal_minor, tax_minor, shipping_minor, total_minor, shipping_address_id, source, placed_at, status_at)
		SELECT $1, $1, customer_id, merchant_id, currency, 0, 0, 0, 0, shipping_address_id, 'test', $2, $2 FROM orders WHERE id = $3`, id, at, int64(w.order))
	w.Exec(`INSERT INTO fulfillments (order_id, no, merchant_id, units, ship_by_at, status_at, created_at) VALUES ($1, 1, $2, 1, $3, $3, $3)`, id, w.merchant, at)
	return shop.OrderID(id)
}

func TestABoundIsNotRaisedOverAParcelThatIsBeingAdded(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.Exec(`UPDATE merchants SET queue_order_id_from = 1 WHERE id = $1`, w.merchant)
	other := w.Place(w.customer, w.address, w.skus[0]).Orders[0].ID
	adding, err := w.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = adding.Rollback(t.Context()) }()
	if _, err := adding.Exec(t.Context(), `INSERT INTO fulfillments (order_id, no, merchant_id, units, ship_by_at, status_at, created_at) VALUES ($1, 1, $2, 1, now(), now(), now())`, int64(other), w.merchant); err != nil {
		t.Fatal(err)
	}
	if raised, err := w.Store.RaiseQueueBounds(t.Context()); raised != 0 || err != nil {
		t.Errorf("raised %v, %v", raised, err)
	}
}
