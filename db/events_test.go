package db_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// placed is a world with some pending orders, the oldest first.
func placed(t *testing.T, orders int) (w *factory.World, ids []int64) {
	t.Helper()
	w = factory.New(t)
	merchant, _ := w.Merchant("one")
	sku := w.SKU(merchant, "A", 100, 1000)
	customer, address := w.Customer("ada@example.com")
	for range orders {
		ids = append(ids, int64(w.Place(customer, address, sku).Orders[0].ID))
	}
	slices.Sort(ids)
	return w, ids
}

// Events of many orders, several each, in one statement, in whatever order: each order goes its whole way, and the feed
// tells every step, those of one order in their order.
func TestEventsOfOneStatementAreAppliedTogether(t *testing.T) {
	t.Parallel()
	w, ids := placed(t, 40)
	before := w.Int(`SELECT count(*) FROM outbox`)
	w.Exec(`INSERT INTO order_events (order_id, seq, kind, from_status, to_status, occurred_at, recorded_at, actor_kind, actor_name, data)
		SELECT id, step.no, step.kind, step.from_status, step.to_status, step.at::timestamptz, now(), 'system', 'robot', step.data::jsonb
		FROM unnest($1::bigint[]) id, (VALUES
			(4, 'status', 'confirmed', 'cancelled', '2026-03-02', '{"reason":"no more"}'), (2, 'hold_expired', NULL, NULL, '2026-03-01', '{}'),
			(5, 'status', 'cancelled', 'refunded', '2026-03-03', '{"reason":"not this one"}'), (3, 'status', 'pending', 'confirmed', '2026-03-01', '{}')
		) step (no, kind, from_status, to_status, at, data) ORDER BY step.no DESC, id`, ids[:39])
	if n := w.Int(`SELECT count(*) FROM orders WHERE status = 'refunded' AND status_at = '2026-03-03' AND cancel_reason = 'no more' AND expires_at IS NULL`); n != 39 {
		t.Errorf("%d orders went their whole way, want 39", n)
	}
	if status := w.Text(`SELECT status FROM orders WHERE id = $1`, ids[39]); status != "pending" {
		t.Errorf("an order without events is %s", status)
	}
	if n := w.Int(`SELECT count(*) FROM outbox`) - before; n != 4*39 {
		t.Errorf("the feed tells of %d events, want %d", n, 4*39)
	}
	told := w.Text(`SELECT string_agg(topic || ' ' || (data - 'actor')::text || ' ' || (merchant_id = (SELECT id FROM merchants)), ', ' ORDER BY xid, id) FROM outbox WHERE order_id = $1`, ids[7])
	want := `order.hold_expired {"seq": 2} true, order.status {"to": "confirmed", "seq": 3} true, ` +
		`order.status {"to": "cancelled", "seq": 4} true, order.status {"to": "refunded", "seq": 5} true`
	if told != want {
		t.Errorf("the feed tells\n%s, want\n%s", told, want)
	}
}

// One event that does not follow refuses its statement: no order moves, nothing is told.
func TestEventsThatDoNotFollowAreRefused(t *testing.T) {
	t.Parallel()
	w, ids := placed(t, 3)
	w.Event(shop.OrderID(ids[2]), shop.StatusPending, shop.StatusCancelled)
	w.Exec(`DELETE FROM outbox`)
	one := ids[:1]
	for name, c := range map[string]struct {
		ids   []int64
		steps string
	}{
		"one of the group has gone elsewhere": {ids, `(3, 'status', 'pending', 'confirmed', '{}')`},
		"a step begins elsewhere":             {one, `(2, 'status', 'confirmed', 'processing', '{}')`},
		"a walk has a gap":                    {one, `(2, 'status', 'pending', 'confirmed', '{}'), (3, 'status', 'processing', 'shipped', '{}')`},
		"a walk goes back in time":            {one, `(3, 'status', 'pending', 'confirmed', '{}'), (2, 'status', 'confirmed', 'processing', '{}')`},
	} {
		_, err := w.Pool.Exec(t.Context(), `INSERT INTO order_events (order_id, seq, kind, from_status, to_status, occurred_at, recorded_at, actor_kind, data)
			SELECT id, step.no, step.kind, step.from_status, step.to_status, now(), now(), 'system', step.data::jsonb
			FROM unnest($1::bigint[]) id, (VALUES `+c.steps+`) step (no, kind, from_status, to_status, data)`, c.ids)
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.ConstraintName != "order_events_from_current_status" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := w.Int(`SELECT count(*) FROM orders WHERE status = 'pending'`); n != 2 {
		t.Errorf("%d orders are pending, want 2", n)
	}
	if n := w.Int(`SELECT count(*) FROM outbox`); n != 0 {
		t.Errorf("the feed tells of %d refused events", n)
	}
}

// History that is imported moves its orders and tells nobody.
func TestImportedEventsAreNotTold(t *testing.T) {
	t.Parallel()
	w, ids := placed(t, 2)
	before := w.Int(`SELECT count(*) FROM outbox`)
	err := pgx.BeginFunc(t.Context(), w.Pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), `SET LOCAL waybill.feed = 'off'`)
		if err == nil {
			_, err = tx.Exec(t.Context(), `INSERT INTO order_events (order_id, seq, kind, from_status, to_status, occurred_at, recorded_at, actor_kind)
				SELECT unnest($1::bigint[]), 2, 'status', 'pending', 'confirmed', now(), now(), 'system'`, ids)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := w.Int(`SELECT count(*) FROM orders WHERE status = 'confirmed'`); n != 2 {
		t.Errorf("%d orders moved, want 2", n)
	}
	if n := w.Int(`SELECT count(*) FROM outbox`) - before; n != 0 {
		t.Errorf("the feed tells of %d imported events", n)
	}
}
