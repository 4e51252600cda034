package db

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// Parcels on their way: claim, pick, pack, ship, deliver. Each phase locks the order, moves one parcel by one state of
// shop's table, and appends its event; the order's own status follows from its parcels.

// parcel is one parcel while its order is locked.
type parcel struct {
	shop.Fulfillment
	work  shop.ParcelWork
	order sqlc.OrderLockRow
	tx    pgx.Tx
	now   time.Time
	// happened is when what is done now happened out there; zero: now.
	happened time.Time
}

func (p *parcel) occurredAt() time.Time {
	if p.happened.IsZero() {
		return p.now
	}
	return p.happened
}

// FulfillmentOf returns one parcel of a merchant, with its items.
func (s *Store) FulfillmentOf(ctx context.Context, merchantID int64, order shop.OrderID, no int) (shop.Fulfillment, error) {
	return inTxWithValue(ctx, s, snapshot, func(tx pgx.Tx) (shop.Fulfillment, error) {
		f, err := s.findParcel(ctx, tx, order, no)
		if err == nil && f.MerchantID != merchantID {
			return shop.Fulfillment{}, shop.NotFound("parcel")
		}
		return f, err
	})
}

// ClaimFulfillment makes the actor the one person who picks a parcel. One that somebody else has, or that is further on,
// is CodeConflict, which says who has it and since when.
func (s *Store) ClaimFulfillment(ctx context.Context, work shop.ParcelWork) (shop.ParcelResult, error) {
	return s.workOnParcel(ctx, work, s.claim)
}

func (s *Store) claim(ctx context.Context, p *parcel) (changed bool, err error) {
	switch {
	case p.Status == shop.FulfillmentPicking && p.AssignedUserID == p.work.Actor.ID:
		return false, s.renew(ctx, p)
	case p.Lapsed(p.now):
		if err := s.lapse(ctx, p); err != nil {
			return false, err
		}
	case p.Status != shop.FulfillmentOpen:
		return false, p.refuse(shop.FulfillmentPicking)
	}
	moved, err := s.q.FulfillmentClaim(ctx, p.tx, sqlc.FulfillmentClaimParams{
		OrderID: p.order.ID, No: int32(p.No), UserID: p.work.Actor.ID, LeasedUntil: p.now.Add(shop.ClaimLease), Now: p.now,
	})
	return true, s.parcelMoved(ctx, p, moved, err, shop.EventClaimed, nil)
}

// ReleaseFulfillment gives a parcel back to the queue. Anybody of the merchant may: pickers go home. What was picked of it
// counts as put back.
func (s *Store) ReleaseFulfillment(ctx context.Context, work shop.ParcelWork) (shop.ParcelResult, error) {
	return s.workOnParcel(ctx, work, s.release)
}

func (s *Store) release(ctx context.Context, p *parcel) (changed bool, err error) {
	switch p.Status {
	case shop.FulfillmentOpen:
		return false, nil
	case shop.FulfillmentPicking:
	default:
		return false, p.refuse(shop.FulfillmentOpen)
	}
	if err := s.q.FulfillmentItemsUnpick(ctx, p.tx, sqlc.FulfillmentItemsUnpickParams{OrderID: p.order.ID, No: int32(p.No)}); err != nil {
		return false, err
	}
	moved, err := s.q.FulfillmentRelease(ctx, p.tx, sqlc.FulfillmentReleaseParams{OrderID: p.order.ID, No: int32(p.No), Now: p.now})
	return true, s.parcelMoved(ctx, p, moved, err, shop.EventReleased, nil)
}

// PackFulfillment seals a picked parcel with everything in it; the actor holds it from then on.
func (s *Store) PackFulfillment(ctx context.Context, work shop.ParcelWork) (shop.ParcelResult, error) {
	return s.PackParcel(ctx, shop.PackCommand{ParcelWork: work})
}

// ShipFulfillment hands a packed parcel to a carrier: its reserved units leave the shelf and the ledger says so. For a while
// UndoHandOver takes it back. A parcel that was imported without stock leaves without. One that has a label leaves with that, by
// HandOver. CodeInvalid names carrier or tracking.
func (s *Store) ShipFulfillment(ctx context.Context, command shop.ShipCommand) (shop.ParcelResult, error) {
	command, err := command.Clean()
	if err != nil {
		return shop.ParcelResult{}, err
	}
	return s.workOnParcel(ctx, command.ParcelWork, func(ctx context.Context, p *parcel) (bool, error) {
		switch {
		case p.Status == shop.FulfillmentShipped && p.Carrier == command.Carrier && p.TrackingNumber == command.TrackingNumber:
			return false, nil
		case p.Status != shop.FulfillmentPacked:
			return false, p.Refuse(shop.FulfillmentShipped, p.now)
		case p.ShipmentID != 0:
			return false, shop.Conflict("This parcel has a label already. Hand it over with that, or void the label first.")
		}
		if err := s.shipAtOnce(ctx, p, command); err != nil {
			return false, err
		}
		return true, s.leave(ctx, p, command.Carrier, command.TrackingNumber)
	})
}

