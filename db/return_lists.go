package db

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// ReturnByID returns a return and its order. One outside the scope does not exist: CodeNotFound.
func (s *Store) ReturnByID(ctx context.Context, id shop.ReturnID, scope shop.OrderScope) (order shop.OrderDetail, found shop.Return, err error) {
	err = s.inTxWith(ctx, snapshot, func(tx pgx.Tx) error {
		orderID, err := s.q.ReturnOrderID(ctx, tx, int64(id))
		if err != nil {
			return notFound(err, "return")
		}
		if order, err = s.orderByID(ctx, tx, shop.OrderID(orderID), scope); shop.CodeOf(err) == shop.CodeNotFound {
			return shop.NotFound("return")
		}
		at := slices.IndexFunc(order.Returns, func(r shop.Return) bool { return r.ID == id })
		if err == nil && at < 0 {
			return shop.NotFound("return")
		}
		if err == nil {
			found = order.Returns[at]
		}
		return err
	})
	return order, found, err
}

// readReturns reads the returns of an order, whose refunds of units are there already.
func (s *Store) readReturns(ctx context.Context, tx pgx.Tx, order *shop.OrderDetail) error {
	rows, err := s.q.OrderReturns(ctx, tx, int64(order.ID))
	if err != nil || len(rows) == 0 {
		return err
	}
	lines, err := s.q.OrderReturnLines(ctx, tx, int64(order.ID))
	if err != nil {
		return err
	}
	receipts, err := s.q.OrderReturnReceipts(ctx, tx, int64(order.ID))
	if err != nil {
		return err
	}
	for _, row := range rows {
		r := returnOf(row)
		for _, l := range lines {
			if l.ReturnID == row.ID {
				r.Lines = append(r.Lines, shop.ReturnLine{
					LineNo: int(l.LineNo), Quantity: l.Quantity, Approved: l.ApprovedQuantity, Received: l.ReceivedQuantity, Restocked: l.RestockedQuantity,
					Refunded: refundedBy(order.UnitRefunds, r.ID, int(l.LineNo)), Reason: shop.ReturnReason(l.Reason),
				})
			}
		}
		for _, c := range receipts {
			if c.ReturnID == row.ID {
				r.Receipts = append(r.Receipts, shop.ReturnReceipt{
					LineNo: int(c.LineNo), Quantity: c.Quantity, Condition: shop.ReturnCondition(c.Condition), Restocked: c.Restocked, LocationName: c.LocationName,
					Actor: shop.Actor{Kind: shop.ActorKind(c.ActorKind), ID: c.ActorID, Name: c.ActorName}, At: c.CreatedAt,
				})
			}
		}
		order.Returns = append(order.Returns, r)
	}
	return nil
}

// refundedBy is how many units of a line were refunded for a return, or are being.
func refundedBy(refunds []shop.UnitRefund, id shop.ReturnID, line int) int64 {
	var sum int64
	for _, u := range refunds {
		if u.ReturnID != id || !u.Live {
			continue
		}
		for _, l := range u.Lines {
			if l.LineNo == line {
				sum += l.Quantity
			}
		}
	}
	return sum
}

func returnOf(r sqlc.OrderReturnsRow) shop.Return {
	return shop.Return{
		ID: shop.ReturnID(r.ID), OrderID: shop.OrderID(r.OrderID), MerchantID: r.MerchantID, CustomerID: r.CustomerID, Status: shop.ReturnStatus(r.Status),
		Note: r.Note, Decision: r.Decision, Carrier: r.Carrier, TrackingNumber: r.TrackingNumber, RequestedAt: r.RequestedAt, StatusAt: r.StatusAt, HasPhoto: r.HasPhoto,
	}
}

// ReturnPhoto returns the picture that came with a return, a JPEG.
func (s *Store) ReturnPhoto(ctx context.Context, id shop.ReturnID, scope shop.OrderScope) ([]byte, error) {
	order, _, err := s.ReturnByID(ctx, id, scope)
	if err != nil {
		return nil, err
	}
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]byte, error) {
		photo, err := s.q.ReturnPhoto(ctx, tx, sqlc.ReturnPhotoParams{OrderID: int64(order.ID), ReturnID: int64(id)})
		return photo, notFound(err, "photo")
	})
}

