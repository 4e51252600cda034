package handlers

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

// ordersPerCustomerPage is how many orders the page of a customer shows at once.
const ordersPerCustomerPage = 25

// Support is the one search box. A search that can only mean one order goes straight to it, one
// for a whole e-mail address to the customer with the orders.
func (h *Handlers) Support(w http.ResponseWriter, r *http.Request) error {
	model := views.SupportModel{Q: r.URL.Query().Get("q"), Now: h.Store.Now()}
	status, problems := http.StatusOK, []shop.FieldError(nil)
	if r.URL.Query().Has("q") {
		search, err := shop.ParseSupportSearch(model.Q)
		if err != nil {
			status, problems = http.StatusUnprocessableEntity, fieldsOf(err)
		} else if model.Results, err = h.Reports.SupportSearch(r.Context(), search); err != nil {
			return err
		} else if id := model.Results.Direct(); id != 0 {
			return redirect(w, r, urls.SupportOrder(id.Number()))
		} else if id := model.Results.DirectCustomer(); id != 0 {
			return redirect(w, r, urls.SupportCustomer(id))
		}
		model.Searched = err == nil
	}
	page := h.page(r, "Find an order")
	page.Nav, page.Errors = urls.Support(""), problems
	h.render(w, r, status, views.Support(page, model))
	return nil
}

// SupportStuck lists orders that have not moved on for long.
func (h *Handlers) SupportStuck(w http.ResponseWriter, r *http.Request) error {
	model := views.StuckModel{Imported: r.URL.Query().Get("imported") != "", Now: h.Store.Now()}
	for _, status := range shop.StuckStatuses() {
		group, err := h.Reports.StuckOrders(r.Context(), shop.StuckOrders{Status: status, Before: model.Now.Add(-shop.StuckLimit(status))}, model.Imported)
		if err != nil {
			return err
		}
		model.Groups = append(model.Groups, group)
	}
	page := h.page(r, "Stuck orders")
	page.Nav = urls.SupportStuck()
	page.Breadcrumbs = []ui.Crumb{{Label: "Find an order", URL: urls.Support("")}}
	h.render(w, r, http.StatusOK, views.SupportStuck(page, model))
	return nil
}

// SupportOrder is everything about one order. An id in place of the number leads to it, a mistyped number back to the
// search.
func (h *Handlers) SupportOrder(w http.ResponseWriter, r *http.Request) error {
	number := chi.URLParam(r, "number")
	id, err := shop.ParseOrderNumber(number)
	if err != nil || number != id.Number() {
		return redirect(w, r, urls.Support(number))
	}
	return h.showSupportOrder(w, r, http.StatusOK, views.SupportOrderModel{}, nil)
}

// showSupportOrder shows the page of the order in the address; the model brings what was typed and refused.
func (h *Handlers) showSupportOrder(w http.ResponseWriter, r *http.Request, status int, model views.SupportOrderModel, problems []shop.FieldError) error {
	id, err := shop.ParseOrderNumber(chi.URLParam(r, "number"))
	if err != nil {
		return shop.NotFound("order")
	}
	if model.Record, err = h.Reports.OrderRecord(r.Context(), id); err != nil {
		return err
	}
	role := viewerOf(r.Context()).Role
	model.Now, model.AsCustomer = h.Store.Now(), r.URL.Query().Get("as") == "customer"
	model.CanAct, model.Finance = role != shop.RoleFinance, role != shop.RoleSupport
	if model.NoteKey == "" {
		model.NoteKey = rand.Text()
	}
	anyShipped := slices.ContainsFunc(model.Record.Fulfillments, func(f shop.Fulfillment) bool { return !f.ShippedAt.IsZero() })
	if err := (shop.CancelCommand{Actor: viewerOf(r.Context()).Actor()}).Allow(model.Record.Status, anyShipped); err != nil {
		model.Cannot = messageOf(err)
	}
	page := h.page(r, "Order "+id.Number())
	page.Nav, page.Errors = urls.Support(""), problems
	page.Breadcrumbs = []ui.Crumb{{Label: "Find an order", URL: urls.Support("")}}
	h.render(w, r, status, views.SupportOrder(page, model))
	return nil
}

