package db_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// street is a shop with everything that somebody can get wrong.
type street struct {
	*factory.World
	merchant, location        int64
	sku, few, limited         int64 // 1 of few, at most 2 of limited per customer
	ada, home, eve, elsewhere int64
}

func newStreet(t *testing.T) street {
	t.Helper()
	w := factory.New(t)
	s := street{World: w}
	s.merchant, s.location = w.Merchant("one")
	s.sku, s.few, s.limited = w.SKU(s.merchant, "A", 100, 1000), w.SKU(s.merchant, "FEW", 100, 1), w.SKU(s.merchant, "LIMITED", 100, 1000)
	w.Rules(s.limited, shop.StockRules{BuyerLimit: 2})
	s.ada, s.home = w.Customer("ada@example.com")
	s.eve, s.elsewhere = w.Customer("eve@example.com")
	return s
}

// of orders units of SKUs.
func (s street) of(quantity int64, skus ...int64) shop.PlaceCommand {
	command := s.Order(s.ada, s.home, skus...)
	for i := range command.Items {
		command.Items[i].Quantity = quantity
	}
	return command
}

func (s street) mustPlace(command shop.PlaceCommand) {
	s.TB.Helper()
	if err := db.PlaceGroup(s.TB.Context(), s.Store, []shop.PlaceCommand{command})[0]; err != nil {
		s.TB.Fatal(err)
	}
}

// trespass is a checkout that must be refused, and how.
type trespass struct {
	name    string
	command shop.PlaceCommand
	code    shop.Code
	field   string // that is named; "" without
}

// trespasses are all that a group can hold. What Check refuses at the door is not among them.
func (s street) trespasses() []trespass {
	dear := s.SKU(s.merchant, "DEAR", 100, 1000)
	s.Exec(`ALTER TABLE sku_prices DROP CONSTRAINT sku_prices_not_negative`)
	s.Exec(`UPDATE sku_prices SET price_minor = 9000000000000000000 WHERE sku_id = $1`, dear)
	draft, gone, unpriced := s.SKU(s.merchant, "DRAFT", 100, 10), s.SKU(s.merchant, "GONE", 100, 10), s.SKU(s.merchant, "UNPRICED", 100, 10)
	s.Exec(`UPDATE skus SET status = 'draft' WHERE id = $1`, draft)
	s.Exec(`UPDATE products SET deleted_at = now() WHERE id = (SELECT product_id FROM skus WHERE id = $1)`, gone)
	s.Exec(`DELETE FROM sku_prices WHERE sku_id = $1`, unpriced)
	deleted, grave := s.Customer("gone@example.com")
	s.Exec(`UPDATE customers SET deleted_at = now() WHERE id = $1`, deleted)
	suspended, cell := s.Customer("suspended@example.com")
	s.Exec(`UPDATE customers SET status = 'suspended' WHERE id = $1`, suspended)
	s.Exec(`INSERT INTO discounts (code, name, percent_ppm, valid_from, usage_limit) VALUES ('SPENT', 'Spent', 100000, now() - interval '1 day', 1)`)

	coded := func(codes ...string) shop.PlaceCommand {
		command := s.of(1, s.sku)
		command.DiscountCodes = codes
		return command
	}
	s.mustPlace(coded("SPENT"))
	drifted, strange, euros := s.of(1, s.sku), s.of(1, s.sku), s.of(1, s.sku)
	drifted.ExpectedTotalMinor = new(int64(99))
	strange.ShippingAddressID = s.elsewhere
	euros.Currency = "EUR"
	return []trespass{
		{"a sum beyond 64 bits", s.of(2, dear), shop.CodeInvalid, "items[0]"},
		{"a sum of lines beyond 64 bits", s.of(1, s.sku, dear, dear), shop.CodeInvalid, "items[1]"},
		{"more of one SKU than a line can have", s.of(6_000, s.sku, s.sku), shop.CodeInvalid, "items[1].quantity"},
		{"an unknown SKU", s.of(1, s.sku, 999_999), shop.CodeInvalid, "items[1].skuId"},
		{"a draft", s.of(1, s.sku, draft), shop.CodeInvalid, "items[1].skuId"},
		{"a deleted SKU", s.of(1, s.sku, gone), shop.CodeInvalid, "items[1].skuId"},
		{"a SKU without a price", s.of(1, s.sku, unpriced), shop.CodeInvalid, "items[1].skuId"},
		{"a currency without a price", euros, shop.CodeInvalid, "items[0].skuId"},
		{"somebody else's address", strange, shop.CodeInvalid, "shippingAddressId"},
		{"no such address", s.Order(s.ada, 999_999, s.sku), shop.CodeInvalid, "shippingAddressId"},
		{"no such customer", s.Order(999_999, s.home, s.sku), shop.CodeInvalid, "userId"},
		{"a deleted customer", s.Order(deleted, grave, s.sku), shop.CodeInvalid, "userId"},
		{"a suspended customer", s.Order(suspended, cell, s.sku), shop.CodeInvalid, "userId"},
		{"an unknown code", coded("NOPE"), shop.CodeInvalid, "discountCodes[0]"},
		{"a code that is used up", coded("SPENT"), shop.CodeInvalid, "discountCodes[0]"},
		{"more than there is", s.of(2, s.few), shop.CodeOutOfStock, ""},
		{"two lines that are more than there is", s.of(501, s.sku, s.sku), shop.CodeOutOfStock, ""},
		{"more than one may have", s.of(3, s.limited), shop.CodeInvalid, "items[0].quantity"},
		{"more than one may have, on two lines", s.of(2, s.limited, s.limited), shop.CodeInvalid, "items[1].quantity"},
		{"another total than was shown", drifted, shop.CodeConflict, ""},
	}
}

