package shop

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// ShipmentStatus is the state of a shipment: one box with one label.
type ShipmentStatus string

// The states of a shipment. Until it is handed over everything can be undone, and the hand-over itself for a while (undo.go).
const (
	ShipmentBuying    ShipmentStatus = "buying"     // the carrier was asked for a label and nobody knows the answer
	ShipmentFailed    ShipmentStatus = "failed"     // the carrier refused; the parcels are free for another
	ShipmentReady     ShipmentStatus = "ready"      // the label is there, the carrier is awaited
	ShipmentVoiding   ShipmentStatus = "voiding"    // the carrier was asked to take the label back
	ShipmentVoided    ShipmentStatus = "voided"     // it did; the parcels are free for another
	ShipmentInTransit ShipmentStatus = "in_transit" // with the carrier
	ShipmentDelivered ShipmentStatus = "delivered"  // arrived
	ShipmentReturned  ShipmentStatus = "returned"   // came back
	ShipmentLost      ShipmentStatus = "lost"       // given up
)

// ShipmentTransition is one legal change of a shipment's status.
type ShipmentTransition struct{ From, To ShipmentStatus }

// shipmentTransitions is the same list as the table shipment_transitions, which makes the database refuse every other.
var shipmentTransitions = []ShipmentTransition{
	{ShipmentBuying, ShipmentReady},
	{ShipmentBuying, ShipmentFailed},
	{ShipmentBuying, ShipmentVoiding}, // its order ended while the carrier was asked
	{ShipmentReady, ShipmentVoiding},
	{ShipmentReady, ShipmentVoided}, // a label that was written by hand
	{ShipmentReady, ShipmentInTransit},
	{ShipmentVoiding, ShipmentVoided},
	{ShipmentVoiding, ShipmentReady}, // the carrier did not take it back
	{ShipmentVoiding, ShipmentInTransit},
	{ShipmentInTransit, ShipmentReady}, // its hand-over was taken back
	{ShipmentInTransit, ShipmentDelivered},
	{ShipmentInTransit, ShipmentReturned},
	{ShipmentInTransit, ShipmentLost},
	{ShipmentLost, ShipmentInTransit}, // it turned up again
	{ShipmentLost, ShipmentDelivered},
	{ShipmentLost, ShipmentReturned},
	{ShipmentReturned, ShipmentInTransit},
	{ShipmentReturned, ShipmentDelivered},
	{ShipmentReturned, ShipmentLost},
}

// ShipmentTransitions returns every legal change of a shipment's status.
func ShipmentTransitions() []ShipmentTransition { return slices.Clone(shipmentTransitions) }

// CanTransition tells whether a shipment may go from s to the next status.
func (s ShipmentStatus) CanTransition(to ShipmentStatus) bool {
	return slices.Contains(shipmentTransitions, ShipmentTransition{s, to})
}

// Left tells whether the carrier has, or had, the parcel.
func (s ShipmentStatus) Left() bool {
	switch s {
	case ShipmentInTransit, ShipmentDelivered, ShipmentReturned, ShipmentLost:
		return true
	}
	return false
}

// RefuseLeaving says why a box in this state cannot be handed to its carrier, or "".
func (s ShipmentStatus) RefuseLeaving() string {
	switch s {
	case ShipmentReady:
		return ""
	case ShipmentBuying:
		return "Its label is not there yet: the carrier has not answered."
	case ShipmentVoiding:
		return "Its label is being taken back."
	}
	if s.Left() {
		return "The carrier has it already."
	}
	return "It has no label any more. Make one at the packing table."
}

// ShipmentProblem is what is wrong with a shipment, "" for nothing.
type ShipmentProblem string

// What can be wrong.
const (
	ProblemWaiting   ShipmentProblem = "waiting"   // it has a label and was not handed over
	ProblemLate      ShipmentProblem = "late"      // it should have arrived
	ProblemException ShipmentProblem = "exception" // something stopped it on its way, see TrackingExceptions
	ProblemLost      ShipmentProblem = "lost"      // the carrier gave it up, or nobody has heard of it for too long
	ProblemReturned  ShipmentProblem = "returned"  // it came back
)

// How long things may take before a person has to look.
const (
	HandoverWithin = 24 * time.Hour      // a label that waits for longer was forgotten
	LateAfter      = 24 * time.Hour      // past the day it was said to arrive
	LostAfter      = 14 * 24 * time.Hour // past that day without a word
	// ManualTransit is how long a parcel without a carrier that tells may be on its way.
	ManualTransit = 14 * 24 * time.Hour
)

// Words names the problem to the merchant.
func (p ShipmentProblem) Words() string {
	switch p {
	case ProblemWaiting:
		return "Not handed over"
	case ProblemLate:
		return "Late"
	case ProblemException:
		return "Stopped"
	case ProblemLost:
		return "Lost"
	case ProblemReturned:
		return "Came back"
	}
	return ""
}

