package shop

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// A claim is a lease: whoever takes a parcel up holds it for ClaimLease, and every unit that is picked, and every open page,
// renews it. An open page alone holds it for MaxClaim at most.
const (
	ClaimLease = 30 * time.Minute
	MaxClaim   = StuckAfter
)

// MaxColleagues is how many people of a merchant can be chosen from.
const MaxColleagues = 200

// MaxHandOverReason is the longest reason for a hand-over in characters.
const MaxHandOverReason = 200

// Colleague is somebody who can hold parcels of a merchant.
type Colleague struct {
	ID   int64
	Name string
}

// HandOverCommand puts a parcel into the hands of a colleague.
type HandOverCommand struct {
	ParcelWork
	ToUserID int64
	Reason   string
}

// Clean strips the reason and refuses, as CodeInvalid, a hand-over to nobody or without one.
func (c HandOverCommand) Clean() (HandOverCommand, error) {
	var fields []FieldError
	c.Reason = strings.TrimSpace(c.Reason)
	if c.ToUserID <= 0 {
		fields = append(fields, FieldError{"colleague", "Choose who takes over."})
	}
	switch length := utf8.RuneCountInString(c.Reason); {
	case length == 0:
		fields = append(fields, FieldError{"reason", "Say why it changes hands."})
	case length > MaxHandOverReason:
		fields = append(fields, FieldError{"reason", fmt.Sprintf("A reason has at most %d characters.", MaxHandOverReason)})
	}
	if fields != nil {
		return HandOverCommand{}, InvalidFields(fields...)
	}
	return c, nil
}

// Lapsed tells whether the claim on a parcel ran out, whoever gives it back.
func (f Fulfillment) Lapsed(now time.Time) bool {
	return f.Status == FulfillmentPicking && !f.LeasedUntil.IsZero() && !f.LeasedUntil.After(now)
}

// RefuseTo says why the parcel cannot become what a person wanted; if their claim ran out before, that comes first.
func (f Fulfillment) RefuseTo(userID int64, want FulfillmentStatus, now time.Time) *Error {
	refusal := f.Refuse(want, now)
	if f.LapsedUserID == 0 || f.LapsedUserID != userID || f.AssignedUserID == userID {
		return refusal
	}
	kept := ""
	if picked, _ := f.Progress(); picked > 0 {
		kept = " What you had picked stays counted."
	}
	refusal.Message = fmt.Sprintf("Your claim ran out %s ago.%s %s", AgeWords(now.Sub(f.LapsedAt)), kept, refusal.Message)
	return refusal
}
