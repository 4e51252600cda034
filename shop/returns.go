package shop

import (
	"slices"
	"strings"
	"time"
)

// ReturnID is the time-ordered number of a return.
type ReturnID int64

// returnPrefix tells the number of a return from that of an order.
const returnPrefix = "R-"

// Number is the id as people see it and as labels carry it, such as "R-6XKQ3-M8ZT-4K".
func (id ReturnID) Number() string { return returnPrefix + OrderID(id).Number() }

// ParseReturnNumber reads the number of a return as people write it and scanners read it; others are CodeInvalid.
func ParseReturnNumber(s string) (ReturnID, error) {
	text := strings.TrimSpace(s)
	if text != "" && (text[0] == 'R' || text[0] == 'r') {
		if id, err := ParseOrderNumber(text[1:]); err == nil {
			return ReturnID(id), nil
		}
	}
	id, err := ParseOrderNumber(text)
	if err != nil {
		return 0, invalid("This is not the number of a return. They look like " + returnPrefix + exampleNumber + ".")
	}
	return ReturnID(id), nil
}

// ReturnStatus is the state of a return.
type ReturnStatus string

// The states of a return, in the order in which a good one passes them.
const (
	ReturnRequested ReturnStatus = "requested"  // the customer asks; the merchant has to decide
	ReturnApproved  ReturnStatus = "approved"   // the customer may send the units
	ReturnInTransit ReturnStatus = "in_transit" // the units are on their way back
	ReturnReceived  ReturnStatus = "received"   // units have arrived; the money is to go back
	ReturnClosed    ReturnStatus = "closed"     // settled
	ReturnRejected  ReturnStatus = "rejected"   // the merchant said no
	ReturnCancelled ReturnStatus = "cancelled"  // given up before anything arrived
)

// ReturnTransition is one legal change of a return's status.
type ReturnTransition struct{ From, To ReturnStatus }

// returnTransitions is the same list as the table return_transitions, which makes the database refuse every other change.
var returnTransitions = []ReturnTransition{
	{ReturnRequested, ReturnApproved}, {ReturnRequested, ReturnRejected}, {ReturnRequested, ReturnCancelled},
	{ReturnApproved, ReturnInTransit}, {ReturnApproved, ReturnReceived}, {ReturnApproved, ReturnCancelled},
	{ReturnInTransit, ReturnReceived}, {ReturnInTransit, ReturnCancelled},
	{ReturnReceived, ReturnClosed},
}

// ReturnTransitions returns every legal change of a return's status.
func ReturnTransitions() []ReturnTransition { return slices.Clone(returnTransitions) }

// CanTransition tells whether a return may go from s to the next status.
func (s ReturnStatus) CanTransition(to ReturnStatus) bool {
	return slices.Contains(returnTransitions, ReturnTransition{s, to})
}

var returnWords = []struct {
	status          ReturnStatus
	customer, staff string
}{
	{ReturnRequested, "Asked for", "To decide"},
	{ReturnApproved, "Approved, please send it", "Approved"},
	{ReturnInTransit, "On its way back", "On its way"},
	{ReturnReceived, "Arrived", "To refund"},
	{ReturnClosed, "Done", "Closed"},
	{ReturnRejected, "Not accepted", "Rejected"},
	{ReturnCancelled, "Called off", "Cancelled"},
}

// ReturnStatuses returns every state of a return.
func ReturnStatuses() []ReturnStatus {
	all := make([]ReturnStatus, len(returnWords))
	for i, w := range returnWords {
		all[i] = w.status
	}
	return all
}

// ParseReturnStatus reads a state as the API and the database spell it; others are CodeInvalid.
func ParseReturnStatus(s string) (ReturnStatus, error) {
	if !slices.Contains(ReturnStatuses(), ReturnStatus(s)) {
		return "", invalid("There is no return status of that name.")
	}
	return ReturnStatus(s), nil
}

// CustomerLabel is what a customer reads.
func (s ReturnStatus) CustomerLabel() string {
	for _, w := range returnWords {
		if w.status == s {
			return w.customer
		}
	}
	return string(s)
}

// StaffLabel is what those who work on the return read: what is to be done.
func (s ReturnStatus) StaffLabel() string {
	for _, w := range returnWords {
		if w.status == s {
			return w.staff
		}
	}
	return string(s)
}

// ReturnReason is why a customer sends something back.
type ReturnReason string

// returnReasons are the reasons and what a person reads.
var returnReasons = []struct {
	reason ReturnReason
	words  string
}{
	{"changed_mind", "I changed my mind"},
	{"damaged", "It arrived damaged"},
	{"wrong_item", "It is the wrong item"},
	{"not_as_described", "It is not as described"},
	{"too_late", "It came too late"},
	{"other", "Something else"},
}

// ReturnReasons returns every reason.
func ReturnReasons() []ReturnReason {
	all := make([]ReturnReason, len(returnReasons))
	for i, r := range returnReasons {
		all[i] = r.reason
	}
	return all
}

// Label is the reason in words.
func (r ReturnReason) Label() string {
	for _, known := range returnReasons {
		if known.reason == r {
			return known.words
		}
	}
	return string(r)
}

// ReturnCondition is in what state units came back.
type ReturnCondition string

// The conditions of units that came back.
const (
	ConditionAsNew     ReturnCondition = "as_new"
	ConditionOpened    ReturnCondition = "opened"
	ConditionDamaged   ReturnCondition = "damaged"
	ConditionWrongItem ReturnCondition = "wrong_item" // not what was sold
)

