package db_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"waybill/shop"
)

// task is a piece of work on a SKU under a key of its own.
func (p promised) task(reason string) shop.StockTask {
	return shop.StockTask{SKUID: p.sku, MerchantID: p.merchant, Reason: reason, Actor: clerk, RequestID: "test", Key: p.Order(p.customer, p.address).Key}
}

func (p promised) count(onHand int64) error {
	_, _, err := p.Store.CountStock(p.TB.Context(), shop.StockCount{StockTask: p.task(""), OnHand: onHand})
	return err
}

// ledger lists the movements that people booked.
func (p promised) ledger() string {
	p.TB.Helper()
	return p.Text(`SELECT coalesce(string_agg(kind || ' ' || on_hand_delta || ' at ' || loc.code, ', ' ORDER BY t.id), '')
		FROM inventory_transactions t JOIN locations loc ON loc.id = t.location_id WHERE actor_kind = 'staff'`)
}

// Set on-hand 5 is +5, set 3 is -2, set 3 again no movement, set -1 refused.
func TestACountBooksTheDifference(t *testing.T) {
	t.Parallel()
	p := newPromised(t, 0, shop.StockRules{})
	for _, onHand := range []int64{5, 3, 3} {
		if err := p.count(onHand); err != nil {
			t.Fatal(err)
		}
	}
	if got := p.ledger(); got != "count 5 at MAIN, count -2 at MAIN" {
		t.Errorf("the ledger says %s", got)
	}
	wantField(t, p.count(-1), "onHand")
	wantField(t, p.count(shop.MaxStock+1), "onHand")
	p.mustBuy(2, p.sku)
	wantCode(t, p.count(1), shop.CodeConflict)
	if got := p.Int(`SELECT on_hand FROM stock_levels`); got != 3 {
		t.Errorf("%d on hand after refused counts", got)
	}
	p.CheckBooks()
}

func wantField(t *testing.T, err error, field string) {
	t.Helper()
	refused, ok := err.(*shop.Error)
	if !ok || refused.Code != shop.CodeInvalid || len(refused.Fields) != 1 || refused.Fields[0].Field != field {
		t.Errorf("got %v, want %s refused", err, field)
	}
}

func TestATransferIsTwoEntriesAndLeavesWhatIsReserved(t *testing.T) {
	t.Parallel()
	p := newPromised(t, 5, shop.StockRules{})
	other := p.Location(p.merchant, "OTHER", 2)
	_, foreign := p.Merchant("two")
	p.mustBuy(2, p.sku)
	move := func(from, to, units int64) error {
		_, _, err := p.Store.TransferStock(t.Context(), shop.StockTransfer{StockTask: p.task("to the shop"), FromID: from, ToID: to, Quantity: units})
		return err
	}
	before := p.Int(`SELECT count(*) FROM inventory_transactions`)
	wantCode(t, move(p.main, other, 4), shop.CodeConflict)
	wantField(t, move(p.main, p.main, 1), "toLocationId")
	wantField(t, move(p.main, foreign, 1), "toLocationId")
	wantField(t, move(foreign, p.main, 1), "fromLocationId")
	wantField(t, move(p.main, other, 0), "quantity")
	wantField(t, move(p.main, other, -1), "quantity")
	wantField(t, move(p.main, other, shop.MaxStock+1), "quantity")
	if got := p.Int(`SELECT count(*) FROM inventory_transactions`); got != before {
		t.Fatalf("refused transfers wrote %d entries", got-before)
	}
	if err := move(p.main, other, 3); err != nil {
		t.Fatal(err)
	}
	if got := p.ledger(); got != "transfer -3 at MAIN, transfer 3 at OTHER" {
		t.Errorf("the ledger says %s", got)
	}
	if got := p.Text(`SELECT string_agg(on_hand || '/' || reserved, ' ' ORDER BY location_id) FROM stock_levels`); got != "2/2 3/0" {
		t.Errorf("counters %s", got)
	}
	p.CheckBooks()
}

func TestAReceiptOnlyAdds(t *testing.T) {
	t.Parallel()
	p := newPromised(t, 1, shop.StockRules{})
	receive := func(units int64) (shop.SKUStock, error) {
		stock, _, err := p.Store.ReceiveStock(t.Context(), shop.StockReceipt{StockTask: p.task("delivery note 77"), Quantity: units})
		return stock, err
	}
	for _, units := range []int64{0, -5, shop.MaxStock + 1, shop.MaxStock} { // the last with what is there
		_, err := receive(units)
		wantField(t, err, "quantity")
	}
	stock, err := receive(4)
	if err != nil || stock.OnHand() != 5 {
		t.Errorf("%+v, %v", stock, err)
	}
	if got := p.Text(`SELECT kind || ' ' || reason FROM inventory_transactions WHERE actor_kind = 'staff'`); got != "receipt delivery note 77" {
		t.Errorf("the ledger says %s", got)
	}
	task := p.task("")
	task.SKUID = 999
	_, _, err = p.Store.CountStock(t.Context(), shop.StockCount{StockTask: task, OnHand: 1})
	wantCode(t, err, shop.CodeNotFound)
	task = p.task("")
	task.MerchantID, _ = p.Merchant("two")
	_, _, err = p.Store.ReceiveStock(t.Context(), shop.StockReceipt{StockTask: task, Quantity: 1})
	wantCode(t, err, shop.CodeNotFound)
}

