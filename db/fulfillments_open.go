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
func (s *Store) openFulfillments(ctx context.Context, tx pgx.Tx, id shop.OrderID, confirmedAt time.Time) error {
	shipBy, err := s.shipBy(ctx, tx, id, confirmedAt)
	if err != nil {
		return err
	}
	if err := s.q.FulfillmentsOpen(ctx, tx, sqlc.FulfillmentsOpenParams{OrderID: int64(id), ShipByAt: shipBy, Now: confirmedAt}); err != nil {
		return err
	}
	return s.q.FulfillmentItemsOpen(ctx, tx, int64(id))
}

// shipBy is by when a merchant ships what can be picked of an order from a moment on, with the service that was chosen.
func (s *Store) shipBy(ctx context.Context, tx pgx.Tx, id shop.OrderID, from time.Time) (time.Time, error) {
	policy, err := s.q.OrderShipPolicy(ctx, tx, int64(id))
	if err != nil {
		return time.Time{}, err
	}
	return shop.ShipBy(from, shop.ShipPolicy{
		CutoffMinute: int(policy.CutoffMinute), HandlingDays: int(policy.HandlingDays), WorkingDays: shop.Weekdays(policy.WorkingDays),
		Holidays: holidays(policy.Holidays), Zone: zoneOf(policy.TimeZone),
	}), nil
}

// promiseOffers says of each offer of a quote by when the order leaves if it is paid at a moment.
func (s *Store) promiseOffers(ctx context.Context, tx pgx.Tx, quote *shop.Quote, now time.Time) error {
	merchants := make([]int64, len(quote.Orders))
	for i, order := range quote.Orders {
		merchants[i] = order.MerchantID
	}
	rows, err := s.q.MerchantsPromise(ctx, tx, merchants)
	for _, order := range quote.Orders {
		for i := range order.Offers {
			offer := &order.Offers[i]
			for _, r := range rows {
				if r.MerchantID == order.MerchantID && r.ServiceID == offer.ServiceID {
					zone := zoneOf(r.TimeZone)
					offer.ShipBy = shop.ShipBy(now, shop.ShipPolicy{
						CutoffMinute: int(r.CutoffMinute), HandlingDays: int(r.HandlingDays), WorkingDays: shop.Weekdays(r.WorkingDays), Holidays: holidays(r.Holidays), Zone: zone,
					}).In(zone)
				}
			}
		}
	}
	return err
}

func holidays(days []string) []shop.Day {
	return convertAll(days, func(day string) shop.Day { return shop.Day(day) })
}

// zoneOf is the zone of an IANA name. A name that nobody knows is UTC: it must not keep a paid order from being picked.
func zoneOf(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}
