package factory

import "context"

// CheckBooks fails the test for every invariant that the database breaks: counters and ledger, statuses and events,
// payments and refunds, orders and their stock.
func (w *World) CheckBooks() {
	w.TB.Helper()
	results, err := w.Store.Verify(context.Background())
	if err != nil {
		w.TB.Errorf("check the books: %v", err)
	}
	for _, r := range results {
		if !r.OK() {
			w.TB.Errorf("%s: %v", r.Says, r.Examples)
		}
	}
}
