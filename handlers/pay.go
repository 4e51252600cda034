package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

func (h *Handlers) knowsMethod(token string) bool {
	return slices.ContainsFunc(h.Methods, func(method views.PaymentMethod) bool { return method.Token == token })
}

// pay tries to pay what is left of a checkout. attempt names the try: sent twice with the same method it is one charge.
// What it comes to, the page of the checkout tells; only what nobody expected is an error.
func (h *Handlers) pay(r *http.Request, checkoutID shop.OrderID, attempt, method string) error {
	if !h.knowsMethod(method) {
		return nil
	}
	user := viewerOf(r.Context())
	command := shop.PayCommand{CheckoutID: checkoutID, Scope: user.Scope(), Method: method, Actor: user.Actor(), RequestID: requestID(r)}
	var err error
	if command.Key, err = shop.NewIdempotencyKey(buyerScope(user.CustomerID), attempt+":"+method, checkoutID); err != nil {
		return err
	}
	_, err = h.Payments.Pay(r.Context(), command)
	switch shop.CodeOf(err) {
	case shop.CodeConflict, shop.CodeIdempotencyMismatch, shop.CodeUnavailable:
		return nil
	default:
		return err
	}
}

// checkoutParam reads the checkout that an address names, for its buyer.
func (h *Handlers) checkoutParam(r *http.Request) (shop.CheckoutDetail, error) {
	id, err := numberParam(r)
	if err != nil {
		return shop.CheckoutDetail{}, err
	}
	return h.Store.CheckoutByID(r.Context(), id, viewerOf(r.Context()).CustomerID)
}

// numberParam reads the number in an address. A mistyped one is told apart from one that does not exist.
func numberParam(r *http.Request) (shop.OrderID, error) {
	id, err := shop.ParseOrderNumber(chi.URLParam(r, "number"))
	if err != nil {
		return 0, &shop.Error{Code: shop.CodeNotFound, Message: fieldsOf(err)[0].Message, Err: err}
	}
	return id, nil
}

// PayPage shows what is left to pay, and until when. A checkout that is paid goes on to its confirmation. As a fragment
// it is asked for again and again while the provider has not answered.
func (h *Handlers) PayPage(w http.ResponseWriter, r *http.Request) error {
	checkout, err := h.checkoutParam(r)
	if err != nil {
		return err
	}
	m := views.NewPayModel(checkout, h.Methods, h.Store.Now())
	switch {
	case wantsFragment(r):
		h.render(w, r, http.StatusOK, views.PayState(m, nil))
	case m.State == shop.CheckoutPaid:
		return redirect(w, r, urls.CheckoutDone(checkout.ID.Number()))
	default:
		h.renderPay(w, r, http.StatusOK, m, nil)
	}
	return nil
}

func (h *Handlers) renderPay(w http.ResponseWriter, r *http.Request, status int, m views.PayModel, errs []shop.FieldError) {
	page := h.page(r, m.Title())
	page.Nav, page.Errors = urls.AccountOrders(), errs
	if m.State == shop.CheckoutPaying {
		page.Reload = views.PayPoll
	}
	h.render(w, r, status, views.Pay(page, m))
}

// Pay tries another means of payment. The form counts the attempts, so that pressing twice is one attempt.
func (h *Handlers) Pay(w http.ResponseWriter, r *http.Request) error {
	checkout, err := h.checkoutParam(r)
	if err != nil {
		return err
	}
	method := r.PostForm.Get("method")
	if !h.knowsMethod(method) {
		m := views.NewPayModel(checkout, h.Methods, h.Store.Now())
		h.renderPay(w, r, http.StatusUnprocessableEntity, m, []shop.FieldError{{Field: "method", Message: "Choose how to pay"}})
		return nil
	}
	number, err := strconv.Atoi(r.PostForm.Get("attempt"))
	if err != nil || number < 0 || number > checkout.Attempts() {
		number = checkout.Attempts()
	}
	if err := h.pay(r, checkout.ID, fmt.Sprintf("pay:%d:%d", checkout.ID, number), method); err != nil {
		return err
	}
	return redirect(w, r, urls.CheckoutPay(checkout.ID.Number()))
}

// CheckoutDone confirms what was ordered.
func (h *Handlers) CheckoutDone(w http.ResponseWriter, r *http.Request) error {
	checkout, err := h.checkoutParam(r)
	if err != nil {
		return err
	}
	m := views.NewPayModel(checkout, h.Methods, h.Store.Now())
	if m.State != shop.CheckoutPaid {
		return redirect(w, r, urls.CheckoutPay(checkout.ID.Number()))
	}
	page := h.page(r, "Thank you")
	page.Nav = urls.AccountOrders()
	h.render(w, r, http.StatusOK, views.Done(page, m))
	return nil
}
