package db

import (
	"context"
	"math"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// maxAlertBatch bounds the alerts that one transaction raises.
const maxAlertBatch = 1_000

// RefreshStockAlerts raises an alert, once, for everything that fell to its reorder point, clears those whose stock is
// back, and returns how many it raised and cleared. The feeds of the merchants are told.
func (s *Store) RefreshStockAlerts(ctx context.Context) (int, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (int, error) {
		now := s.Now()
		cleared, err := s.q.StockAlertsClear(ctx, tx, &now)
		if err != nil {
			return 0, err
		}
		raised, err := s.q.StockAlertsRaise(ctx, tx, sqlc.StockAlertsRaiseParams{Now: now, RowLimit: maxAlertBatch})
		if err != nil {
			return 0, err
		}
		changed := len(cleared) + len(raised)
		if changed == 0 {
			return 0, nil
		}
		feedWritten(tx)
		return changed, s.q.StockAlertTell(ctx, tx, sqlc.StockAlertTellParams{Topic: shop.TopicStockAlert, MerchantIds: distinct(append(cleared, raised...))})
	})
}

// StockAlerts returns a page of the open alerts of a merchant, the latest first, and whether more follow.
func (s *Store) StockAlerts(ctx context.Context, q shop.AlertQuery) (alerts []shop.StockAlert, more bool, err error) {
	before := q.Before
	if before <= 0 {
		before = math.MaxInt64
	}
	limit := pageSize(q.Limit)
	rows, err := inTxValue(ctx, s, func(tx pgx.Tx) ([]sqlc.StockAlertsOpenRow, error) {
		return s.q.StockAlertsOpen(ctx, tx, sqlc.StockAlertsOpenParams{MerchantID: q.MerchantID, Before: before, RowLimit: int32(limit + 1)})
	})
	if len(rows) > limit {
		rows, more = rows[:limit], true
	}
	return convertAll(rows, stockAlert), more, err
}

func stockAlert(r sqlc.StockAlertsOpenRow) shop.StockAlert {
	return shop.StockAlert{
		ID: r.ID, SKUID: r.SkuID, Code: r.Code, Name: lineName(r.ProductName, r.Variant), LocationID: r.LocationID, Location: r.Location,
		ReorderPoint: r.ReorderPoint, Available: r.Available, RaisedAt: r.RaisedAt,
	}
}

// StockAlertCount is how many alerts of a merchant are open.
func (s *Store) StockAlertCount(ctx context.Context, merchantID int64) (int64, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (int64, error) { return s.q.StockAlertsCount(ctx, tx, merchantID) })
}
