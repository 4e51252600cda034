package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// Shipments: boxes with labels. What a carrier is asked for is on record before it is asked; what it answers is recorded
// once. The orders inside are locked before the shipment, in order of their ids.

// openShipments is how far back shipments that still move can lie. LostAfter closes them long before.
const openShipments = 180 * 24 * time.Hour

func (s *Store) openSince(now time.Time) int64 { return int64(shop.FirstIDAt(now.Add(-openShipments))) }

// boxed is what goes into one box, while its orders are locked.
type boxed struct {
	parcels  []*parcel
	box      shop.Box
	grams    int64
	address  shop.Address
	currency shop.Currency
}

// PrepareShipment puts packed parcels of one customer at one address into a shipment, before its carrier is asked. With a
// label from elsewhere it is ready at once. The same key again returns the shipment as it is by then. What cannot travel
// together, is not packed or was not weighed is CodeInvalid; what has a label or left already is CodeConflict.
func (s *Store) PrepareShipment(ctx context.Context, c shop.LabelCommand) (shop.PreparedShipment, error) {
	id, replayed, err := once(ctx, s, c.Key, func(tx pgx.Tx) (int64, error) {
		b, err := s.gather(ctx, tx, c)
		if err != nil {
			return 0, err
		}
		return s.addShipment(ctx, tx, c, b)
	})
	if err != nil {
		return shop.PreparedShipment{}, err
	}
	prepared, err := inTxValue(ctx, s, func(tx pgx.Tx) (shop.PreparedShipment, error) { return s.prepared(ctx, tx, id) })
	prepared.Replayed = replayed
	return prepared, err
}

// gather locks the parcels of a box and checks that they can travel in it.
func (s *Store) gather(ctx context.Context, tx pgx.Tx, c shop.LabelCommand) (boxed, error) {
	var b boxed
	refs := slices.Clone(c.Parcels)
	slices.SortFunc(refs, func(x, y shop.ParcelRef) int { return cmp.Compare(x.OrderID, y.OrderID) })
	orders := map[shop.OrderID]sqlc.OrderLockRow{}
	for _, ref := range refs {
		if _, locked := orders[ref.OrderID]; locked {
			continue
		}
		row, err := s.lockOrder(ctx, tx, ref.OrderID, shop.OrderScope{MerchantID: c.MerchantID})
		if err != nil {
			return b, err
		}
		orders[ref.OrderID] = row
	}
	now := s.Now()
	for _, ref := range c.Parcels {
		f, err := s.findParcel(ctx, tx, ref.OrderID, ref.No)
		if err != nil {
			return b, err
		}
		p := &parcel{Fulfillment: f, order: orders[ref.OrderID], tx: tx, now: now, work: shop.ParcelWork{Actor: c.Actor, RequestID: c.RequestID, MerchantID: c.MerchantID}}
		if err := labelable(p); err != nil {
			return b, err
		}
		b.parcels = append(b.parcels, p)
		b.grams += f.WeightGrams
	}
	if err := s.sameDestination(ctx, tx, &b); err != nil {
		return b, err
	}
	b.currency = shop.Currency(b.parcels[0].order.Currency)
	return b, s.weighBox(ctx, tx, c, &b)
}

// labelable refuses a parcel that a label cannot be made for now.
func labelable(p *parcel) error {
	switch {
	case p.ShipmentID != 0 && p.Status == shop.FulfillmentPacked:
		return shop.Conflict("Parcel " + strconv.Itoa(p.No) + " of order " + p.OrderID.Number() + " has a label already.")
	case p.Status.Done():
		return p.Refuse(shop.FulfillmentShipped, p.now)
	case p.Status != shop.FulfillmentPacked:
		return shop.Invalid("parcels", "Parcel "+strconv.Itoa(p.No)+" of order "+p.OrderID.Number()+" is not packed yet. Pack it, then make its label.")
	}
	return nil
}

