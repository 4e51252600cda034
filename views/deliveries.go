package views

import (
	"strconv"
	"strings"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// DeliveriesModel is what is wrong with parcels on their way, of all merchants.
type DeliveriesModel struct {
	shop.DeliveryProblemPage
	Query shop.DeliveryProblemQuery
}

// list is the address of the list with other filters, from its first page.
func (m DeliveriesModel) list(problem shop.ShipmentProblem, merchant, after int64) string {
	query := urls.Query{{Name: "problem", Value: string(problem)}}
	if merchant != 0 {
		query = append(query, urls.Query{{Name: "merchant", Value: strconv.FormatInt(merchant, 10)}}...)
	}
	if after != 0 {
		query = append(query, urls.Query{{Name: "after", Value: strconv.FormatInt(after, 10)}}...)
	}
	return urls.With(urls.SupportDeliveries(), query)
}

// URL is the address of the first page of the list.
func (m DeliveriesModel) URL() string { return m.list(m.Query.Problem, m.Query.MerchantID, 0) }

// stream is where the first page hears what has changed.
func (m DeliveriesModel) stream() string {
	_, query, _ := strings.Cut(m.URL(), "?")
	if query == "" {
		return urls.SupportDeliveriesStream()
	}
	return urls.SupportDeliveriesStream() + "?" + query
}

// tabs count what is open of each kind, of the chosen merchant.
func (m DeliveriesModel) tabs() []ui.Tab {
	kinds := append([]shop.ShipmentProblem{""}, shop.ShipmentProblems()...)
	tabs := make([]ui.Tab, len(kinds))
	for i, kind := range kinds {
		label, n := kind.Words(), int64(0)
		if kind == "" {
			label = "All"
		}
		for _, c := range m.Counts {
			if (kind == "" || c.Problem == kind) && (m.Query.MerchantID == 0 || c.MerchantID == m.Query.MerchantID) {
				n += c.Shipments
			}
		}
		tabs[i] = ui.Tab{Label: label, URL: m.list(kind, m.Query.MerchantID, 0), Current: kind == m.Query.Problem, Count: format.Count(n)}
	}
	return tabs
}

// merchants are those that have open problems, and the chosen one.
func (m DeliveriesModel) merchants() []ui.Option {
	options, chosen := []ui.Option{{Value: "", Label: "All merchants"}}, m.Query.MerchantID == 0
	for _, c := range m.Counts { // by merchant
		option := ui.Option{Value: strconv.FormatInt(c.MerchantID, 10), Label: c.Merchant}
		if options[len(options)-1] != option {
			options = append(options, option)
		}
		chosen = chosen || c.MerchantID == m.Query.MerchantID
	}
	if !chosen {
		options = append(options, ui.Option{Value: m.merchant(), Label: "One without problems"})
	}
	return options
}

// filtered tells whether the list is of some problems only.
func (m DeliveriesModel) filtered() bool { return m.Query.Problem != "" || m.Query.MerchantID != 0 }

func (m DeliveriesModel) empty() ui.EmptyProps {
	if m.filtered() {
		return ui.EmptyProps{Icon: ui.IconDone, Title: "None of these", Text: "No parcel of this filter waits for an answer."}
	}
	return ui.EmptyProps{Icon: ui.IconDone, Title: "Nothing is wrong", Text: "Parcels that are lost, back, stopped, late or forgotten appear here by themselves."}
}

func (m DeliveriesModel) merchant() string {
	if m.Query.MerchantID == 0 {
		return ""
	}
	return strconv.FormatInt(m.Query.MerchantID, 10)
}

func (m DeliveriesModel) pages() ui.PageLinks {
	links := ui.PageLinks{NewerLabel: "From the oldest", OlderLabel: "More"}
	if m.Query.After != 0 {
		links.Newer = m.list(m.Query.Problem, m.Query.MerchantID, 0)
	}
	if m.More {
		links.Older = m.list(m.Query.Problem, m.Query.MerchantID, m.Problems[len(m.Problems)-1].ID)
	}
	return links
}

// lastNews is the last that the carrier told.
func lastNews(s shop.Shipment) string {
	if len(s.Events) == 0 {
		return "Nothing was heard of it."
	}
	last := s.Events[len(s.Events)-1]
	words := last.Kind.CustomerWords()
	if last.Place != "" {
		words += ", " + last.Place
	}
	return words + ", " + format.Date(last.OccurredAt)
}
