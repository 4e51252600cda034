package shop

import (
	"context"
	"fmt"
	"time"
)

// Limits of an import. A batch is one transaction of the sink, so it bounds both what
// an interruption loses and what is held in memory.
const (
	ImportCheckoutBatch = 500  // checkouts in one call of ImportSink.ImportCheckouts
	ImportCatalogBatch  = 1000 // entries in one ImportCatalog
)

// Everything that an import brings carries the id it has in its source. Within one
// source and one kind of thing, external ids are unique and never change: they are how
// a second run finds that there is nothing left to add. A ...Ref field is the external
// id of something else from the same source.

// ImportMerchant is a seller. Placeholder marks one that the source does not name: it
// holds what must belong to some merchant though nobody knows to which.
type ImportMerchant struct {
	ExternalID  string
	Name        string
	City        string
	Region      string
	PostalCode  string
	Country     string // ISO 3166-1 alpha-2
	Placeholder bool
}

// ImportCustomer is a buyer. Email is empty when the source does not tell it.
type ImportCustomer struct {
	ExternalID string
	Name       string
	Email      string
}

// ImportProduct is a product with its SKUs. MerchantRef is who lists it; other
// merchants may have SKUs of it. Category is the source's key for its category, empty
// for none. Offered says whether it is for sale now or known from past orders alone.
type ImportProduct struct {
	ExternalID   string
	MerchantRef  string
	Name         string
	Category     string
	CategoryName string
	Offered      bool
	SKUs         []ImportSKU
}

// ImportSKU is what one merchant sells of a product. Code is unique per merchant.
// PriceMinor is the price at PricedAt; a zero PricedAt means that none is known.
// WeightGrams is 0 when unknown. Attributes are as the source has them, units in the key.
type ImportSKU struct {
	ExternalID  string
	MerchantRef string
	Code        string
	Variant     string
	WeightGrams int64
	Attributes  map[string]string
	Currency    Currency
	PriceMinor  int64
	PricedAt    time.Time
}

// ImportCatalog is a batch of what orders refer to, at most ImportCatalogBatch entries.
// An entry refers to merchants of the same batch or of earlier ones.
type ImportCatalog struct {
	Merchants []ImportMerchant
	Customers []ImportCustomer
	Products  []ImportProduct
}

// ImportCheckout is one basket: an order per merchant, and the payments for all of them.
// The address may lack what the source does not tell: name, first line, region, phone.
// There is at most one exception of a kind.
type ImportCheckout struct {
	ExternalID  string
	CustomerRef string
	Address     Address
	PlacedAt    time.Time
	Currency    Currency
	Orders      []ImportOrder
	Payments    []ImportPayment
	Exceptions  []ImportException
}

// ImportOrder is what one merchant sold in a checkout. WithoutLines says that the
// source has the order but no lines of it. SourceStatus is the source's own word for
// the state that the last event maps. ShipBy and DeliveryEstimateAt are zero when unknown.
type ImportOrder struct {
	ExternalID         string
	MerchantRef        string
	SourceStatus       string
	WithoutLines       bool
	Lines              []ImportLine
	ShippingMinor      int64
	ShipBy             time.Time
	DeliveryEstimateAt time.Time
	Events             []ImportEvent
}

// ImportLine is a line as sold: name, code, unit price and tax rate are snapshots. With TaxIncluded the unit price
// contains the tax. The amounts are those of the whole line.
type ImportLine struct {
	ExternalID     string
	SKURef         string
	SKUCode        string
	Name           string
	Quantity       int64
	UnitPriceMinor int64
	TaxIncluded    bool
	TaxRatePPM     int64
	TaxMinor       int64
	DiscountMinor  int64
}

// ImportEvent is one step of an order's walk through its states. At is the source's own
// time, also where that runs backwards. With TimeUnknown the step must have happened
// but the source does not say when: At is then the last time known before it. Data
// keeps facts of the source that no step expresses.
type ImportEvent struct {
	To          Status
	At          time.Time
	TimeUnknown bool
	Note        string
	Data        map[string]string
}

// ImportPayment is one payment of a checkout. Shares split AmountMinor over the
// checkout's orders, in their order, and add up to it. Sequence is the source's number
// of the payment within the checkout; Installments is 0 when unknown.
type ImportPayment struct {
	ExternalID   string
	Provider     string
	ProviderRef  string
	Method       string
	Installments int64
	Sequence     int64
	AmountMinor  int64
	Status       PaymentStatus
	At           time.Time
	TimeUnknown  bool
	Shares       []int64
}

// ImportExceptionKind names what somebody has to look at.
type ImportExceptionKind string

