package shop

import "context"

// CancelCommand asks to end an order before anything of it is shipped.
type CancelCommand struct {
	OrderID   OrderID
	Scope     OrderScope
	Actor     Actor
	Reason    string // shown in the timeline; "" if none is given
	RequestID string
	Key       IdempotencyKey
}

// byCustomer tells whether the buyer asks, in person or through a program.
func (c CancelCommand) byCustomer() bool {
	return c.Actor.Kind == ActorCustomer || c.Scope.CustomerID != 0
}

// Allow says whether the order may be cancelled by whoever asks; anyShipped is whether a parcel of it has left. Buyers
// may cancel until the order is being prepared, the shop until a parcel has left. CodeConflict says what to do instead.
func (c CancelCommand) Allow(status Status, anyShipped bool) error {
	switch {
	case status == StatusCancelled || status == StatusRefunded:
		return Conflict("The order has been cancelled already.")
	case status == StatusDelivered:
		return Conflict("The order was delivered and can no longer be cancelled. Please return it instead.")
	case status == StatusShipped || anyShipped:
		return Conflict("The order is on its way and can no longer be cancelled. Please return it once it has arrived.")
	case status == StatusProcessing && c.byCustomer():
		return Conflict("The order is being prepared and can no longer be cancelled here. Please ask the support.")
	}
	return checkReason(c.Reason)
}

// CancelResult is the order after it was cancelled and its money sent back.
type CancelResult struct {
	OrderID  OrderID
	Status   Status   // cancelled, or refunded once all captured money went back
	Refunds  []Refund // what went back, or is on its way
	Replayed bool
}

// Orders are the use cases that end orders.
type Orders struct {
	store    PaymentStore
	payments *Payments
}

// NewOrders returns the use cases on a store and the payments that give money back.
func NewOrders(store PaymentStore, payments *Payments) *Orders {
	return &Orders{store: store, payments: payments}
}

// Cancel ends an order: its stock goes back on sale, open parcels are called off, held money is let go of and captured
// money given back. It answers when the provider has been asked; what the provider could not answer is settled later
// and told in the timeline. The same key again answers with the order's present state; Allow lists the refusals.
func (o *Orders) Cancel(ctx context.Context, c CancelCommand) (CancelResult, error) {
	operations, replayed, err := o.store.CancelOrder(ctx, c)
	if err != nil {
		return CancelResult{}, err
	}
	if !replayed {
		if err := o.payments.perform(ctx, operations, origin{c.Actor, c.RequestID}); err != nil {
			return CancelResult{}, err
		}
	}
	result, err := o.store.Cancelled(ctx, c.OrderID)
	result.Replayed = replayed
	return result, err
}
