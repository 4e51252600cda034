package db_test

import (
	"context"
	"testing"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// A group commits with its last statements. What is only refused then leaves nothing of it, and a connection for the next.
func TestAGroupThatFailsAtItsCommitLeavesNothing(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("one")
	sku := w.SKU(merchant, "A", 1299, 5)
	customer, address := w.Customer("ada@example.com")
	w.Exec(`CREATE FUNCTION trip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'tripped' USING ERRCODE = 'XX000'; END $$`)
	w.Exec(`CREATE CONSTRAINT TRIGGER trip AFTER INSERT ON payments DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION trip()`)
	for _, err := range db.PlaceGroup(t.Context(), w.Store, []shop.PlaceCommand{w.Order(customer, address, sku), w.Order(customer, address, sku)}) {
		if shop.CodeOf(err) != shop.CodeInternal {
			t.Errorf("at the commit: %v", err)
		}
	}
	if n := w.Int(`SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM idempotency_keys) + (SELECT sum(reserved) FROM stock_levels)`); n != 0 {
		t.Errorf("%d rows and units are left", n)
	}
	if n := w.Int(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`); n != 0 {
		t.Errorf("%d connections are still in the transaction", n)
	}
	w.Exec(`DROP TRIGGER trip ON payments`)
	for _, err := range db.PlaceGroup(t.Context(), w.Store, []shop.PlaceCommand{w.Order(customer, address, sku)}) {
		if err != nil {
			t.Errorf("without the trigger: %v", err)
		}
	}
	w.CheckBooks()
}

// Another instance commits the same request while a group with it is being placed: the group waits for its key, is refused
// for it, and then answers what the other came to.
func TestAGroupWhoseKeyIsTakenMeanwhileAnswersWhatTookIt(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("one")
	sku := w.SKU(merchant, "A", 1299, 5)
	customer, address := w.Customer("ada@example.com")
	placer, command := w.Placer(), w.Order(customer, address, sku)
	first, err := placer.PlaceCheckout(t.Context(), command)
	if err != nil {
		t.Fatal(err)
	}
	other, err := w.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Rollback(context.Background()) //nolint:errcheck // it is committed below
	if _, err := other.Exec(t.Context(), `INSERT INTO idempotency_keys SELECT scope, 'again', request_hash, result, created_at FROM idempotency_keys`); err != nil {
		t.Fatal(err)
	}
	command.Key.Key = "again"
	placed, failed := make(chan shop.PlacedCheckout, 1), make(chan error, 1)
	go func() {
		again, err := placer.PlaceCheckout(context.Background(), command)
		placed <- again
		failed <- err
	}()
	w.Blocked(1, "PlacingKeys")
	if err := other.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again := <-placed; !again.Replayed || again.CheckoutID != first.CheckoutID {
		t.Errorf("answered %d, replayed %v, want %d", again.CheckoutID, again.Replayed, first.CheckoutID)
	}
	if err := <-failed; err != nil {
		t.Error(err)
	}
	if n := w.Int(`SELECT count(*) FROM orders`); n != 1 {
		t.Errorf("%d orders, want 1", n)
	}
	w.CheckBooks()
}
