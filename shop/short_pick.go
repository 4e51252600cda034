package shop

import (
	"context"
	"fmt"
	"strings"
)

// ShortReason is why units cannot be sent from where they should lie.
type ShortReason string

// The reasons of a short pick.
const (
	ShortMissing ShortReason = "missing" // not on the shelf
	ShortDamaged ShortReason = "damaged" // on the shelf, but not fit to be sent
)

// ShortChoice is what becomes of the units of a short pick.
type ShortChoice string

// The choices of a short pick.
const (
	ShortElsewhere ShortChoice = "elsewhere" // another location sends them
	ShortBackorder ShortChoice = "backorder" // the order waits for others
	ShortRefund    ShortChoice = "refund"    // they are not sent, and their money goes back
)

// ShortPickCommand says that units of a line cannot be picked, and what becomes of them.
type ShortPickCommand struct {
	ParcelWork
	LineNo     int
	Quantity   int64
	Why        ShortReason
	Choice     ShortChoice
	LocationID int64 // with ShortElsewhere: which
	Key        IdempotencyKey
}

// Check refuses, as CodeInvalid, what needs no look at the parcel.
func (c ShortPickCommand) Check() error {
	var fields []FieldError
	if problem := quantityProblem(c.Quantity); problem != "" {
		fields = append(fields, FieldError{"quantity", problem})
	}
	if c.Why != ShortMissing && c.Why != ShortDamaged {
		fields = append(fields, FieldError{"why", "Say whether the units are missing or damaged."})
	}
	switch c.Choice {
	case ShortBackorder, ShortRefund:
	case ShortElsewhere:
		if c.LocationID <= 0 {
			fields = append(fields, FieldError{"choice", "Choose the location that sends the units instead."})
		}
	default:
		fields = append(fields, FieldError{"choice", "Choose what becomes of the units."})
	}
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}

// Plan refuses units that the parcel does not have: CodeInvalid.
func (c ShortPickCommand) Plan(f Fulfillment) (FulfillmentItem, error) {
	for _, item := range f.Items {
		if item.LineNo != c.LineNo {
			continue
		}
		if c.Quantity > item.Quantity {
			return item, Invalid("quantity", fmt.Sprintf("The parcel has only %d of these.", item.Quantity))
		}
		return item, nil
	}
	return FulfillmentItem{}, Invalid("line", "This line is not in the parcel.")
}

// PreparedShortPick is a short pick that is on record, and the operations that pay its units back.
type PreparedShortPick struct {
	OrderID    OrderID
	No         int
	Operations []Operation
	Replayed   bool `json:"-"` // the key was used before
}

// ShortPick takes units that are missing or damaged out of a parcel and off the books of their location, and does with the
// order what was chosen: in one transaction, before money moves. A parcel that is left empty is cancelled, and so is an
// order of which nothing is left to send. The same key again changes nothing.
func (p *Payments) ShortPick(ctx context.Context, c ShortPickCommand) (PreparedShortPick, error) {
	if err := c.Check(); err != nil {
		return PreparedShortPick{}, err
	}
	prepared, replayed, err := p.store.PrepareShortPick(ctx, c)
	prepared.Replayed = replayed
	if err != nil || replayed {
		return prepared, err
	}
	return prepared, p.perform(ctx, prepared.Operations, origin{c.Actor, c.RequestID})
}

// shortSentence says what became of short units, in the words of the event's reader: staff read why and where.
func (e Event) shortSentence() string {
	items := e.Data[DataItems]
	if why := e.Data[DataShort]; why != "" {
		return items + " " + areOrIs(items) + " " + why + " at " + e.Data[DataLocation] + "; the stock there was corrected"
	}
	switch ShortChoice(e.Data[DataOutcome]) {
	case ShortElsewhere:
		return items + " will come from another of our locations"
	case ShortBackorder:
		return items + " will be sent later, as soon as we have more"
	}
	return items + " cannot be sent, and the money for it goes back"
}

// areOrIs is the verb for units as ItemWords names them.
func areOrIs(items string) string {
	if strings.HasPrefix(items, "1 ") {
		return "was"
	}
	return "were"
}
