package handlers

import (
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

const exceptionsPerPage = 50

// FinanceExceptions is the list of what does not match.
func (h *Handlers) FinanceExceptions(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	form := views.ExceptionsForm{State: q.Get("state"), Kind: q.Get("kind"), Source: q.Get("source"), Owner: q.Get("owner")}
	before, ok := cursor(r)
	if !ok {
		return redirect(w, r, form.URL())
	}
	query := shop.ExceptionQuery{Resolved: form.State == "resolved", Kind: form.Kind, Source: form.Source, Unowned: form.Owner == "nobody", Before: before, Limit: exceptionsPerPage}
	if form.Owner == "me" {
		query.OwnerID = viewerOf(r.Context()).ID
	}
	exceptions, more, err := h.Reports.Exceptions(r.Context(), query)
	if err != nil {
		return err
	}
	model := views.ExceptionsModel{Form: form, Exceptions: exceptions, Now: h.Store.Now()}
	if model.Choices, err = h.Reports.ExceptionChoices(r.Context(), query.Resolved); err != nil {
		return err
	}
	if more {
		model.OlderURL = withCursor(form.URL(), exceptions[len(exceptions)-1].ID)
	}
	if before != 0 {
		model.NewestURL = form.URL()
	}
	page := h.page(r, "Exceptions")
	page.Nav = urls.FinanceExceptions()
	page.Breadcrumbs = []ui.Crumb{{Label: "Finance", URL: urls.Finance()}}
	h.render(w, r, http.StatusOK, views.Exceptions(page, model))
	return nil
}

// FinanceException is the page of one exception.
func (h *Handlers) FinanceException(w http.ResponseWriter, r *http.Request) error {
	id, err := exceptionID(r)
	if err != nil {
		return err
	}
	return h.renderException(w, r, http.StatusOK, id, "", nil)
}

func (h *Handlers) renderException(w http.ResponseWriter, r *http.Request, status int, id int64, resolution string, problems []shop.FieldError) error {
	exception, err := h.Store.Exception(r.Context(), id)
	if err != nil {
		return err
	}
	page := h.page(r, "Exception "+strconv.FormatInt(id, 10))
	page.Nav, page.Errors = urls.FinanceExceptions(), problems
	page.Breadcrumbs = []ui.Crumb{{Label: "Finance", URL: urls.Finance()}, {Label: "Exceptions", URL: urls.FinanceExceptions()}}
	mine := exception.OwnerID == viewerOf(r.Context()).ID
	h.render(w, r, status, views.Exception(page, views.ExceptionModel{Exception: exception, Mine: mine, Resolution: resolution, Now: h.Store.Now()}))
	return nil
}

// FinanceExceptionOwn makes the signed-in person responsible for an exception.
func (h *Handlers) FinanceExceptionOwn(w http.ResponseWriter, r *http.Request) error {
	id, err := exceptionID(r)
	if err != nil {
		return err
	}
	from, err := strconv.ParseInt(r.PostForm.Get("from"), 10, 64)
	if err != nil {
		return shop.Invalid("from", "The form is damaged. Please open the exception again.")
	}
	user := viewerOf(r.Context())
	command := shop.OwnException{ID: id, OwnerID: user.ID, FromOwnerID: from, Actor: user.Actor(), RequestID: requestID(r)}
	if err := h.Store.OwnException(r.Context(), command); err != nil {
		return err
	}
	h.flash(r, "The exception is yours.")
	return redirect(w, r, urls.FinanceException(id))
}

// FinanceExceptionResolve closes an exception with the text that says how.
func (h *Handlers) FinanceExceptionResolve(w http.ResponseWriter, r *http.Request) error {
	id, err := exceptionID(r)
	if err != nil {
		return err
	}
	user := viewerOf(r.Context())
	command := shop.ResolveException{ID: id, Resolution: r.PostForm.Get("resolution"), OwnerID: user.ID, Actor: user.Actor(), RequestID: requestID(r)}
	err = h.Store.ResolveException(r.Context(), command)
	if problems := fieldsOf(err); problems != nil {
		return h.renderException(w, r, http.StatusUnprocessableEntity, id, command.Resolution, problems)
	}
	if err != nil {
		return err
	}
	h.flash(r, "Resolved.")
	return redirect(w, r, urls.FinanceExceptions())
}

func exceptionID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(chi.URLParam(r, "id"), 10, 64)
	if err != nil {
		return 0, shop.NotFound("exception")
	}
	return id, nil
}
