package db

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// OpenCountSheet writes down what is to be counted at a location and returns the sheet's id. A sheet with nothing on it,
// or with more than shop.MaxCountLines, is CodeInvalid.
func (s *Store) OpenCountSheet(ctx context.Context, c shop.OpenCount) (id int64, replayed bool, err error) {
	c, err = c.Clean()
	if err != nil {
		return 0, false, err
	}
	return once(ctx, s, c.Key, func(tx pgx.Tx) (int64, error) {
		at, err := s.locationOf(ctx, tx, c.MerchantID, c.LocationID, "locationId")
		if err != nil {
			return 0, err
		}
		id, err := s.q.StockCountOpen(ctx, tx, sqlc.StockCountOpenParams{
			MerchantID: c.MerchantID, LocationID: at.LocationID, Bins: c.Bins, OpenedBy: c.Actor.Name, Now: s.Now(),
		})
		if err != nil {
			return 0, err
		}
		lines, err := s.q.StockCountLinesOpen(ctx, tx, sqlc.StockCountLinesOpenParams{
			CountID: id, MerchantID: c.MerchantID, LocationID: at.LocationID, Bins: c.Bins, RowLimit: shop.MaxCountLines + 1,
		})
		switch {
		case err != nil:
			return 0, err
		case lines == 0:
			return 0, shop.Invalid("bins", "Nothing lies there: no bin of "+at.Name+" begins like that.")
		case lines > shop.MaxCountLines:
			return 0, shop.Invalid("bins", fmt.Sprintf("More than %d SKUs lie there. Count them in parts, by the beginning of their bins.", shop.MaxCountLines))
		}
		return id, nil
	})
}

// EnterCounts writes down what was counted, beside what is on record at this moment. Another number for a SKU replaces the
// first; the same again changes nothing. CodeInvalid names what cannot be or is not on the sheet, CodeConflict says that the
// sheet is closed.
func (s *Store) EnterCounts(ctx context.Context, c shop.EnterCounts) error {
	if err := c.Check(); err != nil {
		return err
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		sheet, err := s.lockSheet(ctx, tx, c.CountWork)
		if err != nil {
			return err
		}
		if err := stillOpen(sheet); err != nil || len(c.Counted) == 0 {
			return err
		}
		now := s.Now()
		enter := sqlc.StockCountEnterParams{CountID: sheet.ID, LocationID: sheet.LocationID, CountedBy: c.Actor.Name, Now: now}
		for sku, counted := range c.Counted {
			enter.SkuIds, enter.Counted = append(enter.SkuIds, sku), append(enter.Counted, counted)
		}
		entered, err := s.q.StockCountEnter(ctx, tx, enter)
		if err == nil && entered != int64(len(enter.SkuIds)) {
			return s.allOnSheet(ctx, tx, c)
		}
		return err
	})
}

// allOnSheet refuses the SKUs that were counted and are not on the sheet.
func (s *Store) allOnSheet(ctx context.Context, tx pgx.Tx, c shop.EnterCounts) error {
	lines, err := s.q.StockCountLines(ctx, tx, c.SheetID)
	if err != nil {
		return err
	}
	on := map[int64]bool{}
	for _, l := range lines {
		on[l.SkuID] = true
	}
	var fields []shop.FieldError
	for sku := range c.Counted {
		if !on[sku] {
			fields = append(fields, shop.FieldError{Field: shop.CountField(sku), Message: "This SKU is not on the sheet."})
		}
	}
	if fields == nil {
		return nil
	}
	return shop.InvalidFields(fields...)
}

