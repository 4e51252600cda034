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

// QueueRevision looks at what changed a merchant's queue last.
func (s *Store) QueueRevision(ctx context.Context, merchantID int64) (shop.QueueRevision, error) {
	row, err := s.q.QueueRevision(ctx, s.pool, sqlc.QueueRevisionParams{MerchantID: merchantID, RowLimit: shop.MaxQueueRevisions})
	return shop.QueueRevision(row), translate(err)
}

// QueuePage returns a page of a merchant's queue with the counts of all stages. Whatever is committed after it comes over the
// feed behind its Feed cursor. An unknown merchant is CodeNotFound.
func (s *Store) QueuePage(ctx context.Context, q shop.QueueQuery) (page shop.QueuePage, err error) {
	f, err := s.readFrame(ctx, s.pool, q.MerchantID)
	if err != nil {
		return shop.QueuePage{}, translate(err)
	}
	page.Clock, page.Feed = f.clock, f.feed
	var keys []sqlc.QueueStageRow
	err = s.readByKey(ctx, append(s.countReads(f, &page.Counts), func(ctx context.Context, tx sqlc.DBTX) (err error) {
		keys, err = s.queueKeys(ctx, tx, f, q)
		return err
	})...)
	if err != nil {
		return shop.QueuePage{}, err
	}
	if limit := pageSize(q.Limit); len(keys) > limit {
		keys, page.More = keys[:limit], true
	}
	page.Rows, err = s.queueRowsByKey(ctx, f, keys)
	return page, err
}

// QueueChoices returns what somebody of a merchant can narrow the queue by, and the saved views.
func (s *Store) QueueChoices(ctx context.Context, merchantID, viewerID int64) (c shop.QueueChoices, err error) {
	err = s.readByKey(ctx,
		func(ctx context.Context, tx sqlc.DBTX) error {
			rows, err := s.q.MerchantLocations(ctx, tx, merchantID)
			c.Locations = convertAll(rows, func(r sqlc.MerchantLocationsRow) shop.Location { return shop.Location(r) })
			return err
		},
		func(ctx context.Context, tx sqlc.DBTX) error {
			rows, err := s.q.MerchantColleagues(ctx, tx, sqlc.MerchantColleaguesParams{MerchantID: &merchantID, RowLimit: shop.MaxColleagues})
			c.People = convertAll(rows, func(r sqlc.MerchantColleaguesRow) shop.Colleague { return shop.Colleague(r) })
			return err
		},
		func(ctx context.Context, tx sqlc.DBTX) error {
			rows, err := s.q.ShipServicesOffered(ctx, tx, merchantID)
			c.Services = convertAll(rows, shipServiceOf)
			return err
		},
		func(ctx context.Context, tx sqlc.DBTX) (err error) {
			c.Views, err = s.queueViews(ctx, tx, merchantID, viewerID)
			return err
		},
	)
	return c, err
}

// QueueChanges returns the parcels of some orders of a merchant, at most MaxQueueChanges orders, as they are now, with the
// counts of all stages.
func (s *Store) QueueChanges(ctx context.Context, merchantID int64, orders []shop.OrderID) (change shop.QueueChange, err error) {
	f, err := s.readFrame(ctx, s.pool, merchantID)
	if err != nil {
		return change, translate(err)
	}
	change.Clock = f.clock
	ids := make([]int64, min(len(orders), MaxQueueChanges))
	for i := range ids {
		ids[i] = int64(orders[i])
	}
	var found queueFound
	if err := s.readByKey(ctx, append(s.countReads(f, &change.Counts), s.rowReads(f.merchant, ids, &found)...)...); err != nil {
		return shop.QueueChange{}, err
	}
	change.Rows = found.rows()
	return change, nil
}

