package db

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// maxAllocateBatch bounds the orders that one transaction gives units to.
const maxAllocateBatch = 100

// AllocateBackorders gives units that have come in to at most limit of the orders that wait for them, the oldest order
// first, and returns how many units it gave. Paid orders get them in a parcel, unpaid ones hold them like any others.
// Several instances may call it at once: whoever comes second finds less.
//
// Receipts, corrections, transfers, counts, returns and releases only make units available: whatever the reason, this
// phase gives them out. It cannot be part of theirs, because orders are locked before stock levels. Until it has run,
// nobody else gets the units, because placing leaves to those who wait what they wait for.
func (s *Store) AllocateBackorders(ctx context.Context, limit int) (units int, err error) {
	return inTxWithValue(ctx, s, byIndex, func(tx pgx.Tx) (int, error) {
		due, err := s.q.BackordersDue(ctx, tx, int32(min(max(limit, 1), maxAllocateBatch)))
		if err != nil || len(due) == 0 {
			return 0, err
		}
		var orderIDs, skuIDs []int64
		for _, row := range due {
			orderIDs, skuIDs = append(orderIDs, row.OrderID), append(skuIDs, row.SkuID)
		}
		b := s.booking(tx, shop.Actor{Kind: shop.ActorSystem}, "")
		orders, err := s.q.OrdersLock(ctx, tx, distinct(orderIDs))
		if err != nil {
			return 0, err
		}
		shares, err := b.planBackorders(ctx, distinct(orderIDs), distinct(skuIDs))
		if err != nil || len(shares) == 0 {
			return 0, err
		}
		for _, share := range shares {
			units += int(share.Got())
		}
		return units, b.giveBackorders(ctx, orders, shares)
	})
}

// planBackorders locks the stock of the SKUs and decides what the locked orders get of it. What they wait for is read
// after the locks: it may have become less.
func (b *booking) planBackorders(ctx context.Context, orderIDs, skuIDs []int64) ([]shop.BackorderShare, error) {
	levels, err := b.q.PlacingStockLock(ctx, b.tx, skuIDs)
	if err != nil {
		return nil, err
	}
	rows, err := b.backordersWaiting(ctx, b.tx, orderIDs...)
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(r sqlc.BackordersWaitingRow) bool { return !slices.Contains(skuIDs, r.SkuID) })
	return shop.PlanBackorders(convertAll(levels, stockLevel), convertAll(rows, backorderOf)), nil
}

// backordersWaiting reads what orders wait for.
func (s *Store) backordersWaiting(ctx context.Context, tx sqlc.DBTX, orderIDs ...int64) ([]sqlc.BackordersWaitingRow, error) {
	return s.q.BackordersWaiting(ctx, tx, sqlc.BackordersWaitingParams{OrderIds: orderIDs, IDFirst: slices.Min(orderIDs), IDLast: slices.Max(orderIDs)})
}

func backorderOf(r sqlc.BackordersWaitingRow) shop.Backorder {
	return shop.Backorder{
		StockKey: shop.StockKey{SKUID: r.SkuID, LocationID: r.LocationID}, OrderID: shop.OrderID(r.OrderID), LineNo: int(r.LineNo), Part: int(r.Part), Quantity: r.Quantity,
	}
}

// giveBackorders turns what came in into reservations, the work of paid orders, and their events.
func (b *booking) giveBackorders(ctx context.Context, orders []sqlc.OrdersLockRow, shares []shop.BackorderShare) error {
	if err := b.reserveShares(ctx, shares); err != nil {
		return err
	}
	if err := b.closeBackorders(ctx, shares); err != nil {
		return err
	}
	if err := b.openLater(ctx, orders, shares); err != nil {
		return err
	}
	return b.tellAllocated(ctx, shares)
}

func (b *booking) reserveShares(ctx context.Context, shares []shop.BackorderShare) error {
	add := sqlc.ReservationsAddParams{Now: b.now}
	for _, share := range shares {
		for _, a := range share.From {
			add.OrderIds = append(add.OrderIds, int64(share.OrderID))
			add.LineNos = append(add.LineNos, int32(share.LineNo))
			add.LocationIds = append(add.LocationIds, a.LocationID)
			add.SkuIds = append(add.SkuIds, a.SKUID)
			add.Quantities = append(add.Quantities, a.Quantity)
		}
	}
	return b.reserve(ctx, add, "came in for the order")
}

// reserve holds available units of locked levels for locked orders: counters, ledger and reservations together.
func (b *booking) reserve(ctx context.Context, add sqlc.ReservationsAddParams, reason string) error {
	if len(add.OrderIds) == 0 {
		return nil
	}
	move := sqlc.StockLevelsMoveParams{
		Now: b.now, SkuIds: add.SkuIds, LocationIds: add.LocationIds, ReservedDeltas: add.Quantities, OnHandDeltas: make([]int64, len(add.Quantities)),
	}
	if err := b.moveStock(ctx, b.tx, move, stockMove{kind: "reservation", reason: reason, actor: b.actor, orderIDs: add.OrderIds}); err != nil {
		return err
	}
	_, err := b.q.ReservationsAdd(ctx, b.tx, add)
	return err
}

