package db

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// returnsMemory is how far back lists of returns look for the orders that they are about. A return can be asked for a year
// after delivery at most (shop.MaxWindowDays).
const returnsMemory = 2 * 366 * 24 * time.Hour

// OrderToReturn returns an order, what of it can be returned by whoever asks, and its merchant's policy.
func (s *Store) OrderToReturn(ctx context.Context, id shop.OrderID, scope shop.OrderScope, byCustomer bool) (order shop.OrderDetail, can []shop.Returnable, policy shop.ReturnPolicy, err error) {
	err = s.inTxWith(ctx, snapshot, func(tx pgx.Tx) error {
		order, can, policy, err = s.orderToReturn(ctx, tx, id, scope, byCustomer)
		return err
	})
	return order, can, policy, err
}

func (s *Store) orderToReturn(ctx context.Context, tx pgx.Tx, id shop.OrderID, scope shop.OrderScope, byCustomer bool) (shop.OrderDetail, []shop.Returnable, shop.ReturnPolicy, error) {
	order, err := s.orderByID(ctx, tx, id, scope)
	if err != nil {
		return order, nil, shop.ReturnPolicy{}, err
	}
	policy, err := s.returnPolicy(ctx, tx, order.MerchantID)
	return order, order.Returnables(policy, byCustomer, s.Now()), policy, err
}

func (s *Store) returnPolicy(ctx context.Context, tx pgx.Tx, merchantID int64) (shop.ReturnPolicy, error) {
	row, err := s.q.MerchantReturnPolicy(ctx, tx, merchantID)
	return shop.ReturnPolicy{WindowDays: int(row.ReturnWindowDays), Address: row.ReturnAddress}, err
}

// ReturnPolicy returns what a merchant promises about returns.
func (s *Store) ReturnPolicy(ctx context.Context, merchantID int64) (shop.ReturnPolicy, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.ReturnPolicy, error) { return s.returnPolicy(ctx, tx, merchantID) })
}

// SetReturnPolicy changes what a merchant promises about returns.
func (s *Store) SetReturnPolicy(ctx context.Context, merchantID int64, policy shop.ReturnPolicy, actor shop.Actor, requestID string) error {
	if err := policy.Check(); err != nil {
		return err
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		now := s.Now()
		changed, err := s.q.MerchantReturnPolicySet(ctx, tx, sqlc.MerchantReturnPolicySetParams{ID: merchantID, WindowDays: int32(policy.WindowDays), Address: policy.Address, Now: now})
		if err != nil || changed == 0 {
			return err
		}
		return s.audit(ctx, tx, auditEntry{
			at: now, actor: actor, action: "returns.policy", subject: "merchant:" + formatID(merchantID), requestID: requestID,
			data: map[string]any{"window_days": policy.WindowDays},
		})
	})
}

// RequestReturn records that a customer wants to send units back. Refusals are those of RequestReturnCommand.
func (s *Store) RequestReturn(ctx context.Context, c shop.RequestReturnCommand) (id shop.ReturnID, replay bool, err error) {
	if err := c.Check(); err != nil {
		return 0, false, err
	}
	return once(ctx, s, c.Key, func(tx pgx.Tx) (shop.ReturnID, error) {
		b := s.booking(tx, c.Actor, c.RequestID)
		if _, err := b.lockVisible(ctx, c.OrderID, c.Scope, "order"); err != nil {
			return 0, err
		}
		order, can, _, err := s.orderToReturn(ctx, tx, c.OrderID, c.Scope, c.ByCustomer())
		if err != nil {
			return 0, err
		}
		if err := c.Plan(can); err != nil {
			return 0, err
		}
		return b.addReturn(ctx, order, c)
	})
}

