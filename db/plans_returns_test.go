package db_test

import (
	"testing"

	"waybill/shop"
)

// The returns desk reads one state of one merchant, newest first, and never the months of orders that are too old to come
// back; a return is found by its number alone.
func TestReturnQueriesUseTheirIndexAndPruneMonths(t *testing.T) {
	t.Parallel()
	w := newPlanWorld(t)
	_, err := w.pool.Exec(t.Context(), `SET session_replication_role = replica;
		INSERT INTO returns (order_id, id, merchant_id, customer_id, status, requested_at, status_at)
		SELECT id, id + 1, merchant_id, customer_id, CASE id % 20 WHEN 0 THEN 'requested' WHEN 1 THEN 'received' ELSE 'closed' END, placed_at, placed_at FROM orders;
		INSERT INTO return_line_items (order_id, return_id, line_no, quantity, reason) SELECT id, id + 1, 1, 1, 'other' FROM orders;
		SET session_replication_role = origin; ANALYZE returns, return_line_items`)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	scope := shop.OrderScope{MerchantID: 1}
	w.prove(t, []planCase{
		{"ReturnsByStatus", "returns_desk_idx", "returns", planMonths + 5, func() error {
			_, _, err := w.store.MerchantReturns(ctx, shop.ReturnQuery{Scope: scope, Status: shop.ReturnRequested, Limit: 20})
			return err
		}},
		{"ReturnCounts", "returns_desk_idx", "", 0, func() error { _, err := w.store.ReturnCounts(ctx, 1); return err }},
		{"ReturnOrderID", "returns_id_idx", "", 0, func() error {
			_, _, err := w.store.ReturnByID(ctx, shop.ReturnID(w.order)+1, scope)
			return ignoreNotFound(err)
		}},
	})
}
