package views

import (
	"strconv"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// ReturnBadge is how staff see the state of a return.
func ReturnBadge(s shop.ReturnStatus) ui.Badge { return returnBadge(s, s.StaffLabel()) }

// customerReturnBadge is how the customer sees it.
func customerReturnBadge(s shop.ReturnStatus) ui.Badge { return returnBadge(s, s.CustomerLabel()) }

func returnBadge(s shop.ReturnStatus, word string) ui.Badge {
	badge := ui.Badge{Tone: ui.ToneInfo, Icon: ui.IconReturn, Word: word}
	switch s {
	case shop.ReturnRequested:
		badge.Tone, badge.Icon = ui.ToneWarning, ui.IconHourglass
	case shop.ReturnApproved:
		badge.Icon = ui.IconCheck
	case shop.ReturnInTransit:
		badge.Icon = ui.IconTruck
	case shop.ReturnReceived:
		badge.Tone, badge.Icon = ui.ToneWarning, ui.IconInbox
	case shop.ReturnClosed:
		badge.Tone, badge.Icon = ui.ToneSuccess, ui.IconDone
	case shop.ReturnRejected:
		badge.Tone, badge.Icon = ui.ToneDanger, ui.IconFail
	case shop.ReturnCancelled:
		badge.Tone, badge.Icon = ui.ToneNeutral, ui.IconBan
	}
	return badge
}

// ReturnRequestModel is the page on which a customer asks to send something back: first what and why, then what that
// gives back.
type ReturnRequestModel struct {
	Order   shop.OrderDetail
	Can     []shop.Returnable
	Policy  shop.ReturnPolicy
	Units   map[int]string
	Reasons map[int]string
	Chosen  []shop.ReturnUnits
	Preview *shop.UnitRefund // set in the second step
	Note    string
	Key     string
}

// ReasonField is the form field of why a line goes back.
func ReasonField(line int) string { return "reason[" + strconv.Itoa(line) + "]" }

func (m ReturnRequestModel) any() bool {
	for _, c := range m.Can {
		if c.Units > 0 {
			return true
		}
	}
	return false
}

// closedWords say why nothing can be returned.
func (m ReturnRequestModel) closedWords() string {
	if m.Policy.WindowDays == 0 {
		return m.Order.MerchantName + " does not take returns. If something is wrong with your order, please ask the support."
	}
	return "Items can be returned until " + format.Plural(m.Policy.WindowDays, "day", "days") + " after they arrived, and each once. If something else is wrong with your order, please ask the support."
}

func returnReasonOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "Choose"}}
	for _, r := range shop.ReturnReasons() {
		options = append(options, ui.Option{Value: string(r), Label: r.Label()})
	}
	return options
}

func (m ReturnRequestModel) nameOf(line int) string {
	return shop.ItemWords(m.Order.Lines, []shop.LineUnits{{LineNo: line, Quantity: m.quantityOf(line)}})
}

func (m ReturnRequestModel) quantityOf(line int) int64 {
	for _, u := range m.Chosen {
		if u.LineNo == line {
			return u.Quantity
		}
	}
	return 0
}

// returnSteps is the line from the request to the money of one return.
func returnSteps(r shop.Return) []ui.Step {
	order := []shop.ReturnStatus{shop.ReturnRequested, shop.ReturnApproved, shop.ReturnInTransit, shop.ReturnReceived, shop.ReturnClosed}
	labels := []string{"Asked for", "Approved", "On its way", "Arrived", "Paid back"}
	reached := -1
	for i, s := range order {
		if s == r.Status {
			reached = i
		}
	}
	if reached < 0 {
		return []ui.Step{
			{Label: labels[0], State: ui.StepDone, Note: format.Date(r.RequestedAt)},
			{Label: r.Status.CustomerLabel(), State: ui.StepFailed, Note: format.Date(r.StatusAt)},
		}
	}
	if r.Status == shop.ReturnClosed && r.Decision != "" {
		labels[4] = "Closed"
	}
	steps := make([]ui.Step, len(order))
	for i, label := range labels {
		steps[i] = ui.Step{Label: label, State: ui.StepAhead}
		switch {
		case i < reached || r.Status == shop.ReturnClosed:
			steps[i].State = ui.StepDone
		case i == reached:
			steps[i].State = ui.StepCurrent
		}
	}
	steps[0].Note = format.Date(r.RequestedAt)
	if reached > 0 {
		steps[reached].Note = format.Date(r.StatusAt)
	}
	return steps
}

