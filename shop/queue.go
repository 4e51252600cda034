package shop

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// QueueStage is one list of a merchant's queue.
type QueueStage string

// The stages of the queue.
const (
	QueueToPick  QueueStage = "pick"
	QueuePicking QueueStage = "picking"
	QueueToPack  QueueStage = "pack"
	QueueReady   QueueStage = "ready"
	QueueShipped QueueStage = "shipped" // today, by the merchant's calendar
	QueueStuck   QueueStage = "stuck"   // late, or taken up and not moved on
)

// QueueStages returns the stages in the order of the work.
func QueueStages() []QueueStage {
	return []QueueStage{QueueToPick, QueuePicking, QueueToPack, QueueReady, QueueShipped, QueueStuck}
}

// Label is what the people of the merchant call a stage.
func (s QueueStage) Label() string {
	switch s {
	case QueuePicking:
		return "Picking"
	case QueueToPack:
		return "To pack"
	case QueueReady:
		return "Ready to ship"
	case QueueShipped:
		return "Shipped today"
	case QueueStuck:
		return "Stuck"
	default:
		return "To pick"
	}
}

// Status is the state of the parcels of a stage; the stages QueueShipped and QueueStuck have several, so none.
func (s QueueStage) Status() FulfillmentStatus {
	switch s {
	case QueueToPick:
		return FulfillmentOpen
	case QueuePicking:
		return FulfillmentPicking
	case QueueToPack:
		return FulfillmentPicked
	case QueueReady:
		return FulfillmentPacked
	}
	return ""
}

// StuckAfter is how long work that was taken up may rest before the queue calls it stuck.
const StuckAfter = 4 * time.Hour

// QueueDue narrows the queue by the promise to the buyer.
type QueueDue string

// The promises to narrow by.
const (
	QueueDueAny   QueueDue = ""
	QueueDueLate  QueueDue = "late"  // should have left
	QueueDueToday QueueDue = "today" // late, or to leave before the merchant's midnight
)

// QueueFilter is which parcels of a merchant a list shows.
type QueueFilter struct {
	Stage      QueueStage
	LocationID int64    // 0: all
	HolderID   int64    // users.id of who holds it; 0: anybody or nobody
	Due        QueueDue // of no meaning for QueueShipped
	SKU        string   // the start of the code of a SKU in it; "": any
	ServiceID  int64    // 0: any; StandardService: the merchant's standard
	Country    string   // ISO code of where it goes; "": any
	Value      AmountRange
	Sort       QueueSort // of no meaning for QueueShipped
}

// StandardService stands for the service of orders for which none was chosen.
const StandardService = -1

// QueueSort is the order of a list. The zero value is the nearest promise first.
type QueueSort string

// The orders of a list.
const (
	QueueSortPromise     QueueSort = ""
	QueueSortPromiseLast QueueSort = "-promise"
	QueueSortOldest      QueueSort = "age"
	QueueSortNewest      QueueSort = "-age"
	QueueSortSmallest    QueueSort = "value"
	QueueSortLargest     QueueSort = "-value"
)

// QueueSorts returns every order of a list.
func QueueSorts() []QueueSort {
	return []QueueSort{QueueSortPromise, QueueSortPromiseLast, QueueSortOldest, QueueSortNewest, QueueSortSmallest, QueueSortLargest}
}

// By is what is sorted by, "age", "value" or "promise", and whether the largest comes first.
func (s QueueSort) By() (by string, descending bool) {
	by, descending = strings.CutPrefix(string(s), "-")
	if by == "" {
		by = "promise"
	}
	return by, descending
}

// Narrowed tells whether the filter leaves anything of the stage out.
func (f QueueFilter) Narrowed() bool {
	return f != QueueFilter{Stage: f.Stage, Sort: f.Sort}
}

// MaxQueueText is the longest text that the queue searches for, in bytes: as long as the code of a SKU can be.
const MaxQueueText = 64

