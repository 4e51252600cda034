package db_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"waybill/shop"
)

func TestPayingConfirmsAndOpensTheWork(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(1299)

	attempt := w.pay(w.payFor(o.ID))

	if attempt.Status() != shop.PaymentCaptured || attempt.AmountMinor() != 1299 || attempt.Parts[0].OrderStatus != shop.StatusConfirmed {
		t.Fatalf("%+v", attempt)
	}
	order := w.wantOrder(o.ID, shop.StatusConfirmed, 1299, 0)
	w.wantSentences(o.ID, "The order was placed.", "The payment of 12.99 USD was received.", "The order was confirmed.")
	payment := order.Payments[0]
	if len(order.Payments) != 1 || payment.Provider != "bank" || payment.Method != "card" || payment.CardLast4 != "4242" || payment.ProviderRef != "ref-"+payment.ChargeKey {
		t.Errorf("the payment is %+v", order.Payments)
	}
	if len(order.Fulfillments) != 1 || order.Fulfillments[0].Status != shop.FulfillmentOpen || order.Fulfillments[0].Units != 1 || len(order.Fulfillments[0].Items) != 1 {
		t.Fatalf("the work is %+v", order.Fulfillments)
	}
	policy := shop.ShipPolicy{CutoffMinute: 840, HandlingDays: 1, Zone: time.UTC}
	if want := shop.ShipBy(w.Store.Now(), policy); !order.Fulfillments[0].ShipByAt.Equal(want) {
		t.Errorf("promised for %s, want %s", order.Fulfillments[0].ShipByAt, want)
	}
}

func TestOneFulfillmentPerLocation(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	merchant, main := w.Merchant("one")
	back := w.Location(merchant, "BACK", 2)
	sku := w.SKU(merchant, "A", 500, 4)
	w.Stock(sku, back, 3)
	customer, address := w.Customer("ada@example.com")
	command := w.Order(customer, address, sku)
	command.Items[0].Quantity = 5
	placed, err := w.Placer().PlaceCheckout(t.Context(), command)
	if err != nil {
		t.Fatal(err)
	}
	w.pay(w.payFor(placed.Orders[0].ID))
	work := w.order(placed.Orders[0].ID).Fulfillments
	if len(work) != 2 || work[0].LocationID != main || work[0].Units != 4 || work[1].LocationID != back || work[1].Units != 1 || work[1].Items[0].Quantity != 1 {
		t.Errorf("the work is %+v", work)
	}
}

func TestACheckoutIsPaidByOneChargeSplitExactly(t *testing.T) {
	t.Parallel()
	for _, currency := range []shop.Currency{"USD", "JPY", "KWD"} {
		w := newTill(t)
		command := w.threeMerchants(currency, 1001, 333, 1)
		placed, err := w.Placer().PlaceCheckout(t.Context(), command)
		if err != nil {
			t.Fatal(err)
		}
		part := int64(500)
		attempt := w.pay(shop.PayCommand{CheckoutID: placed.CheckoutID, AmountMinor: &part, Method: "card", Actor: buyer, Key: w.key()})
		if attempt.AmountMinor() != 500 || attempt.Currency != currency {
			t.Errorf("%s: %+v", currency, attempt)
		}
		attempt = w.pay(shop.PayCommand{CheckoutID: placed.CheckoutID, Method: "card", Actor: buyer, Key: w.key()})
		if attempt.AmountMinor() != 835 {
			t.Errorf("%s: the rest was %d, want 835", currency, attempt.AmountMinor())
		}
		if w.bank.count("charge") != 2 || w.bank.moved("charge") != 1335 {
			t.Errorf("%s: %d charges over %d", currency, w.bank.count("charge"), w.bank.moved("charge"))
		}
		for _, o := range placed.Orders {
			w.wantOrder(o.ID, shop.StatusConfirmed, o.TotalMinor, 0)
		}
	}
}

