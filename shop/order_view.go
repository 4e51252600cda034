package shop

import "time"

// OrderHead is an order without its parts. All amounts are minor units of Currency.
type OrderHead struct {
	ID                   OrderID
	CheckoutID           OrderID
	CustomerID           int64
	MerchantID           int64
	MerchantName         string
	Status               Status
	Currency             Currency
	SubtotalMinor        int64
	TaxMinor             int64
	ShippingMinor        int64
	DiscountMinor        int64
	TotalMinor           int64
	Source               string // web, api, demo or the name of an import
	ImportedWithoutLines bool
	PlacedAt             time.Time
	StatusAt             time.Time // when Status was entered
	ExpiresAt            time.Time // zero unless pending: until when its stock is held
	CancelReason         string
}

// Total is what the order costs.
func (o OrderHead) Total() Amount { return Amount{Minor: o.TotalMinor, Currency: o.Currency} }

// Amount gives an amount of the order its currency.
func (o OrderHead) Amount(minor int64) Amount { return Amount{Minor: minor, Currency: o.Currency} }

// OrderLine is a line as it was sold; names, prices and rates are snapshots. SubtotalMinor is net of tax.
type OrderLine struct {
	LineNo         int
	SKUID          int64
	ProductSlug    string // today's, to link to the product
	Picture        string // today's, its hash; "" is none
	Name           string
	SKUCode        string
	Quantity       int64
	UnitPriceMinor int64
	TaxIncluded    bool
	TaxRatePPM     int64
	SubtotalMinor  int64
	DiscountMinor  int64
	TaxMinor       int64
	TotalMinor     int64
	Waiting        int64     // units that have yet to come in and ship later
	Refunded       UnitShare // what went back of it, or is on its way
}

// Address is where something goes. Country is an ISO 3166-1 alpha-2 code.
type Address struct {
	ID         int64
	Name       string
	Line1      string
	Line2      string
	City       string
	Region     string
	PostalCode string
	Country    string
	Phone      string
	IsDefault  bool
}

// Payment is one attempt to pay an order. CapturedMinor and RefundedMinor never exceed AmountMinor.
type Payment struct {
	ID            int64
	OrderID       OrderID
	CheckoutID    OrderID
	Status        PaymentStatus
	Provider      string
	Method        string
	Currency      Currency
	AmountMinor   int64
	CapturedMinor int64
	RefundedMinor int64
	ChargeKey     string
	ProviderRef   string
	CardLast4     string
	Installments  int
	Failure       string
	CreatedAt     time.Time
	StatusAt      time.Time
	CapturedAt    time.Time // zero until captured
}

// Refund is money on its way back, or back already.
type Refund struct {
	ID           int64
	OrderID      OrderID
	PaymentID    int64
	UnitRefundID int64  // the refund of units that it pays out; 0 for a refund of an amount
	Status       string // sending, succeeded, failed, unknown
	Currency     Currency
	AmountMinor  int64
	Reason       string
	RefundKey    string
	ProviderRef  string
	Failure      string
	CreatedAt    time.Time
	StatusAt     time.Time
}

// Fulfillment is one parcel's worth of work.
type Fulfillment struct {
	OrderID        OrderID
	No             int
	MerchantID     int64
	LocationID     int64 // 0: imported without stock
	LocationName   string
	Status         FulfillmentStatus
	Units          int64
	ShipByAt       time.Time
	AssignedUserID int64 // 0: free to claim
	AssignedName   string
	AssignedAt     time.Time
	LeasedUntil    time.Time // while it is being picked: when the claim runs out
	LapsedUserID   int64     // whose claim ran out last; 0: nobody's
	LapsedName     string
	LapsedAt       time.Time
	Carrier        string
	TrackingNumber string
	PackedAt       time.Time
	UnpackUntil    time.Time // until when it can be opened again; zero: not at all
	ShippedAt      time.Time
	DeliveredAt    time.Time
	StatusAt       time.Time
	BoxID          int64     // 0: not known
	WeightGrams    int64     // with its box; 0: not weighed
	ShipmentID     int64     // 0: no label yet
	ReplacesNo     int       // the lost parcel of the order whose units these are; 0: none
	GivenUpAt      time.Time // lost, and its units were sent again or refunded; zero: they count
	Items          []FulfillmentItem
}