// leave takes a packed parcel out of the house.
func (s *Store) leave(ctx context.Context, p *parcel, carrier, trackingNumber string) error {
	moved, err := s.q.FulfillmentMarkShipped(ctx, p.tx, sqlc.FulfillmentMarkShippedParams{
		OrderID: p.order.ID, No: int32(p.No), Carrier: carrier, TrackingNumber: trackingNumber, Now: p.occurredAt(),
	})
	data := map[string]string{shop.DataCarrier: carrier, shop.DataTracking: trackingNumber}
	if err := s.parcelMoved(ctx, p, moved, err, shop.EventShipped, data); err != nil {
		return err
	}
	return s.shipStock(ctx, p)
}

// shipStock takes what the parcel holds off the shelf. A reservation of which other parcels hold the rest leaves in part.
func (s *Store) shipStock(ctx context.Context, p *parcel) error {
	held, err := s.reservationsHeld(ctx, p.tx, p.order.ID)
	if err != nil {
		return err
	}
	inParcel := map[heldPlace]int64{}
	for _, item := range p.Items {
		place := heldPlace{int32(item.LineNo), p.LocationID}
		if slices.ContainsFunc(held, func(r sqlc.ReservationsHeldRow) bool { return heldPlace{r.LineNo, r.LocationID} == place }) {
			inParcel[place] += item.Quantity
		}
	}
	if len(inParcel) == 0 {
		return nil
	}
	leaving, err := s.splitHeld(ctx, p.tx, held, inParcel, p.now)
	if err != nil {
		return err
	}
	return s.closeReservations(ctx, p.tx, leaving, reservationClosing{status: "shipped", kind: "shipment", actor: p.work.Actor, now: p.now})
}

// DeliverFulfillment records that a shipped parcel arrived.
func (s *Store) DeliverFulfillment(ctx context.Context, work shop.ParcelWork) (shop.ParcelResult, error) {
	return s.workOnParcel(ctx, work, func(ctx context.Context, p *parcel) (bool, error) {
		switch p.Status {
		case shop.FulfillmentDelivered:
			return false, nil
		case shop.FulfillmentShipped:
		default:
			return false, p.Refuse(shop.FulfillmentDelivered, p.now)
		}
		if err := s.arrive(ctx, p); err != nil {
			return false, err
		}
		return true, s.shipmentArrived(ctx, p)
	})
}

// arrive brings a shipped parcel to its receiver.
func (s *Store) arrive(ctx context.Context, p *parcel) error {
	moved, err := s.q.FulfillmentMarkDelivered(ctx, p.tx, sqlc.FulfillmentMarkDeliveredParams{OrderID: p.order.ID, No: int32(p.No), Now: p.occurredAt()})
	return s.parcelMoved(ctx, p, moved, err, shop.EventDelivered, nil)
}

// workOnParcel is the frame of every phase: it locks the order, runs the step, lets the order's status follow its parcels
// and returns the parcel as it is then. The step tells whether it changed anything. Work with a key is done once.
func (s *Store) workOnParcel(ctx context.Context, work shop.ParcelWork, step func(context.Context, *parcel) (bool, error)) (shop.ParcelResult, error) {
	if work.Key == (shop.IdempotencyKey{}) {
		return inTxValue(ctx, s, func(tx pgx.Tx) (shop.ParcelResult, error) { return s.workInTx(ctx, tx, work, step) })
	}
	already, replayed, err := once(ctx, s, work.Key, func(tx pgx.Tx) (already bool, err error) {
		result, err := s.workInTx(ctx, tx, work, step)
		return result.Already, err
	})
	if err != nil {
		return shop.ParcelResult{}, err
	}
	f, err := s.FulfillmentOf(ctx, work.MerchantID, work.OrderID, work.No)
	return shop.ParcelResult{Fulfillment: f, Already: already, Replayed: replayed}, err
}

func (s *Store) workInTx(ctx context.Context, tx pgx.Tx, work shop.ParcelWork, step func(context.Context, *parcel) (bool, error)) (shop.ParcelResult, error) {
	p, err := s.lockParcel(ctx, tx, work)
	if err != nil {
		return shop.ParcelResult{}, err
	}
	changed, err := step(ctx, p)
	if err != nil {
		return shop.ParcelResult{}, err
	}
	if !changed {
		return shop.ParcelResult{Fulfillment: p.Fulfillment, Already: true}, nil
	}
	if err := s.rollUpOrder(ctx, p); err != nil {
		return shop.ParcelResult{}, err
	}
	after, err := s.findParcel(ctx, tx, p.OrderID, p.No)
	return shop.ParcelResult{Fulfillment: after}, err
}

