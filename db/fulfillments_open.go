package db

import (
	"context"
	"time"
	_ "time/tzdata" // merchants' time zones exist on machines without a zone database too

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// openFulfillments opens the work of a locked order that has just been confirmed: one fulfillment per location that
// holds units for it, to be shipped by what its merchant promises. An order without reservations, as imports have them,
// gets none.
func (s *Store) openFulfillments(ctx context.Context, tx pgx.Tx, id shop.OrderID, merchantID int64, confirmedAt time.Time) error {
	shipBy, err := s.shipBy(ctx, tx, merchantID, confirmedAt)
	if err != nil {
		return err
	}
	if err := s.q.FulfillmentsOpen(ctx, tx, sqlc.FulfillmentsOpenParams{OrderID: int64(id), ShipByAt: shipBy, Now: confirmedAt}); err != nil {
		return err
	}
	return s.q.FulfillmentItemsOpen(ctx, tx, int64(id))
}

// shipBy is by when a merchant ships what can be picked from a moment on.
func (s *Store) shipBy(ctx context.Context, tx pgx.Tx, merchantID int64, from time.Time) (time.Time, error) {
	policy, err := s.q.MerchantShipPolicy(ctx, tx, merchantID)
	if err != nil {
		return time.Time{}, err
	}
	return shop.ShipBy(from, shop.ShipPolicy{
		CutoffMinute: int(policy.CutoffMinute), HandlingDays: int(policy.HandlingDays), Zone: zoneOf(policy.TimeZone),
	}), nil
}

// zoneOf is the zone of an IANA name. A name that nobody knows is UTC: it must not keep a paid order from being picked.
func zoneOf(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}
