package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// cartRef is whose cart a request is about: the customer's, or the guest's of this session.
func (h *Handlers) cartRef(r *http.Request) shop.CartRef {
	if user := viewerOf(r.Context()); user.CustomerID != 0 {
		return shop.CartRef{CustomerID: user.CustomerID}
	}
	return shop.CartRef{ID: h.Sessions.GetString(r.Context(), sessionCartID)}
}

// keepCart remembers in the session what is in the cart, for the header of every page, and where a guest's cart is.
func (h *Handlers) keepCart(r *http.Request, change shop.CartChange) {
	if viewerOf(r.Context()).CustomerID == 0 && change.CartID != "" {
		h.Sessions.Put(r.Context(), sessionCartID, change.CartID)
	}
	if h.Sessions.GetInt(r.Context(), sessionCartUnits) != int(change.Units) {
		h.Sessions.Put(r.Context(), sessionCartUnits, int(change.Units))
	}
}

// fieldsOf returns what is wrong with the input, nil when err is something else.
func fieldsOf(err error) []shop.FieldError {
	refused, ok := errors.AsType[*shop.Error](err)
	if !ok || refused.Code != shop.CodeInvalid {
		return nil
	}
	if len(refused.Fields) == 0 {
		return []shop.FieldError{{Message: refused.Message}}
	}
	return refused.Fields
}

// CartAdd puts a SKU into the cart. A refusal is the product page again.
func (h *Handlers) CartAdd(w http.ResponseWriter, r *http.Request) error {
	form := views.AddForm{SKU: r.PostForm.Get("sku"), Quantity: r.PostForm.Get("quantity")}
	add, err := decodeAdd(form, r.PostForm.Get("currency"))
	if err == nil {
		var change shop.CartChange
		if change, err = h.Store.AddToCart(r.Context(), h.cartRef(r), add); err == nil {
			h.keepCart(r, change)
			h.flash(r, "Added to your cart.")
			return redirect(w, r, urls.Cart())
		}
	}
	if errs := fieldsOf(err); errs != nil {
		return h.refuseAdd(w, r, add.SKUID, form, errs)
	}
	return err
}

// refuseAdd is the product page again: that of the form, else that of the SKU. Where neither leads to a product, the cart
// says it.
func (h *Handlers) refuseAdd(w http.ResponseWriter, r *http.Request, skuID int64, form views.AddForm, errs []shop.FieldError) error {
	slug := r.PostForm.Get("product")
	if slug == "" && skuID > 0 {
		var err error
		if slug, err = h.Store.ProductSlugOfSKU(r.Context(), skuID); err != nil && shop.CodeOf(err) != shop.CodeNotFound {
			return err
		}
	}
	shown := h.showProduct(w, r, http.StatusUnprocessableEntity, slug, form, errs)
	if shop.CodeOf(shown) != shop.CodeNotFound {
		return shown
	}
	for i := range errs {
		errs[i].Field = "" // the cart has none of the fields
	}
	return h.showCart(w, r, http.StatusUnprocessableEntity, views.CartForm{}, errs)
}

// decodeAdd reads the form, and names all that is wrong with it; the SKU is told in any case.
func decodeAdd(form views.AddForm, currency string) (shop.CartAdd, error) {
	var errs []shop.FieldError
	sku, err := strconv.ParseInt(form.SKU, 10, 64)
	if err != nil || sku <= 0 {
		errs = append(errs, shop.FieldError{Field: "sku", Message: "Choose what to put into the cart"})
	}
	quantity, err := shop.ParseQuantity(form.Quantity)
	if err != nil {
		errs = append(errs, shop.FieldError{Field: "quantity", Message: fieldsOf(err)[0].Message})
	}
	if currency == "" {
		currency = string(shop.DefaultCurrency)
	}
	shown, err := shop.ParseCurrency(currency)
	if err != nil {
		errs = append(errs, shop.FieldError{Field: "currency", Message: fieldsOf(err)[0].Message})
	}
	if errs != nil {
		return shop.CartAdd{SKUID: sku}, shop.InvalidFields(errs...)
	}
	return shop.CartAdd{SKUID: sku, Quantity: quantity, Currency: shown}, nil
}

// Cart shows what is in the cart and what it comes to.
func (h *Handlers) Cart(w http.ResponseWriter, r *http.Request) error {
	return h.showCart(w, r, http.StatusOK, views.CartForm{}, nil)
}

