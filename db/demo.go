package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// BeginDemo says as of when the demo's world of a seed is told, which the first call decides, and whether it is loaded.
func (s *Store) BeginDemo(ctx context.Context, seed int64) (toldAt time.Time, loaded bool, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := s.q.DemoBegin(ctx, tx, sqlc.DemoBeginParams{Seed: seed, Now: s.Now()}); err != nil {
			return err
		}
		state, err := s.q.DemoState(ctx, tx, seed)
		toldAt, loaded = state.ToldAt.UTC(), state.Loaded
		return err
	})
	return toldAt, loaded, err
}

// FinishDemo remembers that the demo's world is loaded.
func (s *Store) FinishDemo(ctx context.Context, seed int64) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		return s.q.DemoLoaded(ctx, tx, sqlc.DemoLoadedParams{Seed: seed, Now: s.Now()})
	})
}

// ImportedCustomers are our ids of customers that were imported from a source; of unknown ones there is none.
func (s *Store) ImportedCustomers(ctx context.Context, source string, externalIDs []string) (map[string]int64, error) {
	return s.imported(ctx, source, refCustomer, externalIDs)
}

// ImportedSKUs are our ids of SKUs that were imported from a source; of unknown ones there is none.
func (s *Store) ImportedSKUs(ctx context.Context, source string, externalIDs []string) (map[string]int64, error) {
	return s.imported(ctx, source, refSKU, externalIDs)
}

func (s *Store) imported(ctx context.Context, source, kind string, externalIDs []string) (map[string]int64, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (map[string]int64, error) {
		return s.importRefs(ctx, tx, source, kind, externalIDs)
	})
}

// demoShipped is how far back the demo's parcels have shipments.
const demoShipped = 60 * 24 * time.Hour

// ShipDemo gives the demo's merchants their boxes, and the parcels of its last weeks their shipments with what carriers
// told of them. It returns how many; doing it again does nothing.
func (s *Store) ShipDemo(ctx context.Context) (int, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (int, error) {
		now := s.Now()
		since := now.Add(-demoShipped)
		if err := s.q.DemoBoxes(ctx, tx, now); err != nil {
			return 0, err
		}
		made, err := s.q.DemoShipments(ctx, tx, since)
		if err != nil {
			return 0, err
		}
		return int(made), s.q.DemoShipmentEvents(ctx, tx, sqlc.DemoShipmentEventsParams{Since: since, Now: now})
	})
}

// How far back the demo's merchant scanned what it picked and packed, and how old the orders of it may be.
const (
	demoScanned = 28 * 24 * time.Hour
	demoOrdered = demoScanned + 21*24*time.Hour
)

// ScanDemo gives a merchant of the demo the scans of its last weeks: every unit at the shelf and at the packing table, now and
// then a wrong one first, and a few counted by hand. Doing it again does nothing.
func (s *Store) ScanDemo(ctx context.Context, merchantID int64) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		now := s.Now()
		return s.q.DemoScans(ctx, tx, sqlc.DemoScansParams{MerchantID: merchantID, OrderIDFrom: int64(shop.FirstIDAt(now.Add(-demoOrdered))), Since: now.Add(-demoScanned)})
	})
}
