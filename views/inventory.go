package views

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// InventoryModel is the list of a merchant's stock.
type InventoryModel struct {
	shop.StockPage
	Query     shop.StockQuery
	Locations []shop.Location
	First     bool // the list is shown from its start
	Now       time.Time
	Alerts    int64 // SKUs and locations that fell to their reorder point
}

// watched are the SKUs of the page, once each.
func (m InventoryModel) watched() []int64 {
	var ids []int64
	for _, r := range m.Rows {
		if !slices.Contains(ids, r.SKUID) {
			ids = append(ids, r.SKUID)
		}
	}
	return ids
}

// stockCell is the id of a figure of a row: h on hand, r reserved, a available.
func stockCell(r shop.StockRow, figure string) string {
	return "st-" + figure + strconv.FormatInt(r.SKUID, 36) + "-" + strconv.FormatInt(r.LocationID, 36)
}

// stockOverlap is how far back a page asks again: a movement is seen when its transaction ends, and carries the time at
// which that began.
const stockOverlap = 15 * time.Second

// StockPollModel is what an open page of the stock shows, and so has to ask for again.
type StockPollModel struct {
	SKUIDs []int64
	Sums   *shop.StockSummary // nil on a page without the sums of all stock
	Now    time.Time          // of what it shows
}

func (m StockPollModel) url() string {
	ids := make([]string, len(m.SKUIDs))
	for i, id := range m.SKUIDs {
		ids[i] = strconv.FormatInt(id, 10)
	}
	query := urls.Query{
		{Name: "skus", Value: strings.Join(ids, ",")}, {Name: "since", Value: strconv.FormatInt(m.Now.Add(-stockOverlap).UnixMilli(), 10)},
	}
	if m.Sums != nil {
		query = append(query, urls.Param{Name: "sums", Value: sumsText(*m.Sums)})
	}
	return urls.With(urls.MerchantInventoryChanges(), query)
}

// sumsText tells sums apart.
func sumsText(s shop.StockSummary) string {
	return fmt.Sprintf("%d.%d.%d.%d.%d", s.SKUs, s.OnHand, s.Reserved, s.Low, s.SoldOut)
}

// StockMovedModel is what an open page of the stock hears.
type StockMovedModel struct {
	Rows  []shop.StockRow // that moved
	Poll  StockPollModel  // what it asks for the next time
	Known string          // the sums that it shows
}

// newSums tells whether the sums are others than the page shows.
func (m StockMovedModel) newSums() bool {
	return m.Poll.Sums != nil && sumsText(*m.Poll.Sums) != m.Known
}

func (m InventoryModel) poll() StockPollModel {
	return StockPollModel{SKUIDs: m.watched(), Sums: &m.Summary, Now: m.Now}
}

// leastFirst is the list of all stock that the figures of what runs short count.
func leastFirst() string {
	return InventoryModel{}.with(func(q *shop.StockQuery) { q.LowFirst = true })
}

// URL is the address of the list from its start.
func (m InventoryModel) URL() string { return m.with(func(*shop.StockQuery) {}) }

func (m InventoryModel) with(change func(*shop.StockQuery)) string {
	return urls.With(urls.MerchantInventory(), m.query(change))
}

func (m InventoryModel) query(change func(*shop.StockQuery)) urls.Query {
	q := m.Query
	change(&q)
	params := urls.Query{{Name: "q", Value: q.Text}}
	if q.LocationID != 0 {
		params = append(params, urls.Param{Name: "location", Value: strconv.FormatInt(q.LocationID, 10)})
	}
	if q.LowFirst {
		params = append(params, urls.Param{Name: "sort", Value: "low"})
	}
	return params
}

func (m InventoryModel) next() string {
	after := m.Rows[len(m.Rows)-1].Cursor().String()
	return urls.With(urls.MerchantInventory(), append(m.query(func(*shop.StockQuery) {}), urls.Param{Name: "after", Value: after}))
}

func (m InventoryModel) narrowed() bool { return m.Query.Text != "" || m.Query.LocationID != 0 }

func (m InventoryModel) sorted(low bool) ui.SortOrder {
	if m.Query.LowFirst == low {
		return ui.SortAscending
	}
	return ui.SortNone
}

func (m InventoryModel) sortValue() string {
	if m.Query.LowFirst {
		return "low"
	}
	return ""
}

func (m InventoryModel) locationOptions() []ui.Option {
	return QueueModel{Locations: m.Locations}.locationOptions()
}

func (m InventoryModel) chosenLocation() string {
	return QueueModel{QueueList: QueueList{Filter: shop.QueueFilter{LocationID: m.Query.LocationID}}}.chosenLocation()
}

