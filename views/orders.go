package views

import (
	"strconv"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// OrdersFilter is what the order history is narrowed to, as it stands in the address.
type OrdersFilter struct {
	Status string
	Text   string
	Year   string
	From   string // days such as 2026-05-23; Until is the last day
	Until  string
}

// URL is the first page of the history with these filters.
func (f OrdersFilter) URL() string {
	return urls.With(urls.AccountOrders(), urls.Query{{Name: "status", Value: f.Status}, {Name: "q", Value: f.Text}, {Name: "year", Value: f.Year}, {Name: "from", Value: f.From}, {Name: "until", Value: f.Until}})
}

// Page is the page of the history before or after an order.
func (f OrdersFilter) Page(direction string, id shop.OrderID) string {
	return urls.With(f.URL(), urls.Query{{Name: direction, Value: strconv.FormatInt(int64(id), 10)}})
}

// OrdersModel is a page of the order history.
type OrdersModel struct {
	Filter OrdersFilter
	Orders []shop.OrderSummary
	Counts shop.HistoryCounts
	Pages  ui.PageLinks
	Hint   string // what is wrong with the search, when it finds nothing
	Now    time.Time
}

// DiffersAt is when the page begins to look different though nothing happens to an order; zero for never.
func (m OrdersModel) DiffersAt() time.Time {
	var first time.Time
	for _, o := range m.Orders {
		if at := o.ExpiresAt; held(o.OrderHead, m.Now) && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// CountsDown tells whether the page shows how long something still lasts.
func (m OrdersModel) CountsDown() bool { return !m.DiffersAt().IsZero() }

// held tells whether the items of an order wait for its payment.
func held(o shop.OrderHead, now time.Time) bool {
	return o.Status == shop.StatusPending && o.ExpiresAt.After(now)
}

// tabs are the statuses in which there are orders, each with its count.
func (m OrdersModel) tabs() []ui.Tab {
	with := func(status string) string {
		f := m.Filter
		f.Status = status
		return f.URL()
	}
	tabs := []ui.Tab{{Label: "All", URL: with(""), Count: format.Count(m.Counts.All()), Current: m.Filter.Status == ""}}
	for _, status := range shop.Statuses() {
		if n := m.Counts.ByStatus[status]; n > 0 || m.Filter.Status == string(status) {
			tabs = append(tabs, ui.Tab{Label: status.CustomerLabel(), URL: with(string(status)), Count: format.Count(n), Current: m.Filter.Status == string(status)})
		}
	}
	return tabs
}

// years are the years in which something was ordered, the latest first.
func (m OrdersModel) years() []ui.Option {
	options := []ui.Option{{Value: "", Label: "Any"}}
	if m.Counts.First.IsZero() {
		return options
	}
	for year := m.Counts.Last.Year(); year >= m.Counts.First.Year(); year-- {
		options = append(options, ui.Option{Value: strconv.Itoa(year), Label: strconv.Itoa(year)})
	}
	return options
}

// tags are the filters that are on, each with the list without it. The status has its tabs.
func (m OrdersModel) tags() []ui.FilterTag {
	var tags []ui.FilterTag
	add := func(label, value string, without func(*OrdersFilter)) {
		if value != "" {
			rest := m.Filter
			without(&rest)
			tags = append(tags, ui.FilterTag{Label: label + ": " + value, RemoveURL: rest.URL()})
		}
	}
	add("Search", m.Filter.Text, func(f *OrdersFilter) { f.Text = "" })
	add("Year", m.Filter.Year, func(f *OrdersFilter) { f.Year = "" })
	add("From", m.Filter.From, func(f *OrdersFilter) { f.From = "" })
	add("Until", m.Filter.Until, func(f *OrdersFilter) { f.Until = "" })
	return tags
}

// thumbs is how many pictures stand on the card of an order.
const thumbs = 4

// moreLines is how many lines of an order have no picture on its card.
func moreLines(o shop.OrderSummary) int { return max(len(o.Lines)-thumbs, 0) }

func shownLines(o shop.OrderSummary) []shop.OrderLine { return o.Lines[:min(len(o.Lines), thumbs)] }

// standing says in a few words where an order stands.
func standing(o shop.OrderHead) string {
	switch o.Status {
	case shop.StatusPending:
		return "Not paid yet"
	case shop.StatusConfirmed:
		return "Paid " + format.Date(o.StatusAt) + ", waits to be packed"
	case shop.StatusProcessing:
		return "Is being packed"
	case shop.StatusShipped:
		return "On its way since " + format.Date(o.StatusAt)
	case shop.StatusDelivered:
		return "Arrived " + format.Date(o.StatusAt)
	case shop.StatusRefunded:
		return "Refunded " + format.Date(o.StatusAt)
	default:
		if o.CancelReason != "" {
			return "Cancelled " + format.Date(o.StatusAt) + ": " + o.CancelReason
		}
		return "Cancelled " + format.Date(o.StatusAt)
	}
}

// nextAction is what a buyer most likely wants of an order.
func nextAction(o shop.OrderHead, now time.Time) (label, url string, icon ui.IconName) {
	switch o.Status {
	case shop.StatusPending:
		if o.AwaitsPayment(now) {
			return "Pay now", urls.CheckoutPay(o.CheckoutID.Number()), ui.IconCard
		}
	case shop.StatusShipped:
		return "Track", urls.AccountOrder(o.ID.Number()), ui.IconTruck
	case shop.StatusDelivered, shop.StatusCancelled, shop.StatusRefunded:
		return "Buy again", urls.AccountReorder(o.ID.Number()), ui.IconRefresh
	default:
	}
	return "Details", urls.AccountOrder(o.ID.Number()), ui.IconRight
}

// ReorderModel is an old order beside what the same would be today.
type ReorderModel struct {
	Order shop.OrderHead
	Lines []shop.ReorderLine
}

// units is how many units would go into the cart.
func (m ReorderModel) units() int64 {
	var units int64
	for _, line := range m.Lines {
		units += line.CanAdd()
	}
	return units
}

// difference says in words how a line differs from then, "" if it does not.
func difference(l shop.ReorderLine) string {
	switch {
	case !l.Sellable:
		return "No longer sold"
	case !l.HasPrice:
		return "Has no price in " + string(l.Then.Currency) + " any more"
	case l.Available <= 0:
		return "Out of stock"
	case l.Available < l.Quantity:
		return "Only " + format.Count(l.Available) + " left"
	case l.Now.Minor > l.Then.Minor:
		return format.Money(shop.Amount{Minor: l.Now.Minor - l.Then.Minor, Currency: l.Now.Currency}) + " more than then"
	case l.Now.Minor < l.Then.Minor:
		return format.Money(shop.Amount{Minor: l.Then.Minor - l.Now.Minor, Currency: l.Now.Currency}) + " less than then"
	}
	return ""
}

// MoneyWords writes an amount for a sentence.
func MoneyWords(a shop.Amount) string { return format.Money(a) }
