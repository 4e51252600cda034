package handlers

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

const (
	historyPageSize = 20
	dayLayout       = "2006-01-02" // what date inputs send
)

// Account goes to the first page of the account.
func (h *Handlers) Account(w http.ResponseWriter, r *http.Request) error {
	return redirect(w, r, urls.AccountOrders())
}

// AccountOrders is the customer's order history: as it was drawn last, if it has not changed since. With filters it is
// drawn anew.
func (h *Handlers) AccountOrders(w http.ResponseWriter, r *http.Request) error {
	if r.URL.RawQuery != "" {
		return h.searchHistory(w, r)
	}
	return h.showKept(w, r, func() (drawing, error) {
		m, _, err := h.historyModel(r, views.OrdersFilter{}, shop.HistoryQuery{})
		if err != nil {
			return drawing{}, err
		}
		return drawing{page: views.Orders(h.historyPage(r), m), now: m.Now, differsAt: m.DiffersAt(), countsDown: m.CountsDown()}, nil
	})
}

// searchHistory narrows the history down. A search for the number of one of the orders goes straight to it.
func (h *Handlers) searchHistory(w http.ResponseWriter, r *http.Request) error {
	filter, query, errs := decodeHistory(r)
	number, numberErr := shop.ParseOrderNumber(filter.Text)
	if numberErr == nil {
		if _, err := h.Store.OrderByID(r.Context(), number, viewerOf(r.Context()).Scope()); err == nil {
			return redirect(w, r, urls.AccountOrder(number.Number()))
		} else if shop.CodeOf(err) != shop.CodeNotFound {
			return err
		}
	}
	m, more, err := h.historyModel(r, filter, query)
	if err != nil {
		return err
	}
	if query.After > 0 && !more {
		return redirect(w, r, filter.URL()) // the first page, full
	}
	m.Hint = numberHint(filter.Text, numberErr)
	page, status := h.historyPage(r), http.StatusOK
	if page.Errors = errs; errs != nil {
		status = http.StatusUnprocessableEntity
	}
	h.render(w, r, status, views.Orders(page, m))
	return nil
}

// historyModel reads a page of the history, and whether more follows.
func (h *Handlers) historyModel(r *http.Request, filter views.OrdersFilter, query shop.HistoryQuery) (m views.OrdersModel, more bool, err error) {
	query.CustomerID, query.Limit = viewerOf(r.Context()).CustomerID, historyPageSize
	found, err := h.Store.CustomerHistory(r.Context(), query)
	m = views.OrdersModel{Filter: filter, Orders: found.Orders, Counts: found.Counts, Now: h.Store.Now()}
	m.Pages = historyPages(filter, query, found.Orders, found.More)
	return m, found.More, err
}

func (h *Handlers) historyPage(r *http.Request) views.Page {
	page := h.page(r, "Your orders")
	page.Nav = urls.AccountOrders()
	return page
}

// numberHint says what is wrong with a search that looks like an order number and finds nothing.
func numberHint(text string, err error) string {
	switch {
	case err == nil:
		return "None of your orders has the number " + text + "."
	case shop.LooksLikeOrderNumber(text) && strings.ContainsAny(text, "0123456789"):
		return fieldsOf(err)[0].Message
	}
	return ""
}

// decodeHistory reads the filters. What cannot be read is named and left out.
func decodeHistory(r *http.Request) (views.OrdersFilter, shop.HistoryQuery, []shop.FieldError) {
	values := r.URL.Query()
	filter := views.OrdersFilter{
		Status: values.Get("status"), Text: strings.TrimSpace(values.Get("q")),
		Year: values.Get("year"), From: values.Get("from"), Until: values.Get("until"),
	}
	query := shop.HistoryQuery{Text: filter.Text, Before: shop.OrderID(cursorOf(r, "before")), After: shop.OrderID(cursorOf(r, "after"))}
	var errs []shop.FieldError
	if filter.Status != "" {
		status, err := shop.ParseStatus(filter.Status)
		if err != nil {
			errs = append(errs, shop.FieldError{Field: "status", Message: fieldsOf(err)[0].Message})
		} else {
			query.Statuses = []shop.Status{status}
		}
	}
	if len([]rune(filter.Text)) > shop.MaxSearchText {
		errs = append(errs, shop.FieldError{Field: "q", Message: "Search for at most 100 characters"})
		query.Text = ""
	}
	errs = append(errs, decodePeriod(filter, &query)...)
	return filter, query, errs
}

