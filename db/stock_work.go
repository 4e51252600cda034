package db

import (
	"context"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// Receipts, counts and transfers: each changes counters and ledger together, under the lock of the levels, and leaves a
// line in the audit log. Replays and refusals are those of AdjustStock.

// ReceiveStock books goods that came in.
func (s *Store) ReceiveStock(ctx context.Context, r shop.StockReceipt) (stock shop.SKUStock, replayed bool, err error) {
	adjustment, err := r.Adjustment()
	if err != nil {
		return shop.SKUStock{}, false, err
	}
	return s.AdjustStock(ctx, adjustment)
}

// CountStock makes the counter say what somebody counted; the ledger gets the difference, and nothing if there is none.
func (s *Store) CountStock(ctx context.Context, c shop.StockCount) (stock shop.SKUStock, replayed bool, err error) {
	if err := c.Check(); err != nil {
		return shop.SKUStock{}, false, err
	}
	return once(ctx, s, c.Key, func(tx pgx.Tx) (shop.SKUStock, error) {
		before, err := s.skuStock(ctx, tx, c.SKUID, c.MerchantID)
		if err != nil {
			return before, err
		}
		at, err := s.adjustmentLocation(ctx, tx, shop.StockAdjustment{SKUID: c.SKUID, LocationID: c.LocationID}, before.MerchantID)
		if err != nil {
			return before, err
		}
		locked, err := s.lockStock(ctx, tx, c.SKUID, at)
		if err != nil {
			return before, err
		}
		delta, err := c.Apply(locked[0])
		if err != nil {
			return before, err
		}
		if err := s.bookStock(ctx, tx, c.StockTask, shop.ReasonCount, []stockDelta{{at.LocationID, delta}}); err != nil {
			return before, err
		}
		return s.skuStock(ctx, tx, c.SKUID, c.MerchantID)
	})
}

// TransferStock moves units between two locations of the SKU's merchant: one entry in the ledger for each.
func (s *Store) TransferStock(ctx context.Context, t shop.StockTransfer) (stock shop.SKUStock, replayed bool, err error) {
	if err := t.Check(); err != nil {
		return shop.SKUStock{}, false, err
	}
	return once(ctx, s, t.Key, func(tx pgx.Tx) (shop.SKUStock, error) {
		before, err := s.skuStock(ctx, tx, t.SKUID, t.MerchantID)
		if err != nil {
			return before, err
		}
		from, err := s.locationOf(ctx, tx, before.MerchantID, t.FromID, "fromLocationId")
		if err != nil {
			return before, err
		}
		to, err := s.locationOf(ctx, tx, before.MerchantID, t.ToID, "toLocationId")
		if err != nil {
			return before, err
		}
		locked, err := s.lockStock(ctx, tx, t.SKUID, from, to)
		if err != nil {
			return before, err
		}
		if err := t.Apply(locked[0], locked[1]); err != nil {
			return before, err
		}
		moves := []stockDelta{{t.FromID, -t.Quantity}, {t.ToID, t.Quantity}}
		if err := s.bookStock(ctx, tx, t.StockTask, "transfer", moves); err != nil {
			return before, err
		}
		return s.skuStock(ctx, tx, t.SKUID, t.MerchantID)
	})
}

// PlaceStock says in which bin a SKU lies at a location, and when that is to be refilled.
func (s *Store) PlaceStock(ctx context.Context, p shop.StockPlace) (shop.SKUStock, error) {
	p, err := p.Clean()
	if err != nil {
		return shop.SKUStock{}, err
	}
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.SKUStock, error) {
		now := s.Now()
		before, err := s.skuStock(ctx, tx, p.SKUID, p.MerchantID)
		if err != nil {
			return before, err
		}
		at, err := s.locationOf(ctx, tx, before.MerchantID, p.LocationID, "locationId")
		if err != nil {
			return before, err
		}
		if _, err := s.lockStock(ctx, tx, p.SKUID, at); err != nil || p.Placed(before) {
			return before, err
		}
		place := sqlc.StockPlaceSetParams{SkuID: p.SKUID, LocationID: p.LocationID, Bin: p.Bin, ReorderPoint: p.ReorderPoint, Now: now}
		if _, err := s.q.StockPlaceSet(ctx, tx, place); err != nil {
			return before, err
		}
		err = s.audit(ctx, tx, auditEntry{
			at: now, actor: p.Actor, action: "stock.placed", subject: "sku:" + strconv.FormatInt(p.SKUID, 10), requestID: p.RequestID,
			data: map[string]any{"location_id": p.LocationID, "bin": p.Bin, "reorder_point": p.ReorderPoint},
		})
		if err != nil {
			return before, err
		}
		return s.skuStock(ctx, tx, p.SKUID, p.MerchantID)
	})
}

