package db

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// shortPick is one short pick while its order is locked.
type shortPick struct {
	*booking
	shop.ShortPickCommand
	parcel *parcel
	item   shop.FulfillmentItem
	line   shop.OrderLine
	lines  []shop.OrderLine
}

// PrepareShortPick takes units out of a parcel that its holder is picking, or that is picked and being packed: they leave
// the stock of their location, and the order gets others, waits for them, or gets its money back by the operations that
// are returned.
func (s *Store) PrepareShortPick(ctx context.Context, c shop.ShortPickCommand) (prepared shop.PreparedShortPick, replay bool, err error) {
	return once(ctx, s, c.Key, func(tx pgx.Tx) (shop.PreparedShortPick, error) {
		prepared := shop.PreparedShortPick{OrderID: c.OrderID, No: c.No}
		p, err := s.lockParcel(ctx, tx, c.ParcelWork)
		if err != nil {
			return prepared, err
		}
		if err := s.holdForShort(ctx, p); err != nil {
			return prepared, err
		}
		short := &shortPick{booking: s.booking(tx, c.Actor, c.RequestID), ShortPickCommand: c, parcel: p}
		if err := short.find(ctx); err != nil {
			return prepared, err
		}
		prepared.Operations, err = short.do(ctx)
		return prepared, err
	})
}

// holdForShort lets the one who picks the parcel, or anybody once it is on the packing table, take units out.
func (s *Store) holdForShort(ctx context.Context, p *parcel) error {
	if p.Status == shop.FulfillmentPicked {
		return nil
	}
	if err := s.hold(ctx, p); err != nil {
		return err
	}
	f, err := s.findParcel(ctx, p.tx, p.OrderID, p.No)
	p.Fulfillment = f
	return err
}

func (s *shortPick) find(ctx context.Context) error {
	var err error
	if s.item, err = s.Plan(s.parcel.Fulfillment); err != nil {
		return err
	}
	detail := shop.OrderDetail{OrderHead: shop.OrderHead{ID: s.OrderID}}
	if err := s.loadLines(ctx, s.tx, &detail); err != nil {
		return err
	}
	s.lines = detail.Lines
	at := slices.IndexFunc(s.lines, func(l shop.OrderLine) bool { return l.LineNo == s.LineNo })
	if at < 0 {
		return shop.NotFound("line")
	}
	s.line = s.lines[at]
	return nil
}

func (s *shortPick) units() []shop.LineUnits {
	return []shop.LineUnits{{LineNo: s.LineNo, Quantity: s.Quantity}}
}

// do takes the units out, does what was chosen, and lets parcel and order follow.
func (s *shortPick) do(ctx context.Context) ([]shop.Operation, error) {
	if err := s.leaveStock(ctx); err != nil {
		return nil, err
	}
	if err := s.leaveParcel(ctx); err != nil {
		return nil, err
	}
	if s.Choice == shop.ShortElsewhere {
		if err := s.sendElsewhere(ctx); err != nil {
			return nil, err
		}
	}
	if err := s.tell(ctx); err != nil {
		return nil, err
	}
	nothing, err := s.nothingLeft(ctx)
	if err != nil {
		return nil, err
	}
	var operations []shop.Operation
	if s.Choice == shop.ShortRefund {
		if operations, err = s.payBack(ctx, nothing); err != nil {
			return nil, err
		}
	}
	if nothing {
		more, err := s.endOrder(ctx)
		return append(operations, more...), err
	}
	return operations, s.goOn(ctx)
}

// leaveStock takes the units off the shelf that they should lie on. Parcels that were imported without stock have none.
func (s *shortPick) leaveStock(ctx context.Context) error {
	if s.parcel.LocationID == 0 {
		if s.Choice == shop.ShortRefund {
			return nil
		}
		return shop.Invalid("choice", "This parcel was imported without stock; its units can only be refunded.")
	}
	if err := s.lockLevels(ctx); err != nil {
		return err
	}
	short := shortUnits{
		orderID: int64(s.OrderID), lineNo: int32(s.LineNo), skuID: s.line.SKUID, locationID: s.parcel.LocationID, quantity: s.Quantity,
		reason: fmt.Sprintf("%s while picking order %s", s.Why, s.OrderID.Number()), actor: s.actor, now: s.now,
	}
	if s.Choice == shop.ShortBackorder {
		if s.parcel.ReplacesNo != 0 {
			return shop.Invalid("choice", "These units replace lost ones and cannot wait: choose another location, or refund them.")
		}
		return s.backorderShort(ctx, s.tx, short)
	}
	return s.writeOffShort(ctx, s.tx, short)
}