// decodePeriod reads the days or the year that the history is narrowed to. The last day is part of the period.
func decodePeriod(filter views.OrdersFilter, query *shop.HistoryQuery) []shop.FieldError {
	var errs []shop.FieldError
	day := func(field, text string) time.Time {
		if text == "" {
			return time.Time{}
		}
		at, err := time.Parse(dayLayout, text)
		if err != nil {
			errs = append(errs, shop.FieldError{Field: field, Message: "Enter a day as year, month and day, such as 2026-05-23"})
		}
		return at
	}
	query.From, query.Until = day("from", filter.From), day("until", filter.Until)
	if !query.Until.IsZero() {
		query.Until = query.Until.AddDate(0, 0, 1)
	}
	if !query.From.IsZero() && !query.Until.IsZero() && !query.From.Before(query.Until) {
		errs = append(errs, shop.FieldError{Field: "until", Message: "The last day must not be before the first"})
	}
	if year, err := strconv.Atoi(filter.Year); err == nil && filter.From == "" && filter.Until == "" {
		query.From = time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC)
		query.Until = query.From.AddDate(1, 0, 0)
	}
	return errs
}

// historyPages are the ways to newer and older orders with the same filters.
func historyPages(filter views.OrdersFilter, query shop.HistoryQuery, orders []shop.OrderSummary, more bool) ui.PageLinks {
	var links ui.PageLinks
	if len(orders) == 0 {
		return links
	}
	if query.After > 0 || query.Before > 0 {
		links.Newer = filter.Page("after", orders[0].ID)
	}
	if more || query.After > 0 {
		links.Older = filter.Page("before", orders[len(orders)-1].ID)
	}
	return links
}

// orderParam reads one of the customer's own orders. Anybody else's does not exist.
func (h *Handlers) orderParam(r *http.Request) (shop.OrderDetail, error) {
	id, err := numberParam(r)
	if err != nil {
		return shop.OrderDetail{}, err
	}
	return h.Store.OrderByID(r.Context(), id, viewerOf(r.Context()).Scope())
}

// AccountOrder shows one order: as it was drawn last, if nothing of it has changed since.
func (h *Handlers) AccountOrder(w http.ResponseWriter, r *http.Request) error {
	return h.showKept(w, r, func() (drawing, error) {
		order, err := h.orderParam(r)
		if err != nil {
			return drawing{}, err
		}
		page, m := h.orderPage(r, order)
		return drawing{page: views.Order(page, m), now: m.Now, differsAt: m.DiffersAt(), countsDown: m.CountsDown()}, nil
	})
}

func (h *Handlers) orderPage(r *http.Request, order shop.OrderDetail) (views.Page, views.OrderModel) {
	page := h.page(r, "Order "+order.ID.Number())
	page.Nav = urls.AccountOrders()
	page.Breadcrumbs = []ui.Crumb{{Label: "Your orders", URL: urls.AccountOrders()}}
	model := views.NewOrderModel(order, h.Store.Now())
	page.Live = model.Live()
	return page, model
}

func (h *Handlers) showOrder(w http.ResponseWriter, r *http.Request, status int, errs []shop.FieldError) error {
	order, err := h.orderParam(r)
	if err != nil {
		return err
	}
	page, model := h.orderPage(r, order)
	page.Errors = errs
	h.render(w, r, status, views.Order(page, model))
	return nil
}

// AccountOrderStream keeps an open page of an order up to date.
func (h *Handlers) AccountOrderStream(w http.ResponseWriter, r *http.Request) error {
	order, err := h.orderParam(r)
	if err != nil {
		return err
	}
	scope := viewerOf(r.Context()).Scope()
	current := func(ctx context.Context) (templ.Component, error) {
		order, err := h.Store.OrderByID(ctx, order.ID, scope)
		return views.OrderChange(views.NewOrderModel(order, h.Store.Now())), err
	}
	number := order.ID.Number()
	return h.live(w, r, liveView{
		topic: shop.FeedTopic{OrderID: order.ID}, back: urls.AccountOrder(number), current: current,
		changed:  func(ctx context.Context, _ []shop.FeedEntry) (templ.Component, error) { return current(ctx) },
		outdated: func() templ.Component { return views.OrderOutdated(number) },
	})
}