// closeBackorders ends the waiting for what came in; what did not goes on waiting.
func (b *booking) closeBackorders(ctx context.Context, shares []shop.BackorderShare) error {
	closing := sqlc.BackordersCloseParams{Status: "allocated", Now: &b.now}
	count := sqlc.StockLevelsBackorderParams{Now: b.now}
	for _, share := range shares {
		got := share.Got()
		count.SkuIds = append(count.SkuIds, share.SKUID)
		count.LocationIds = append(count.LocationIds, share.LocationID)
		count.Quantities = append(count.Quantities, -got)
		if got < share.Quantity {
			_, err := b.q.BackorderShrink(ctx, b.tx, sqlc.BackorderShrinkParams{
				OrderID: int64(share.OrderID), LineNo: int32(share.LineNo), Part: int32(share.Part), Quantity: got, Status: "allocated", Now: &b.now,
			})
			if err != nil {
				return err
			}
			continue
		}
		closing.OrderIds = append(closing.OrderIds, int64(share.OrderID))
		closing.LineNos = append(closing.LineNos, int32(share.LineNo))
		closing.Parts = append(closing.Parts, int32(share.Part))
	}
	if err := b.q.StockLevelsBackorder(ctx, b.tx, count); err != nil {
		return err
	}
	return b.q.BackordersClose(ctx, b.tx, closing)
}

// openLater puts what came in for paid orders into parcels.
func (b *booking) openLater(ctx context.Context, orders []sqlc.OrdersLockRow, shares []shop.BackorderShare) error {
	later := laterParcels{units: map[parcelPlace]int64{}, lines: map[parcelLine]int64{}}
	paid := map[int64]bool{}
	for _, order := range orders {
		if status := shop.Status(order.Status); status == shop.StatusConfirmed || status == shop.StatusProcessing {
			paid[order.ID] = true
		}
	}
	for _, share := range shares {
		if paid[int64(share.OrderID)] {
			later.add(share)
		}
	}
	if len(later.units) == 0 {
		return nil
	}
	promises, err := b.promises(ctx, paid)
	if err != nil {
		return err
	}
	open, items := later.params(promises, b.now)
	topUp := sqlc.FulfillmentsTopUpParams{OrderIds: open.OrderIds, LocationIds: open.LocationIds, Units: open.Units}
	if err := b.q.FulfillmentsTopUp(ctx, b.tx, topUp); err != nil {
		return err
	}
	if err := b.q.FulfillmentsOpenLater(ctx, b.tx, open); err != nil {
		return err
	}
	return b.q.FulfillmentItemsAdd(ctx, b.tx, items)
}

// promises are by when the merchants of orders ship what is complete now, by order.
func (b *booking) promises(ctx context.Context, orders map[int64]bool) (map[int64]time.Time, error) {
	promises := map[int64]time.Time{}
	for orderID := range orders {
		shipBy, err := b.shipBy(ctx, b.tx, shop.OrderID(orderID), b.now)
		if err != nil {
			return nil, err
		}
		promises[orderID] = shipBy
	}
	return promises, nil
}

// laterParcels sums what goes into the parcels of orders that got units later.
type laterParcels struct {
	units  map[parcelPlace]int64
	lines  map[parcelLine]int64
	places []parcelPlace // in the order of the shares
	items  []parcelLine
}

type parcelPlace struct{ orderID, locationID int64 }

type parcelLine struct {
	parcelPlace
	lineNo int
}

func (l *laterParcels) add(share shop.BackorderShare) {
	for _, a := range share.From {
		place := parcelPlace{int64(share.OrderID), a.LocationID}
		line := parcelLine{place, share.LineNo}
		if l.units[place] == 0 {
			l.places = append(l.places, place)
		}
		if l.lines[line] == 0 {
			l.items = append(l.items, line)
		}
		l.units[place] += a.Quantity
		l.lines[line] += a.Quantity
	}
}

func (l *laterParcels) params(promises map[int64]time.Time, now time.Time) (open sqlc.FulfillmentsOpenLaterParams, items sqlc.FulfillmentItemsAddParams) {
	open.Now = now
	for _, place := range l.places {
		open.OrderIds = append(open.OrderIds, place.orderID)
		open.LocationIds = append(open.LocationIds, place.locationID)
		open.Units = append(open.Units, l.units[place])
		open.ShipByAts = append(open.ShipByAts, promises[place.orderID])
	}
	for _, line := range l.items {
		items.OrderIds = append(items.OrderIds, line.orderID)
		items.LocationIds = append(items.LocationIds, line.locationID)
		items.LineNos = append(items.LineNos, int32(line.lineNo))
		items.Quantities = append(items.Quantities, l.lines[line])
	}
	return open, items
}

