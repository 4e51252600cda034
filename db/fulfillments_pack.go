package db

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// PackParcel seals a picked parcel, with what the command says is inside; the actor holds it from then on. What is left
// becomes another parcel of the order, in the same hands. CodeInvalid names units, box or weight.
func (s *Store) PackParcel(ctx context.Context, command shop.PackCommand) (shop.ParcelResult, error) {
	return s.workOnParcel(ctx, command.ParcelWork, func(ctx context.Context, p *parcel) (bool, error) {
		switch {
		case p.Status == shop.FulfillmentPacked && p.AssignedUserID == p.work.Actor.ID:
			return false, nil
		case p.Status != shop.FulfillmentPicked:
			return false, p.refuse(shop.FulfillmentPacked)
		}
		rest, err := command.Rest(p.Items)
		if err != nil {
			return false, err
		}
		if len(rest) > 0 {
			if err := s.split(ctx, p, rest); err != nil {
				return false, err
			}
		}
		if err := s.unverified(ctx, p); err != nil {
			return false, err
		}
		if err := s.weigh(ctx, p, command); err != nil {
			return false, err
		}
		until, err := s.undoUntil(ctx, p.tx, p.MerchantID, p.now)
		if err != nil {
			return false, err
		}
		moved, err := s.q.FulfillmentMarkPacked(ctx, p.tx, sqlc.FulfillmentMarkPackedParams{OrderID: p.order.ID, No: int32(p.No), UserID: p.work.Actor.ID, UnpackUntilAt: until, Now: p.now})
		return true, s.parcelMoved(ctx, p, moved, err, shop.EventPacked, nil)
	})
}

// weigh keeps what the parcel was packed into and what the scale said.
func (s *Store) weigh(ctx context.Context, p *parcel, command shop.PackCommand) error {
	box, err := s.usableBox(ctx, p.tx, p.MerchantID, command.BoxID)
	if err != nil {
		return err
	}
	if command.WeightGrams != 0 {
		if err := box.CheckWeight(command.WeightGrams); err != nil {
			return err
		}
	}
	if box.ID == 0 && command.WeightGrams == 0 {
		return nil
	}
	return s.q.FulfillmentWeigh(ctx, p.tx, sqlc.FulfillmentWeighParams{OrderID: p.order.ID, No: int32(p.No), BoxID: orNullID(box.ID), WeightGrams: orNullID(command.WeightGrams)})
}

// split moves units of a picked parcel into a new one of the order. What moves, and what stays, is exact: the units of a
// line over all parcels do not change.
func (s *Store) split(ctx context.Context, p *parcel, rest []shop.PickedLine) error {
	var lines []int32
	var units []int64
	sum := int64(0)
	for _, line := range rest {
		lines, units, sum = append(lines, int32(line.LineNo)), append(units, line.Quantity), sum+line.Quantity
	}
	no, err := s.q.FulfillmentSplit(ctx, p.tx, sqlc.FulfillmentSplitParams{OrderID: p.order.ID, No: int32(p.No), Units: sum, Now: p.now})
	if err != nil {
		return err
	}
	if no > shop.MaxParcels {
		return shop.Conflict(fmt.Sprintf("An order can have at most %d parcels.", shop.MaxParcels))
	}
	left, err := s.q.FulfillmentItemsLeave(ctx, p.tx, sqlc.FulfillmentItemsLeaveParams{OrderID: p.order.ID, No: int32(p.No), LineNos: lines, Quantities: units})
	if err != nil {
		return err
	}
	reduced, err := s.q.FulfillmentItemsReduce(ctx, p.tx, sqlc.FulfillmentItemsReduceParams{OrderID: p.order.ID, No: int32(p.No), LineNos: lines, Quantities: units})
	if err != nil {
		return err
	}
	if int(left+reduced) != len(rest) {
		return errors.New("a parcel does not have the units that leave it")
	}
	if err := s.q.FulfillmentItemsMove(ctx, p.tx, sqlc.FulfillmentItemsMoveParams{OrderID: p.order.ID, ToNo: no, LineNos: lines, Quantities: units}); err != nil {
		return err
	}
	if err := s.q.FulfillmentReduce(ctx, p.tx, sqlc.FulfillmentReduceParams{OrderID: p.order.ID, No: int32(p.No), Units: sum}); err != nil {
		return err
	}
	return s.appendEvent(ctx, p.tx, shop.Event{
		OrderID: p.OrderID, Kind: shop.EventSplit, OccurredAt: p.now, RecordedAt: p.now, Actor: p.work.Actor, RequestID: p.work.RequestID, Visibility: shop.VisibilityStaff,
		Data: map[string]string{
			shop.DataParcel: strconv.Itoa(p.No), shop.DataNewParcel: strconv.Itoa(int(no)), shop.DataReason: fmt.Sprintf("%d units are parcel %d now", sum, no),
		},
	})
}

// PackingHelp is what the packing table knows before anybody weighs: what the units of each parcel of an order should
// weigh by the catalog, 0 where it does not know all of them, and which other parcels could travel in the same box.
func (s *Store) PackingHelp(ctx context.Context, merchantID int64, order shop.OrderID, no int) (help shop.PackingHelp, err error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.PackingHelp, error) {
		f, err := s.frameQueue(ctx, tx, merchantID)
		if err != nil {
			return help, err
		}
		weights, err := s.q.ParcelWeights(ctx, tx, int64(order))
		if err != nil {
			return help, err
		}
		for _, w := range weights {
			if int(w.No) == no && w.Known {
				help.ContentGrams = w.Grams
			}
		}
		rows, err := s.q.MergeCandidates(ctx, tx, sqlc.MergeCandidatesParams{OrderID: int64(order), No: int32(no), OrderIDFrom: f.from, RowLimit: shop.MaxMerged - 1})
		for _, r := range rows {
			help.Together = append(help.Together, shop.MergeCandidate{ParcelRef: shop.ParcelRef{OrderID: shop.OrderID(r.OrderID), No: int(r.No)}, Units: r.Units, WeightGrams: r.WeightGrams})
		}
		return help, err
	})
}
