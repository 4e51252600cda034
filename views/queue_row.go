package views

import (
	"strconv"
	"strings"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// promiseWord says how a parcel stands to its promise.
func promiseWord(r shop.QueueRow, clock shop.QueueClock) string {
	switch r.Promise(clock) {
	case shop.PromiseLate:
		return "Late " + format.Largest(clock.Now.Sub(r.ShipByAt))
	case shop.PromiseToday:
		return "Today, " + format.Largest(r.ShipByAt.Sub(clock.Now))
	case shop.PromiseKept:
		return "In time"
	case shop.PromiseBroken:
		return "Left late"
	default:
		return "In " + format.Largest(r.ShipByAt.Sub(clock.Now))
	}
}

// promiseBadge says in colour, sign and word how a parcel stands to its promise.
func promiseBadge(r shop.QueueRow, clock shop.QueueClock) ui.Badge {
	word := promiseWord(r, clock)
	switch r.Promise(clock) {
	case shop.PromiseLate:
		return ui.Badge{Tone: ui.ToneDanger, Icon: ui.IconAlert, Word: word}
	case shop.PromiseToday:
		return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconClock, Word: "Due t" + word[1:]}
	case shop.PromiseKept:
		return ui.Badge{Tone: ui.ToneSuccess, Icon: ui.IconDone, Word: word}
	case shop.PromiseBroken:
		return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconAlert, Word: word}
	default:
		return ui.Badge{Tone: ui.ToneNeutral, Icon: ui.IconCalendar, Word: "In time, " + strings.TrimPrefix(word, "In ")}
	}
}

func promiseTitle(r shop.QueueRow) string { return "Ship by " + format.DateTime(r.ShipByAt) }

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
}

func (l QueueList) action(r shop.QueueRow) queueAction {
	number := r.OrderID.Number()
	switch {
	case r.Status == shop.FulfillmentOpen:
		return queueAction{label: "Claim", post: urls.MerchantClaim(number)}
	case r.Status == shop.FulfillmentPicking && r.HolderID == l.ViewerID:
		return queueAction{label: "Pick on", link: urls.MerchantPick(number, r.No)}
	case r.Status == shop.FulfillmentPicked:
		return queueAction{label: "Pack", link: urls.MerchantPack(number, r.No)}
	case r.Status == shop.FulfillmentPacked:
		return queueAction{label: "Ship", link: urls.MerchantPack(number, r.No)}
	}
	return queueAction{}
}

// moreItems counts what is not named, beside the last item that is.
func moreItems(r shop.QueueRow, i int) string {
	if rest := len(r.Items) - queueItemsShown; rest > 0 && i == queueItemsShown-1 {
		return " and " + strconv.Itoa(rest) + " more"
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
	return "parcel " + strconv.Itoa(no) + " of " + strconv.Itoa(of)
}
