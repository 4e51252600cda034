package shop

import "fmt"

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
	for _, check := range []func(ImportOrder) error{c.validateWalk, c.validateHolds, c.validateParcels} {
		if err := check(o); err != nil {
			return err
		}
	}
	return nil
}

func (c ImportCheckout) validateWalk(o ImportOrder) error {
	if len(o.Events) == 0 || o.Events[0].To != StatusPending {
		return c.fault("order %s does not start as pending", o.ExternalID)
	}
	from := StatusPending
	for _, e := range o.Events[1:] {
		switch {
		case (e.To == "") != (e.Kind != ""):
			return c.fault("order %s has an event that is neither a step nor anything else", o.ExternalID)
		case e.To == "":
		case !CanTransition(from, e.To):
			return c.fault("order %s goes from %s to %s", o.ExternalID, from, e.To)
		default:
			from = e.To
		}
	}
	return nil
}

// validateHolds wants the units of all lines held, or none; an order that is over holds nothing any more.
func (c ImportCheckout) validateHolds(o ImportOrder) error {
	if len(o.Holds) == 0 {
		return nil
	}
	status := o.Status()
	over := status != StatusPending && status != StatusConfirmed && status != StatusProcessing
	left := o.quantities()
	for _, h := range o.Holds {
		if h.Line < 1 || h.Line > len(left) || h.Quantity < 1 || (!h.ClosedAt.IsZero() && h.ClosedAt.Before(c.PlacedAt)) ||
			(h.ClosedAt.IsZero() && (over || h.Shipped)) {
			return c.fault("order %s has an impossible hold of line %d", o.ExternalID, h.Line)
		}
		left[h.Line-1] -= h.Quantity
	}
	for i, quantity := range left {
		if quantity != 0 {
			return c.fault("order %s does not hold the units of line %d", o.ExternalID, i+1)
		}
	}
	return nil
}

func (c ImportCheckout) validateParcels(o ImportOrder) error {
	left := o.quantities()
	for _, p := range o.Parcels {
		if len(p.Items) == 0 {
			return c.fault("order %s has an empty parcel", o.ExternalID)
		}
		for _, item := range p.Items {
			if item.Line < 1 || item.Line > len(left) || item.Quantity < 1 || item.Picked < 0 || item.Picked > item.Quantity {
				return c.fault("order %s has an impossible parcel of line %d", o.ExternalID, item.Line)
			}
			if left[item.Line-1] -= item.Quantity; left[item.Line-1] < 0 {
				return c.fault("order %s has more in parcels than line %d", o.ExternalID, item.Line)
			}
		}
	}
	return nil
}

// quantities are the units of each line.
func (o ImportOrder) quantities() []int64 {
	quantities := make([]int64, len(o.Lines))
	for i, l := range o.Lines {
		quantities[i] = l.Quantity
	}
	return quantities
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
	for _, r := range p.Refunds {
		if p.Status != PaymentCaptured || r.Order < 0 || r.Order >= len(p.Shares) || r.AmountMinor < 1 || p.RefundedMinor(r.Order) > p.Shares[r.Order] {
			return c.fault("payment %s has an impossible refund", p.ExternalID)
		}
	}
	return nil
}

func importable(minor int64) bool { return minor >= 0 && minor <= ImportAmountLimit }

func (c ImportCheckout) fault(format string, args ...any) error {
	return fmt.Errorf("checkout %s: %s", c.ExternalID, fmt.Sprintf(format, args...))
}
