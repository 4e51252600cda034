package views

import (
	"net/url"
	"strconv"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// StockWorkModel is the page on which people work on the stock of one SKU. The fields of its forms begin with the name of
// their form, so that an error stands where it belongs.
type StockWorkModel struct {
	Stock     shop.SKUStock
	Locations []shop.Location
	Key       string     // makes sending a form twice one piece of work
	Typed     url.Values // what was sent and refused
	Errors    []shop.FieldError
}

// value is what a field shows: what was typed, else what is known.
func (m StockWorkModel) value(name, known string) string { return typedOr(m.Typed, name, known) }

func typedOr(typed url.Values, name, known string) string {
	if typed.Has(name) {
		return typed.Get(name)
	}
	return known
}

// ruleField is one field of how a SKU is sold.
type ruleField struct{ name, label, hint, value string }

func stockRuleFields(now shop.StockRules) []ruleField {
	return []ruleField{
		{"rules-reorderPoint", "Reorder point", "With so many left you are told; empty: never", optionalUnits(now.ReorderPoint)},
		{"rules-backorderLimit", "Backorder limit", "Units that orders may wait for; empty: none", someUnits(now.BackorderLimit)},
		{"rules-buyerLimit", "Limit per customer", "Units within 30 days; empty: any number", someUnits(now.BuyerLimit)},
	}
}

func (m StockWorkModel) locationOptions() []ui.Option { return locationOptions(m.Locations) }

func locationOptions(locations []shop.Location) []ui.Option {
	options := make([]ui.Option, len(locations))
	for i, l := range locations {
		options[i] = ui.Option{Value: strconv.FormatInt(l.ID, 10), Label: l.Name}
	}
	return options
}

// secondLocation is where units that move go, if nobody chose otherwise.
func (m StockWorkModel) secondLocation() string {
	if len(m.Locations) < 2 {
		return ""
	}
	return strconv.FormatInt(m.Locations[1].ID, 10)
}

// optionalUnits writes a number that may be none.
func optionalUnits(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

func someUnits(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// LowStockModel is what a merchant has to order again.
type LowStockModel struct {
	Alerts []shop.StockAlert
	More   bool
	Later  bool // a page that is not the first
	Open   int64
	Now    time.Time
}

func (m LowStockModel) next() string {
	return urls.With(urls.MerchantLowStock(), urls.Query{{Name: "before", Value: strconv.FormatInt(m.Alerts[len(m.Alerts)-1].ID, 10)}})
}

func alertBadge(a shop.StockAlert) ui.Badge {
	switch {
	case a.Available < 0:
		return ui.Badge{Tone: ui.ToneDanger, Icon: ui.IconAlert, Word: format.Count(-a.Available) + " owed"}
	case a.Available == 0:
		return ui.Badge{Tone: ui.ToneDanger, Icon: ui.IconBan, Word: "Sold out"}
	}
	return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconHourglass, Word: format.Count(a.Available) + " left"}
}

// CountsModel is the list of count sheets, and the form that opens one.
type CountsModel struct {
	Sheets    []shop.CountSheet
	More      bool
	Later     bool
	Locations []shop.Location
	Key       string
	Typed     url.Values
	Errors    []shop.FieldError
	Now       time.Time
}

func (m CountsModel) next() string {
	return urls.With(urls.MerchantCounts(), urls.Query{{Name: "before", Value: strconv.FormatInt(m.Sheets[len(m.Sheets)-1].ID, 10)}})
}

// CountModel is one count sheet.
type CountModel struct {
	shop.CountSheet
	Typed  url.Values
	Errors []shop.FieldError
	Now    time.Time
}

func (m CountModel) open() bool { return m.Status == shop.CountOpen }

// countTitle names a sheet by its place.
func countTitle(s shop.CountSheet) string {
	if s.Bins == "" {
		return "Count of " + s.Location
	}
	return "Count of " + s.Location + ", bins " + s.Bins + "…"
}

func (m CountModel) typed(l shop.CountLine) string {
	if name := shop.CountField(l.SKUID); m.Typed.Has(name) {
		return m.Typed.Get(name)
	}
	if !l.Entered {
		return ""
	}
	return strconv.FormatInt(l.Counted, 10)
}

func countBadge(status shop.CountStatus) ui.Badge {
	switch status {
	case shop.CountApproved:
		return ui.Badge{Tone: ui.ToneSuccess, Icon: ui.IconDone, Word: "Approved"}
	case shop.CountDiscarded:
		return ui.Badge{Tone: ui.ToneNeutral, Icon: ui.IconBan, Word: "Discarded"}
	}
	return ui.Badge{Tone: ui.ToneInfo, Icon: ui.IconClipboard, Word: "Counting"}
}

// PlaceField is what a field of the form about one location is called in errors: there is one form per location.
func PlaceField(locationID int64, field string) string {
	return "place-" + field + "-" + strconv.FormatInt(locationID, 10)
}

// StockCrumbs lead from the work on a SKU back to it.
func StockCrumbs(skuID int64, code string) []ui.Crumb {
	return append(InventoryCrumbs(), ui.Crumb{Label: code, URL: urls.MerchantInventorySKU(skuID)})
}

// CountCrumbs lead from a count sheet back to the list.
func CountCrumbs() []ui.Crumb {
	return append(InventoryCrumbs(), ui.Crumb{Label: "Counts", URL: urls.MerchantCounts()})
}
