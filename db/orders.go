package db

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// OrderByID returns everything about one order. An order outside the scope does not exist for the asker: CodeNotFound.
func (s *Store) OrderByID(ctx context.Context, id shop.OrderID, scope shop.OrderScope) (shop.OrderDetail, error) {
	return inTxWithValue(ctx, s, snapshotByKey, func(tx pgx.Tx) (shop.OrderDetail, error) { return s.orderByID(ctx, tx, id, scope) })
}

func (s *Store) orderByID(ctx context.Context, tx pgx.Tx, id shop.OrderID, scope shop.OrderScope) (order shop.OrderDetail, err error) {
	if err := inOneTrip(ctx, tx, s.orderReads(&order, id, scope)...); err != nil {
		return shop.OrderDetail{}, err
	}
	for _, load := range s.rareParts(order) {
		if err := load(ctx, tx, &order); err != nil {
			return shop.OrderDetail{}, err
		}
	}
	return order, nil
}

// orderReads read what every order has.
func (s *Store) orderReads(order *shop.OrderDetail, id shop.OrderID, scope shop.OrderScope) []read {
	order.ID = id
	reads := []read{func(ctx context.Context, tx sqlc.DBTX) error {
		head, err := s.q.OrderHead(ctx, tx, int64(id))
		if errors.Is(err, pgx.ErrNoRows) || (err == nil && !scope.Allows(head.CustomerID, head.MerchantID)) {
			return shop.NotFound("order")
		}
		*order = orderDetail(head)
		return err
	}}
	for _, part := range []func(context.Context, sqlc.DBTX, *shop.OrderDetail) error{
		s.loadLines, s.loadEvents, s.loadPayments, s.loadRefunds, s.loadFulfillments, s.loadFulfillmentItems,
	} {
		reads = append(reads, func(ctx context.Context, tx sqlc.DBTX) error { return part(ctx, tx, order) })
	}
	return reads
}

// orderPart reads what few orders have.
type orderPart func(context.Context, pgx.Tx, *shop.OrderDetail) error

// rareParts are the parts that an order is known to have, once the rest of it is read; for most that is none.
func (s *Store) rareParts(order shop.OrderDetail) []orderPart {
	var parts []orderPart
	if order.DiscountMinor != 0 {
		parts = append(parts, func(ctx context.Context, tx pgx.Tx, order *shop.OrderDetail) error {
			return s.loadOrderDiscounts(ctx, tx, order)
		})
	}
	had := func(kind shop.EventKind) bool {
		return slices.ContainsFunc(order.Events, func(e shop.Event) bool { return e.Kind == kind })
	}
	if had(shop.EventUnitRefund) {
		parts = append(parts, s.readUnitRefunds)
	}
	if had(shop.EventReturn) {
		parts = append(parts, s.readReturns)
	}
	if slices.ContainsFunc(order.Fulfillments, func(f shop.Fulfillment) bool { return f.ShipmentID != 0 }) {
		parts = append(parts, s.loadShipments)
	}
	if had(shop.EventBackordered) {
		parts = append(parts, s.loadWaiting)
	}
	return parts
}

func (s *Store) loadLines(ctx context.Context, tx sqlc.DBTX, order *shop.OrderDetail) error {
	rows, err := s.q.OrderLines(ctx, tx, int64(order.ID))
	for _, r := range rows {
		order.Lines = append(order.Lines, shop.OrderLine{
			LineNo: int(r.LineNo), SKUID: r.SkuID, ProductSlug: r.ProductSlug, Picture: r.PictureHash, Name: r.Name, SKUCode: r.SkuCode, Quantity: r.Quantity,
			UnitPriceMinor: r.UnitPriceMinor, TaxIncluded: r.TaxIncluded, TaxRatePPM: int64(r.TaxRatePpm),
			SubtotalMinor: r.SubtotalMinor, DiscountMinor: r.DiscountMinor, TaxMinor: r.TaxMinor, TotalMinor: r.TotalMinor,
		})
	}
	return err
}

// loadOrderDiscounts reads what was taken off; most orders know without looking that nothing was.
func (s *Store) loadOrderDiscounts(ctx context.Context, tx sqlc.DBTX, order *shop.OrderDetail) error {
	if order.DiscountMinor == 0 {
		return nil
	}
	rows, err := s.q.OrderDiscounts(ctx, tx, int64(order.ID))
	order.Discounts = convertRows(rows, func(r sqlc.OrderDiscountsRow) shop.AppliedDiscount { return shop.AppliedDiscount(r) })
	return err
}

// loadWaiting reads what an order waits for.
func (s *Store) loadWaiting(ctx context.Context, tx pgx.Tx, order *shop.OrderDetail) error {
	rows, err := s.backordersWaiting(ctx, tx, int64(order.ID))
	for _, r := range rows {
		for i := range order.Lines {
			if order.Lines[i].LineNo == int(r.LineNo) {
				order.Lines[i].Waiting += r.Quantity
			}
		}
	}
	return err
}

