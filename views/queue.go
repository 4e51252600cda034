package views

import (
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// QueueList is which list of the queue is looked at, and by whom. It is all that a row needs to know of its page, so that
// a live change draws the same row.
type QueueList struct {
	Filter   shop.QueueFilter
	ViewerID int64
}

// QueueModel is the queue's page.
type QueueModel struct {
	QueueList
	shop.QueuePage
	Text      string // as typed into the search field
	TextError string // why the text finds nothing
	Country   string // as typed, and
	Value     string
	Errors    []shop.FieldError // what could not be read of them
	Locations []shop.Location
	Services  []shop.ShipService // beside the standard
	People    []shop.Colleague
	Views     []CountedView
	Compact   bool
	BulkKey   string // makes a bulk action happen once
	First     bool   // the list is shown from its start
	NextKey   string // makes the button for the next parcel take one, however often it is pressed
}

// queueItemsShown is how many items a row names; the others are counted.
const queueItemsShown = 2

// URL is the address of the list.
func (l QueueList) URL() string { return urls.With(urls.MerchantQueue(), l.query(l.Filter)) }

// StreamURL is where the list's changes behind a place in the feed come from.
func (l QueueList) StreamURL(after shop.FeedCursor) string {
	return urls.With(urls.MerchantQueueStream(), append(l.query(l.Filter), urls.Param{Name: "after", Value: after.String()}))
}

// with is the address of the list after a change of its filter.
func (l QueueList) with(change func(*shop.QueueFilter)) string {
	f := l.Filter
	change(&f)
	return urls.With(urls.MerchantQueue(), l.query(f))
}

func (l QueueList) query(f shop.QueueFilter) urls.Query {
	q := urls.Query{
		{Name: "stage", Value: string(f.Stage)}, {Name: "due", Value: string(f.Due)}, {Name: "q", Value: f.SKU},
		{Name: "country", Value: f.Country}, {Name: "value", Value: f.Value.String()}, {Name: "sort", Value: string(f.Sort)},
	}
	if f.Stage == shop.QueueToPick {
		q[0].Value = ""
	}
	switch f.ServiceID {
	case 0:
	case shop.StandardService:
		q = append(q, urls.Param{Name: "service", Value: standardService})
	default:
		q = append(q, urls.Param{Name: "service", Value: strconv.FormatInt(f.ServiceID, 10)})
	}
	if f.LocationID != 0 {
		q = append(q, urls.Param{Name: "location", Value: strconv.FormatInt(f.LocationID, 10)})
	}
	if f.HolderID != 0 {
		q = append(q, urls.Param{Name: "holder", Value: l.holderParam(f.HolderID)})
	}
	return q
}

// standardService is how the service of orders without one is written in addresses.
const standardService = "standard"

// holderParam is how a holder is written in addresses: "me" is whoever looks, so that a shared view is everybody's own.
func (l QueueList) holderParam(id int64) string {
	if id == l.ViewerID {
		return "me"
	}
	return strconv.FormatInt(id, 10)
}

// Query is the address of the list without its path, always written the same way.
func (l QueueList) Query() string {
	return strings.TrimPrefix(strings.TrimPrefix(l.URL(), urls.MerchantQueue()), "?")
}

// clearFilter leaves of a filter what is not narrowed.
func clearFilter(f *shop.QueueFilter) { *f = shop.QueueFilter{Stage: f.Stage, Sort: f.Sort} }

// CountedView is a saved view with how many parcels it shows.
type CountedView struct {
	View  shop.QueueView
	Count shop.QueueCount
}

func (v CountedView) count() string {
	if v.Count.AtLeast {
		return format.Count(v.Count.Parcels) + "+"
	}
	return format.Count(v.Count.Parcels)
}

func queueViewURL(v shop.QueueView) string {
	if v.Query == "" {
		return urls.MerchantQueue()
	}
	return urls.MerchantQueue() + "?" + v.Query
}

func (m QueueModel) saveLabel() string {
	if len(m.Views) == 0 {
		return "Save this view"
	}
	return "Save or edit views"
}

// bulkAction is a button for the ticked parcels.
type bulkAction struct {
	action shop.QueueAction
	label  string
	icon   ui.IconName
	key    string
}

// bulkActions are those that some parcel of the stage may allow.
func (m QueueModel) bulkActions() []bulkAction {
	claim := bulkAction{shop.QueueClaim, "Claim ticked", ui.IconHand, "c"}
	release := bulkAction{shop.QueueRelease, "Give back", ui.IconReturn, "u"}
	over := bulkAction{shop.QueueHandOver, "Hand over", ui.IconUsers, "e"}
	ship := bulkAction{shop.QueueShip, "Ship", ui.IconTruck, "h"}
	switch m.Filter.Stage {
	case shop.QueueToPick:
		return []bulkAction{claim, over}
	case shop.QueuePicking:
		return []bulkAction{release, over}
	case shop.QueueStuck:
		return []bulkAction{claim, release, over, ship}
	case shop.QueueReady:
		return []bulkAction{ship, over}
	case shop.QueueShipped:
		return nil
	}
	return []bulkAction{over}
}

// sortable is the heading of a column that the list can be sorted by, either way.
func (m QueueModel) sortable(label string, up, down shop.QueueSort) ui.ThProps {
	th := ui.ThProps{Label: label, Numeric: up == shop.QueueSortSmallest}
	next := up
	switch m.Filter.Sort {
	case up:
		th.Sorted, next = ui.SortAscending, down
		if up == shop.QueueSortOldest {
			th.Sorted = ui.SortDescending // the greatest age first
		}
	case down:
		th.Sorted = ui.SortDescending
		if up == shop.QueueSortOldest {
			th.Sorted = ui.SortAscending
		}
	}
	th.SortURL = m.with(func(f *shop.QueueFilter) { f.Sort = next })
	return th
}

// sortedWords says how the list is sorted, for those who cannot see the arrows.
func (m QueueModel) sortedWords() string {
	if m.Filter.Stage == shop.QueueShipped {
		return ", the latest first"
	}
	return map[shop.QueueSort]string{
		shop.QueueSortPromise: ", the nearest promise first", shop.QueueSortPromiseLast: ", the nearest promise last",
		shop.QueueSortOldest: ", the oldest order first", shop.QueueSortNewest: ", the newest order first",
		shop.QueueSortSmallest: ", the smallest value first", shop.QueueSortLargest: ", the largest value first",
	}[m.Filter.Sort]
}

func (m QueueModel) tableAttrs() templ.Attributes {
	if m.Compact {
		return templ.Attributes{"data-compact": true}
	}
	return nil
}

func (m QueueModel) moreFilters() bool {
	return m.Filter.LocationID != 0 || m.Filter.ServiceID != 0 || m.Country != "" || m.Value != ""
}

func (m QueueModel) chosenService() string {
	switch m.Filter.ServiceID {
	case 0:
		return ""
	case shop.StandardService:
		return standardService
	}
	return strconv.FormatInt(m.Filter.ServiceID, 10)
}

func (m QueueModel) serviceOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "Any service"}, {Value: standardService, Label: "Standard"}}
	for _, s := range m.Services {
		options = append(options, ui.Option{Value: strconv.FormatInt(s.ID, 10), Label: s.Name})
	}
	return options
}

