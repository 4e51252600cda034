package db

import (
	"context"
	"math"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// StockPage returns a page of a merchant's stock, by code or the least available first, with the sums of all of it.
func (s *Store) StockPage(ctx context.Context, q shop.StockQuery) (shop.StockPage, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (page shop.StockPage, err error) {
		if page.Rows, err = s.stockRows(ctx, tx, q); err != nil {
			return page, err
		}
		if limit := pageSize(q.Limit); len(page.Rows) > limit {
			page.Rows, page.More = page.Rows[:limit], true
		}
		page.Summary, err = s.stockSummary(ctx, tx, q.MerchantID)
		return page, err
	})
}

// StockSummary sums up a merchant's stock.
func (s *Store) StockSummary(ctx context.Context, merchantID int64) (shop.StockSummary, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.StockSummary, error) { return s.stockSummary(ctx, tx, merchantID) })
}

func (s *Store) stockSummary(ctx context.Context, tx pgx.Tx, merchantID int64) (shop.StockSummary, error) {
	sum, err := s.q.StockSummary(ctx, tx, sqlc.StockSummaryParams{MerchantID: merchantID, Low: shop.LowStock})
	return shop.StockSummary{SKUs: sum.Skus, OnHand: sum.OnHand, Reserved: sum.Reserved, Low: sum.Low, SoldOut: sum.SoldOut}, err
}

// stockRows reads one row more than the page, to know whether more follow.
func (s *Store) stockRows(ctx context.Context, tx pgx.Tx, q shop.StockQuery) ([]shop.StockRow, error) {
	pattern := ""
	if q.Text != "" {
		pattern = containsPattern(q.Text)
	}
	limit := int32(pageSize(q.Limit) + 1)
	if q.LowFirst {
		after := sqlc.StockByAvailableParams{
			MerchantID: q.MerchantID, LocationID: q.LocationID, Pattern: pattern, RowLimit: limit,
			AfterAvailable: q.After.Available, AfterSkuID: q.After.SKUID, AfterLocationID: q.After.LocationID,
		}
		if q.After == (shop.StockCursor{}) {
			after.AfterAvailable = -1
		}
		rows, err := s.q.StockByAvailable(ctx, tx, after)
		return convertAll(rows, func(r sqlc.StockByAvailableRow) shop.StockRow { return stockRow(sqlc.StockByCodeRow(r)) }), err
	}
	rows, err := s.q.StockByCode(ctx, tx, sqlc.StockByCodeParams{
		MerchantID: q.MerchantID, LocationID: q.LocationID, Pattern: pattern, RowLimit: limit, AfterCode: q.After.Code, AfterLocationID: q.After.LocationID,
	})
	return convertAll(rows, stockRow), err
}

func stockRow(r sqlc.StockByCodeRow) shop.StockRow {
	return shop.StockRow{
		SKUID: r.SkuID, Code: r.Code, Name: lineName(r.ProductName, r.Variant), Active: r.Active, Picture: r.PictureHash, LocationID: r.LocationID, Location: r.Location,
		Bin: r.Bin, OnHand: r.OnHand, Reserved: r.Reserved,
	}
}

// StockChanged returns the stock of the SKUs wherever it moved since then: what a page of them must draw anew. Names and
// bins are left out. SKUs of other merchants are no SKUs.
func (s *Store) StockChanged(ctx context.Context, q shop.StockChanges) ([]shop.StockRow, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.StockRow, error) {
		rows, err := s.q.StockChanged(ctx, tx, sqlc.StockChangedParams{SkuIds: q.SKUIDs, MerchantID: q.MerchantID, Since: q.Since, RowLimit: maxStockChanges})
		return convertAll(rows, func(r sqlc.StockChangedRow) shop.StockRow {
			return shop.StockRow{SKUID: r.SkuID, LocationID: r.LocationID, OnHand: r.OnHand, Reserved: r.Reserved}
		}), err
	})
}

// maxStockChanges bounds an answer: every location of every SKU of a page, for merchants of ten locations.
const maxStockChanges = 10 * shop.MaxPageSize

// SKULedger returns what there is of a SKU, for which orders units are held, and a page of its ledger. A SKU of another
// merchant is CodeNotFound.
func (s *Store) SKULedger(ctx context.Context, q shop.LedgerQuery) (shop.SKULedger, error) {
	return inTxWithValue(ctx, s, snapshot, func(tx pgx.Tx) (shop.SKULedger, error) {
		head, err := s.q.StockSKU(ctx, tx, sqlc.StockSKUParams{SkuID: q.SKUID, Now: s.Now()})
		if err != nil {
			return shop.SKULedger{}, notFound(err, "SKU")
		}
		if head.MerchantID != q.MerchantID {
			return shop.SKULedger{}, shop.NotFound("SKU")
		}
		l := shop.SKULedger{SKUID: head.ID, Code: head.Code, Name: lineName(head.ProductName, head.Variant), Slug: head.Slug}
		levels, err := s.q.StockOfSKU(ctx, tx, q.SKUID)
		if err != nil {
			return l, err
		}
		for _, r := range levels {
			l.Levels = append(l.Levels, shop.StockRow{SKUID: head.ID, Code: head.Code, Name: l.Name, LocationID: r.LocationID, Location: r.Location, Bin: r.Bin, OnHand: r.OnHand, Reserved: r.Reserved})
			l.OnHand, l.Reserved = l.OnHand+r.OnHand, l.Reserved+r.Reserved
		}
		held, err := s.q.StockHeld(ctx, tx, sqlc.StockHeldParams{SkuID: q.SKUID, HeldFrom: head.HeldFrom, RowLimit: shop.MaxPageSize})
		for _, r := range held {
			l.Held = append(l.Held, shop.HeldUnits{OrderID: shop.OrderID(r.OrderID), Status: shop.Status(r.Status), Location: r.Location, Quantity: r.Quantity, Since: r.CreatedAt})
		}
		if err != nil {
			return l, err
		}
		return l, s.ledgerEntries(ctx, tx, q, &l)
	})
}

// ledgerEntries reads a page of the ledger and counts back from today's counters.
func (s *Store) ledgerEntries(ctx context.Context, tx pgx.Tx, q shop.LedgerQuery, l *shop.SKULedger) error {
	before := q.Before
	if before <= 0 {
		before = math.MaxInt64
	}
	later, err := s.q.StockLedgerSince(ctx, tx, sqlc.StockLedgerSinceParams{SkuID: q.SKUID, Before: before})
	if err != nil {
		return err
	}
	limit := pageSize(q.Limit)
	rows, err := s.q.StockLedger(ctx, tx, sqlc.StockLedgerParams{SkuID: q.SKUID, Before: before, RowLimit: int32(limit + 1)})
	if len(rows) > limit {
		rows, l.More = rows[:limit], true
	}
	onHand, reserved := l.OnHand-later.OnHand, l.Reserved-later.Reserved
	for _, r := range rows {
		l.Entries = append(l.Entries, shop.LedgerEntry{
			ID: r.ID, Kind: r.Kind, Location: r.Location, OnHandDelta: r.OnHandDelta, ReservedDelta: r.ReservedDelta, OnHandAfter: onHand, ReservedAfter: reserved,
			OrderID: shop.OrderID(r.OrderID), Reason: r.Reason, Actor: shop.Actor{Kind: shop.ActorKind(r.ActorKind), ID: r.ActorID, Name: r.ActorName}, At: r.CreatedAt,
		})
		onHand, reserved = onHand-r.OnHandDelta, reserved-r.ReservedDelta
	}
	return err
}