// Two people take the last unit away at once, or one moves what another counts: one wins, the counters equal their rows.
func TestPeopleWhoWorkOnOneShelfTakeTurns(t *testing.T) {
	t.Parallel()
	p := newPromised(t, 1, shop.StockRules{})
	other := p.Location(p.merchant, "OTHER", 2)
	var won atomic.Int64
	var all sync.WaitGroup
	for i := range 8 {
		task := p.task("the last one")
		all.Go(func() {
			var err error
			if i%2 == 0 {
				_, _, err = p.Store.AdjustStock(t.Context(), shop.StockAdjustment{SKUID: p.sku, Delta: -1, Reason: "lost", Actor: clerk, Key: task.Key})
			} else {
				_, _, err = p.Store.TransferStock(t.Context(), shop.StockTransfer{StockTask: task, FromID: p.main, ToID: other, Quantity: 1})
			}
			if err == nil {
				won.Add(1)
			} else if shop.CodeOf(err) != shop.CodeConflict {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 || p.Int(`SELECT on_hand FROM stock_levels WHERE location_id = $1`, p.main) != 0 {
		t.Errorf("%d took the one unit", won.Load())
	}
	p.CheckBooks()
}

func TestACountSheetHidesBooksAndCloses(t *testing.T) {
	t.Parallel()
	p := newPromised(t, 5, shop.StockRules{})
	b := p.SKU(p.merchant, "B", 100, 7)
	p.SKU(p.merchant, "C", 100, 9)
	p.Exec(`UPDATE stock_levels SET bin = 'A-' || sku_id WHERE sku_id IN ($1, $2)`, p.sku, b)
	open := func(bins string) (int64, error) {
		id, _, err := p.Store.OpenCountSheet(t.Context(), shop.OpenCount{MerchantID: p.merchant, LocationID: p.main, Bins: bins, Actor: clerk, Key: p.task("").Key})
		return id, err
	}
	_, err := open("Z")
	wantField(t, err, "bins")
	id, err := open("A-")
	if err != nil {
		t.Fatal(err)
	}
	sheet := func() shop.CountSheet {
		s, err := p.Store.CountSheet(t.Context(), p.merchant, id)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if s := sheet(); s.All != 2 || s.Counted != 0 || s.Lines[0].Expected != 0 || s.Lines[0].Entered {
		t.Fatalf("a new sheet: %+v", s)
	}
	work := shop.CountWork{SheetID: id, MerchantID: p.merchant, Actor: clerk}
	approve := func() error {
		work.Key = p.task("").Key
		_, err := p.Store.ApproveCountSheet(t.Context(), work)
		return err
	}
	discard := func(id int64) error {
		_, err := p.Store.DiscardCountSheet(t.Context(), shop.CountWork{SheetID: id, MerchantID: p.merchant, Actor: clerk, Key: p.task("").Key})
		return err
	}
	enter := func(counted map[int64]int64) error {
		return p.Store.EnterCounts(t.Context(), shop.EnterCounts{CountWork: work, Counted: counted})
	}
	wantField(t, enter(map[int64]int64{p.sku: -1}), shop.CountField(p.sku))
	wantField(t, enter(map[int64]int64{p.sku: 4, 999: 1}), shop.CountField(999))
	if err := enter(map[int64]int64{p.sku: 4, b: 7}); err != nil {
		t.Fatal(err)
	}
	if s := sheet(); s.Counted != 2 || s.Different != 1 || s.Lines[0].Expected != 5 || s.Lines[0].Difference() != -1 {
		t.Fatalf("a counted sheet: %+v", s)
	}
	p.Exec(`UPDATE stock_levels SET on_hand = on_hand - 1 WHERE sku_id = $1`, b) // as if one were shipped
	if err := enter(map[int64]int64{p.sku: 4, b: 7}); err != nil {               // a page saved once more repeats what stands on it
		t.Fatal(err)
	}
	if s := sheet(); s.Different != 1 || s.Lines[1].Expected != 7 {
		t.Fatalf("what was shipped after it was counted is a difference: %+v", s)
	}
	p.Exec(`UPDATE stock_levels SET on_hand = on_hand + 1 WHERE sku_id = $1`, b)
	p.mustBuy(5, p.sku) // what is sold meanwhile may not be counted away
	wantCode(t, approve(), shop.CodeConflict)
	p.Stock(p.sku, p.main, 2)
	if err := approve(); err != nil {
		t.Fatal(err)
	}
	if got := p.ledger(); got != "count -1 at MAIN" {
		t.Errorf("the ledger says %s", got)
	}
	if got := p.Int(`SELECT on_hand FROM stock_levels WHERE sku_id = $1`, p.sku); got != 6 {
		t.Errorf("%d on hand, want the 5 + 2 - 1", got)
	}
	for _, err := range []error{enter(map[int64]int64{b: 1}), discard(id)} {
		wantCode(t, err, shop.CodeConflict)
	}
	if replayed, err := p.Store.ApproveCountSheet(t.Context(), work); err != nil || !replayed {
		t.Errorf("the same approval again is a replay %t, %v", replayed, err)
	}
	if err := approve(); err != nil || p.ledger() != "count -1 at MAIN" {
		t.Errorf("approved once more: %v, the ledger says %s", err, p.ledger())
	}
	two, _ := p.Merchant("two")
	_, err = p.Store.CountSheet(t.Context(), two, id)
	wantCode(t, err, shop.CodeNotFound)
	discarded, err := open("")
	if err != nil {
		t.Fatal(err)
	}
	if err := discard(discarded); err != nil {
		t.Fatal(err)
	}
	sheets, _, err := p.Store.CountSheets(t.Context(), p.merchant, 0, 10)
	if err != nil || len(sheets) != 2 || sheets[0].Status != shop.CountDiscarded || sheets[1].Status != shop.CountApproved || sheets[1].Different != 1 {
		t.Errorf("sheets %+v, %v", sheets, err)
	}
	p.CheckBooks()
}

func TestLowStockIsToldOnceAndClearedWhenItIsBack(t *testing.T) {
	t.Parallel()
	point := int64(3)
	p := newPromised(t, 5, shop.StockRules{ReorderPoint: &point, BackorderLimit: 10})
	other := p.Location(p.merchant, "OTHER", 2)
	if _, err := p.Store.PlaceStock(t.Context(), shop.StockPlace{StockTask: p.task(""), LocationID: other, Bin: " B-1 ", ReorderPoint: new(int64)}); err != nil {
		t.Fatal(err)
	}
	refresh := func(want int) {
		t.Helper()
		if n, err := p.Store.RefreshStockAlerts(t.Context()); n != want || err != nil {
			t.Errorf("%d alerts changed, want %d: %v", n, want, err)
		}
	}
	open := func() string {
		alerts, _, err := p.Store.StockAlerts(t.Context(), shop.AlertQuery{MerchantID: p.merchant})
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, a := range alerts {
			words = append(words, fmt.Sprintf("%s %s %d of %d", a.Code, a.Location, a.Available, a.ReorderPoint))
		}
		return strings.Join(words, ", ")
	}
	refresh(1) // the other location is empty
	if got := open(); got != "A OTHER 0 of 0" {
		t.Errorf("alerts: %s", got)
	}
	p.mustBuy(7, p.sku)
	refresh(1)
	refresh(0)
	if got := open(); got != "A  -2 of 3, A OTHER 0 of 0" {
		t.Errorf("alerts: %s", got)
	}
	if n, err := p.Store.StockAlertCount(t.Context(), p.merchant); n != 2 || err != nil {
		t.Errorf("%d open, %v", n, err)
	}
	p.Stock(p.sku, other, 6)
	refresh(2)
	if got := open(); got != "" {
		t.Errorf("alerts: %s", got)
	}
	if got := p.Int(`SELECT count(*) FROM outbox WHERE topic = 'stock.alert' AND order_id IS NULL`); got != 3 {
		t.Errorf("the feed was told %d times, want 3", got)
	}
	p.Exec(`UPDATE stock_levels SET reorder_point = NULL`)
	if p.Text(`SELECT bin FROM stock_levels WHERE location_id = $1`, other) != "B-1" {
		t.Error("the bin was not kept")
	}
	// It falls again: a new alert.
	p.mustBuy(2, p.sku)
	refresh(1)
	p.CheckBooks()
}

func TestStockRulesAreChecked(t *testing.T) {
	t.Parallel()
	p := newPromised(t, 0, shop.StockRules{})
	for field, rules := range map[string]shop.StockRules{
		"backorderLimit": {BackorderLimit: -1}, "buyerLimit": {BuyerLimit: shop.MaxQuantity + 1}, "reorderPoint": {ReorderPoint: new(int64(-1))},
	} {
		wantField(t, p.Store.SetStockRules(t.Context(), shop.StockRulesChange{StockRules: rules, SKUID: p.sku, MerchantID: p.merchant}), field)
	}
	other, _ := p.Merchant("two")
	wantCode(t, p.Store.SetStockRules(t.Context(), shop.StockRulesChange{SKUID: p.sku, MerchantID: other}), shop.CodeNotFound)
	// A SKU that never had stock can be waited for: the rules give it a level that counts.
	bare := p.SKU(p.merchant, "BARE", 100, 0)
	p.Exec(`DELETE FROM stock_levels WHERE sku_id = $1`, bare)
	p.Rules(bare, shop.StockRules{BackorderLimit: 1})
	if got := p.units(p.mustBuy(1, bare)); got != "held 0 shipped 0 waiting 1" {
		t.Error(got)
	}
	if n := p.Int(`SELECT count(*) FROM audit_log WHERE action = 'stock.rules_set' AND subject = 'sku:' || $1::bigint`, bare); n != 1 {
		t.Errorf("%d lines in the audit log", n)
	}
}
