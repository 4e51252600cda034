package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// placeDeadline bounds placing and paying together. It outlives the request: a buyer who closes the page after pressing
// the button has ordered.
const placeDeadline = 9 * time.Second

// newAddress stands in the form for "none of my saved addresses".
const newAddress = "new"

// buyerScope is whose idempotency keys the forms of a customer use.
func buyerScope(customerID int64) string { return fmt.Sprintf("customer:%d", customerID) }

// CheckoutPage asks where the cart goes and how it is paid, and says what it costs. As a fragment it is the price alone,
// for another address.
func (h *Handlers) CheckoutPage(w http.ResponseWriter, r *http.Request) error {
	form := views.CheckoutForm{AddressID: r.URL.Query().Get("address"), New: shop.Address{Name: viewerOf(r.Context()).Name}}
	m, err := h.checkoutModel(r, form)
	if err != nil {
		return err
	}
	if done, err := h.leaveCheckout(w, r, m); done || err != nil {
		return err
	}
	if wantsFragment(r) {
		h.render(w, r, http.StatusOK, views.CheckoutPrices(m))
		return nil
	}
	h.renderCheckout(w, r, http.StatusOK, m, nil)
	return nil
}

func (h *Handlers) renderCheckout(w http.ResponseWriter, r *http.Request, status int, m views.CheckoutModel, errs []shop.FieldError) {
	page := h.page(r, "Checkout")
	page.Errors, m.Errors = errs, errs
	h.render(w, r, status, views.Checkout(page, m))
}

// checkoutModel quotes the cart for the address that the form names.
func (h *Handlers) checkoutModel(r *http.Request, form views.CheckoutForm) (views.CheckoutModel, error) {
	customerID := viewerOf(r.Context()).CustomerID
	saved, err := h.Store.Addresses(r.Context(), customerID)
	if err != nil {
		return views.CheckoutModel{}, err
	}
	m := views.CheckoutModel{Form: form, Addresses: saved, Methods: h.Methods, Now: h.Store.Now()}
	at := slices.IndexFunc(saved, func(a shop.Address) bool { return strconv.FormatInt(a.ID, 10) == form.AddressID })
	switch {
	case form.AddressID == newAddress || len(saved) == 0:
		m.Form.AddressID, m.To = newAddress, form.New
	default:
		m.To = saved[max(at, 0)]
		m.Form.AddressID = strconv.FormatInt(m.To.ID, 10)
	}
	to := m.To.Clean().Destination()
	if form.Services == nil {
		m.Cart, err = h.Store.Cart(r.Context(), h.cartRef(r), to)
	} else {
		m.Cart, err = h.Store.CartSentBy(r.Context(), h.cartRef(r), to, views.PickedServices(form.Services))
	}
	return m, err
}

// leaveCheckout sends away whoever has nothing to order here: back to the cart, or on to what was ordered with this very
// cart when the answer to it got lost.
func (h *Handlers) leaveCheckout(w http.ResponseWriter, r *http.Request, m views.CheckoutModel) (left bool, err error) {
	if m.Cart.CheckoutKey != "" {
		placed, err := h.Store.CheckoutByKey(r.Context(), buyerScope(viewerOf(r.Context()).CustomerID), m.Cart.CheckoutKey)
		if err == nil {
			return true, h.goOn(w, r, placed, m.Cart.CheckoutKey)
		}
		if shop.CodeOf(err) != shop.CodeNotFound {
			return false, err
		}
	}
	if !m.Cart.Ready() {
		return true, redirect(w, r, urls.Cart())
	}
	return false, nil
}

// goOn empties the cart of what was placed and shows where the checkout stands.
func (h *Handlers) goOn(w http.ResponseWriter, r *http.Request, placed shop.PlacedCheckout, checkoutKey string) error {
	change, err := h.Store.CartOrdered(r.Context(), placed.CustomerID, checkoutKey, placed.PlacedAt)
	if err != nil {
		return err
	}
	h.keepCart(r, change)
	return redirect(w, r, urls.CheckoutPay(placed.CheckoutID.Number()))
}

