package db

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// The pieces that every change of an order is made of, inside the caller's transaction.

// lockOrder makes the transaction the only one that changes the order until it ends. An unknown order is CodeNotFound.
func (s *Store) lockOrder(ctx context.Context, tx pgx.Tx, id shop.OrderID, scope shop.OrderScope) (sqlc.OrderLockRow, error) {
	row, err := s.q.OrderLock(ctx, tx, int64(id))
	if errors.Is(err, pgx.ErrNoRows) || (err == nil && !scope.Allows(row.CustomerID, row.MerchantID)) {
		return row, shop.NotFound("order")
	}
	return row, err
}

// appendEvent adds the next event of a locked order; its Seq is assigned here. A status change takes effect with it.
func (s *Store) appendEvent(ctx context.Context, tx pgx.Tx, e shop.Event) error {
	if e.Data == nil {
		e.Data = map[string]string{}
	}
	data, err := json.Marshal(e.Data)
	if err != nil {
		return err
	}
	if e.Visibility == "" {
		e.Visibility = shop.VisibilityPublic
	}
	feedWritten(tx)
	return s.q.OrderEventAppend(ctx, tx, sqlc.OrderEventAppendParams{
		OrderID: int64(e.OrderID), Kind: string(e.Kind), FromStatus: string(e.From), ToStatus: string(e.To), OccurredAt: e.OccurredAt, RecordedAt: e.RecordedAt,
		ActorKind: string(e.Actor.Kind), ActorID: e.Actor.ID, ActorName: e.Actor.Name, Visibility: string(e.Visibility), RequestID: e.RequestID, Data: data,
	})
}

// releaseStock puts the units held for locked orders back on sale, reservations, counters and ledger together, and ends
// their waiting for others.
func (s *Store) releaseStock(ctx context.Context, tx pgx.Tx, orderIDs []int64, how reservationClosing) error {
	var promised promisedUnits
	if err := inOneTrip(ctx, tx, promised.readers(s, orderIDs)...); err != nil {
		return err
	}
	return s.releaseUnits(ctx, tx, promised, how)
}

// promisedUnits are what locked orders hold and what they wait for.
type promisedUnits struct {
	held    []sqlc.ReservationsHeldRow
	waiting []sqlc.BackordersWaitingRow
}

func (p *promisedUnits) readers(s *Store, orderIDs []int64) []read {
	return []read{
		func(ctx context.Context, tx sqlc.DBTX) (err error) {
			p.held, err = s.reservationsHeld(ctx, tx, orderIDs...)
			return err
		},
		func(ctx context.Context, tx sqlc.DBTX) (err error) {
			p.waiting, err = s.backordersWaiting(ctx, tx, orderIDs...)
			return err
		},
	}
}

// releaseUnits puts promised units back on sale and ends the waiting for others.
func (s *Store) releaseUnits(ctx context.Context, tx pgx.Tx, promised promisedUnits, how reservationClosing) error {
	if len(promised.waiting) > 0 {
		if err := s.lockLevelsOf(ctx, tx, promised.held, promised.waiting); err != nil {
			return err
		}
		if err := s.stopWaiting(ctx, tx, promised.waiting, how.now); err != nil {
			return err
		}
	}
	if len(promised.held) == 0 {
		return nil
	}
	return s.closeReservations(ctx, tx, promised.held, how)
}

// lockLevelsOf locks all levels that hold units and count waiting ones, in one order.
func (s *Store) lockLevelsOf(ctx context.Context, tx pgx.Tx, held []sqlc.ReservationsHeldRow, waiting []sqlc.BackordersWaitingRow) error {
	var lock sqlc.StockLevelsLockParams
	for _, r := range held {
		lock.SkuIds, lock.LocationIds = append(lock.SkuIds, r.SkuID), append(lock.LocationIds, r.LocationID)
	}
	for _, w := range waiting {
		lock.SkuIds, lock.LocationIds = append(lock.SkuIds, w.SkuID), append(lock.LocationIds, w.LocationID)
	}
	_, err := s.q.StockLevelsLock(ctx, tx, lock)
	return err
}