func (s *Store) loadEvents(ctx context.Context, tx sqlc.DBTX, order *shop.OrderDetail) error {
	rows, err := s.q.OrderEvents(ctx, tx, int64(order.ID))
	if err != nil {
		return err
	}
	for _, r := range rows {
		event, err := eventOf(r)
		if err != nil {
			return err
		}
		order.Events = append(order.Events, event)
	}
	return nil
}

func (s *Store) loadPayments(ctx context.Context, tx sqlc.DBTX, order *shop.OrderDetail) error {
	rows, err := s.q.OrderPayments(ctx, tx, int64(order.ID))
	for _, r := range rows {
		order.Payments = append(order.Payments, paymentOf(r))
	}
	return err
}

func (s *Store) loadRefunds(ctx context.Context, tx sqlc.DBTX, order *shop.OrderDetail) error {
	rows, err := s.q.OrderRefunds(ctx, tx, int64(order.ID))
	for _, r := range rows {
		order.Refunds = append(order.Refunds, refundOf(r))
	}
	return err
}

func (s *Store) loadFulfillments(ctx context.Context, tx sqlc.DBTX, order *shop.OrderDetail) error {
	rows, err := s.q.OrderFulfillments(ctx, tx, int64(order.ID))
	for _, r := range rows {
		order.Fulfillments = append(order.Fulfillments, fulfillmentOf(r))
	}
	return err
}

// loadFulfillmentItems fills the fulfillments, which are there already.
func (s *Store) loadFulfillmentItems(ctx context.Context, tx sqlc.DBTX, order *shop.OrderDetail) error {
	rows, err := s.q.OrderFulfillmentItems(ctx, tx, int64(order.ID))
	for _, r := range rows {
		for i := range order.Fulfillments {
			if f := &order.Fulfillments[i]; f.No == int(r.No) {
				f.Items = append(f.Items, shop.FulfillmentItem{LineNo: int(r.LineNo), Quantity: r.Quantity, Picked: r.Picked, Bin: r.Bin})
			}
		}
	}
	return err
}

// CustomerHistory returns one page of a customer's orders, newest first, with their lines, and whether more follow in the
// direction of reading: older ones, or with q.After newer ones; and how many orders the customer has in each status.
func (s *Store) CustomerHistory(ctx context.Context, q shop.HistoryQuery) (page shop.HistoryPage, err error) {
	bounds, err := s.q.CustomerOrderBounds(ctx, s.pool, q.CustomerID)
	if err != nil {
		return page, translate(err)
	}
	from, before := historyRange(q, bounds)
	err = s.readByKey(ctx,
		func(ctx context.Context, tx sqlc.DBTX) (err error) {
			if q.After > 0 {
				page.Orders, page.More, err = s.historyNewer(ctx, tx, q, max(from-1, int64(q.After)), before)
			} else {
				page.Orders, page.More, err = s.historyOlder(ctx, tx, q, from, before)
			}
			return err
		},
		func(ctx context.Context, tx sqlc.DBTX) (err error) {
			page.Counts, err = s.customerOrderCounts(ctx, tx, q.CustomerID, bounds)
			return err
		},
	)
	if err != nil || len(page.Orders) == 0 {
		return page, err
	}
	err = s.readByKey(ctx, func(ctx context.Context, tx sqlc.DBTX) error { return s.loadSummaryLines(ctx, tx, page.Orders) })
	return page, err
}

// historyRange narrows the ids to the customer's months, the asked period and the cursor.
func historyRange(q shop.HistoryQuery, bounds sqlc.CustomerOrderBoundsRow) (from, before int64) {
	from, before = bounds.IDFrom, bounds.IDUntil
	if !q.From.IsZero() {
		from = max(from, int64(shop.FirstIDAt(q.From)))
	}
	if !q.Until.IsZero() {
		before = min(before, int64(shop.FirstIDAt(q.Until)))
	}
	if q.Before > 0 && q.After == 0 {
		before = min(before, int64(q.Before))
	}
	return from, before
}

func pageSize(limit int) int {
	if limit <= 0 || limit > shop.MaxPageSize {
		return shop.MaxPageSize
	}
	return limit
}

// historyOlder reads one row more than the page, to know whether more follow.
func (s *Store) historyOlder(ctx context.Context, tx sqlc.DBTX, q shop.HistoryQuery, from, before int64) (page []shop.OrderSummary, more bool, err error) {
	page, err = s.historyRows(ctx, tx, q, from, before)
	if limit := pageSize(q.Limit); len(page) > limit {
		page, more = page[:limit], true
	}
	return page, more, err
}