// threeMerchants is the command to buy one thing of each of three merchants, at the prices given.
func (w *till) threeMerchants(currency shop.Currency, prices ...int64) shop.PlaceCommand {
	w.TB.Helper()
	customer, address := w.Customer("ada@example.com")
	command := w.Order(customer, address)
	command.Currency = currency
	for i, price := range prices {
		merchant, _ := w.Merchant("m" + string(rune('a'+i)))
		sku := w.SKU(merchant, "A", price, 5)
		if currency != "USD" {
			w.Price(sku, currency, price)
		}
		command.Items = append(command.Items, shop.PlaceItem{SKUID: sku, Quantity: 1})
	}
	return command
}

// Scenario 13: payments for a total of 2400.
func TestSeveralPaymentsPerOrder(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(2400)
	w.pay(w.partOf(o.ID, 2000))
	w.wantOrder(o.ID, shop.StatusPending, 2000, 0)
	_, err := w.payments.Pay(t.Context(), w.partOf(o.ID, 401))
	wantCode(t, err, shop.CodeInvalid)
	broke := w.partOf(o.ID, 400)
	broke.Method = "broke"
	if attempt := w.pay(broke); attempt.Status() != shop.PaymentFailed || attempt.Failure() != "the card has no money" {
		t.Errorf("%+v", attempt)
	}
	w.wantOrder(o.ID, shop.StatusPending, 2000, 0)
	w.wantSentences(o.ID, "The payment of 20.00 USD was received.", "The payment of 4.00 USD was declined: the card has no money.")
	w.pay(w.partOf(o.ID, 400))
	w.wantOrder(o.ID, shop.StatusConfirmed, 2400, 0)

	_, err = w.payments.Pay(t.Context(), w.partOf(w.buy(2000).ID, 2400))
	wantCode(t, err, shop.CodeInvalid)
}

