package db

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// ShipmentByID returns a shipment of a merchant with its parcels and events; another is CodeNotFound. MerchantID 0 is any
// merchant.
func (s *Store) ShipmentByID(ctx context.Context, merchantID, id int64) (shop.Shipment, error) {
	return inTxWithValue(ctx, s, snapshot, func(tx pgx.Tx) (shop.Shipment, error) {
		shipment, err := s.shipmentByID(ctx, tx, id)
		if err == nil && merchantID != 0 && shipment.MerchantID != merchantID {
			return shop.Shipment{}, shop.NotFound("shipment")
		}
		return shipment, err
	})
}

// ShipmentsByID returns shipments of a merchant, the newest first; ids of others are left out. MerchantID 0 is any merchant.
func (s *Store) ShipmentsByID(ctx context.Context, merchantID int64, ids []int64) ([]shop.Shipment, error) {
	return inTxWithValue(ctx, s, snapshot, func(tx pgx.Tx) ([]shop.Shipment, error) {
		all, err := s.shipmentsByID(ctx, tx, ids)
		return slices.DeleteFunc(all, func(one shop.Shipment) bool { return merchantID != 0 && one.MerchantID != merchantID }), err
	})
}

func (s *Store) shipmentByID(ctx context.Context, tx pgx.Tx, id int64) (shop.Shipment, error) {
	all, err := s.shipmentsByID(ctx, tx, []int64{id})
	if err != nil {
		return shop.Shipment{}, err
	}
	if len(all) == 0 {
		return shop.Shipment{}, shop.NotFound("shipment")
	}
	return all[0], nil
}

// shipmentsByID reads shipments, the newest first, with what is in them and what carriers told.
func (s *Store) shipmentsByID(ctx context.Context, tx pgx.Tx, ids []int64) ([]shop.Shipment, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := s.q.ShipmentsByID(ctx, tx, ids)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	all := make([]shop.Shipment, len(rows))
	bounds := sqlc.ShipmentParcelsParams{Ids: ids, OrderIDFrom: math.MaxInt64}
	for i, r := range rows {
		all[i] = shipmentOf(r)
		bounds.OrderIDFrom, bounds.OrderIDUntil = min(bounds.OrderIDFrom, r.Shipment.OrderIDFrom), max(bounds.OrderIDUntil, r.Shipment.OrderIDUntil)
	}
	parcels, err := s.q.ShipmentParcels(ctx, tx, bounds)
	if err != nil {
		return nil, err
	}
	events, err := s.q.ShipmentEvents(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	for i := range all {
		for _, p := range parcels {
			if orZeroID(p.ShipmentID) == all[i].ID {
				all[i].Parcels = append(all[i].Parcels, shop.ParcelRef{OrderID: shop.OrderID(p.OrderID), No: int(p.No)})
			}
		}
		for _, e := range events {
			if e.ShipmentID == all[i].ID {
				all[i].Events = append(all[i].Events, trackingEventOf(e, all[i].TrackingNumber))
			}
		}
	}
	return all, nil
}

func shipmentOf(r sqlc.ShipmentsByIDRow) shop.Shipment {
	row, a := r.Shipment, r.Address
	return shop.Shipment{
		ID: row.ID, MerchantID: row.MerchantID, LocationID: orZeroID(row.LocationID), Status: shop.ShipmentStatus(row.Status), Carrier: row.Carrier, CarrierKey: row.CarrierKey,
		Service: row.Service, ServiceName: row.ServiceName, RequestKey: row.RequestKey, TrackingNumber: orEmpty(row.TrackingNumber),
		Cost: shop.Amount{Minor: row.CostMinor, Currency: shop.Currency(row.Currency)}, BoxID: orZeroID(row.BoxID), BoxName: r.BoxName, WeightGrams: row.WeightGrams,
		ShipTo: shop.Address{
			ID: a.ID, Name: a.Name, Line1: a.Line1, Line2: a.Line2, City: a.City, Region: a.Region, PostalCode: a.PostalCode, Country: a.Country, Phone: a.Phone,
		},
		Failure: row.Failure, CreatedAt: row.CreatedAt, CreatedBy: row.CreatedByName, LabelledAt: orZero(row.LabelledAt), HandedOverAt: orZero(row.HandedOverAt), UndoUntil: orZero(row.UndoUntilAt),
		DeliveredAt: orZero(row.DeliveredAt), EtaAt: orZero(row.EtaAt), StatusAt: row.StatusAt, AskAt: orZero(row.AskAt), ManifestID: orZeroID(row.ManifestID),
		Problem: shop.ShipmentProblem(row.Problem), ProblemAt: orZero(row.ProblemAt), ProblemAnswer: row.ProblemAnswer,
	}
}

func trackingEventOf(e sqlc.ShipmentEvent, trackingNumber string) shop.TrackingEvent {
	return shop.TrackingEvent{
		ID: e.EventID, TrackingNumber: trackingNumber, Kind: shop.TrackingKind(e.Kind), OccurredAt: e.OccurredAt, Place: e.Place, Text: e.Words, EtaAt: orZero(e.EtaAt),
	}
}

// prepared is a shipment with what its carrier is to be asked for.
func (s *Store) prepared(ctx context.Context, tx pgx.Tx, id int64) (shop.PreparedShipment, error) {
	shipment, err := s.shipmentByID(ctx, tx, id)
	if err != nil {
		return shop.PreparedShipment{}, err
	}
	p := shop.PreparedShipment{Shipment: shipment, Parcel: shop.Consignment{To: shipment.ShipTo, WeightGrams: shipment.WeightGrams, Currency: shipment.Cost.Currency}}
	if shipment.BoxID != 0 {
		box, err := s.q.BoxFind(ctx, tx, sqlc.BoxFindParams{ID: shipment.BoxID, MerchantID: shipment.MerchantID})
		if err != nil {
			return p, err
		}
		p.Parcel.LengthMM, p.Parcel.WidthMM, p.Parcel.HeightMM = int(box.LengthMm), int(box.WidthMm), int(box.HeightMm)
	}
	return p, nil
}

// ConsignmentOf is a box of packed parcels as carriers price it; without a weight it was not weighed yet. What cannot be
// labelled is refused as PrepareShipment does.
func (s *Store) ConsignmentOf(ctx context.Context, c shop.LabelCommand) (shop.Consignment, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.Consignment, error) {
		b, err := s.gather(ctx, tx, c)
		return shop.Consignment{
			To: b.address, WeightGrams: b.grams, LengthMM: b.box.LengthMM, WidthMM: b.box.WidthMM, HeightMM: b.box.HeightMM, Currency: b.currency,
		}, err
	})
}

