package shop

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// What a lost parcel comes to: its units are sent again or paid back, once, and its carrier pays for it or does not.

// The answers to a problem. The first two are more than words.
const (
	AnswerReshipped = "sent again"
	AnswerRefunded  = "refunded"
	AnswerSettled   = "settled with the customer"
	AnswerArrived   = "arrived after all"
	AnswerNothing   = "nothing to do"
)

// ReshipCommand asks to send what was in a shipment again.
type ReshipCommand struct {
	MerchantID int64
	ShipmentID int64
	Actor      Actor
	RequestID  string
	Key        IdempotencyKey
}

// Reshipped are the parcels that replace those of a lost shipment.
type Reshipped struct {
	Parcels []ParcelRef
}

// CanGiveUp tells whether the units of a shipment may be sent again or paid back for it: it is late, was stopped or lost, or
// came back, and nothing was done yet.
func (s Shipment) CanGiveUp() bool {
	return slices.Contains([]ShipmentProblem{ProblemLate, ProblemException, ProblemLost, ProblemReturned}, s.OpenProblem())
}

// Replaceable are the units of a parcel that may be sent again. Those that were refunded without coming back, or are in
// other parcels that count, are not outstanding: with any of them in it the parcel is CodeConflict.
func (o OrderDetail) Replaceable(no int) ([]LineUnits, error) {
	at := slices.IndexFunc(o.Fulfillments, func(f Fulfillment) bool { return f.No == no })
	if at < 0 {
		return nil, NotFound("parcel")
	}
	switch lost := o.Fulfillments[at]; {
	case !lost.GivenUpAt.IsZero():
		return nil, Conflict(fmt.Sprintf("Parcel %d was given up already: its units were sent again or refunded.", no))
	case lost.Status != FulfillmentShipped:
		return nil, Conflict(fmt.Sprintf("Parcel %d is %s, so there is nothing to replace.", no, lost.Status))
	}
	var units []LineUnits
	for _, item := range o.Fulfillments[at].Items {
		line := slices.IndexFunc(o.Lines, func(l OrderLine) bool { return l.LineNo == item.LineNo })
		if line < 0 {
			return nil, NotFound("line")
		}
		left := o.Lines[line].Quantity - o.refundedApart(o.Lines[line]) - o.inOtherParcels(no, item.LineNo)
		if left < item.Quantity {
			return nil, Conflict(fmt.Sprintf("Of %s only %d can be sent again: the others were refunded or are in other parcels.", o.Lines[line].Name, max(left, 0)))
		}
		units = append(units, LineUnits{LineNo: item.LineNo, Quantity: item.Quantity})
	}
	return units, nil
}

// LostIsRefunded tells whether so many units of each line of a parcel were refunded without coming back as are not in other
// parcels that count.
func (o OrderDetail) LostIsRefunded(no int) bool {
	for _, f := range o.Fulfillments {
		for _, item := range f.Items {
			line := slices.IndexFunc(o.Lines, func(l OrderLine) bool { return l.LineNo == item.LineNo })
			if f.No == no && (line < 0 || o.refundedApart(o.Lines[line]) < item.Quantity) {
				return false
			}
		}
	}
	return true
}

func (o OrderDetail) inOtherParcels(no, line int) (units int64) {
	for _, f := range o.Fulfillments {
		for _, item := range f.Items {
			if f.No != no && item.LineNo == line && f.Counts() {
				units += item.Quantity
			}
		}
	}
	return units
}

// Counts tells whether the units of the parcel are outstanding or with the customer.
func (f Fulfillment) Counts() bool { return f.Status != FulfillmentCancelled && f.GivenUpAt.IsZero() }

// ValueOf is what the units of a parcel were listed at, in minor units.
func (o OrderDetail) ValueOf(f Fulfillment) (minor int64) {
	for _, item := range f.Items {
		for _, line := range o.Lines {
			if line.LineNo == item.LineNo {
				minor += line.UnitPriceMinor * item.Quantity
			}
		}
	}
	return minor
}

// ClaimStatus is where a claim stands.
type ClaimStatus string

// The states of a claim.
const (
	ClaimOpen   ClaimStatus = "open"
	ClaimPaid   ClaimStatus = "paid"
	ClaimDenied ClaimStatus = "denied"
)

