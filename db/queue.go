package db

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// MaxQueueChanges bounds the orders whose parcels are read for one live change; after more than that the list is to be
// read anew.
const MaxQueueChanges = 200

// afterAll is later than any promise.
var afterAll = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// queueFrame is what every look at a merchant's queue starts with.
type queueFrame struct {
	tx       pgx.Tx
	merchant int64
	clock    shop.QueueClock
	feed     shop.FeedCursor
	from     int64 // no order with a smaller id is in the queue,
	until    int64 // nor one with a larger id: it is the next minute's
}

// QueuePage returns a page of a merchant's queue with the counts of all stages. Whatever is committed after it comes over
// the feed behind its Feed cursor. An unknown merchant is CodeNotFound.
func (s *Store) QueuePage(ctx context.Context, q shop.QueueQuery) (shop.QueuePage, error) {
	return inTxWithValue(ctx, s, byKey, func(tx pgx.Tx) (page shop.QueuePage, err error) {
		f, err := s.frameQueue(ctx, tx, q.MerchantID)
		if err != nil {
			return page, err
		}
		page.Clock, page.Feed = f.clock, f.feed
		keys, err := s.queueKeys(ctx, f, q)
		if err != nil {
			return page, err
		}
		if limit := pageSize(q.Limit); len(keys) > limit {
			keys, page.More = keys[:limit], true
		}
		if page.Rows, err = s.queueRowsByKey(ctx, f, keys); err != nil {
			return page, err
		}
		page.Counts, err = s.queueCounts(ctx, f)
		return page, err
	})
}

// QueueChanges returns the parcels of some orders of a merchant, at most MaxQueueChanges orders, as they are now, with the
// counts of all stages.
func (s *Store) QueueChanges(ctx context.Context, merchantID int64, orders []shop.OrderID) (shop.QueueChange, error) {
	return inTxWithValue(ctx, s, byKey, func(tx pgx.Tx) (change shop.QueueChange, err error) {
		f, err := s.frameQueue(ctx, tx, merchantID)
		if err != nil {
			return change, err
		}
		change.Clock = f.clock
		ids := make([]int64, min(len(orders), MaxQueueChanges))
		for i := range ids {
			ids[i] = int64(orders[i])
		}
		if change.Rows, err = s.queueRows(ctx, f, ids); err != nil {
			return change, err
		}
		change.Counts, err = s.queueCounts(ctx, f)
		return change, err
	})
}

// QueueDue returns up to MaxQueueChanges orders of a merchant with unfinished parcels whose promise lies in (from, until].
func (s *Store) QueueDue(ctx context.Context, merchantID int64, from, until time.Time) ([]shop.OrderID, error) {
	return inTxWithValue(ctx, s, byKey, func(tx pgx.Tx) ([]shop.OrderID, error) {
		f, err := s.frameQueue(ctx, tx, merchantID)
		if err != nil {
			return nil, err
		}
		rows, err := s.q.QueueDue(ctx, tx, sqlc.QueueDueParams{MerchantID: merchantID, OrderIDFrom: f.from, OrderIDUntil: f.until, FromAt: from, UntilAt: until, RowLimit: MaxQueueChanges})
		return convertAll(rows, func(id int64) shop.OrderID { return shop.OrderID(id) }), err
	})
}

// MerchantLocations returns the places where a merchant's stock lies, the one that ships first first.
func (s *Store) MerchantLocations(ctx context.Context, merchantID int64) ([]shop.Location, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.Location, error) {
		rows, err := s.q.MerchantLocations(ctx, tx, merchantID)
		return convertAll(rows, func(r sqlc.MerchantLocationsRow) shop.Location { return shop.Location(r) }), err
	})
}

func (s *Store) frameQueue(ctx context.Context, tx pgx.Tx, merchantID int64) (queueFrame, error) {
	now := s.Now()
	row, err := s.q.QueueClock(ctx, tx, sqlc.QueueClockParams{MerchantID: merchantID, Now: now})
	if errors.Is(err, pgx.ErrNoRows) {
		err = shop.NotFound("merchant")
	}
	return queueFrame{
		tx: tx, merchant: merchantID, feed: shop.FeedCursor{Xid: row.FeedXid}, from: row.OrderIDFrom, until: int64(shop.FirstIDAt(now.Add(time.Minute))),
		clock: shop.QueueClock{Now: now, DayStart: row.DayStart, DayEnd: row.DayEnd, CutoffAt: row.CutoffAt},
	}, err
}

