package db

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// askAgain is how long after an unanswered look-up a carrier is asked again.
const askAgain = time.Minute

// RecordTracking adds what a carrier told about one parcel, each event once, in whatever order it comes, and lets
// shipment, parcels and orders follow. It returns how many events were new. A number that is not one of ours is
// CodeNotFound.
func (s *Store) RecordTracking(ctx context.Context, carrierKey, trackingNumber string, events []shop.TrackingEvent) (news int, err error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (int, error) {
		id, err := s.q.ShipmentByTracking(ctx, tx, sqlc.ShipmentByTrackingParams{TrackingNumber: trackingNumber, CarrierKey: carrierKey, SinceID: s.openSince(s.Now())})
		if err != nil {
			return 0, notFound(err, "shipment")
		}
		l, err := s.lockShipment(ctx, tx, id, 0, shop.ParcelWork{})
		if err != nil {
			return 0, err
		}
		for _, p := range l.parcels {
			p.work.Actor = shop.Actor{Kind: shop.ActorIntegration, Name: l.Carrier}
		}
		all, fresh, err := s.addTracking(ctx, tx, l, events)
		if err != nil || len(fresh) == 0 {
			return 0, err
		}
		before := shop.StandingOf(all[:len(all)-len(fresh)])
		return len(fresh), s.follow(ctx, tx, l, before, shop.StandingOf(all), fresh)
	})
}

// addTracking writes the events that are not there yet, and returns all there are and those that are new.
func (s *Store) addTracking(ctx context.Context, tx pgx.Tx, l *lockedShipment, events []shop.TrackingEvent) (all, fresh []shop.TrackingEvent, err error) {
	rows, err := s.q.ShipmentEvents(ctx, tx, []int64{l.ID})
	if err != nil {
		return nil, nil, err
	}
	for _, r := range rows {
		all = append(all, trackingEventOf(r, orEmpty(l.TrackingNumber)))
	}
	for _, e := range events {
		if len(all) >= shop.MaxParcelEvents {
			break // a parcel that is told about without end
		}
		added, err := s.q.ShipmentEventAdd(ctx, tx, sqlc.ShipmentEventAddParams{
			ShipmentID: l.ID, EventID: e.ID, Kind: string(e.Kind), OccurredAt: e.OccurredAt, Now: l.now, Place: e.Place, Words: e.Text, EtaAt: orNull(e.EtaAt),
		})
		if err != nil {
			return nil, nil, err
		}
		if added == 1 {
			all, fresh = append(all, e), append(fresh, e)
		}
	}
	return all, fresh, nil
}

// follow brings a shipment, its parcels and their orders to where the carrier's events say they are.
func (s *Store) follow(ctx context.Context, tx pgx.Tx, l *lockedShipment, before, standing shop.Standing, fresh []shop.TrackingEvent) error {
	if l.status() == shop.ShipmentVoided || l.status() == shop.ShipmentFailed || len(l.parcels) == 0 {
		return nil // a carrier's mistake, or of an order that has ended: kept, and nothing follows
	}
	if standing.Seen && !l.status().Left() {
		if err := s.shipmentLeaves(ctx, tx, l, 0, earlier(standing.SeenAt, l.now)); err != nil {
			return err
		}
		l.Status = string(shop.ShipmentInTransit)
	}
	if err := s.stands(ctx, tx, l, before, standing); err != nil {
		return err
	}
	if standing.Status == shop.ShipmentDelivered {
		if err := s.arriveAll(ctx, l, earlier(standing.DeliveredAt, l.now)); err != nil {
			return err
		}
	}
	return s.tellNews(ctx, l, fresh)
}

// earlier keeps a carrier whose clock is ahead from telling the future.
func earlier(at, now time.Time) time.Time {
	if at.After(now) {
		return now
	}
	return at
}

// stands writes where the shipment is. A carrier that only expects a parcel can still say when it will come.
func (s *Store) stands(ctx context.Context, tx pgx.Tx, l *lockedShipment, before, standing shop.Standing) error {
	status, problem := l.status(), shop.ShipmentProblem(l.Problem)
	if standing.Seen {
		status = standing.Status
	}
	eta := l.EtaAt
	if !standing.EtaAt.IsZero() {
		eta = &standing.EtaAt
	}
	update := sqlc.ShipmentStandsParams{ID: l.ID, Status: string(status), StatusAt: l.StatusAt, EtaAt: eta, Now: l.now, WatchAt: l.WatchAt, Open: true}
	if status != l.status() {
		update.StatusAt = earlier(standing.At, l.now)
	}
	switch status {
	case shop.ShipmentDelivered:
		at := earlier(standing.DeliveredAt, l.now)
		update.DeliveredAt, update.WatchAt, update.Open, problem = &at, nil, false, ""
	case shop.ShipmentReturned:
		update.WatchAt, problem = nil, shop.ProblemReturned
	case shop.ShipmentLost:
		update.WatchAt, problem = nil, shop.ProblemLost
	case shop.ShipmentInTransit:
		var watch time.Time
		problem, watch = s.onTheWay(l, eta, standing)
		update.WatchAt = &watch
	}
	update.Problem = string(problem)
	// The same once more is a new problem when it is another thing that stops the parcel, or the last was dealt with.
	update.Again = problem == shop.ProblemException && standing.Stopped.ID != before.Stopped.ID &&
		(l.ProblemAnswer != "" || standing.Stopped.Kind != before.Stopped.Kind)
	if problem != "" && (string(problem) != l.Problem || update.Again) {
		if err := s.tellProblem(ctx, l, problem, standing.Stopped.Kind); err != nil {
			return err
		}
	}
	return s.q.ShipmentStands(ctx, tx, update)
}