// sameDestination refuses parcels that do not go to one customer at one address.
func (s *Store) sameDestination(ctx context.Context, tx pgx.Tx, b *boxed) error {
	for i, p := range b.parcels {
		order, err := s.q.OrderHead(ctx, tx, p.order.ID)
		if err != nil {
			return err
		}
		to := orderDetail(order).ShipTo
		if i == 0 {
			b.address = to
			continue
		}
		to.Phone = b.address.Phone // another number is no other place
		if p.order.CustomerID != b.parcels[0].order.CustomerID || !to.SameAs(b.address) {
			return shop.Invalid("parcels", "Order "+p.OrderID.Number()+" goes to somebody else or somewhere else, so it needs a box of its own.")
		}
		if p.LocationID != b.parcels[0].LocationID {
			return shop.Invalid("parcels", "Order "+p.OrderID.Number()+" is packed at another location.")
		}
	}
	return nil
}

func (s *Store) weighBox(ctx context.Context, tx pgx.Tx, c shop.LabelCommand, b *boxed) error {
	boxID := c.BoxID
	if boxID == 0 && len(b.parcels) == 1 {
		boxID = b.parcels[0].BoxID
	}
	var err error
	if b.box, err = s.usableBox(ctx, tx, c.MerchantID, boxID); err != nil {
		return err
	}
	if c.WeightGrams != 0 {
		b.grams = c.WeightGrams
	}
	if b.grams != 0 {
		return b.box.CheckWeight(b.grams)
	}
	return nil
}

func (s *Store) addShipment(ctx context.Context, tx pgx.Tx, c shop.LabelCommand, b boxed) (int64, error) {
	if c.CarrierKey != "" && b.grams == 0 {
		return 0, shop.Invalid("weight", "Weigh the box: the carrier wants to know.")
	}
	first := b.parcels[0]
	add := sqlc.ShipmentAddParams{
		MerchantID: c.MerchantID, LocationID: orNullID(first.LocationID), Status: string(shop.ShipmentBuying), Carrier: c.Carrier, CarrierKey: c.CarrierKey, Service: c.Service,
		RequestKey: "label:" + c.Key.Scope + ":" + c.Key.Key, TrackingNumber: c.TrackingNumber, Currency: string(b.currency), BoxID: orNullID(b.box.ID), WeightGrams: b.grams,
		ShippingAddressID: b.address.ID, CreatedByName: c.Actor.Name, Now: first.now,
	}
	if c.CarrierKey == "" {
		watch := first.now.Add(shop.HandoverWithin)
		add.Status, add.LabelledAt, add.WatchAt = string(shop.ShipmentReady), &first.now, &watch
	} else {
		ask := first.now.Add(shop.LabelLease)
		add.AskAt = &ask
	}
	id, err := s.joinShipment(ctx, tx, add, b.parcels)
	if err != nil || c.CarrierKey != "" {
		return id, err
	}
	return id, s.labelled(ctx, tx, id, b.parcels, c.Carrier, c.TrackingNumber)
}

// joinShipment writes a shipment and puts its parcels in.
func (s *Store) joinShipment(ctx context.Context, tx pgx.Tx, add sqlc.ShipmentAddParams, parcels []*parcel) (int64, error) {
	join := sqlc.ParcelsJoinShipmentParams{MerchantID: add.MerchantID}
	for _, p := range parcels {
		join.OrderIds, join.Nos = append(join.OrderIds, p.order.ID), append(join.Nos, int32(p.No))
	}
	join.OrderIDFrom, join.OrderIDUntil = slices.Min(join.OrderIds), slices.Max(join.OrderIds)
	add.OrderIDFrom, add.OrderIDUntil = join.OrderIDFrom, join.OrderIDUntil
	id, err := s.q.ShipmentAdd(ctx, tx, add)
	if err != nil {
		return 0, err
	}
	join.ShipmentID = id
	joined, err := s.q.ParcelsJoinShipment(ctx, tx, join)
	if err == nil && int(joined) != len(parcels) {
		return 0, shop.Conflict("A parcel has moved on meanwhile. Please look at it again.")
	}
	return id, err
}

// labelled gives the parcels of a shipment its carrier and number, and tells their orders.
func (s *Store) labelled(ctx context.Context, tx pgx.Tx, id int64, parcels []*parcel, carrier, trackingNumber string) error {
	first, last := orderRange(parcels)
	if err := s.q.ParcelsLabelled(ctx, tx, sqlc.ParcelsLabelledParams{ShipmentID: id, Carrier: carrier, TrackingNumber: trackingNumber, OrderIDFrom: first, OrderIDUntil: last}); err != nil {
		return err
	}
	for _, p := range parcels {
		data := map[string]string{shop.DataCarrier: carrier, shop.DataTracking: trackingNumber}
		if err := s.tellParcel(ctx, p, shop.EventLabel, shop.VisibilityStaff, data); err != nil {
			return err
		}
	}
	return s.tellMerged(ctx, parcels)
}

