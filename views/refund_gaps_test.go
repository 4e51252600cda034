package views_test

import (
	"strings"
	"testing"

	"waybill/shop"
	"waybill/views"
)

// TestAGapSaysWhatIsMissing shows a refund of which a part was declined to those who can try again, and to those who only
// read it.
func TestAGapSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	order := shop.OrderDetail{
		OrderHead:   shop.OrderHead{ID: 1 << 40, Currency: "USD", Status: shop.StatusDelivered},
		UnitRefunds: []shop.UnitRefund{{ID: 7, Currency: "USD", AmountMinor: 5000, Live: true}, {ID: 8, Currency: "USD", AmountMinor: 300}},
		Refunds: []shop.Refund{
			{UnitRefundID: 7, Status: shop.RequestSucceeded, AmountMinor: 2000}, {UnitRefundID: 7, Status: shop.RequestFailed, AmountMinor: 3000, Failure: "the card is closed."},
			{UnitRefundID: 8, Status: shop.RequestFailed, AmountMinor: 300, Failure: "no"},
		},
	}
	for name, tt := range map[string]struct {
		canAct bool
		want   bool
	}{"support": {true, true}, "finance": {false, false}} {
		html := render(t, views.SupportOrder(views.Page{}, views.SupportOrderModel{Record: shop.OrderRecord{OrderDetail: order}, CanAct: tt.canAct}))
		for _, words := range []string{"$30.00 of a refund is missing.", "Of the refund of $50.00, $20.00 went back", "the card is closed."} {
			if !strings.Contains(html, words) {
				t.Errorf("%s does not see %q", name, words)
			}
		}
		if strings.Contains(html, "$3.00 of a refund") {
			t.Errorf("%s is told of a refund that was declined altogether", name)
		}
		if got := strings.Contains(html, "Try $30.00 again") && strings.Contains(html, `name="payouts" value="2"`); got != tt.want {
			t.Errorf("%s can try again: %v", name, got)
		}
	}
}