// showCart is the cart page, also as the answer to a refused form or checkout.
func (h *Handlers) showCart(w http.ResponseWriter, r *http.Request, status int, form views.CartForm, errs []shop.FieldError) error {
	to, err := h.likelyDestination(r)
	if err != nil {
		return err
	}
	cart, err := h.Store.Cart(r.Context(), h.cartRef(r), to.Destination())
	if err != nil {
		return err
	}
	currency, err := h.currencies(r)
	if err != nil {
		return err
	}
	currency.Chosen, currency.Back = cart.Currency, urls.Cart()
	h.keepCart(r, shop.CartChange{CartID: cart.ID, Units: cart.Units()})
	page := h.page(r, "Your cart")
	page.Errors = errs
	h.render(w, r, status, views.Cart(page, views.NewCartModel(cart, to, currency, form, h.Store.Now())))
	return nil
}

// likelyDestination is the customer's first address; the zero Address as long as none is known.
func (h *Handlers) likelyDestination(r *http.Request) (shop.Address, error) {
	customerID := viewerOf(r.Context()).CustomerID
	if customerID == 0 {
		return shop.Address{}, nil
	}
	addresses, err := h.Store.Addresses(r.Context(), customerID)
	if err != nil || len(addresses) == 0 {
		return shop.Address{}, err
	}
	return addresses[0], nil
}

// CartUpdate sets the quantity of one line. A refusal is the cart again, with what was typed.
func (h *Handlers) CartUpdate(w http.ResponseWriter, r *http.Request) error {
	skuID, err := idParam(r, "sku")
	if err != nil {
		return err
	}
	typed := r.PostForm.Get("quantity")
	quantity, err := shop.ParseQuantity(typed)
	if err == nil {
		var change shop.CartChange
		if change, err = h.Store.SetCartQuantity(r.Context(), h.cartRef(r), skuID, quantity); err == nil {
			h.keepCart(r, change)
			return redirect(w, r, urls.Cart())
		}
	}
	if shop.CodeOf(err) == shop.CodeNotFound {
		gone := []shop.FieldError{{Message: "That is not in your cart any more, so there is no quantity to change."}}
		return h.showCart(w, r, http.StatusConflict, views.CartForm{}, gone)
	}
	if errs := fieldsOf(err); errs != nil {
		field := views.QuantityField(skuID)
		return h.showCart(w, r, http.StatusUnprocessableEntity, views.CartForm{SKUID: skuID, Quantity: typed}, []shop.FieldError{{Field: field, Message: errs[0].Message}})
	}
	return err
}

// CartRemove takes one line out of the cart.
func (h *Handlers) CartRemove(w http.ResponseWriter, r *http.Request) error {
	skuID, err := idParam(r, "sku")
	if err != nil {
		return err
	}
	change, err := h.Store.RemoveFromCart(r.Context(), h.cartRef(r), skuID)
	if err != nil {
		return err
	}
	h.keepCart(r, change)
	return redirect(w, r, urls.Cart())
}

// idParam reads an id in the address; what cannot be one does not exist.
func idParam(r *http.Request, name string) (int64, error) {
	id, err := strconv.ParseInt(chi.URLParam(r, name), 10, 64)
	if err != nil || id <= 0 {
		return 0, shop.NotFound("page")
	}
	return id, nil
}

// shortOf returns the short lines that an error names.
func shortOf(err error) []shop.ShortLine {
	refused, ok := errors.AsType[*shop.Error](err)
	if !ok {
		return nil
	}
	return refused.Short
}

// lineErrors puts what placing says about items beside their lines in the cart; nil if it is not about them.
func lineErrors(lines []shop.CartLine, err error) []shop.FieldError {
	var errs []shop.FieldError
	for _, f := range fieldsOf(err) {
		for i, line := range lines {
			if strings.HasPrefix(f.Field, fmt.Sprintf("items[%d].", i)) {
				errs = append(errs, shop.FieldError{Field: views.QuantityField(line.SKUID), Message: f.Message})
			}
		}
	}
	return errs
}

// shortErrors says beside each line of the cart how much of it is left.
func shortErrors(short []shop.ShortLine) []shop.FieldError {
	errs := make([]shop.FieldError, len(short))
	for i, line := range short {
		left := fmt.Sprintf("Only %d of %s left; you want %d", line.Available, line.Name, line.Requested)
		if line.Available <= 0 {
			left = line.Name + " is out of stock"
		}
		errs[i] = shop.FieldError{Field: views.QuantityField(line.SKUID), Message: left}
	}
	return errs
}
