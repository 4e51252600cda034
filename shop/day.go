package shop

import "time"

// MerchantDay is what waits for the people of a merchant now, and what they have done today.
type MerchantDay struct {
	Clock     QueueClock
	Zone      *time.Location // of the merchant; hours are its
	Queue     QueueCounts
	Shipments map[ShipmentFilter]int64
	Returns   map[ReturnStatus]int64
	LowStock  int64      // SKUs and locations that fell to their reorder point
	Waiting   int64      // units that orders wait for
	Hours     []DayHour  // of today until now, the first first
	Next      []QueueRow // what is to be worked on next, the nearest promise first
	Setup     MerchantSetup
}

// DayHour is what left in an hour of the day.
type DayHour struct {
	Hour    int
	Parcels int64
}

// Shipped is how many parcels left today.
func (d MerchantDay) Shipped() (n int64) {
	for _, h := range d.Hours {
		n += h.Parcels
	}
	return n
}

// MerchantSetup is what a merchant has of what it takes to sell.
type MerchantSetup struct {
	Products bool // one that is for sale
	Stock    bool // units on a shelf
	Rates    bool // what shipping costs
	Boxes    bool // to pack into
	Orders   bool // somebody has ordered
}

// Complete tells whether nothing is missing that orders need. Boxes are of help and not needed.
func (s MerchantSetup) Complete() bool { return s.Products && s.Stock && s.Rates }

// DayNext is how many parcels a look at the day names.
const DayNext = 8

// MaxWaiting is the most lines that the page of waiting orders has.
const MaxWaiting = 100

// WaitingLine is units of an order that wait for stock.
type WaitingLine struct {
	OrderID  OrderID
	SKUID    int64
	SKUCode  string
	Name     string
	Quantity int64
	Since    time.Time
}
