package db

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// SKUPrices returns what a SKU has cost, costs and will cost. A SKU that does not exist, or is not the merchant's unless
// merchantID is 0, is CodeNotFound.
func (s *Store) SKUPrices(ctx context.Context, skuID, merchantID int64) (shop.PriceBook, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.PriceBook, error) { return s.priceBook(ctx, tx, skuID, merchantID) })
}

func (s *Store) priceBook(ctx context.Context, tx pgx.Tx, skuID, merchantID int64) (shop.PriceBook, error) {
	head, err := s.q.SKUPriceHead(ctx, tx, skuID)
	if errors.Is(err, pgx.ErrNoRows) || (err == nil && merchantID != 0 && merchantID != head.MerchantID) {
		return shop.PriceBook{}, shop.NotFound("SKU")
	}
	if err != nil {
		return shop.PriceBook{}, err
	}
	book := shop.PriceBook{SKUID: head.ID, Code: head.Code, Name: lineName(head.ProductName, head.Variant), MerchantID: head.MerchantID, At: s.Now()}
	rows, err := s.q.SKUPricePeriods(ctx, tx, sqlc.SKUPricePeriodsParams{SkuID: skuID, Now: book.At, RowLimit: shop.MaxShownPrices})
	book.Periods = convertRows(rows, func(r sqlc.SKUPricePeriodsRow) shop.SKUPrice { return skuPrice(sqlc.SKUPricesAheadRow(r)) })
	shop.SortPrices(book.Periods)
	return book, err
}

func skuPrice(r sqlc.SKUPricesAheadRow) shop.SKUPrice {
	return shop.SKUPrice{ID: r.ID, Price: shop.Amount{Minor: r.PriceMinor, Currency: shop.Currency(r.Currency)}, From: r.ValidFrom, Until: orZero(r.ValidUntil)}
}

// ChangeSKUPrice sets, ends or cancels a price, with an entry in the audit log, and returns the prices after it. With a
// key, the same key and request again returns the first answer and replayed = true. CodeInvalid names the fields,
// CodeNotFound an unknown SKU, somebody else's, or an unknown period, CodeConflict a period that has begun.
func (s *Store) ChangeSKUPrice(ctx context.Context, c shop.ChangePrice) (book shop.PriceBook, replayed bool, err error) {
	change := func(tx pgx.Tx) (shop.PriceBook, error) {
		if err := s.changePrice(ctx, tx, c); err != nil {
			return shop.PriceBook{}, err
		}
		return s.priceBook(ctx, tx, c.SKUID, c.MerchantID)
	}
	if c.Key.Key != "" {
		return once(ctx, s, c.Key, change)
	}
	book, err = inTxValue(ctx, s, change)
	return book, false, err
}

// changePrice is ChangeSKUPrice within a transaction.
func (s *Store) changePrice(ctx context.Context, tx pgx.Tx, c shop.ChangePrice) error {
	owner, err := s.q.SKUPriceLock(ctx, tx, c.SKUID)
	if errors.Is(err, pgx.ErrNoRows) || (err == nil && c.MerchantID != 0 && c.MerchantID != owner) {
		return shop.NotFound("SKU")
	}
	if err != nil {
		return err
	}
	now := s.Now() // of the transaction that has the lock: what was set before is past
	if err := c.Check(now); err != nil {
		return err
	}
	rows, err := s.q.SKUPricesAhead(ctx, tx, sqlc.SKUPricesAheadParams{SkuID: c.SKUID, Now: now})
	if err != nil {
		return err
	}
	edit, err := shop.PlanPrice(convertRows(rows, skuPrice), c, now)
	if err != nil || edit.Nothing() {
		return err
	}
	if err := s.editPrice(ctx, tx, c, edit, now); err != nil {
		return err
	}
	return s.auditPrice(ctx, tx, c, now)
}

func (s *Store) editPrice(ctx context.Context, tx pgx.Tx, c shop.ChangePrice, edit shop.PriceEdit, now time.Time) error {
	if edit.Remove != 0 {
		if err := s.q.SKUPriceRemove(ctx, tx, sqlc.SKUPriceRemoveParams{ID: edit.Remove, SkuID: c.SKUID}); err != nil {
			return err
		}
	}
	if edit.Resize != 0 {
		if err := s.q.SKUPriceResize(ctx, tx, sqlc.SKUPriceResizeParams{ID: edit.Resize, SkuID: c.SKUID, ValidUntil: orNull(edit.Until)}); err != nil {
			return err
		}
	}
	switch {
	case edit.Reprice != 0:
		return s.q.SKUPriceReprice(ctx, tx, sqlc.SKUPriceRepriceParams{ID: edit.Reprice, SkuID: c.SKUID, PriceMinor: edit.Add.Price.Minor})
	case edit.Add != nil:
		return s.q.SKUPriceAdd(ctx, tx, sqlc.SKUPriceAddParams{
			SkuID: c.SKUID, Currency: string(edit.Add.Price.Currency), PriceMinor: edit.Add.Price.Minor, ValidFrom: edit.Add.From, ValidUntil: orNull(edit.Add.Until), Now: now,
		})
	}
	return nil
}

func (s *Store) auditPrice(ctx context.Context, tx pgx.Tx, c shop.ChangePrice, now time.Time) error {
	data := map[string]any{}
	switch c.Action {
	case shop.PriceCancel:
		data["period"] = c.PeriodID
	case shop.PriceSet:
		data["price"] = c.Price.Decimal()
		fallthrough
	case shop.PriceEnd:
		data["currency"] = string(c.Price.Currency)
	}
	if !c.From.IsZero() {
		data["from"] = c.From.UTC().Format(time.RFC3339)
	}
	return s.audit(ctx, tx, auditEntry{
		at: now, actor: c.Actor, action: "price." + string(c.Action), subject: "sku:" + strconv.FormatInt(c.SKUID, 10), requestID: c.RequestID, data: data,
	})
}