// historyNewer reads upwards from the cursor and turns the rows round.
func (s *Store) historyNewer(ctx context.Context, tx sqlc.DBTX, q shop.HistoryQuery, after, until int64) (page []shop.OrderSummary, more bool, err error) {
	limit := pageSize(q.Limit)
	rows, err := s.q.CustomerOrdersNewer(ctx, tx, sqlc.CustomerOrdersNewerParams{
		CustomerID: q.CustomerID, IDAfter: after, IDUntil: until, Statuses: statusTexts(q.Statuses),
		Pattern: optionalPattern(q.Text), RowLimit: int32(limit + 1),
	})
	for _, r := range slices.Backward(rows[:min(len(rows), limit)]) {
		page = append(page, shop.OrderSummary{OrderHead: orderHead(sqlc.CustomerOrdersRow(r))})
	}
	return page, len(rows) > limit, err
}

func statusTexts(statuses []shop.Status) []string {
	texts := make([]string, len(statuses))
	for i, status := range statuses {
		texts[i] = string(status)
	}
	return texts
}

// optionalPattern is the pattern of a search, "" for none.
func optionalPattern(text string) string {
	if text == "" {
		return ""
	}
	return containsPattern(text)
}

func (s *Store) historyRows(ctx context.Context, tx sqlc.DBTX, q shop.HistoryQuery, from, before int64) ([]shop.OrderSummary, error) {
	limit, statuses := int32(pageSize(q.Limit)+1), statusTexts(q.Statuses)
	var page []shop.OrderSummary
	switch {
	case q.Text != "":
		rows, err := s.q.CustomerOrdersByText(ctx, tx, sqlc.CustomerOrdersByTextParams{
			CustomerID: q.CustomerID, IDFrom: from, IDBefore: before, Statuses: statuses, Pattern: containsPattern(q.Text), RowLimit: limit,
		})
		for _, r := range rows {
			page = append(page, shop.OrderSummary{OrderHead: orderHead(sqlc.CustomerOrdersRow(r))})
		}
		return page, err
	case len(statuses) > 0:
		rows, err := s.q.CustomerOrdersByStatus(ctx, tx, sqlc.CustomerOrdersByStatusParams{
			CustomerID: q.CustomerID, IDFrom: from, IDBefore: before, Statuses: statuses, RowLimit: limit,
		})
		for _, r := range rows {
			page = append(page, shop.OrderSummary{OrderHead: orderHead(sqlc.CustomerOrdersRow(r))})
		}
		return page, err
	}
	rows, err := s.q.CustomerOrders(ctx, tx, sqlc.CustomerOrdersParams{CustomerID: q.CustomerID, IDFrom: from, IDBefore: before, RowLimit: limit})
	for _, r := range rows {
		page = append(page, shop.OrderSummary{OrderHead: orderHead(r)})
	}
	return page, err
}

// containsPattern is the LIKE pattern of texts that contain the words, taken literally.
func containsPattern(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text) + "%"
}

func (s *Store) loadSummaryLines(ctx context.Context, tx sqlc.DBTX, page []shop.OrderSummary) error {
	at := make(map[int64]int, len(page))
	ids := make([]int64, len(page))
	for i, order := range page {
		ids[i] = int64(order.ID)
		at[ids[i]] = i
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := s.q.OrdersLines(ctx, tx, sqlc.OrdersLinesParams{OrderIds: ids, IDFirst: slices.Min(ids), IDLast: slices.Max(ids)})
	for _, r := range rows {
		order := &page[at[r.OrderID]]
		order.Lines = append(order.Lines, shop.OrderLine{LineNo: int(r.LineNo), SKUID: r.SkuID, Name: r.Name, SKUCode: r.SkuCode, Quantity: r.Quantity, ProductSlug: r.ProductSlug, Picture: r.PictureHash})
	}
	return err
}

// customerOrderCounts counts a customer's orders by status, within the months in which the customer bought.
func (s *Store) customerOrderCounts(ctx context.Context, tx sqlc.DBTX, customerID int64, bounds sqlc.CustomerOrderBoundsRow) (shop.HistoryCounts, error) {
	counts := shop.HistoryCounts{ByStatus: map[shop.Status]int64{}}
	if bounds.IDUntil > 0 {
		counts.First, counts.Last = shop.OrderID(bounds.IDFrom).Time(), shop.OrderID(bounds.IDUntil-1).Time()
	}
	rows, err := s.q.CustomerOrderCounts(ctx, tx, sqlc.CustomerOrderCountsParams{CustomerID: customerID, IDFrom: bounds.IDFrom, IDUntil: bounds.IDUntil})
	for _, r := range rows {
		counts.ByStatus[shop.Status(r.Status)] = r.Orders
	}
	return counts, err
}

// orZero is the time behind a nullable column, zero for NULL.
func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