// ClaimStatuses returns the states in the order of the tabs.
func ClaimStatuses() []ClaimStatus { return []ClaimStatus{ClaimOpen, ClaimPaid, ClaimDenied} }

// CarrierClaim is what a merchant wants from a carrier for a parcel.
type CarrierClaim struct {
	ID             int64
	Replayed       bool // the answer to an earlier request with the same key
	MerchantID     int64
	ShipmentID     int64
	Status         ClaimStatus
	Amount         Amount // asked for
	Paid           Amount
	Reference      string // the carrier's
	Note           string
	Carrier        string
	TrackingNumber string
	Problem        ShipmentProblem
	OpenedAt       time.Time
	OpenedBy       string
	DecidedAt      time.Time // zero while it is open
	DecidedBy      string
}

// ClaimPage is a page of claims, newest first, with the counts of all states.
type ClaimPage struct {
	Claims []CarrierClaim
	More   bool
	Counts map[ClaimStatus]int64
}

// ClaimQuery asks for a page of a merchant's claims.
type ClaimQuery struct {
	MerchantID int64
	Status     ClaimStatus
	Before     int64 // keyset cursor; 0: from the newest
	Limit      int
}

// Limits of a claim, in characters.
const (
	MaxClaimReference = 60
	maxClaimNote      = maxProblemNote
)

// OpenClaimCommand claims an amount from the carrier of a shipment.
type OpenClaimCommand struct {
	MerchantID  int64
	ShipmentID  int64
	AmountMinor int64 // in the currency of the shipment
	Reference   string
	Actor       Actor
	RequestID   string
	Key         IdempotencyKey
}

// Clean refuses an amount or reference that is none.
func (c OpenClaimCommand) Clean() (OpenClaimCommand, error) {
	c.Reference = strings.Join(strings.Fields(c.Reference), " ")
	var fields []FieldError
	if c.AmountMinor <= 0 || c.AmountMinor > MaxPriceMinor {
		fields = append(fields, FieldError{"amount", "Enter the amount that the carrier owes."})
	}
	if utf8.RuneCountInString(c.Reference) > MaxClaimReference {
		fields = append(fields, FieldError{"reference", fmt.Sprintf("A reference has at most %d characters.", MaxClaimReference)})
	}
	if fields != nil {
		return c, InvalidFields(fields...)
	}
	return c, nil
}

// DecideClaimCommand records what the carrier decided.
type DecideClaimCommand struct {
	MerchantID int64
	ClaimID    int64
	Status     ClaimStatus // paid or denied
	PaidMinor  int64       // what was paid, in the currency of the claim
	Reference  string      // "" keeps the one that is known
	Note       string
	Actor      Actor
	RequestID  string
	Key        IdempotencyKey
}

// Clean refuses a decision that is none. A paid claim says how much, a denied one why.
func (c DecideClaimCommand) Clean() (DecideClaimCommand, error) {
	c.Reference, c.Note = strings.Join(strings.Fields(c.Reference), " "), strings.Join(strings.Fields(c.Note), " ")
	var fields []FieldError
	switch {
	case c.Status == ClaimPaid && (c.PaidMinor <= 0 || c.PaidMinor > MaxPriceMinor):
		fields = append(fields, FieldError{"paid", "Enter what the carrier paid."})
	case c.Status == ClaimDenied && c.Note == "":
		fields = append(fields, FieldError{"note", "Write down why it was denied."})
	case c.Status != ClaimPaid && c.Status != ClaimDenied:
		fields = append(fields, FieldError{"status", "Choose what the carrier decided."})
	}
	if c.Status == ClaimDenied {
		c.PaidMinor = 0
	}
	if utf8.RuneCountInString(c.Note) > maxClaimNote {
		fields = append(fields, FieldError{"note", fmt.Sprintf("The note can have at most %d characters.", maxClaimNote)})
	}
	if utf8.RuneCountInString(c.Reference) > MaxClaimReference {
		fields = append(fields, FieldError{"reference", fmt.Sprintf("A reference has at most %d characters.", MaxClaimReference)})
	}
	if fields != nil {
		return c, InvalidFields(fields...)
	}
	return c, nil
}