func (b *booking) addReturn(ctx context.Context, order shop.OrderDetail, c shop.RequestReturnCommand) (shop.ReturnID, error) {
	id, err := b.q.ReturnAdd(ctx, b.tx, sqlc.ReturnAddParams{OrderID: int64(order.ID), Now: b.now, MerchantID: order.MerchantID, CustomerID: order.CustomerID, Note: c.Note})
	if err != nil {
		return 0, err
	}
	add := sqlc.ReturnLinesAddParams{OrderID: int64(order.ID), ReturnID: id}
	units := make([]shop.LineUnits, len(c.Units))
	for i, u := range c.Units {
		units[i] = u.LineUnits
		add.LineNos = append(add.LineNos, int32(u.LineNo))
		add.Quantities = append(add.Quantities, u.Quantity)
		add.Reasons = append(add.Reasons, string(u.Reason))
	}
	if err := b.q.ReturnLinesAdd(ctx, b.tx, add); err != nil {
		return 0, err
	}
	if c.Photo != nil {
		if err := b.q.ReturnPhotoAdd(ctx, b.tx, sqlc.ReturnPhotoAddParams{OrderID: int64(order.ID), ReturnID: id, Jpeg: c.Photo, Now: b.now}); err != nil {
			return 0, err
		}
	}
	return shop.ReturnID(id), b.returnEvent(ctx, order, shop.ReturnID(id), returnStep{to: shop.ReturnRequested, units: units})
}

// returnStep is what an event says about a return.
type returnStep struct {
	to     shop.ReturnStatus
	units  []shop.LineUnits
	reason string
}

func (b *booking) returnEvent(ctx context.Context, order shop.OrderDetail, id shop.ReturnID, step returnStep) error {
	data := map[string]string{shop.DataReturn: id.Number(), shop.DataOutcome: string(step.to)}
	if len(step.units) > 0 {
		data[shop.DataItems] = shop.ItemWords(order.Lines, step.units)
	}
	if step.reason != "" {
		data[shop.DataReason] = step.reason
	}
	return b.event(ctx, shop.Event{OrderID: order.ID, Kind: shop.EventReturn, Data: data})
}

// openReturn is a return while its order is locked.
type openReturn struct {
	*booking
	shop.Return
	order  shop.OrderDetail
	locked lockedOrder
}

// lockReturn locks the order of a return. One outside the scope does not exist.
func (b *booking) lockReturn(ctx context.Context, act shop.ReturnAct) (*openReturn, error) {
	orderID, err := b.q.ReturnOrderID(ctx, b.tx, int64(act.ID))
	if err != nil {
		return nil, notFound(err, "return")
	}
	locked, err := b.lockVisible(ctx, shop.OrderID(orderID), act.Scope, "return")
	if err != nil {
		return nil, err
	}
	order, err := b.orderByID(ctx, b.tx, shop.OrderID(orderID), act.Scope)
	if err != nil {
		return nil, err
	}
	for _, r := range order.Returns {
		if r.ID == act.ID {
			return &openReturn{booking: b, Return: r, order: order, locked: locked}, nil
		}
	}
	return nil, shop.NotFound("return")
}

// moveTo changes the status of the return and tells the timeline.
func (r *openReturn) moveTo(ctx context.Context, step returnStep) error {
	decision := ""
	if step.to == shop.ReturnRejected || step.to == shop.ReturnCancelled || step.to == shop.ReturnClosed {
		decision = step.reason
	}
	moved, err := r.q.ReturnMove(ctx, r.tx, sqlc.ReturnMoveParams{
		OrderID: int64(r.OrderID), ID: int64(r.ID), FromStatus: string(r.Status), ToStatus: string(step.to), Decision: decision, Now: r.now,
	})
	if err != nil {
		return err
	}
	if moved != 1 {
		return shop.Conflict("This return has moved on meanwhile. Please look at it again.")
	}
	r.Status = step.to
	return r.returnEvent(ctx, r.order, r.ID, step)
}

// actOnReturn is the frame of what is done to one return: it locks it, runs the step and returns it as it is then. The same
// key again changes nothing.
func (s *Store) actOnReturn(ctx context.Context, act shop.ReturnAct, step func(ctx context.Context, r *openReturn) error) (shop.Return, error) {
	_, replay, err := once(ctx, s, act.Key, func(tx pgx.Tx) (shop.ReturnID, error) {
		r, err := s.booking(tx, act.Actor, act.RequestID).lockReturn(ctx, act)
		if err != nil {
			return 0, err
		}
		return act.ID, step(ctx, r)
	})
	if err != nil {
		return shop.Return{}, err
	}
	_, after, err := s.ReturnByID(ctx, act.ID, act.Scope)
	after.Replayed = replay
	return after, err
}