func decodeCheckout(r *http.Request) (form views.CheckoutForm, expected *int64) {
	f := r.PostForm
	form = views.CheckoutForm{Key: f.Get("key"), Currency: shop.Currency(f.Get("currency")), AddressID: f.Get("address"), Method: f.Get("method"), Services: decodeServices(f)}
	if form.AddressID == newAddress {
		form.New = decodeAddress(r)
	}
	if total, err := strconv.ParseInt(f.Get("expected"), 10, 64); err == nil {
		expected = &total
	}
	return form, expected
}

// Checkout places the cart and pays it. The form carries the cart's key, so however often it is sent, and whatever got
// lost on the way, there is one order; sending it again ends on the same page.
func (h *Handlers) Checkout(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), placeDeadline)
	defer cancel()
	r = r.WithContext(ctx)
	form, expected := decodeCheckout(r)
	placed, err := h.Store.CheckoutByKey(ctx, buyerScope(viewerOf(ctx).CustomerID), form.Key)
	if shop.CodeOf(err) == shop.CodeNotFound {
		placed, err = h.placeCart(w, r, form, expected)
		if err != nil || placed.CheckoutID == 0 {
			return err
		}
	}
	if err != nil {
		return err
	}
	if err := h.pay(r, placed.CheckoutID, "pay:"+form.Key, form.Method); err != nil {
		return err
	}
	return h.goOn(w, r, placed, form.Key)
}

// placeCart places the cart as the form describes it. A refusal is answered here, with the page it belongs to; then
// there is neither a checkout nor an error.
func (h *Handlers) placeCart(w http.ResponseWriter, r *http.Request, form views.CheckoutForm, expected *int64) (placed shop.PlacedCheckout, err error) {
	m, err := h.checkoutModel(r, form)
	if err != nil {
		return placed, err
	}
	if m.Cart.CheckoutKey != form.Key {
		// The key is renewed after its order exists, so another window that was faster has ordered by now.
		placed, err = h.Store.CheckoutByKey(r.Context(), buyerScope(viewerOf(r.Context()).CustomerID), form.Key)
		if shop.CodeOf(err) != shop.CodeNotFound {
			return placed, err
		}
	}
	if !m.Cart.Ready() {
		return placed, h.showCart(w, r, http.StatusConflict, views.CartForm{}, cartProblems(m.Cart.Cart))
	}
	if errs := h.formProblems(form, m); errs != nil {
		h.renderCheckout(w, r, http.StatusUnprocessableEntity, m, errs)
		return placed, nil
	}
	if m.To.ID == 0 {
		if m, err = h.saveNewAddress(r, form); err != nil {
			return placed, err
		}
	}
	switch {
	case expected == nil:
		return placed, redirect(w, r, urls.CheckoutFor(m.To.ID))
	case m.Cart.CheckoutKey != form.Key || form.Currency != m.Cart.Currency || *expected != m.Cart.Quote.TotalMinor:
		h.renderCheckout(w, r, http.StatusConflict, changed(m, expected), nil)
		return placed, nil
	}
	placed, err = h.place(r, m, expected)
	return h.answerPlaced(w, r, m, placed, err)
}

// changed asks about a cart that is not the one whose total the buyer saw.
func changed(m views.CheckoutModel, agreedTo *int64) views.CheckoutModel {
	m.Changed = true
	switch {
	case m.Form.Currency != m.Cart.Currency:
		m.WasIn = m.Form.Currency
	case *agreedTo != m.Cart.Quote.TotalMinor:
		m.AgreedTo = agreedTo
	}
	return m
}

// saveNewAddress keeps the address of the form and quotes the cart for it.
func (h *Handlers) saveNewAddress(r *http.Request, form views.CheckoutForm) (views.CheckoutModel, error) {
	address, err := h.Store.AddAddress(r.Context(), viewerOf(r.Context()).CustomerID, form.New)
	if err != nil {
		return views.CheckoutModel{}, err
	}
	form.AddressID = strconv.FormatInt(address.ID, 10)
	return h.checkoutModel(r, form)
}

