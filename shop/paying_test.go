package shop

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var payNow = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// pendingOrder waits for a payment of the total and has the given attempts behind it.
func pendingOrder(id OrderID, total int64, payments ...Payment) PayableOrder {
	return PayableOrder{
		ID: id, Status: StatusPending, Currency: "USD", TotalMinor: total, PlacedAt: payNow.Add(-time.Minute), ExpiresAt: payNow.Add(time.Minute),
		Payments: payments,
	}
}

func attemptOf(status PaymentStatus, amount, captured int64) Payment {
	return Payment{ID: 7, Status: status, AmountMinor: amount, CapturedMinor: captured, ChargeKey: "k-" + string(status)}
}

func minor(n int64) *int64 { return &n }

func TestPlanOfOneOrder(t *testing.T) {
	t.Parallel()
	ended := pendingOrder(1, 100)
	ended.Status, ended.CancelReason = StatusCancelled, "changed my mind"
	refunded := pendingOrder(1, 100)
	refunded.Status = StatusRefunded
	confirmed := pendingOrder(1, 100, attemptOf(PaymentCaptured, 100, 100))
	confirmed.Status = StatusConfirmed
	expired := pendingOrder(1, 100)
	expired.ExpiresAt = payNow
	expiredInFlight := pendingOrder(1, 100, attemptOf(PaymentUnknown, 100, 0))
	expiredInFlight.ExpiresAt = payNow
	withRefund := pendingOrder(1, 100, Payment{Status: PaymentCaptured, AmountMinor: 60, CapturedMinor: 60, RefundedMinor: 10})
	cases := []struct {
		name    string
		order   PayableOrder
		amount  *int64
		charges int64
		join    string
		code    Code
		message string
	}{
		{name: "all of it", order: pendingOrder(1, 100), charges: 100},
		{name: "part of it", order: pendingOrder(1, 100), amount: minor(40), charges: 40},
		{name: "the rest", order: pendingOrder(1, 100, attemptOf(PaymentCaptured, 40, 40)), charges: 60},
		{name: "failed attempts do not count", order: pendingOrder(1, 100, attemptOf(PaymentFailed, 100, 0)), charges: 100},
		{name: "cancelled attempts do not count", order: pendingOrder(1, 2400, attemptOf(PaymentCaptured, 2000, 2000), attemptOf(PaymentCancelled, 400, 0)), charges: 400},
		{name: "held money counts", order: pendingOrder(1, 100, attemptOf(PaymentAuthorized, 30, 0)), charges: 70},
		{name: "what is held of a part capture counts", order: pendingOrder(1, 100, attemptOf(PaymentCaptured, 80, 20)), charges: 20},
		{name: "what went back is due again", order: withRefund, charges: 50},
		{name: "more than the rest", order: pendingOrder(1, 100, attemptOf(PaymentCaptured, 40, 40)), amount: minor(61), code: CodeInvalid, message: "At most 0.60 USD is left to pay."},
		{name: "nothing", order: pendingOrder(1, 100), amount: minor(0), code: CodeInvalid, message: "The amount must be above zero."},
		{name: "less than nothing", order: pendingOrder(1, 100), amount: minor(-1), code: CodeInvalid},
		{name: "all is held", order: pendingOrder(1, 100, attemptOf(PaymentAuthorized, 100, 0)), code: CodeConflict, message: "The whole amount is authorized already and waits to be captured."},
		{name: "paid", order: confirmed, code: CodeConflict, message: "This is paid already."},
		{name: "cancelled", order: ended, code: CodeConflict, message: "The order was cancelled (changed my mind) and cannot be paid any more."},
		{name: "refunded", order: refunded, code: CodeConflict, message: "The order was cancelled and cannot be paid any more."},
		{name: "expired", order: expired, code: CodeConflict, message: "The time to pay ran out and the items went back on sale. Please order again."},
		{name: "in flight", order: pendingOrder(1, 100, attemptOf(PaymentSending, 100, 0)), join: "k-sending"},
		{name: "unknown, past its time", order: expiredInFlight, join: "k-unknown"},
		{name: "the same part in flight", order: pendingOrder(1, 100, attemptOf(PaymentUnknown, 40, 0)), amount: minor(40), join: "k-unknown"},
		{name: "another part in flight", order: pendingOrder(1, 100, attemptOf(PaymentUnknown, 40, 0)), amount: minor(60), code: CodeConflict},
		{name: "all while a part is in flight", order: pendingOrder(1, 100, attemptOf(PaymentUnknown, 40, 0)), code: CodeConflict, message: "An earlier payment is still being processed. Please try again in a minute."},
	}
	for _, c := range cases {
		plan, err := PayCommand{Method: "card", AmountMinor: c.amount}.Plan([]PayableOrder{c.order}, payNow)
		switch {
		case c.code != "":
			t.Run(c.name, func(t *testing.T) { t.Parallel(); mustRefuse(t, err, c.code, c.message) })
		case err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.join != "":
			if plan.Join == nil || plan.Join.ChargeKey != c.join || plan.AmountMinor() != 0 {
				t.Errorf("%s: %+v", c.name, plan)
			}
		case plan.Join != nil || plan.AmountMinor() != c.charges || len(plan.Parts) != 1:
			t.Errorf("%s: %+v, want a charge of %d", c.name, plan, c.charges)
		}
	}
}

