package db

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// Parcels as programs work on them: for a person, whom they name.

// Worker returns somebody of a merchant as the one who works on its parcels. Anybody else is CodeInvalid, for the field
// "worker".
func (s *Store) Worker(ctx context.Context, merchantID, userID int64) (shop.Actor, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.Actor, error) { return s.worker(ctx, tx, merchantID, userID) })
}

func (s *Store) worker(ctx context.Context, tx pgx.Tx, merchantID, userID int64) (shop.Actor, error) {
	name, err := s.q.MerchantColleague(ctx, tx, sqlc.MerchantColleagueParams{ID: userID, MerchantID: &merchantID})
	if errors.Is(err, pgx.ErrNoRows) {
		err = shop.Invalid("worker", "Nobody who works for the merchant has this id.")
	}
	return shop.Actor{Kind: shop.ActorStaff, ID: userID, Name: name}, err
}

// WorkOn returns the work of somebody on a parcel inside a scope. A parcel outside of it is CodeNotFound, whoever works;
// refusals of the worker are those of Worker.
func (s *Store) WorkOn(ctx context.Context, scope shop.OrderScope, ref shop.ParcelRef, userID int64) (shop.ParcelWork, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.ParcelWork, error) {
		merchant, err := s.parcelMerchant(ctx, tx, scope, ref)
		if err != nil {
			return shop.ParcelWork{}, err
		}
		actor, err := s.worker(ctx, tx, merchant, userID)
		return shop.ParcelWork{OrderID: ref.OrderID, No: ref.No, MerchantID: merchant, Actor: actor}, err
	})
}

// ParcelMerchant returns whose a parcel inside a scope is; any other is CodeNotFound.
func (s *Store) ParcelMerchant(ctx context.Context, scope shop.OrderScope, ref shop.ParcelRef) (int64, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (int64, error) { return s.parcelMerchant(ctx, tx, scope, ref) })
}

// parcelMerchant is whose a parcel is; one outside the scope is CodeNotFound.
func (s *Store) parcelMerchant(ctx context.Context, tx pgx.Tx, scope shop.OrderScope, ref shop.ParcelRef) (int64, error) {
	id, err := s.q.FulfillmentMerchant(ctx, tx, sqlc.FulfillmentMerchantParams{OrderID: int64(ref.OrderID), No: int32(ref.No)}) //nolint:gosec // a parcel's number is small
	if errors.Is(err, pgx.ErrNoRows) || (err == nil && scope.MerchantID != 0 && scope.MerchantID != id) {
		return 0, shop.NotFound("fulfillment")
	}
	return id, err
}

// QueueParcel returns one parcel inside a scope as the queue shows it, whatever became of it, and the time by which that is
// judged.
func (s *Store) QueueParcel(ctx context.Context, scope shop.OrderScope, ref shop.ParcelRef) (row shop.QueueRow, clock shop.QueueClock, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		merchant, err := s.parcelMerchant(ctx, tx, scope, ref)
		if err != nil {
			return err
		}
		f, err := s.frameQueue(ctx, tx, merchant)
		if err != nil {
			return err
		}
		rows, err := s.queueRows(ctx, f, []int64{int64(ref.OrderID)})
		for _, r := range rows {
			if r.No == ref.No {
				row, clock = r, f.clock
			}
		}
		return err
	})
	return row, clock, err
}

// RenewFulfillment prolongs the claim of the actor on one parcel. Whoever does not hold it is told who does: CodeConflict.
func (s *Store) RenewFulfillment(ctx context.Context, work shop.ParcelWork) (shop.ParcelResult, error) {
	return s.workOnParcel(ctx, work, func(ctx context.Context, p *parcel) (bool, error) {
		if p.Status != shop.FulfillmentPicking || p.AssignedUserID != p.work.Actor.ID {
			return false, p.refuse(shop.FulfillmentPicked)
		}
		return true, s.renew(ctx, p)
	})
}