// NextStep is what to do about the problem.
func (p ShipmentProblem) NextStep() string {
	switch p {
	case ProblemWaiting:
		return "Hand it over with the next pick-up, or void the label if it is not needed."
	case ProblemLate:
		return "Ask the carrier where it is, and tell the customer when it comes."
	case ProblemException:
		return TrackException.nextStep()
	case ProblemLost:
		return "Send the goods again or refund the customer, and claim the value from the carrier."
	case ProblemReturned:
		return "Check address and goods. Ask the customer, then send it again, or refund and restock."
	}
	return ""
}

// ProblemAnswers are what somebody can say was done about a problem. Sending it again says so by itself.
func ProblemAnswers() []string {
	return []string{AnswerRefunded, AnswerSettled, AnswerArrived, AnswerNothing}
}

// Shipment is one box on its way: the parcels that travel in it, its label, and where it is. IDs are time-ordered.
type Shipment struct {
	ID             int64
	Replayed       bool // the answer to an earlier request with the same key
	MerchantID     int64
	LocationID     int64
	Status         ShipmentStatus
	Carrier        string // as people know it
	CarrierKey     string // Carrier.Name; "" for a carrier that is not connected
	Service        string
	ServiceName    string
	RequestKey     string
	TrackingNumber string
	Cost           Amount
	BoxID          int64
	BoxName        string
	WeightGrams    int64
	ShipTo         Address
	Failure        string // why the last request failed
	CreatedAt      time.Time
	CreatedBy      string
	LabelledAt     time.Time
	HandedOverAt   time.Time
	UndoUntil      time.Time // until when the hand-over can be taken back; zero: not at all
	DeliveredAt    time.Time
	EtaAt          time.Time
	StatusAt       time.Time
	AskAt          time.Time // while a request is without an answer: when to ask what became of it
	ManifestID     int64
	Problem        ShipmentProblem
	ProblemAt      time.Time
	ProblemAnswer  string // what was done about it; "" while it is open
	Parcels        []ParcelRef
	Events         []TrackingEvent // by time
}

