package handlers

import (
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// CartCode enters a discount code. A refusal is the page that it was entered on.
func (h *Handlers) CartCode(w http.ResponseWriter, r *http.Request) error {
	typed := r.PostForm.Get("code")
	code, err := shop.ParseDiscountCode(typed)
	if err == nil {
		err = h.addCode(r, code)
	}
	errs := fieldsOf(err)
	if errs == nil {
		if err != nil {
			return err
		}
		h.flash(r, "The code "+code+" is applied.")
		return redirect(w, r, codesBack(r))
	}
	errs[0].Field = "code"
	if codesBack(r) == urls.Cart() {
		return h.showCart(w, r, http.StatusUnprocessableEntity, views.CartForm{Code: typed}, errs)
	}
	form := views.CheckoutForm{AddressID: r.URL.Query().Get("checkout"), Code: typed, CodeError: errs[0].Message}
	m, err := h.checkoutModel(r, form)
	if err != nil {
		return err
	}
	h.renderCheckout(w, r, http.StatusUnprocessableEntity, m, errs)
	return nil
}

func (h *Handlers) addCode(r *http.Request, code string) error {
	to, err := h.likelyDestination(r)
	if err != nil {
		return err
	}
	return h.Store.AddCartCode(r.Context(), h.cartRef(r), code, to.Destination())
}

// CartCodeRemove forgets a discount code.
func (h *Handlers) CartCodeRemove(w http.ResponseWriter, r *http.Request) error {
	if err := h.Store.RemoveCartCode(r.Context(), h.cartRef(r), chi.URLParam(r, "code")); err != nil {
		return err
	}
	return redirect(w, r, codesBack(r))
}

// codesBack is where the code was entered: at the checkout for an address, or in the cart.
func codesBack(r *http.Request) string {
	id, err := strconv.ParseInt(r.URL.Query().Get("checkout"), 10, 64)
	if err != nil || id <= 0 || viewerOf(r.Context()).CustomerID == 0 {
		return urls.Cart()
	}
	return urls.CheckoutFor(id)
}