// ReturnConditions returns every condition.
func ReturnConditions() []ReturnCondition {
	return []ReturnCondition{ConditionAsNew, ConditionOpened, ConditionDamaged, ConditionWrongItem}
}

// Label is the condition in words.
func (c ReturnCondition) Label() string {
	switch c {
	case ConditionAsNew:
		return "As new"
	case ConditionOpened:
		return "Opened, fine"
	case ConditionDamaged:
		return "Damaged"
	case ConditionWrongItem:
		return "Wrong item"
	}
	return string(c)
}

// Resellable tells whether units of the condition may go back on sale.
func (c ReturnCondition) Resellable() bool { return c == ConditionAsNew || c == ConditionOpened }

// Return is units of an order that a customer sends back.
type Return struct {
	ID             ReturnID
	Replayed       bool // the answer to an earlier request with the same key
	OrderID        OrderID
	MerchantID     int64
	CustomerID     int64
	Status         ReturnStatus
	Note           string // the customer's words
	Decision       string // the merchant's
	Carrier        string
	TrackingNumber string
	RequestedAt    time.Time
	StatusAt       time.Time
	HasPhoto       bool
	Lines          []ReturnLine
	Receipts       []ReturnReceipt
}

// ReturnLine is how many units of an order line come back.
type ReturnLine struct {
	LineNo    int
	Quantity  int64 // asked for
	Approved  int64
	Received  int64
	Restocked int64
	Refunded  int64 // or on their way back as money
	Reason    ReturnReason
}

// ReturnReceipt is units that arrived.
type ReturnReceipt struct {
	LineNo       int
	Quantity     int64
	Condition    ReturnCondition
	Restocked    bool
	LocationName string
	Actor        Actor
	At           time.Time
}

// Claims is how many units of a line the return keeps others from returning.
func (r Return) Claims(l ReturnLine) int64 {
	switch r.Status {
	case ReturnRequested:
		return l.Quantity
	case ReturnApproved, ReturnInTransit, ReturnReceived:
		return l.Approved
	case ReturnClosed:
		return l.Received
	}
	return 0
}

// Open tells whether somebody still has something to do.
func (r Return) Open() bool {
	return r.Status == ReturnRequested || r.Status == ReturnApproved || r.Status == ReturnInTransit || r.Status == ReturnReceived
}

// Owed is the units that arrived and are not paid back.
func (r Return) Owed() []LineUnits {
	var units []LineUnits
	for _, l := range r.Lines {
		if left := l.Received - l.Refunded; left > 0 {
			units = append(units, LineUnits{l.LineNo, left})
		}
	}
	return units
}

// Awaited is how many approved units have not arrived.
func (r Return) Awaited() int64 {
	var sum int64
	for _, l := range r.Lines {
		sum += l.Approved - l.Received
	}
	return sum
}

// Line returns one of its lines, nil if it has no such.
func (r Return) Line(no int) *ReturnLine {
	at := slices.IndexFunc(r.Lines, func(l ReturnLine) bool { return l.LineNo == no })
	if at < 0 {
		return nil
	}
	return &r.Lines[at]
}

// ReturnPolicy is what a merchant promises about returns.
type ReturnPolicy struct {
	WindowDays int    // after a parcel arrived; 0: no returns
	Address    string // where to send them, in lines
}

// Returnable is how many units of a line can be returned, and until when the customer may ask; zero without a limit.
type Returnable struct {
	Line  OrderLine
	Units int64
	Until time.Time
}

// Returnables says what of the order can be returned. Units can come back once: what was sent, less what other returns
// have taken, less what was refunded without coming back. For a customer only parcels that arrived count, and only as
// long as the merchant's window is open; the shop itself takes back whatever it sent.
func (o OrderDetail) Returnables(policy ReturnPolicy, byCustomer bool, now time.Time) []Returnable {
	var all []Returnable
	for _, line := range o.Lines {
		sent, inTime, until := o.sentUnits(line.LineNo, policy, now)
		left := min(sent, line.Quantity-o.refundedApart(line)) - o.claimedUnits(line.LineNo)
		if byCustomer {
			left = min(left, inTime)
		}
		all = append(all, Returnable{Line: line, Units: max(left, 0), Until: until})
	}
	return all
}

// sentUnits is how many units of a line were sent, how many of them can still be asked about, and until when at best.
func (o OrderDetail) sentUnits(line int, policy ReturnPolicy, now time.Time) (sent, inTime int64, until time.Time) {
	for _, f := range o.Fulfillments {
		if (f.Status != FulfillmentShipped && f.Status != FulfillmentDelivered) || !f.GivenUpAt.IsZero() {
			continue
		}
		end := f.DeliveredAt.AddDate(0, 0, policy.WindowDays)
		for _, item := range f.Items {
			if item.LineNo != line {
				continue
			}
			sent += item.Quantity
			if f.Status == FulfillmentDelivered && policy.WindowDays > 0 && now.Before(end) {
				inTime += item.Quantity
				if end.After(until) {
					until = end
				}
			}
		}
	}
	return sent, inTime, until
}

func (o OrderDetail) claimedUnits(line int) int64 {
	var sum int64
	for _, r := range o.Returns {
		if l := r.Line(line); l != nil {
			sum += r.Claims(*l)
		}
	}
	return sum
}

// refundedApart is how many units of a line were refunded without coming back.
func (o OrderDetail) refundedApart(line OrderLine) int64 {
	apart := line.Refunded.Quantity
	for _, u := range o.UnitRefunds {
		if !u.Live || u.Cause != CauseReturn {
			continue
		}
		for _, l := range u.Lines {
			if l.LineNo == line.LineNo {
				apart -= l.Quantity
			}
		}
	}
	return apart
}