// lockLevels locks both locations at once, in the order of all, and checks the other one.
func (s *shortPick) lockLevels(ctx context.Context) error {
	lock := sqlc.StockLevelsLockParams{SkuIds: []int64{s.line.SKUID}, LocationIds: []int64{s.parcel.LocationID}}
	if s.Choice == shop.ShortElsewhere {
		if s.LocationID == s.parcel.LocationID {
			return shop.Invalid("choice", "Choose another location: these units are missing here.")
		}
		lock.SkuIds, lock.LocationIds = append(lock.SkuIds, s.line.SKUID), append(lock.LocationIds, s.LocationID)
	}
	levels, err := s.q.StockLevelsLock(ctx, s.tx, lock)
	if err != nil || s.Choice != shop.ShortElsewhere {
		return err
	}
	at := slices.IndexFunc(levels, func(l sqlc.StockLevelsLockRow) bool { return l.LocationID == s.LocationID })
	if at < 0 || levels[at].OnHand-levels[at].Reserved < s.Quantity {
		return shop.Conflict("The other location does not have so many any more. Please choose again.")
	}
	return nil
}

// leaveParcel makes the parcel smaller, or cancels it when nothing is left in it.
func (s *shortPick) leaveParcel(ctx context.Context) error {
	order, no := int64(s.OrderID), int32(s.No)
	if s.Quantity == s.parcel.Units {
		cancelled, err := s.q.FulfillmentCancel(ctx, s.tx, sqlc.FulfillmentCancelParams{OrderID: order, No: no, Now: s.now})
		s.parcel.Status = shop.FulfillmentCancelled
		return hitOne(cancelled, err)
	}
	if err := s.q.FulfillmentItemRemove(ctx, s.tx, sqlc.FulfillmentItemRemoveParams{OrderID: order, No: no, LineNo: int32(s.LineNo), Quantity: s.Quantity}); err != nil {
		return err
	}
	if s.Quantity < s.item.Quantity {
		if err := s.q.FulfillmentItemShrink(ctx, s.tx, sqlc.FulfillmentItemShrinkParams{OrderID: order, No: no, LineNo: int32(s.LineNo), Quantity: s.Quantity}); err != nil {
			return err
		}
	}
	shrunk, err := s.q.FulfillmentShrink(ctx, s.tx, sqlc.FulfillmentShrinkParams{OrderID: order, No: no, Quantity: s.Quantity})
	return hitOne(shrunk, err)
}

// hitOne wants that a guarded change of one parcel hit it.
func hitOne(changed int64, err error) error {
	if err == nil && changed != 1 {
		return shop.Conflict("This parcel has moved on meanwhile. Please look at it again.")
	}
	return err
}

// sendElsewhere holds the units at the other location and puts them into a parcel there.
func (s *shortPick) sendElsewhere(ctx context.Context) error {
	order, line := []int64{int64(s.OrderID)}, []int32{int32(s.LineNo)}
	location, quantity := []int64{s.LocationID}, []int64{s.Quantity}
	err := s.reserve(ctx, sqlc.ReservationsAddParams{OrderIds: order, LineNos: line, LocationIds: location, SkuIds: []int64{s.line.SKUID}, Quantities: quantity, Now: s.now},
		"instead of "+string(s.Why)+" units")
	if err != nil {
		return err
	}
	if s.parcel.ReplacesNo != 0 {
		_, err := s.openReplacement(ctx, sqlc.ReplacementOpenParams{
			OrderID: int64(s.OrderID), LostNo: int32(s.parcel.ReplacesNo), LocationID: s.LocationID, Units: s.Quantity, ShipByAt: s.parcel.ShipByAt, Now: s.now,
		}, sqlc.ReplacementItemsParams{OrderID: int64(s.OrderID), LineNos: line, Quantities: quantity})
		return err
	}
	if err := s.q.FulfillmentsTopUp(ctx, s.tx, sqlc.FulfillmentsTopUpParams{OrderIds: order, LocationIds: location, Units: quantity}); err != nil {
		return err
	}
	open := sqlc.FulfillmentsOpenLaterParams{OrderIds: order, LocationIds: location, Units: quantity, Now: s.now}
	open.ShipByAts = append(open.ShipByAts, s.parcel.ShipByAt)
	if err := s.q.FulfillmentsOpenLater(ctx, s.tx, open); err != nil {
		return err
	}
	return s.q.FulfillmentItemsAdd(ctx, s.tx, sqlc.FulfillmentItemsAddParams{OrderIds: order, LocationIds: location, LineNos: line, Quantities: quantity})
}