// ApproveCountSheet books the differences of a sheet and closes it: what was counted more or less than expected comes or
// goes now, whatever was sold or shipped meanwhile. If that leaves a SKU with less than is reserved, nothing is booked:
// CodeConflict names it. Approving an approved sheet changes nothing.
func (s *Store) ApproveCountSheet(ctx context.Context, work shop.CountWork) (replayed bool, err error) {
	return s.endSheet(ctx, work, func(tx pgx.Tx) error {
		sheet, err := s.lockSheet(ctx, tx, work)
		if err != nil || sheet.Status == string(shop.CountApproved) {
			return err
		}
		if err := stillOpen(sheet); err != nil {
			return err
		}
		differences, err := s.q.StockCountDifferences(ctx, tx, sheet.ID)
		if err != nil {
			return err
		}
		if err := s.bookDifferences(ctx, tx, sheet, work, differences); err != nil {
			return err
		}
		return s.closeSheet(ctx, tx, work, shop.CountApproved, len(differences))
	})
}

func (s *Store) bookDifferences(ctx context.Context, tx pgx.Tx, sheet sqlc.StockCountLockRow, work shop.CountWork, differences []sqlc.StockCountDifferencesRow) error {
	if len(differences) == 0 {
		return nil
	}
	move := sqlc.StockLevelsMoveParams{Now: s.Now()}
	for _, d := range differences {
		move.SkuIds = append(move.SkuIds, d.SkuID)
		move.LocationIds = append(move.LocationIds, sheet.LocationID)
		move.OnHandDeltas = append(move.OnHandDeltas, d.Difference)
		move.ReservedDeltas = append(move.ReservedDeltas, 0)
	}
	levels, err := s.q.StockLevelsLock(ctx, tx, sqlc.StockLevelsLockParams{SkuIds: move.SkuIds, LocationIds: move.LocationIds})
	if err != nil {
		return err
	}
	for i, level := range levels { // both are sorted by SKU
		if after := level.OnHand + differences[i].Difference; after < level.Reserved || after > shop.MaxStock {
			return shop.Conflict(fmt.Sprintf("Of %s there would be %d units, but %d are reserved for orders. Count it again, or cancel orders first.",
				differences[i].Code, after, level.Reserved))
		}
	}
	return s.moveStock(ctx, tx, move, stockMove{
		kind: shop.ReasonCount, reason: "count sheet " + strconv.FormatInt(sheet.ID, 10), actor: work.Actor, orderIDs: make([]int64, len(differences)),
	})
}

// endSheet closes a sheet once under the key of the work.
func (s *Store) endSheet(ctx context.Context, work shop.CountWork, end func(tx pgx.Tx) error) (replayed bool, err error) {
	_, replayed, err = once(ctx, s, work.Key, func(tx pgx.Tx) (struct{}, error) { return struct{}{}, end(tx) })
	return replayed, err
}

// DiscardCountSheet closes a sheet without booking anything. Discarding a discarded sheet changes nothing.
func (s *Store) DiscardCountSheet(ctx context.Context, work shop.CountWork) (replayed bool, err error) {
	return s.endSheet(ctx, work, func(tx pgx.Tx) error {
		sheet, err := s.lockSheet(ctx, tx, work)
		if err != nil || sheet.Status == string(shop.CountDiscarded) {
			return err
		}
		if err := stillOpen(sheet); err != nil {
			return err
		}
		return s.closeSheet(ctx, tx, work, shop.CountDiscarded, 0)
	})
}

// lockSheet makes the transaction the only one that works on a sheet. Work for no merchant is that of an admin key.
func (s *Store) lockSheet(ctx context.Context, tx pgx.Tx, work shop.CountWork) (sqlc.StockCountLockRow, error) {
	sheet, err := s.q.StockCountLock(ctx, tx, work.SheetID)
	if errors.Is(err, pgx.ErrNoRows) || (err == nil && work.MerchantID != 0 && sheet.MerchantID != work.MerchantID) {
		return sheet, shop.NotFound("count sheet")
	}
	return sheet, err
}

func stillOpen(sheet sqlc.StockCountLockRow) error {
	if sheet.Status != string(shop.CountOpen) {
		return shop.Conflict("This count sheet was " + sheet.Status + " already.")
	}
	return nil
}

