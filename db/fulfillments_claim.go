package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// maxClaims bounds the parcels whose claims are renewed or given back in one transaction.
const maxClaims = 200

// refuse says why the parcel cannot become what its actor wanted, and what became of the actor's own claim.
func (p *parcel) refuse(want shop.FulfillmentStatus) error {
	return p.RefuseTo(p.work.Actor.ID, want, p.now)
}

// actor is who an event is of: a claim runs out by itself, whoever was the first to notice.
func (p *parcel) actor(kind shop.EventKind) shop.Actor {
	if kind == shop.EventLapsed {
		return shop.Actor{Kind: shop.ActorSystem}
	}
	return p.work.Actor
}

// hold makes sure that the actor holds a parcel to be picked, for another lease. Whoever comes back to a parcel after their
// claim ran out, and finds that nobody took it, goes on where they were.
func (s *Store) hold(ctx context.Context, p *parcel) error {
	switch {
	case p.Status == shop.FulfillmentPicking && p.AssignedUserID == p.work.Actor.ID:
		return s.renew(ctx, p)
	case p.Status == shop.FulfillmentOpen && p.LapsedUserID == p.work.Actor.ID:
		_, err := s.claim(ctx, p)
		return err
	}
	return p.refuse(shop.FulfillmentPicked)
}

func (s *Store) renew(ctx context.Context, p *parcel) error {
	return s.q.FulfillmentRenew(ctx, p.tx, sqlc.FulfillmentRenewParams{
		OrderID: p.order.ID, No: int32(p.No), UserID: p.work.Actor.ID, LeasedUntil: p.now.Add(shop.ClaimLease),
	})
}

// lapse gives a parcel back whose claim ran out. What was picked stays counted: it lies in somebody's tote, and whoever
// takes the parcel next is told in whose.
func (s *Store) lapse(ctx context.Context, p *parcel) error {
	picked, units := p.Progress()
	said := fmt.Sprintf("%s was not heard of any more", p.AssignedName)
	if picked > 0 {
		said += fmt.Sprintf("; the %d of %d units that were picked stay counted", picked, units)
	}
	moved, err := s.q.FulfillmentLapse(ctx, p.tx, sqlc.FulfillmentLapseParams{OrderID: p.order.ID, No: int32(p.No), Now: p.now})
	return s.parcelMoved(ctx, p, moved, err, shop.EventLapsed, map[string]string{shop.DataReason: said})
}

// LapseClaims gives back at most limit parcels whose claims ran out, and returns how many. Several instances may call it at
// once: an order that somebody works on is left to the next call.
func (s *Store) LapseClaims(ctx context.Context, limit int) (int, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (int, error) {
		now := s.Now()
		rows, err := s.q.FulfillmentsLapsed(ctx, tx, sqlc.FulfillmentsLapsedParams{Now: now, RowLimit: int32(min(max(limit, 1), maxClaims))})
		if err != nil {
			return 0, err
		}
		lapsed := 0
		for _, r := range rows {
			did, err := s.lapseOne(ctx, tx, r, now)
			if err != nil {
				return 0, err
			}
			lapsed += did
		}
		return lapsed, nil
	})
}

// lapseOne looks at a parcel again now that its order is locked.
func (s *Store) lapseOne(ctx context.Context, tx pgx.Tx, r sqlc.FulfillmentsLapsedRow, now time.Time) (int, error) {
	id := shop.OrderID(r.OrderID)
	order, err := s.lockOrder(ctx, tx, id, shop.OrderScope{MerchantID: r.MerchantID})
	if err != nil {
		return 0, err
	}
	f, err := s.findParcel(ctx, tx, id, int(r.No))
	if err != nil || !f.Lapsed(now) {
		return 0, err
	}
	return 1, s.lapse(ctx, &parcel{Fulfillment: f, order: order, tx: tx, now: now})
}