// holdings is everything that a refused checkout must leave as it was.
func (s street) holdings() string {
	s.TB.Helper()
	return s.Text(`SELECT concat_ws(' ', (SELECT count(*) FROM checkouts), (SELECT count(*) FROM orders), (SELECT count(*) FROM order_line_items),
		(SELECT count(*) FROM order_events), (SELECT count(*) FROM payments), (SELECT count(*) FROM reservations), (SELECT count(*) FROM backorders),
		(SELECT count(*) FROM order_discounts), (SELECT sum(used) FROM discounts), (SELECT count(*) FROM inventory_transactions),
		(SELECT count(*) FROM idempotency_keys), (SELECT sum(reserved) FROM stock_levels), (SELECT count(*) FROM outbox))`)
}

func checkTrespass(t *testing.T, bad trespass, err error) {
	t.Helper()
	refused, ok := err.(*shop.Error)
	if !ok || refused.Code != bad.code || refused.Message == "" {
		t.Errorf("%s: %v, want %s", bad.name, err, bad.code)
		return
	}
	var fields []string
	for _, f := range refused.Fields {
		fields = append(fields, f.Field)
	}
	if bad.field != "" && !slices.Equal(fields, []string{bad.field}) {
		t.Errorf("%s names %v, want %s", bad.name, fields, bad.field)
	}
	if bad.code == shop.CodeOutOfStock && (len(refused.Short) != 1 || refused.Short[0].SKUCode == "") {
		t.Errorf("%s names %+v", bad.name, refused.Short)
	}
}

// Each kind of bad checkout stands between two good ones of the same group: these get what they want, it leaves nothing.
func TestEachBadCheckoutLeavesItsNeighboursAlone(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	for _, bad := range s.trespasses() {
		before := s.holdings()
		checkTrespass(t, bad, db.PlaceGroup(t.Context(), s.Store, []shop.PlaceCommand{bad.command})[0])
		if after := s.holdings(); after != before {
			t.Errorf("%s, alone, changed %s to %s", bad.name, before, after)
		}
		orders, reserved := s.Int(`SELECT count(*) FROM orders`), s.Int(`SELECT sum(reserved) FROM stock_levels`)
		errs := db.PlaceGroup(t.Context(), s.Store, []shop.PlaceCommand{s.Order(s.ada, s.home, s.sku), bad.command, s.Order(s.eve, s.elsewhere, s.sku)})
		checkTrespass(t, bad, errs[1])
		if errs[0] != nil || errs[2] != nil {
			t.Errorf("%s harms its neighbours: %v, %v", bad.name, errs[0], errs[2])
		}
		orders, reserved = s.Int(`SELECT count(*) FROM orders`)-orders, s.Int(`SELECT sum(reserved) FROM stock_levels`)-reserved
		if n := s.Int(`SELECT count(*) FROM idempotency_keys WHERE key = $1`, bad.command.Key.Key); orders != 2 || reserved != 2 || n != 0 {
			t.Errorf("beside %s there are %d orders of %d units, and its key %d times", bad.name, orders, reserved, n)
		}
	}
	s.CheckBooks()
}

