package shop

import "time"

// ImportCheckout is one basket: an order per merchant, and the payments for all of them.
// The address may lack what the source does not tell: name, first line, region, phone.
// There is at most one exception of a kind.
//
// Native says that the history is told as this shop would have recorded it: what happened was recorded when it happened,
// and the timelines need no word of where the orders came from. ExpiresAt is until when stock is held for orders that
// are pending, zero for ever.
type ImportCheckout struct {
	ExternalID  string
	CustomerRef string
	Address     Address
	PlacedAt    time.Time
	ExpiresAt   time.Time
	Currency    Currency
	Native      bool
	Orders      []ImportOrder
	Payments    []ImportPayment
	Exceptions  []ImportException
}

// ImportOrder is what one merchant sold in a checkout. WithoutLines says that the
// source has the order but no lines of it. SourceStatus is the source's own word for
// the state that the last event maps. ShipBy and DeliveryEstimateAt are zero when unknown.
// Holds are the units of our stock that the order took; of an order without any, our
// stock knows nothing. Parcels may be left out: see WorkedParcels.
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
	Holds              []ImportHold
	Parcels            []ImportParcel
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

// ImportEvent is one step of an order's walk through its states, or with a Kind and
// without To something else that happened to it. At is the source's own time, also
// where that runs backwards. With TimeUnknown the step must have happened but the source
// does not say when: At is then the last time known before it. Note is why. Data keeps
// facts of the source that no step expresses. Without a Visibility the event is public.
type ImportEvent struct {
	Kind        EventKind // "" for a step
	To          Status
	At          time.Time
	TimeUnknown bool
	By          ImportActor
	Visibility  Visibility
	Note        string
	Data        map[string]string
}

// ImportActor is who did something. A customer is the one who placed the checkout, staff is known by its e-mail address.
// The zero value is the source itself.
type ImportActor struct {
	Kind  ActorKind
	Email string
	Name  string
}

// ImportHold is units of a line, counted from 1, that were reserved when the order was placed. They left with a parcel or
// were given back at ClosedAt; a zero ClosedAt means that they are still held.
type ImportHold struct {
	Line     int
	Location string // code
	Quantity int64
	Shipped  bool
	ClosedAt time.Time
	ClosedBy ImportActor
}

// ImportPayment is one payment of a checkout. Shares split AmountMinor over the
// checkout's orders, in their order, and add up to it. ChargeKey is the key under which
// the provider was asked, empty where ProviderRef serves. Sequence is the source's number
// of the payment within the checkout; Installments is 0 when unknown.
type ImportPayment struct {
	ExternalID   string
	Provider     string
	ProviderRef  string
	ChargeKey    string
	Method       string
	CardLast4    string
	Installments int64
	Sequence     int64
	AmountMinor  int64
	Status       PaymentStatus
	Failure      string
	At           time.Time
	TimeUnknown  bool
	Shares       []int64
	Refunds      []ImportRefund
}

// ImportRefund is captured money that went back, out of the share of one of the checkout's orders, counted from 0.
type ImportRefund struct {
	Order       int
	AmountMinor int64
	Reason      string
	Key         string
	ProviderRef string
	At          time.Time
}

// Status is the state in which the order's walk ends, "" for an order without events.
func (o ImportOrder) Status() Status {
	var status Status
	for _, e := range o.Events {
		if e.To != "" {
			status = e.To
		}
	}
	return status
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

// RefundedMinor is what went back of the share of an order, counted from 0.
func (p ImportPayment) RefundedMinor(order int) int64 {
	var sum int64
	for _, r := range p.Refunds {
		if r.Order == order {
			sum += r.AmountMinor
		}
	}
	return sum
}

// times are the moments for which there must be room: the purchase, and the movements of stock.
func (c ImportCheckout) times() []time.Time {
	times := []time.Time{c.PlacedAt}
	for _, o := range c.Orders {
		for _, h := range o.Holds {
			if !h.ClosedAt.IsZero() {
				times = append(times, h.ClosedAt)
			}
		}
	}
	return times
}

// times are the moments at which stock came in.
func (b ImportCatalog) times() []time.Time {
	var times []time.Time
	for _, p := range b.Products {
		for _, sku := range p.SKUs {
			for _, stock := range sku.Stock {
				for _, r := range stock.Receipts {
					times = append(times, r.At)
				}
			}
		}
	}
	return times
}
