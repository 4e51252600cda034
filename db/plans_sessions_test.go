package db_test

import (
	"context"
	"testing"

	"waybill/db"
	"waybill/shop"
)

// Sessions are looked for by lists of tokens, of which PostgreSQL knows nothing when it makes the plan that it keeps: it must
// find each by index all the same, however few rows there were then, and the history's revision in the customer's months.
func TestSessionsAreFoundByIndexWhoeverAsks(t *testing.T) {
	t.Parallel()
	w := newPlanWorld(t)
	if _, err := w.pool.Exec(t.Context(), `INSERT INTO sessions (token, data, expiry, user_id) SELECT 't' || customer_id, '', now() + interval '1 hour', id FROM users`); err != nil {
		t.Fatal(err)
	}
	sessions := db.NewSessions(w.pool)
	tests := []struct {
		name    string
		about   shop.Subject
		indexes []string
		months  int
	}{
		{"SessionsFind", shop.Subject{OrderID: w.order}, []string{"sessions_pkey", "users_pkey", "order_revisions_pkey"}, 0},
		{"SessionsFindWithHistory", shop.Subject{History: true}, []string{"sessions_pkey", "users_pkey", "customers_pkey", "orders_customer_idx"}, 3},
	}
	for _, tt := range tests {
		if found, err := sessions.Find(t.Context(), "t7", tt.about); err != nil || found.User.CustomerID != planRecentCustomerID {
			t.Fatalf("%s finds %+v, %v", tt.name, found.User, err)
		}
		tx, err := w.pool.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), `SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off`); err != nil {
			t.Fatal(err)
		}
		p := w.explainIn(t, tx, tt.name)
		_ = tx.Rollback(context.WithoutCancel(t.Context()))
		for _, index := range tt.indexes {
			if !p.indexes[index] {
				t.Errorf("%s does not use %s: %s", tt.name, index, p.asString)
			}
		}
		if len(p.scanned) > 0 || p.months["orders"] > tt.months {
			t.Errorf("%s reads %v from end to end, and %d months", tt.name, p.scanned, p.months["orders"])
		}
	}
}