// tellMerged lets each order of a shared box say with which others it travels.
func (s *Store) tellMerged(ctx context.Context, parcels []*parcel) error {
	for _, p := range parcels {
		var others []string
		for _, other := range parcels {
			if number := other.OrderID.Number(); other.OrderID != p.OrderID && !slices.Contains(others, number) {
				others = append(others, number)
			}
		}
		if len(others) == 0 {
			continue
		}
		reason := "together with order " + others[0]
		if len(others) > 1 {
			reason = fmt.Sprintf("together with %d other orders, %s among them", len(others), others[0])
		}
		if err := s.tellParcel(ctx, p, shop.EventMerged, shop.VisibilityPublic, map[string]string{shop.DataReason: reason}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) tellParcel(ctx context.Context, p *parcel, kind shop.EventKind, visible shop.Visibility, data map[string]string) error {
	data[shop.DataParcel] = strconv.Itoa(p.No)
	return s.appendEvent(ctx, p.tx, shop.Event{
		OrderID: p.OrderID, Kind: kind, OccurredAt: p.occurredAt(), RecordedAt: p.now, Actor: p.work.Actor, RequestID: p.work.RequestID, Visibility: visible, Data: data,
	})
}

func orderRange(parcels []*parcel) (first, last int64) {
	for i, p := range parcels {
		if i == 0 || p.order.ID < first {
			first = p.order.ID
		}
		last = max(last, p.order.ID)
	}
	return first, last
}

// shipAtOnce records the shipment of a parcel that leaves with a label from elsewhere.
func (s *Store) shipAtOnce(ctx context.Context, p *parcel, c shop.ShipCommand) error {
	order, err := s.q.OrderHead(ctx, p.tx, p.order.ID)
	if err != nil {
		return err
	}
	until, err := s.undoUntil(ctx, p.tx, p.MerchantID, p.now)
	if err != nil {
		return err
	}
	watch := p.now.Add(shop.ManualTransit + shop.LateAfter)
	_, err = s.joinShipment(ctx, p.tx, sqlc.ShipmentAddParams{
		MerchantID: p.MerchantID, LocationID: orNullID(p.LocationID), Status: string(shop.ShipmentInTransit), Carrier: c.Carrier, TrackingNumber: c.TrackingNumber,
		RequestKey: fmt.Sprintf(requestAtOnce+"%d/%d", p.order.ID, p.No), Currency: p.order.Currency, BoxID: orNullID(p.BoxID), WeightGrams: p.WeightGrams,
		ShippingAddressID: orderDetail(order).ShipTo.ID, CreatedByName: p.work.Actor.Name, LabelledAt: &p.now, HandedOverAt: &p.now, UndoUntilAt: until, WatchAt: &watch, Now: p.now,
	}, []*parcel{p})
	return err
}

// lockedShipment is a shipment whose orders, and then itself, nobody else changes until the transaction ends.
type lockedShipment struct {
	sqlc.Shipment
	parcels []*parcel
	now     time.Time
}

func (l *lockedShipment) status() shop.ShipmentStatus { return shop.ShipmentStatus(l.Status) }

// lockShipment locks a shipment of a merchant; merchantID 0 is any. Another is CodeNotFound.
func (s *Store) lockShipment(ctx context.Context, tx pgx.Tx, id, merchantID int64, work shop.ParcelWork) (*lockedShipment, error) {
	rows, err := s.q.ShipmentsByID(ctx, tx, []int64{id})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || (merchantID != 0 && rows[0].Shipment.MerchantID != merchantID) {
		return nil, shop.NotFound("shipment")
	}
	bounds := sqlc.ShipmentParcelsParams{Ids: []int64{id}, OrderIDFrom: rows[0].Shipment.OrderIDFrom, OrderIDUntil: rows[0].Shipment.OrderIDUntil}
	before, err := s.q.ShipmentParcels(ctx, tx, bounds)
	if err != nil {
		return nil, err
	}
	orders := map[int64]sqlc.OrderLockRow{}
	for _, f := range before { // in order of their ids
		if _, locked := orders[f.OrderID]; locked {
			continue
		}
		if orders[f.OrderID], err = s.lockOrder(ctx, tx, shop.OrderID(f.OrderID), shop.OrderScope{}); err != nil {
			return nil, err
		}
	}
	l := &lockedShipment{now: s.Now()}
	if l.Shipment, err = s.q.ShipmentLock(ctx, tx, id); err != nil {
		return nil, err
	}
	after, err := s.q.ShipmentParcels(ctx, tx, bounds) // parcels may have left before their orders were locked
	if err != nil {
		return nil, err
	}
	for _, f := range after {
		found, err := s.findParcel(ctx, tx, shop.OrderID(f.OrderID), int(f.No))
		if err != nil {
			return nil, err
		}
		work.MerchantID = l.MerchantID
		l.parcels = append(l.parcels, &parcel{Fulfillment: found, order: orders[f.OrderID], tx: tx, now: l.now, work: work})
	}
	return l, nil
}

// RecordLabel records what a carrier answered to a request for a label, once. What it bought for orders that ended
// meanwhile goes back.
func (s *Store) RecordLabel(ctx context.Context, r shop.LabelRecord) (shop.Shipment, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.Shipment, error) {
		l, err := s.lockShipment(ctx, tx, r.ShipmentID, 0, shop.ParcelWork{Actor: r.Actor, RequestID: r.RequestID})
		if err != nil {
			return shop.Shipment{}, err
		}
		if l.status() == shop.ShipmentBuying {
			if err := s.recordLabel(ctx, tx, l, r); err != nil {
				return shop.Shipment{}, err
			}
		}
		return s.shipmentByID(ctx, tx, r.ShipmentID)
	})
}

