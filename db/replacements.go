package db

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// Reship sends again what was in a shipment that is late, lost or came back: the parcels inside are given up, exactly their
// units are held anew, and parcels for them stand in the queue. Nothing is charged. Without stock for all of it nothing
// happens and the error is CodeOutOfStock; what was sent again, refunded or has arrived is CodeConflict.
func (s *Store) Reship(ctx context.Context, c shop.ReshipCommand) (reshipped shop.Reshipped, replay bool, err error) {
	return once(ctx, s, c.Key, func(tx pgx.Tx) (shop.Reshipped, error) {
		l, err := s.lockShipment(ctx, tx, c.ShipmentID, c.MerchantID, shop.ParcelWork{Actor: c.Actor, RequestID: c.RequestID})
		if err != nil {
			return shop.Reshipped{}, err
		}
		if err := refuseReship(l); err != nil {
			return shop.Reshipped{}, err
		}
		r := &reshipment{booking: s.booking(tx, c.Actor, c.RequestID), shipment: l}
		for _, step := range []func(context.Context) error{r.plan, r.hold, r.open} {
			if err := step(ctx); err != nil {
				return shop.Reshipped{}, err
			}
		}
		_, err = s.q.ShipmentAnswer(ctx, tx, sqlc.ShipmentAnswerParams{ID: c.ShipmentID, Answer: shop.AnswerReshipped, WatchAt: l.WatchAt})
		return r.made, err
	})
}

func refuseReship(l *lockedShipment) error {
	known := shop.Shipment{Problem: shop.ShipmentProblem(l.Problem), ProblemAnswer: l.ProblemAnswer}
	if known.CanGiveUp() && len(l.parcels) > 0 {
		return nil
	}
	return shop.Conflict("Nothing is open about this parcel: " + orWords(l.ProblemAnswer, "it is not late, stopped, lost or back") + ".")
}

// reshipment is a lost shipment while what replaces it is made.
type reshipment struct {
	*booking
	shipment *lockedShipment
	parts    []replacedParcel
	made     shop.Reshipped
}

// replacedParcel is one lost parcel, its units, and where they are taken from now.
type replacedParcel struct {
	*parcel
	lines []shop.OrderLine
	units []shop.LineUnits
	from  []shop.Allocation
}

func (p replacedParcel) sku(lineNo int) int64 {
	at := slices.IndexFunc(p.lines, func(l shop.OrderLine) bool { return l.LineNo == lineNo })
	return p.lines[at].SKUID
}

// plan decides what of the lost parcels may be sent again.
func (r *reshipment) plan(ctx context.Context) error {
	for _, p := range r.shipment.parcels {
		if status := shop.Status(p.order.Status); status != shop.StatusProcessing && status != shop.StatusShipped {
			return shop.Conflict("Order " + p.OrderID.Number() + " is " + string(status) + ", so nothing of it is sent again.")
		}
		detail, err := r.standing(ctx, p.OrderID)
		if err != nil {
			return err
		}
		units, err := detail.Replaceable(p.No)
		if err != nil {
			return err
		}
		r.parts = append(r.parts, replacedParcel{parcel: p, lines: detail.Lines, units: units})
	}
	return nil
}

// standing is as much of a locked order as says which of its units are outstanding.
func (s *booking) standing(ctx context.Context, id shop.OrderID) (shop.OrderDetail, error) {
	detail := shop.OrderDetail{OrderHead: shop.OrderHead{ID: id}}
	if err := s.loadLines(ctx, s.tx, &detail); err != nil {
		return detail, err
	}
	if err := s.readUnitRefunds(ctx, s.tx, &detail); err != nil {
		return detail, err
	}
	if err := s.loadFulfillments(ctx, s.tx, &detail); err != nil {
		return detail, err
	}
	return detail, s.loadFulfillmentItems(ctx, s.tx, &detail)
}

// hold takes the units from where the merchant has them now.
func (r *reshipment) hold(ctx context.Context) error {
	var in shop.ReservationInput
	var skuIDs []int64
	for _, p := range r.parts {
		var request shop.ReservationRequest
		for _, u := range p.units {
			request.Demands = append(request.Demands, shop.Demand{SKUID: p.sku(u.LineNo), Quantity: u.Quantity})
			skuIDs = append(skuIDs, p.sku(u.LineNo))
		}
		in.Requests = append(in.Requests, request)
	}
	levels, err := r.q.ReplacementLevels(ctx, r.tx, sqlc.ReplacementLevelsParams{SkuIds: distinct(skuIDs), MerchantID: r.shipment.MerchantID})
	if err != nil {
		return err
	}
	in.Levels = convertAll(levels, func(row sqlc.ReplacementLevelsRow) shop.StockLevel { return stockLevel(sqlc.PlacingStockLockRow(row)) })
	for i, outcome := range shop.PlanReservations(in) {
		if outcome.Refused() {
			return r.tooFew(r.parts[i], outcome.Short)
		}
		r.parts[i].from = outcome.Allocations
	}
	return nil
}

