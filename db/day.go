package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// MerchantDay returns what waits for the people of a merchant, and what they have done today. An unknown merchant is
// CodeNotFound.
func (s *Store) MerchantDay(ctx context.Context, merchantID int64) (shop.MerchantDay, error) {
	return inTxWithValue(ctx, s, byKey, func(tx pgx.Tx) (day shop.MerchantDay, err error) {
		f, err := s.frameQueue(ctx, tx, merchantID)
		if err != nil {
			return day, err
		}
		day.Clock = f.clock
		if day.Zone, err = s.merchantZone(ctx, tx, merchantID); err != nil {
			return day, err
		}
		if day.Queue, err = s.queueCounts(ctx, f); err != nil {
			return day, err
		}
		if err := s.dayBesideTheQueue(ctx, f, &day); err != nil {
			return day, err
		}
		if day.Next, err = s.dayNext(ctx, f); err != nil {
			return day, err
		}
		day.Setup, err = s.merchantSetup(ctx, tx, merchantID)
		return day, err
	})
}

func (s *Store) merchantZone(ctx context.Context, tx pgx.Tx, merchantID int64) (*time.Location, error) {
	name, err := s.q.NumbersZone(ctx, tx, merchantID)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone of merchant %d: %w", merchantID, err)
	}
	return zone, nil
}

// dayBesideTheQueue counts what left today, and what waits elsewhere than in the queue.
func (s *Store) dayBesideTheQueue(ctx context.Context, f queueFrame, day *shop.MerchantDay) error {
	shipped, err := s.q.DayShipped(ctx, f.tx, sqlc.DayShippedParams{
		MerchantID: f.merchant, OrderIDFrom: f.from, OrderIDUntil: f.until, TimeZone: day.Zone.String(), DayStart: f.clock.DayStart,
	})
	if err != nil {
		return err
	}
	day.Hours = make([]shop.DayHour, f.clock.Now.In(day.Zone).Hour()+1)
	for hour := range day.Hours {
		day.Hours[hour].Hour = hour
	}
	for _, r := range shipped {
		if int(r.Hour) < len(day.Hours) {
			day.Hours[r.Hour].Parcels = r.Parcels
		}
	}
	if day.Shipments, err = s.shipmentCounts(ctx, f.tx, f.merchant, f.clock.Now); err != nil {
		return err
	}
	if day.Returns, err = s.returnCounts(ctx, f.tx, f.merchant); err != nil {
		return err
	}
	if day.LowStock, err = s.q.StockAlertsCount(ctx, f.tx, f.merchant); err != nil {
		return err
	}
	day.Waiting, err = s.q.DayWaiting(ctx, f.tx, f.merchant)
	return err
}

// dayNext are the parcels of the queue that nobody works on, the nearest promise first.
func (s *Store) dayNext(ctx context.Context, f queueFrame) ([]shop.QueueRow, error) {
	query := shop.QueueQuery{MerchantID: f.merchant, QueueFilter: shop.QueueFilter{Stage: shop.QueueToPick}, Limit: shop.DayNext}
	keys, err := s.queueKeys(ctx, f, query)
	if err != nil {
		return nil, err
	}
	return s.queueRowsByKey(ctx, f, keys[:min(len(keys), shop.DayNext)])
}

func (s *Store) merchantSetup(ctx context.Context, tx pgx.Tx, merchantID int64) (shop.MerchantSetup, error) {
	has, err := s.q.DaySetup(ctx, tx, merchantID)
	return shop.MerchantSetup{Products: has.Products, Stock: has.Stock, Rates: has.Rates, Boxes: has.Boxes, Orders: has.Orders}, err
}

// WaitingLines returns what of a merchant's orders waits for stock, the oldest orders first: at most MaxWaiting lines, and
// whether there are more.
func (s *Store) WaitingLines(ctx context.Context, merchantID int64) (lines []shop.WaitingLine, more bool, err error) {
	rows, err := inTxValue(ctx, s, func(tx pgx.Tx) ([]sqlc.WaitingLinesRow, error) {
		return s.q.WaitingLines(ctx, tx, sqlc.WaitingLinesParams{MerchantID: merchantID, RowLimit: shop.MaxWaiting + 1})
	})
	if more = len(rows) > shop.MaxWaiting; more {
		rows = rows[:shop.MaxWaiting]
	}
	return convertAll(rows, func(r sqlc.WaitingLinesRow) shop.WaitingLine {
		return shop.WaitingLine{OrderID: shop.OrderID(r.OrderID), SKUID: r.SkuID, SKUCode: r.SkuCode, Name: r.Name, Quantity: r.Quantity, Since: r.CreatedAt}
	}), more, err
}
