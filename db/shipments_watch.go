package db

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// RaiseProblems marks at most limit shipments that have become late or lost, or that were forgotten with a label on them,
// and tells the staff of their orders, each in a transaction of its own. It returns how many it looked at.
func (s *Store) RaiseProblems(ctx context.Context, limit int) (int, error) {
	due, err := inTxValue(ctx, s, func(tx pgx.Tx) ([]int64, error) {
		now := s.Now()
		return s.q.ShipmentsWatched(ctx, tx, sqlc.ShipmentsWatchedParams{Now: now, SinceID: s.openSince(now), RowLimit: claimLimit(limit)})
	})
	for _, id := range due {
		if err := s.inTx(ctx, func(tx pgx.Tx) error { return s.raiseProblem(ctx, tx, id) }); err != nil {
			return 0, err
		}
	}
	return len(due), err
}

// raiseProblem looks at one shipment. Its orders are locked before it, so it is looked at again under the lock: another
// instance may have been here.
func (s *Store) raiseProblem(ctx context.Context, tx pgx.Tx, id int64) error {
	l, err := s.lockShipment(ctx, tx, id, 0, shop.ParcelWork{Actor: shop.Actor{Kind: shop.ActorSystem}})
	if err != nil || l.WatchAt == nil || l.WatchAt.After(l.now) {
		return err
	}
	switch {
	case l.status() == shop.ShipmentReady:
		if err := s.tellProblem(ctx, l, shop.ProblemWaiting, ""); err != nil {
			return err
		}
		return s.q.ShipmentProblem(ctx, tx, sqlc.ShipmentProblemParams{ID: id, Problem: string(shop.ProblemWaiting), Now: l.now})
	case l.status() == shop.ShipmentInTransit && (l.Problem == string(shop.ProblemLate) || (l.Problem == string(shop.ProblemException) && l.ProblemAnswer == "")):
		if err := s.tellProblem(ctx, l, shop.ProblemLost, ""); err != nil {
			return err
		}
		return s.q.ShipmentGivenUp(ctx, tx, sqlc.ShipmentGivenUpParams{ID: id, Now: l.now})
	case l.status() == shop.ShipmentInTransit:
		if err := s.tellProblem(ctx, l, shop.ProblemLate, ""); err != nil {
			return err
		}
		again := l.WatchAt.Add(shop.LostAfter)
		return s.q.ShipmentProblem(ctx, tx, sqlc.ShipmentProblemParams{ID: id, Problem: string(shop.ProblemLate), Now: l.now, WatchAt: &again})
	}
	return s.q.ShipmentUnwatch(ctx, tx, id)
}

// ResolveShipment records what was done about a shipment's problem, once. One without an open problem is CodeConflict.
func (s *Store) ResolveShipment(ctx context.Context, c shop.ResolveCommand) (shop.Shipment, error) {
	c, err := c.Clean()
	if err != nil {
		return shop.Shipment{}, err
	}
	if c.Key == (shop.IdempotencyKey{}) {
		return inTxValue(ctx, s, func(tx pgx.Tx) (shop.Shipment, error) { return s.resolveShipment(ctx, tx, c) })
	}
	_, replayed, err := once(ctx, s, c.Key, func(tx pgx.Tx) (string, error) {
		_, err := s.resolveShipment(ctx, tx, c)
		return c.Answer, err
	})
	if err != nil {
		return shop.Shipment{}, err
	}
	shipment, err := s.ShipmentByID(ctx, c.MerchantID, c.ShipmentID)
	shipment.Replayed = replayed
	return shipment, err
}

func (s *Store) resolveShipment(ctx context.Context, tx pgx.Tx, c shop.ResolveCommand) (shop.Shipment, error) {
	l, err := s.lockShipment(ctx, tx, c.ShipmentID, c.MerchantID, shop.ParcelWork{Actor: c.Actor, RequestID: c.RequestID})
	if err != nil {
		return shop.Shipment{}, err
	}
	answer := sqlc.ShipmentAnswerParams{ID: c.ShipmentID, Answer: c.Answer, WatchAt: l.WatchAt}
	if l.Problem == string(shop.ProblemException) && l.status() == shop.ShipmentInTransit { // it goes on, and can be late
		watch := later(s.watchFrom(l.EtaAt, orZero(l.HandedOverAt)), l.now.Add(shop.LateAfter))
		answer.WatchAt = &watch
	}
	answered, err := s.q.ShipmentAnswer(ctx, tx, answer)
	if err != nil {
		return shop.Shipment{}, err
	}
	if answered == 0 && l.ProblemAnswer == c.Answer {
		return s.shipmentByID(ctx, tx, c.ShipmentID) // the same form once more
	}
	if answered == 0 {
		return shop.Shipment{}, shop.Conflict("Nothing is open about this parcel: " + orWords(l.ProblemAnswer, "it has no problem") + ".")
	}
	if c.Answer == shop.AnswerRefunded {
		if err := s.giveUpRefunded(ctx, tx, l); err != nil {
			return shop.Shipment{}, err
		}
	}
	shipment, err := s.shipmentByID(ctx, tx, c.ShipmentID)
	if err != nil {
		return shop.Shipment{}, err
	}
	words := shipment.ProblemWords()
	for _, p := range l.parcels {
		text := "Parcel " + strconv.Itoa(p.No) + " (" + words + "): " + c.Answer + "."
		if c.Note != "" {
			text += " " + c.Note
		}
		if err := s.tellParcel(ctx, p, shop.EventNote, shop.VisibilityStaff, map[string]string{shop.DataText: text}); err != nil {
			return shop.Shipment{}, err
		}
	}
	return shipment, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func orWords(words, otherwise string) string {
	if words == "" {
		return otherwise
	}
	return words
}
