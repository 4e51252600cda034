package web_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"waybill/adapters/simulated"
	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// program is what one running instance has of paying: each new one knows nothing but what is in the database.
type program struct {
	payments *shop.Payments
	orders   *shop.Orders
	jobs     []shop.Job
}

func start(w *factory.World, processor *simulated.Processor) program {
	payments := shop.NewPayments(w.Store, slog.New(slog.DiscardHandler), processor)
	return program{payments, shop.NewOrders(w.Store, payments), shop.Maintenance(w.Store, payments, shop.MinKeyLife)}
}

// work runs every background job once.
func (p program) work(t *testing.T) {
	t.Helper()
	for _, job := range p.jobs {
		if _, err := job.Run(t.Context()); err != nil {
			t.Errorf("%s: %v", job.Name, err)
		}
	}
}

// Every card of the simulated processor, through the shop, the database and the background work, with a new program
// after each trouble: in the end every order is paid or free again, and the processor's record says what ours says.
func TestEveryCardComesToAnEnd(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	begin := time.Now().UTC().Truncate(time.Second)
	clock := func() time.Time { return begin.Add(time.Duration(ahead.Load())) }
	w := factory.New(t, db.WithClock(clock))
	processor := simulated.New(w.Pool, simulated.WithClock(clock))
	merchant, _ := w.Merchant("one")
	sku := w.SKU(merchant, "A", 2499, 100)
	customer, address := w.Customer("ada@example.com")

	cases := []struct {
		token string
		first shop.PaymentStatus
		end   shop.Status
		paid  int64
	}{
		{simulated.TokenOK, shop.PaymentCaptured, shop.StatusConfirmed, 2499},
		{simulated.TokenDeclined, shop.PaymentFailed, shop.StatusCancelled, 0},
		{simulated.TokenInsufficientFunds, shop.PaymentFailed, shop.StatusCancelled, 0},
		{simulated.TokenTimeoutCaptured, shop.PaymentUnknown, shop.StatusConfirmed, 2499},
		{simulated.TokenTimeoutLost, shop.PaymentUnknown, shop.StatusCancelled, 0},
	}
	orders := make([]shop.OrderID, len(cases))
	for i, c := range cases {
		orders[i] = w.Place(customer, address, sku).Orders[0].ID
		key, err := shop.NewIdempotencyKey("test", c.token, nil)
		if err != nil {
			t.Fatal(err)
		}
		command := shop.PayCommand{OrderID: orders[i], Method: c.token, Actor: shop.Actor{Kind: shop.ActorCustomer, ID: customer}, Key: key}
		attempt, err := start(w, processor).payments.Pay(t.Context(), command)
		if err != nil || attempt.Status() != c.first {
			t.Errorf("%s: %s, %v", c.token, attempt.Status(), err)
		}
	}
	for range 5 {
		ahead.Add(int64(shop.HoldDuration))
		start(w, processor).work(t)
	}
	for i, c := range cases {
		if status := statusOf(t, w, orders[i]); status != c.end {
			t.Errorf("%s: the order is %s, want %s", c.token, status, c.end)
		}
		if paid := w.Int(`SELECT sum(captured_minor) FROM payments WHERE order_id = $1`, int64(orders[i])); paid != c.paid {
			t.Errorf("%s: %d is paid, want %d", c.token, paid, c.paid)
		}
	}
	cancel(t, start(w, processor), orders[0])
	compareBooks(t, w, processor, begin, clock().Add(time.Second))
	w.CheckBooks()
}

func statusOf(t *testing.T, w *factory.World, id shop.OrderID) shop.Status {
	t.Helper()
	order, err := w.Store.OrderByID(t.Context(), id, shop.OrderScope{})
	if err != nil {
		t.Fatal(err)
	}
	return order.Status
}

func cancel(t *testing.T, p program, id shop.OrderID) {
	t.Helper()
	key, err := shop.NewIdempotencyKey("test", "cancel", nil)
	if err != nil {
		t.Fatal(err)
	}
	result, err := p.orders.Cancel(t.Context(), shop.CancelCommand{OrderID: id, Actor: shop.Actor{Kind: shop.ActorStaff}, Key: key})
	if err != nil || result.Status != shop.StatusRefunded {
		t.Errorf("%+v, %v", result, err)
	}
}

// compareBooks matches the processor's record with ours, line by line, by reference.
func compareBooks(t *testing.T, w *factory.World, processor *simulated.Processor, from, until time.Time) {
	t.Helper()
	ours := map[string]int64{}
	rows, err := w.Pool.Query(context.Background(), `
		SELECT 'capture ' || provider_ref, captured_minor FROM payments WHERE status = 'captured'
		UNION ALL SELECT 'refund ' || provider_ref, amount_minor FROM refunds WHERE status = 'succeeded'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		var amount int64
		if err := rows.Scan(&line, &amount); err != nil {
			t.Fatal(err)
		}
		ours[line] = amount
	}
	lines := 0
	for transaction, err := range processor.Transactions(context.Background(), from, until) {
		if err != nil {
			t.Fatal(err)
		}
		lines++
		if line := fmt.Sprintf("%s %s", transaction.Kind, transaction.Ref); ours[line] != transaction.AmountMinor {
			t.Errorf("the processor says %s over %d, we say %d", line, transaction.AmountMinor, ours[line])
		}
	}
	if lines != len(ours) || lines != 3 {
		t.Errorf("the processor has %d lines, we have %d, want 3", lines, len(ours))
	}
}