// formProblems names what is missing in the form.
func (h *Handlers) formProblems(form views.CheckoutForm, m views.CheckoutModel) []shop.FieldError {
	var errs []shop.FieldError
	switch {
	case m.Form.AddressID == newAddress:
		errs = append(errs, fieldsOf(form.New.Clean().Check())...)
	case m.Form.AddressID != form.AddressID: // removed meanwhile, or somebody else's
		errs = append(errs, shop.FieldError{Field: "address", Message: "Choose where it goes: the address that was chosen is not among yours"})
	}
	if !h.knowsMethod(form.Method) {
		errs = append(errs, shop.FieldError{Field: "method", Message: "Choose how to pay"})
	}
	return append(errs, serviceProblems(form.Services, m)...)
}

// cartProblems says beside each line why it cannot be ordered, and of an empty cart that it is.
func cartProblems(cart shop.Cart) []shop.FieldError {
	errs := []shop.FieldError{}
	if len(cart.Lines) == 0 {
		errs = append(errs, shop.FieldError{Message: "Nothing was ordered: there is nothing in your cart any more."})
	}
	for _, line := range cart.Lines {
		if problem := line.Problem(cart.Currency); problem != "" {
			errs = append(errs, shop.FieldError{Field: views.QuantityField(line.SKUID), Message: line.Name + ": " + problem})
		}
	}
	return errs
}

func (h *Handlers) place(r *http.Request, m views.CheckoutModel, expected *int64) (shop.PlacedCheckout, error) {
	user := viewerOf(r.Context())
	command := shop.PlaceCommand{
		CustomerID: user.CustomerID, ShippingAddressID: m.To.ID, Currency: m.Cart.Currency, Items: m.Cart.Items(), DiscountCodes: m.Cart.Codes(),
		ShipServiceIDs:     m.Cart.Services(),
		ExpectedTotalMinor: expected, Source: "web", Actor: user.Actor(), RequestID: requestID(r),
	}
	var err error
	command.Key, err = shop.NewIdempotencyKey(buyerScope(user.CustomerID), m.Cart.CheckoutKey, []any{command.ShippingAddressID, command.Currency, command.Items, command.DiscountCodes, command.ShipServiceIDs})
	if err != nil {
		return shop.PlacedCheckout{}, err
	}
	return h.Placer.PlaceCheckout(r.Context(), command)
}

// answerPlaced answers the refusals that only the locked stock and prices could tell.
func (h *Handlers) answerPlaced(w http.ResponseWriter, r *http.Request, m views.CheckoutModel, placed shop.PlacedCheckout, err error) (shop.PlacedCheckout, error) {
	switch shop.CodeOf(err) {
	case shop.CodeOutOfStock:
		return shop.PlacedCheckout{}, h.showCart(w, r, http.StatusConflict, views.CartForm{}, shortErrors(shortOf(err)))
	case shop.CodeIdempotencyMismatch:
		// Another window ordered with this key a moment ago: that is the order.
		return h.Store.CheckoutByKey(r.Context(), buyerScope(viewerOf(r.Context()).CustomerID), m.Form.Key)
	case shop.CodeInvalid:
		if errs := lineErrors(m.Cart.Lines, err); errs != nil {
			return shop.PlacedCheckout{}, h.showCart(w, r, http.StatusUnprocessableEntity, views.CartForm{}, errs)
		}
		return shop.PlacedCheckout{}, h.refuseCheckout(w, r, m, err)
	case shop.CodeConflict:
		return shop.PlacedCheckout{}, h.refuseCheckout(w, r, m, err)
	default:
		return placed, err
	}
}

// refuseCheckout shows the checkout as it would be now: a total that has changed is asked about, anything else is said.
func (h *Handlers) refuseCheckout(w http.ResponseWriter, r *http.Request, agreed views.CheckoutModel, refusal error) error {
	m, err := h.checkoutModel(r, agreed.Form)
	if err != nil {
		return err
	}
	if shop.CodeOf(refusal) == shop.CodeConflict {
		h.renderCheckout(w, r, http.StatusConflict, changed(m, &agreed.Cart.Quote.TotalMinor), nil)
		return nil
	}
	problem := shop.FieldError{Message: messageOf(refusal)}
	if fields := fieldsOf(refusal); len(fields) > 0 && fields[0].Field == "userId" { // closed while somebody was signed in with it
		problem.Message = "Nothing was ordered: this account is suspended or closed. Please ask the support of the shop."
	}
	h.renderCheckout(w, r, http.StatusUnprocessableEntity, m, []shop.FieldError{problem})
	return nil
}
