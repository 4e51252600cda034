package db

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

const (
	keepQueueRuns  = 30 * 24 * time.Hour
	pruneQueueRuns = 100 // records that one run clears away
)

// PreviewQueueBulk tells for each parcel whether something would be done to it. Another merchant's parcel is refused as one
// that is not there.
func (s *Store) PreviewQueueBulk(ctx context.Context, command shop.BulkCommand) ([]shop.BulkRow, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.BulkRow, error) {
		rows, _, err := s.previewBulk(ctx, tx, command)
		return rows, err
	})
}

// previewBulk returns the rows, and the parcels that they are about as they are now; those that are not there are zero.
func (s *Store) previewBulk(ctx context.Context, tx pgx.Tx, command shop.BulkCommand) ([]shop.BulkRow, []shop.Fulfillment, error) {
	now := s.Now()
	rows, parcels := make([]shop.BulkRow, len(command.Parcels)), make([]shop.Fulfillment, len(command.Parcels))
	for i, ref := range command.Parcels {
		rows[i] = shop.BulkRow{OrderID: ref.OrderID, No: ref.No}
		f, err := s.findParcel(ctx, tx, ref.OrderID, ref.No)
		if err == nil && f.MerchantID != command.MerchantID {
			err = shop.NotFound("parcel")
		}
		switch {
		case shop.CodeOf(err) == shop.CodeNotFound:
			rows[i].Refused = refusalOf(err)
			continue
		case err != nil:
			return nil, nil, err
		}
		rows[i].Refused, parcels[i] = command.Action.Refuses(f, command.Actor.ID, now), f
	}
	if command.Action == shop.QueueShip {
		if err := s.previewShip(ctx, tx, rows, parcels); err != nil {
			return nil, nil, err
		}
	}
	return rows, parcels, s.lastSteps(ctx, tx, command.MerchantID, rows, parcels)
}

// lastSteps adds to refused rows who moved their parcels on.
func (s *Store) lastSteps(ctx context.Context, tx pgx.Tx, merchantID int64, rows []shop.BulkRow, parcels []shop.Fulfillment) error {
	for i := range rows {
		if rows[i].Refused == "" || parcels[i].MerchantID != merchantID || !rows[i].Last.At.IsZero() {
			continue
		}
		step, err := s.lastStep(ctx, tx, shop.ParcelRef{OrderID: rows[i].OrderID, No: rows[i].No})
		if err != nil {
			return err
		}
		rows[i].Last = step
	}
	return nil
}

func (s *Store) lastStep(ctx context.Context, tx pgx.Tx, ref shop.ParcelRef) (shop.ParcelStep, error) {
	step, err := s.q.ParcelLastStep(ctx, tx, sqlc.ParcelLastStepParams{OrderID: int64(ref.OrderID), Parcel: strconv.Itoa(ref.No)})
	if errors.Is(err, pgx.ErrNoRows) {
		return shop.ParcelStep{}, nil
	}
	return shop.ParcelStep{By: step.ActorName, At: step.OccurredAt}, err
}

func refusalOf(err error) string {
	var known *shop.Error
	if errors.As(err, &known) {
		return known.Message
	}
	return err.Error()
}

// RunQueueBulk does something to many parcels at once, to each by itself, and returns the id of the record of what became of
// them. The orders are locked in the order of their ids.
func (s *Store) RunQueueBulk(ctx context.Context, command shop.BulkCommand) (runID int64, err error) {
	if len(command.Parcels) == 0 || len(command.Parcels) > shop.MaxTicked {
		return 0, shop.Invalid("parcel", fmt.Sprintf("Tick at least one parcel and at most %d.", shop.MaxTicked))
	}
	refs := slices.Clone(command.Parcels)
	slices.SortFunc(refs, func(a, b shop.ParcelRef) int {
		return cmp.Or(cmp.Compare(a.OrderID, b.OrderID), cmp.Compare(a.No, b.No))
	})
	refs = slices.Compact(refs)
	id, _, err := once(ctx, s, command.Key, func(tx pgx.Tx) (int64, error) {
		command.Parcels = refs
		rows, err := s.bulkRows(ctx, tx, command)
		if err != nil {
			return 0, err
		}
		return s.recordRun(ctx, tx, command, rows)
	})
	return id, err
}

