package api_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"waybill/shop"
)

// sale is a placed order, waiting to be paid.
type sale struct {
	*door
	shelf
	admin string
	order string // its path
}

func newSale(t *testing.T) *sale {
	t.Helper()
	d := newDoor(t)
	w := &sale{door: d, shelf: d.shelf("one", 50), admin: d.admin()}
	w.order = w.place()
	return w
}

func (w *sale) place() string {
	w.t.Helper()
	return fmt.Sprintf("/orders/%v", w.post(w.admin, "/orders", w.shelf.order()).want(201).object()["orderId"])
}

func (w *sale) status(path string) string {
	w.t.Helper()
	return fmt.Sprint(w.get(w.admin, path).want(200).object()["status"])
}

func TestPayingAnOrder(t *testing.T) {
	t.Parallel()
	w := newSale(t)
	declined := w.post(w.admin, w.order+"/payments", `{"method":"card_declined"}`).want(201).object()
	if declined["status"] != "failed" || declined["failure"] == nil || declined["orderStatus"] != "pending" {
		t.Errorf("declined: %v", declined)
	}
	got := w.post(w.admin, w.order+"/payments", `{"method":"card_ok"}`, "Idempotency-Key: pay").want(201)
	paid := got.object()
	if paid["status"] != "captured" || paid["orderStatus"] != "confirmed" || fmt.Sprint(paid["capturedAmount"]) != "12.99" || paid["cardLast4"] != "4242" {
		t.Errorf("paid: %v", paid)
	}
	if location := fmt.Sprintf("/api/v1/payments/%v", paid["paymentId"]); got.Header.Get("Location") != location {
		t.Errorf("the payment is at %s, want %s", got.Header.Get("Location"), location)
	}
	again := w.post(w.admin, w.order+"/payments", `{"method":"card_ok"}`, "Idempotency-Key: pay").want(201)
	if again.Header.Get("Idempotent-Replayed") != "true" || again.object()["paymentId"] != paid["paymentId"] {
		t.Errorf("again: %s", again.Body)
	}
	if kind, _ := w.post(w.admin, w.order+"/payments", `{"method":"card_declined"}`, "Idempotency-Key: pay").want(409).problem(); kind != "idempotency-mismatch" {
		t.Errorf("another body under the key is %s", kind)
	}
	if n := w.Int(`SELECT count(*) FROM simulated_processor.transactions WHERE kind = 'capture' AND status = 'succeeded'`); n != 1 {
		t.Errorf("charged %d times", n)
	}
	if read := w.get(w.admin, fmt.Sprintf("/payments/%v", paid["paymentId"])).want(200).object(); fmt.Sprint(read["amount"]) != "12.99" || len(read["refunds"].([]any)) != 0 {
		t.Errorf("read: %v", read)
	}
}

func TestFiftyAtOnceUnderOneKeyAreOneCharge(t *testing.T) {
	t.Parallel()
	w := newSale(t)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			got := w.post(w.admin, w.order+"/payments", `{"method":"card_ok"}`, "Idempotency-Key: pay")
			if got.Status != 201 && got.Status != 202 {
				t.Errorf("%d %s", got.Status, got.Body)
			}
		})
	}
	all.Wait()
	if n := w.Int(`SELECT count(*) FROM simulated_processor.transactions`); n != 1 {
		t.Errorf("charged %d times", n)
	}
}

func TestAuthorizeCaptureRefund(t *testing.T) {
	t.Parallel()
	w := newSale(t)
	held := w.post(w.admin, w.order+"/payments", `{"method":"card_ok","authorizeOnly":true}`).want(201).object()
	if held["status"] != "authorized" || fmt.Sprint(held["capturedAmount"]) != "0.00" {
		t.Errorf("held: %v", held)
	}
	payment := fmt.Sprintf("/payments/%v", held["paymentId"])
	part := w.post(w.admin, payment+"/capture", `{"amount":10.00}`, "Idempotency-Key: c").want(200).object()
	if fmt.Sprint(part["capturedAmount"]) != "10.00" || object(part["capture"])["status"] != "succeeded" || fmt.Sprint(object(part["capture"])["amount"]) != "10.00" {
		t.Errorf("captured: %v", part)
	}
	if again := w.post(w.admin, payment+"/capture", `{"amount":10.00}`, "Idempotency-Key: c").want(200); again.Header.Get("Idempotent-Replayed") != "true" || fmt.Sprint(again.object()["capturedAmount"]) != "10.00" {
		t.Errorf("captured again: %s", again.Body)
	}
	w.post(w.admin, payment+"/capture", "").want(200)
	refund := w.post(w.admin, payment+"/refunds", `{"amount":2.99,"reason":"scratched"}`, "Idempotency-Key: r").want(201)
	made := refund.object()
	if made["status"] != "succeeded" || fmt.Sprint(made["amount"]) != "2.99" || made["reason"] != "scratched" {
		t.Errorf("refunded: %v", made)
	}
	if again := w.post(w.admin, payment+"/refunds", `{"amount":2.99,"reason":"scratched"}`, "Idempotency-Key: r").want(201); string(again.Body) != string(refund.Body) {
		t.Errorf("refunded again: %s", again.Body)
	}
	rest := w.post(w.admin, payment+"/refunds", "").want(201).object()
	if fmt.Sprint(rest["amount"]) != "10.00" || rest["orderStatus"] != "refunded" {
		t.Errorf("the rest: %v", rest)
	}
	if n := w.Int(`SELECT sum(amount_minor) FROM simulated_processor.transactions WHERE kind = 'refund'`); n != 1299 {
		t.Errorf("gave back %d", n)
	}
}

