package views

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// SupportModel is the search of support and what it found. Before a search its results are empty.
type SupportModel struct {
	Q        string
	Searched bool
	Results  shop.SupportResults
	Now      time.Time
}

func (m SupportModel) nothing() bool {
	return m.Searched && len(m.Results.Orders) == 0 && len(m.Results.Customers) == 0
}

// full says whether a list may have been cut.
func full(n int) bool { return n >= shop.MaxSupportHits }

// StuckModel is the list of orders that have not moved on for long.
type StuckModel struct {
	Groups   []shop.StuckOrders
	Imported bool
	Now      time.Time
}

func (m StuckModel) total() int {
	n := 0
	for _, g := range m.Groups {
		n += len(g.Orders)
	}
	return n
}

func (m StuckModel) tabs() []ui.Tab {
	return []ui.Tab{
		{Label: "Our own orders", URL: urls.SupportStuck(), Current: !m.Imported},
		{Label: "With imported ones", URL: urls.With(urls.SupportStuck(), urls.Query{{Name: "imported", Value: "1"}}), Current: m.Imported},
	}
}

func stuckTitle(g shop.StuckOrders) string {
	more := ""
	if g.More {
		more = " or more"
	}
	return fmt.Sprintf("%s for over %s: %d%s", g.Status.StaffLabel(), format.Duration(shop.StuckLimit(g.Status)), len(g.Orders), more)
}

// SupportOrderModel is everything about one order.
type SupportOrderModel struct {
	Record     shop.OrderRecord
	AsCustomer bool   // show what the customer sees
	CanAct     bool   // the viewer may write notes and cancel
	Finance    bool   // the viewer may open the pages of finance
	Cannot     string // why the order cannot be cancelled; "" when it can
	NoteKey    string // makes a note that is sent twice one note
	Note       string // as typed, when it was refused
	Reason     string
	Now        time.Time
}

func (m SupportOrderModel) number() string { return m.Record.ID.Number() }

// retry is where a declined refund is tried again, nil for those who only read.
func (m SupportOrderModel) retry() func(number string, refundID int64) string {
	if !m.CanAct {
		return nil
	}
	return urls.SupportRefundRetry
}

func (m SupportOrderModel) tabs() []ui.Tab {
	page := urls.SupportOrder(m.number())
	return []ui.Tab{
		{Label: "Everything", URL: page, Current: !m.AsCustomer},
		{Label: "What the customer sees", URL: urls.With(page, urls.Query{{Name: "as", Value: "customer"}}), Current: m.AsCustomer},
	}
}

// customerView is the order as its buyer's page has it.
func (m SupportOrderModel) customerView() OrderModel {
	return NewOrderModel(m.Record.OrderDetail, m.Now)
}

// timeline is the staff's timeline with all that is on record about each event.
func (m SupportOrderModel) timeline() []ui.Event {
	shown := StaffTimeline(m.Record.Events, m.Now)
	for i := range shown {
		e := m.Record.Events[len(m.Record.Events)-1-i] // the latest comes first
		shown[i].ID = fmt.Sprintf("e%d", e.Seq)
		shown[i].Details = eventDetails(e)
	}
	return shown
}

// eventDetails are the exact times, who may see the event, the request that caused it, and its data.
func eventDetails(e shop.Event) []string {
	const exact = "2006-01-02 15:04:05.000 UTC"
	details := []string{fmt.Sprintf("#%d", e.Seq), e.OccurredAt.UTC().Format(exact)}
	if lag := e.RecordedAt.Sub(e.OccurredAt); lag.Abs() >= time.Second {
		details = append(details, "recorded "+e.RecordedAt.UTC().Format(exact))
	}
	details = append(details, string(e.Visibility))
	if e.RequestID != "" {
		details = append(details, "request "+e.RequestID)
	}
	for _, key := range slices.Sorted(maps.Keys(e.Data)) {
		if key != shop.DataText { // the sentence says it
			details = append(details, key+"="+e.Data[key])
		}
	}
	return details
}

// spans are the stays in each state, for the table beside the bar.
func (m SupportOrderModel) spans() []shop.StateSpan { return shop.TimeInStates(m.Record.Events, m.Now) }

func reservationBadge(status string) ui.Badge {
	switch status {
	case "held":
		return ui.Badge{Tone: ui.ToneInfo, Icon: ui.IconLock, Word: "Held"}
	case "shipped":
		return ui.Badge{Tone: ui.ToneSuccess, Icon: ui.IconTruck, Word: "Shipped"}
	}
	return ui.Badge{Tone: ui.ToneNeutral, Icon: ui.IconReturn, Word: "Released"}
}

// units writes a change of stock with its sign: "+3", "−2", "0".
func units(n int64) string {
	if n > 0 {
		return "+" + format.Count(n)
	}
	return format.Count(n)
}

// SupportCustomerModel is everything about one customer.
type SupportCustomerModel struct {
	Record    shop.CustomerRecord
	Orders    []shop.OrderSummary
	NewestURL string
	OlderURL  string
	Now       time.Time
}

// statusWords lists how many orders are in which status: "12 delivered, 1 shipped".
func (m SupportCustomerModel) statusWords() string {
	var parts []string
	for _, s := range shop.Statuses() {
		if n := m.Record.Statuses[s]; n > 0 {
			parts = append(parts, format.Count(n)+" "+string(s))
		}
	}
	if parts == nil {
		return "no orders"
	}
	return strings.Join(parts, ", ")
}

// lineWords names what was bought: the first line, and how many more there are.
func lineWords(lines []shop.OrderLine) string {
	switch len(lines) {
	case 0:
		return "nothing on record"
	case 1:
		return lines[0].Name
	}
	return lines[0].Name + " and " + format.Plural(len(lines)-1, "more line", "more lines")
}
