package shop

import "slices"

// Status is the state of an order. It is a cache of the order's events.
type Status string

// The states of an order, in the order in which a good one passes them.
const (
	StatusPending    Status = "pending"    // placed, stock is held, not paid
	StatusConfirmed  Status = "confirmed"  // paid for; to be picked
	StatusProcessing Status = "processing" // being picked and packed
	StatusShipped    Status = "shipped"    // every parcel is with the carrier
	StatusDelivered  Status = "delivered"  // every parcel has arrived
	StatusCancelled  Status = "cancelled"  // ended before it was shipped
	StatusRefunded   Status = "refunded"   // the captured money went back in full
)

// Transition is one legal change of an order's status.
type Transition struct{ From, To Status }

// orderTransitions is the same list as the table order_transitions, which makes the
// database refuse every other change.
var orderTransitions = []Transition{
	{StatusPending, StatusConfirmed},
	{StatusPending, StatusCancelled},
	{StatusConfirmed, StatusProcessing},
	{StatusConfirmed, StatusCancelled},
	{StatusConfirmed, StatusRefunded},
	{StatusProcessing, StatusShipped},
	{StatusProcessing, StatusCancelled},
	{StatusProcessing, StatusRefunded},
	{StatusShipped, StatusProcessing}, // a hand-over was taken back
	{StatusShipped, StatusDelivered},
	{StatusShipped, StatusRefunded},
	{StatusDelivered, StatusRefunded},
	{StatusCancelled, StatusRefunded},
}

// Transitions returns every legal change of status.
func Transitions() []Transition { return slices.Clone(orderTransitions) }

// CanTransition tells whether an order may go from one status to another. Staying in
// a status is not a transition.
func CanTransition(from, to Status) bool {
	return slices.Contains(orderTransitions, Transition{from, to})
}

// Statuses returns every status, in the order in which a good order passes them.
func Statuses() []Status {
	all := make([]Status, len(statusWords))
	for i, w := range statusWords {
		all[i] = w.status
	}
	return all
}

// ParseStatus reads a status as the API and the database spell it; others are
// CodeInvalid.
func ParseStatus(s string) (Status, error) {
	if !slices.Contains(Statuses(), Status(s)) {
		return "", invalid("There is no order status of that name.")
	}
	return Status(s), nil
}

var statusWords = []struct {
	status          Status
	customer, staff string
}{
	{StatusPending, "Awaiting payment", "Pending payment"},
	{StatusConfirmed, "Confirmed", "Paid, to pick"},
	{StatusProcessing, "Being prepared", "Picking and packing"},
	{StatusShipped, "On its way", "Shipped"},
	{StatusDelivered, "Delivered", "Delivered"},
	{StatusCancelled, "Cancelled", "Cancelled"},
	{StatusRefunded, "Refunded", "Refunded"},
}

// CustomerLabel is what a customer reads: what it means for them.
func (s Status) CustomerLabel() string {
	for _, w := range statusWords {
		if w.status == s {
			return w.customer
		}
	}
	return string(s)
}

// StaffLabel is what the people who work on the order read: what is to be done.
func (s Status) StaffLabel() string {
	for _, w := range statusWords {
		if w.status == s {
			return w.staff
		}
	}
	return string(s)
}