func TestBadAmountsMoveNothing(t *testing.T) {
	t.Parallel()
	w := newSale(t)
	before := w.Int(`SELECT count(*) FROM payments`)
	for body, field := range map[string]string{
		`{"method":"card_ok","amount":0}`:                    "amount",
		`{"method":"card_ok","amount":-1}`:                   "amount",
		`{"method":"card_ok","amount":13.00}`:                "amount", // more than is due
		`{"method":"card_ok","amount":1.001}`:                "amount",
		`{"method":"card_ok","amount":1e1}`:                  "amount",
		`{"method":"card_ok","amount":"12.99"}`:              "amount",
		`{"method":"card_ok","amount":92233720368547758.08}`: "amount",
		`{"amount":12.99}`:                                   "method",
		`{"method":"` + strings.Repeat("x", 256) + `"}`:      "method",
		`{"method":7}`: "method",
		`{"method":"card_ok","provider":"another"}`:            "provider",
		`{"method":"card_ok","capture":false}`:                 "capture",
		`{"method":"card_ok","authorizeOnly":"yes"}`:           "authorizeOnly",
		`{"method":"card_ok","amount":12.99,"currency":"EUR"}`: "currency",
	} {
		if _, fields := w.post(w.admin, w.order+"/payments", body).want(422).problem(); len(fields) != 1 || fields[0] != field {
			t.Errorf("%s refuses %v, want %s", body, fields, field)
		}
	}
	if n := w.Int(`SELECT count(*) FROM simulated_processor.transactions`); n != 0 || w.Int(`SELECT count(*) FROM payments`) != before {
		t.Errorf("%d charges", n)
	}
	paid := w.post(w.admin, w.order+"/payments", `{"method":"card_ok"}`).want(201).object()
	refunds := fmt.Sprintf("/payments/%v/refunds", paid["paymentId"])
	for _, body := range []string{`{"amount":0}`, `{"amount":-5}`, `{"amount":13}`, `{"amount":1.999}`} {
		if _, fields := w.post(w.admin, refunds, body).want(422).problem(); len(fields) != 1 || fields[0] != "amount" {
			t.Errorf("%s refuses %v", body, fields)
		}
	}
	if _, fields := w.post(w.admin, refunds, `{"reason":"`+strings.Repeat("x", 501)+`"}`).want(422).problem(); len(fields) != 1 || fields[0] != "reason" {
		t.Errorf("a long reason refuses %v", fields)
	}
	if n := w.Int(`SELECT count(*) FROM refunds`); n != 0 {
		t.Errorf("%d refunds", n)
	}
}

func TestAPaymentWithoutAnAnswerIsAccepted(t *testing.T) {
	t.Parallel()
	w := newSale(t)
	pending := w.post(w.admin, w.order+"/payments", `{"method":"card_timeout_captured"}`).want(202).object()
	if pending["status"] != "unknown" || pending["orderStatus"] != "pending" {
		t.Errorf("answered %v", pending)
	}
	if status := w.status(w.order); status != "pending" {
		t.Errorf("the order is %s", status)
	}
}

func TestCancelling(t *testing.T) {
	t.Parallel()
	w := newSale(t)
	customer := w.key(shop.NewAPIKey{Role: shop.RoleCustomer, CustomerID: w.customer})
	support := w.key(shop.NewAPIKey{Role: shop.RoleSupport})

	got := w.post(customer, w.order+"/cancel", `{"reason":"changed my mind"}`, "Idempotency-Key: c").want(200)
	if got.object()["status"] != "cancelled" || w.Int(`SELECT reserved FROM stock_levels`) != 0 {
		t.Errorf("cancelled: %s, reserved %d", got.Body, w.Int(`SELECT reserved FROM stock_levels`))
	}
	if again := w.post(customer, w.order+"/cancel", `{"reason":"changed my mind"}`, "Idempotency-Key: c").want(200); again.Header.Get("Idempotent-Replayed") != "true" {
		t.Error("the same request again is no replay")
	}
	if read := w.get(customer, w.order).want(200).object(); read["cancelReason"] != "changed my mind" || read["expiresAt"] != nil {
		t.Errorf("read: %v", read)
	}
	w.post(customer, w.order+"/cancel", "").want(409)

	paid := w.place()
	w.post(w.admin, paid+"/payments", `{"method":"card_ok"}`).want(201)
	refunded := w.post(support, paid+"/cancel", "").want(200).object()
	if refunded["status"] != "refunded" || len(refunded["refunds"].([]any)) != 1 {
		t.Errorf("cancelled by the support: %v", refunded)
	}
	if actor := w.Text(`SELECT actor_kind || ' ' || actor_name FROM order_events WHERE to_status = 'cancelled' ORDER BY recorded_at DESC LIMIT 1`); actor != "integration support key" {
		t.Errorf("cancelled by %s", actor)
	}
}
