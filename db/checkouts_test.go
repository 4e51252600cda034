package db_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

func TestCheckoutIsFoundByKeyAndByItsBuyer(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	acme, _ := w.Merchant("acme")
	bolt, _ := w.Merchant("bolt")
	ada, address := w.Customer("ada@example.com")
	bob, _ := w.Customer("bob@example.com")
	command := w.Order(ada, address, w.SKU(acme, "A", 1000, 5), w.SKU(bolt, "B", 500, 5))
	placed, err := w.Placer().PlaceCheckout(t.Context(), command)
	if err != nil {
		t.Fatal(err)
	}
	found, err := w.Store.CheckoutByKey(t.Context(), command.Key.Scope, command.Key.Key)
	if err != nil || found.CheckoutID != placed.CheckoutID || len(found.Orders) != 2 || !found.Replayed {
		t.Errorf("by key: %+v, %v", found, err)
	}
	if _, err := w.Store.CheckoutByKey(t.Context(), "customer:99", command.Key.Key); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("another's key: %v", err)
	}
	checkout, err := w.Store.CheckoutByID(t.Context(), placed.CheckoutID, ada)
	if err != nil || len(checkout.Orders) != 2 || checkout.TotalMinor != 1500 || checkout.Orders[0].ShipTo.City != "Oakland" || len(checkout.Orders[1].Payments) != 1 {
		t.Errorf("by id: %+v, %v", checkout, err)
	}
	for who, id := range map[int64]shop.OrderID{bob: placed.CheckoutID, ada: placed.Orders[0].ID} {
		if _, err := w.Store.CheckoutByID(t.Context(), id, who); shop.CodeOf(err) != shop.CodeNotFound {
			t.Errorf("customer %d, checkout %d: %v", who, id, err)
		}
	}
}

// A payment that is committed while an order is read is seen whole or not at all: an order that waits to be paid and has
// nothing left to pay would be shown as one to pay 0 for.
func TestOrdersAreReadAsOfOneMoment(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(context.Context, *db.Store, shop.PlacedCheckout) (shop.OrderDetail, error){
		"the checkout": func(ctx context.Context, s *db.Store, placed shop.PlacedCheckout) (shop.OrderDetail, error) {
			checkout, err := s.CheckoutByID(ctx, placed.CheckoutID, 0)
			if err != nil {
				return shop.OrderDetail{}, err
			}
			return checkout.Orders[0], nil
		},
		"the order": func(ctx context.Context, s *db.Store, placed shop.PlacedCheckout) (shop.OrderDetail, error) {
			return s.OrderByID(ctx, placed.Orders[0].ID, shop.OrderScope{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := factory.New(t)
			merchant, _ := w.Merchant("acme")
			ada, address := w.Customer("ada@example.com")
			placed := w.Place(ada, address, w.SKU(merchant, "A", 1000, 5))
			hold, err := w.Pool.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer hold.Rollback(context.Background()) //nolint:errcheck // it is ended below
			store, _ := onOneConnection(t, w)
			if _, err := read(t.Context(), store, placed); err != nil { // or it would wait for the lock to prepare, before it reads anything
				t.Fatal(err)
			}
			if _, err := hold.Exec(t.Context(), `LOCK order_line_items IN ACCESS EXCLUSIVE MODE`); err != nil {
				t.Fatal(err)
			}
			type found struct {
				order shop.OrderDetail
				err   error
			}
			answer := make(chan found, 1)
			go func() {
				order, err := read(context.Background(), store, placed)
				answer <- found{order, err}
			}()
			w.Blocked(1, "OrderLines")
			w.Exec(`UPDATE payments SET status = 'captured', provider = 'test', charge_key = 'test', captured_minor = amount_minor, captured_at = now()`)
			w.Event(placed.Orders[0].ID, shop.StatusPending, shop.StatusConfirmed)
			if err := hold.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
			got := <-answer
			if got.err != nil {
				t.Fatal(got.err)
			}
			if o := got.order; o.Status != shop.StatusPending || o.Payments[0].Status != shop.PaymentPending {
				t.Errorf("the order is %s, its payment %s", o.Status, o.Payments[0].Status)
			}
		})
	}
}

func TestReorderComparesThenAndNow(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("acme")
	dearer, gone, short := w.SKU(merchant, "A", 1000, 5), w.SKU(merchant, "B", 100, 5), w.SKU(merchant, "C", 100, 1)
	ada, address := w.Customer("ada@example.com")
	placed := w.Place(ada, address, dearer, gone, short)
	w.Exec(`UPDATE sku_prices SET price_minor = 1250 WHERE sku_id = $1`, dearer)
	w.Exec(`UPDATE skus SET status = 'discontinued' WHERE id = $1`, gone)

	head, lines, err := w.Store.Reorder(t.Context(), placed.Orders[0].ID, shop.OrderScope{CustomerID: ada})
	if err != nil || head.ID != placed.Orders[0].ID || len(lines) != 3 {
		t.Fatalf("%+v, %v", lines, err)
	}
	if l := lines[0]; l.Then.Minor != 1000 || l.Now.Minor != 1250 || !l.PriceChanged() || l.CanAdd() != 1 {
		t.Errorf("dearer: %+v", l)
	}
	if l := lines[1]; l.Orderable() || l.CanAdd() != 0 || l.Name != "Product B" {
		t.Errorf("gone: %+v", l)
	}
	if l := lines[2]; l.CanAdd() != 0 || !l.Orderable() {
		t.Errorf("sold out: %+v", l)
	}
	if _, _, err := w.Store.Reorder(t.Context(), placed.Orders[0].ID, shop.OrderScope{CustomerID: ada + 1}); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("another's order: %v", err)
	}
}

