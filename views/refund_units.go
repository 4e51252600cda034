package views

import (
	"fmt"
	"strconv"
	"strings"

	"waybill/shop"
	"waybill/views/format"
)

// RefundUnitsModel is the page on which staff give money back for exact units of an order.
type RefundUnitsModel struct {
	Order    shop.OrderDetail
	Action   string // where the form goes
	Back     string // the order's page
	Units    map[int]string
	Shipping string
	Reason   string
	Key      string           // makes pressing twice one refund
	Preview  *shop.UnitRefund // what would go back; nil before it was asked for
	Problem  string           // why what was just tried did not happen
}

// UnitsField is the form field of how many units of a line.
func UnitsField(line int) string { return "units[" + strconv.Itoa(line) + "]" }

// left is how many units of a line can still be refunded.
func (m RefundUnitsModel) left(l shop.OrderLine) int64 { return l.Quantity - l.Refunded.Quantity }

// shippingLeft is what of the shipping can still be refunded.
func (m RefundUnitsModel) shippingLeft() shop.Amount {
	return m.Order.Amount(m.Order.ShippingMinor - m.Order.ShippingRefundedMinor())
}

// unsent tells whether units of the order are still to be sent.
func (m RefundUnitsModel) unsent() bool {
	for _, f := range m.Order.Fulfillments {
		if !f.Status.Done() {
			return true
		}
	}
	return false
}

// refundRows is what a refund of units is made of, down to its sum.
func refundRows(lines []shop.OrderLine, u shop.UnitRefund) []TotalRow {
	amount := func(minor int64) shop.Amount { return shop.Amount{Minor: minor, Currency: u.Currency} }
	var rows []TotalRow
	var tax int64
	for _, back := range u.Lines {
		label := shop.ItemWords(lines, []shop.LineUnits{{LineNo: back.LineNo, Quantity: back.Quantity}})
		rows = append(rows, TotalRow{Label: label, Amount: amount(back.TotalMinor)})
		tax += back.TaxMinor
	}
	if u.ShippingMinor != 0 {
		rows = append(rows, TotalRow{Label: "Shipping", Amount: amount(u.ShippingMinor)})
	}
	if u.WithheldMinor != 0 {
		rows = append(rows, TotalRow{Label: "Went back before", Amount: amount(-u.WithheldMinor)})
	}
	rows = append(rows, TotalRow{Label: "Goes back", Amount: amount(u.AmountMinor), Sum: true})
	if tax != 0 {
		rows = append(rows, TotalRow{Label: "Including tax", Amount: amount(tax), Note: true})
	}
	return rows
}

// refundedWords says how much of a line went back, "" if nothing did.
func refundedWords(o shop.OrderDetail, l shop.OrderLine) string {
	if l.Refunded.Quantity == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d refunded, %s", l.Refunded.Quantity, l.Quantity, format.Money(o.Amount(l.Refunded.TotalMinor)))
}

// gapWords say how a refund stands of which a part was declined.
func gapWords(gap shop.RefundGap) string {
	words := fmt.Sprintf("Of the refund of %s, %s went back or is on its way. The payment provider declined the rest", format.Money(gap.Refund.Amount()), format.Money(gap.PaidBack))
	if gap.Failure == "" {
		return words + "."
	}
	return words + ": " + strings.TrimSuffix(gap.Failure, ".") + "."
}
