package handlers

import (
	"net/http"
	"time"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

const (
	auditPerPage   = 50
	auditPerGlance = 8
)

// Admin is the administrator's overview.
func (h *Handlers) Admin(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	counts, err := h.Store.UserCounts(ctx)
	if err != nil {
		return err
	}
	keys, err := h.Store.APIKeys(ctx)
	if err != nil {
		return err
	}
	verified, err := h.verify(r)
	if err != nil {
		return err
	}
	entries, _, _, err := h.Store.AuditLog(ctx, "", 0, auditPerGlance)
	if err != nil {
		return err
	}
	model := views.AdminModel{Counts: counts, Verify: verified, Entries: entries}
	for _, k := range keys {
		if k.RevokedAt.IsZero() {
			model.Keys++
		}
	}
	page := h.page(r, "Administration")
	page.Nav = urls.Admin()
	h.render(w, r, http.StatusOK, views.Admin(page, model))
	return nil
}

// AdminVerify checks the books and shows the result.
func (h *Handlers) AdminVerify(w http.ResponseWriter, r *http.Request) error {
	model, err := h.verify(r)
	if err != nil {
		return err
	}
	page := h.adminPage(r, "Verify", urls.AdminVerify())
	h.render(w, r, http.StatusOK, views.Verify(page, model))
	return nil
}

// verify runs on the connections for reports: it reads whole tables.
func (h *Handlers) verify(r *http.Request) (views.VerifyModel, error) {
	results, err := h.Reports.Verify(r.Context())
	return views.VerifyModel{Results: results, At: h.Store.Now().Truncate(time.Second)}, err
}

// AdminRoles says which role may do what.
func (h *Handlers) AdminRoles(w http.ResponseWriter, r *http.Request) error {
	h.render(w, r, http.StatusOK, views.Roles(h.adminPage(r, "Roles", urls.AdminUsers()), shop.RoleRights()))
	return nil
}

// AdminAudit is the audit log.
func (h *Handlers) AdminAudit(w http.ResponseWriter, r *http.Request) error {
	action := r.URL.Query().Get("action")
	list := urls.With(urls.AdminAudit(), urls.Query{{Name: "action", Value: action}})
	before, ok := cursor(r)
	if !ok {
		return redirect(w, r, list)
	}
	entries, actions, more, err := h.Store.AuditLog(r.Context(), action, before, auditPerPage)
	if err != nil {
		return err
	}
	model := views.AuditModel{Action: action, Actions: actions, Entries: entries}
	if more {
		model.OlderURL = withCursor(list, entries[len(entries)-1].ID)
	}
	if before != 0 {
		model.FirstURL = list
	}
	page := h.adminPage(r, "Audit log", urls.Admin())
	page.Wide = true
	h.render(w, r, http.StatusOK, views.Audit(page, model))
	return nil
}

// AdminGallery shows every component of the interface.
func (h *Handlers) AdminGallery(w http.ResponseWriter, r *http.Request) error {
	h.render(w, r, http.StatusOK, views.Gallery(h.adminPage(r, "Design gallery", urls.Admin()), h.Store.Now()))
	return nil
}

// adminPage is a page below the overview.
func (h *Handlers) adminPage(r *http.Request, title, nav string) views.Page {
	page := h.page(r, title)
	page.Nav = nav
	page.Breadcrumbs = []ui.Crumb{{Label: "Admin", URL: urls.Admin()}}
	return page
}
