package db

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// maxStockMoves is how many rows of the stock ledger are shown of one order.
const maxStockMoves = 500

// SupportSearch finds orders and customers by whatever the text can be: the number or id of an order, the id or reference
// of a payment, a tracking number, a number in a system that was imported from, and the beginning of an e-mail address
// or a name.
func (s *Store) SupportSearch(ctx context.Context, search shop.SupportSearch) (shop.SupportResults, error) {
	return reportValue(ctx, s, func(tx pgx.Tx) (shop.SupportResults, error) {
		f := &finder{s: s, tx: tx, search: search, orders: map[int64]shop.FoundBy{}, seen: map[int64]bool{}}
		for _, look := range []func(context.Context) error{f.byNumber, f.byPayment, f.byTracking, f.byImport, f.byEmail, f.byName} {
			if err := look(ctx); err != nil {
				return shop.SupportResults{}, err
			}
		}
		orders, err := f.orderHits(ctx)
		return shop.SupportResults{Search: search, Orders: orders, Customers: f.customers}, err
	})
}

// finder collects what one search finds, each thing once and by the first way that found it.
type finder struct {
	s         *Store
	tx        pgx.Tx
	search    shop.SupportSearch
	orders    map[int64]shop.FoundBy
	customers []shop.CustomerHit
	seen      map[int64]bool
}

func (f *finder) addOrders(by shop.FoundBy, ids ...int64) {
	for _, id := range ids {
		if _, known := f.orders[id]; !known {
			f.orders[id] = by
		}
	}
}

func (f *finder) byNumber(ctx context.Context) error {
	if f.search.OrderID != 0 {
		f.addOrders(shop.FoundByNumber, int64(f.search.OrderID))
	}
	if f.search.Number == 0 {
		return nil
	}
	f.addOrders(shop.FoundByID, f.search.Number)
	if customer, err := f.s.q.CustomerByID(ctx, f.tx, f.search.Number); err == nil {
		f.addCustomer(shop.FoundByID, sqlc.CustomersPageRow(customer))
	} else if err != pgx.ErrNoRows {
		return err
	}
	ids, err := f.s.q.SupportPaymentID(ctx, f.tx, f.search.Number)
	f.addOrders(shop.FoundByPayment, ids...)
	return err
}

func (f *finder) byPayment(ctx context.Context) error {
	ids, err := f.s.q.SupportPaymentRef(ctx, f.tx, sqlc.SupportPaymentRefParams{Ref: f.search.Text, RowLimit: shop.MaxSupportHits})
	f.addOrders(shop.FoundByPayment, ids...)
	return err
}

// byTracking tries the number as typed and in the form in which carriers print it.
func (f *finder) byTracking(ctx context.Context) error {
	printed := strings.ToUpper(strings.ReplaceAll(f.search.Text, " ", ""))
	ids, err := f.s.q.SupportTracking(ctx, f.tx, sqlc.SupportTrackingParams{Numbers: []string{f.search.Text, printed}, RowLimit: shop.MaxSupportHits})
	f.addOrders(shop.FoundByTracking, ids...)
	return err
}

func (f *finder) byImport(ctx context.Context) error {
	rows, err := f.s.q.SupportExternal(ctx, f.tx, sqlc.SupportExternalParams{ExternalID: f.search.Text, RowLimit: shop.MaxSupportHits})
	if err != nil {
		return err
	}
	for _, r := range rows {
		switch r.Kind {
		case "order":
			f.addOrders(shop.FoundByImport, r.ID)
		case "checkout":
			f.addOrders(shop.FoundByImport, r.OrderIds...)
		default:
			customer, err := f.s.q.CustomerByID(ctx, f.tx, r.ID)
			if err == nil {
				f.addCustomer(shop.FoundByImport, sqlc.CustomersPageRow(customer))
			} else if err != pgx.ErrNoRows {
				return err
			}
		}
	}
	return nil
}

func (f *finder) addCustomer(by shop.FoundBy, r sqlc.CustomersPageRow) {
	if !f.seen[r.ID] && len(f.customers) < shop.MaxSupportHits {
		f.seen[r.ID] = true
		f.customers = append(f.customers, shop.CustomerHit{Customer: customerOf(r), By: by})
	}
}

func (f *finder) byEmail(ctx context.Context) error {
	rows, err := f.s.q.SupportCustomersByEmail(ctx, f.tx, sqlc.SupportCustomersByEmailParams{Pattern: prefixPattern(f.search.Text), RowLimit: shop.MaxSupportHits})
	for _, r := range rows {
		f.addCustomer(shop.FoundByEmail, sqlc.CustomersPageRow(r))
	}
	return err
}