func (m QueueModel) holderOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "Anybody"}, {Value: "me", Label: "Me"}}
	for _, p := range m.People {
		if p.ID != m.ViewerID {
			options = append(options, ui.Option{Value: strconv.FormatInt(p.ID, 10), Label: p.Name})
		}
	}
	return options
}

func serviceName(r shop.QueueRow) string {
	if r.Service == "" {
		return "Standard"
	}
	return r.Service
}

// rowClass marks a row that is no longer what the list is about.
func (l QueueList) rowClass(r shop.QueueRow) string {
	if l.elsewhere(r) && l.Filter.Stage != shop.QueueStuck {
		return "queue-elsewhere"
	}
	return ""
}

// progressWords says what is picked of a parcel that is not picked yet, and in whose tote that lies.
func progressWords(r shop.QueueRow) string {
	if r.Picked == 0 || (r.Status != shop.FulfillmentPicking && r.Status != shop.FulfillmentOpen) {
		return ""
	}
	words := format.Count(r.Picked) + " of " + format.Count(r.Units) + " picked"
	if r.Status == shop.FulfillmentOpen && r.LapsedName != "" {
		words += " by " + r.LapsedName
	}
	return words
}

func (l QueueList) next(rows []shop.QueueRow) string {
	after := l.Filter.Cursor(rows[len(rows)-1]).String()
	return urls.With(urls.MerchantQueue(), append(l.query(l.Filter), urls.Param{Name: "after", Value: after}))
}

func (l QueueList) tabs(counts shop.QueueCounts) []ui.Tab {
	tabs := make([]ui.Tab, len(shop.QueueStages()))
	for i, stage := range shop.QueueStages() {
		tabs[i] = ui.Tab{
			Label: stage.Label(), Count: format.Count(counts.Stages[stage]), Current: stage == l.Filter.Stage,
			URL: l.with(func(f *shop.QueueFilter) { f.Stage = stage }),
		}
	}
	return tabs
}

