package shop

import (
	"fmt"
	"strconv"
)

// MaxOrderLines is the most lines that one order can have.
const MaxOrderLines = 500

// PricingLine is one line to be priced. UnitPriceMinor is net or gross, as the
// TaxInclusive of its PricingInput says; TaxRatePPM is in parts per million.
type PricingLine struct {
	SKUID          int64
	Quantity       int64
	UnitPriceMinor int64
	TaxRatePPM     int64
}

// PricingInput is all that decides the price of one order, in one currency's minor
// units. Discounts are taken off the lines in the terms the prices are in: off net
// prices before tax, off gross prices tax included.
type PricingInput struct {
	Lines         []PricingLine
	TaxInclusive  bool // unit prices contain the tax
	Rounding      Rounding
	ShippingMinor int64
	Discounts     []int64 // of each line; nil: none
}

// PricedLine is one priced line: TotalMinor = SubtotalMinor + TaxMinor - DiscountMinor.
// None of them is below zero.
type PricedLine struct {
	SKUID         int64
	Quantity      int64
	SubtotalMinor int64
	DiscountMinor int64
	TaxMinor      int64
	TotalMinor    int64
}

// Priced is one priced order. Subtotal, discount and tax are the sums of the lines, and
// TotalMinor = SubtotalMinor + TaxMinor + ShippingMinor - DiscountMinor.
type Priced struct {
	Lines         []PricedLine
	SubtotalMinor int64
	DiscountMinor int64
	TaxMinor      int64
	ShippingMinor int64
	TotalMinor    int64
}

// PriceLines prices one order. Tax is rounded once per line, on what the line costs
// after its share of the discount, so the lines of a receipt add up to its foot.
//
// With prices that include tax, a line's subtotal is its gross price less the tax that
// is due on it; the customer pays exactly the gross price less the discount. Shipping
// is charged as given and carries no tax; it is not discounted.
//
// Amounts below zero, discounts above their line, rates outside 0 to MaxTaxRatePPM, quantities outside 1 to
// MaxQuantity and sums beyond 64 bits are CodeInvalid and name the field, with lines
// as "items[0]".
func PriceLines(in PricingInput) (Priced, error) {
	if err := checkPricing(in); err != nil {
		return Priced{}, err
	}
	listed, err := listPrices(in.Lines)
	if err != nil {
		return Priced{}, err
	}
	discounts := in.Discounts
	if discounts == nil {
		discounts = make([]int64, len(listed))
	}
	priced := Priced{Lines: make([]PricedLine, len(listed)), ShippingMinor: in.ShippingMinor}
	for i, line := range in.Lines {
		if discounts[i] < 0 || discounts[i] > listed[i] {
			return Priced{}, Invalid("discount", "The discount cannot be negative, nor exceed the line.")
		}
		priced.Lines[i] = priceLine(line, listed[i], discounts[i], in)
		if err := priced.add(i); err != nil {
			return Priced{}, err
		}
	}
	total, ok := addInt64(priced.TotalMinor, in.ShippingMinor)
	if !ok {
		return Priced{}, Invalid("shipping", "The order's total is too large.")
	}
	priced.TotalMinor = total
	return priced, nil
}

func checkPricing(in PricingInput) error {
	switch {
	case len(in.Lines) == 0:
		return Invalid("items", "An order needs at least one item.")
	case len(in.Lines) > MaxOrderLines:
		return Invalid("items", "An order can have at most "+strconv.Itoa(MaxOrderLines)+" lines.")
	case in.ShippingMinor < 0:
		return Invalid("shipping", "Shipping cannot cost less than nothing.")
	case in.Discounts != nil && len(in.Discounts) != len(in.Lines):
		return Invalid("discount", "Every line has a discount, or none has.")
	}
	for i, line := range in.Lines {
		if problem := quantityProblem(line.Quantity); problem != "" {
			return Invalid(itemField(i)+".quantity", problem)
		}
		if line.UnitPriceMinor < 0 {
			return Invalid(itemField(i)+".unitPrice", "The price cannot be negative.")
		}
		if line.TaxRatePPM < 0 || line.TaxRatePPM > MaxTaxRatePPM {
			return Invalid(itemField(i)+".taxRate", "The tax rate must be between 0 % and 100 %.")
		}
	}
	return nil
}

func itemField(i int) string { return fmt.Sprintf("items[%d]", i) }

// listPrices returns what each line costs by its unit price. Their sum fits 64 bits.
func listPrices(lines []PricingLine) (listed []int64, err error) {
	listed = make([]int64, len(lines))
	var sum int64
	for i, line := range lines {
		var fits, sumFits bool
		listed[i], fits = mulInt64(line.UnitPriceMinor, line.Quantity)
		sum, sumFits = addInt64(sum, listed[i])
		if !fits || !sumFits {
			return nil, tooLargeAt(i)
		}
	}
	return listed, nil
}

func tooLargeAt(i int) error {
	return Invalid(itemField(i), fmt.Sprintf("With line %d the order's amount is too large.", i+1))
}

// priceLine prices a line from its listed price and its share of the discount. The sum
// of an exclusive line can wrap around; add notices.
func priceLine(line PricingLine, listed, discount int64, in PricingInput) PricedLine {
	priced := PricedLine{SKUID: line.SKUID, Quantity: line.Quantity, DiscountMinor: discount}
	due := listed - discount
	if in.TaxInclusive {
		priced.TaxMinor = TaxIncluded(due, line.TaxRatePPM, in.Rounding)
		priced.SubtotalMinor = listed - priced.TaxMinor
		priced.TotalMinor = due
		return priced
	}
	priced.TaxMinor = TaxOf(due, line.TaxRatePPM, in.Rounding)
	priced.SubtotalMinor = listed
	priced.TotalMinor = due + priced.TaxMinor
	return priced
}

// add adds line i to the sums. The total of a line and of the order are the only ones
// that can exceed 64 bits: subtotals, discounts and taxes are at most the listed prices,
// whose sum was checked.
func (p *Priced) add(i int) error {
	line := p.Lines[i]
	total, ok := addInt64(p.TotalMinor, line.TotalMinor)
	if !ok || line.TotalMinor < 0 {
		return tooLargeAt(i)
	}
	p.SubtotalMinor += line.SubtotalMinor
	p.DiscountMinor += line.DiscountMinor
	p.TaxMinor += line.TaxMinor
	p.TotalMinor = total
	return nil
}