// ApproveReturn lets the customer send the units.
func (s *Store) ApproveReturn(ctx context.Context, c shop.ApproveReturnCommand) (shop.Return, error) {
	return s.actOnReturn(ctx, c.ReturnAct, func(ctx context.Context, r *openReturn) error {
		units, err := c.Plan(r.Return)
		if err != nil {
			return err
		}
		for _, u := range units {
			err := s.q.ReturnLineApprove(ctx, r.tx, sqlc.ReturnLineApproveParams{OrderID: int64(r.OrderID), ReturnID: int64(r.ID), LineNo: int32(u.LineNo), Quantity: u.Quantity})
			if err != nil {
				return err
			}
		}
		return r.moveTo(ctx, returnStep{to: shop.ReturnApproved, units: units, reason: c.Reason})
	})
}

// RejectReturn refuses a return, with a reason.
func (s *Store) RejectReturn(ctx context.Context, act shop.ReturnAct) (shop.Return, error) {
	return s.endReturn(ctx, act, shop.ReturnRejected)
}

// CancelReturn calls a return off before anything has arrived.
func (s *Store) CancelReturn(ctx context.Context, act shop.ReturnAct) (shop.Return, error) {
	return s.endReturn(ctx, act, shop.ReturnCancelled)
}

// CloseReturn ends a return of which something arrived without paying (more of) it back, with a reason.
func (s *Store) CloseReturn(ctx context.Context, act shop.ReturnAct) (shop.Return, error) {
	return s.endReturn(ctx, act, shop.ReturnClosed)
}

func (s *Store) endReturn(ctx context.Context, act shop.ReturnAct, to shop.ReturnStatus) (shop.Return, error) {
	return s.actOnReturn(ctx, act, func(ctx context.Context, r *openReturn) error {
		if err := act.Allow(r.Return, to); err != nil {
			return err
		}
		return r.moveTo(ctx, returnStep{to: to, reason: act.Reason})
	})
}

// ReturnSent records that the units are on their way back.
func (s *Store) ReturnSent(ctx context.Context, c shop.ReturnSentCommand) (shop.Return, error) {
	if err := c.Check(); err != nil {
		return shop.Return{}, err
	}
	return s.actOnReturn(ctx, c.ReturnAct, func(ctx context.Context, r *openReturn) error {
		if err := c.Allow(r.Return, shop.ReturnInTransit); err != nil {
			return err
		}
		err := s.q.ReturnSent(ctx, r.tx, sqlc.ReturnSentParams{OrderID: int64(r.OrderID), ID: int64(r.ID), Carrier: c.Carrier, TrackingNumber: c.TrackingNumber})
		if err != nil {
			return err
		}
		return r.moveTo(ctx, returnStep{to: shop.ReturnInTransit})
	})
}

// ReceiveReturn records units that arrived: their condition, and where they go. Units that arrived already, whoever booked
// them, are CodeConflict.
func (s *Store) ReceiveReturn(ctx context.Context, c shop.ReceiveReturnCommand) (shop.Return, error) {
	return s.actOnReturn(ctx, c.ReturnAct, func(ctx context.Context, r *openReturn) error {
		if err := c.Plan(r.Return); err != nil {
			return err
		}
		location, err := r.restockLocation(ctx, c)
		if err != nil {
			return err
		}
		if err := r.addReceipts(ctx, c.Units, location); err != nil {
			return err
		}
		if err := r.restock(ctx, c.Units, location); err != nil {
			return err
		}
		units := make([]shop.LineUnits, len(c.Units))
		for i, u := range c.Units {
			units[i] = u.LineUnits
		}
		if r.Status == shop.ReturnReceived {
			return r.returnEvent(ctx, r.order, r.ID, returnStep{to: shop.ReturnReceived, units: units})
		}
		return r.moveTo(ctx, returnStep{to: shop.ReturnReceived, units: units})
	})
}