func TestPlanNeedsAMethodOnlyForMoney(t *testing.T) {
	t.Parallel()
	_, err := PayCommand{}.Plan([]PayableOrder{pendingOrder(1, 100)}, payNow)
	mustRefuse(t, err, CodeInvalid, "Please choose how to pay.")
	plan, err := PayCommand{}.Plan([]PayableOrder{pendingOrder(1, 0, Payment{ID: 3, Status: PaymentPending})}, payNow)
	if err != nil || len(plan.Free) != 1 || plan.Free[0].PendingID != 3 || len(plan.Parts) != 0 {
		t.Errorf("%+v, %v", plan, err)
	}
}

func TestPlanOfACheckout(t *testing.T) {
	t.Parallel()
	paid := pendingOrder(1, 500)
	paid.Status = StatusConfirmed
	open := func(id OrderID, total int64) PayableOrder {
		return pendingOrder(id, total, Payment{ID: int64(id) * 10, Status: PaymentPending, AmountMinor: total})
	}
	inFlight := Payment{Status: PaymentSending, AmountMinor: 100, ChargeKey: "one"}
	other := Payment{Status: PaymentSending, AmountMinor: 100, ChargeKey: "two"}

	plan, err := PayCommand{Method: "card"}.Plan([]PayableOrder{paid, open(2, 100), open(3, 33), open(4, 0)}, payNow)
	want := []PlannedPart{{2, 20, 100}, {3, 30, 33}}
	if err != nil || !slices.Equal(plan.Parts, want) || !slices.Equal(plan.Free, []PlannedPart{{4, 40, 0}}) {
		t.Errorf("%+v, %v", plan, err)
	}
	plan, err = PayCommand{Method: "card", AmountMinor: minor(1)}.Plan([]PayableOrder{open(2, 100), open(3, 33)}, payNow)
	if err != nil || !slices.Equal(plan.Parts, []PlannedPart{{2, 20, 1}}) {
		t.Errorf("one cent over two orders: %+v, %v", plan, err)
	}
	plan, err = PayCommand{Method: "card"}.Plan([]PayableOrder{pendingOrder(2, 100, inFlight), pendingOrder(3, 100, inFlight)}, payNow)
	if err != nil || plan.Join == nil || !slices.Equal(plan.Join.OrderIDs, []OrderID{2, 3}) {
		t.Errorf("%+v, %v", plan, err)
	}
	_, err = PayCommand{Method: "card"}.Plan([]PayableOrder{pendingOrder(2, 100, inFlight), pendingOrder(3, 100)}, payNow)
	mustRefuse(t, err, CodeConflict, "")
	_, err = PayCommand{Method: "card", AmountMinor: minor(200)}.Plan([]PayableOrder{pendingOrder(2, 100, inFlight), pendingOrder(3, 100, other)}, payNow)
	mustRefuse(t, err, CodeConflict, "")
}