func (f *finder) byName(ctx context.Context) error {
	rows, err := f.s.q.SupportCustomersByName(ctx, f.tx, sqlc.SupportCustomersByNameParams{Pattern: prefixPattern(f.search.Text), RowLimit: shop.MaxSupportHits})
	for _, r := range rows {
		f.addCustomer(shop.FoundByName, sqlc.CustomersPageRow(r))
	}
	return err
}

func (f *finder) orderHits(ctx context.Context) ([]shop.OrderHit, error) {
	ids := make([]int64, 0, len(f.orders))
	for id := range f.orders {
		ids = append(ids, id)
	}
	rows, err := f.s.q.SupportOrders(ctx, f.tx, sqlc.SupportOrdersParams{Ids: ids, RowLimit: shop.MaxSupportHits})
	hits := make([]shop.OrderHit, len(rows))
	for i, r := range rows {
		hits[i] = orderHit(r)
		hits[i].By = f.orders[r.ID]
	}
	return hits, err
}

func orderHit(r sqlc.SupportOrdersRow) shop.OrderHit {
	return shop.OrderHit{CustomerName: r.CustomerName, OrderHead: shop.OrderHead{
		ID: shop.OrderID(r.ID), CheckoutID: shop.OrderID(r.CheckoutID), CustomerID: r.CustomerID, MerchantID: r.MerchantID, MerchantName: r.MerchantName,
		Status: shop.Status(r.Status), Currency: shop.Currency(r.Currency), SubtotalMinor: r.SubtotalMinor, TaxMinor: r.TaxMinor,
		ShippingMinor: r.ShippingMinor, DiscountMinor: r.DiscountMinor, TotalMinor: r.TotalMinor, Source: r.Source,
		ImportedWithoutLines: r.ImportedWithoutLines, PlacedAt: r.PlacedAt, StatusAt: r.StatusAt, ExpiresAt: orZero(r.ExpiresAt), CancelReason: orEmpty(r.CancelReason),
	}}
}

// OrderRecord returns everything that there is about an order. An unknown one is CodeNotFound.
func (s *Store) OrderRecord(ctx context.Context, id shop.OrderID) (shop.OrderRecord, error) {
	return reportValue(ctx, s, func(tx pgx.Tx) (shop.OrderRecord, error) {
		order, err := s.orderByID(ctx, tx, id, shop.OrderScope{})
		if err != nil {
			return shop.OrderRecord{}, err
		}
		record := shop.OrderRecord{OrderDetail: order}
		if err := s.loadStockOf(ctx, tx, &record); err != nil {
			return record, err
		}
		orderID := int64(id)
		exceptions, err := s.q.OrderExceptions(ctx, tx, sqlc.OrderExceptionsParams{OrderID: &orderID, RowLimit: maxExceptionsShown})
		for _, r := range exceptions {
			record.Exceptions = append(record.Exceptions, exceptionOf(sqlc.ExceptionByIDRow(r)))
		}
		return record, err
	})
}

