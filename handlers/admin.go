package handlers

import (
	"net/http"
	"strings"
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

// verifyRetryAfter is when to look again while somebody else checks the books.
const verifyRetryAfter = 5 * time.Second

// Admin is the administrator's overview. It does not check the books: that reads whole tables and has its own page.
func (h *Handlers) Admin(w http.ResponseWriter, r *http.Request) error {
	model := views.AdminModel{Now: h.Store.Now()}
	var err error
	if model.Overview, err = h.Reports.AdminOverview(r.Context()); err != nil {
		return err
	}
	if model.Entries, _, err = h.Reports.Audit(r.Context(), shop.AuditQuery{Limit: auditPerGlance}); err != nil {
		return err
	}
	page := h.page(r, "Administration")
	page.Nav = urls.Admin()
	h.render(w, r, http.StatusOK, views.Admin(page, model))
	return nil
}

// AdminVerify checks the books and shows the result, on the connections for reports: it reads whole tables. One check
// runs at a time.
func (h *Handlers) AdminVerify(w http.ResponseWriter, r *http.Request) error {
	if !h.verifying.TryLock() {
		return shop.Unavailable("The books are being checked already. Please look again in a moment.", verifyRetryAfter)
	}
	defer h.verifying.Unlock()
	results, err := h.Reports.Verify(r.Context())
	if err != nil {
		return err
	}
	page := h.adminPage(r, "Verify", urls.AdminVerify())
	w.Header().Set("Cache-Control", "private, no-store")
	h.render(w, r, http.StatusOK, views.Verify(page, views.VerifyModel{Results: results, At: h.Store.Now().Truncate(time.Second)}))
	return nil
}

// AdminRoles says which role may do what.
func (h *Handlers) AdminRoles(w http.ResponseWriter, r *http.Request) error {
	h.render(w, r, http.StatusOK, views.Roles(h.adminPage(r, "Roles", urls.AdminUsers()), views.RoleRights()))
	return nil
}

// AdminAudit is the audit log.
func (h *Handlers) AdminAudit(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	form := views.AuditForm{Action: strings.TrimSpace(q.Get("action")), Subject: strings.TrimSpace(q.Get("subject")), Actor: strings.TrimSpace(q.Get("actor"))}
	before, ok := cursor(r)
	if !ok {
		return redirect(w, r, form.URL())
	}
	entries, more, err := h.Reports.Audit(r.Context(), shop.AuditQuery{Action: form.Action, Subject: form.Subject, Actor: form.Actor, Before: before, Limit: auditPerPage})
	if err != nil {
		return err
	}
	model := views.AuditModel{Form: form, Entries: entries}
	if more {
		model.OlderURL = withCursor(form.URL(), entries[len(entries)-1].ID)
	}
	if before != 0 {
		model.FirstURL = form.URL()
	}
	page := h.adminPage(r, "Audit log", urls.Admin())
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
