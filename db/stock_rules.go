package db

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// SetStockRules sets how a SKU may be sold, with an entry in the audit log. Orders that were placed under other rules
// stay as they are. CodeInvalid names the fields, CodeNotFound an unknown SKU or somebody else's.
func (s *Store) SetStockRules(ctx context.Context, c shop.StockRulesChange) error {
	if err := c.Check(); err != nil {
		return err
	}
	return s.inTx(ctx, func(tx pgx.Tx) error { return s.setStockRules(ctx, tx, c) })
}

// setStockRules sets rules that are checked.
func (s *Store) setStockRules(ctx context.Context, tx pgx.Tx, c shop.StockRulesChange) error {
	now := s.Now()
	stock, err := s.skuStock(ctx, tx, c.SKUID, c.MerchantID)
	if err != nil {
		return err
	}
	if c.BackorderLimit > 0 && len(stock.Locations) == 0 {
		// Waiting units are counted on a level, whose lock makes placing take turns.
		if err := s.ensureHome(ctx, tx, stock); err != nil {
			return err
		}
	}
	before, err := s.q.SKUStockRules(ctx, tx, c.SKUID)
	if err != nil || rulesOf(before).Same(c.StockRules) {
		return err
	}
	err = s.q.SKUStockRulesSet(ctx, tx, sqlc.SKUStockRulesSetParams{SkuID: c.SKUID, BackorderLimit: c.BackorderLimit, BuyerLimit: c.BuyerLimit, ReorderPoint: c.ReorderPoint, Now: now})
	if err != nil {
		return err
	}
	return s.audit(ctx, tx, auditEntry{
		at: now, actor: c.Actor, action: "stock.rules_set", subject: "sku:" + strconv.FormatInt(c.SKUID, 10), requestID: c.RequestID,
		data: map[string]any{"from": rulesOf(before), "to": c.StockRules},
	})
}

func rulesOf(r sqlc.SKUStockRulesRow) shop.StockRules {
	return shop.StockRules{BackorderLimit: r.BackorderLimit, BuyerLimit: r.BuyerLimit, ReorderPoint: r.ReorderPoint}
}

// ensureHome gives a SKU that never had stock a level where its merchant ships from first.
func (s *Store) ensureHome(ctx context.Context, tx pgx.Tx, stock shop.SKUStock) error {
	home, err := s.adjustmentLocation(ctx, tx, shop.StockAdjustment{SKUID: stock.SKUID}, stock.MerchantID)
	if err != nil {
		return err
	}
	return s.q.StockLevelEnsure(ctx, tx, sqlc.StockLevelEnsureParams{SkuID: stock.SKUID, LocationID: home.LocationID, Now: s.Now()})
}
