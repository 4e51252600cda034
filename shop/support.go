package shop

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// MaxSupportHits is how many orders, and how many customers, one search answers with.
const MaxSupportHits = 25

// SupportSearch is what somebody typed into the search box of support, read for what it can be. One text may be several
// things at once; the database tells which of them exist.
type SupportSearch struct {
	Text     string
	OrderID  OrderID // an order number, or the digits of an id
	Number   int64   // digits alone: the id of an order, payment or customer
	Mistyped string  // why what looks like an order number is none; "" unless it does
}

// ParseSupportSearch reads the text of a search. An empty or too long one is CodeInvalid.
func ParseSupportSearch(text string) (SupportSearch, error) {
	text = strings.Join(strings.Fields(text), " ")
	switch {
	case text == "":
		return SupportSearch{}, Invalid("q", "Enter something to look for")
	case len(text) > MaxSearchLength:
		return SupportSearch{}, Invalid("q", fmt.Sprintf("The search can have at most %d characters", MaxSearchLength))
	}
	s := SupportSearch{Text: text}
	if isDigits(text) {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			s.Number = n
		}
	}
	id, err := ParseOrderNumber(text)
	var refused *Error
	switch {
	case err == nil:
		s.OrderID = id
	case looksLikeOrderNumber(strings.TrimPrefix(text, "#")) && errors.As(err, &refused):
		s.Mistyped = refused.Message
	}
	return s, nil
}

// FoundBy says which part of a record a search text met.
type FoundBy string

// What an order or a customer is found by.
const (
	FoundByNumber   FoundBy = "order number"
	FoundByID       FoundBy = "id"
	FoundByPayment  FoundBy = "payment"
	FoundByTracking FoundBy = "tracking number"
	FoundByImport   FoundBy = "imported number"
	FoundByEmail    FoundBy = "e-mail"
	FoundByName     FoundBy = "name"
)

// OrderHit is an order that a search found.
type OrderHit struct {
	OrderHead
	CustomerName string
	By           FoundBy
}

// CustomerHit is a customer that a search found.
type CustomerHit struct {
	Customer
	By FoundBy
}

// SupportResults is what a search found, each order and customer once.
type SupportResults struct {
	Search    SupportSearch
	Orders    []OrderHit    // newest first, at most MaxSupportHits
	Customers []CustomerHit // by name, at most MaxSupportHits
}

// Direct is the one order that was meant, 0 when it may be another.
func (r SupportResults) Direct() OrderID {
	if len(r.Orders) == 1 && len(r.Customers) == 0 {
		return r.Orders[0].ID
	}
	return 0
}

// DirectCustomer is the one customer whose whole e-mail address was looked for, 0 when it may be another or an order.
func (r SupportResults) DirectCustomer() int64 {
	if len(r.Customers) == 1 && len(r.Orders) == 0 && strings.EqualFold(r.Customers[0].Email, r.Search.Text) {
		return r.Customers[0].ID
	}
	return 0
}

// OrderReservation is units of a line held, shipped or released at a location.
type OrderReservation struct {
	LineNo       int
	SKUCode      string
	LocationName string
	Quantity     int64
	Status       string // held, shipped, released
	CreatedAt    time.Time
	ClosedAt     time.Time // zero while held
}

// OrderStockMove is one row of the stock ledger that an order caused.
type OrderStockMove struct {
	At            time.Time
	SKUCode       string
	LocationName  string
	Kind          string
	OnHandDelta   int64
	ReservedDelta int64
	Reason        string
	Actor         Actor
}

// OrderRecord is everything that there is about an order, for those who must answer for it.
type OrderRecord struct {
	OrderDetail
	Reservations []OrderReservation
	StockMoves   []OrderStockMove
	Exceptions   []Exception
}

// MaxNote is the longest note on an order, in characters.
const MaxNote = 2000

// NoteCommand asks to write something down about an order, for those who work on it.
type NoteCommand struct {
	OrderID   OrderID
	Scope     OrderScope
	Text      string
	Actor     Actor
	RequestID string
	Key       IdempotencyKey
}

// Check refuses an empty or too long note.
func (c NoteCommand) Check() error {
	switch n := utf8.RuneCountInString(strings.TrimSpace(c.Text)); {
	case n == 0:
		return Invalid("text", "Write something down")
	case n > MaxNote:
		return Invalid("text", fmt.Sprintf("A note can have at most %d characters", MaxNote))
	}
	return nil
}

// StuckLimit is how long an order may be in a status before support should look at it. Statuses that end an order are
// not among them.
func StuckLimit(s Status) time.Duration {
	const day = 24 * time.Hour
	switch s {
	case StatusPending:
		return time.Hour // longer than any hold lasts
	case StatusConfirmed:
		return 3 * day
	case StatusProcessing:
		return 3 * day
	case StatusShipped:
		return 10 * day
	}
	return 0
}

// StuckStatuses lists the statuses that an order can be stuck in.
func StuckStatuses() []Status {
	return []Status{StatusPending, StatusConfirmed, StatusProcessing, StatusShipped}
}

// MaxStuckShown is how many orders are listed of each status.
const MaxStuckShown = 50

// StuckOrders are the orders of a status that have not moved on for too long, the longest first. Before is the time that
// they entered the status at the latest.
type StuckOrders struct {
	Status Status
	Before time.Time
	Orders []OrderHit
	More   bool
}

// CustomerRecord is what there is about a customer.
type CustomerRecord struct {
	Customer
	ExternalIDs []string // in the systems that the customer was imported from
	Addresses   []Address
	Totals      []CustomerTotal
	Statuses    map[Status]int64
	UserID      int64 // the account, 0 if there is none
}

// CustomerTotal is what a customer bought in one currency. Paid is what was captured and not given back.
type CustomerTotal struct {
	Currency    Currency
	Orders      int64
	TotalMinor  int64
	PaidMinor   int64
	FirstAt     time.Time
	LastAt      time.Time
	Cancelled   int64
	RefundMinor int64
}