// RenewClaims prolongs the claims on everything that a person of a merchant is picking, because a page of theirs is open. An
// open page alone holds a parcel for shop.MaxClaim; after that only work on it does.
func (s *Store) RenewClaims(ctx context.Context, merchantID, userID int64) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		f, err := s.frameQueue(ctx, tx, merchantID)
		if err != nil {
			return err
		}
		_, err = s.q.FulfillmentsRenew(ctx, tx, sqlc.FulfillmentsRenewParams{
			MerchantID: merchantID, UserID: userID, OrderIDFrom: f.from, OrderIDUntil: f.until, RowLimit: maxClaims,
			LeasedUntil: f.clock.Now.Add(shop.ClaimLease), HeldSince: f.clock.Now.Add(-shop.MaxClaim),
		})
		return err
	})
}

// HandOverFulfillment puts a parcel into the hands of a colleague, who holds it from then on; one that nobody had taken is
// claimed for them. CodeInvalid names the colleague or the reason.
func (s *Store) HandOverFulfillment(ctx context.Context, command shop.HandOverCommand) (shop.ParcelResult, error) {
	command, err := command.Clean()
	if err != nil {
		return shop.ParcelResult{}, err
	}
	return s.workOnParcel(ctx, command.ParcelWork, func(ctx context.Context, p *parcel) (bool, error) {
		to, err := s.colleague(ctx, p.tx, command)
		if err != nil {
			return false, err
		}
		return s.handOver(ctx, p, to)
	})
}

// handing is a hand-over whose colleague is known to be one.
type handing struct {
	userID       int64
	name, reason string
}

func (s *Store) colleague(ctx context.Context, tx pgx.Tx, command shop.HandOverCommand) (handing, error) {
	to, err := s.worker(ctx, tx, command.MerchantID, command.ToUserID)
	if shop.CodeOf(err) == shop.CodeInvalid {
		err = shop.Invalid("colleague", "Choose somebody who works here.")
	}
	return handing{userID: to.ID, name: to.Name, reason: command.Reason}, err
}

func (s *Store) handOver(ctx context.Context, p *parcel, to handing) (changed bool, err error) {
	switch {
	case p.Status.Done():
		return false, p.refuse(shop.FulfillmentPicking)
	case p.AssignedUserID == to.userID:
		return false, nil
	}
	data := map[string]string{shop.DataReason: p.handedOver(to)}
	lease := p.now.Add(shop.ClaimLease)
	var moved int64
	if p.Status == shop.FulfillmentOpen {
		moved, err = s.q.FulfillmentClaim(ctx, p.tx, sqlc.FulfillmentClaimParams{OrderID: p.order.ID, No: int32(p.No), UserID: to.userID, LeasedUntil: lease, Now: p.now})
	} else {
		moved, err = s.q.FulfillmentHandOver(ctx, p.tx, sqlc.FulfillmentHandOverParams{OrderID: p.order.ID, No: int32(p.No), UserID: to.userID, LeasedUntil: lease, Now: p.now})
	}
	return true, s.parcelMoved(ctx, p, moved, err, shop.EventHandedOver, data)
}

func (p *parcel) handedOver(to handing) string {
	if p.AssignedName == "" {
		return fmt.Sprintf("to %s (%s)", to.name, to.reason)
	}
	return fmt.Sprintf("from %s to %s (%s)", p.AssignedName, to.name, to.reason)
}

// Colleagues returns who can hold parcels of a merchant, by name, at most shop.MaxColleagues.
func (s *Store) Colleagues(ctx context.Context, merchantID int64) ([]shop.Colleague, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.Colleague, error) {
		rows, err := s.q.MerchantColleagues(ctx, tx, sqlc.MerchantColleaguesParams{MerchantID: &merchantID, RowLimit: shop.MaxColleagues})
		return convertAll(rows, func(r sqlc.MerchantColleaguesRow) shop.Colleague { return shop.Colleague(r) }), err
	})
}