// tell puts two events into the timeline: what happened in the warehouse, for staff, and what it means, for everybody.
func (s *shortPick) tell(ctx context.Context) error {
	items := shop.ItemWords(s.lines, s.units())
	err := s.event(ctx, shop.Event{OrderID: s.OrderID, Kind: shop.EventShort, Visibility: shop.VisibilityStaff, Data: map[string]string{
		shop.DataItems: items, shop.DataShort: string(s.Why), shop.DataLocation: s.parcel.LocationName,
	}})
	if err != nil {
		return err
	}
	return s.event(ctx, shop.Event{OrderID: s.OrderID, Kind: shop.EventShort, Data: map[string]string{shop.DataItems: items, shop.DataOutcome: string(s.Choice)}})
}

// nothingLeft tells whether no parcel of the order is left to send, or has been sent, and nothing is waited for. An order
// of which a parcel was lost has been sent, whatever becomes of its replacement.
func (s *shortPick) nothingLeft(ctx context.Context) (bool, error) {
	if s.parcel.ReplacesNo != 0 {
		return false, nil
	}
	statuses, err := s.q.FulfillmentStatuses(ctx, s.tx, int64(s.OrderID))
	return !slices.ContainsFunc(statuses, func(status string) bool { return status != string(shop.FulfillmentCancelled) }), err
}

// payBack refunds the units; with the last of an order also what is left of the shipping, because nothing was shipped.
func (s *shortPick) payBack(ctx context.Context, all bool) ([]shop.Operation, error) {
	orders, err := s.lockOrders(ctx, int64(s.OrderID))
	if err != nil {
		return nil, err
	}
	command := shop.RefundUnitsCommand{
		OrderID: s.OrderID, Units: s.units(), UpToLeft: true, Cause: shop.CauseShort, Reason: string(s.Why) + " in our warehouse", Actor: s.actor,
	}
	if all {
		refundable, err := s.refundable(ctx, &orders[0])
		if err != nil {
			return nil, err
		}
		command.ShippingMinor = refundable.ShippingMinor - refundable.ShippingRefundedMinor
	}
	left, err := s.unitsLeft(ctx, &orders[0])
	if err != nil || left == 0 && command.ShippingMinor == 0 {
		return nil, err
	}
	command.Units[0].Quantity = min(s.Quantity, left)
	if left == 0 {
		command.Units = nil
	}
	prepared, err := s.refundUnits(ctx, &orders[0], command)
	return prepared.Operations, err
}

// unitsLeft is how many units of the line were not refunded before by somebody's decision.
func (s *shortPick) unitsLeft(ctx context.Context, order *lockedOrder) (int64, error) {
	refundable, err := s.refundable(ctx, order)
	for _, l := range refundable.Lines {
		if l.LineNo == s.LineNo {
			return l.Left(), err
		}
	}
	return 0, err
}

// endOrder cancels an order of which nothing is left to send and gives back what else was paid.
func (s *shortPick) endOrder(ctx context.Context) ([]shop.Operation, error) {
	orders, err := s.lockOrders(ctx, int64(s.OrderID))
	if err != nil {
		return nil, err
	}
	order := &orders[0]
	if err := s.move(ctx, order, shop.StatusCancelled, "nothing of it could be sent"); err != nil {
		return nil, err
	}
	return s.unwind(ctx, order, "the order was cancelled", s.now.Add(shop.AttemptLease))
}

// goOn lets a parcel whose other units are all picked be picked, and the order follow its parcels.
func (s *shortPick) goOn(ctx context.Context) error {
	if s.parcel.Status == shop.FulfillmentPicking {
		after, err := s.findParcel(ctx, s.tx, s.OrderID, s.No)
		if err != nil {
			return err
		}
		if picked, units := after.Progress(); picked == units {
			if err := s.pickAll(ctx, s.parcel); err != nil {
				return err
			}
		}
	}
	return s.rollUpOrder(ctx, s.parcel)
}
