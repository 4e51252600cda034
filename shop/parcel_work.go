package shop

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// ParcelWork says who works on which parcel (fulfillment). MerchantID is the actor's: a parcel of another merchant does
// not exist for them. The actor is a person of the staff, because only a person can hold a parcel.
type ParcelWork struct {
	OrderID    OrderID
	No         int
	MerchantID int64
	Actor      Actor
	Via        string // the program that the actor works with; "" is the pages
	RequestID  string
	ByHand     string         // why units are counted without a scan; "" is no reason
	Key        IdempotencyKey // of programs, which may repeat themselves; the pages have none
}

// Ref is the parcel that is worked on.
func (w ParcelWork) Ref() ParcelRef { return ParcelRef{w.OrderID, w.No} }

// ParcelResult is a parcel after somebody worked on it. Already says that it was so before: the same thing was asked
// twice and nothing changed. Replayed says that the key was used before: the parcel is as it is by now.
type ParcelResult struct {
	Fulfillment
	Already  bool
	Replayed bool
}

// NextCommand asks for the parcel that is to be picked next. LocationID 0 is any location. The same key again is the same
// parcel.
type NextCommand struct {
	MerchantID int64
	LocationID int64
	Actor      Actor
	Via        string // as in ParcelWork
	RequestID  string
	Key        IdempotencyKey
}

// PickCommand says what is off the shelf by now. With All it is everything, else each line's total so far, so that
// sending it twice counts nothing twice; lines that are not named stay as they are.
type PickCommand struct {
	ParcelWork
	All   bool
	Lines []PickedLine
}

// PickedLine is how many units of an order line are picked.
type PickedLine struct {
	LineNo   int
	Quantity int64
}

// More is how many units the command says are off the shelf that were not before.
func (c PickCommand) More(items []FulfillmentItem) (units int64) {
	for _, item := range items {
		now := item.Picked
		if c.All {
			now = item.Quantity
		}
		for _, line := range c.Lines {
			if !c.All && line.LineNo == item.LineNo {
				now = line.Quantity
			}
		}
		units += max(now-item.Picked, 0)
	}
	return units
}

// ShipCommand hands a parcel to a carrier.
type ShipCommand struct {
	ParcelWork
	Carrier        string
	TrackingNumber string
}

// OwnCourier is a carrier without tracking numbers.
const OwnCourier = "Own courier"

// Carriers returns the carriers that a parcel can be given to.
func Carriers() []string {
	return []string{"DHL", "DPD", "FedEx", "GLS", "PostNL", "UPS", "USPS", "Correios", "Royal Mail", "La Poste", OwnCourier}
}

// MaxTrackingNumber is the longest tracking number in characters.
const MaxTrackingNumber = 60

// minTrackingNumber is shorter than any real one.
const minTrackingNumber = 4

// Clean strips what scanners and clipboards add and refuses, as CodeInvalid, an unknown carrier and what cannot be a
// tracking number.
func (c ShipCommand) Clean() (ShipCommand, error) {
	var fields []FieldError
	c.Carrier = strings.TrimSpace(c.Carrier)
	known := false
	for _, name := range Carriers() {
		if strings.EqualFold(name, c.Carrier) {
			c.Carrier, known = name, true
		}
	}
	if !known {
		fields = append(fields, FieldError{"carrier", "Choose the carrier that takes the parcel."})
	}
	c.TrackingNumber = strings.Join(strings.Fields(c.TrackingNumber), "")
	if message := refuseTracking(c.TrackingNumber, c.Carrier); message != "" {
		fields = append(fields, FieldError{"tracking", message})
	}
	if fields != nil {
		return ShipCommand{}, InvalidFields(fields...)
	}
	return c, nil
}

func refuseTracking(number, carrier string) string {
	length := utf8.RuneCountInString(number)
	switch {
	case number == "" && carrier == OwnCourier:
		return ""
	case number == "":
		return "Enter the tracking number from the label."
	case strings.ContainsFunc(number, func(r rune) bool {
		return r > unicode.MaxASCII || !(unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '.' || r == '/')
	}):
		return "A tracking number has only letters, digits, dashes, dots and slashes."
	case length < minTrackingNumber || length > MaxTrackingNumber:
		return fmt.Sprintf("A tracking number has %d to %d characters.", minTrackingNumber, MaxTrackingNumber)
	}
	return ""
}