// The kinds of exceptions that an import lists.
const (
	// ImportedWithoutLines: the source has the order but no lines. Expected is 0, actual what was paid.
	ImportedWithoutLines ImportExceptionKind = "imported_without_lines"
	// PaidDiffers: the payments do not add up to the orders. Expected is the orders' total, actual what was paid.
	PaidDiffers ImportExceptionKind = "paid_differs"
	// CancelledNotRefunded: the order is cancelled, the money was captured, and the
	// source tells of no refund. Expected is 0, actual what was captured.
	CancelledNotRefunded ImportExceptionKind = "cancelled_not_refunded"
	// PaymentNotApproved: payments are on record, but the order ended before any was
	// approved. Expected is what the payments say, actual the 0 that was captured.
	PaymentNotApproved ImportExceptionKind = "payment_not_approved"
	// TimesOutOfOrder: the source's times run backwards. No amounts.
	TimesOutOfOrder ImportExceptionKind = "times_out_of_order"
	// TimeMissing: a state was reached whose time the source keeps, but not for this order. No amounts.
	TimeMissing ImportExceptionKind = "time_missing"
	// StatusContradictsTimes: the source has times of states that the order's status
	// says it never reached, such as a cancelled order's handing-over. No amounts.
	StatusContradictsTimes ImportExceptionKind = "status_contradicts_times"
	// ReferenceMissing: the order names a merchant or product that the source does not describe. No amounts.
	ReferenceMissing ImportExceptionKind = "reference_missing"
)

// ImportException is something about a checkout that a person should see. Amounts are
// in minor units of the checkout's currency, both 0 where the kind is not about money.
type ImportException struct {
	Kind          ImportExceptionKind
	Reason        string
	ExpectedMinor int64
	ActualMinor   int64
}

// ImportReject is a piece of input that was not imported. Line counts from 1. Raw is
// the input as read and may hold any bytes.
type ImportReject struct {
	File   string
	Line   int64
	Reason string
	Raw    string
}

// RejectWriter keeps rejects for the person who will correct them.
type RejectWriter interface {
	WriteReject(ImportReject) error
}

// Status is the state in which the order's walk ends, "" for an order without events.
func (o ImportOrder) Status() Status {
	if len(o.Events) == 0 {
		return ""
	}
	return o.Events[len(o.Events)-1].To
}

// SubtotalMinor is what the units cost without tax, before the discount.
func (l ImportLine) SubtotalMinor() int64 {
	listed := l.Quantity * l.UnitPriceMinor
	if l.TaxIncluded {
		listed -= l.TaxMinor
	}
	return listed
}

// TotalMinor is subtotal plus tax minus discount.
func (l ImportLine) TotalMinor() int64 { return l.SubtotalMinor() + l.TaxMinor - l.DiscountMinor }

func (o ImportOrder) sum(of func(ImportLine) int64) int64 {
	var sum int64
	for _, l := range o.Lines {
		sum += of(l)
	}
	return sum
}

// SubtotalMinor is the sum of the lines' subtotals.
func (o ImportOrder) SubtotalMinor() int64 { return o.sum(ImportLine.SubtotalMinor) }

// TaxMinor is the sum of the lines' taxes.
func (o ImportOrder) TaxMinor() int64 {
	return o.sum(func(l ImportLine) int64 { return l.TaxMinor })
}

// DiscountMinor is the sum of the lines' discounts.
func (o ImportOrder) DiscountMinor() int64 {
	return o.sum(func(l ImportLine) int64 { return l.DiscountMinor })
}

// TotalMinor is subtotal plus tax plus shipping minus discount.
func (o ImportOrder) TotalMinor() int64 { return o.sum(ImportLine.TotalMinor) + o.ShippingMinor }

// TotalMinor is the sum of the orders' totals.
func (c ImportCheckout) TotalMinor() int64 {
	var sum int64
	for _, o := range c.Orders {
		sum += o.TotalMinor()
	}
	return sum
}

// PaidMinor is the sum of all payments on record, whatever became of them.
func (c ImportCheckout) PaidMinor() int64 {
	var sum int64
	for _, p := range c.Payments {
		sum += p.AmountMinor
	}
	return sum
}

// Bounds of what one checkout may hold. Together they keep every sum over a checkout
// within 64 bits; sources turn input beyond them into rejects.
const (
	ImportAmountLimit   = 1_000_000_000_000 // minor units, of any single amount
	ImportQuantityLimit = 10_000            // units on one line
	ImportOrderLimit    = 100               // orders of a checkout
	ImportRowLimit      = 500               // lines and payments of a checkout, each
)

