package handlers

import (
	"net/http"
	"slices"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

// Addresses is the customer's address book.
func (h *Handlers) Addresses(w http.ResponseWriter, r *http.Request) error {
	return h.showAddresses(w, r, http.StatusOK, shop.Address{}, nil)
}

func (h *Handlers) showAddresses(w http.ResponseWriter, r *http.Request, status int, typed shop.Address, errs []shop.FieldError) error {
	saved, err := h.Store.Addresses(r.Context(), viewerOf(r.Context()).CustomerID)
	if err != nil {
		return err
	}
	page := h.page(r, "Your addresses")
	page.Nav, page.Errors = urls.AccountOrders(), errs
	h.render(w, r, status, views.Addresses(page, saved, views.AddressModel{Address: typed, Action: urls.AccountAddresses()}))
	return nil
}

// decodeAddress reads the fields of an address; what is wrong with them Check says.
func decodeAddress(r *http.Request) shop.Address {
	f := r.PostForm
	return shop.Address{
		Name: f.Get("name"), Line1: f.Get("line1"), Line2: f.Get("line2"), City: f.Get("city"), Region: f.Get("region"),
		PostalCode: f.Get("postal_code"), Country: f.Get("country"), Phone: f.Get("phone"), IsDefault: f.Get("default") != "",
	}
}

// AddressAdd saves a new address. A refusal is the address book again, with what was typed.
func (h *Handlers) AddressAdd(w http.ResponseWriter, r *http.Request) error {
	typed := decodeAddress(r)
	_, err := h.Store.AddAddress(r.Context(), viewerOf(r.Context()).CustomerID, typed)
	if errs := fieldsOf(err); errs != nil {
		return h.showAddresses(w, r, http.StatusUnprocessableEntity, typed, errs)
	}
	if err != nil {
		return err
	}
	h.flash(r, "The address was saved.")
	return redirect(w, r, urls.AccountAddresses())
}

// Address shows one saved address to be changed.
func (h *Handlers) Address(w http.ResponseWriter, r *http.Request) error {
	id, err := idParam(r, "id")
	if err != nil {
		return err
	}
	saved, err := h.Store.Addresses(r.Context(), viewerOf(r.Context()).CustomerID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(saved, func(a shop.Address) bool { return a.ID == id })
	if at < 0 {
		return shop.NotFound("address")
	}
	h.renderAddress(w, r, http.StatusOK, saved[at], nil)
	return nil
}

func (h *Handlers) renderAddress(w http.ResponseWriter, r *http.Request, status int, address shop.Address, errs []shop.FieldError) {
	page := h.page(r, "Edit address")
	page.Nav, page.Errors = urls.AccountOrders(), errs
	page.Breadcrumbs = []ui.Crumb{{Label: "Your addresses", URL: urls.AccountAddresses()}}
	h.render(w, r, status, views.Address(page, views.AddressModel{Title: "Edit address", Address: address, Action: urls.AccountAddress(address.ID)}))
}

// AddressChange replaces a saved address.
func (h *Handlers) AddressChange(w http.ResponseWriter, r *http.Request) error {
	id, err := idParam(r, "id")
	if err != nil {
		return err
	}
	typed := decodeAddress(r)
	typed.ID = id
	err = h.Store.ChangeAddress(r.Context(), viewerOf(r.Context()).CustomerID, typed)
	if errs := fieldsOf(err); errs != nil {
		h.renderAddress(w, r, http.StatusUnprocessableEntity, typed, errs)
		return nil
	}
	if err != nil {
		return err
	}
	h.flash(r, "The address was changed.")
	return redirect(w, r, urls.AccountAddresses())
}

// AddressRemove takes an address out of the address book.
func (h *Handlers) AddressRemove(w http.ResponseWriter, r *http.Request) error {
	id, err := idParam(r, "id")
	if err != nil {
		return err
	}
	if err := h.Store.RemoveAddress(r.Context(), viewerOf(r.Context()).CustomerID, id); err != nil {
		return err
	}
	h.flash(r, "The address was removed. Orders keep the address they were placed with.")
	return redirect(w, r, urls.AccountAddresses())
}
