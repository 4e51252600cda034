package handlers

import (
	"net/http"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// MerchantSender shows the address that the viewer's merchant sends from.
func (h *Handlers) MerchantSender(w http.ResponseWriter, r *http.Request) error {
	sender, err := h.Store.Sender(r.Context(), viewerOf(r.Context()).MerchantID)
	if err != nil {
		return err
	}
	h.senderPage(w, r, http.StatusOK, sender, nil)
	return nil
}

func (h *Handlers) senderPage(w http.ResponseWriter, r *http.Request, status int, sender shop.Address, errs []shop.FieldError) {
	page := h.page(r, "Sender address")
	page.Nav, page.Path, page.Errors = urls.MerchantPromise(), urls.MerchantSender(), errs
	h.render(w, r, status, views.Sender(page, sender))
}

// MerchantSenderSet changes it. A refusal is the page again, with what was typed.
func (h *Handlers) MerchantSenderSet(w http.ResponseWriter, r *http.Request) error {
	typed := decodeAddress(r)
	err := h.Store.SetSender(r.Context(), viewerOf(r.Context()).MerchantID, typed, origin(r))
	if errs := fieldsOf(err); errs != nil {
		h.senderPage(w, r, http.StatusUnprocessableEntity, typed, errs)
		return nil
	}
	if err != nil {
		return err
	}
	h.flash(r, "Saved. It stands on everything that is printed from now on.")
	return redirect(w, r, urls.MerchantSender())
}
