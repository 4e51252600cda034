package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// decodeServices reads which service was picked for each merchant, in order of their ids; nil when the form does not ask.
func decodeServices(form url.Values) []views.ServicePick {
	var picks []views.ServicePick
	for name := range form {
		merchant, err := strconv.ParseInt(strings.TrimPrefix(name, "service-"), 10, 64)
		if !strings.HasPrefix(name, "service-") || err != nil || len(picks) >= shop.MaxCheckoutItems {
			continue
		}
		service, err := strconv.ParseInt(form.Get(name), 10, 64)
		if err != nil || service < 0 {
			service = -1
		}
		picks = append(picks, views.ServicePick{MerchantID: merchant, ServiceID: service})
	}
	slices.SortFunc(picks, func(a, b views.ServicePick) int { return int(min(max(a.MerchantID-b.MerchantID, -1), 1)) })
	return picks
}

// serviceProblems names the picked services that are not offered for what the model quotes. One for a merchant of whom
// nothing is in the cart any more is no problem: it sends nothing.
func serviceProblems(picks []views.ServicePick, m views.CheckoutModel) []shop.FieldError {
	var errs []shop.FieldError
	for _, pick := range picks {
		at := slices.IndexFunc(m.Cart.Quote.Orders, func(o shop.QuotedOrder) bool { return o.MerchantID == pick.MerchantID })
		if at >= 0 && m.To.ID != 0 && m.Cart.Quote.Orders[at].Shipping.Rate.Service.ID != pick.ServiceID {
			errs = append(errs, shop.FieldError{Field: views.ServiceFieldName(pick.MerchantID), Message: "This shipping service is not offered for what you order and where it goes. Choose another"})
		}
	}
	return errs
}

// CartServices says how the cart is sent. It answers with the page that it was chosen on, or as a fragment with its prices.
func (h *Handlers) CartServices(w http.ResponseWriter, r *http.Request) error {
	picks := decodeServices(r.PostForm)
	form := views.CheckoutForm{AddressID: r.URL.Query().Get("checkout"), Method: r.PostForm.Get("method"), Services: picks}
	if codesBack(r) == urls.Cart() {
		return h.cartServices(w, r, picks)
	}
	m, err := h.checkoutModel(r, form)
	if err != nil {
		return err
	}
	if done, err := h.leaveCheckout(w, r, m); done || err != nil {
		return err
	}
	errs := serviceProblems(picks, m)
	if errs == nil {
		err := h.Store.SetCartServices(r.Context(), h.cartRef(r), m.Cart.Services(), m.Cart.To)
		if errs = fieldsOf(err); err != nil && errs == nil {
			return err
		}
	}
	switch {
	case errs != nil && !wantsFragment(r):
		h.renderCheckout(w, r, http.StatusUnprocessableEntity, m, errs)
		return nil
	case wantsFragment(r):
		m.Errors = errs
		h.render(w, r, statusFor(errs), views.CheckoutPrices(m))
		return nil
	}
	return redirect(w, r, codesBack(r))
}

// cartServices is CartServices for the page of the cart.
func (h *Handlers) cartServices(w http.ResponseWriter, r *http.Request, picks []views.ServicePick) error {
	to, err := h.likelyDestination(r)
	if err != nil {
		return err
	}
	cart, err := h.Store.CartSentBy(r.Context(), h.cartRef(r), to.Destination(), views.PickedServices(picks))
	if err != nil {
		return err
	}
	errs := serviceProblems(picks, views.CheckoutModel{Cart: cart, To: to})
	if errs == nil {
		err := h.Store.SetCartServices(r.Context(), h.cartRef(r), cart.Services(), to.Destination())
		if errs = fieldsOf(err); err != nil && errs == nil {
			return err
		}
	}
	switch {
	case wantsFragment(r):
		h.render(w, r, statusFor(errs), views.CartSummary(views.NewCartModel(cart, to, views.CurrencyChoice{}, views.CartForm{}, h.Store.Now()), errs))
		return nil
	case errs != nil:
		return h.showCart(w, r, http.StatusUnprocessableEntity, views.CartForm{}, errs)
	}
	return redirect(w, r, urls.Cart())
}

func statusFor(errs []shop.FieldError) int {
	if errs != nil {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}