// Whatever is paid of whatever orders: the parts are one sum, and no order gets more than is left of it.
func TestPlansSplitExactly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var orders []PayableOrder
		var due int64
		for i := range rapid.IntRange(1, 8).Draw(t, "orders") {
			total := rapid.Int64Range(0, 1_000_000_000).Draw(t, fmt.Sprint("total", i))
			o := pendingOrder(OrderID(i+1), total, Payment{ID: int64(i), Status: PaymentPending})
			if part := rapid.Int64Range(0, total).Draw(t, fmt.Sprint("paid", i)); part > 0 {
				o.Payments = append(o.Payments, attemptOf(PaymentCaptured, part, part))
			}
			orders = append(orders, o)
			due += o.leftMinor()
		}
		if due == 0 {
			return
		}
		command := PayCommand{Method: "card", AmountMinor: minor(rapid.Int64Range(1, due).Draw(t, "amount"))}
		plan, err := command.Plan(orders, payNow)
		if err != nil {
			t.Fatal(err)
		}
		if plan.AmountMinor() != *command.AmountMinor {
			t.Fatalf("the parts add up to %d of %d", plan.AmountMinor(), *command.AmountMinor)
		}
		for _, part := range plan.Parts {
			if left := orders[part.OrderID-1].leftMinor(); part.AmountMinor <= 0 || part.AmountMinor > left {
				t.Fatalf("order %d of which %d is left gets %d", part.OrderID, left, part.AmountMinor)
			}
		}
	})
}

func TestCovered(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		order PayableOrder
		want  bool
	}{
		{"nothing yet", pendingOrder(1, 100), false},
		{"held only", pendingOrder(1, 100, attemptOf(PaymentAuthorized, 100, 0)), false},
		{"captured", pendingOrder(1, 100, attemptOf(PaymentCaptured, 100, 100)), true},
		{"captured in part", pendingOrder(1, 100, attemptOf(PaymentCaptured, 100, 99)), false},
		{"captured in two", pendingOrder(1, 100, attemptOf(PaymentCaptured, 60, 60), attemptOf(PaymentCaptured, 40, 40)), true},
		{"captured and given back", pendingOrder(1, 100, Payment{Status: PaymentCaptured, AmountMinor: 100, CapturedMinor: 100, RefundedMinor: 1}), false},
		{"free, not settled", pendingOrder(1, 0, attemptOf(PaymentPending, 0, 0)), false},
		{"free, settled", pendingOrder(1, 0, attemptOf(PaymentCaptured, 0, 0)), true},
	}
	for _, c := range cases {
		if got := c.order.Covered(); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

func TestHoldUntil(t *testing.T) {
	t.Parallel()
	placed := payNow
	cases := []struct {
		name         string
		expires, now time.Duration // after placing
		want         time.Duration
	}{
		{"early attempts extend nothing", 15 * time.Minute, time.Minute, 15 * time.Minute},
		{"late ones get time to finish", 15 * time.Minute, 14 * time.Minute, 19 * time.Minute},
		{"but not for ever", 59 * time.Minute, 58 * time.Minute, 60 * time.Minute},
		{"a longer hold stays", 48 * time.Hour, time.Hour, 48 * time.Hour},
	}
	for _, c := range cases {
		if got := HoldUntil(placed, placed.Add(c.expires), placed.Add(c.now)).Sub(placed); got != c.want {
			t.Errorf("%s: held for %s, want %s", c.name, got, c.want)
		}
	}
}
