package handlers

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

// reconcileDays is the period that the form proposes.
const reconcileDays = 30

// FinanceReconciliation starts comparisons and lists those that were run.
func (h *Handlers) FinanceReconciliation(w http.ResponseWriter, r *http.Request) error {
	usual := lastDays(h.Store.Now(), reconcileDays)
	form := views.ReconcileForm{From: usual.FirstDay(), Until: usual.LastDay()}
	return h.renderReconciliation(w, r, http.StatusOK, form, nil)
}

func (h *Handlers) renderReconciliation(w http.ResponseWriter, r *http.Request, status int, form views.ReconcileForm, problems []shop.FieldError) error {
	model := views.ReconciliationModel{Form: form, Providers: h.Reconciler.Providers(), Now: h.Store.Now()}
	var err error
	if model.Runs, err = h.Reports.ReconciliationRuns(r.Context()); err != nil {
		return err
	}
	choices, err := h.Reports.PaymentChoices(r.Context(), model.Now.AddDate(0, 0, -choicesDays))
	if err != nil {
		return err
	}
	for _, provider := range choices.Providers {
		if !slices.Contains(model.Providers, provider) && provider != shop.FreeProvider {
			model.Imported = append(model.Imported, provider)
		}
	}
	page := h.page(r, "Reconciliation")
	page.Nav, page.Errors = urls.FinanceReconciliation(), problems
	page.Breadcrumbs = []ui.Crumb{{Label: "Finance", URL: urls.Finance()}}
	h.render(w, r, status, views.Reconciliation(page, model))
	return nil
}

// FinanceReconcile runs a comparison and shows its page, also when it failed: the run is on record either way.
func (h *Handlers) FinanceReconcile(w http.ResponseWriter, r *http.Request) error {
	form := views.ReconcileForm{Provider: r.PostForm.Get("provider"), From: r.PostForm.Get("from"), Until: r.PostForm.Get("until")}
	user := viewerOf(r.Context())
	period, err := shop.PeriodOfDays(form.From, form.Until)
	if err != nil {
		return h.renderReconciliation(w, r, http.StatusUnprocessableEntity, form, []shop.FieldError{{Field: "from", Message: messageOf(err)}})
	}
	run, err := h.Reconciler.Compare(r.Context(), shop.ReconcileCommand{Provider: form.Provider, Period: period, Actor: user.Actor(), RequestID: requestID(r)})
	if run == 0 {
		if problems := fieldsOf(err); problems != nil {
			return h.renderReconciliation(w, r, http.StatusUnprocessableEntity, form, problems)
		}
		return err
	}
	if err != nil {
		h.Log.ErrorContext(r.Context(), "comparison failed", "request_id", requestID(r), "run", run, "err", err)
	}
	return redirect(w, r, urls.FinanceReconciliationRun(run))
}

// FinanceReconciliationRun is what one comparison found.
func (h *Handlers) FinanceReconciliationRun(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(chi.URLParam(r, "id"), 10, 64)
	if err != nil {
		return shop.NotFound("comparison")
	}
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 32) // anything else is the first page
	run, findings, more, err := h.Reports.ReconciliationRun(r.Context(), id, int(after))
	if err != nil {
		return err
	}
	model := views.RunModel{Run: run, Findings: findings, Now: h.Store.Now()}
	if more {
		model.NextURL = urls.With(urls.FinanceReconciliationRun(id), urls.Query{{Name: "after", Value: strconv.Itoa(findings[len(findings)-1].No)}})
	}
	if after > 0 {
		model.FirstURL = urls.FinanceReconciliationRun(id)
	}
	page := h.page(r, "Comparison "+strconv.FormatInt(id, 10))
	page.Nav = urls.FinanceReconciliation()
	page.Breadcrumbs = []ui.Crumb{{Label: "Finance", URL: urls.Finance()}, {Label: "Reconciliation", URL: urls.FinanceReconciliation()}}
	h.render(w, r, http.StatusOK, views.ReconciliationRun(page, model))
	return nil
}