func (s *Store) queueCounts(ctx context.Context, f queueFrame) (shop.QueueCounts, error) {
	counts := shop.QueueCounts{Stages: map[shop.QueueStage]int64{}}
	rows, err := s.q.QueueCounts(ctx, f.tx, sqlc.QueueCountsParams{
		MerchantID: f.merchant, OrderIDFrom: f.from, OrderIDUntil: f.until, Now: f.clock.Now, DayEnd: f.clock.DayEnd, IdleSince: f.clock.Now.Add(-shop.StuckAfter),
	})
	if err != nil {
		return counts, err
	}
	for _, r := range rows {
		for _, stage := range shop.QueueStages() {
			if string(stage.Status()) == r.Status {
				counts.Stages[stage] = r.Parcels
			}
		}
		counts.Stages[shop.QueueStuck] += r.Stuck
		counts.Late += r.Late
		counts.DueToday += r.DueToday
	}
	counts.Stages[shop.QueueShipped], err = s.q.QueueShippedCount(ctx, f.tx, sqlc.QueueShippedCountParams{
		MerchantID: f.merchant, OrderIDFrom: f.from, OrderIDUntil: f.until, DayStart: f.clock.DayStart,
	})
	return counts, err
}

// queueKeys finds the rows of a page, and one more, in their order.
func (s *Store) queueKeys(ctx context.Context, f queueFrame, q shop.QueueQuery) ([]sqlc.QueueStageRow, error) {
	dueBefore := map[shop.QueueDue]time.Time{shop.QueueDueLate: f.clock.Now.Add(time.Microsecond), shop.QueueDueToday: f.clock.DayEnd}[q.Due]
	if dueBefore.IsZero() {
		dueBefore = afterAll
	}
	valueFrom, valueUntil := valueBounds(q.Value)
	narrow := sqlc.QueueStageNarrowedParams{
		MerchantID: f.merchant, OrderIDFrom: f.from, OrderIDUntil: f.until, Status: string(q.Stage.Status()), DueBefore: dueBefore, RowLimit: int32(pageSize(q.Limit) + 1),
		AfterAt: q.After.At(), AfterOrderID: int64(q.After.OrderID), AfterNo: int32(q.After.No),
		LocationID: q.LocationID, HolderID: q.HolderID, SkuPattern: prefixPattern(q.SKU),
		Country: q.Country, ServiceID: q.ServiceID, ValueFrom: valueFrom, ValueUntil: valueUntil,
	}
	switch {
	case q.Stage == shop.QueueShipped:
		return s.queueShippedKeys(ctx, f, narrow)
	case q.Stage == shop.QueueStuck || q.Sort != shop.QueueSortPromise:
		return s.queueSortedKeys(ctx, f, q, narrow)
	case q.QueueFilter != shop.QueueFilter{Stage: q.Stage, Due: q.Due}:
		rows, err := s.q.QueueStageNarrowed(ctx, f.tx, narrow)
		return convertAll(rows, func(r sqlc.QueueStageNarrowedRow) sqlc.QueueStageRow { return sqlc.QueueStageRow(r) }), err
	}
	return s.q.QueueStage(ctx, f.tx, sqlc.QueueStageParams{
		MerchantID: f.merchant, OrderIDFrom: f.from, OrderIDUntil: f.until, Status: narrow.Status, DueBefore: dueBefore,
		AfterAt: narrow.AfterAt, AfterOrderID: narrow.AfterOrderID, AfterNo: narrow.AfterNo, RowLimit: narrow.RowLimit,
	})
}

// valueBounds are the scaled amounts that a range lets through.
func valueBounds(r shop.AmountRange) (from, until int64) {
	from, until = math.MinInt64, math.MaxInt64
	atLeast, atMost := r.Scaled()
	if atLeast != nil {
		from = *atLeast
	}
	if atMost != nil {
		until = *atMost
	}
	return from, until
}

func (s *Store) queueSortedKeys(ctx context.Context, f queueFrame, q shop.QueueQuery, narrow sqlc.QueueStageNarrowedParams) ([]sqlc.QueueStageRow, error) {
	rows, err := s.q.QueueSorted(ctx, f.tx, sqlc.QueueSortedParams{
		MerchantID: f.merchant, OrderIDFrom: f.from, OrderIDUntil: f.until, Status: narrow.Status, Now: f.clock.Now, IdleSince: f.clock.Now.Add(-shop.StuckAfter),
		DueBefore: narrow.DueBefore, SortBy: string(q.Sort),
		AfterPlace: q.After.Place, AfterOrderID: narrow.AfterOrderID, AfterNo: narrow.AfterNo, RowLimit: narrow.RowLimit,
		LocationID: narrow.LocationID, HolderID: narrow.HolderID, SkuPattern: narrow.SkuPattern,
		Country: narrow.Country, ServiceID: narrow.ServiceID, ValueFrom: narrow.ValueFrom, ValueUntil: narrow.ValueUntil,
	})
	return convertAll(rows, func(r sqlc.QueueSortedRow) sqlc.QueueStageRow { return sqlc.QueueStageRow(r) }), err
}