// locationOf is a location of a merchant, without counters; any other is CodeInvalid about the field.
func (s *Store) locationOf(ctx context.Context, tx pgx.Tx, merchantID, id int64, field string) (shop.LocationStock, error) {
	row, err := s.q.MerchantLocation(ctx, tx, sqlc.MerchantLocationParams{ID: id, MerchantID: merchantID})
	if errors.Is(err, pgx.ErrNoRows) {
		return shop.LocationStock{}, shop.Invalid(field, "The merchant of this SKU has no such location.")
	}
	return shop.LocationStock{LocationID: row.ID, Name: row.Name}, err
}

// lockStock makes sure that a SKU has levels at the locations, locks them in their order, and returns them with their
// counters as they were given.
func (s *Store) lockStock(ctx context.Context, tx pgx.Tx, skuID int64, at ...shop.LocationStock) ([]shop.LocationStock, error) {
	var lock sqlc.StockLevelsLockParams
	for _, l := range at {
		if err := s.q.StockLevelEnsure(ctx, tx, sqlc.StockLevelEnsureParams{SkuID: skuID, LocationID: l.LocationID, Now: s.Now()}); err != nil {
			return nil, err
		}
		lock.SkuIds, lock.LocationIds = append(lock.SkuIds, skuID), append(lock.LocationIds, l.LocationID)
	}
	rows, err := s.q.StockLevelsLock(ctx, tx, lock)
	for _, row := range rows {
		for i := range at {
			if at[i].LocationID == row.LocationID {
				at[i].OnHand, at[i].Reserved = row.OnHand, row.Reserved
			}
		}
	}
	return at, err
}

// stockDelta is units that come to a location, or leave it.
type stockDelta struct{ locationID, units int64 }

// bookStock moves units of one SKU, whose levels are locked, and says so in ledger and audit log. Moves of no units are
// left out.
func (s *Store) bookStock(ctx context.Context, tx pgx.Tx, task shop.StockTask, kind string, moves []stockDelta) error {
	move := sqlc.StockLevelsMoveParams{Now: s.Now()}
	for _, m := range moves {
		if m.units == 0 {
			continue
		}
		move.SkuIds = append(move.SkuIds, task.SKUID)
		move.LocationIds = append(move.LocationIds, m.locationID)
		move.OnHandDeltas = append(move.OnHandDeltas, m.units)
		move.ReservedDeltas = append(move.ReservedDeltas, 0)
	}
	if move.SkuIds == nil {
		return nil
	}
	why := stockMove{kind: kind, reason: task.Reason, actor: task.Actor, orderIDs: make([]int64, len(move.SkuIds))}
	if err := s.moveStock(ctx, tx, move, why); err != nil {
		return err
	}
	return s.audit(ctx, tx, auditEntry{
		at: move.Now, actor: task.Actor, action: "stock." + kind, subject: "sku:" + strconv.FormatInt(task.SKUID, 10), requestID: task.RequestID,
		data: map[string]any{"location_ids": move.LocationIds, "deltas": move.OnHandDeltas, "reason": task.Reason},
	})
}