// ShipmentPage returns a page of a merchant's shipments, newest first, with the counts of what is to be worked off.
func (s *Store) ShipmentPage(ctx context.Context, q shop.ShipmentQuery) (page shop.ShipmentPage, err error) {
	return inTxWithValue(ctx, s, snapshot, func(tx pgx.Tx) (shop.ShipmentPage, error) {
		page.Now = s.Now()
		limit := pageSize(q.Limit)
		ids, err := s.shipmentKeys(ctx, tx, q, int32(limit+1))
		if err != nil {
			return page, err
		}
		if len(ids) > limit {
			ids, page.More = ids[:limit], true
		}
		if page.Shipments, err = s.shipmentsByID(ctx, tx, ids); err != nil {
			return page, err
		}
		page.Counts, err = s.shipmentCounts(ctx, tx, q.MerchantID, page.Now)
		return page, err
	})
}

// shipmentCounts is how many shipments there are in the lists that somebody has to work off.
func (s *Store) shipmentCounts(ctx context.Context, tx sqlc.DBTX, merchantID int64, now time.Time) (map[shop.ShipmentFilter]int64, error) {
	c, err := s.q.ShipmentCounts(ctx, tx, sqlc.ShipmentCountsParams{MerchantID: merchantID, SinceID: s.openSince(now)})
	return map[shop.ShipmentFilter]int64{
		shop.ShipmentsReady: c.Ready, shop.ShipmentsInTransit: c.InTransit, shop.ShipmentsProblems: c.Problems,
		shop.ProblemFilter(shop.ProblemLost): c.Lost, shop.ProblemFilter(shop.ProblemReturned): c.Returned, shop.ProblemFilter(shop.ProblemException): c.Exception,
		shop.ProblemFilter(shop.ProblemLate): c.Late, shop.ProblemFilter(shop.ProblemWaiting): c.Waiting,
	}, err
}

func (s *Store) shipmentKeys(ctx context.Context, tx pgx.Tx, q shop.ShipmentQuery, limit int32) ([]int64, error) {
	before := q.Before
	if before <= 0 {
		before = math.MaxInt64
	}
	if problem, ok := q.Filter.Problem(); ok {
		return s.q.ShipmentsPageProblems(ctx, tx, sqlc.ShipmentsPageProblemsParams{MerchantID: q.MerchantID, BeforeID: before, Problem: string(problem), RowLimit: limit})
	}
	switch q.Filter {
	case shop.ShipmentsReady:
		return s.q.ShipmentsPageReady(ctx, tx, sqlc.ShipmentsPageReadyParams{MerchantID: q.MerchantID, BeforeID: before, SinceID: s.openSince(s.Now()), RowLimit: limit})
	case shop.ShipmentsInTransit, shop.ShipmentsDelivered:
		return s.q.ShipmentsPage(ctx, tx, sqlc.ShipmentsPageParams{MerchantID: q.MerchantID, BeforeID: before, Status: string(q.Filter), RowLimit: limit})
	}
	return s.q.ShipmentsPageAll(ctx, tx, sqlc.ShipmentsPageAllParams{MerchantID: q.MerchantID, BeforeID: before, RowLimit: limit})
}

// loadShipments adds what the parcels of an order travel in.
func (s *Store) loadShipments(ctx context.Context, tx pgx.Tx, order *shop.OrderDetail) error {
	var ids []int64
	for _, f := range order.Fulfillments {
		if f.ShipmentID != 0 {
			ids = append(ids, f.ShipmentID)
		}
	}
	slices.Sort(ids)
	var err error
	order.Shipments, err = s.shipmentsByID(ctx, tx, slices.Compact(ids))
	slices.Reverse(order.Shipments)
	return err
}