// MerchantReturns is one page of a merchant's returns of one state, newest first, and whether more follow.
func (s *Store) MerchantReturns(ctx context.Context, q shop.ReturnQuery) (page []shop.ReturnSummary, more bool, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		limit := pageSize(q.Limit)
		rows, err := s.q.ReturnsByStatus(ctx, tx, sqlc.ReturnsByStatusParams{
			MerchantID: q.Scope.MerchantID, Status: string(q.Status), Before: beforeOf(q.Before), OrderIDFrom: s.returnsSince(), RowLimit: int32(limit + 1),
		})
		page, more = nil, len(rows) > limit
		for _, r := range rows[:min(len(rows), limit)] {
			page = append(page, shop.ReturnSummary{
				Return: shop.Return{
					ID: shop.ReturnID(r.ID), OrderID: shop.OrderID(r.OrderID), MerchantID: r.MerchantID, CustomerID: r.CustomerID, Status: shop.ReturnStatus(r.Status),
					RequestedAt: r.RequestedAt, StatusAt: r.StatusAt,
				},
				CustomerName: r.CustomerName, Units: r.Units, First: r.FirstName,
			})
		}
		return err
	})
	return page, more, err
}

func beforeOf(id shop.ReturnID) int64 {
	if id <= 0 {
		return math.MaxInt64
	}
	return int64(id)
}

// returnsSince is the first order id whose returns lists look at.
func (s *Store) returnsSince() int64 { return int64(shop.FirstIDAt(s.Now().Add(-returnsMemory))) }

// ReturnCounts is how many returns of a merchant are open, by state.
func (s *Store) ReturnCounts(ctx context.Context, merchantID int64) (map[shop.ReturnStatus]int64, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (map[shop.ReturnStatus]int64, error) { return s.returnCounts(ctx, tx, merchantID) })
}

func (s *Store) returnCounts(ctx context.Context, tx sqlc.DBTX, merchantID int64) (map[shop.ReturnStatus]int64, error) {
	rows, err := s.q.ReturnCounts(ctx, tx, sqlc.ReturnCountsParams{MerchantID: merchantID, OrderIDFrom: s.returnsSince()})
	counts := map[shop.ReturnStatus]int64{}
	for _, r := range rows {
		counts[shop.ReturnStatus(r.Status)] = r.Returns
	}
	return counts, err
}

// Returns is one page of returns for programs, newest first, and whether more follow.
func (s *Store) Returns(ctx context.Context, q shop.ReturnQuery) (page []shop.Return, more bool, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		limit := pageSize(q.Limit)
		rows, err := s.q.ReturnsByScope(ctx, tx, sqlc.ReturnsByScopeParams{
			Before: beforeOf(q.Before), OrderIDFrom: s.returnsSince(), MerchantID: q.Scope.MerchantID, CustomerID: q.Scope.CustomerID, Status: string(q.Status), RowLimit: int32(limit + 1),
		})
		if err != nil {
			return err
		}
		page, more = nil, len(rows) > limit
		for _, row := range rows[:min(len(rows), limit)] {
			order := shop.OrderDetail{OrderHead: shop.OrderHead{ID: shop.OrderID(row.OrderID)}}
			if err := s.readUnitRefunds(ctx, tx, &order); err != nil {
				return err
			}
			if err := s.readReturns(ctx, tx, &order); err != nil {
				return err
			}
			at := slices.IndexFunc(order.Returns, func(r shop.Return) bool { return int64(r.ID) == row.ID })
			page = append(page, order.Returns[at])
		}
		return nil
	})
	return page, more, err
}

// ScannedSKU is the SKU of a merchant that a scanner read: its barcode or its code. Unknown ones are CodeNotFound.
func (s *Store) ScannedSKU(ctx context.Context, merchantID int64, text string) (int64, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (int64, error) {
		id, err := s.q.MerchantScannedSKU(ctx, tx, sqlc.MerchantScannedSKUParams{MerchantID: merchantID, Text: text})
		if errors.Is(err, pgx.ErrNoRows) {
			return 0, shop.NotFound("SKU")
		}
		return id, err
	})
}

func formatID(id int64) string { return strconv.FormatInt(id, 10) }
