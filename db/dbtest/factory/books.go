package factory

// books are queries that count what must not be, by what they mean.
var books = map[string]string{
	"stock counters differ from the ledger": `
		SELECT count(*) FROM stock_levels l
		WHERE (l.on_hand, l.reserved) <> (SELECT coalesce(sum(t.on_hand_delta), 0), coalesce(sum(t.reserved_delta), 0)
		                                  FROM inventory_transactions t WHERE t.sku_id = l.sku_id AND t.location_id = l.location_id)`,
	"reserved units are nobody's": `
		SELECT count(*) FROM stock_levels l
		WHERE l.reserved <> (SELECT coalesce(sum(r.quantity), 0) FROM reservations r
		                     WHERE r.sku_id = l.sku_id AND r.location_id = l.location_id AND r.status = 'held')`,
	"ended orders hold stock": `
		SELECT count(*) FROM reservations r JOIN orders o ON o.id = r.order_id WHERE r.status = 'held' AND o.status IN ('cancelled', 'refunded')`,
	"ended orders are still worked on": `
		SELECT count(*) FROM fulfillments f JOIN orders o ON o.id = f.order_id
		WHERE f.status IN ('open', 'picking', 'picked', 'packed') AND o.status IN ('cancelled', 'refunded')`,
	"statuses differ from the last event": `
		SELECT count(*) FROM orders o
		WHERE o.status <> (SELECT e.to_status FROM order_events e WHERE e.order_id = o.id AND e.to_status IS NOT NULL ORDER BY e.seq DESC LIMIT 1)`,
	"refunded amounts differ from the refunds": `
		SELECT count(*) FROM payments p
		WHERE p.refunded_minor <> (SELECT coalesce(sum(r.amount_minor), 0) FROM refunds r
		                           WHERE r.order_id = p.order_id AND r.payment_id = p.id AND r.status = 'succeeded')`,
	"captured amounts differ from the captures": `
		SELECT count(*) FROM payments p
		WHERE p.captured_minor NOT IN (p.amount_minor, (SELECT coalesce(sum(c.amount_minor), 0) FROM payment_operations c
		                                               WHERE c.order_id = p.order_id AND c.payment_id = p.id AND c.kind = 'capture' AND c.status = 'succeeded'))`,
	"more goes back than came": `
		SELECT count(*) FROM payments p
		WHERE p.captured_minor < (SELECT coalesce(sum(r.amount_minor), 0) FROM refunds r
		                          WHERE r.order_id = p.order_id AND r.payment_id = p.id AND r.status <> 'failed')`,
	"orders in work are not paid": `
		SELECT count(*) FROM orders o
		WHERE o.status IN ('confirmed', 'processing')
		  AND o.total_minor > (SELECT coalesce(sum(p.captured_minor), 0) FROM payments p WHERE p.order_id = o.id)`,
	"paid orders are stuck": `
		SELECT count(*) FROM orders o
		WHERE o.status = 'pending' AND o.total_minor > 0
		  AND o.total_minor <= (SELECT coalesce(sum(p.captured_minor - p.refunded_minor), 0) FROM payments p WHERE p.order_id = o.id)`,
}

// CheckBooks fails the test for everything in the database that contradicts itself: counters and ledger, statuses and
// events, payments and refunds, orders and their stock.
func (w *World) CheckBooks() {
	w.TB.Helper()
	for what, query := range books {
		if n := w.Int(query); n != 0 {
			w.TB.Errorf("%s: %d times", what, n)
		}
	}
}
