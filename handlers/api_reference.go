package handlers

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"waybill/handlers/api"
	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// APIReference (GET /api/docs) explains the JSON API to those who integrate with it.
func (h *Handlers) APIReference(w http.ResponseWriter, r *http.Request) error {
	reference := api.Reference()
	h.render(w, r, http.StatusOK, views.APIReferencePage(h.page(r, reference.Title), reference))
	return nil
}

// APIProblem (GET /api/problems/{slug}) is where the type of a problem document leads: to its place in the reference.
func (h *Handlers) APIProblem(w http.ResponseWriter, r *http.Request) error {
	slug := chi.URLParam(r, "slug")
	for _, problem := range api.Reference().Problems {
		if problem.Slug == slug {
			return redirect(w, r, urls.APIDocsProblem(slug))
		}
	}
	return shop.NotFound("kind of problem")
}