// Orders are the orders with parcels inside, each once, in order of their ids.
func (s Shipment) Orders() []OrderID {
	var ids []OrderID
	for _, p := range s.Parcels {
		ids = append(ids, p.OrderID)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// StoppedBy is what stopped the shipment on its way and is not over, "" for nothing.
func (s Shipment) StoppedBy() TrackingKind { return StandingOf(s.Events).Stopped.Kind }

// ProblemWords names the problem of the shipment, and of one that was stopped by what.
func (s Shipment) ProblemWords() string { return s.Problem.WordsOf(s.StoppedBy()) }

// NextStep is what to do about the problem of the shipment, as exactly as it is known.
func (s Shipment) NextStep() string { return s.Problem.NextStepOf(s.StoppedBy()) }

// OpenProblem is the problem that nobody has answered yet.
func (s Shipment) OpenProblem() ShipmentProblem {
	if s.ProblemAnswer != "" {
		return ""
	}
	return s.Problem
}

// Holds tells whether the shipment has a parcel.
func (s Shipment) Holds(order OrderID, no int) bool {
	return slices.Contains(s.Parcels, ParcelRef{order, no})
}

// Reference is what the shipment is to people: the numbers of its orders.
func (s Shipment) Reference() string {
	var numbers []string
	for _, id := range s.Orders() {
		numbers = append(numbers, id.Number())
	}
	return strings.Join(numbers, ", ")
}

// MaxMerged is the most parcels that travel in one box.
const MaxMerged = 10

// LabelCommand asks for the label of a box. With CarrierKey it is bought from a connected carrier, without it Carrier and
// TrackingNumber are what stands on a label from elsewhere. The first parcel is the one that was being packed, the
// others go to the same customer at the same address.
type LabelCommand struct {
	MerchantID     int64
	Parcels        []ParcelRef
	CarrierKey     string
	Service        string
	Carrier        string
	TrackingNumber string
	BoxID          int64 // 0: another box, or the one the parcel was packed into
	WeightGrams    int64 // 0: as it was weighed when packed
	Actor          Actor
	RequestID      string
	Key            IdempotencyKey
}

// Clean refuses, as CodeInvalid, what cannot be a label.
func (c LabelCommand) Clean() (LabelCommand, error) {
	parcels := slices.Clone(c.Parcels)
	slices.SortFunc(parcels, func(a, b ParcelRef) int { return cmp.Or(cmp.Compare(a.OrderID, b.OrderID), cmp.Compare(a.No, b.No)) })
	switch {
	case len(parcels) == 0:
		return c, Invalid("parcels", "Choose what goes into the box.")
	case len(parcels) > MaxMerged:
		return c, Invalid("parcels", fmt.Sprintf("At most %d parcels can travel in one box.", MaxMerged))
	case len(slices.Compact(parcels)) != len(c.Parcels):
		return c, Invalid("parcels", "A parcel is chosen twice.")
	case c.WeightGrams < 0 || c.WeightGrams > MaxParcelGrams:
		return c, Invalid("weight", fmt.Sprintf("A parcel weighs at most %d kg.", MaxParcelGrams/1000))
	}
	if c.CarrierKey != "" {
		if c.Service == "" {
			return c, Invalid("service", "Choose how it is sent.")
		}
		return c, nil
	}
	manual, err := ShipCommand{Carrier: c.Carrier, TrackingNumber: c.TrackingNumber}.Clean()
	c.Carrier, c.TrackingNumber = manual.Carrier, manual.TrackingNumber
	return c, err
}

// LabelRecord is what became of a request to a carrier for a label.
type LabelRecord struct {
	ShipmentID int64
	Outcome    LabelOutcome
	// Gone says that the carrier never heard of the request and has had time to: it is given up.
	Gone      bool
	Actor     Actor
	RequestID string
}

// VoidRecord is what became of a request to take a label back. Refused is the carrier's reason, "" if it did.
type VoidRecord struct {
	ShipmentID int64
	Refused    string
	Actor      Actor
	RequestID  string
}

// ShipmentWork says who works on which shipments of a merchant.
type ShipmentWork struct {
	MerchantID int64
	IDs        []int64
	Actor      Actor
	Via        string // as in ParcelWork
	RequestID  string
	Key        IdempotencyKey // of programs, as in ParcelWork
}

// MaxHandover is the most shipments of one manifest.
const MaxHandover = 200

// Manifest is what a carrier took along in one go.
type Manifest struct {
	ID         int64
	MerchantID int64
	Merchant   string
	Zone       string // IANA time zone of the merchant
	Carrier    string
	ClosedAt   time.Time
	ClosedBy   string
	UndoUntil  time.Time // until when some of it can be taken back, if that is later than ClosedAt
	UndoneAt   time.Time // since when nothing is left of it; zero: something is
	Shipments  []Shipment
}

// ManifestQuery asks for a page of a merchant's manifests.
type ManifestQuery struct {
	MerchantID int64
	Before     int64 // keyset cursor; 0: from the newest
	Limit      int
}

// ShipmentFilter is a list of shipments.
type ShipmentFilter string

// The lists of the shipments page.
const (
	ShipmentsReady     ShipmentFilter = "ready"
	ShipmentsInTransit ShipmentFilter = "in_transit"
	ShipmentsProblems  ShipmentFilter = "problems" // of all kinds
	ShipmentsLate      ShipmentFilter = "late"     // and of one: ProblemFilter
	ShipmentsLost      ShipmentFilter = "lost"
	ShipmentsDelivered ShipmentFilter = "delivered"
	ShipmentsAll       ShipmentFilter = "all"
)

// ProblemFilter is the list of the shipments that have a problem of a kind.
func ProblemFilter(p ShipmentProblem) ShipmentFilter { return ShipmentFilter(p) }

// Problem is of which kind the problems in the list are, "" for all kinds; ok is false for a list of something else.
func (f ShipmentFilter) Problem() (p ShipmentProblem, ok bool) {
	if f == ShipmentsProblems {
		return "", true
	}
	return ShipmentProblem(f), slices.Contains(ShipmentProblems(), ShipmentProblem(f))
}

// ShipmentFilters returns all lists.
func ShipmentFilters() []ShipmentFilter {
	lists := []ShipmentFilter{ShipmentsReady, ShipmentsInTransit, ShipmentsProblems}
	for _, p := range ShipmentProblems() {
		lists = append(lists, ProblemFilter(p))
	}
	return append(lists, ShipmentsDelivered, ShipmentsAll)
}

// ShipmentQuery asks for a page of a merchant's shipments, newest first.
type ShipmentQuery struct {
	MerchantID int64
	Filter     ShipmentFilter
	Before     int64 // keyset cursor; 0: from the newest
	Limit      int
}

// ShipmentPage is a page of shipments with the counts of the lists that somebody has to work off.
type ShipmentPage struct {
	Shipments []Shipment
	More      bool
	Counts    map[ShipmentFilter]int64
	Now       time.Time
}

// ResolveCommand answers a shipment's problem: what was done about it.
type ResolveCommand struct {
	MerchantID int64
	ShipmentID int64
	Answer     string
	Note       string
	Actor      Actor
	RequestID  string
	Key        IdempotencyKey // of programs, as in ParcelWork
}

// maxProblemNote is the longest note on a problem, in characters.
const maxProblemNote = 300

// Clean refuses an answer that is none.
func (c ResolveCommand) Clean() (ResolveCommand, error) {
	c.Note = strings.Join(strings.Fields(c.Note), " ")
	if !slices.Contains(ProblemAnswers(), c.Answer) {
		return c, Invalid("answer", "Choose what was done.")
	}
	if utf8.RuneCountInString(c.Note) > maxProblemNote {
		return c, Invalid("note", fmt.Sprintf("The note can have at most %d characters.", maxProblemNote))
	}
	return c, nil
}