// tellAllocated adds an event to each order that got something.
func (b *booking) tellAllocated(ctx context.Context, shares []shop.BackorderShare) error {
	var ids []int64
	for _, share := range shares {
		ids = append(ids, int64(share.OrderID))
	}
	ids = distinct(ids)
	lines, err := b.q.OrdersLines(ctx, b.tx, sqlc.OrdersLinesParams{OrderIds: ids, IDFirst: ids[0], IDLast: ids[len(ids)-1]})
	if err != nil {
		return err
	}
	for _, id := range ids {
		var items []string
		for _, share := range shares {
			at := slices.IndexFunc(lines, func(l sqlc.OrdersLinesRow) bool { return l.OrderID == id && int(l.LineNo) == share.LineNo })
			if int64(share.OrderID) == id && at >= 0 {
				items = append(items, shop.UnitsOf(share.Got(), lines[at].Name))
			}
		}
		e := shop.Event{OrderID: shop.OrderID(id), Kind: shop.EventAllocated, Data: map[string]string{shop.DataItems: strings.Join(items, ", ")}}
		if err := b.event(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// stopWaiting ends what locked orders wait for; levels are the locked ones that count it.
func (s *Store) stopWaiting(ctx context.Context, tx pgx.Tx, waiting []sqlc.BackordersWaitingRow, now time.Time) error {
	if len(waiting) == 0 {
		return nil
	}
	closing := sqlc.BackordersCloseParams{Status: "cancelled", Now: &now}
	count := sqlc.StockLevelsBackorderParams{Now: now}
	for _, w := range waiting {
		closing.OrderIds = append(closing.OrderIds, w.OrderID)
		closing.LineNos = append(closing.LineNos, w.LineNo)
		closing.Parts = append(closing.Parts, w.Part)
		count.SkuIds = append(count.SkuIds, w.SkuID)
		count.LocationIds = append(count.LocationIds, w.LocationID)
		count.Quantities = append(count.Quantities, -w.Quantity)
	}
	if err := s.q.StockLevelsBackorder(ctx, tx, count); err != nil {
		return err
	}
	return s.q.BackordersClose(ctx, tx, closing)
}

// shortUnits are reserved units of a line that were not found at their location.
type shortUnits struct {
	orderID    int64
	lineNo     int32
	skuID      int64
	locationID int64
	quantity   int64
	name       string // of the line
	reason     string
	actor      shop.Actor
	now        time.Time
}

// backorderShort turns reserved units of a locked order that are not on the shelf into a backorder: they are written off
// where they should lie, the order waits for others, and its timeline says so. Units elsewhere come to it with the next
// allocation. The caller takes them out of their parcel.
func (s *Store) backorderShort(ctx context.Context, tx pgx.Tx, short shortUnits) error {
	if err := s.writeOffShort(ctx, tx, short); err != nil {
		return err
	}
	b := &booking{Store: s, tx: tx, now: short.now, actor: short.actor}
	err := b.wait(ctx, short.orderID, short.lineNo, shop.Allocation{
		StockKey: shop.StockKey{SKUID: short.skuID, LocationID: short.locationID}, Quantity: short.quantity,
	})
	if err != nil {
		return err
	}
	return b.tellWaiting(ctx, shop.OrderID(short.orderID), []string{shop.UnitsOf(short.quantity, short.name)})
}

// tellWaiting adds the event of an order that waits for units.
func (b *booking) tellWaiting(ctx context.Context, id shop.OrderID, items []string) error {
	return b.event(ctx, shop.Event{OrderID: id, Kind: shop.EventBackordered, Data: map[string]string{shop.DataItems: strings.Join(items, ", ")}})
}

// wait lets a line of a locked order wait for units, counted at a locked level.
func (b *booking) wait(ctx context.Context, orderID int64, lineNo int32, units shop.Allocation) error {
	err := b.q.BackorderAdd(ctx, b.tx, sqlc.BackorderAddParams{
		OrderID: orderID, LineNo: lineNo, SkuID: units.SKUID, LocationID: units.LocationID, Quantity: units.Quantity, Now: b.now,
	})
	if err != nil {
		return err
	}
	return b.q.StockLevelsBackorder(ctx, b.tx, sqlc.StockLevelsBackorderParams{
		Now: b.now, SkuIds: []int64{units.SKUID}, LocationIds: []int64{units.LocationID}, Quantities: []int64{units.Quantity},
	})
}

// writeOffShort releases reserved units of a locked order and takes them off the shelf at once, so that nobody buys what
// is not there.
func (s *Store) writeOffShort(ctx context.Context, tx pgx.Tx, short shortUnits) error {
	held, err := s.reservationsHeld(ctx, tx, short.orderID)
	if err != nil {
		return err
	}
	leaving, err := s.splitHeld(ctx, tx, held, map[heldPlace]int64{{short.lineNo, short.locationID}: short.quantity}, short.now)
	if err != nil {
		return err
	}
	how := releasing(short.reason, short.actor, short.now)
	if err := s.closeReservations(ctx, tx, leaving, how); err != nil {
		return err
	}
	move := sqlc.StockLevelsMoveParams{
		Now: short.now, SkuIds: []int64{short.skuID}, LocationIds: []int64{short.locationID}, OnHandDeltas: []int64{-short.quantity}, ReservedDeltas: []int64{0},
	}
	return s.moveStock(ctx, tx, move, stockMove{kind: shop.ReasonAdjustment, reason: short.reason, actor: short.actor, orderIDs: []int64{short.orderID}})
}