// lockParcel makes the transaction the only one that works on the order. Nobody but staff of the order's merchant finds it.
func (s *Store) lockParcel(ctx context.Context, tx pgx.Tx, work shop.ParcelWork) (*parcel, error) {
	if work.MerchantID <= 0 {
		return nil, shop.NotFound("order")
	}
	if work.Actor.Kind != shop.ActorStaff {
		return nil, shop.Forbidden("Only people can work on parcels.")
	}
	order, err := s.lockOrder(ctx, tx, work.OrderID, shop.OrderScope{MerchantID: work.MerchantID})
	if err != nil {
		return nil, err
	}
	f, err := s.findParcel(ctx, tx, work.OrderID, work.No)
	return &parcel{Fulfillment: f, work: work, order: order, tx: tx, now: s.Now()}, err
}

func (s *Store) findParcel(ctx context.Context, tx pgx.Tx, order shop.OrderID, no int) (shop.Fulfillment, error) {
	row, err := s.q.FulfillmentFind(ctx, tx, sqlc.FulfillmentFindParams{OrderID: int64(order), No: int32(no)})
	if errors.Is(err, pgx.ErrNoRows) {
		return shop.Fulfillment{}, shop.NotFound("parcel")
	}
	if err != nil {
		return shop.Fulfillment{}, err
	}
	f := fulfillmentOf(sqlc.OrderFulfillmentsRow(row))
	items, err := s.q.OrderFulfillmentItems(ctx, tx, int64(order))
	for _, item := range items {
		if int(item.No) == no {
			f.Items = append(f.Items, shop.FulfillmentItem{LineNo: int(item.LineNo), Quantity: item.Quantity, Picked: item.Picked, Bin: item.Bin})
		}
	}
	return f, err
}

// evenWhenEnded are the changes of a parcel that do not need an order which is still to be shipped; staffMatters are those
// that are of no concern to the customer.
var (
	evenWhenEnded = []shop.EventKind{shop.EventReleased, shop.EventLapsed, shop.EventDelivered}
	staffMatters  = []shop.EventKind{shop.EventReleased, shop.EventLapsed, shop.EventHandedOver, shop.EventGivenUp}
)

// parcelMoved ends a guarded change of a parcel: it must have hit, the order must still be there to be shipped, and the
// event says what was done.
func (s *Store) parcelMoved(ctx context.Context, p *parcel, moved int64, err error, kind shop.EventKind, data map[string]string) error {
	if err != nil {
		return err
	}
	if moved != 1 {
		return shop.Conflict("This parcel has moved on meanwhile. Please look at it again.")
	}
	status := shop.Status(p.order.Status)
	if !slices.Contains(evenWhenEnded, kind) && status != shop.StatusConfirmed && status != shop.StatusProcessing && (p.ReplacesNo == 0 || status != shop.StatusShipped) {
		return shop.Conflict("This order is " + string(status) + ", so its parcels stay where they are.")
	}
	if data == nil {
		data = map[string]string{}
	}
	data[shop.DataParcel] = strconv.Itoa(p.No)
	if p.work.Via != "" {
		data[shop.DataVia] = p.work.Via
	}
	visibility := shop.VisibilityPublic
	if slices.Contains(staffMatters, kind) {
		visibility = shop.VisibilityStaff
	}
	return s.appendEvent(ctx, p.tx, shop.Event{
		OrderID: p.OrderID, Kind: kind, OccurredAt: p.occurredAt(), RecordedAt: p.now, Actor: p.actor(kind), RequestID: p.work.RequestID, Visibility: visibility, Data: data,
	})
}

// rollUpOrder lets the status of a locked order follow its parcels. It is the only writer of processing, shipped and
// delivered.
func (s *Store) rollUpOrder(ctx context.Context, p *parcel) error {
	rows, err := s.q.FulfillmentStatuses(ctx, p.tx, p.order.ID)
	if err != nil {
		return err
	}
	parcels := make([]shop.FulfillmentStatus, len(rows))
	for i, status := range rows {
		parcels[i] = shop.FulfillmentStatus(status)
	}
	for _, change := range shop.RollUp(shop.Status(p.order.Status), parcels) {
		err := s.appendEvent(ctx, p.tx, shop.Event{
			OrderID: p.OrderID, Kind: shop.EventStatus, From: change.From, To: change.To,
			OccurredAt: p.occurredAt(), RecordedAt: p.now, Actor: p.work.Actor, RequestID: p.work.RequestID,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
