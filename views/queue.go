package views

import (
	"slices"
	"strconv"
	"time"

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
	Locations []shop.Location
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
	q := urls.Query{{Name: "stage", Value: string(f.Stage)}, {Name: "due", Value: string(f.Due)}, {Name: "q", Value: f.SKU}}
	if f.Stage == shop.QueueToPick {
		q[0].Value = ""
	}
	if f.LocationID != 0 {
		q = append(q, urls.Param{Name: "location", Value: strconv.FormatInt(f.LocationID, 10)})
	}
	if f.HolderID != 0 {
		q = append(q, urls.Param{Name: "holder", Value: "me"})
	}
	return q
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
	if m.Filter.HolderID != 0 {
		add("Mine", func(f *shop.QueueFilter) { f.HolderID = 0 })
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

// promiseBadge says in colour, sign and word how a parcel stands to its promise.
func promiseBadge(r shop.QueueRow, clock shop.QueueClock) ui.Badge {
	late, left := format.Largest(clock.Now.Sub(r.ShipByAt)), format.Largest(r.ShipByAt.Sub(clock.Now))
	switch r.Promise(clock) {
	case shop.PromiseLate:
		return ui.Badge{Tone: ui.ToneDanger, Icon: ui.IconAlert, Word: "Late " + late}
	case shop.PromiseToday:
		return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconClock, Word: "Due today, " + left}
	case shop.PromiseKept:
		return ui.Badge{Tone: ui.ToneSuccess, Icon: ui.IconDone, Word: "In time"}
	case shop.PromiseBroken:
		return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconAlert, Word: "Left late"}
	default:
		return ui.Badge{Tone: ui.ToneNeutral, Icon: ui.IconCalendar, Word: "In time, " + left}
	}
}

// queueFact is one figure above the list.
type queueFact struct {
	tone  ui.Tone
	icon  ui.IconName
	text  string
	url   string
	until time.Time // counts down when set
}

// facts are what somebody who runs the floor looks at first.
func (l QueueList) facts(counts shop.QueueCounts, clock shop.QueueClock) []queueFact {
	facts := []queueFact{{
		tone: ui.ToneSuccess, icon: ui.IconDone, text: "Nothing is late",
		url: l.with(func(f *shop.QueueFilter) { *f = shop.QueueFilter{Stage: shop.QueueStuck} }),
	}}
	if counts.Late > 0 {
		facts[0].tone, facts[0].icon, facts[0].text = ui.ToneDanger, ui.IconAlert, format.Plural(counts.Late, "parcel is late", "parcels are late")
		facts[0].url = l.with(func(f *shop.QueueFilter) { *f = shop.QueueFilter{Stage: shop.QueueStuck, Due: shop.QueueDueLate} })
	}
	if today := counts.DueToday - counts.Late; today > 0 {
		facts = append(facts, queueFact{
			tone: ui.ToneWarning, icon: ui.IconClock, text: format.Count(today) + " due today",
			url: l.with(func(f *shop.QueueFilter) { f.Due = shop.QueueDueToday }),
		})
	}
	if clock.CutoffAt.After(clock.Now) {
		facts = append(facts, queueFact{tone: ui.ToneNeutral, icon: ui.IconHourglass, text: "Cut-off " + format.Clock(clock.CutoffAt) + " UTC in", until: clock.CutoffAt})
	}
	return facts
}

func queueRowID(r shop.QueueRow) string     { return "p-" + r.Key() }
func queueArrivalID(r shop.QueueRow) string { return "new-" + r.Key() }

// parcelField is how a ticked parcel is sent: "NUMBER/NO".
func parcelField(r shop.QueueRow) string { return r.OrderID.Number() + "/" + strconv.Itoa(r.No) }

// elsewhere tells whether the parcel is no longer what the list is about: it stays in its place, but says where it went.
func (l QueueList) elsewhere(r shop.QueueRow) bool {
	return l.Filter.Stage == shop.QueueStuck || (l.Filter.Stage == shop.QueueShipped && r.Status != shop.FulfillmentShipped) ||
		(l.Filter.Stage != shop.QueueShipped && l.Filter.Stage.Status() != r.Status)
}

// who is who holds a parcel, for the viewer.
func (l QueueList) who(r shop.QueueRow) string {
	if r.HolderID == l.ViewerID {
		return "You"
	}
	return r.HolderName
}

// queueAction is the one thing to do next with a parcel.
type queueAction struct {
	label string
	post  string // a form, or
	link  string
	icon  ui.IconName
}

func (l QueueList) action(r shop.QueueRow) queueAction {
	number := r.OrderID.Number()
	switch {
	case r.Status == shop.FulfillmentOpen:
		return queueAction{label: "Claim", icon: ui.IconHand, post: urls.MerchantClaim(number)}
	case r.Status == shop.FulfillmentPicking && r.HolderID == l.ViewerID:
		return queueAction{label: "Pick on", icon: ui.IconScan, link: urls.MerchantPick(number, r.No)}
	case r.Status == shop.FulfillmentPicked:
		return queueAction{label: "Pack", icon: ui.IconBox, link: urls.MerchantPack(number, r.No)}
	case r.Status == shop.FulfillmentPacked:
		return queueAction{label: "Ship", icon: ui.IconTruck, link: urls.MerchantPack(number, r.No)}
	}
	return queueAction{}
}

// moreItems counts what is not named, beside the last item that is.
func moreItems(r shop.QueueRow, i int) string {
	if rest := len(r.Items) - queueItemsShown; rest > 0 && i == queueItemsShown-1 {
		return "+" + strconv.Itoa(rest)
	}
	return ""
}

func shownItems(r shop.QueueRow) []shop.QueueItem {
	return r.Items[:min(len(r.Items), queueItemsShown)]
}

func parcelOf(no, of int) string {
	if of <= 1 {
		return ""
	}
	return "Parcel " + strconv.Itoa(no) + " of " + strconv.Itoa(of)
}