// QueueClock is the time by which a queue is judged. The day is the merchant's.
type QueueClock struct {
	Now      time.Time
	DayStart time.Time
	DayEnd   time.Time
	CutoffAt time.Time // today's: what is confirmed later is promised a working day later
}

// Promise is how a parcel stands to its promise.
type Promise string

// How a parcel may stand to its promise.
const (
	PromiseLate   Promise = "late"
	PromiseToday  Promise = "today"
	PromiseInTime Promise = "in_time"
	PromiseKept   Promise = "kept"   // shipped in time
	PromiseBroken Promise = "broken" // shipped late
)

// QueueRow is a parcel in the queue.
type QueueRow struct {
	OrderID     OrderID
	No          int
	Parcels     int // of the order
	Status      FulfillmentStatus
	OrderStatus Status
	PlacedAt    time.Time
	ShipByAt    time.Time
	StatusAt    time.Time
	ShippedAt   time.Time
	Units       int64
	Picked      int64
	LocationID  int64
	Location    string // code; "" when imported without stock
	LapsedName  string // whose claim ran out last
	HolderID    int64  // 0: nobody
	HolderName  string
	HeldSince   time.Time
	LeasedUntil time.Time // while it is being picked: when the claim runs out
	DeliveredAt time.Time
	ShipmentID  int64     // 0: no label yet
	UnpackUntil time.Time // while it is packed: until when it can be opened again, once it has no label; zero: not at all
	City        string
	Country     string
	Total       Amount // of the whole order
	ServiceID   int64  // StandardService or ship_services.id
	Service     string // "" is the standard
	Carrier     string
	Tracking    string
	Items       []QueueItem
}

// QueueItem is a line of a parcel.
type QueueItem struct {
	LineNo   int
	SKUID    int64
	SKUCode  string
	Name     string
	Quantity int64
	Picked   int64
}

// Key names a parcel on pages: "ORDERID-NO".
func (r QueueRow) Key() string {
	return strconv.FormatInt(int64(r.OrderID), 10) + "-" + strconv.Itoa(r.No)
}

// Promise is how the parcel stands to its promise.
func (r QueueRow) Promise(clock QueueClock) Promise {
	switch {
	case !r.ShippedAt.IsZero() && r.ShippedAt.After(r.ShipByAt):
		return PromiseBroken
	case !r.ShippedAt.IsZero():
		return PromiseKept
	case !r.ShipByAt.After(clock.Now):
		return PromiseLate
	case r.ShipByAt.Before(clock.DayEnd):
		return PromiseToday
	default:
		return PromiseInTime
	}
}

// Idle tells whether somebody took the parcel up and left it.
func (r QueueRow) Idle(clock QueueClock) bool {
	return r.Status != FulfillmentOpen && !r.Status.Done() && r.StatusAt.Before(clock.Now.Add(-StuckAfter))
}

// Matches tells whether a list with this filter shows the row. It is the same rule as the one of the queries.
func (f QueueFilter) Matches(r QueueRow, clock QueueClock) bool {
	return f.inStage(r, clock) && f.isDue(r, clock) &&
		(f.LocationID == 0 || r.LocationID == f.LocationID) &&
		(f.HolderID == 0 || r.HolderID == f.HolderID) &&
		(f.ServiceID == 0 || r.ServiceID == f.ServiceID) &&
		(f.Country == "" || r.Country == f.Country) && f.Value.Contains(r.Total) &&
		(f.SKU == "" || slices.ContainsFunc(r.Items, func(item QueueItem) bool {
			return strings.HasPrefix(strings.ToLower(item.SKUCode), strings.ToLower(f.SKU))
		}))
}

func (f QueueFilter) inStage(r QueueRow, clock QueueClock) bool {
	switch f.Stage {
	case QueueShipped:
		return (r.Status == FulfillmentShipped || r.Status == FulfillmentDelivered) && !r.ShippedAt.Before(clock.DayStart)
	case QueueStuck:
		return !r.Status.Done() && (r.Promise(clock) == PromiseLate || r.Idle(clock))
	}
	return r.Status == f.Stage.Status()
}