func (m QueueModel) tags() []ui.FilterTag {
	var tags []ui.FilterTag
	add := func(label string, without func(*shop.QueueFilter)) {
		tags = append(tags, ui.FilterTag{Label: label, RemoveURL: m.with(without)})
	}
	if m.Filter.SKU != "" {
		add("SKU: "+m.Filter.SKU, func(f *shop.QueueFilter) { f.SKU = "" })
	}
	if i := slices.IndexFunc(m.Locations, func(l shop.Location) bool { return l.ID == m.Filter.LocationID }); i >= 0 {
		add("Location: "+m.Locations[i].Name, func(f *shop.QueueFilter) { f.LocationID = 0 })
	}
	switch m.Filter.Due {
	case shop.QueueDueLate:
		add("Late", func(f *shop.QueueFilter) { f.Due = shop.QueueDueAny })
	case shop.QueueDueToday:
		add("Due today or late", func(f *shop.QueueFilter) { f.Due = shop.QueueDueAny })
	}
	if i := slices.IndexFunc(m.People, func(p shop.Colleague) bool { return p.ID == m.Filter.HolderID }); i >= 0 {
		name := m.People[i].Name
		if m.Filter.HolderID == m.ViewerID {
			name = "me"
		}
		add("With "+name, func(f *shop.QueueFilter) { f.HolderID = 0 })
	}
	for _, o := range m.serviceOptions()[1:] {
		if o.Value == m.chosenService() {
			add("Service: "+o.Label, func(f *shop.QueueFilter) { f.ServiceID = 0 })
		}
	}
	if m.Filter.Country != "" {
		add("To "+shop.CountryName(m.Filter.Country), func(f *shop.QueueFilter) { f.Country = "" })
	}
	if m.Filter.Value != (shop.AmountRange{}) {
		add("Value: "+m.Filter.Value.String(), func(f *shop.QueueFilter) { f.Value = shop.AmountRange{} })
	}
	return tags
}

func (m QueueModel) locationOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "All locations"}}
	for _, l := range m.Locations {
		options = append(options, ui.Option{Value: strconv.FormatInt(l.ID, 10), Label: l.Name})
	}
	return options
}

// chosenLocation and chosenHolder are the values of their select boxes.
func (m QueueModel) chosenLocation() string {
	if m.Filter.LocationID == 0 {
		return ""
	}
	return strconv.FormatInt(m.Filter.LocationID, 10)
}

func (m QueueModel) chosenHolder() string {
	if m.Filter.HolderID == 0 {
		return ""
	}
	return "me"
}

// empty says why the list has no rows, and what to do.
func (m QueueModel) empty() ui.EmptyProps {
	switch {
	case m.TextError != "":
		return ui.EmptyProps{Icon: ui.IconSearch, Title: "Nothing found", Text: m.TextError}
	case m.Filter.Narrowed():
		return ui.EmptyProps{Icon: ui.IconFilter, Title: "No parcel matches", Text: "Under " + m.Filter.Stage.Label() + " there is none with these filters."}
	}
	texts := map[shop.QueueStage]ui.EmptyProps{
		shop.QueueToPick:  {Icon: ui.IconDone, Title: "Everything is picked", Text: "New orders appear here as soon as they are paid for."},
		shop.QueuePicking: {Icon: ui.IconHand, Title: "Nobody is picking", Text: "Press Next order to take the parcel with the nearest promise."},
		shop.QueueToPack:  {Icon: ui.IconBoxOpen, Title: "Nothing waits to be packed", Text: "Parcels come here when their last unit is picked."},
		shop.QueueReady:   {Icon: ui.IconBox, Title: "Nothing waits for a carrier", Text: "Parcels come here when they are sealed."},
		shop.QueueShipped: {Icon: ui.IconTruck, Title: "Nothing has left today", Text: "The day begins at midnight where you are."},
		shop.QueueStuck:   {Icon: ui.IconDone, Title: "Nothing is stuck", Text: "Here is what is late, and what nobody has touched for hours after taking it up."},
	}
	return texts[m.Filter.Stage]
}

// QueueShortcuts are the keys of the queue, beside those of every list.
func QueueShortcuts() []Shortcut {
	return []Shortcut{
		{Keys: "n", Meaning: "Take the next order"}, {Keys: "c", Meaning: "Claim the ticked orders, or the one you are on"},
		{Keys: "e", Meaning: "Hand them over to a colleague"}, {Keys: "u", Meaning: "Give them back"}, {Keys: "b", Meaning: "Batch them"}, {Keys: "p", Meaning: "Print their slips and labels"}, {Keys: "h", Meaning: "Hand them to their carriers"}, {Keys: "f", Meaning: "More filters"},
		{Keys: "s", Meaning: "Save this view"}, {Keys: "/", Meaning: "Find"}, {Keys: ".", Meaning: "Show new parcels"}, {Keys: "r", Meaning: "Refresh"},
	}
}