// reservationClosing says how held reservations end. Shipping takes the units off the shelf, releasing does not.
type reservationClosing struct {
	status string // released or shipped
	kind   string // release or shipment
	reason string
	actor  shop.Actor
	now    time.Time
	last   bool // the transaction ends with it, see joinedTx
}

func releasing(reason string, actor shop.Actor, now time.Time) reservationClosing {
	return reservationClosing{status: "released", kind: "release", reason: reason, actor: actor, now: now}
}

// closeReservations ends held reservations of locked orders.
func (s *Store) closeReservations(ctx context.Context, tx pgx.Tx, held []sqlc.ReservationsHeldRow, how reservationClosing) error {
	move := sqlc.StockLevelsMoveParams{Now: how.now}
	closing := sqlc.ReservationsCloseParams{Status: how.status, Now: &how.now}
	for _, r := range held {
		move.SkuIds = append(move.SkuIds, r.SkuID)
		move.LocationIds = append(move.LocationIds, r.LocationID)
		move.ReservedDeltas = append(move.ReservedDeltas, -r.Quantity)
		onHand := int64(0)
		if how.kind == "shipment" {
			onHand = -r.Quantity
		}
		move.OnHandDeltas = append(move.OnHandDeltas, onHand)
		closing.OrderIds = append(closing.OrderIds, r.OrderID)
		closing.LineNos = append(closing.LineNos, r.LineNo)
		closing.LocationIds = append(closing.LocationIds, r.LocationID)
		closing.Parts = append(closing.Parts, r.Part)
	}
	if len(held) > 0 {
		closing.IDFirst, closing.IDLast = slices.Min(closing.OrderIds), slices.Max(closing.OrderIds)
	}
	out := &pipeline{}
	closed := s.q.ReservationsClose(ctx, out, closing)
	moved := s.queueMove(ctx, out, move, stockMove{kind: how.kind, reason: how.reason, actor: how.actor, orderIDs: closing.OrderIds})
	if err := errors.Join(closed, moved); err != nil {
		return err
	}
	if how.last {
		out.commit()
	}
	_, err := out.send(ctx, tx)
	return err
}

// stockMove is what the ledger says about a movement. orderIDs is parallel to the moved levels; 0 for none.
type stockMove struct {
	kind     string
	reason   string
	actor    shop.Actor
	orderIDs []int64
}

// moveStock writes the ledger and changes the counters, after locking the levels in their order.
func (s *Store) moveStock(ctx context.Context, tx pgx.Tx, move sqlc.StockLevelsMoveParams, why stockMove) error {
	out := &pipeline{}
	if err := s.queueMove(ctx, out, move, why); err != nil {
		return err
	}
	_, err := out.send(ctx, tx)
	return err
}

// queueMove queues a movement of stock. The locks come last and in the same round trip as the change: from then until the
// transaction ends, whoever buys the same goods waits.
func (s *Store) queueMove(ctx context.Context, out *pipeline, move sqlc.StockLevelsMoveParams, why stockMove) error {
	return errors.Join(
		s.q.InventoryTransactionsAdd(ctx, out, sqlc.InventoryTransactionsAddParams{
			Now: move.Now, SkuIds: move.SkuIds, LocationIds: move.LocationIds, Kind: why.kind, OnHandDeltas: move.OnHandDeltas, ReservedDeltas: move.ReservedDeltas,
			OrderIds: why.orderIDs, Reason: why.reason, ActorKind: string(why.actor.Kind), ActorID: why.actor.ID, ActorName: why.actor.Name,
		}),
		s.q.StockLevelsLockLast(ctx, out, sqlc.StockLevelsLockLastParams{SkuIds: move.SkuIds, LocationIds: move.LocationIds}),
		s.q.StockLevelsMove(ctx, out, move),
	)
}
