package handlers

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// AdminAPIKeys is the list of API keys.
func (h *Handlers) AdminAPIKeys(w http.ResponseWriter, r *http.Request) error {
	return h.renderKeys(w, r, http.StatusOK, views.KeysModel{}, nil)
}

func (h *Handlers) renderKeys(w http.ResponseWriter, r *http.Request, status int, model views.KeysModel, problems []shop.FieldError) error {
	var err error
	if model.Keys, err = h.Store.APIKeys(r.Context()); err != nil {
		return err
	}
	model.Now = h.Store.Now()
	page := h.adminPage(r, "API keys", urls.Admin())
	page.Errors = problems
	h.render(w, r, status, views.APIKeys(page, model))
	return nil
}

// AdminAPIKeyAdd makes a key and shows it, this once: the answer to the form is the page itself and not a redirect,
// because the secret must not be kept anywhere.
func (h *Handlers) AdminAPIKeyAdd(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	form := views.KeyForm{Name: f.Get("name"), Role: f.Get("role"), Merchant: f.Get("merchant"), Rate: strings.TrimSpace(f.Get("rate"))}
	command := shop.NewAPIKey{Name: form.Name, Role: shop.Role(form.Role), Actor: viewerOf(r.Context()).Actor(), RequestID: requestID(r)}
	merchantID, problems, err := h.merchantNamed(r, form.Merchant)
	if err != nil {
		return err
	}
	command.MerchantID = merchantID
	if form.Rate != "" {
		rate, err := strconv.Atoi(form.Rate)
		if err != nil || rate < 1 {
			problems = append(problems, shop.FieldError{Field: "rate", Message: "Enter a whole number of requests, or leave it empty"})
		}
		command.RatePerMinute = rate
	}
	if problems = oncePerField(problems, fieldsOf(command.Check())); problems != nil {
		return h.renderKeys(w, r, http.StatusUnprocessableEntity, views.KeysModel{Form: form}, problems)
	}
	_, secret, err := h.Store.CreateAPIKey(r.Context(), command)
	if problems := fieldsOf(err); problems != nil {
		return h.renderKeys(w, r, http.StatusUnprocessableEntity, views.KeysModel{Form: form}, problems)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return h.renderKeys(w, r, http.StatusOK, views.KeysModel{Secret: secret}, nil)
}

// AdminAPIKeyRevoke ends a key for good.
func (h *Handlers) AdminAPIKeyRevoke(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(chi.URLParam(r, "id"), 10, 64)
	if err != nil {
		return shop.NotFound("API key")
	}
	if err := h.Store.RevokeAPIKey(r.Context(), id, viewerOf(r.Context()).Actor(), requestID(r)); err != nil {
		return err
	}
	h.flash(r, "The key ends within seconds.")
	return redirect(w, r, urls.AdminAPIKeys())
}