func (s *Store) loadStockOf(ctx context.Context, tx pgx.Tx, record *shop.OrderRecord) error {
	id := int64(record.ID)
	reservations, err := s.q.OrderReservations(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, r := range reservations {
		record.Reservations = append(record.Reservations, shop.OrderReservation{
			LineNo: int(r.LineNo), SKUCode: r.SkuCode, LocationName: r.LocationName, Quantity: r.Quantity, Status: r.Status, CreatedAt: r.CreatedAt, ClosedAt: orZero(r.ClosedAt),
		})
	}
	moves, err := s.q.OrderStockMoves(ctx, tx, sqlc.OrderStockMovesParams{OrderID: id, RowLimit: maxStockMoves})
	for _, r := range moves {
		record.StockMoves = append(record.StockMoves, shop.OrderStockMove{
			At: r.CreatedAt, SKUCode: r.SkuCode, LocationName: r.LocationName, Kind: r.Kind, OnHandDelta: r.OnHandDelta, ReservedDelta: r.ReservedDelta, Reason: r.Reason,
			Actor: shop.Actor{Kind: shop.ActorKind(r.ActorKind), ID: r.ActorID, Name: r.ActorName},
		})
	}
	return err
}

// AddNote writes something down about an order, for the staff's eyes. The same key again adds nothing.
func (s *Store) AddNote(ctx context.Context, c shop.NoteCommand) error {
	if err := c.Check(); err != nil {
		return err
	}
	_, _, err := once(ctx, s, c.Key, func(tx pgx.Tx) (struct{}, error) {
		if _, err := s.lockOrder(ctx, tx, c.OrderID, c.Scope); err != nil {
			return struct{}{}, err
		}
		now := s.Now()
		return struct{}{}, s.appendEvent(ctx, tx, shop.Event{
			OrderID: c.OrderID, Kind: shop.EventNote, OccurredAt: now, RecordedAt: now, Actor: c.Actor, RequestID: c.RequestID,
			Visibility: shop.VisibilityStaff, Data: map[string]string{shop.DataText: strings.TrimSpace(c.Text)},
		})
	})
	return err
}

// StuckOrders returns the orders of a status that entered it before q.Before and have not left it since, the longest
// first; imported ones only if asked for.
func (s *Store) StuckOrders(ctx context.Context, stuck shop.StuckOrders, imported bool) (shop.StuckOrders, error) {
	return reportValue(ctx, s, func(tx pgx.Tx) (shop.StuckOrders, error) {
		stuck.Orders, stuck.More = nil, false
		rows, err := s.stuckRows(ctx, tx, stuck, imported)
		for _, r := range rows {
			stuck.Orders = append(stuck.Orders, orderHit(r))
		}
		if len(stuck.Orders) > shop.MaxStuckShown {
			stuck.Orders, stuck.More = stuck.Orders[:shop.MaxStuckShown], true
		}
		return stuck, err
	})
}

func (s *Store) stuckRows(ctx context.Context, tx pgx.Tx, stuck shop.StuckOrders, imported bool) ([]sqlc.SupportOrdersRow, error) {
	const limit = shop.MaxStuckShown + 1
	if stuck.Status == shop.StatusShipped {
		rows, err := s.q.StuckShippedOrders(ctx, tx, sqlc.StuckShippedOrdersParams{Before: stuck.Before, Imported: imported, RowLimit: limit})
		return convertRows(rows, func(r sqlc.StuckShippedOrdersRow) sqlc.SupportOrdersRow { return sqlc.SupportOrdersRow(r) }), err
	}
	rows, err := s.q.StuckOrders(ctx, tx, sqlc.StuckOrdersParams{Status: string(stuck.Status), Before: stuck.Before, Imported: imported, RowLimit: limit})
	return convertRows(rows, func(r sqlc.StuckOrdersRow) sqlc.SupportOrdersRow { return sqlc.SupportOrdersRow(r) }), err
}

// CustomerRecord returns what there is about a customer, without the orders themselves. Unknown and removed customers
// are CodeNotFound.
func (s *Store) CustomerRecord(ctx context.Context, id int64) (shop.CustomerRecord, error) {
	return reportValue(ctx, s, func(tx pgx.Tx) (shop.CustomerRecord, error) {
		row, err := s.q.CustomerByID(ctx, tx, id)
		if err == pgx.ErrNoRows {
			return shop.CustomerRecord{}, shop.NotFound("customer")
		}
		if err != nil {
			return shop.CustomerRecord{}, err
		}
		record := shop.CustomerRecord{Customer: customerOf(sqlc.CustomersPageRow(row)), Statuses: map[shop.Status]int64{}}
		if record.Addresses, err = s.addresses(ctx, tx, id); err != nil {
			return record, err
		}
		if record.ExternalIDs, err = s.q.CustomerExternalIDs(ctx, tx, sqlc.CustomerExternalIDsParams{ID: id, RowLimit: maxFilterChoices}); err != nil {
			return record, err
		}
		users, err := s.q.CustomerUser(ctx, tx, id)
		if err != nil {
			return record, err
		}
		if len(users) > 0 {
			record.UserID = users[0]
		}
		return record, s.loadCustomerTotals(ctx, tx, &record)
	})
}

func (s *Store) loadCustomerTotals(ctx context.Context, tx pgx.Tx, record *shop.CustomerRecord) error {
	bounds, err := s.q.CustomerOrderBounds(ctx, tx, record.ID)
	if err != nil {
		return err
	}
	totals, err := s.q.CustomerTotals(ctx, tx, sqlc.CustomerTotalsParams{CustomerID: record.ID, IDFrom: bounds.IDFrom, IDUntil: bounds.IDUntil})
	if err != nil {
		return err
	}
	for _, t := range totals {
		record.Totals = append(record.Totals, shop.CustomerTotal{
			Currency: shop.Currency(t.Currency), Orders: t.Orders, TotalMinor: t.TotalMinor, PaidMinor: t.PaidMinor, RefundMinor: t.RefundMinor,
			Cancelled: t.Cancelled, FirstAt: t.FirstAt, LastAt: t.LastAt,
		})
	}
	counts, err := s.q.CustomerOrderCounts(ctx, tx, sqlc.CustomerOrderCountsParams{CustomerID: record.ID, IDFrom: bounds.IDFrom, IDUntil: bounds.IDUntil})
	for _, c := range counts {
		record.Statuses[shop.Status(c.Status)] = c.Orders
	}
	return err
}
