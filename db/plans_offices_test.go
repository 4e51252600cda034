package db_test

import (
	"testing"
	"time"

	"waybill/shop"
)

// Finance asks about days, support about whatever somebody has at hand: neither may read months that hold nothing of it.
func TestOfficeQueriesUseTheirIndexAndPruneMonths(t *testing.T) {
	t.Parallel()
	w := newPlanWorld(t)
	ctx := t.Context()
	now := w.store.Now()
	// The orders of a month lie close together in this world: a week that is not theirs is found by index, one that is
	// would rightly be read from end to end.
	week := shop.Period{From: shop.UTCDay(now.AddDate(0, 0, -10)), Until: shop.UTCDay(now.AddDate(0, 0, -3))}
	days := func() error { _, err := w.store.DailyTotals(ctx, week); return err }
	overview := func() error { _, err := w.store.FinanceOverview(ctx, week); return err }
	search := func(text string) func() error {
		return func() error {
			looked, err := shop.ParseSupportSearch(text)
			if err == nil {
				_, err = w.store.SupportSearch(ctx, looked)
			}
			return err
		}
	}
	stuck := func(status shop.Status) func() error {
		return func() error {
			_, err := w.store.StuckOrders(ctx, shop.StuckOrders{Status: status, Before: now.Add(-time.Hour)}, true)
			return err
		}
	}
	ledger := func() error {
		const sku, merchant = 7, 1 + 7%10
		_, err := w.store.SKULedger(ctx, shop.LedgerQuery{SKUID: sku, MerchantID: merchant, Limit: 20})
		return err
	}
	w.prove(t, []planCase{
		{"FinanceDays", "orders_pkey", "orders", 2, days},
		{"FinanceDays", "payments_captured_idx", "", 0, days},
		{"FinanceDays", "refunds_succeeded_idx", "", 0, days},
		{"FinanceFirstDay", "orders_pkey", "", 0, func() error { _, err := w.store.FirstOrderDay(ctx); return err }},
		{"FinancePaymentStates", "payments_id_idx", "", 0, overview},
		{"FinanceOpenPayments", "payments_ask_idx", "", 0, overview},
		{"SupportOrders", "orders_pkey", "orders", 1, search(w.order.Number())},
		{"SupportPaymentRef", "payments_provider_ref_idx", "", 0, search("ref-1")},
		{"SupportPaymentRef", "payments_charge_key", "", 0, search("ref-1")},
		{"SupportPaymentRef", "refunds_provider_ref_idx", "", 0, search("ref-1")},
		{"SupportPaymentID", "payments_id_idx", "", 0, search("123456789012345")},
		{"SupportTracking", "fulfillments_tracking_idx", "", 0, search("T1")},
		{"SupportExternal", "import_refs_external_idx", "", 0, search("x1")},
		{"SupportCustomersByEmail", "customers_email_key", "", 0, search("c9@")},
		{"SupportCustomersByName", "customers_name_idx", "", 0, search("c9")},
		{"StuckOrders", "orders_status_idx", "", 0, stuck(shop.StatusConfirmed)},
		{"StuckShippedOrders", "orders_shipped_idx", "", 0, stuck(shop.StatusShipped)},
		{"StockHeld", "reservations_open_idx", "", 0, ledger},
		{"StockLedger", "inventory_transactions_sku_idx", "", 0, ledger},
		{"OrderStockMoves", "inventory_transactions_sku_idx", "", 0, func() error { _, err := w.store.OrderRecord(ctx, w.order); return err }},
	})
}
