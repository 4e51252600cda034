package shop

import "time"

// CheckoutDetail is a placed checkout as its buyer sees it: all its orders, what is paid and until when it can be.
type CheckoutDetail struct {
	ID         OrderID
	CustomerID int64
	Currency   Currency
	TotalMinor int64
	PlacedAt   time.Time
	Orders     []OrderDetail // heads, lines, payments and the address; no events or fulfillments
}

// CheckoutState is what a buyer can do about a placed checkout.
type CheckoutState string

// The states of a checkout, for its buyer.
const (
	CheckoutPayable CheckoutState = "payable" // waits to be paid, its goods are held
	CheckoutPaying  CheckoutState = "paying"  // the provider has been asked and has not answered yet
	CheckoutPaid    CheckoutState = "paid"    // nothing is left to pay
	CheckoutOver    CheckoutState = "over"    // cancelled, or not paid in time
)

// State is where the checkout stands at a moment. A hold that has run out is over, also while the order still waits for
// the job that says so.
func (c CheckoutDetail) State(now time.Time) CheckoutState {
	var payable, paying, paid bool
	for _, order := range c.Orders {
		switch {
		case order.Status == StatusPending && order.inFlight():
			paying = true
		case order.Status == StatusPending && order.authorized():
			paid = true
		case order.Status == StatusPending:
			payable = payable || order.ExpiresAt.After(now)
		case order.Status != StatusCancelled:
			paid = true
		}
	}
	switch {
	case paying:
		return CheckoutPaying
	case payable:
		return CheckoutPayable
	case paid:
		return CheckoutPaid
	}
	return CheckoutOver
}

func (o OrderDetail) inFlight() bool {
	for _, p := range o.Payments {
		if p.Status.InFlight() {
			return true
		}
	}
	return false
}

// authorized tells whether the total is held for the shop and waits to be captured.
func (o OrderDetail) authorized() bool {
	var held int64
	for _, p := range o.Payments {
		if p.Status == PaymentAuthorized {
			held += p.AmountMinor
		}
	}
	return held > 0 && held >= o.TotalMinor
}

// ExpiresAt is until when the goods of all unpaid orders are held; zero when none waits to be paid.
func (c CheckoutDetail) ExpiresAt() time.Time {
	var first time.Time
	for _, order := range c.Orders {
		if order.Status == StatusPending && (first.IsZero() || order.ExpiresAt.Before(first)) {
			first = order.ExpiresAt
		}
	}
	return first
}

// Due is what is left to pay.
func (c CheckoutDetail) Due() Amount {
	due := Amount{Currency: c.Currency}
	for _, order := range c.Orders {
		if order.Status == StatusPending {
			due.Minor += order.TotalMinor - order.paidMinor()
		}
	}
	return due
}

func (o OrderDetail) paidMinor() int64 {
	var paid int64
	for _, p := range o.Payments {
		paid += p.CapturedMinor - p.RefundedMinor
	}
	return paid
}

// Attempts is how many times somebody has tried to pay. It names the next attempt, so that a form that is sent twice is
// one attempt.
func (c CheckoutDetail) Attempts() int {
	attempts := 0
	for _, order := range c.Orders {
		for _, p := range order.Payments {
			if p.Status != PaymentPending && p.Status != PaymentCancelled {
				attempts++
			}
		}
	}
	return attempts
}

// Failure is why the last attempt to pay failed, in words for the buyer; "" if it did not.
func (c CheckoutDetail) Failure() string {
	var last Payment
	for _, order := range c.Orders {
		for _, p := range order.Payments {
			if p.Status != PaymentPending && !p.StatusAt.Before(last.StatusAt) {
				last = p
			}
		}
	}
	if last.Status != PaymentFailed {
		return ""
	}
	return last.Failure
}