// tooFew names what is missing, and says what can be done instead.
func (r *reshipment) tooFew(p replacedParcel, short []shop.ShortLine) error {
	for i := range short {
		at := slices.IndexFunc(p.lines, func(l shop.OrderLine) bool { return l.SKUID == short[i].SKUID })
		short[i].SKUCode, short[i].Name = p.lines[at].SKUCode, p.lines[at].Name
	}
	return shop.OutOfStock(short)
}

// open gives the lost parcels up and makes those that replace them, one for each location that has units for it.
func (r *reshipment) open(ctx context.Context) error {
	for _, p := range r.parts {
		given, err := r.q.FulfillmentGiveUp(ctx, r.tx, sqlc.FulfillmentGiveUpParams{OrderID: p.order.ID, No: int32(p.No), Now: r.now})
		if err := hitOne(given, err); err != nil {
			return err
		}
		shipBy, err := r.shipBy(ctx, r.tx, p.OrderID, r.now)
		if err != nil {
			return err
		}
		for _, location := range locationsOf(p.from) {
			no, err := r.openAt(ctx, p, location, shipBy)
			if err != nil {
				return err
			}
			r.made.Parcels = append(r.made.Parcels, shop.ParcelRef{OrderID: p.OrderID, No: no})
		}
		data := map[string]string{shop.DataParcel: strconv.Itoa(p.No), shop.DataReason: shop.ItemWords(p.lines, p.units)}
		if err := r.event(ctx, shop.Event{OrderID: p.OrderID, Kind: shop.EventReshipped, Data: data}); err != nil {
			return err
		}
	}
	return nil
}

// locationsOf are the locations of allocations, each once, in their order.
func locationsOf(from []shop.Allocation) []int64 {
	var ids []int64
	for _, a := range from {
		if !slices.Contains(ids, a.LocationID) {
			ids = append(ids, a.LocationID)
		}
	}
	return ids
}

// openAt holds the units of a lost parcel that come from a location and puts them into a parcel there.
func (r *reshipment) openAt(ctx context.Context, p replacedParcel, location int64, shipBy time.Time) (no int, err error) {
	hold := sqlc.ReservationsAddParams{Now: r.now}
	items := sqlc.ReplacementItemsParams{OrderID: p.order.ID}
	var units int64
	for _, u := range p.units {
		for _, a := range p.from {
			if a.LocationID != location || a.SKUID != p.sku(u.LineNo) {
				continue
			}
			hold.OrderIds, hold.LineNos = append(hold.OrderIds, p.order.ID), append(hold.LineNos, int32(u.LineNo))
			hold.LocationIds, hold.SkuIds, hold.Quantities = append(hold.LocationIds, location), append(hold.SkuIds, a.SKUID), append(hold.Quantities, a.Quantity)
			items.LineNos, items.Quantities = append(items.LineNos, int32(u.LineNo)), append(items.Quantities, a.Quantity)
			units += a.Quantity
		}
	}
	if err := r.reserve(ctx, hold, fmt.Sprintf("instead of parcel %d, which was lost", p.No)); err != nil {
		return 0, err
	}
	return r.openReplacement(ctx, sqlc.ReplacementOpenParams{
		OrderID: p.order.ID, LostNo: int32(p.No), LocationID: location, Units: units, ShipByAt: shipBy, Now: r.now,
	}, items)
}

// openReplacement adds a parcel for held units that replace those of a lost one.
func (b *booking) openReplacement(ctx context.Context, open sqlc.ReplacementOpenParams, items sqlc.ReplacementItemsParams) (no int, err error) {
	made, err := b.q.ReplacementOpen(ctx, b.tx, open)
	if err != nil {
		return 0, err
	}
	if made > shop.MaxParcels {
		return 0, shop.Conflict(fmt.Sprintf("An order can have at most %d parcels.", shop.MaxParcels))
	}
	items.No = made
	return int(made), b.q.ReplacementItems(ctx, b.tx, items)
}

// giveUpRefunded gives the parcels of a locked shipment up whose units were refunded. Units that were not are CodeConflict.
func (s *Store) giveUpRefunded(ctx context.Context, tx pgx.Tx, l *lockedShipment) error {
	for _, p := range l.parcels {
		if p.Status != shop.FulfillmentShipped {
			continue
		}
		b := s.booking(tx, p.work.Actor, p.work.RequestID)
		detail, err := b.standing(ctx, p.OrderID)
		if err != nil {
			return err
		}
		if !detail.LostIsRefunded(p.No) {
			return shop.Conflict("Order " + p.OrderID.Number() + " has not got the money for these items back yet. Refund them first.")
		}
		given, err := s.q.FulfillmentGiveUp(ctx, tx, sqlc.FulfillmentGiveUpParams{OrderID: p.order.ID, No: int32(p.No), Now: l.now})
		if err := hitOne(given, err); err != nil {
			return err
		}
		if shop.Status(p.order.Status) == shop.StatusRefunded {
			continue
		}
		if err := s.rollUp(ctx, p); err != nil {
			return err
		}
	}
	return nil
}
