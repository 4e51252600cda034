package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// NextFulfillment claims the open parcel with the nearest promise that nobody else is about to take; with none it is
// CodeNotFound. The same key returns the same parcel, as it is by then.
func (s *Store) NextFulfillment(ctx context.Context, command shop.NextCommand) (shop.ParcelResult, error) {
	type place struct {
		OrderID int64
		No      int32
	}
	taken, replayed, err := once(ctx, s, command.Key, func(tx pgx.Tx) (place, error) {
		f, err := s.frameQueue(ctx, tx, command.MerchantID)
		if err != nil {
			return place{}, err
		}
		next, err := s.q.FulfillmentNext(ctx, tx, sqlc.FulfillmentNextParams{MerchantID: command.MerchantID, OrderIDFrom: f.from, OrderIDUntil: f.until, LocationID: command.LocationID})
		if err != nil {
			return place{}, noneLeft(err)
		}
		_, err = s.workInTx(ctx, tx, shop.ParcelWork{
			OrderID: shop.OrderID(next.OrderID), No: int(next.No), MerchantID: command.MerchantID, Actor: command.Actor, Via: command.Via, RequestID: command.RequestID,
		}, s.claim)
		return place{next.OrderID, next.No}, err
	})
	if err != nil {
		return shop.ParcelResult{}, err
	}
	f, err := s.FulfillmentOf(ctx, command.MerchantID, shop.OrderID(taken.OrderID), int(taken.No))
	return shop.ParcelResult{Fulfillment: f, Replayed: replayed}, err
}

func noneLeft(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return &shop.Error{Code: shop.CodeNotFound, Message: "Nothing is waiting to be picked.", Err: err}
	}
	return err
}

// PickFulfillment records what the holder took off the shelf. With the last unit the parcel is picked.
func (s *Store) PickFulfillment(ctx context.Context, command shop.PickCommand) (shop.ParcelResult, error) {
	return s.workOnParcel(ctx, command.ParcelWork, func(ctx context.Context, p *parcel) (bool, error) {
		if p.Status == shop.FulfillmentPicked && p.AssignedUserID == p.work.Actor.ID {
			return false, nil
		}
		if err := s.hold(ctx, p); err != nil {
			return false, err
		}
		if err := s.countByHand(ctx, p, shop.ScanPick, command.More(p.Items)); err != nil {
			return false, err
		}
		if command.All {
			return true, s.pickAll(ctx, p)
		}
		return s.pickLines(ctx, p, command.Lines)
	})
}

func (s *Store) pickAll(ctx context.Context, p *parcel) error {
	if err := s.q.FulfillmentItemsPickAll(ctx, p.tx, sqlc.FulfillmentItemsPickAllParams{OrderID: p.order.ID, No: int32(p.No)}); err != nil {
		return err
	}
	moved, err := s.q.FulfillmentMarkPicked(ctx, p.tx, sqlc.FulfillmentMarkPickedParams{OrderID: p.order.ID, No: int32(p.No), UserID: p.work.Actor.ID, Now: p.now})
	return s.parcelMoved(ctx, p, moved, err, shop.EventPicked, nil)
}

// pickLines sets the totals of some lines; with the last unit the parcel is picked, before that the feed hears of it.
func (s *Store) pickLines(ctx context.Context, p *parcel, lines []shop.PickedLine) (changed bool, err error) {
	if err := checkPicked(p.Items, lines); err != nil {
		return false, err
	}
	left := int64(0)
	for _, item := range p.Items {
		picked := item.Picked
		for _, line := range lines {
			if line.LineNo == item.LineNo {
				picked = line.Quantity
			}
		}
		left += item.Quantity - picked
		if picked == item.Picked {
			continue
		}
		changed = true
		err := s.q.FulfillmentItemPick(ctx, p.tx, sqlc.FulfillmentItemPickParams{OrderID: p.order.ID, No: int32(p.No), LineNo: int32(item.LineNo), Picked: picked})
		if err != nil {
			return false, err
		}
	}
	switch {
	case left == 0:
		return true, s.pickAll(ctx, p)
	case !changed:
		return false, nil
	}
	feedWritten(p.tx)
	return true, s.q.FeedAdd(ctx, p.tx, sqlc.FeedAddParams{Topic: shop.TopicPickProgress, MerchantID: p.MerchantID, OrderID: p.order.ID})
}

// checkPicked refuses lines that are not in the parcel and more units than it has.
func checkPicked(items []shop.FulfillmentItem, lines []shop.PickedLine) error {
	var fields []shop.FieldError
	for _, line := range lines {
		field := "picked[" + strconv.Itoa(line.LineNo) + "]"
		at := slices.IndexFunc(items, func(item shop.FulfillmentItem) bool { return item.LineNo == line.LineNo })
		switch {
		case at < 0:
			fields = append(fields, shop.FieldError{Field: field, Message: "This line is not in the parcel."})
		case line.Quantity < 0 || line.Quantity > items[at].Quantity:
			fields = append(fields, shop.FieldError{Field: field, Message: fmt.Sprintf("Between 0 and %d units can be picked.", items[at].Quantity)})
		}
	}
	if fields != nil {
		return shop.InvalidFields(fields...)
	}
	return nil
}