// returnItems names what comes back.
func returnItems(o shop.OrderDetail, r shop.Return) string {
	units := make([]shop.LineUnits, 0, len(r.Lines))
	for _, l := range r.Lines {
		n := l.Quantity
		if r.Status != shop.ReturnRequested && l.Approved > 0 {
			n = l.Approved
		}
		units = append(units, shop.LineUnits{LineNo: l.LineNo, Quantity: n})
	}
	return shop.ItemWords(o.Lines, units)
}

// returnNext says to the customer what happens next.
func returnNext(o shop.OrderDetail, r shop.Return) string {
	switch r.Status {
	case shop.ReturnRequested:
		return o.MerchantName + " looks at your request and answers soon."
	case shop.ReturnApproved:
		return "Print the label, put it on the parcel and send it. You get your money back once it has arrived."
	case shop.ReturnInTransit:
		return "You get your money back once it has arrived."
	case shop.ReturnReceived:
		return "It has arrived. " + o.MerchantName + " looks at it and sends your money back."
	case shop.ReturnClosed:
		if r.Decision != "" {
			return "It is closed: " + r.Decision + "."
		}
		return "Your money went back to the card you paid with."
	}
	if r.Decision != "" {
		return "The reason: " + r.Decision + "."
	}
	return "Nothing comes back, and nothing is paid back."
}

// ReturnsModel is the returns desk.
type ReturnsModel struct {
	Status  shop.ReturnStatus
	Counts  map[shop.ReturnStatus]int64
	Returns []shop.ReturnSummary
	Pages   ui.PageLinks
	Policy  shop.ReturnPolicy
	Days    string // as entered
	Now     time.Time
}

// ReturnTabs are the states of the desk, with how many wait in each.
func (m ReturnsModel) tabs() []ui.Tab {
	var tabs []ui.Tab
	for _, s := range shop.ReturnStatuses() {
		tab := ui.Tab{Label: s.StaffLabel(), URL: urls.MerchantReturnsIn(string(s)), Current: s == m.Status}
		if (shop.Return{Status: s}).Open() {
			tab.Count = format.Count(m.Counts[s])
		}
		tabs = append(tabs, tab)
	}
	return tabs
}

// empty says why a tab has no rows.
func (m ReturnsModel) empty() (title, text string) {
	switch m.Status {
	case shop.ReturnRequested:
		return "No request waits for you", "When a customer asks to send something back, it stands here."
	case shop.ReturnReceived:
		return "Nothing waits to be refunded", "What has arrived and is not paid back yet stands here."
	}
	return "No returns here", "No return is in this state."
}

// ReturnModel is one return on the desk.
type ReturnModel struct {
	shop.Return
	Order     shop.OrderDetail
	Now       time.Time
	Key       string
	Problem   string
	Locations []ui.Option
	Location  string
	Refund    *shop.UnitRefund // what would be paid back now; nil when nothing is owed
	Entered   map[string]string
	Said      string // what was just received by scan
}

func (m ReturnModel) line(no int) shop.OrderLine {
	for _, l := range m.Order.Lines {
		if l.LineNo == no {
			return l
		}
	}
	return shop.OrderLine{LineNo: no}
}

func (m ReturnModel) receivable() bool {
	return m.Awaited() > 0 && (m.Status == shop.ReturnApproved || m.Status == shop.ReturnInTransit || m.Status == shop.ReturnReceived)
}

// ReceiveField is the form field of how many units of a line arrived in a condition.
func ReceiveField(line int, condition shop.ReturnCondition) string {
	return string(condition) + "[" + strconv.Itoa(line) + "]"
}

func conditionOptions() []ui.Option {
	var options []ui.Option
	for _, c := range shop.ReturnConditions() {
		words := c.Label() + ": to the bin"
		if c.Resellable() {
			words = c.Label() + ": back on sale"
		}
		options = append(options, ui.Option{Value: string(c), Label: words})
	}
	return options
}

// whereTo says what became of received units.
func whereTo(r shop.ReturnReceipt) string {
	if r.Restocked {
		return "on sale at " + r.LocationName
	}
	return "scrapped"
}

func sumReturn(r shop.Return, of func(shop.ReturnLine) int64) int64 {
	var sum int64
	for _, l := range r.Lines {
		sum += of(l)
	}
	return sum
}