func (s *Store) recordLabel(ctx context.Context, tx pgx.Tx, l *lockedShipment, r shop.LabelRecord) error {
	switch {
	case r.Outcome.State == shop.LabelBought && len(l.parcels) == 0:
		ask := l.now
		return changed(s.q.ShipmentVoiding(ctx, tx, sqlc.ShipmentVoidingParams{ID: l.ID, Now: l.now, AskAt: &ask, TrackingNumber: r.Outcome.TrackingNumber}))
	case r.Outcome.State == shop.LabelBought:
		return s.recordBought(ctx, tx, l, r.Outcome)
	case r.Outcome.State == shop.LabelRefused || r.Gone:
		failure := r.Outcome.Reason
		if failure == "" {
			failure = "The carrier never got the request. Please try again."
		}
		if err := changed(s.q.ShipmentFailed(ctx, tx, sqlc.ShipmentFailedParams{ID: l.ID, Failure: failure, Now: l.now})); err != nil {
			return err
		}
		return s.q.ParcelsLeaveShipment(ctx, tx, sqlc.ParcelsLeaveShipmentParams{ShipmentID: l.ID, OrderIDFrom: l.OrderIDFrom, OrderIDUntil: l.OrderIDUntil})
	}
	return nil
}

func (s *Store) recordBought(ctx context.Context, tx pgx.Tx, l *lockedShipment, o shop.LabelOutcome) error {
	poll, watch := l.now.Add(shop.PollEvery), l.now.Add(shop.HandoverWithin)
	currency := string(o.Cost.Currency)
	if currency == "" {
		currency = l.Currency
	}
	err := changed(s.q.ShipmentLabelled(ctx, tx, sqlc.ShipmentLabelledParams{
		ID: l.ID, TrackingNumber: o.TrackingNumber, ServiceName: o.ServiceName, Currency: currency, CostMinor: o.Cost.Minor, EtaAt: orNull(o.EtaAt),
		Now: l.now, PollAt: &poll, WatchAt: &watch,
	}))
	if err != nil {
		return err
	}
	return s.labelled(ctx, tx, l.ID, l.parcels, l.Carrier, o.TrackingNumber)
}

// changed turns a guarded update that hit nothing into an error: its row was locked, so only a bug can do that.
func changed(rows int64, err error) error {
	if err == nil && rows != 1 {
		return errors.New("a locked shipment is not in the state that it was read in")
	}
	return err
}