func (f QueueFilter) isDue(r QueueRow, clock QueueClock) bool {
	switch {
	case f.Stage == QueueShipped || f.Due == QueueDueAny:
		return true
	case f.Due == QueueDueLate:
		return !r.ShipByAt.After(clock.Now)
	}
	return r.ShipByAt.Before(clock.DayEnd)
}

// QueueCursor is a place in a list of the queue: the row after which the next page begins. Place is what the list is sorted
// by, the smaller first: microseconds of the promise or since it was shipped, the order's number, its scaled value.
type QueueCursor struct {
	Place   int64
	OrderID OrderID
	No      int
}

// Cursor is the row's place in the lists of a filter.
func (f QueueFilter) Cursor(r QueueRow) QueueCursor {
	c := QueueCursor{Place: r.ShipByAt.UnixMicro(), OrderID: r.OrderID, No: r.No}
	if f.Stage == QueueShipped {
		c.Place = r.ShippedAt.UnixMicro()
		return c
	}
	by, descending := f.Sort.By()
	switch by {
	case "age":
		c.Place = int64(r.OrderID)
	case "value":
		c.Place = r.Total.Scaled()
	}
	if descending {
		c.Place = -c.Place
	}
	return c
}

// At is the place in a list that is sorted by time.
func (c QueueCursor) At() time.Time {
	return time.UnixMicro(min(max(c.Place, 0), maxCursorMicro)).UTC()
}

// maxCursorMicro is in the year 2255, well within what PostgreSQL can hold.
const maxCursorMicro = 9_000_000_000_000_000

// String is the cursor as it stands in an address.
func (c QueueCursor) String() string {
	return strconv.FormatInt(c.Place, 36) + "." + strconv.FormatInt(int64(c.OrderID), 36) + "." + strconv.Itoa(c.No)
}

// ParseQueueCursor reads what String wrote; anything else is CodeInvalid.
func ParseQueueCursor(s string) (QueueCursor, error) {
	parts := strings.Split(s, ".")
	if len(parts) == 3 {
		place, errPlace := strconv.ParseInt(parts[0], 36, 64)
		order, errOrder := strconv.ParseInt(parts[1], 36, 64)
		no, errNo := strconv.ParseInt(parts[2], 10, 32)
		if errPlace == nil && errOrder == nil && errNo == nil && order > 0 && OrderID(order) <= MaxOrderID {
			return QueueCursor{Place: place, OrderID: OrderID(order), No: int(no)}, nil
		}
	}
	return QueueCursor{}, Invalid("after", "This is not a page of the queue.")
}

// QueueQuery asks for one page of a merchant's queue.
type QueueQuery struct {
	MerchantID int64
	QueueFilter
	After QueueCursor // zero: from the start
	Limit int
}

// QueueChoices are what a viewer can narrow the queue by, and the saved views.
type QueueChoices struct {
	Locations []Location
	People    []Colleague
	Services  []ShipService // beside the standard
	Views     []QueueView
}

// QueueCounts is how many parcels are in each stage, whatever the filter.
type QueueCounts struct {
	Stages   map[QueueStage]int64
	Late     int64 // not shipped and past the promise
	DueToday int64 // not shipped and promised for today or before
}

// QueuePage is one page of the queue.
type QueuePage struct {
	Rows   []QueueRow
	More   bool
	Counts QueueCounts
	Clock  QueueClock
	Feed   FeedCursor // everything before it is in the page
}

// QueueChange is what became of parcels that something happened to.
type QueueChange struct {
	Rows   []QueueRow
	Counts QueueCounts
	Clock  QueueClock
}

// Location is a place where stock lies.
type Location struct {
	ID   int64
	Code string
	Name string
}