// AccountOrderCancel cancels an order as long as its buyer may. A refusal is the order again, and why.
func (h *Handlers) AccountOrderCancel(w http.ResponseWriter, r *http.Request) error {
	id, err := numberParam(r)
	if err != nil {
		return err
	}
	user := viewerOf(r.Context())
	command := shop.CancelCommand{OrderID: id, Scope: user.Scope(), Actor: user.Actor(), Reason: strings.TrimSpace(r.PostForm.Get("reason")), RequestID: requestID(r)}
	if command.Key, err = shop.NewIdempotencyKey(buyerScope(user.CustomerID), "cancel:"+id.Number(), id); err != nil {
		return err
	}
	result, err := h.Orders.Cancel(r.Context(), command)
	switch shop.CodeOf(err) {
	case "":
		h.flash(r, cancelled(result))
		return redirect(w, r, urls.AccountOrder(id.Number()))
	case shop.CodeConflict:
		return h.showOrder(w, r, http.StatusConflict, []shop.FieldError{{Message: messageOf(err)}})
	case shop.CodeInvalid:
		return h.showOrder(w, r, http.StatusUnprocessableEntity, fieldsOf(err))
	default:
		return err
	}
}

// cancelled says what a buyer gets back.
func cancelled(result shop.CancelResult) string {
	if len(result.Refunds) == 0 {
		return "The order is cancelled. Nothing was charged."
	}
	back := shop.Amount{Currency: result.Refunds[0].Currency}
	for _, refund := range result.Refunds {
		back.Minor += refund.AmountMinor
	}
	return "The order is cancelled. " + views.MoneyWords(back) + " goes back to the card you paid with."
}

// ReorderPage compares an order with what it would cost today.
func (h *Handlers) ReorderPage(w http.ResponseWriter, r *http.Request) error {
	return h.showReorder(w, r, http.StatusOK, nil)
}

func (h *Handlers) showReorder(w http.ResponseWriter, r *http.Request, status int, errs []shop.FieldError) error {
	id, err := numberParam(r)
	if err != nil {
		return err
	}
	order, lines, err := h.Store.Reorder(r.Context(), id, viewerOf(r.Context()).Scope())
	if err != nil {
		return err
	}
	page := h.page(r, "Buy again")
	page.Nav, page.Errors = urls.AccountOrders(), errs
	page.Breadcrumbs = []ui.Crumb{{Label: "Your orders", URL: urls.AccountOrders()}, {Label: order.ID.Number(), URL: urls.AccountOrder(order.ID.Number())}}
	h.render(w, r, status, views.Reorder(page, views.ReorderModel{Order: order, Lines: lines}))
	return nil
}

// Reorder puts what is there of an order into the cart.
func (h *Handlers) Reorder(w http.ResponseWriter, r *http.Request) error {
	id, err := numberParam(r)
	if err != nil {
		return err
	}
	order, lines, err := h.Store.Reorder(r.Context(), id, viewerOf(r.Context()).Scope())
	if err != nil {
		return err
	}
	var adds []shop.CartAdd
	for _, line := range lines {
		if n := line.CanAdd(); n > 0 {
			adds = append(adds, shop.CartAdd{SKUID: line.SKUID, Quantity: n, Currency: order.Currency})
		}
	}
	change, err := h.Store.AddAllToCart(r.Context(), h.cartRef(r), adds)
	if errs := fieldsOf(err); errs != nil {
		return h.showReorder(w, r, http.StatusUnprocessableEntity, []shop.FieldError{{Message: errs[0].Message}})
	}
	if err != nil {
		return err
	}
	h.keepCart(r, change)
	h.flash(r, "What is there of your order is in the cart.")
	return redirect(w, r, urls.Cart())
}