// QueueDue returns up to MaxQueueChanges orders of a merchant with unfinished parcels whose promise lies in (from, until].
func (s *Store) QueueDue(ctx context.Context, merchantID int64, from, until time.Time) ([]shop.OrderID, error) {
	return inTxWithValue(ctx, s, snapshotByKey, func(tx pgx.Tx) ([]shop.OrderID, error) {
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
	f, err := s.readFrame(ctx, tx, merchantID)
	f.tx = tx
	return f, err
}

// readFrame is frameQueue for reading outside of a transaction.
func (s *Store) readFrame(ctx context.Context, tx sqlc.DBTX, merchantID int64) (queueFrame, error) {
	now := s.Now()
	row, err := s.q.QueueClock(ctx, tx, sqlc.QueueClockParams{MerchantID: merchantID, Now: now})
	if errors.Is(err, pgx.ErrNoRows) {
		err = shop.NotFound("merchant")
	}
	return queueFrame{
		merchant: merchantID, feed: shop.FeedCursor{Xid: row.FeedXid}, from: row.OrderIDFrom, until: int64(shop.FirstIDAt(now.Add(time.Minute))),
		clock: shop.QueueClock{Now: now, DayStart: row.DayStart, DayEnd: row.DayEnd, CutoffAt: row.CutoffAt},
	}, err
}

// countReads count the stages of a queue.
func (s *Store) countReads(f queueFrame, counts *shop.QueueCounts) []read {
	counts.Stages = map[shop.QueueStage]int64{}
	return []read{
		func(ctx context.Context, tx sqlc.DBTX) error {
			rows, err := s.q.QueueCounts(ctx, tx, sqlc.QueueCountsParams{
				MerchantID: f.merchant, OrderIDFrom: f.from, OrderIDUntil: f.until, Now: f.clock.Now, DayEnd: f.clock.DayEnd,
			})
			for _, r := range rows {
				for _, stage := range shop.QueueStages() {
					if string(stage.Status()) == r.Status {
						counts.Stages[stage] = r.Parcels
					}
				}
				counts.Stages[shop.QueueStuck] += r.Late
				counts.Late += r.Late
				counts.DueToday += r.DueToday
			}
			return err
		},
		func(ctx context.Context, tx sqlc.DBTX) error {
			idle, err := s.q.QueueIdleCount(ctx, tx, sqlc.QueueIdleCountParams{
				MerchantID: f.merchant, OrderIDFrom: f.from, OrderIDUntil: f.until, Now: f.clock.Now, IdleSince: f.clock.Now.Add(-shop.StuckAfter),
			})
			counts.Stages[shop.QueueStuck] += idle
			return err
		},
		func(ctx context.Context, tx sqlc.DBTX) (err error) {
			counts.Stages[shop.QueueShipped], err = s.q.QueueShippedCount(ctx, tx, sqlc.QueueShippedCountParams{
				MerchantID: f.merchant, OrderIDFrom: f.from, OrderIDUntil: f.until, DayStart: f.clock.DayStart, EndOfTime: afterAll,
			})
			return err
		},
	}
}

// queueKeys finds the rows of a page, and one more, in their order.
func (s *Store) queueKeys(ctx context.Context, tx sqlc.DBTX, f queueFrame, q shop.QueueQuery) ([]sqlc.QueueStageRow, error) {
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
		return s.queueShippedKeys(ctx, tx, f, narrow)
	case q.Stage == shop.QueueStuck || q.Sort != shop.QueueSortPromise:
		return s.queueSortedKeys(ctx, tx, f, q, narrow)
	case q.QueueFilter != shop.QueueFilter{Stage: q.Stage, Due: q.Due}:
		rows, err := s.q.QueueStageNarrowed(ctx, tx, narrow)
		return convertAll(rows, func(r sqlc.QueueStageNarrowedRow) sqlc.QueueStageRow { return sqlc.QueueStageRow(r) }), err
	}
	return s.q.QueueStage(ctx, tx, sqlc.QueueStageParams{
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

func (s *Store) queueSortedKeys(ctx context.Context, tx sqlc.DBTX, f queueFrame, q shop.QueueQuery, narrow sqlc.QueueStageNarrowedParams) ([]sqlc.QueueStageRow, error) {
	rows, err := s.q.QueueSorted(ctx, tx, sqlc.QueueSortedParams{
		MerchantID: f.merchant, OrderIDFrom: f.from, OrderIDUntil: f.until, Status: narrow.Status, Now: f.clock.Now, IdleSince: f.clock.Now.Add(-shop.StuckAfter),
		DueBefore: narrow.DueBefore, SortBy: string(q.Sort),
		AfterPlace: q.After.Place, AfterOrderID: narrow.AfterOrderID, AfterNo: narrow.AfterNo, RowLimit: narrow.RowLimit,
		LocationID: narrow.LocationID, HolderID: narrow.HolderID, SkuPattern: narrow.SkuPattern,
		Country: narrow.Country, ServiceID: narrow.ServiceID, ValueFrom: narrow.ValueFrom, ValueUntil: narrow.ValueUntil,
	})
	return convertAll(rows, func(r sqlc.QueueSortedRow) sqlc.QueueStageRow { return sqlc.QueueStageRow(r) }), err
}

func (s *Store) queueShippedKeys(ctx context.Context, tx sqlc.DBTX, f queueFrame, narrow sqlc.QueueStageNarrowedParams) ([]sqlc.QueueStageRow, error) {
	before := sqlc.QueueShippedParams{
		MerchantID: f.merchant, OrderIDFrom: f.from, OrderIDUntil: f.until, DayStart: f.clock.DayStart,
		BeforeAt: narrow.AfterAt, BeforeOrderID: narrow.AfterOrderID, BeforeNo: narrow.AfterNo,
		LocationID: narrow.LocationID, HolderID: narrow.HolderID, SkuPattern: narrow.SkuPattern, RowLimit: narrow.RowLimit,
		Country: narrow.Country, ServiceID: narrow.ServiceID, ValueFrom: narrow.ValueFrom, ValueUntil: narrow.ValueUntil,
	}
	if before.BeforeOrderID == 0 {
		before.BeforeAt, before.BeforeOrderID = afterAll, math.MaxInt64
	}
	rows, err := s.q.QueueShipped(ctx, tx, before)
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
	if len(keys) == 0 {
		return nil, nil
	}
	place := make(map[sqlc.QueueStageRow]int, len(keys))
	ids := make([]int64, len(keys))
	for i, key := range keys {
		place[key], ids[i] = i, key.OrderID
	}
	var found queueFound
	if err := s.readByKey(ctx, s.rowReads(f.merchant, distinct(ids), &found)...); err != nil {
		return nil, err
	}
	rows := make([]shop.QueueRow, len(keys))
	for _, r := range found.rows() {
		if i, ok := place[sqlc.QueueStageRow{OrderID: int64(r.OrderID), No: int32(r.No)}]; ok {
			rows[i] = r
		}
	}
	// A parcel that was deleted between the two statements; parcels are not, today.
	return slices.DeleteFunc(rows, func(r shop.QueueRow) bool { return r.OrderID == 0 }), nil
}

// queueFound is what the rows of a queue are made of.
type queueFound struct {
	parcels []sqlc.QueueRowsRow
	items   []sqlc.QueueItemsRow
}

// rowReads read all parcels of some orders.
func (s *Store) rowReads(merchantID int64, orderIDs []int64, found *queueFound) []read {
	if len(orderIDs) == 0 {
		return nil
	}
	first, last := slices.Min(orderIDs), slices.Max(orderIDs)
	return []read{
		func(ctx context.Context, tx sqlc.DBTX) (err error) {
			found.parcels, err = s.q.QueueRows(ctx, tx, sqlc.QueueRowsParams{MerchantID: merchantID, OrderIds: orderIDs, FirstID: first, LastID: last})
			return err
		},
		func(ctx context.Context, tx sqlc.DBTX) (err error) {
			found.items, err = s.q.QueueItems(ctx, tx, sqlc.QueueItemsParams{OrderIds: orderIDs, FirstID: first, LastID: last})
			return err
		},
	}
}

// queueRows reads all parcels of some orders in a transaction.
func (s *Store) queueRows(ctx context.Context, f queueFrame, orderIDs []int64) ([]shop.QueueRow, error) {
	var found queueFound
	err := inOneTrip(ctx, f.tx, s.rowReads(f.merchant, orderIDs, &found)...)
	return found.rows(), err
}

func (q queueFound) rows() []shop.QueueRow {
	inParcel := make(map[sqlc.QueueStageRow][]shop.QueueItem, len(q.parcels))
	for _, i := range q.items {
		key := sqlc.QueueStageRow{OrderID: i.OrderID, No: i.No}
		inParcel[key] = append(inParcel[key], shop.QueueItem{LineNo: int(i.LineNo), SKUID: i.SkuID, SKUCode: i.SkuCode, Name: i.Name, Quantity: i.Quantity, Picked: i.Picked})
	}
	ofOrder := make(map[int64]int, len(q.parcels))
	for _, r := range q.parcels {
		ofOrder[r.OrderID]++
	}
	rows := make([]shop.QueueRow, len(q.parcels))
	for i, r := range q.parcels {
		rows[i] = queueRow(r)
		rows[i].Parcels = ofOrder[r.OrderID]
		for _, item := range inParcel[sqlc.QueueStageRow{OrderID: r.OrderID, No: r.No}] {
			rows[i].Items = append(rows[i].Items, item)
			rows[i].Picked += item.Picked
		}
	}
	return rows
}

func queueRow(r sqlc.QueueRowsRow) shop.QueueRow {
	return shop.QueueRow{
		OrderID: shop.OrderID(r.OrderID), No: int(r.No), Status: shop.FulfillmentStatus(r.Status), OrderStatus: shop.Status(r.OrderStatus),
		PlacedAt: r.PlacedAt, ShipByAt: r.ShipByAt, StatusAt: r.StatusAt, ShippedAt: orZero(r.ShippedAt), Units: r.Units,
		LocationID: r.LocationID, Location: r.Location, HolderID: r.HolderID, HolderName: r.HolderName, HeldSince: orZero(r.AssignedAt),
		City: r.City, Country: r.Country, Total: shop.Amount{Minor: r.TotalMinor, Currency: shop.Currency(r.Currency)},
		Carrier: r.Carrier, Tracking: r.TrackingNumber, LapsedName: r.LapsedName, ServiceID: cmp.Or(r.ServiceID, shop.StandardService), Service: r.Service,
		DeliveredAt: orZero(r.DeliveredAt), LeasedUntil: orZero(r.LeasedUntil), ShipmentID: orZeroID(r.ShipmentID),
		UnpackUntil: orZero(r.UnpackUntilAt),
	}
}
