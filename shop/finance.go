package shop

import "time"

// PaymentFilter says which payments a list, its totals and its export are about. The zero value is all of them; every
// field that is set narrows the choice.
type PaymentFilter struct {
	Statuses   []PaymentStatus
	Provider   string
	Method     string
	Currency   Currency
	From       time.Time // when the payment was recorded; zero: from the first
	Until      time.Time // exclusive; zero: to the last
	Amount     AmountRange
	OrderID    OrderID // 0: any
	PaymentID  int64   // 0: any
	Reference  string  // the provider's reference or the charge key, whole
	CardLast4  string
	CheckoutID OrderID // 0: any
}

// IsZero tells whether the filter lets everything through.
func (f PaymentFilter) IsZero() bool {
	return len(f.Statuses) == 0 && f.Provider == "" && f.Method == "" && f.Currency == "" && f.From.IsZero() && f.Until.IsZero() &&
		f.Amount == AmountRange{} && f.OrderID == 0 && f.PaymentID == 0 && f.Reference == "" && f.CardLast4 == "" && f.CheckoutID == 0
}

// PaymentQuery asks for a page of payments, newest first.
type PaymentQuery struct {
	PaymentFilter
	Before int64 // keyset cursor: only payments with a lower id; 0: from the newest
	Limit  int
}

// PaymentTotal is what a filter's payments of one currency add up to. OnRecordMinor counts every payment there is,
// whatever became of it.
type PaymentTotal struct {
	Currency      Currency
	Payments      int64
	OnRecordMinor int64
	CapturedMinor int64
	RefundedMinor int64
}

// PaymentChoices are the values that payments have, for filters to offer.
type PaymentChoices struct {
	Providers  []string
	Methods    []string
	Currencies []Currency
}

// PaymentRecord is one payment with what it is about.
type PaymentRecord struct {
	Payment
	Order      OrderHead
	Refunds    []Refund
	Siblings   []Payment // the other payments of the same charge, over the orders of one checkout
	Exceptions []Exception
}

// ChargeMinor is what the provider was asked for at once: this payment and its siblings.
func (r PaymentRecord) ChargeMinor() int64 {
	sum := r.AmountMinor
	for _, s := range r.Siblings {
		sum += s.AmountMinor
	}
	return sum
}

// MaxReportDays is the longest period of a report: forty years, which is more than there can be.
const MaxReportDays = 40 * 366

// Period is a span of time, [From, Until), at UTC midnights.
type Period struct{ From, Until time.Time }

// Days is the length of the period in days.
func (p Period) Days() int { return int(p.Until.Sub(p.From) / (24 * time.Hour)) }

// Contains tells whether t lies in the period.
func (p Period) Contains(t time.Time) bool { return !t.Before(p.From) && t.Before(p.Until) }

// DayTotal is the money of one UTC day in one currency. Captures count on the day on which the money was taken, refunds
// on the day on which they went through, payments on record and orders on the day on which they were made.
type DayTotal struct {
	Day           time.Time // zero in a total over a period
	Currency      Currency
	Orders        int64 // placed, whatever became of them
	ItemsMinor    int64 // goods, net of tax and before discounts
	ShippingMinor int64
	TaxMinor      int64
	DiscountMinor int64
	OnRecordMinor int64 // payments, whatever became of them
	CapturedMinor int64
	RefundedMinor int64
}

// NetMinor is what was captured and not given back.
func (t DayTotal) NetMinor() int64 { return t.CapturedMinor - t.RefundedMinor }

// add sums two totals of one currency.
func (t DayTotal) add(d DayTotal) DayTotal {
	t.Orders += d.Orders
	t.ItemsMinor += d.ItemsMinor
	t.ShippingMinor += d.ShippingMinor
	t.TaxMinor += d.TaxMinor
	t.DiscountMinor += d.DiscountMinor
	t.OnRecordMinor += d.OnRecordMinor
	t.CapturedMinor += d.CapturedMinor
	t.RefundedMinor += d.RefundedMinor
	return t
}

// SumByCurrency adds days up, a total per currency in the order in which currencies first appear.
func SumByCurrency(days []DayTotal) []DayTotal {
	at := map[Currency]int{}
	var sums []DayTotal
	for _, d := range days {
		i, known := at[d.Currency]
		if !known {
			i = len(sums)
			at[d.Currency] = i
			sums = append(sums, DayTotal{Currency: d.Currency})
		}
		sums[i] = sums[i].add(d)
	}
	return sums
}

// PaymentStateTotal is how many payments of a currency are in a state, and what they are about.
type PaymentStateTotal struct {
	Status      PaymentStatus
	Currency    Currency
	Payments    int64
	AmountMinor int64
}

// ExceptionTotal is what is open of one kind in one currency. DifferenceMinor adds up absolute differences, so that a
// surplus does not hide a shortfall.
type ExceptionTotal struct {
	Kind            string
	Currency        Currency
	Exceptions      int64
	DifferenceMinor int64
	OldestAt        time.Time
}

// FinanceOverview is where the money stands.
type FinanceOverview struct {
	Period     Period
	Days       []DayTotal // by day, then currency; days without money are left out
	States     []PaymentStateTotal
	Unknown    []Payment // in flight or unknown, the longest waiting first; at most MaxUnknownShown
	Exceptions []ExceptionTotal
}

// MaxUnknownShown is how many payments without an outcome the overview names.
const MaxUnknownShown = 10

// Exception is something that does not match and waits for a person. ExpectedMinor is what our books say, ActualMinor
// what the other side says.
type Exception struct {
	ID            int64
	Kind          string
	Source        string // olist, or comparison with a provider's record
	OrderID       OrderID
	PaymentID     int64
	Provider      string
	ProviderRef   string
	Currency      Currency
	ExpectedMinor int64
	ActualMinor   int64
	Reason        string
	Resolved      bool
	OwnerID       int64 // 0: nobody's yet
	OwnerName     string
	Resolution    string
	CreatedAt     time.Time
	ResolvedAt    time.Time // zero: open
}

// DifferenceMinor is how much more the other side says than our books: a surplus is above zero.
func (e Exception) DifferenceMinor() int64 { return e.ActualMinor - e.ExpectedMinor }

// ExceptionQuery asks for a page of exceptions, newest first.
type ExceptionQuery struct {
	Resolved bool // false: the open ones
	Kind     string
	Source   string
	OwnerID  int64 // 0: anybody's
	Unowned  bool  // only those that nobody has taken
	Before   int64 // keyset cursor: only lower ids; 0: from the newest
	Limit    int
}

// MaxResolution is the longest text that says how an exception was resolved, in characters.
const MaxResolution = 2000

// ExceptionChoice is a kind of exceptions from one source, and how many there are.
type ExceptionChoice struct {
	Kind, Source string
	Exceptions   int64
}

// OwnException asks to make OwnerID responsible for an exception that FromOwnerID has (0: nobody).
type OwnException struct {
	ID          int64
	OwnerID     int64
	FromOwnerID int64
	Actor       Actor
	RequestID   string
}

// ResolveException asks to close an exception. Whoever resolves it owns it from then on.
type ResolveException struct {
	ID         int64
	Resolution string
	OwnerID    int64
	Actor      Actor
	RequestID  string
}
