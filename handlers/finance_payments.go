package handlers

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

const (
	paymentsPerPage = 50
	// choicesDays is how far back payments are looked at for the providers and methods that the filter offers.
	choicesDays = 3660
	// providerDeadline is how long the page of a payment waits for its provider.
	providerDeadline = 3 * time.Second
)

// FinancePayments is the list of payments. A filter that is not understood is refused and looks nothing up: figures that are
// about something else than they say are worse than none.
func (h *Handlers) FinancePayments(w http.ResponseWriter, r *http.Request) error {
	form := paymentsForm(r)
	page := h.page(r, "Payments")
	page.Nav = urls.FinancePayments()
	page.Breadcrumbs = []ui.Crumb{{Label: "Finance", URL: urls.Finance()}}
	model := views.PaymentsModel{Form: form, Now: h.Store.Now()}
	var err error
	if model.Choices, err = h.Reports.PaymentChoices(r.Context(), model.Now.AddDate(0, 0, -choicesDays)); err != nil {
		return err
	}
	filter, problems := h.paymentFilter(form)
	before, ok := cursor(r)
	if problems != nil || !ok {
		page.Errors, model.Refused = problems, true
		h.render(w, r, http.StatusUnprocessableEntity, views.Payments(page, model))
		return nil
	}
	if err := h.fillPayments(r, &model, shop.PaymentQuery{PaymentFilter: filter, Before: before, Limit: paymentsPerPage}); err != nil {
		return err
	}
	h.render(w, r, http.StatusOK, views.Payments(page, model))
	return nil
}

func (h *Handlers) fillPayments(r *http.Request, model *views.PaymentsModel, q shop.PaymentQuery) error {
	payments, more, err := h.Reports.Payments(r.Context(), q)
	if err != nil {
		return err
	}
	model.Payments = payments
	if more {
		model.OlderURL = withCursor(model.Form.URL(urls.FinancePayments()), payments[len(payments)-1].ID)
	}
	if q.Before != 0 {
		model.NewestURL = model.Form.URL(urls.FinancePayments())
	}
	model.Totals, err = h.Reports.PaymentTotals(r.Context(), q.PaymentFilter)
	if shop.CodeOf(err) == shop.CodeUnavailable && r.Context().Err() == nil {
		model.TotalsLate = true // the list is worth showing without them
		return nil
	}
	return err
}

func paymentsForm(r *http.Request) views.PaymentsForm {
	q := r.URL.Query()
	return views.PaymentsForm{
		Q: q.Get("q"), Status: q.Get("status"), Provider: q.Get("provider"), Method: q.Get("method"), Currency: q.Get("currency"),
		From: q.Get("from"), Until: q.Get("until"), Least: q.Get("least"), Most: q.Get("most"),
	}
}

// paymentFilter reads the fields of the form, then the words of the search, which have the last word.
func (h *Handlers) paymentFilter(form views.PaymentsForm) (shop.PaymentFilter, []shop.FieldError) {
	filter := shop.PaymentFilter{Provider: form.Provider, Method: form.Method}
	var problems []shop.FieldError
	refuse := func(field string, err error) {
		if err != nil {
			problems = append(problems, shop.FieldError{Field: field, Message: messageOf(err)})
		}
	}
	var err error
	if form.Status != "" {
		var status shop.PaymentStatus
		status, err = shop.ParsePaymentStatus(form.Status)
		filter.Statuses = []shop.PaymentStatus{status}
		refuse("status", err)
	}
	if form.Currency != "" {
		filter.Currency, err = shop.ParseCurrency(form.Currency)
		refuse("currency", err)
	}
	period, err := shop.PeriodOfDays(form.From, form.Until)
	refuse("from", err)
	filter.From, filter.Until = period.From, period.Until
	if form.Least != "" || form.Most != "" {
		filter.Amount, err = shop.ParseAmountRange(form.Least + ".." + form.Most)
		refuse("least", err)
	}
	searched, err := shop.ParsePaymentSearch(form.Q, filter, h.Store.Now())
	refuse("q", err)
	return searched, problems
}

// FinancePayment is the page of one payment.
func (h *Handlers) FinancePayment(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(chi.URLParam(r, "id"), 10, 64)
	if err != nil {
		return shop.NotFound("payment")
	}
	record, err := h.Reports.PaymentRecord(r.Context(), id)
	if err != nil {
		return err
	}
	page := h.page(r, "Payment "+strconv.FormatInt(id, 10))
	page.Nav = urls.FinancePayments()
	page.Breadcrumbs = []ui.Crumb{{Label: "Finance", URL: urls.Finance()}, {Label: "Payments", URL: urls.FinancePayments()}}
	model := views.PaymentModel{Record: record, Now: h.Store.Now()}
	if provider := h.Payments.Provider(record.Provider); provider != nil && record.ChargeKey != "" {
		model.CanAsk = true
		if r.URL.Query().Get("ask") != "" {
			model.Asked = askProvider(r.Context(), provider, record)
		}
	}
	h.render(w, r, http.StatusOK, views.Payment(page, model))
	return nil
}

// askProvider asks what became of the charge behind a payment. It moves nothing, and an answer changes nothing here:
// what differs is for reconciliation to find.
func askProvider(ctx context.Context, provider shop.PaymentProvider, record shop.PaymentRecord) *views.ProviderAnswer {
	ctx, cancel := context.WithTimeout(ctx, providerDeadline)
	defer cancel()
	outcome, err := provider.LookUp(ctx, record.ChargeKey)
	if err != nil {
		return &views.ProviderAnswer{Tone: ui.ToneWarning, Text: "nothing; the provider did not answer in time."}
	}
	return views.AnswerOf(outcome, record)
}