// Validate checks what the books rest on: a legal walk from pending, sane amounts, and
// payments that are shared out completely. A source that breaks one of these is
// faulty; bad rows of its input are rejects and never get here.
func (c ImportCheckout) Validate() error {
	if _, err := NewOrderID(c.PlacedAt, 0); err != nil {
		return c.fault("placed at %s", c.PlacedAt)
	}
	lines := 0
	for _, o := range c.Orders {
		lines += len(o.Lines)
	}
	if len(c.Orders) == 0 || len(c.Orders) > ImportOrderLimit || max(lines, len(c.Payments)) > ImportRowLimit {
		return c.fault("%d orders, %d lines, %d payments", len(c.Orders), lines, len(c.Payments))
	}
	for _, o := range c.Orders {
		if err := c.validateOrder(o); err != nil {
			return err
		}
	}
	for _, p := range c.Payments {
		if err := c.validatePayment(p); err != nil {
			return err
		}
	}
	kinds := map[ImportExceptionKind]bool{}
	for _, e := range c.Exceptions {
		if kinds[e.Kind] {
			return c.fault("%s is listed twice", e.Kind)
		}
		kinds[e.Kind] = true
	}
	return nil
}

func (c ImportCheckout) validateOrder(o ImportOrder) error {
	if o.WithoutLines != (len(o.Lines) == 0) {
		return c.fault("order %s has %d lines", o.ExternalID, len(o.Lines))
	}
	for _, l := range o.Lines {
		if l.Quantity < 1 || l.Quantity > ImportQuantityLimit || !importable(l.UnitPriceMinor) {
			return c.fault("line %s sells %d at %d", l.ExternalID, l.Quantity, l.UnitPriceMinor)
		}
		if !importable(l.TaxMinor) || !importable(l.DiscountMinor) || l.SubtotalMinor() < 0 || l.TotalMinor() < 0 ||
			l.TaxRatePPM < 0 || l.TaxRatePPM > MaxTaxRatePPM {
			return c.fault("line %s has impossible amounts", l.ExternalID)
		}
	}
	if !importable(o.ShippingMinor) {
		return c.fault("order %s has impossible amounts", o.ExternalID)
	}
	if len(o.Events) == 0 || o.Events[0].To != StatusPending {
		return c.fault("order %s does not start as pending", o.ExternalID)
	}
	for i, e := range o.Events[1:] {
		if from := o.Events[i].To; !CanTransition(from, e.To) {
			return c.fault("order %s goes from %s to %s", o.ExternalID, from, e.To)
		}
	}
	return nil
}

func (c ImportCheckout) validatePayment(p ImportPayment) error {
	if !importable(p.AmountMinor) || len(p.Shares) != len(c.Orders) {
		return c.fault("payment %s of %d has %d shares", p.ExternalID, p.AmountMinor, len(p.Shares))
	}
	left := p.AmountMinor
	for _, share := range p.Shares {
		if share < 0 || share > left {
			return c.fault("payment %s is shared out wrongly", p.ExternalID)
		}
		left -= share
	}
	if left != 0 {
		return c.fault("payment %s is not shared out completely", p.ExternalID)
	}
	return nil
}

func importable(minor int64) bool { return minor >= 0 && minor <= ImportAmountLimit }

func (c ImportCheckout) fault(format string, args ...any) error {
	return fmt.Errorf("checkout %s: %s", c.ExternalID, fmt.Sprintf(format, args...))
}

// ImportSource reads one body of foreign data. RunImport calls Catalog once and then
// Checkouts once; both stream, in the same order on every run. Bad input goes to
// rejects and does not end the import; an error does, as one from emit must.
type ImportSource interface {
	// Name is the key under which external ids are kept, such as "olist".
	Name() string
	// Catalog emits everything that the checkouts refer to.
	Catalog(ctx context.Context, emit func(ImportCatalog) error, rejects RejectWriter) error
	// Checkouts emits valid checkouts with distinct external ids.
	Checkouts(ctx context.Context, emit func(ImportCheckout) error, rejects RejectWriter) error
	// Expected is about how many checkouts there are, for progress. It is known after
	// Catalog; 0 means unknown.
	Expected() int64
}

// ImportSink keeps what is imported. Each call is one transaction.
type ImportSink interface {
	// RegisterCatalog adds the entries whose external ids are new and tells how many.
	RegisterCatalog(ctx context.Context, source string, batch ImportCatalog) (ImportCatalogCounts, error)
	// KnownCheckouts tells which of the external ids were imported before.
	KnownCheckouts(ctx context.Context, source string, externalIDs []string) (map[string]bool, error)
	// CoverMonth makes room for orders placed in the UTC month that at is in.
	CoverMonth(ctx context.Context, at time.Time) error
	// ImportCheckouts adds all checkouts of the batch, none of which is known, or none. Their months are covered.
	ImportCheckouts(ctx context.Context, source string, batch []ImportCheckout) error
}
