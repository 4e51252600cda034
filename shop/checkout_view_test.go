package shop

import (
	"testing"
	"time"
)

func TestCheckoutState(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	order := func(status Status, expires time.Duration, payments ...PaymentStatus) OrderDetail {
		o := OrderDetail{OrderHead: OrderHead{Status: status, TotalMinor: 100, ExpiresAt: now.Add(expires)}}
		for _, p := range payments {
			o.Payments = append(o.Payments, Payment{Status: p, AmountMinor: 100})
		}
		return o
	}
	cases := []struct {
		name   string
		orders []OrderDetail
		want   CheckoutState
	}{
		{"just placed", []OrderDetail{order(StatusPending, time.Minute, PaymentPending)}, CheckoutPayable},
		{"declined", []OrderDetail{order(StatusPending, time.Minute, PaymentFailed)}, CheckoutPayable},
		{"hold ran out", []OrderDetail{order(StatusPending, 0, PaymentFailed)}, CheckoutOver},
		{"asked", []OrderDetail{order(StatusPending, -time.Hour, PaymentFailed, PaymentSending)}, CheckoutPaying},
		{"no answer", []OrderDetail{order(StatusPending, time.Minute, PaymentUnknown)}, CheckoutPaying},
		{"authorized", []OrderDetail{order(StatusPending, time.Minute, PaymentAuthorized)}, CheckoutPaid},
		{"paid", []OrderDetail{order(StatusConfirmed, 0, PaymentCaptured)}, CheckoutPaid},
		{"cancelled", []OrderDetail{order(StatusCancelled, 0, PaymentCancelled)}, CheckoutOver},
		{"refunded", []OrderDetail{order(StatusRefunded, 0, PaymentCaptured)}, CheckoutPaid},
		{"one paid, one to pay", []OrderDetail{order(StatusConfirmed, 0, PaymentCaptured), order(StatusPending, time.Minute, PaymentPending)}, CheckoutPayable},
		{"one paid, one cancelled", []OrderDetail{order(StatusShipped, 0, PaymentCaptured), order(StatusCancelled, 0)}, CheckoutPaid},
	}
	for _, tt := range cases {
		if got := (CheckoutDetail{Orders: tt.orders}).State(now); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestCheckoutSaysWhatIsDueAndWhy(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	c := CheckoutDetail{Currency: "USD", Orders: []OrderDetail{
		{OrderHead: OrderHead{Status: StatusPending, TotalMinor: 500, ExpiresAt: now.Add(2 * time.Minute)}, Payments: []Payment{
			{Status: PaymentFailed, Failure: "no money", StatusAt: now},
			{Status: PaymentPending, StatusAt: now.Add(time.Second)},
		}},
		{OrderHead: OrderHead{Status: StatusPending, TotalMinor: 300, ExpiresAt: now.Add(time.Minute)}, Payments: []Payment{
			{Status: PaymentCaptured, CapturedMinor: 100, StatusAt: now.Add(-time.Minute)},
		}},
		{OrderHead: OrderHead{Status: StatusConfirmed, TotalMinor: 1000}},
	}}
	if c.Due() != (Amount{700, "USD"}) || c.Attempts() != 2 || c.Failure() != "no money" || !c.ExpiresAt().Equal(now.Add(time.Minute)) {
		t.Errorf("due %v after %d attempts, failed for %q, until %v", c.Due(), c.Attempts(), c.Failure(), c.ExpiresAt())
	}
	if paid := (CheckoutDetail{Orders: []OrderDetail{{OrderHead: OrderHead{Status: StatusConfirmed}}}}); !paid.ExpiresAt().IsZero() || paid.Failure() != "" {
		t.Error("a paid checkout expires or failed")
	}
}
