package shop

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of saved views.
const (
	MaxQueueViews     = 12 // of one person, and shared by a merchant: more are not found faster than by filtering
	MaxQueueViewName  = 40 // characters
	MaxQueueViewQuery = 500
)

// QueueView is a list of the queue under a name. Query is its address without the path.
type QueueView struct {
	ID     int64
	Name   string
	Query  string
	Shared bool // with everybody of the merchant
}

// NewQueueView asks for a saved view.
type NewQueueView struct {
	MerchantID int64
	UserID     int64
	Name       string
	Query      string
	Shared     bool
}

// CleanQueueViewName strips a name and refuses, as CodeInvalid, one that is none.
func CleanQueueViewName(name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	switch length := utf8.RuneCountInString(name); {
	case length == 0:
		return "", Invalid("name", "Give the view a name.")
	case length > MaxQueueViewName:
		return "", Invalid("name", fmt.Sprintf("A name has at most %d characters.", MaxQueueViewName))
	}
	return name, nil
}

// QueueViewRef names a view and who wants to change it: everybody changes what is shared, and their own.
type QueueViewRef struct {
	ID         int64
	MerchantID int64
	UserID     int64
}

// QueueCube counts unfinished parcels by everything that views narrow by, except codes and values.
type QueueCube []QueueCell

// QueueCell is how many parcels are alike. Like is one of them, as far as a filter looks at it.
type QueueCell struct {
	Like    QueueRow
	Parcels int64
}

// Cubed tells whether a cube has what it takes to count the parcels of a filter.
func (f QueueFilter) Cubed() bool {
	return f.Stage != QueueShipped && f.SKU == "" && f.Value == AmountRange{}
}

// Count is how many parcels a list with this filter shows.
func (c QueueCube) Count(f QueueFilter, clock QueueClock) (n int64) {
	for _, cell := range c {
		if f.Matches(cell.Like, clock) {
			n += cell.Parcels
		}
	}
	return n
}

// QueueCount is how many parcels a list shows; AtLeast says that there are more than were counted.
type QueueCount struct {
	Parcels int64
	AtLeast bool
}

// QueueAction is something that is done to many parcels at once.
type QueueAction string

// What can be done to many parcels at once.
const (
	QueueClaim    QueueAction = "claim"
	QueueRelease  QueueAction = "release"
	QueueHandOver QueueAction = "hand-over"
	QueueShip     QueueAction = "ship" // the carrier takes them along
)

// QueueActions returns what can be done to many parcels at once.
func QueueActions() []QueueAction {
	return []QueueAction{QueueClaim, QueueRelease, QueueHandOver, QueueShip}
}

// Previewed tells whether people are shown first what an action would do: what takes work away from somebody, or cannot be
// undone.
func (a QueueAction) Previewed() bool { return a != QueueClaim }

// Refuses says why an action cannot be done to a parcel by somebody, or "". It is what the action itself would say.
func (a QueueAction) Refuses(f Fulfillment, userID int64, now time.Time) string {
	want, fits := FulfillmentPicking, !f.Status.Done()
	switch a {
	case QueueClaim:
		fits = f.Status == FulfillmentOpen || f.Lapsed(now) || (f.Status == FulfillmentPicking && f.AssignedUserID == userID)
	case QueueRelease:
		want, fits = FulfillmentOpen, f.Status == FulfillmentPicking || f.Status == FulfillmentOpen
	case QueueShip:
		if f.Status == FulfillmentPacked && f.ShipmentID == 0 {
			return "It has no label yet. Make one at the packing table."
		}
		want, fits = FulfillmentShipped, f.Status == FulfillmentPacked
	}
	if fits {
		return ""
	}
	return f.RefuseTo(userID, want, now).Message
}

// MaxTicked is the most parcels to which one thing is done at once, or that are printed at once: a page of the queue.
const MaxTicked = MaxPageSize

// BulkCommand does one thing to many parcels, at most MaxTicked. What cannot be done to one of them does not stop the
// others. The same key again does nothing and answers the same.
type BulkCommand struct {
	Action     QueueAction
	Parcels    []ParcelRef
	MerchantID int64
	Actor      Actor
	RequestID  string
	ToUserID   int64  // QueueHandOver: to whom,
	Reason     string // and why
	Key        IdempotencyKey
}

// BulkRow is what became, or would become, of one parcel. Refused is why nothing; "" when it is done.
type BulkRow struct {
	OrderID OrderID
	No      int
	Refused string
	Already bool       // it was so before
	Last    ParcelStep // of one that is refused: who moved it on meanwhile
	Note    string     // how it travels; of QueueShip
	// ManifestID is the hand-over that a shipped parcel is part of; 0: none.
	ManifestID int64
}

// ParcelStep is the last thing that happened to a parcel. The zero step is none that is known.
type ParcelStep struct {
	By string // "" is nobody: the system did it
	At time.Time
}

// LastStep is the last thing that happened to a parcel of the order.
func (o OrderDetail) LastStep(no int) (last ParcelStep) {
	for _, e := range o.Events {
		if e.Data[DataParcel] == strconv.Itoa(no) && !e.OccurredAt.Before(last.At) {
			last = ParcelStep{By: e.Actor.Name, At: e.OccurredAt}
		}
	}
	return last
}

// QueueRun is the record of something that was done to many parcels.
type QueueRun struct {
	ID     int64
	Action QueueAction
	By     string
	At     time.Time
	Rows   []BulkRow
}

// Done counts the parcels to which it was done.
func Done(rows []BulkRow) (n int) {
	for _, r := range rows {
		if r.Refused == "" {
			n++
		}
	}
	return n
}