func (s *Store) bulkRows(ctx context.Context, tx pgx.Tx, command shop.BulkCommand) ([]shop.BulkRow, error) {
	if command.Action == shop.QueueShip {
		return s.shipTicked(ctx, tx, command)
	}
	step, err := s.bulkStep(ctx, tx, command)
	if err != nil {
		return nil, err
	}
	rows := make([]shop.BulkRow, len(command.Parcels))
	for i, ref := range command.Parcels {
		if rows[i], err = s.bulkOne(ctx, tx, command, ref, step); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

type parcelStep func(context.Context, *parcel) (bool, error)

// bulkStep is what an action does to each parcel. What is wrong with the command itself is refused as a whole.
func (s *Store) bulkStep(ctx context.Context, tx pgx.Tx, command shop.BulkCommand) (parcelStep, error) {
	switch command.Action {
	case shop.QueueClaim:
		return s.claim, nil
	case shop.QueueRelease:
		return s.release, nil
	case shop.QueueHandOver:
		over, err := shop.HandOverCommand{ParcelWork: shop.ParcelWork{MerchantID: command.MerchantID}, ToUserID: command.ToUserID, Reason: command.Reason}.Clean()
		if err != nil {
			return nil, err
		}
		to, err := s.colleague(ctx, tx, over)
		return func(ctx context.Context, p *parcel) (bool, error) { return s.handOver(ctx, p, to) }, err
	}
	return nil, shop.Invalid("do", "Choose what to do with the ticked parcels.")
}

// bulkOne does it to one parcel, in a part of the transaction that is taken back when it is refused.
func (s *Store) bulkOne(ctx context.Context, tx pgx.Tx, command shop.BulkCommand, ref shop.ParcelRef, step parcelStep) (shop.BulkRow, error) {
	row := shop.BulkRow{OrderID: ref.OrderID, No: ref.No}
	part, err := tx.Begin(ctx)
	if err != nil {
		return row, err
	}
	work := shop.ParcelWork{OrderID: ref.OrderID, No: ref.No, MerchantID: command.MerchantID, Actor: command.Actor, RequestID: command.RequestID}
	result, err := s.workInTx(ctx, part, work, step)
	switch shop.CodeOf(err) {
	case "":
		row.Already = result.Already
		feedWritten(tx)
		return row, part.Commit(ctx)
	case shop.CodeNotFound:
		row.Refused = refusalOf(err)
		return row, part.Rollback(ctx)
	case shop.CodeConflict:
		row.Refused = refusalOf(err)
		if err := part.Rollback(ctx); err != nil {
			return row, err
		}
		row.Last, err = s.lastStep(ctx, tx, ref)
		return row, err
	}
	return row, err
}

func (s *Store) recordRun(ctx context.Context, tx pgx.Tx, command shop.BulkCommand, rows []shop.BulkRow) (int64, error) {
	now := s.Now()
	results, err := json.Marshal(rows)
	if err != nil {
		return 0, err
	}
	if err := s.q.QueueRunsPrune(ctx, tx, sqlc.QueueRunsPruneParams{MerchantID: command.MerchantID, Before: now.Add(-keepQueueRuns), RowLimit: pruneQueueRuns}); err != nil {
		return 0, err
	}
	return s.q.QueueRunAdd(ctx, tx, sqlc.QueueRunAddParams{MerchantID: command.MerchantID, Action: string(command.Action), ActorName: command.Actor.Name, Results: results, Now: now})
}

// QueueRun returns the record of something that was done to many parcels of a merchant.
func (s *Store) QueueRun(ctx context.Context, merchantID, id int64) (shop.QueueRun, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.QueueRun, error) {
		r, err := s.q.QueueRunFind(ctx, tx, sqlc.QueueRunFindParams{ID: id, MerchantID: merchantID})
		if errors.Is(err, pgx.ErrNoRows) {
			return shop.QueueRun{}, shop.NotFound("record")
		}
		if err != nil {
			return shop.QueueRun{}, err
		}
		run := shop.QueueRun{ID: id, Action: shop.QueueAction(r.Action), By: r.ActorName, At: r.CreatedAt}
		return run, json.Unmarshal(r.Results, &run.Rows)
	})
}
