package shop

import "time"

// ShipmentProblems returns what can be wrong with a shipment, the worst first.
func ShipmentProblems() []ShipmentProblem {
	return []ShipmentProblem{ProblemLost, ProblemReturned, ProblemException, ProblemLate, ProblemWaiting}
}

// TopicDeliveryProblem says that what is open about the shipments of a merchant changed (trigger shipments_problem_told).
const TopicDeliveryProblem = "delivery.problem"

// WordsOf names the problem; of an exception, what it was.
func (p ShipmentProblem) WordsOf(stopped TrackingKind) string {
	if p != ProblemException {
		return p.Words()
	}
	switch stopped {
	case TrackAddress:
		return "Address unknown"
	case TrackRefused:
		return "Not accepted"
	case TrackDamaged:
		return "Damaged"
	case TrackCustoms:
		return "Held at customs"
	}
	return p.Words()
}

// NextStepOf is what to do about the problem; about an exception, what helps against what it was.
func (p ShipmentProblem) NextStepOf(stopped TrackingKind) string {
	if p != ProblemException {
		return p.NextStep()
	}
	return stopped.nextStep()
}

func (k TrackingKind) nextStep() string {
	switch k {
	case TrackAddress:
		return "Ask the customer for the right address and tell it to the carrier before the parcel is sent back."
	case TrackRefused:
		return "Ask the customer why. The parcel comes back: then send it again, or refund and restock."
	case TrackDamaged:
		return "Send the goods again or refund the customer, and claim the damage from the carrier."
	case TrackCustoms:
		return "Give customs what it asks for, such as invoice and contents. Tell the customer if there is duty to pay."
	}
	return "Ask the carrier what stopped it, and tell the customer."
}

// DeliveryProblemQuery asks for a page of open problems of all merchants, the oldest shipment first.
type DeliveryProblemQuery struct {
	Problem    ShipmentProblem // "": any
	MerchantID int64           // 0: any
	After      int64           // keyset cursor; 0: from the oldest
	Limit      int
}

// DeliveryProblem is a shipment with an open problem, and whose it is.
type DeliveryProblem struct {
	Shipment
	Merchant string
}

// DeliveryProblemCount is how many open problems of a kind a merchant has.
type DeliveryProblemCount struct {
	Problem    ShipmentProblem
	MerchantID int64
	Merchant   string
	Shipments  int64
}

// DeliveryProblemPage is a page of open problems with the counts of all.
type DeliveryProblemPage struct {
	Problems []DeliveryProblem
	Counts   []DeliveryProblemCount // by merchant
	More     bool
	Now      time.Time
}
