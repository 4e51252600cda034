package db

import (
	"context"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// SKUStock returns the stock of a SKU at all its locations. A SKU that does not exist, or is not the merchant's unless
// merchantID is 0, is CodeNotFound.
func (s *Store) SKUStock(ctx context.Context, skuID, merchantID int64) (shop.SKUStock, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.SKUStock, error) {
		return s.skuStock(ctx, tx, skuID, merchantID)
	})
}

func (s *Store) skuStock(ctx context.Context, tx pgx.Tx, skuID, merchantID int64) (shop.SKUStock, error) {
	head, err := s.q.SKUStockHead(ctx, tx, skuID)
	if errors.Is(err, pgx.ErrNoRows) || (err == nil && merchantID != 0 && merchantID != head.MerchantID) {
		return shop.SKUStock{}, shop.NotFound("SKU")
	}
	if err != nil {
		return shop.SKUStock{}, err
	}
	rows, err := s.q.SKUStockLevels(ctx, tx, skuID)
	stock := shop.SKUStock{SKUID: head.ID, Code: head.Code, Name: lineName(head.ProductName, head.Variant), MerchantID: head.MerchantID,
		Rules: shop.StockRules{BackorderLimit: head.BackorderLimit, BuyerLimit: head.BuyerLimit, ReorderPoint: head.ReorderPoint}}
	for _, r := range rows {
		stock.Locations = append(stock.Locations, shop.LocationStock{
			LocationID: r.LocationID, Code: r.Code, Name: r.Name, Bin: r.Bin, OnHand: r.OnHand, Reserved: r.Reserved, Backordered: r.Backordered, ReorderPoint: r.ReorderPoint,
		})
	}
	return stock, err
}

// AdjustStock changes how many units of a SKU there are, with counter, ledger and audit log, and returns the stock after
// it. The same key and request again returns the first answer and replayed = true. Errors: CodeInvalid names the fields,
// CodeNotFound an unknown SKU or somebody else's, CodeConflict that fewer would be left than are reserved for orders,
// CodeIdempotencyMismatch a reused key.
func (s *Store) AdjustStock(ctx context.Context, a shop.StockAdjustment) (stock shop.SKUStock, replayed bool, err error) {
	if err := a.Check(); err != nil {
		return shop.SKUStock{}, false, err
	}
	return once(ctx, s, a.Key, func(tx pgx.Tx) (shop.SKUStock, error) {
		before, err := s.skuStock(ctx, tx, a.SKUID, a.MerchantID)
		if err != nil {
			return shop.SKUStock{}, err
		}
		at, err := s.adjustmentLocation(ctx, tx, a, before.MerchantID)
		if err != nil {
			return shop.SKUStock{}, err
		}
		if err := s.adjust(ctx, tx, a, at); err != nil {
			return shop.SKUStock{}, err
		}
		return s.skuStock(ctx, tx, a.SKUID, a.MerchantID)
	})
}

// adjustmentLocation is where the adjustment goes, without its counters; it must be one of the SKU's merchant.
func (s *Store) adjustmentLocation(ctx context.Context, tx pgx.Tx, a shop.StockAdjustment, merchantID int64) (shop.LocationStock, error) {
	if a.LocationID == 0 {
		home, err := s.q.SKUStockHome(ctx, tx, sqlc.SKUStockHomeParams{SkuID: a.SKUID, MerchantID: merchantID})
		if errors.Is(err, pgx.ErrNoRows) {
			return shop.LocationStock{}, shop.Invalid("locationId", "The merchant of this SKU has no location yet.")
		}
		return shop.LocationStock{LocationID: home.ID, Name: home.Name}, err
	}
	named, err := s.q.MerchantLocation(ctx, tx, sqlc.MerchantLocationParams{ID: a.LocationID, MerchantID: merchantID})
	if errors.Is(err, pgx.ErrNoRows) {
		return shop.LocationStock{}, shop.Invalid("locationId", "The merchant of this SKU has no such location.")
	}
	return shop.LocationStock{LocationID: named.ID, Name: named.Name}, err
}

// adjust decides on the locked counters, as every change of stock does.
func (s *Store) adjust(ctx context.Context, tx pgx.Tx, a shop.StockAdjustment, at shop.LocationStock) error {
	now := s.Now()
	if err := s.q.StockLevelEnsure(ctx, tx, sqlc.StockLevelEnsureParams{SkuID: a.SKUID, LocationID: at.LocationID, Now: now}); err != nil {
		return err
	}
	move := sqlc.StockLevelsMoveParams{
		Now: now, SkuIds: []int64{a.SKUID}, LocationIds: []int64{at.LocationID}, OnHandDeltas: []int64{a.Delta}, ReservedDeltas: []int64{0},
	}
	locked, err := s.q.StockLevelsLock(ctx, tx, sqlc.StockLevelsLockParams{SkuIds: move.SkuIds, LocationIds: move.LocationIds})
	if err != nil {
		return err
	}
	at.OnHand, at.Reserved = locked[0].OnHand, locked[0].Reserved
	after, err := a.Apply(at)
	if err != nil {
		return err
	}
	if err := s.moveStock(ctx, tx, move, stockMove{kind: a.Kind(), reason: a.Reason, actor: a.Actor, orderIDs: []int64{0}}); err != nil {
		return err
	}
	return s.audit(ctx, tx, auditEntry{
		at: now, actor: a.Actor, action: "stock.adjusted", subject: "sku:" + strconv.FormatInt(a.SKUID, 10), requestID: a.RequestID,
		data: map[string]any{"location_id": at.LocationID, "delta": a.Delta, "on_hand": after.OnHand, "reason": a.Reason},
	})
}
