package views

import (
	"strconv"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// ShipmentsModel is a list of what leaves the house.
type ShipmentsModel struct {
	shop.ShipmentPage
	Filter    shop.ShipmentFilter
	First     bool // the newest page
	Manifests []shop.Manifest
	Problem   string // why what was just tried did not happen,
	Unchanged string // and what that means
}

// manifestName is what people call a hand-over.
func manifestName(id int64) string { return "M-" + strconv.FormatInt(id, 10) }

// problemList tells whether the list is of what is wrong.
func (m ShipmentsModel) problemList() bool {
	_, is := m.Filter.Problem()
	return is
}

func (m ShipmentsModel) tabs() []ui.Tab {
	tabs := []ui.Tab{
		m.tab("Ready", shop.ShipmentsReady), m.tab("In transit", shop.ShipmentsInTransit), m.tab("Problems", shop.ShipmentsProblems),
		m.tab("Delivered", shop.ShipmentsDelivered), m.tab("All", shop.ShipmentsAll),
	}
	tabs[2].Current = m.problemList()
	return tabs
}

// kinds are the lists of what is wrong: of everything, and of each kind.
func (m ShipmentsModel) kinds() []ui.Tab {
	tabs := []ui.Tab{m.tab("All problems", shop.ShipmentsProblems)}
	for _, p := range shop.ShipmentProblems() {
		tabs = append(tabs, m.tab(p.Words(), shop.ProblemFilter(p)))
	}
	return tabs
}

func (m ShipmentsModel) tab(label string, f shop.ShipmentFilter) ui.Tab {
	tab := ui.Tab{Label: label, URL: urls.MerchantShipments(string(f)), Current: f == m.Filter}
	if n, counted := m.Counts[f]; counted {
		tab.Count = format.Count(n)
	}
	return tab
}

func (m ShipmentsModel) pages() ui.PageLinks {
	var links ui.PageLinks
	list := urls.MerchantShipments(string(m.Filter))
	if !m.First {
		links.Newer = list
	}
	if m.More {
		links.Older = urls.With(list, urls.Query{{Name: "before", Value: strconv.FormatInt(m.Shipments[len(m.Shipments)-1].ID, 10)}})
	}
	return links
}

// tickable tells whether the rows of the list can be ticked: those that can be printed or handed over.
func (m ShipmentsModel) tickable(s shop.Shipment) bool {
	return len(s.Parcels) > 0 && s.Status != shop.ShipmentBuying && s.Status != shop.ShipmentFailed
}

// empty says why there is nothing, and what to do.
func (m ShipmentsModel) empty() ui.EmptyProps {
	if m.problemList() {
		return ui.EmptyProps{Icon: ui.IconDone, Title: "Nothing is wrong", Text: "Parcels that are late, stopped, lost, back or forgotten appear here with what to do about them."}
	}
	switch m.Filter {
	case shop.ShipmentsReady:
		return ui.EmptyProps{Icon: ui.IconTag, Title: "No label waits for a carrier", Text: "Labels appear here when parcels are packed and labelled."}
	case shop.ShipmentsAll:
		return ui.EmptyProps{Icon: ui.IconTruck, Title: "Nothing has left yet", Text: "Pack an order and make its label; it is listed here from then on."}
	}
	return ui.EmptyProps{Icon: ui.IconTruck, Title: "None right now", Text: "Shipments come here as carriers tell where they are."}
}

// arrival is when a shipment arrived, or should.
func arrival(s shop.Shipment) string {
	switch {
	case !s.DeliveredAt.IsZero():
		return "arrived " + format.Date(s.DeliveredAt)
	case s.Status == shop.ShipmentVoided, s.Status == shop.ShipmentFailed:
		return ""
	case !s.EtaAt.IsZero():
		return "due " + format.Date(s.EtaAt)
	}
	return ""
}

// ShipmentModel is one shipment.
type ShipmentModel struct {
	shop.Shipment
	Now    time.Time
	Failed string // why what was just tried did not happen
	Errors []shop.FieldError
	Answer string
	Note   string
	Claim  shop.CarrierClaim // the zero one while nothing is claimed
	// What the form of a claim begins with, or what was typed into it.
	ClaimAmount, ClaimReference, ClaimKey string
}

func answerOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "Choose"}}
	for _, answer := range shop.ProblemAnswers() {
		options = append(options, ui.Option{Value: answer, Label: answer})
	}
	return options
}

// ShipmentCrumbs lead back to the shipments.
func ShipmentCrumbs() []ui.Crumb {
	return []ui.Crumb{{Label: "Shipments", URL: urls.MerchantShipments("")}}
}

// BoxesModel is the list of a merchant's boxes with the form of one.
type BoxesModel struct {
	Boxes  []shop.Box
	Form   BoxForm
	Errors []shop.FieldError
}

// BoxForm is what was entered about a box; ID 0 adds one.
type BoxForm struct {
	ID                          int64
	Name, Length, Width, Height string
	Tare, Hotkey                string
}

// BoxFormOf fills the form with a box as it is.
func BoxFormOf(b shop.Box) BoxForm {
	form := BoxForm{
		ID: b.ID, Name: b.Name, Length: strconv.Itoa(b.LengthMM), Width: strconv.Itoa(b.WidthMM), Height: strconv.Itoa(b.HeightMM), Tare: strconv.FormatInt(b.TareGrams, 10),
	}
	if b.Hotkey != 0 {
		form.Hotkey = strconv.Itoa(b.Hotkey)
	}
	return form
}

func (f BoxForm) action() string {
	if f.ID == 0 {
		return urls.MerchantBoxes()
	}
	return urls.MerchantBox(f.ID)
}

func (f BoxForm) title() string {
	if f.ID == 0 {
		return "Add a box"
	}
	return "Change the box"
}

func hotkeyOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "None"}}
	for key := 1; key <= 9; key++ {
		options = append(options, ui.Option{Value: strconv.Itoa(key), Label: strconv.Itoa(key)})
	}
	return options
}

// shipmentName is what people call a shipment: its first order, and how many more.
func shipmentName(s shop.Shipment) string {
	orders := s.Orders()
	switch len(orders) {
	case 0:
		return "no order"
	case 1:
		return orders[0].Number()
	}
	return orders[0].Number() + " and " + format.Plural(len(orders)-1, "other", "others")
}

func weightWords(grams int64) string {
	if grams == 0 {
		return "not weighed"
	}
	return shop.Kilograms(grams) + " kg"
}