func TestWhatCannotBePaid(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	paid, cancelled, late, free := w.buy(100), w.buy(100), w.buy(100), w.buy(100)
	w.pay(w.payFor(paid.ID))
	w.cancel(cancelled, clerk)
	w.pass(shop.HoldDuration)
	negative, zero := int64(-1), int64(0)
	cases := map[string]struct {
		command shop.PayCommand
		code    shop.Code
	}{
		"paid already":          {w.payFor(paid.ID), shop.CodeConflict},
		"cancelled":             {w.payFor(cancelled.ID), shop.CodeConflict},
		"after the time to pay": {w.payFor(late.ID), shop.CodeConflict},
		"no such order":         {w.payFor(12345), shop.CodeNotFound},
		"no such checkout":      {shop.PayCommand{CheckoutID: 12345, Method: "card", Key: w.key()}, shop.CodeNotFound},
		"somebody else's":       {shop.PayCommand{OrderID: free.ID, Scope: shop.OrderScope{CustomerID: late.customer}, Method: "card", Key: w.key()}, shop.CodeNotFound},
		"somebody else's cart":  {shop.PayCommand{CheckoutID: free.checkout, Scope: shop.OrderScope{CustomerID: late.customer}, Method: "card", Key: w.key()}, shop.CodeNotFound},
		"another provider":      {shop.PayCommand{OrderID: free.ID, Provider: "shells", Method: "card", Key: w.key()}, shop.CodeInvalid},
	}
	w.Exec(`UPDATE orders SET expires_at = expires_at + interval '1 hour' WHERE id = $1`, int64(free.ID))
	cases["less than nothing"] = struct {
		command shop.PayCommand
		code    shop.Code
	}{shop.PayCommand{OrderID: free.ID, AmountMinor: &negative, Method: "card", Key: w.key()}, shop.CodeInvalid}
	cases["nothing"] = struct {
		command shop.PayCommand
		code    shop.Code
	}{shop.PayCommand{OrderID: free.ID, AmountMinor: &zero, Method: "card", Key: w.key()}, shop.CodeInvalid}
	cases["no method"] = struct {
		command shop.PayCommand
		code    shop.Code
	}{shop.PayCommand{OrderID: free.ID, Key: w.key()}, shop.CodeInvalid}

	charges, keys := w.bank.count("charge"), w.Int(`SELECT count(*) FROM idempotency_keys`)
	for name, c := range cases {
		if _, err := w.payments.Pay(t.Context(), c.command); shop.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	if w.bank.count("charge") != charges || w.Int(`SELECT count(*) FROM idempotency_keys`) != keys {
		t.Error("a refused payment reached the bank or kept its key")
	}
}

func TestOrdersThatCostNothingNeedNoProvider(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(0)
	attempt := w.pay(shop.PayCommand{OrderID: o.ID, Actor: buyer, Key: w.key()})
	if attempt.Status() != shop.PaymentCaptured || attempt.Provider != shop.FreeProvider || w.bank.count("charge") != 0 {
		t.Errorf("%+v", attempt)
	}
	w.wantOrder(o.ID, shop.StatusConfirmed, 0, 0)
	_, err := w.payments.Pay(t.Context(), w.payFor(o.ID))
	wantCode(t, err, shop.CodeConflict)

	placed, err := w.Placer().PlaceCheckout(t.Context(), w.threeMerchants("USD", 0, 700))
	if err != nil {
		t.Fatal(err)
	}
	w.pay(shop.PayCommand{CheckoutID: placed.CheckoutID, Method: "card", Actor: buyer, Key: w.key()})
	for _, o := range placed.Orders {
		w.wantOrder(o.ID, shop.StatusConfirmed, o.TotalMinor, 0)
	}
	if w.bank.moved("charge") != 700 {
		t.Errorf("charged %d", w.bank.moved("charge"))
	}
}

// Scenario 18: same key and request, same answer; same key and another request, refused.
func TestTheSameKeyPaysOnce(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(100)
	command := w.payFor(o.ID)
	first := w.pay(command)
	again := w.pay(command)
	if again.ChargeKey != first.ChargeKey || again.Status() != shop.PaymentCaptured || !again.Replayed || first.Replayed {
		t.Errorf("first %+v\nagain %+v", first, again)
	}
	command.Key.Hash[0]++
	_, err := w.payments.Pay(t.Context(), command)
	wantCode(t, err, shop.CodeIdempotencyMismatch)
	if w.bank.count("charge") != 1 {
		t.Errorf("%d charges", w.bank.count("charge"))
	}
}

func TestConcurrentPayersPayOnce(t *testing.T) {
	t.Parallel()
	const payers = 24
	w := newTill(t)
	o := w.buy(100)
	same := w.payFor(o.ID)
	var captured, sending, refused atomic.Int64
	var all sync.WaitGroup
	for i := range payers {
		command := w.payFor(o.ID)
		if i%3 == 0 {
			command = same // a double click; the others are reloaded forms with keys of their own
		}
		all.Go(func() {
			attempt, err := w.payments.Pay(context.Background(), command)
			switch {
			case shop.CodeOf(err) == shop.CodeConflict:
				refused.Add(1)
			case err != nil:
				t.Error(err)
			case attempt.Status() == shop.PaymentCaptured:
				captured.Add(1)
			case attempt.Status() == shop.PaymentSending:
				sending.Add(1)
			default:
				t.Errorf("%+v", attempt)
			}
		})
	}
	all.Wait()
	if w.bank.count("charge") != 1 || captured.Load() < 1 || captured.Load()+sending.Load()+refused.Load() != payers {
		t.Errorf("%d charges; %d captured, %d sending, %d refused", w.bank.count("charge"), captured.Load(), sending.Load(), refused.Load())
	}
	w.wantOrder(o.ID, shop.StatusConfirmed, 100, 0)
	if n := w.Int(`SELECT count(*) FROM order_events WHERE to_status = 'confirmed'`); n != 1 {
		t.Errorf("confirmed %d times", n)
	}
}

func TestAnotherAmountWaitsForThePaymentInFlight(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(1000)
	w.bank.next("charge", goSilent)
	if attempt := w.pay(w.partOf(o.ID, 600)); attempt.Status() != shop.PaymentUnknown {
		t.Fatalf("%+v", attempt)
	}
	_, err := w.payments.Pay(t.Context(), w.payFor(o.ID))
	wantCode(t, err, shop.CodeConflict)
	w.pass(time.Minute)
	w.settle()
	if attempt := w.pay(w.payFor(o.ID)); attempt.AmountMinor() != 400 {
		t.Errorf("the rest was %d", attempt.AmountMinor())
	}
	w.wantOrder(o.ID, shop.StatusConfirmed, 1000, 0)
}
