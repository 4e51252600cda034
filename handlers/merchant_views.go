package handlers

import (
	"context"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// MerchantQueueViews lists the saved views, and offers to save one more.
func (h *Handlers) MerchantQueueViews(w http.ResponseWriter, r *http.Request) error {
	return h.queueViewsPage(w, r, r.URL.Query().Get("list"), nil)
}

// queueViewsPage shows the saved views; err is why what was just tried did not happen.
func (h *Handlers) queueViewsPage(w http.ResponseWriter, r *http.Request, list string, err error) error {
	viewer := viewerOf(r.Context())
	model := views.QueueViewsModel{Query: cleanList(list, viewer), Shared: r.PostForm.Has("shared")}
	status := http.StatusOK
	if err != nil {
		status = statusOf[shop.CodeOf(err)]
		if r.PostForm.Get("do") == "" {
			model.Name, model.Errors = r.PostForm.Get("name"), fieldsOf(err)
		}
		if len(model.Errors) == 0 {
			model.Problem = messageOf(err)
		}
	}
	if model.Views, err = h.Store.QueueViews(r.Context(), viewer.MerchantID, viewer.ID); err != nil {
		return err
	}
	page := h.page(r, "Saved views")
	page.Nav, page.Breadcrumbs, page.Errors = urls.MerchantQueue(), views.MerchantCrumbs(), model.Errors
	page.Path = urls.MerchantQueueViews(model.Query)
	h.render(w, r, status, views.QueueViewsPage(page, model))
	return nil
}

// cleanList is the query of a list as addresses of the queue are written, without what makes no sense.
func cleanList(list string, viewer shop.User) string {
	query, err := url.ParseQuery(list)
	if err != nil {
		return ""
	}
	cleaned, _ := queueList(query, viewer)
	return cleaned.Query()
}

// MerchantQueueViewSave keeps a list under a name and goes to it.
func (h *Handlers) MerchantQueueViewSave(w http.ResponseWriter, r *http.Request) error {
	viewer := viewerOf(r.Context())
	list := cleanList(r.PostForm.Get("list"), viewer)
	_, err := h.Store.SaveQueueView(r.Context(), shop.NewQueueView{
		MerchantID: viewer.MerchantID, UserID: viewer.ID, Name: r.PostForm.Get("name"), Query: list, Shared: r.PostForm.Has("shared"),
	})
	if code := shop.CodeOf(err); code == shop.CodeInvalid || code == shop.CodeConflict {
		return h.queueViewsPage(w, r, list, err)
	}
	if err != nil {
		return err
	}
	h.flash(r, "The view is saved.")
	return redirect(w, r, urls.MerchantQueue()+"?"+list)
}

// MerchantQueueViewChange renames, moves or deletes a saved view.
func (h *Handlers) MerchantQueueViewChange(w http.ResponseWriter, r *http.Request) error {
	viewer := viewerOf(r.Context())
	ref := shop.QueueViewRef{ID: positiveID(chi.URLParam(r, "view")), MerchantID: viewer.MerchantID, UserID: viewer.ID}
	changes := map[string]func(context.Context) error{
		"rename": func(ctx context.Context) error { return h.Store.RenameQueueView(ctx, ref, r.PostForm.Get("name")) },
		"up":     func(ctx context.Context) error { return h.Store.MoveQueueView(ctx, ref, true) },
		"down":   func(ctx context.Context) error { return h.Store.MoveQueueView(ctx, ref, false) },
		"delete": func(ctx context.Context) error { return h.Store.DeleteQueueView(ctx, ref, pressKey(r)) },
	}
	// Enter in the field of the name presses no button.
	change, known := changes[r.PostForm.Get("do")]
	if !known {
		change = changes["rename"]
		r.PostForm.Set("do", "rename")
	}
	err := change(r.Context())
	if code := shop.CodeOf(err); code == shop.CodeInvalid || code == shop.CodeConflict {
		return h.queueViewsPage(w, r, r.PostForm.Get("list"), err)
	}
	if err != nil {
		return err
	}
	return redirect(w, r, urls.MerchantQueueViews(r.PostForm.Get("list")))
}
