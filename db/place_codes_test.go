package db_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// coded is a shop whose one SKU costs 50.00, and a way to buy it with codes.
type coded struct {
	*factory.World
	t      *testing.T
	placer *db.Placer
	sku    int64
}

func newCoded(t *testing.T, stock int64) coded {
	t.Helper()
	w := factory.New(t)
	merchant, _ := w.Merchant("one")
	return coded{w, t, w.Placer(), w.SKU(merchant, "A", 5000, stock)}
}

// code adds a code that takes 10 % off everything. Limits of 0 are none.
func (c coded) code(code string, limit, perCustomer int64) int64 {
	c.t.Helper()
	return c.Int(`INSERT INTO discounts (code, name, percent_ppm, valid_from, usage_limit, customer_limit)
		VALUES ($1, 'Ten off', 100000, now() - interval '1 day', nullif($2::bigint, 0), nullif($3::bigint, 0)) RETURNING id`, code, limit, perCustomer)
}

func (c coded) buy(customer, address int64, codes ...string) (shop.PlacedCheckout, error) {
	command := c.Order(customer, address, c.sku)
	command.DiscountCodes = codes
	return c.placer.PlaceCheckout(c.t.Context(), command)
}

func (c coded) used(id int64) int64 { return c.Int(`SELECT used FROM discounts WHERE id = $1`, id) }

func (c coded) verify() {
	c.t.Helper()
	results, err := c.Store.Verify(c.t.Context())
	if err != nil {
		c.t.Fatal(err)
	}
	for _, r := range results {
		if r.Broken > 0 {
			c.t.Errorf("%s is broken: %v", r.Name, r.Examples)
		}
	}
}

// Forty buyers at once, a code for ten of them: ten get it, the others are told, and none of them bought anything.
func TestACodeIsNotUsedMoreOftenThanItsLimit(t *testing.T) {
	t.Parallel()
	c := newCoded(t, 1000)
	id := c.code("TEN", 10, 0)
	var placed, refused atomic.Int64
	var group sync.WaitGroup
	for i := range 40 {
		customer, address := c.Customer(fmt.Sprintf("buyer-%d@example.com", i))
		group.Go(func() {
			got, err := c.buy(customer, address, "TEN")
			switch shop.CodeOf(err) {
			case "":
				placed.Add(1)
				if got.TotalMinor != 4500 || got.Orders[0].DiscountMinor != 500 {
					t.Errorf("placed %+v", got)
				}
			case shop.CodeInvalid:
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	group.Wait()
	if placed.Load() != 10 || refused.Load() != 30 || c.used(id) != 10 || c.Int(`SELECT count(*) FROM orders`) != 10 {
		t.Errorf("%d placed, %d refused, %d uses", placed.Load(), refused.Load(), c.used(id))
	}
	c.verify()
}

func TestACustomerUsesACodeAsOftenAsItSays(t *testing.T) {
	t.Parallel()
	c := newCoded(t, 100)
	id := c.code("ONCE", 0, 1)
	ada, home := c.Customer("ada@example.com")
	bob, there := c.Customer("bob@example.com")
	if _, err := c.buy(ada, home, "ONCE"); err != nil {
		t.Fatal(err)
	}
	_, err := c.buy(ada, home, "ONCE")
	if refused, ok := err.(*shop.Error); !ok || refused.Code != shop.CodeInvalid || refused.Fields[0].Field != "discountCodes[0]" {
		t.Errorf("a second time: %v", err)
	}
	if _, err := c.buy(bob, there, "ONCE"); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	if c.used(id) != 2 {
		t.Errorf("%d uses, want 2", c.used(id))
	}
	c.verify()
}

// A cancelled order, and one that nobody paid, give back the use of their code.
func TestACodeIsFreeAgainWhenItsOrderEnds(t *testing.T) {
	t.Parallel()
	clock := time.Now().UTC()
	w := factory.New(t, db.WithClock(func() time.Time { return clock }))
	merchant, _ := w.Merchant("one")
	other, _ := w.Merchant("two")
	c := coded{w, t, w.Placer(), w.SKU(merchant, "A", 5000, 10)}
	second := w.SKU(other, "B", 5000, 10)
	id := c.code("ONE", 1, 0)
	ada, home := c.Customer("ada@example.com")

	command := c.Order(ada, home, c.sku, second)
	command.DiscountCodes = []string{"ONE"}
	placed, err := c.placer.PlaceCheckout(t.Context(), command)
	if err != nil || len(placed.Orders) != 2 {
		t.Fatal(placed, err)
	}
	for i, want := range []int64{1, 0} { // the code is used as long as one of the two orders is alive
		key, err := shop.NewIdempotencyKey("test", fmt.Sprint("cancel", i), i)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.Store.CancelOrder(t.Context(), shop.CancelCommand{OrderID: placed.Orders[i].ID, Key: key, Actor: command.Actor}); err != nil {
			t.Fatal(err)
		}
		if c.used(id) != want {
			t.Errorf("after cancelling %d of 2 orders: %d uses, want %d", i+1, c.used(id), want)
		}
	}
	if _, err := c.buy(ada, home, "ONE"); err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(shop.HoldDuration)
	if n, err := factory.Expire(t.Context(), w.Store, 10); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if c.used(id) != 0 {
		t.Errorf("after the order expired: %d uses", c.used(id))
	}
	c.verify()
}

// A refused code fails its own checkout alone, and what it would have taken from the shelf is the neighbours'.
func TestARefusedCodeHarmsNobody(t *testing.T) {
	t.Parallel()
	c := newCoded(t, 2)
	c.code("ONE", 1, 0)
	var commands []shop.PlaceCommand
	for i := range 4 { // the second wants the used-up code and the last of the stock; the third gets that
		customer, address := c.Customer(fmt.Sprintf("buyer-%d@example.com", i))
		command := c.Order(customer, address, c.sku)
		if i < 2 {
			command.DiscountCodes = []string{"ONE"}
		}
		commands = append(commands, command)
	}
	errs := db.PlaceGroup(t.Context(), c.Store, commands)
	want := []shop.Code{"", shop.CodeInvalid, "", shop.CodeOutOfStock}
	for i, err := range errs {
		if shop.CodeOf(err) != want[i] {
			t.Errorf("buyer %d: %v, want %q", i, err, want[i])
		}
	}
	c.verify()
}

// The same request in two groups at once: the second waits for nothing, is refused for what the first took, and still gets
// the first's answer.
func TestTheSameRequestInTwoGroupsIsOneOrder(t *testing.T) {
	t.Parallel()
	c := newCoded(t, 1)
	c.code("ONCE", 1, 1)
	customer, address := c.Customer("ada@example.com")
	command := c.Order(customer, address, c.sku)
	command.DiscountCodes = []string{"ONCE"}
	placers := []*db.Placer{c.placer, c.Placer(), c.Placer()} // as many instances of the program
	var group sync.WaitGroup
	answers := make([]shop.PlacedCheckout, 12)
	for i := range answers {
		group.Go(func() {
			var err error
			if answers[i], err = placers[i%len(placers)].PlaceCheckout(t.Context(), command); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, a := range answers {
		if a.CheckoutID != answers[0].CheckoutID {
			t.Errorf("checkouts %d and %d", a.CheckoutID, answers[0].CheckoutID)
		}
	}
	c.verify()
}
