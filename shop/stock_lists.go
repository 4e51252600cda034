package shop

import (
	"strconv"
	"strings"
	"time"
)

// LowStock is the number of available units from which on a SKU counts as low.
const LowStock = 5

// MaxStockText is the longest text that stock is searched for, in bytes.
const MaxStockText = 100

// StockRow is the stock of a SKU at one location.
type StockRow struct {
	SKUID      int64
	Code       string
	Name       string // product and variant
	Active     bool   // on sale
	Picture    string // hash; "" is none
	LocationID int64
	Location   string // name
	Bin        string
	OnHand     int64
	Reserved   int64
}

// Available is how many units can still be sold from the location.
func (r StockRow) Available() int64 { return r.OnHand - r.Reserved }

// StockQuery asks for a page of a merchant's stock.
type StockQuery struct {
	MerchantID int64
	LocationID int64  // 0: all
	Text       string // in the code or the name; "": all
	LowFirst   bool   // by available units instead of by code
	After      StockCursor
	Limit      int
}

// StockCursor is the row after which the next page begins: its code in lists by code, its available units in lists by
// these.
type StockCursor struct {
	Code       string
	Available  int64
	SKUID      int64
	LocationID int64
}

// Cursor is the row's place in either list.
func (r StockRow) Cursor() StockCursor {
	return StockCursor{Code: r.Code, Available: r.Available(), SKUID: r.SKUID, LocationID: r.LocationID}
}

// String is the cursor as it stands in an address.
func (c StockCursor) String() string {
	return strconv.FormatInt(c.LocationID, 36) + "." + strconv.FormatInt(c.SKUID, 36) + "." + strconv.FormatInt(c.Available, 36) + "." + c.Code
}

// ParseStockCursor reads what String wrote; anything else is CodeInvalid.
func ParseStockCursor(s string) (StockCursor, error) {
	const parts = 4
	split := strings.SplitN(s, ".", parts)
	if len(split) == parts && split[3] != "" && len(split[3]) <= MaxQueueText {
		c := StockCursor{Code: split[3]}
		ok := true
		for i, into := range []*int64{&c.LocationID, &c.SKUID, &c.Available} {
			n, err := strconv.ParseInt(split[i], 36, 64)
			*into, ok = n, ok && err == nil && n >= 0
		}
		if ok {
			return c, nil
		}
	}
	return StockCursor{}, Invalid("after", "This is not a page of the inventory.")
}

// StockChanges asks what became of the stock of some SKUs of a merchant.
type StockChanges struct {
	MerchantID int64
	SKUIDs     []int64 // at most MaxPageSize
	Since      time.Time
}

// StockSummary sums up a merchant's stock.
type StockSummary struct {
	SKUs     int64
	OnHand   int64
	Reserved int64
	Low      int64 // SKUs with few units left, sold out ones not among them
	SoldOut  int64 // SKUs
}

// StockPage is one page of a merchant's stock.
type StockPage struct {
	Rows    []StockRow
	More    bool
	Summary StockSummary
}

// LedgerQuery asks for the story of a SKU's stock, the latest first.
type LedgerQuery struct {
	MerchantID int64
	SKUID      int64
	Before     int64 // keyset cursor: only older entries; 0: from the latest
	Limit      int
}

// SKULedger is what there is of a SKU, whose it is, and how it came to be that much.
type SKULedger struct {
	SKUID    int64
	Code     string
	Name     string
	Slug     string // of the product
	Levels   []StockRow
	Held     []HeldUnits // at most MaxPageSize, the oldest orders first
	Entries  []LedgerEntry
	More     bool
	OnHand   int64
	Reserved int64
}

// Available is how many units can still be sold.
func (l SKULedger) Available() int64 { return l.OnHand - l.Reserved }

// HeldUnits are units that are reserved for an order.
type HeldUnits struct {
	OrderID  OrderID
	Status   Status
	Location string
	Quantity int64
	Since    time.Time
}

// LedgerEntry is one movement of stock. OnHandAfter and ReservedAfter are what there was of the SKU, at all locations
// together, once it had happened.
type LedgerEntry struct {
	ID            int64
	Kind          string // receipt, adjustment, count, transfer, reservation, release, shipment, shipment_undone, return
	Location      string
	OnHandDelta   int64
	ReservedDelta int64
	OnHandAfter   int64
	ReservedAfter int64
	OrderID       OrderID // 0: not about an order
	Reason        string
	Actor         Actor
	At            time.Time
}