// Walking a history down and up again must show every order once each way, whatever the filters.
func TestHistoryPagesMeetInBothDirections(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	clock := now
	w := factory.New(t, db.WithClock(func() time.Time { return clock }))
	merchant, _ := w.Merchant("acme")
	pen, ink := w.SKU(merchant, "PEN", 100, 100), w.SKU(merchant, "INK", 100, 100)
	ada, address := w.Customer("ada@example.com")
	for i := range 9 {
		clock = now.Add(time.Duration(i) * time.Second)
		placed := w.Place(ada, address, []int64{pen, ink}[i%2])
		if i%3 == 0 {
			w.Confirm(placed.Orders[0].ID)
		}
	}
	filters := map[string]struct {
		q    shop.HistoryQuery
		want int
	}{
		"all":    {shop.HistoryQuery{}, 9},
		"status": {shop.HistoryQuery{Statuses: []shop.Status{shop.StatusConfirmed}}, 3},
		"text":   {shop.HistoryQuery{Text: "product ink"}, 4},
		"both":   {shop.HistoryQuery{Text: "PEN", Statuses: []shop.Status{shop.StatusPending}}, 3},
		"period": {shop.HistoryQuery{From: now.Add(3 * time.Second), Until: now.Add(6 * time.Second)}, 3},
		"none":   {shop.HistoryQuery{Text: "%"}, 0},
	}
	for name, f := range filters {
		f.q.CustomerID, f.q.Limit = ada, 2
		down := walkHistory(t, w, f.q)
		if len(down) != f.want {
			t.Errorf("%s: down %v, want %d", name, down, f.want)
			continue
		}
		if up := walkHistoryUp(t, w, f.q, down); !slices.Equal(up, down) {
			t.Errorf("%s: up %v, down %v", name, up, down)
		}
	}
}

func walkHistory(t *testing.T, w *factory.World, q shop.HistoryQuery) (ids []shop.OrderID) {
	t.Helper()
	for range 20 {
		page, err := w.Store.CustomerHistory(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, order := range page.Orders {
			ids = append(ids, order.ID)
		}
		if !page.More {
			return ids
		}
		q.Before = page.Orders[len(page.Orders)-1].ID
	}
	t.Fatal("the history has no end")
	return nil
}

// walkHistoryUp starts above the oldest order and returns all orders, newest first.
func walkHistoryUp(t *testing.T, w *factory.World, q shop.HistoryQuery, down []shop.OrderID) []shop.OrderID {
	t.Helper()
	if len(down) == 0 {
		return nil
	}
	ids := down[len(down)-1:]
	q.After = ids[0]
	for range 20 {
		page, err := w.Store.CustomerHistory(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		var upper []shop.OrderID
		for _, order := range page.Orders {
			upper = append(upper, order.ID)
		}
		ids = append(upper, ids...)
		if !page.More {
			return ids
		}
		q.After = ids[0]
	}
	t.Fatal(fmt.Sprint("the history has no beginning: ", ids))
	return nil
}

func TestHistoryCountsAndMonths(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("acme")
	sku := w.SKU(merchant, "A", 1000, 5)
	ada, address := w.Customer("ada@example.com")
	bob, _ := w.Customer("bob@example.com")
	w.Confirm(w.Place(ada, address, sku).Orders[0].ID)
	w.Place(ada, address, sku)
	page, err := w.Store.CustomerHistory(t.Context(), shop.HistoryQuery{CustomerID: ada})
	counts := page.Counts
	if err != nil || counts.All() != 2 || counts.ByStatus[shop.StatusConfirmed] != 1 || counts.ByStatus[shop.StatusPending] != 1 {
		t.Errorf("%+v, %v", counts, err)
	}
	if month := shop.MonthStart(w.Store.Now()); !shop.MonthStart(counts.First).Equal(month) || !shop.MonthStart(counts.Last).Equal(month) {
		t.Errorf("from %v to %v", counts.First, counts.Last)
	}
	if page, err := w.Store.CustomerHistory(t.Context(), shop.HistoryQuery{CustomerID: bob}); err != nil || page.Counts.All() != 0 || !page.Counts.First.IsZero() {
		t.Errorf("nobody's: %+v, %v", page.Counts, err)
	}
}
