package api

import (
	"net/http"

	"waybill/shop"
	"waybill/views/urls"
)

// checkoutView is what a customer bought in one go.
type checkoutView struct {
	CheckoutID  shop.OrderID       `json:"checkoutId"`
	UserID      int64              `json:"userId"`
	State       shop.CheckoutState `json:"state"`
	Currency    shop.Currency      `json:"currency"`
	TotalAmount decimal            `json:"totalAmount"`
	DueAmount   decimal            `json:"dueAmount"`
	CreatedAt   stamp              `json:"createdAt"`
	ExpiresAt   stamp              `json:"expiresAt"`
	Orders      []orderHeadView    `json:"orders"`
}

// GetCheckout (GET /checkouts/{id}) is a checkout with its orders.
func (a *API) GetCheckout(r *http.Request, key shop.APIKey) (answer, error) {
	if err := queryOf(r).done(); err != nil {
		return answer{}, err
	}
	id, err := pathOrder(r)
	if err != nil {
		return answer{}, err
	}
	c, err := a.Store.CheckoutByID(r.Context(), id, key.CustomerID)
	if err != nil {
		return answer{}, err
	}
	return ok(checkoutView{
		CheckoutID: c.ID, UserID: c.CustomerID, State: c.State(a.Store.Now()), Currency: c.Currency,
		TotalAmount: decimalOf(shop.Amount{Minor: c.TotalMinor, Currency: c.Currency}), DueAmount: decimalOf(c.Due()),
		CreatedAt: stampOf(c.PlacedAt), ExpiresAt: stampOf(c.ExpiresAt()),
		Orders: each(c.Orders, func(o shop.OrderDetail) orderHeadView { return viewOrderHead(o.OrderHead) }),
	}), nil
}

// checkoutPaid is an attempt to pay a checkout: one charge, and its payments, one for each order.
type checkoutPaid struct {
	CheckoutID shop.OrderID       `json:"checkoutId"`
	Status     shop.PaymentStatus `json:"status"`
	Currency   shop.Currency      `json:"currency"`
	Amount     decimal            `json:"amount"`
	Failure    *string            `json:"failure"`
	Payments   []paymentMade      `json:"payments"`
}

// PayCheckout (POST /checkouts/{id}/payments) makes one attempt to pay all unpaid orders of a checkout with one charge.
func (a *API) PayCheckout(r *http.Request, key shop.APIKey) (answer, error) {
	id, err := pathOrder(r)
	if err != nil {
		return answer{}, err
	}
	body, err := readPayRequest(r)
	if err != nil {
		return answer{}, err
	}
	checkout, err := a.Store.CheckoutByID(r.Context(), id, key.CustomerID)
	if err != nil {
		return answer{}, err
	}
	command := shop.PayCommand{
		CheckoutID: id, Scope: key.Scope(), Provider: body.Provider, Method: body.Method, Authorize: body.Authorize, Actor: key.Actor(), RequestID: requestID(r),
	}
	if body.Amount != "" {
		if command.AmountMinor, err = minorOf(body.Amount, checkout.Currency); err != nil {
			return answer{}, err
		}
	}
	if command.Key, err = idempotencyKey(r, key, body); err != nil {
		return answer{}, err
	}
	attempt, err := a.Payments.Pay(r.Context(), command)
	if err != nil {
		return answer{}, err
	}
	made := checkoutPaid{
		CheckoutID: id, Status: attempt.Status(), Currency: attempt.Currency, Amount: decimalOf(attempt.Amount()), Failure: orNull(attempt.Failure()),
		Payments: each(attempt.Parts, func(p shop.PaymentPart) paymentMade { return paymentMade{viewPayment(p.Payment), p.OrderStatus} }),
	}
	return answer{status: settled(http.StatusCreated, attempt.Status().InFlight()), body: made, replayed: attempt.Replayed, location: urls.APICheckout(int64(id))}, nil
}