// restockLocation is where units go back to, 0 if none does.
func (r *openReturn) restockLocation(ctx context.Context, c shop.ReceiveReturnCommand) (int64, error) {
	for _, u := range c.Units {
		if u.Restock {
			at := shop.StockAdjustment{SKUID: r.sku(u.LineNo), LocationID: c.LocationID}
			location, err := r.adjustmentLocation(ctx, r.tx, at, r.MerchantID)
			return location.LocationID, err
		}
	}
	return 0, nil
}

func (r *openReturn) sku(line int) int64 {
	for _, l := range r.order.Lines {
		if l.LineNo == line {
			return l.SKUID
		}
	}
	return 0
}

func (r *openReturn) addReceipts(ctx context.Context, units []shop.ReceivedUnits, location int64) error {
	for _, u := range units {
		at := int64(0)
		if u.Restock {
			at = location
		}
		err := r.q.ReturnReceiptAdd(ctx, r.tx, sqlc.ReturnReceiptAddParams{
			OrderID: int64(r.OrderID), Now: r.now, ReturnID: int64(r.ID), LineNo: int32(u.LineNo), Quantity: u.Quantity, Condition: string(u.Condition), Restocked: u.Restock,
			LocationID: at, ActorKind: string(r.actor.Kind), ActorID: r.actor.ID, ActorName: r.actor.Name,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// restock puts units back on sale.
func (r *openReturn) restock(ctx context.Context, units []shop.ReceivedUnits, location int64) error {
	move := sqlc.StockLevelsMoveParams{Now: r.now}
	var orderIDs []int64
	for _, u := range units {
		if !u.Restock {
			continue
		}
		sku := r.sku(u.LineNo)
		if err := r.q.StockLevelEnsure(ctx, r.tx, sqlc.StockLevelEnsureParams{SkuID: sku, LocationID: location, Now: r.now}); err != nil {
			return err
		}
		move.SkuIds, move.LocationIds = append(move.SkuIds, sku), append(move.LocationIds, location)
		move.OnHandDeltas, move.ReservedDeltas = append(move.OnHandDeltas, u.Quantity), append(move.ReservedDeltas, 0)
		orderIDs = append(orderIDs, int64(r.OrderID))
	}
	if orderIDs == nil {
		return nil
	}
	return r.moveStock(ctx, r.tx, move, stockMove{kind: "return", reason: "return " + r.ID.Number(), actor: r.actor, orderIDs: orderIDs})
}

// PrepareReturnRefund records the refund of what arrived and is not paid back. What costs nothing closes the return here.
func (s *Store) PrepareReturnRefund(ctx context.Context, c shop.RefundReturnCommand) (prepared shop.PreparedUnitRefund, replay bool, err error) {
	return once(ctx, s, c.Key, func(tx pgx.Tx) (shop.PreparedUnitRefund, error) {
		r, err := s.booking(tx, c.Actor, c.RequestID).lockReturn(ctx, c.ReturnAct)
		if err != nil {
			return shop.PreparedUnitRefund{}, err
		}
		command, err := c.Plan(r.Return)
		if err != nil {
			return shop.PreparedUnitRefund{}, err
		}
		prepared, err := r.refundUnits(ctx, &r.locked, command)
		if err == nil && len(prepared.Operations) == 0 {
			err = r.moveTo(ctx, returnStep{to: shop.ReturnClosed})
		}
		return prepared, err
	})
}

// closePaidReturn closes the return that a refund has just paid for, if nothing of it is left to pay.
func (b *booking) closePaidReturn(ctx context.Context, op shop.Operation) error {
	id, err := b.q.ReturnPaidOut(ctx, b.tx, sqlc.ReturnPaidOutParams{OrderID: int64(op.OrderID), RefundID: op.ID})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	r, err := b.lockReturn(ctx, shop.ReturnAct{ID: shop.ReturnID(id)})
	if err != nil {
		return err
	}
	return r.moveTo(ctx, returnStep{to: shop.ReturnClosed})
}
