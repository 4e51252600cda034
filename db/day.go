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
func (s *Store) MerchantDay(ctx context.Context, merchantID int64) (day shop.MerchantDay, err error) {
	var f queueFrame
	err = s.readByKey(ctx, func(ctx context.Context, tx sqlc.DBTX) (err error) {
		f, err = s.readFrame(ctx, tx, merchantID)
		return err
	}, func(ctx context.Context, tx sqlc.DBTX) (err error) {
		day.Zone, err = s.merchantZone(ctx, tx, merchantID)
		return err
	})
	if err != nil {
		return shop.MerchantDay{}, err
	}
	day.Clock = f.clock
	var next []sqlc.QueueStageRow
	reads := append(s.countReads(f, &day.Queue), s.dayReads(f, &day)...)
	err = s.readByKey(ctx, append(reads, func(ctx context.Context, tx sqlc.DBTX) (err error) {
		query := shop.QueueQuery{MerchantID: merchantID, QueueFilter: shop.QueueFilter{Stage: shop.QueueToPick}, Limit: shop.DayNext}
		next, err = s.queueKeys(ctx, tx, f, query)
		return err
	})...)
	if err != nil {
		return shop.MerchantDay{}, err
	}
	day.Next, err = s.queueRowsByKey(ctx, f, next[:min(len(next), shop.DayNext)])
	return day, err
}

func (s *Store) merchantZone(ctx context.Context, tx sqlc.DBTX, merchantID int64) (*time.Location, error) {
	name, err := s.q.NumbersZone(ctx, tx, merchantID)
	if err != nil {
		return nil, notFound(err, "merchant")
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone of merchant %d: %w", merchantID, err)
	}
	return zone, nil
}

// dayReads count what left today, and what waits elsewhere than in the queue.
func (s *Store) dayReads(f queueFrame, day *shop.MerchantDay) []read {
	return []read{
		func(ctx context.Context, tx sqlc.DBTX) error {
			shipped, err := s.q.DayShipped(ctx, tx, sqlc.DayShippedParams{
				MerchantID: f.merchant, OrderIDFrom: f.from, OrderIDUntil: f.until, TimeZone: day.Zone.String(), DayStart: f.clock.DayStart,
			})
			day.Hours = hoursUntil(f.clock.Now.In(day.Zone), shipped)
			return err
		},
		func(ctx context.Context, tx sqlc.DBTX) (err error) {
			day.Shipments, err = s.shipmentCounts(ctx, tx, f.merchant, f.clock.Now)
			return err
		},
		func(ctx context.Context, tx sqlc.DBTX) (err error) {
			day.Returns, err = s.returnCounts(ctx, tx, f.merchant)
			return err
		},
		func(ctx context.Context, tx sqlc.DBTX) (err error) {
			day.LowStock, err = s.q.StockAlertsCount(ctx, tx, f.merchant)
			return err
		},
		func(ctx context.Context, tx sqlc.DBTX) (err error) {
			day.Waiting, err = s.q.DayWaiting(ctx, tx, f.merchant)
			return err
		},
		func(ctx context.Context, tx sqlc.DBTX) error {
			has, err := s.q.DaySetup(ctx, tx, f.merchant)
			day.Setup = shop.MerchantSetup{Products: has.Products, Stock: has.Stock, Rates: has.Rates, Boxes: has.Boxes, Orders: has.Orders}
			return err
		},
	}
}

// hoursUntil are the hours of a day until now, those in which nothing left too.
func hoursUntil(now time.Time, shipped []sqlc.DayShippedRow) []shop.DayHour {
	hours := make([]shop.DayHour, now.Hour()+1)
	for hour := range hours {
		hours[hour].Hour = hour
	}
	for _, r := range shipped {
		if int(r.Hour) < len(hours) {
			hours[r.Hour].Parcels = r.Parcels
		}
	}
	return hours
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
