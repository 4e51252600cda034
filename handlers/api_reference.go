package handlers

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"waybill/handlers/api"
	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

// APIReference (GET /api/docs) explains the JSON API to those who integrate with it: how it works, and where what is.
func (h *Handlers) APIReference(w http.ResponseWriter, r *http.Request) error {
	reference := api.Reference()
	query := cut(strings.TrimSpace(r.URL.Query().Get("q")), views.MaxAPIQuery)
	model := views.APIIndexModel{APIReference: reference, Query: query, Found: reference.Find(query)}
	h.render(w, r, http.StatusOK, views.APIIndex(h.page(r, reference.Title), model))
	return nil
}

// APIReferenceGroup (GET /api/docs/{group}) is all about one part of it.
func (h *Handlers) APIReferenceGroup(w http.ResponseWriter, r *http.Request) error {
	reference := api.Reference()
	group, known := reference.Group(chi.URLParam(r, "group"))
	if !known {
		return shop.NotFound("part of the API")
	}
	h.render(w, r, http.StatusOK, views.APIGroupPage(h.referencePage(r, group.Name), reference, group))
	return nil
}

// APIProblems (GET /api/docs/problems) explains what is refused.
func (h *Handlers) APIProblems(w http.ResponseWriter, r *http.Request) error {
	h.render(w, r, http.StatusOK, views.APIProblemsPage(h.referencePage(r, "Problems"), api.Reference()))
	return nil
}

func (h *Handlers) referencePage(r *http.Request, title string) views.Page {
	page := h.page(r, title)
	page.Breadcrumbs = []ui.Crumb{{Label: api.Reference().Title, URL: urls.APIDocs()}}
	return page
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