func (m InventoryModel) tags() []ui.FilterTag {
	var tags []ui.FilterTag
	if m.Query.Text != "" {
		tags = append(tags, ui.FilterTag{Label: "Text: " + m.Query.Text, RemoveURL: m.with(func(q *shop.StockQuery) { q.Text = "" })})
	}
	for _, l := range m.Locations {
		if l.ID == m.Query.LocationID {
			tags = append(tags, ui.FilterTag{Label: "Location: " + l.Name, RemoveURL: m.with(func(q *shop.StockQuery) { q.LocationID = 0 })})
		}
	}
	return tags
}

// stockBadge says how much is left to sell; enough says nothing.
func stockBadge(available int64) ui.Badge {
	switch {
	case available <= 0:
		return ui.Badge{Tone: ui.ToneDanger, Icon: ui.IconBan, Word: "Sold out"}
	case available <= shop.LowStock:
		return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconAlert, Word: "Low"}
	}
	return ui.Badge{}
}

// StockModel is one SKU with its ledger.
type StockModel struct {
	shop.SKULedger
	Now       time.Time
	Older     bool // a page of the ledger that is not the latest
	Locations []shop.Location
	Form      AdjustForm
	Errors    []shop.FieldError
}

// AdjustForm is what was entered into the form that adjusts stock.
type AdjustForm struct {
	Key      string // makes sending it twice one adjustment
	Delta    string
	Reason   string // one of the list
	Words    string // in one's own words
	Location string
}

func (m StockModel) older() string {
	return urls.With(urls.MerchantInventorySKU(m.SKUID), urls.Query{{Name: "before", Value: strconv.FormatInt(m.Entries[len(m.Entries)-1].ID, 10)}})
}

func (m StockModel) locationOptions() []ui.Option {
	var options []ui.Option
	for _, l := range m.Locations {
		options = append(options, ui.Option{Value: strconv.FormatInt(l.ID, 10), Label: l.Name})
	}
	return options
}

func reasonOptions() []ui.Option {
	return []ui.Option{
		{Value: shop.ReasonCount, Label: "Counted: the shelf has more or fewer"},
		{Value: shop.ReasonReceipt, Label: "Received: new units came in"},
		{Value: shop.ReasonAdjustment, Label: "Other: damaged, lost, found …"},
	}
}

// delta writes a movement with its sign; no movement is nothing.
func delta(n int64) string {
	if n == 0 {
		return ""
	}
	if n > 0 {
		return "+" + format.Count(n)
	}
	return format.Count(n)
}

// ledgerBadge is what a movement is called.
func ledgerBadge(kind string) ui.Badge {
	badges := map[string]ui.Badge{
		"receipt":         {Tone: ui.ToneSuccess, Icon: ui.IconBoxOpen, Word: "Received"},
		"adjustment":      {Tone: ui.ToneWarning, Icon: ui.IconEdit, Word: "Adjusted"},
		"count":           {Tone: ui.ToneWarning, Icon: ui.IconClipboard, Word: "Counted"},
		"transfer":        {Tone: ui.ToneNeutral, Icon: ui.IconBoxes, Word: "Moved"},
		"reservation":     {Tone: ui.ToneInfo, Icon: ui.IconLock, Word: "Reserved"},
		"release":         {Tone: ui.ToneNeutral, Icon: ui.IconReturn, Word: "Released"},
		"shipment":        {Tone: ui.ToneInfo, Icon: ui.IconTruck, Word: "Shipped"},
		"shipment_undone": {Tone: ui.ToneNeutral, Icon: ui.IconReturn, Word: "Taken back"},
		"return":          {Tone: ui.ToneSuccess, Icon: ui.IconReturn, Word: "Returned"},
	}
	if badge, known := badges[kind]; known {
		return badge
	}
	return ui.Badge{Tone: ui.ToneNeutral, Icon: ui.IconDot, Word: kind}
}

// toneIf is the tone of a figure that is bad news unless it is zero.
func toneIf(n int64, tone ui.Tone) ui.Tone {
	if n == 0 {
		return ""
	}
	return tone
}

// InventoryCrumbs lead from a SKU back to the list.
func InventoryCrumbs() []ui.Crumb {
	return []ui.Crumb{{Label: "Inventory", URL: urls.MerchantInventory()}}
}

// lowStockLabel says how many alerts are open.
func lowStockLabel(open int64) string {
	if open == 0 {
		return "Low stock"
	}
	return "Low stock (" + format.Count(open) + ")"
}
