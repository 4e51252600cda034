package views

import (
	"cmp"
	"slices"
	"strings"

	"waybill/shop"
	"waybill/views/format"
)

// TotalRow is one line of a price breakdown.
type TotalRow struct {
	Label  string
	Amount shop.Amount
	Sum    bool // the foot of the breakdown
	Note   bool // explains the sum and is not part of it
}

// taxPart is the tax of one rate, on top of the prices or within them.
type taxPart struct {
	ratePPM  int64
	included bool
	minor    int64
}

// breakdown collects what a price is made of.
type breakdown struct {
	currency                  shop.Currency
	listed, discount, freight int64
	total                     int64
	taxes                     []taxPart
	services                  []string   // how it is sent, each once
	named                     []TotalRow // discounts by name; what is left of discount has none
}

// addDiscounts names what was taken off. One discount may stand in several orders of a checkout.
func (b *breakdown) addDiscounts(discounts []shop.AppliedDiscount) {
	for _, d := range discounts {
		label := shop.Discount{Name: d.Name, Code: d.Code}.Label()
		at := slices.IndexFunc(b.named, func(row TotalRow) bool { return row.Label == label })
		if at < 0 {
			at = len(b.named)
			b.named = append(b.named, TotalRow{Label: label, Amount: shop.Amount{Currency: b.currency}})
		}
		b.named[at].Amount.Minor -= d.AmountMinor
	}
}

// discountRows are the discounts by name, and the rest of them.
func (b *breakdown) discountRows() []TotalRow {
	rest := -b.discount
	for _, row := range b.named {
		rest -= row.Amount.Minor
	}
	if rest == 0 {
		return b.named
	}
	return append(b.named, TotalRow{Label: "Discount", Amount: shop.Amount{Minor: rest, Currency: b.currency}})
}

func (b *breakdown) addLine(line shop.PricedLine, ratePPM int64, included bool) {
	b.listed += line.SubtotalMinor
	if included {
		b.listed += line.TaxMinor
	}
	b.discount += line.DiscountMinor
	b.addTax(taxPart{ratePPM, included, line.TaxMinor})
}

func (b *breakdown) addTax(part taxPart) {
	at := slices.IndexFunc(b.taxes, func(t taxPart) bool { return t.ratePPM == part.ratePPM && t.included == part.included })
	switch {
	case at >= 0:
		b.taxes[at].minor += part.minor
	case part.minor != 0:
		b.taxes = append(b.taxes, part)
	}
}

// rows are the parts that add up to the total, the total, and the tax that is contained in it.
func (b *breakdown) rows() []TotalRow {
	amount := func(minor int64) shop.Amount { return shop.Amount{Minor: minor, Currency: b.currency} }
	rows := []TotalRow{{Label: "Items", Amount: amount(b.listed)}}
	rows = append(rows, b.discountRows()...)
	rows = append(rows, TotalRow{Label: b.shippingLabel(), Amount: amount(b.freight)})
	for _, tax := range b.taxes {
		if !tax.included {
			rows = append(rows, TotalRow{Label: taxLabel("Tax", tax.ratePPM), Amount: amount(tax.minor)})
		}
	}
	rows = append(rows, TotalRow{Label: "Total", Amount: amount(b.total), Sum: true})
	for _, tax := range b.taxes {
		if tax.included {
			rows = append(rows, TotalRow{Label: taxLabel("Including tax", tax.ratePPM), Amount: amount(tax.minor), Note: true})
		}
	}
	return rows
}

// addService notes a service that an order is sent with; "" is the standard.
func (b *breakdown) addService(name string) {
	if name = cmp.Or(name, shop.StandardServiceName); !slices.Contains(b.services, name) {
		b.services = append(b.services, name)
	}
}

// shippingLabel names the service, unless all is sent with the standard.
func (b *breakdown) shippingLabel() string {
	if len(b.services) == 0 || (len(b.services) == 1 && b.services[0] == shop.StandardServiceName) {
		return "Shipping"
	}
	return "Shipping, " + strings.Join(b.services, " and ")
}

func taxLabel(word string, ratePPM int64) string {
	if ratePPM == 0 {
		return word
	}
	return word + ", " + format.Rate(ratePPM)
}

// QuoteRows is what a quoted checkout comes to.
func QuoteRows(q shop.Quote) []TotalRow {
	b := &breakdown{currency: q.Currency, total: q.TotalMinor}
	for _, order := range q.Orders {
		b.freight += order.ShippingMinor
		b.addService(order.Shipping.ServiceName())
		b.addDiscounts(order.Discounts)
		for _, line := range order.Lines {
			b.addLine(line.PricedLine, line.TaxRatePPM, line.SKU.TaxInclusive)
		}
	}
	return b.rows()
}

// goodsRows are the goods of a quote less the discounts, while it is not known where they go.
func goodsRows(q shop.Quote) []TotalRow {
	b := &breakdown{currency: q.Currency}
	for _, order := range q.Orders {
		b.addDiscounts(order.Discounts)
		for _, line := range order.Lines {
			b.listed += line.UnitPriceMinor * line.Quantity
			b.discount += line.DiscountMinor
		}
	}
	rows := append([]TotalRow{{Label: "Items", Amount: shop.Amount{Minor: b.listed, Currency: q.Currency}}}, b.discountRows()...)
	return append(rows, TotalRow{Label: "Goods", Amount: shop.Amount{Minor: b.listed - b.discount, Currency: q.Currency}, Sum: true})
}

// OrderRows is what an order came to.
func OrderRows(o shop.OrderDetail) []TotalRow {
	b := &breakdown{currency: o.Currency}
	b.addOrder(o)
	return b.rows()
}

// CheckoutRows is what all orders of a checkout came to together.
func CheckoutRows(c shop.CheckoutDetail) []TotalRow {
	b := &breakdown{currency: c.Currency}
	for _, o := range c.Orders {
		b.addOrder(o)
	}
	return b.rows()
}

// addOrder adds a sold order. One that was imported without lines knows its sums only.
func (b *breakdown) addOrder(o shop.OrderDetail) {
	b.total += o.TotalMinor
	b.freight += o.ShippingMinor
	b.addService(o.ShipService)
	b.addDiscounts(o.Discounts)
	for _, line := range o.Lines {
		b.addLine(shop.PricedLine{SubtotalMinor: line.SubtotalMinor, DiscountMinor: line.DiscountMinor, TaxMinor: line.TaxMinor}, line.TaxRatePPM, line.TaxIncluded)
	}
	if len(o.Lines) == 0 {
		b.listed += o.SubtotalMinor
		b.discount += o.DiscountMinor
		b.addTax(taxPart{minor: o.TaxMinor})
	}
}

// listedMinor is what a quoted line costs by its unit price, before anything is added or taken off.
func listedMinor(line shop.CartLine) int64 { return line.PriceMinor * line.Quantity }

// lineListed is what a sold line cost by its unit price. Imported lines may know no unit price that multiplies exactly.
func lineListed(line shop.OrderLine) int64 {
	if line.TaxIncluded {
		return line.SubtotalMinor + line.TaxMinor
	}
	return line.SubtotalMinor
}