// onTheWay is what is wrong with a shipment that is with its carrier, and when to look again if nothing is heard of it. One
// that is late stays so, but a word of it begins the time anew after which it is lost.
func (s *Store) onTheWay(l *lockedShipment, eta *time.Time, standing shop.Standing) (shop.ShipmentProblem, time.Time) {
	left := l.now
	if l.HandedOverAt != nil {
		left = *l.HandedOverAt
	}
	late := s.watchFrom(eta, left)
	switch {
	case standing.Stopped.ID != "":
		return shop.ProblemException, l.now.Add(shop.LostAfter)
	case l.Problem == string(shop.ProblemLate) && !late.After(l.now):
		return shop.ProblemLate, l.now.Add(shop.LostAfter)
	}
	return "", late
}

// arriveAll delivers what travelled in the shipment.
func (s *Store) arriveAll(ctx context.Context, l *lockedShipment, at time.Time) error {
	for _, p := range l.parcels {
		found, err := s.findParcel(ctx, p.tx, p.OrderID, p.No)
		if err != nil {
			return err
		}
		if found.Status != shop.FulfillmentShipped {
			continue
		}
		p.Fulfillment, p.happened = found, at
		if err := s.arrive(ctx, p); err != nil {
			return err
		}
		if err := s.rollUp(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// tellNews mentions in the timelines of the orders what is more than one more scan.
func (s *Store) tellNews(ctx context.Context, l *lockedShipment, fresh []shop.TrackingEvent) error {
	for _, e := range fresh {
		if !e.Kind.Newsworthy() {
			continue
		}
		for _, p := range l.parcels {
			p.happened = earlier(e.OccurredAt, l.now)
			words := e.Kind.CustomerWords()
			if e.Place != "" {
				words += ", " + e.Place
			}
			if err := s.tellParcel(ctx, p, shop.EventTracking, shop.VisibilityPublic, map[string]string{shop.DataReason: words}); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellProblem puts a problem into the timelines of the orders, for the staff.
func (s *Store) tellProblem(ctx context.Context, l *lockedShipment, problem shop.ShipmentProblem, stopped shop.TrackingKind) error {
	for _, p := range l.parcels {
		reason := "parcel " + strconv.Itoa(p.No) + " with " + l.Carrier + ": " + problem.WordsOf(stopped) + ". " + problem.NextStepOf(stopped)
		if err := s.tellParcel(ctx, p, shop.EventException, shop.VisibilityStaff, map[string]string{shop.DataReason: reason}); err != nil {
			return err
		}
	}
	return nil
}

// shipmentArrived ends the shipment of a parcel that somebody marks as delivered, with the last one in it.
func (s *Store) shipmentArrived(ctx context.Context, p *parcel) error {
	if p.ShipmentID == 0 {
		return nil
	}
	row, err := s.q.ShipmentLock(ctx, p.tx, p.ShipmentID)
	if err != nil {
		return err
	}
	inside, err := s.q.ShipmentParcels(ctx, p.tx, sqlc.ShipmentParcelsParams{Ids: []int64{row.ID}, OrderIDFrom: row.OrderIDFrom, OrderIDUntil: row.OrderIDUntil})
	if err != nil {
		return err
	}
	for _, f := range inside {
		if f.Status != string(shop.FulfillmentDelivered) {
			return nil
		}
	}
	return s.q.ShipmentStands(ctx, p.tx, sqlc.ShipmentStandsParams{ID: row.ID, Status: string(shop.ShipmentDelivered), StatusAt: p.now, DeliveredAt: &p.now, Now: p.now})
}

// ClaimUnanswered hands out shipments whose request has no answer and is due to be asked about; nobody else gets them for
// a while.
func (s *Store) ClaimUnanswered(ctx context.Context, limit int) ([]shop.PreparedShipment, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.PreparedShipment, error) {
		now := s.Now()
		again := now.Add(askAgain)
		ids, err := s.q.ShipmentsClaimUnanswered(ctx, tx, sqlc.ShipmentsClaimUnansweredParams{Now: now, AgainAt: &again, SinceID: s.openSince(now), RowLimit: claimLimit(limit)})
		if err != nil {
			return nil, err
		}
		claimed := make([]shop.PreparedShipment, len(ids))
		for i, id := range ids {
			if claimed[i], err = s.prepared(ctx, tx, id); err != nil {
				return nil, err
			}
		}
		return claimed, nil
	})
}

// ClaimForNews hands out tracking numbers of a carrier that is due to be asked for news; nobody else gets them before
// they are due again.
func (s *Store) ClaimForNews(ctx context.Context, carrierKey string, limit int) ([]string, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]string, error) {
		now := s.Now()
		again := now.Add(shop.PollEvery)
		return s.q.ShipmentsClaimForNews(ctx, tx, sqlc.ShipmentsClaimForNewsParams{Now: now, AgainAt: &again, CarrierKey: carrierKey, SinceID: s.openSince(now), RowLimit: claimLimit(limit)})
	})
}
