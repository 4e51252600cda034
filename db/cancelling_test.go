package db_test

import (
	"context"
	"testing"

	"waybill/shop"
)

func (w *till) cancelBy(o bought, actor shop.Actor) shop.CancelCommand {
	return shop.CancelCommand{OrderID: o.ID, Actor: actor, Reason: "changed my mind", RequestID: "test", Key: w.key()}
}

func (w *till) cancel(o bought, actor shop.Actor) shop.CancelResult {
	w.TB.Helper()
	result, err := w.orders.Cancel(context.Background(), w.cancelBy(o, actor))
	if err != nil {
		w.TB.Fatal(err)
	}
	return result
}

func TestCancelPending(t *testing.T) {
	t.Parallel()
	w := newTill(t)
	o := w.buy(100)
	w.cancel(o, buyer)
	w.wantOrder(o.ID, shop.StatusCancelled, 0, 0)
}
