package main

import (
	"context"
	"slices"
	"strconv"

	"waybill/shop"
)

// demoReturns is how far the demo's returns have come, in turn.
var demoReturns = []shop.ReturnStatus{
	shop.ReturnRequested, shop.ReturnReceived, shop.ReturnApproved, shop.ReturnClosed, shop.ReturnInTransit, shop.ReturnRejected, shop.ReturnRequested, shop.ReturnCancelled,
}

// demoReturnCandidates bounds the orders that are looked at for something to return.
const demoReturnCandidates = 60

// demoDesk plays the customers and the returns desk of merchant@demo.test.
type demoDesk struct {
	*services
	seller shop.User
}

// returnDemoGoods lets customers of the demo send things back, so that the returns desk has something in every state.
// It goes through the same doors as people do; called again it does nothing twice.
func returnDemoGoods(ctx context.Context, rooms *services) error {
	seller, _, err := rooms.store.UserByEmail(ctx, "merchant@demo.test")
	if err != nil {
		return err
	}
	customer, _, err := rooms.store.UserByEmail(ctx, "customer@demo.test")
	if err != nil {
		return err
	}
	desk := demoDesk{rooms, seller}
	for i, scope := range []shop.OrderScope{{CustomerID: customer.CustomerID, MerchantID: seller.MerchantID}, {MerchantID: seller.MerchantID}} {
		orders, _, err := rooms.store.Orders(ctx, shop.OrdersQuery{Scope: scope, Status: shop.StatusDelivered, Limit: demoReturnCandidates})
		if err != nil {
			return err
		}
		states := demoReturns
		if i == 0 {
			states = demoReturns[:2]
		}
		if err := desk.play(ctx, orders, states); err != nil {
			return err
		}
	}
	return nil
}

func (d demoDesk) play(ctx context.Context, orders []shop.OrderHead, states []shop.ReturnStatus) error {
	for _, order := range orders {
		if len(states) == 0 {
			return nil
		}
		id, err := d.ask(ctx, order.ID)
		if code := shop.CodeOf(err); code == shop.CodeConflict || code == shop.CodeInvalid {
			continue // the time to return it is over, or it is in a return already
		}
		if err != nil {
			return err
		}
		if err := d.lead(ctx, id, states[0]); err != nil {
			return err
		}
		states = states[1:]
	}
	return nil
}

// ask is the customer's request for one unit of the first line.
func (d demoDesk) ask(ctx context.Context, order shop.OrderID) (shop.ReturnID, error) {
	found, can, _, err := d.store.OrderToReturn(ctx, order, shop.OrderScope{}, true)
	if err != nil {
		return 0, err
	}
	at := slices.IndexFunc(can, func(r shop.Returnable) bool { return r.Units > 0 })
	if at < 0 || len(found.Returns) > 0 {
		return 0, shop.Conflict("Nothing of this order is returned.")
	}
	reasons := shop.ReturnReasons()
	command := shop.RequestReturnCommand{
		OrderID: order, Scope: shop.OrderScope{CustomerID: found.CustomerID}, Note: "Thank you for taking it back.", RequestID: "demo",
		Actor: shop.Actor{Kind: shop.ActorCustomer, ID: found.CustomerID, Name: found.CustomerName},
		Units: []shop.ReturnUnits{{LineUnits: shop.LineUnits{LineNo: can[at].Line.LineNo, Quantity: 1}, Reason: reasons[int(order)%len(reasons)]}},
	}
	if command.Key, err = demoKey(order, "ask"); err != nil {
		return 0, err
	}
	id, _, err := d.store.RequestReturn(ctx, command)
	return id, err
}

func demoKey(order shop.OrderID, what string) (shop.IdempotencyKey, error) {
	return shop.NewIdempotencyKey("demo", "return:"+strconv.FormatInt(int64(order), 10)+":"+what, nil)
}

// lead takes a return to a state, step by step.
func (d demoDesk) lead(ctx context.Context, id shop.ReturnID, to shop.ReturnStatus) error {
	paths := map[shop.ReturnStatus][]string{
		shop.ReturnRejected: {"reject"}, shop.ReturnCancelled: {"cancel"}, shop.ReturnApproved: {"approve"}, shop.ReturnInTransit: {"approve", "sent"},
		shop.ReturnReceived: {"approve", "sent", "receive"}, shop.ReturnClosed: {"approve", "receive", "refund"},
	}
	for _, step := range paths[to] {
		if err := d.do(ctx, id, step); err != nil {
			return err
		}
	}
	return nil
}

func (d demoDesk) do(ctx context.Context, id shop.ReturnID, step string) error {
	order, found, err := d.store.ReturnByID(ctx, id, shop.OrderScope{})
	if err != nil {
		return err
	}
	act := shop.ReturnAct{ID: id, Scope: d.seller.Scope(), Actor: d.seller.Actor(), RequestID: "demo"}
	if act.Key, err = demoKey(order.ID, step); err != nil {
		return err
	}
	switch step {
	case "approve":
		_, err = d.store.ApproveReturn(ctx, shop.ApproveReturnCommand{ReturnAct: act})
	case "reject":
		act.Reason = "it was worn"
		_, err = d.store.RejectReturn(ctx, act)
	case "cancel":
		act.Reason = "the customer keeps it"
		_, err = d.store.CancelReturn(ctx, act)
	case "sent":
		_, err = d.store.ReturnSent(ctx, shop.ReturnSentCommand{ReturnAct: act, Carrier: "DHL", TrackingNumber: "00340434161094"})
	case "receive":
		unit := shop.ReceivedUnits{LineUnits: shop.LineUnits{LineNo: found.Lines[0].LineNo, Quantity: 1}, Condition: shop.ConditionAsNew, Restock: true}
		_, err = d.store.ReceiveReturn(ctx, shop.ReceiveReturnCommand{ReturnAct: act, Units: []shop.ReceivedUnits{unit}})
	default:
		_, err = d.payments.RefundReturn(ctx, shop.RefundReturnCommand{ReturnAct: act})
	}
	return err
}