// FulfillmentItem is how many units of an order line go into a parcel, and how many of them are picked.
type FulfillmentItem struct {
	LineNo   int
	Quantity int64
	Picked   int64
	Bin      string // where they lie
}

// OrderDetail is everything about one order.
type OrderDetail struct {
	OrderHead
	CustomerName  string
	CustomerEmail string
	MerchantSlug  string
	MerchantZone  string // IANA time zone
	ExternalID    string // the checkout's number in the system it was imported from
	ShipTo        Address
	Sender        Address // of the merchant, as it is today; without its first line not known
	ShipService   string  // the service that the buyer chose, as it was called then; "" for the merchant's standard
	Lines         []OrderLine
	Events        []Event
	Payments      []Payment
	Refunds       []Refund
	UnitRefunds   []UnitRefund // what of Refunds was for which units
	Returns       []Return
	Fulfillments  []Fulfillment
	Shipments     []Shipment        // those that its parcels travel in
	Discounts     []AppliedDiscount // what was taken off, by whom; imported orders know only the sum
	Siblings      []OrderID         // all orders of the checkout, this one too
}

// OrderScope limits what orders somebody may see. A zero field does not limit.
type OrderScope struct {
	CustomerID int64
	MerchantID int64
}

// Allows tells whether an order is inside the scope.
func (s OrderScope) Allows(customerID, merchantID int64) bool {
	return (s.CustomerID == 0 || s.CustomerID == customerID) && (s.MerchantID == 0 || s.MerchantID == merchantID)
}

// OrderSummary is an order in a list, with enough of its lines to recognise it.
type OrderSummary struct {
	OrderHead
	Lines []OrderLine // LineNo, SKUID, Name, SKUCode, Quantity and ProductSlug only
}

// AwaitsPayment tells whether an order can still be paid. One that is held for longer than an unpaid order ever is has its
// money held at the provider, and waits for the shop to take it.
func (o OrderHead) AwaitsPayment(now time.Time) bool {
	return o.Status == StatusPending && o.ExpiresAt.After(now) && o.ExpiresAt.Sub(o.PlacedAt) <= MaxHold
}

// HistoryQuery asks for a page of a customer's orders, newest first.
type HistoryQuery struct {
	CustomerID int64
	Statuses   []Status  // empty: all
	Text       string    // in the name or code of what was bought
	From       time.Time // zero: from the first
	Until      time.Time // zero: to the last; exclusive
	Before     OrderID   // keyset cursor: only older orders; 0: from the newest
	After      OrderID   // keyset cursor the other way: the page of orders right before this one; wins over Before
	Limit      int
}

// HistoryPage is one page of a customer's orders.
type HistoryPage struct {
	Orders []OrderSummary
	More   bool // in the direction of reading
	Counts HistoryCounts
}

// HistoryCounts is how many orders a customer has in each status. First and Last lie in the months of the first and the
// last order; they are zero for somebody who never ordered.
type HistoryCounts struct {
	ByStatus map[Status]int64
	First    time.Time
	Last     time.Time
}

// All is how many orders there are altogether.
func (c HistoryCounts) All() int64 {
	var all int64
	for _, n := range c.ByStatus {
		all += n
	}
	return all
}

// MaxPageSize is the most rows of one page of a list.
const MaxPageSize = 100

// Subject is what a page is about, as far as there is a revision of it. The zero value is a page without one.
type Subject struct {
	OrderID OrderID // one order,
	History bool    // or all orders of the customer who asks
}

// Revision changes with everything about a subject that its buyer sees. It says nothing but whether two looks saw the same.
type Revision struct{ Changes, Digest int64 }