// Progress is how many units of the parcel are picked, and how many it has.
func (f Fulfillment) Progress() (picked, units int64) {
	for _, item := range f.Items {
		picked += item.Picked
	}
	return picked, f.Units
}

// Done tells whether nothing is left to do for the people of the merchant.
func (s FulfillmentStatus) Done() bool {
	return s == FulfillmentShipped || s == FulfillmentDelivered || s == FulfillmentCancelled
}

// Refuse says why the parcel cannot become what somebody wanted: where it is now, who has it and since when.
func (f Fulfillment) Refuse(want FulfillmentStatus, now time.Time) *Error {
	since := AgeWords(now.Sub(f.StatusAt))
	switch f.Status {
	case FulfillmentOpen:
		return Conflict("Nobody holds this parcel now. Claim it first.")
	case FulfillmentPicking:
		if want == FulfillmentPicking || want == FulfillmentPicked {
			return Conflict(fmt.Sprintf("%s took this parcel %s ago.", f.holder(), AgeWords(now.Sub(f.AssignedAt))))
		}
		return Conflict(fmt.Sprintf("This parcel is not picked yet: %s has been picking it for %s.", f.holder(), AgeWords(now.Sub(f.AssignedAt))))
	case FulfillmentPicked:
		return Conflict(fmt.Sprintf("%s finished picking this parcel %s ago; it waits to be packed.", f.holder(), since))
	case FulfillmentPacked:
		return Conflict(fmt.Sprintf("%s packed this parcel %s ago; it waits to be shipped.", f.holder(), since))
	case FulfillmentShipped:
		return Conflict(fmt.Sprintf("This parcel left %s ago with %s.", since, f.carriage()))
	case FulfillmentDelivered:
		return Conflict(fmt.Sprintf("This parcel was delivered %s ago.", since))
	default:
		return Conflict(fmt.Sprintf("This parcel was cancelled %s ago. Please put its units back.", since))
	}
}

func (f Fulfillment) holder() string {
	if f.AssignedName == "" {
		return "Somebody"
	}
	return f.AssignedName
}

func (f Fulfillment) carriage() string {
	if f.TrackingNumber == "" {
		return f.Carrier
	}
	return f.Carrier + ", tracking number " + f.TrackingNumber
}

// AgeWords writes how long something has been, in one unit: "3 s", "5 min", "2 h", "4 d".
func AgeWords(age time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case age < time.Second:
		return "a moment"
	case age < time.Minute:
		return strconv.FormatInt(int64(age/time.Second), 10) + " s"
	case age < time.Hour:
		return strconv.FormatInt(int64(age/time.Minute), 10) + " min"
	case age < 2*day:
		return strconv.FormatInt(int64(age/time.Hour), 10) + " h"
	default:
		return strconv.FormatInt(int64(age/day), 10) + " d"
	}
}

// RollUp returns the changes of status that an order's parcels bring about, in their order: processing when the first is
// worked on, shipped when all are with a carrier, delivered when all have arrived. Cancelled parcels do not count. An
// order in any other state, or without parcels, stays as it is.
func RollUp(status Status, parcels []FulfillmentStatus) []Transition {
	var open, shipped, delivered, all int
	for _, p := range parcels {
		switch p {
		case FulfillmentCancelled:
			continue
		case FulfillmentOpen:
			open++
		case FulfillmentShipped:
			shipped++
		case FulfillmentDelivered:
			delivered++
		}
		all++
	}
	var changes []Transition
	for _, rule := range []struct {
		change Transition
		holds  bool
	}{
		{Transition{StatusConfirmed, StatusProcessing}, open < all},
		{Transition{StatusProcessing, StatusShipped}, all > 0 && shipped+delivered == all},
		{Transition{StatusShipped, StatusDelivered}, all > 0 && delivered == all},
	} {
		if status == rule.change.From && rule.holds {
			changes = append(changes, rule.change)
			status = rule.change.To
		}
	}
	return changes
}
