package demo

import (
	"context"
	cryptorand "crypto/rand"
	"fmt"
	"math/rand/v2"
	"time"

	"waybill/shop"
)

// How the people of the demo work on the floor.
const (
	oneInMisread  = 18 // scans of another thing than the one that is wanted
	walkParcels   = 6  // of a simulated batch
	walkUnits     = 25
	openedParcels = 5 // of the batch that is under way when the demo begins
	openedScans   = 4 // of its units that are picked by then
)

// Floor is what people who pick and pack do, in the shop's own words.
type Floor interface {
	UserByEmail(ctx context.Context, email string) (shop.User, string, error)
	RequireScans(ctx context.Context, merchantID int64, required bool) error
	StartBatch(ctx context.Context, command shop.BatchCommand) (shop.Batch, error)
	BatchByID(ctx context.Context, merchantID, id int64) (shop.Batch, error)
	PickItems(ctx context.Context, merchantID int64, parcel shop.ParcelRef) ([]shop.PickItem, error)
	Scan(ctx context.Context, command shop.ScanCommand) (shop.ScanAnswer, error)
	RenewClaims(ctx context.Context, merchantID, userID int64) error
}

// OpenFloor lets the merchant that one signs in as require scans, with a batch under way, so that every page of the floor has
// something on it.
func OpenFloor(ctx context.Context, floor Floor) error {
	user, _, err := floor.UserByEmail(ctx, owner.Email)
	if err != nil {
		return err
	}
	if err := floor.RequireScans(ctx, user.MerchantID, true); err != nil {
		return err
	}
	batch, err := startBatch(ctx, floor, user, shop.BatchPlan{Kind: shop.BatchTotes, MaxParcels: openedParcels, MaxUnits: walkUnits})
	if err != nil {
		return err
	}
	codes := []string{"4006381333932"} // a misread one first
	for _, stop := range batch.List {
		codes = append(codes, stop.SKUCode)
	}
	for _, code := range codes[:min(openedScans, len(codes))] {
		if err := scan(ctx, floor, user, shop.ScanCommand{Code: code, Step: shop.ScanPick, Batch: batch.ID}); err != nil {
			return err
		}
	}
	return nil
}

func startBatch(ctx context.Context, floor Floor, user shop.User, plan shop.BatchPlan) (shop.Batch, error) {
	plan.MerchantID = user.MerchantID
	key, err := newKey(plan)
	if err != nil {
		return shop.Batch{}, err
	}
	return floor.StartBatch(ctx, shop.BatchCommand{BatchPlan: plan, Actor: user.Actor(), RequestID: "demo-" + cryptorand.Text()[:8], Key: key})
}

func scan(ctx context.Context, floor Floor, user shop.User, c shop.ScanCommand) (err error) {
	c.MerchantID, c.Actor, c.RequestID = user.MerchantID, user.Actor(), "demo-"+cryptorand.Text()[:8]
	if c.Key, err = newKey([]any{c.Code, c.Parcel, c.Batch}); err != nil {
		return err
	}
	_, err = floor.Scan(ctx, c)
	return err
}

// scanUnits scans what is left to pick, or to verify, of a parcel, now and then something else first.
func scanUnits(ctx context.Context, floor Floor, user shop.User, parcel shop.ParcelRef, step shop.ScanStep) error {
	items, err := floor.PickItems(ctx, user.MerchantID, parcel)
	if err != nil {
		return err
	}
	for _, item := range items {
		left := item.Left()
		if step == shop.ScanPack {
			left = item.Picked - item.Verified
		}
		for range left {
			codes := []string{item.SKUCode}
			if rand.IntN(oneInMisread) == 0 {
				codes = []string{fmt.Sprintf("%s-%d", item.SKUCode, rand.IntN(9)), item.SKUCode}
			}
			for _, code := range codes {
				if err := scan(ctx, floor, user, shop.ScanCommand{Code: code, Step: step, Parcel: parcel}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// walk lets one picker of the crew work through batch after batch, unit by unit, and send what is picked.
func (s *Simulator) walk(ctx context.Context) error {
	crew := s.crews[alder]
	if len(crew) == 0 {
		return nil
	}
	user := crew[0]
	var batch shop.Batch
	for s.Wait(ctx, between(20*time.Second, 50*time.Second)) {
		var err error
		if batch.ID == 0 {
			batch, err = startBatch(ctx, s.Store, user, shop.BatchPlan{Kind: shop.BatchTotes, MaxParcels: walkParcels, MaxUnits: walkUnits})
		} else if batch, err = s.stepOn(ctx, user, batch.ID); err == nil && !batch.Running() {
			err = s.sendBatch(ctx, user, batch)
			batch = shop.Batch{}
		}
		if err != nil && shop.CodeOf(err) != shop.CodeConflict {
			return err
		}
	}
	return nil
}

// stepOn scans the next unit of a batch.
func (s *Simulator) stepOn(ctx context.Context, user shop.User, id int64) (shop.Batch, error) {
	if err := s.Store.RenewClaims(ctx, user.MerchantID, user.ID); err != nil {
		return shop.Batch{}, err
	}
	batch, err := s.Store.BatchByID(ctx, user.MerchantID, id)
	if err != nil || !batch.Running() {
		return batch, err
	}
	next := batch.List.Next("")
	if next < 0 {
		return batch, nil
	}
	if err := scan(ctx, s.Store, user, shop.ScanCommand{Code: batch.List[next].SKUCode, Step: shop.ScanPick, Batch: id}); err != nil {
		return batch, err
	}
	return s.Store.BatchByID(ctx, user.MerchantID, id)
}

// sendBatch packs and ships the parcels that were picked in a batch.
func (s *Simulator) sendBatch(ctx context.Context, user shop.User, batch shop.Batch) error {
	_, sender := s.crewOf(user.MerchantID)
	for _, p := range batch.Members {
		if !p.Picked() {
			continue
		}
		work := shop.ParcelWork{OrderID: p.OrderID, No: p.No, MerchantID: user.MerchantID, Actor: user.Actor(), RequestID: "demo-" + cryptorand.Text()[:8]}
		if err := s.pack(ctx, work, user, sender); err != nil && shop.CodeOf(err) != shop.CodeConflict {
			return err
		}
	}
	return nil
}

// pack verifies, closes and ships a picked parcel.
func (s *Simulator) pack(ctx context.Context, work shop.ParcelWork, user shop.User, m *merchant) error {
	if err := scanUnits(ctx, s.Store, user, shop.ParcelRef{OrderID: work.OrderID, No: work.No}, shop.ScanPack); err != nil {
		return err
	}
	if _, err := s.Store.PackFulfillment(ctx, work); err != nil {
		return err
	}
	if !s.Wait(ctx, between(30*time.Second, 2*time.Minute)) {
		return nil
	}
	carrier := m.home[rand.IntN(len(m.home))]
	_, err := s.Store.ShipFulfillment(ctx, shop.ShipCommand{ParcelWork: work, Carrier: carrier, TrackingNumber: cryptorand.Text()[:14]})
	return err
}
