package db_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// revised is an order that has something of everything that an order's page can show.
type revised struct {
	*factory.World
	order    shop.OrderID
	sessions *db.Sessions
}

const revisedToken = "token"

func newRevised(t *testing.T) revised {
	t.Helper()
	w := factory.New(t)
	merchant, _ := w.Merchant("one")
	customer, address := w.Customer("ada@example.com")
	r := revised{World: w, order: w.Place(customer, address, w.SKU(merchant, "A", 1299, 5)).Orders[0].ID, sessions: db.NewSessions(w.Pool)}
	w.Confirm(r.order)
	r.rows()
	w.Exec(`INSERT INTO sessions (token, data, expiry) VALUES ($1, '', now() + interval '1 hour')`, revisedToken)
	return r
}

// rows writes rows that hang together only as far as reading them goes.
func (r revised) rows() {
	r.TB.Helper()
	ctx := r.TB.Context()
	id := int64(r.order)
	err := pgx.BeginFunc(ctx, r.Pool, func(tx pgx.Tx) error {
		for _, sql := range []string{
			`UPDATE orders SET discount_minor = 1, total_minor = total_minor - 1 WHERE id = $1`,
			`INSERT INTO order_events (order_id, seq, kind, occurred_at, recorded_at, actor_kind)
			 SELECT $1::bigint, 10 + n, kind, now(), now(), 'system' FROM unnest(ARRAY['backordered', 'return', 'unit_refund']) WITH ORDINALITY k (kind, n)`,
			`INSERT INTO refunds (order_id, id, payment_id, status, currency, amount_minor, refund_key, created_at, status_at) SELECT order_id, id, id, 'failed', 'USD', 1, 'k', now(), now() FROM payments WHERE order_id = $1`,
			`INSERT INTO unit_refunds (order_id, id, cause, currency, lines_minor, amount_minor, actor_kind, created_at) VALUES ($1::bigint, $1::bigint + 1, 'short', 'USD', 0, 0, 'system', now())`,
			`INSERT INTO refund_lines (order_id, refund_id, line_no, quantity, net_minor, discount_minor, tax_minor, total_minor) VALUES ($1::bigint, $1::bigint + 1, 1, 1, 0, 0, 0, 0)`,
			`INSERT INTO returns (order_id, id, merchant_id, customer_id, requested_at, status_at) VALUES ($1::bigint, $1::bigint + 1, 1, 1, now(), now())`,
			`INSERT INTO return_line_items (order_id, return_id, line_no, quantity, reason) VALUES ($1::bigint, $1::bigint + 1, 1, 1, 'other')`,
			`INSERT INTO return_receipts (order_id, id, return_id, line_no, quantity, condition, restocked, actor_kind, created_at) VALUES ($1::bigint, $1::bigint + 2, $1::bigint + 1, 1, 1, 'damaged', false, 'system', now())`,
			`INSERT INTO backorders (order_id, line_no, sku_id, location_id, quantity, created_at) SELECT $1::bigint, 1, sku_id, location_id, 1, now() FROM stock_levels`,
			`INSERT INTO shipments (id, merchant_id, status, carrier, request_key, currency, shipping_address_id, order_id_from, order_id_until, created_at, status_at)
			 SELECT $1::bigint + 3, 1, 'ready', 'UPS', 'k', 'USD', shipping_address_id, $1::bigint, $1::bigint, now(), now() FROM orders WHERE id = $1`,
			`UPDATE fulfillments SET shipment_id = $1::bigint + 3 WHERE order_id = $1`,
		} {
			if _, err := tx.Exec(ctx, `SET LOCAL session_replication_role = replica`); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, sql, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		r.TB.Fatal(err)
	}
}

func (r revised) revision(about shop.Subject) shop.Revision {
	r.TB.Helper()
	session, err := r.sessions.Find(r.TB.Context(), revisedToken, about)
	if err != nil || !session.Living {
		r.TB.Fatalf("found %t, %v", session.Living, err)
	}
	return session.Revision
}

// unrevised are the tables that an order's page reads and whose changes leave its revision alone, and why that is right.
var unrevised = map[string]string{
	"order_line_items":   "never change, and come with their order",
	"order_discounts":    "come with their order",
	"checkouts":          "never change",
	"addresses":          "the copy that an order keeps never changes",
	"import_refs":        "come with their order; buyers do not see them",
	"return_photos":      "come with their return",
	"live_unit_refunds":  "a view of tables that are looked at themselves",
	"merchants":          "a name may be old for as long as a page is kept",
	"ship_services":      "a name may be old for as long as a page is kept",
	"ship_terms_history": "only grows, and an order reads what was so when it was placed",
	"customers":          "buyers see the name of their account, which is read with the session",
	"products":           "an address may be old for as long as a page is kept; the old one still leads there",
	"skus":               "lead to the product",
	"locations":          "buyers do not see them",
	"users":              "buyers do not see who works on their order",
	"stock_levels":       "buyers do not see bins",
	"boxes":              "buyers do not see them",
}

var readTables = regexp.MustCompile(`(?:FROM|JOIN) ([a-z_]+)\b`)

// tables are those that the recorded statements read.
func (r *recorder) tables() map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := map[string]bool{}
	for _, statement := range r.statements {
		for _, table := range readTables.FindAllStringSubmatch(statement.SQL, -1) {
			seen[table[1]] = true
		}
	}
	return seen
}

// Whatever an order's page is read from raises the order's revision, or is known not to matter. A query that reads another
// table makes this fail until somebody has thought about it.
func TestEverythingThatAnOrdersPageShowsRaisesItsRevision(t *testing.T) {
	t.Parallel()
	r := newRevised(t)
	record := &recorder{}
	config := r.Pool.Config().Copy()
	config.ConnConfig.Tracer = record
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	store, err := db.NewStore(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	order, err := store.OrderByID(t.Context(), r.order, shop.OrderScope{})
	if err != nil || len(order.Returns) == 0 || len(order.UnitRefunds) == 0 || len(order.Shipments) == 0 || order.Lines[0].Waiting == 0 {
		t.Fatalf("the order lacks something that a page can show: %v", err)
	}
	seen := record.tables()
	if len(seen) < 20 {
		t.Errorf("only %d tables are read", len(seen))
	}
	for table := range seen {
		revises := r.Int(`SELECT count(*) FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid WHERE g.tgrelid = to_regclass($1) AND p.prosrc LIKE '%INTO order_revisions%'`, table) > 0
		if _, known := unrevised[table]; revises == known {
			t.Errorf("table %s: raises the revision: %t, said not to need it: %t", table, revises, known)
		}
	}
}

func TestChangesRaiseTheRevision(t *testing.T) {
	t.Parallel()
	r := newRevised(t)
	about := shop.Subject{OrderID: r.order}
	last := r.revision(about)
	for _, sql := range []string{
		`UPDATE orders SET expires_at = now() WHERE id = $1`,
		`INSERT INTO order_events (order_id, seq, kind, occurred_at, recorded_at, actor_kind) VALUES ($1::bigint, 20, 'note', now(), now(), 'system')`,
		`UPDATE payments SET status_at = now() WHERE order_id = $1`,
		`INSERT INTO payments (order_id, id, checkout_id, status, provider, currency, amount_minor, charge_key, created_at, status_at, sent_at, ask_at)
		 SELECT order_id, id + 1, checkout_id, 'sending', 'test', currency, 1, 'again', now(), now(), now(), now() FROM payments WHERE order_id = $1`,
		`UPDATE refunds SET status_at = now() WHERE order_id = $1`,
		`UPDATE fulfillments SET ship_by_at = now() WHERE order_id = $1`,
		`UPDATE fulfillment_items SET picked = 1 WHERE order_id = $1`,
		`UPDATE backorders SET quantity = 2 WHERE order_id = $1`,
		`UPDATE returns SET decision = 'no' WHERE order_id = $1`,
		`UPDATE return_line_items SET reason = 'damaged' WHERE order_id = $1`,
		`UPDATE shipments SET eta_at = now() WHERE id = $1::bigint + 3`,
		`INSERT INTO shipment_events (shipment_id, event_id, kind, occurred_at, recorded_at) VALUES ($1::bigint + 3, 'e', 'accepted', now(), now())`,
	} {
		r.Exec(sql, int64(r.order))
		if next := r.revision(about); next == last {
			t.Errorf("the revision is the same after %s", sql)
		} else {
			last = next
		}
	}
}

// Placing is the hottest of all transactions, and nobody has seen a page of its orders yet.
func TestPlacingRaisesNoRevision(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("one")
	customer, address := w.Customer("ada@example.com")
	w.Place(customer, address, w.SKU(merchant, "A", 1299, 5))
	if n := w.Int(`SELECT count(*) FROM order_revisions`); n != 0 {
		t.Errorf("%d revisions of an order that was just placed", n)
	}
}

func TestOldRevisionsAreForgotten(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	w.Exec(`INSERT INTO order_revisions (order_id, xid, created_at) SELECT 1, n, now() - (n || ' hours')::interval FROM generate_series(1, 48) n`)
	n, err := w.Store.PruneOrderRevisions(t.Context(), 24*time.Hour)
	if left := w.Int(`SELECT count(*) FROM order_revisions`); err != nil || n+left != 48 || left < 23 || left > 24 {
		t.Errorf("forgot %d, kept %d, %v", n, left, err)
	}
}