func (s *Store) closeSheet(ctx context.Context, tx pgx.Tx, work shop.CountWork, status shop.CountStatus, booked int) error {
	now := s.Now()
	_, err := s.q.StockCountClose(ctx, tx, sqlc.StockCountCloseParams{ID: work.SheetID, Status: string(status), ClosedBy: work.Actor.Name, Now: now})
	if err != nil {
		return err
	}
	return s.audit(ctx, tx, auditEntry{
		at: now, actor: work.Actor, action: "stock.count_" + string(status), subject: "count:" + strconv.FormatInt(work.SheetID, 10), requestID: work.RequestID,
		data: map[string]any{"differences": booked},
	})
}

// CountSheet returns a sheet with its lines. One of another merchant is CodeNotFound; merchant 0 reads anybody's.
func (s *Store) CountSheet(ctx context.Context, merchantID, id int64) (shop.CountSheet, error) {
	return inTxWithValue(ctx, s, snapshot, func(tx pgx.Tx) (shop.CountSheet, error) {
		head, err := s.q.StockCountHead(ctx, tx, id)
		if errors.Is(err, pgx.ErrNoRows) || (err == nil && merchantID != 0 && head.MerchantID != merchantID) {
			return shop.CountSheet{}, shop.NotFound("count sheet")
		}
		if err != nil {
			return shop.CountSheet{}, err
		}
		sheet := countSheet(sqlc.StockCountsRow{
			ID: head.ID, MerchantID: head.MerchantID, LocationID: head.LocationID, Bins: head.Bins, Status: head.Status, OpenedBy: head.OpenedBy,
			OpenedAt: head.OpenedAt, ClosedBy: head.ClosedBy, ClosedAt: head.ClosedAt, Location: head.Location,
		})
		rows, err := s.q.StockCountLines(ctx, tx, id)
		for _, r := range rows {
			sheet.Lines = append(sheet.Lines, countLine(r))
		}
		for _, l := range sheet.Lines {
			sheet.All++
			if l.Entered {
				sheet.Counted++
			}
			if l.Difference() != 0 {
				sheet.Different++
			}
		}
		return sheet, err
	})
}

func countLine(r sqlc.StockCountLinesRow) shop.CountLine {
	line := shop.CountLine{SKUID: r.SkuID, Code: r.Code, Name: lineName(r.ProductName, r.Variant), Bin: r.Bin, CountedBy: r.CountedBy}
	if r.Counted != nil {
		line.Entered, line.Expected, line.Counted, line.CountedAt = true, *r.Expected, *r.Counted, orZero(r.CountedAt)
	}
	return line
}

// CountSheets returns a page of a merchant's count sheets, the latest first, without their lines.
func (s *Store) CountSheets(ctx context.Context, merchantID, before int64, limit int) (sheets []shop.CountSheet, more bool, err error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	limit = pageSize(limit)
	rows, err := inTxValue(ctx, s, func(tx pgx.Tx) ([]sqlc.StockCountsRow, error) {
		return s.q.StockCounts(ctx, tx, sqlc.StockCountsParams{MerchantID: merchantID, Before: before, RowLimit: int32(limit + 1)})
	})
	if len(rows) > limit {
		rows, more = rows[:limit], true
	}
	return convertAll(rows, countSheet), more, err
}

func countSheet(r sqlc.StockCountsRow) shop.CountSheet {
	return shop.CountSheet{
		ID: r.ID, MerchantID: r.MerchantID, LocationID: r.LocationID, Location: r.Location, Bins: r.Bins, Status: shop.CountStatus(r.Status),
		OpenedBy: r.OpenedBy, OpenedAt: r.OpenedAt, ClosedBy: r.ClosedBy, ClosedAt: orZero(r.ClosedAt), All: r.Lines, Counted: r.Counted, Different: r.Different,
	}
}
