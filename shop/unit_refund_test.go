package shop

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func soldLine(quantity, subtotal, discount, tax int64) RefundableLine {
	return RefundableLine{OrderLine: OrderLine{
		LineNo: 1, Name: "Mug", Quantity: quantity, SubtotalMinor: subtotal, DiscountMinor: discount, TaxMinor: tax, TotalMinor: subtotal - discount + tax,
	}}
}

func TestUnitShares(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		line  RefundableLine
		units []int64
		want  []UnitShare
	}{
		{"10.00 over three", soldLine(3, 1000, 0, 0), []int64{1, 1, 1}, []UnitShare{{1, 333, 0, 0, 333}, {1, 333, 0, 0, 333}, {1, 334, 0, 0, 334}}},
		{"two, then one", soldLine(3, 1000, 0, 0), []int64{2, 1}, []UnitShare{{2, 666, 0, 0, 666}, {1, 334, 0, 0, 334}}},
		{"discount and tax", soldLine(3, 3000, 1000, 215), []int64{1, 2}, []UnitShare{{1, 1000, 333, 71, 738}, {2, 2000, 667, 144, 1477}}},
		{"all at once", soldLine(7, 699, 100, 57), []int64{7}, []UnitShare{{7, 699, 100, 57, 656}}},
		{"given away", soldLine(2, 500, 500, 0), []int64{1, 1}, []UnitShare{{1, 250, 250, 0, 0}, {1, 250, 250, 0, 0}}},
		{"one yen for five", soldLine(5, 1, 0, 0), []int64{1, 3, 1}, []UnitShare{{1, 0, 0, 0, 0}, {3, 0, 0, 0, 0}, {1, 1, 0, 0, 1}}},
	}
	for _, c := range cases {
		for i, n := range c.units {
			got := c.line.Share(n)
			if got != c.want[i] {
				t.Errorf("%s, refund %d: %+v, want %+v", c.name, i, got, c.want[i])
			}
			c.line.Refunded = c.line.Refunded.Plus(got)
		}
	}
}

// Any sequence of refunds gives back each line exactly, in every part, never a negative amount, and no refund more than
// its tax; refunds that are declined in between do not change where it ends.
func TestSharesOfALineAddUpToIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		subtotal := rapid.Int64Range(0, 1<<55).Draw(t, "subtotal")
		discount := rapid.Int64Range(0, subtotal).Draw(t, "discount")
		tax := rapid.Int64Range(0, subtotal-discount).Draw(t, "tax")
		line := soldLine(rapid.Int64Range(1, MaxQuantity).Draw(t, "quantity"), subtotal, discount, tax)
		declined := rapid.Bool().Draw(t, "some are declined")
		var live []UnitShare
		for i := 0; line.Left() > 0; i++ {
			n := line.Left()
			if i < 8 {
				n = rapid.Int64Range(1, line.Left()).Draw(t, fmt.Sprint("units", i))
			}
			share := line.Share(n)
			if share.TotalMinor != share.NetMinor-share.DiscountMinor+share.TaxMinor || share.TotalMinor < 0 || share.TaxMinor < 0 || share.DiscountMinor < 0 {
				t.Fatalf("%+v of %+v", share, line)
			}
			if !declined && (share.TaxMinor > share.TotalMinor || share.NetMinor < 0) {
				t.Fatalf("%+v of %+v", share, line)
			}
			live = append(live, share)
			if declined && i < 8 && rapid.Bool().Draw(t, fmt.Sprint("declined", i)) {
				live = append(live[:0], live[1:]...)
			}
			line.Refunded = UnitShare{}
			for _, s := range live {
				line.Refunded = line.Refunded.Plus(s)
			}
		}
		if want := (UnitShare{line.Quantity, subtotal, discount, tax, line.TotalMinor}); line.Refunded != want {
			t.Fatalf("refunded %+v of %+v", line.Refunded, want)
		}
	})
}

func TestPlanUnitRefund(t *testing.T) {
	t.Parallel()
	line := soldLine(3, 3000, 0, 300)
	part := line
	part.Refunded = UnitShare{Quantity: 2, NetMinor: 2000, TaxMinor: 200, TotalMinor: 2200}
	paid := []OpenPayment{openPayment(1, PaymentCaptured, 1000, 1000, 0), openPayment(2, PaymentCaptured, 2800, 2800, 0)}
	order := func(l RefundableLine, payments []OpenPayment) RefundableOrder {
		return RefundableOrder{Currency: "USD", ShippingMinor: 500, ShippingRefundedMinor: 100, Lines: []RefundableLine{l}, Payments: payments}
	}
	cases := []struct {
		name             string
		command          RefundUnitsCommand
		order            RefundableOrder
		amount, withheld int64
		shares           int
		code             Code
	}{
		{"one unit spills over", RefundUnitsCommand{Units: []LineUnits{{1, 1}}}, order(line, paid), 1100, 0, 2, ""},
		{"with shipping", RefundUnitsCommand{Units: []LineUnits{{1, 1}}, ShippingMinor: 400}, order(line, paid), 1500, 0, 2, ""},
		{"more shipping than is left", RefundUnitsCommand{Units: []LineUnits{{1, 1}}, ShippingMinor: 401}, order(line, paid), 0, 0, 0, CodeInvalid},
		{"more units than are left", RefundUnitsCommand{Units: []LineUnits{{1, 2}}}, order(part, paid), 0, 0, 0, CodeInvalid},
		{"a line that is not there", RefundUnitsCommand{Units: []LineUnits{{2, 1}}}, order(line, paid), 0, 0, 0, CodeInvalid},
		{"more money than is left", RefundUnitsCommand{Units: []LineUnits{{1, 1}}}, order(line, paid[:1]), 0, 0, 0, CodeInvalid},
		{"as much as is left", RefundUnitsCommand{Units: []LineUnits{{1, 1}}, UpToLeft: true}, order(line, paid[:1]), 1000, 100, 1, ""},
		{"nothing is left", RefundUnitsCommand{Units: []LineUnits{{1, 1}}}, order(line, nil), 0, 0, 0, CodeConflict},
		{"units that cost nothing", RefundUnitsCommand{Units: []LineUnits{{1, 1}}}, order(soldLine(1, 0, 0, 0), nil), 0, 0, 0, ""},
	}
	for _, c := range cases {
		got, shares, err := c.command.Plan(c.order)
		if CodeOf(err) != c.code || got.AmountMinor != c.amount || got.WithheldMinor != c.withheld || len(shares) != c.shares {
			t.Errorf("%s: %+v by %v, %v", c.name, got, shares, err)
		}
	}
}

func TestRefundsOfUnitsAreChecked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]RefundUnitsCommand{
		"nothing":           {},
		"no units":          {Units: []LineUnits{{1, 0}}},
		"less than none":    {Units: []LineUnits{{1, -1}}},
		"far too many":      {Units: []LineUnits{{1, MaxQuantity + 1}}},
		"a line twice":      {Units: []LineUnits{{1, 1}, {1, 1}}},
		"negative shipping": {Units: []LineUnits{{1, 1}}, ShippingMinor: -1},
	} {
		if err := c.Check(); CodeOf(err) != CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (RefundUnitsCommand{ShippingMinor: 1}).Check(); err != nil {
		t.Error(err)
	}
}