func (s *Store) queueShippedKeys(ctx context.Context, f queueFrame, narrow sqlc.QueueStageNarrowedParams) ([]sqlc.QueueStageRow, error) {
	before := sqlc.QueueShippedParams{
		MerchantID: f.merchant, OrderIDFrom: f.from, OrderIDUntil: f.until, DayStart: f.clock.DayStart,
		BeforeAt: narrow.AfterAt, BeforeOrderID: narrow.AfterOrderID, BeforeNo: narrow.AfterNo,
		LocationID: narrow.LocationID, HolderID: narrow.HolderID, SkuPattern: narrow.SkuPattern, RowLimit: narrow.RowLimit,
		Country: narrow.Country, ServiceID: narrow.ServiceID, ValueFrom: narrow.ValueFrom, ValueUntil: narrow.ValueUntil,
	}
	if before.BeforeOrderID == 0 {
		before.BeforeAt, before.BeforeOrderID = afterAll, math.MaxInt64
	}
	rows, err := s.q.QueueShipped(ctx, f.tx, before)
	return convertAll(rows, func(r sqlc.QueueShippedRow) sqlc.QueueStageRow { return sqlc.QueueStageRow(r) }), err
}

func convertAll[A, B any](rows []A, convert func(A) B) []B {
	converted := make([]B, len(rows))
	for i, r := range rows {
		converted[i] = convert(r)
	}
	return converted
}

// prefixPattern is the LIKE pattern of lower-case texts that start with the word, taken literally; "" for no word.
func prefixPattern(word string) string {
	if word == "" {
		return ""
	}
	return strings.TrimPrefix(containsPattern(strings.ToLower(word)), "%")
}

// queueRowsByKey reads rows and puts them into the order of their keys.
func (s *Store) queueRowsByKey(ctx context.Context, f queueFrame, keys []sqlc.QueueStageRow) ([]shop.QueueRow, error) {
	place := make(map[sqlc.QueueStageRow]int, len(keys))
	ids := make([]int64, len(keys))
	for i, key := range keys {
		place[key], ids[i] = i, key.OrderID
	}
	all, err := s.queueRows(ctx, f, distinct(ids))
	rows := make([]shop.QueueRow, len(keys))
	for _, r := range all {
		if i, ok := place[sqlc.QueueStageRow{OrderID: int64(r.OrderID), No: int32(r.No)}]; ok {
			rows[i] = r
		}
	}
	// A parcel that was deleted between the two statements; parcels are not, today.
	return slices.DeleteFunc(rows, func(r shop.QueueRow) bool { return r.OrderID == 0 }), err
}

// queueRows reads all parcels of some orders.
func (s *Store) queueRows(ctx context.Context, f queueFrame, orderIDs []int64) ([]shop.QueueRow, error) {
	if len(orderIDs) == 0 {
		return nil, nil
	}
	first, last := slices.Min(orderIDs), slices.Max(orderIDs)
	parcels, err := s.q.QueueRows(ctx, f.tx, sqlc.QueueRowsParams{MerchantID: f.merchant, OrderIds: orderIDs, FirstID: first, LastID: last})
	if err != nil {
		return nil, err
	}
	items, err := s.q.QueueItems(ctx, f.tx, sqlc.QueueItemsParams{OrderIds: orderIDs, FirstID: first, LastID: last})
	if err != nil {
		return nil, err
	}
	inParcel := map[sqlc.QueueStageRow][]shop.QueueItem{}
	for _, i := range items {
		key := sqlc.QueueStageRow{OrderID: i.OrderID, No: i.No}
		inParcel[key] = append(inParcel[key], shop.QueueItem{LineNo: int(i.LineNo), SKUID: i.SkuID, SKUCode: i.SkuCode, Name: i.Name, Quantity: i.Quantity, Picked: i.Picked})
	}
	ofOrder := map[int64]int{}
	for _, r := range parcels {
		ofOrder[r.OrderID]++
	}
	rows := make([]shop.QueueRow, len(parcels))
	for i, r := range parcels {
		rows[i] = queueRow(r)
		rows[i].Parcels = ofOrder[r.OrderID]
		for _, item := range inParcel[sqlc.QueueStageRow{OrderID: r.OrderID, No: r.No}] {
			rows[i].Items = append(rows[i].Items, item)
			rows[i].Picked += item.Picked
		}
	}
	return rows, nil
}

func queueRow(r sqlc.QueueRowsRow) shop.QueueRow {
	return shop.QueueRow{
		OrderID: shop.OrderID(r.OrderID), No: int(r.No), Status: shop.FulfillmentStatus(r.Status), OrderStatus: shop.Status(r.OrderStatus),
		PlacedAt: r.PlacedAt, ShipByAt: r.ShipByAt, StatusAt: r.StatusAt, ShippedAt: orZero(r.ShippedAt), Units: r.Units,
		LocationID: r.LocationID, Location: r.Location, HolderID: r.HolderID, HolderName: r.HolderName, HeldSince: orZero(r.AssignedAt),
		City: r.City, Country: r.Country, Total: shop.Amount{Minor: r.TotalMinor, Currency: shop.Currency(r.Currency)},
		Carrier: r.Carrier, Tracking: r.TrackingNumber, LapsedName: r.LapsedName, ServiceID: cmp.Or(r.ServiceID, shop.StandardService), Service: r.Service,
		DeliveredAt: orZero(r.DeliveredAt), LeasedUntil: orZero(r.LeasedUntil), ShipmentID: orZeroID(r.ShipmentID),
	}
}