// All of them at once, through the queue as they come: one transaction places the good ones.
func TestAGroupOfAllBadCheckoutsAtOnce(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	all := s.trespasses()
	placer := s.Placer()
	twice, left := s.Order(s.ada, s.home, s.sku), s.Order(s.ada, s.home, s.sku)
	leaving, leave := context.WithCancel(t.Context())
	good := []shop.PlaceCommand{s.Order(s.ada, s.home, s.sku), s.of(1, s.few), s.of(2, s.limited), twice, twice, s.of(3, s.sku, s.sku)}

	var asks []func()
	for _, bad := range all {
		asks = append(asks, func() {
			_, err := placer.PlaceCheckout(t.Context(), bad.command)
			checkTrespass(t, bad, err)
		})
	}
	answers := make([]shop.PlacedCheckout, len(good))
	for i, command := range good {
		asks = append(asks, func() {
			var err error
			if answers[i], err = placer.PlaceCheckout(t.Context(), command); err != nil {
				t.Errorf("good checkout %d: %v", i, err)
			}
		})
	}
	asks = append(asks, func() {
		if _, err := placer.PlaceCheckout(leaving, left); !errors.Is(err, context.Canceled) {
			t.Errorf("who left is answered %v", err)
		}
	})
	asks = append(asks, func() { s.refusedAtTheDoor(t, placer) })
	s.Gather(placer, len(all)+len(good)+1, leave, asks...)

	if answers[3].CheckoutID != answers[4].CheckoutID || answers[3].Replayed == answers[4].Replayed {
		t.Errorf("the same key twice came to %d and %d", answers[3].CheckoutID, answers[4].CheckoutID)
	}
	mine := `FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.email NOT LIKE 'plug%' AND o.discount_minor = 0`
	if orders, groups := s.Int(`SELECT count(*) `+mine), s.Int(`SELECT count(DISTINCT o.xmin::text) `+mine); orders != int64(len(good)-1) || groups != 1 {
		t.Errorf("%d orders in %d transactions, want %d in one", orders, groups, len(good)-1)
	}
	if n := s.Int(`SELECT count(*) FROM idempotency_keys WHERE key = $1`, left.Key.Key); n != 0 {
		t.Error("who left while waiting has an order")
	}
	if got := s.Text(`SELECT string_agg(quantity::text, ' ' ORDER BY quantity) FROM order_line_items l JOIN skus s ON s.id = l.sku_id WHERE s.code = 'A'`); got != "1 1 1 6" {
		t.Errorf("quantities are %s: two lines of one SKU are one", got)
	}
	s.CheckBooks()
}

// refusedAtTheDoor tries what never reaches a group.
func (s street) refusedAtTheDoor(t *testing.T, placer *db.Placer) {
	var many []int64
	for i := range 500 {
		many = append(many, int64(i+1))
	}
	for _, bad := range []trespass{
		{"2^31 units", s.of(1<<31, s.sku), shop.CodeInvalid, "items[0].quantity"},
		{"2^63 units less one", s.of(1<<63-1, s.sku), shop.CodeInvalid, "items[0].quantity"},
		{"no units", s.of(0, s.sku), shop.CodeInvalid, "items[0].quantity"},
		{"fewer than no units", s.of(-1, s.sku), shop.CodeInvalid, "items[0].quantity"},
		{"500 different lines", s.of(1, many...), shop.CodeInvalid, "items"},
		{"nothing", s.of(1), shop.CodeInvalid, "items"},
	} {
		_, err := placer.PlaceCheckout(t.Context(), bad.command)
		checkTrespass(t, bad, err)
	}
}

// A checkout at which the database fails in a way that nobody expected takes only itself down, wherever it stands.
func TestOnlyTheCulpritOfAGroupFails(t *testing.T) {
	t.Parallel()
	const size = 7
	s := newStreet(t)
	s.Exec(`CREATE FUNCTION trip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'tripped' USING ERRCODE = 'XX000'; END $$`)
	s.Exec(`CREATE TRIGGER trip BEFORE INSERT ON order_line_items FOR EACH ROW WHEN (NEW.quantity = 77) EXECUTE FUNCTION trip()`)
	placer := s.Placer()
	for culprit := range size {
		var asks []func()
		for i := range size {
			command := s.of(1, s.sku)
			if i == culprit {
				command.Items[0].Quantity = 77
			}
			asks = append(asks, func() {
				_, err := placer.PlaceCheckout(t.Context(), command)
				if want := map[bool]shop.Code{true: shop.CodeInternal, false: ""}[i == culprit]; shop.CodeOf(err) != want {
					t.Errorf("checkout %d beside culprit %d: %v", i, culprit, err)
				}
			})
		}
		s.Gather(placer, size, nil, asks...)
	}
	if n := s.Int(`SELECT count(*) FROM order_line_items WHERE sku_id = $1`, s.sku); n != size*(size-1) {
		t.Errorf("%d good orders, want %d", n, size*(size-1))
	}
	s.CheckBooks()
}