// SupportNote adds a note to the timeline of an order.
func (h *Handlers) SupportNote(w http.ResponseWriter, r *http.Request) error {
	id, err := shop.ParseOrderNumber(chi.URLParam(r, "number"))
	if err != nil {
		return shop.NotFound("order")
	}
	user := viewerOf(r.Context())
	form := views.SupportOrderModel{Note: r.PostForm.Get("text"), NoteKey: r.PostForm.Get("key")}
	command := shop.NoteCommand{OrderID: id, Text: form.Note, Actor: user.Actor(), RequestID: requestID(r)}
	if command.Key, err = shop.NewIdempotencyKey("note:"+strconv.FormatInt(user.ID, 10), form.NoteKey, []string{id.Number(), form.Note}); err != nil {
		return err
	}
	if err = h.Store.AddNote(r.Context(), command); err != nil {
		if problems := fieldsOf(err); problems != nil {
			return h.showSupportOrder(w, r, http.StatusUnprocessableEntity, form, problems)
		}
		return err
	}
	h.flash(r, "The note is in the timeline.")
	return redirect(w, r, urls.SupportOrder(id.Number()))
}

// SupportOrderCancel ends an order for its customer: stock goes back on sale and captured money back to the customer.
func (h *Handlers) SupportOrderCancel(w http.ResponseWriter, r *http.Request) error {
	id, err := shop.ParseOrderNumber(chi.URLParam(r, "number"))
	if err != nil {
		return shop.NotFound("order")
	}
	form := views.SupportOrderModel{Reason: strings.TrimSpace(r.PostForm.Get("reason"))}
	if form.Reason == "" {
		return h.showSupportOrder(w, r, http.StatusUnprocessableEntity, form, []shop.FieldError{{Field: "reason", Message: "Say why the order is cancelled"}})
	}
	user := viewerOf(r.Context())
	command := shop.CancelCommand{OrderID: id, Actor: user.Actor(), Reason: form.Reason, RequestID: requestID(r)}
	if command.Key, err = shop.NewIdempotencyKey("cancel:"+strconv.FormatInt(user.ID, 10), "cancel:"+id.Number(), id); err != nil {
		return err
	}
	result, err := h.Orders.Cancel(r.Context(), command)
	switch shop.CodeOf(err) {
	case "":
		h.flash(r, cancelledFor(result))
		return redirect(w, r, urls.SupportOrder(id.Number()))
	case shop.CodeConflict:
		return h.showSupportOrder(w, r, http.StatusConflict, form, []shop.FieldError{{Message: messageOf(err)}})
	case shop.CodeInvalid:
		return h.showSupportOrder(w, r, http.StatusUnprocessableEntity, form, fieldsOf(err))
	}
	return err
}

// cancelledFor says what the customer gets back.
func cancelledFor(result shop.CancelResult) string {
	if len(result.Refunds) == 0 {
		return "The order is cancelled. Nothing was charged."
	}
	back := shop.Amount{Currency: result.Refunds[0].Currency}
	for _, refund := range result.Refunds {
		back.Minor += refund.AmountMinor
	}
	return "The order is cancelled. " + views.MoneyWords(back) + " goes back to the customer."
}

// SupportCustomer is everything about one customer.
func (h *Handlers) SupportCustomer(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(chi.URLParam(r, "id"), 10, 64)
	if err != nil {
		return shop.NotFound("customer")
	}
	before, ok := cursor(r)
	if !ok {
		return redirect(w, r, urls.SupportCustomer(id))
	}
	model := views.SupportCustomerModel{Now: h.Store.Now()}
	if model.Record, err = h.Reports.CustomerRecord(r.Context(), id); err != nil {
		return err
	}
	found, err := h.Reports.CustomerHistory(r.Context(), shop.HistoryQuery{CustomerID: id, Before: shop.OrderID(before), Limit: ordersPerCustomerPage})
	if err != nil {
		return err
	}
	model.Orders = found.Orders
	if found.More {
		model.OlderURL = withCursor(urls.SupportCustomer(id), int64(found.Orders[len(found.Orders)-1].ID))
	}
	if before != 0 {
		model.NewestURL = urls.SupportCustomer(id)
	}
	page := h.page(r, model.Record.Name)
	page.Nav = urls.Support("")
	page.Breadcrumbs = []ui.Crumb{{Label: "Find an order", URL: urls.Support("")}}
	h.render(w, r, http.StatusOK, views.SupportCustomer(page, model))
	return nil
}
