package demo

import (
	"context"
	"fmt"
	"time"

	"waybill/shop"
)

// What became of the demo's lost parcels when it begins, the latest first: one waits for somebody to look at it.
const (
	lookForProblems = 100
	lostLeftOpen    = 1
	lostHandled     = 4
	claimedMinor    = 4_200
	paidMinor       = 3_500
)

// Carriers is what merchants have to do with theirs, in the shop's own words.
type Carriers interface {
	RaiseProblems(ctx context.Context, limit int) (int, error)
	ShipmentPage(ctx context.Context, q shop.ShipmentQuery) (shop.ShipmentPage, error)
	RecordTracking(ctx context.Context, carrierKey, trackingNumber string, events []shop.TrackingEvent) (int, error)
	Now() time.Time
	Reship(ctx context.Context, c shop.ReshipCommand) (shop.Reshipped, bool, error)
	OpenClaim(ctx context.Context, c shop.OpenClaimCommand) (shop.CarrierClaim, error)
	DecideClaim(ctx context.Context, c shop.DecideClaimCommand) (shop.CarrierClaim, error)
}

// SettleLost lets time show what is late and what is lost, and a merchant do about some of it what can be done: claims that
// are open, paid and denied, and a parcel that is sent again.
func SettleLost(ctx context.Context, carriers Carriers, user shop.User) error {
	for range 2 { // what is late by now may have been lost for long
		if _, err := carriers.RaiseProblems(ctx, lookForProblems); err != nil {
			return err
		}
	}
	if err := loseSome(ctx, carriers, user); err != nil {
		return err
	}
	page, err := carriers.ShipmentPage(ctx, shop.ShipmentQuery{MerchantID: user.MerchantID, Filter: shop.ShipmentsLost, Limit: lostLeftOpen + lostHandled})
	if err != nil || len(page.Shipments) <= lostLeftOpen {
		return err
	}
	for i, s := range page.Shipments[lostLeftOpen:] {
		if err := settleOne(ctx, carriers, user, s, i); err != nil {
			return err
		}
	}
	return nil
}

// loseSome lets carriers give up parcels that are on their way.
func loseSome(ctx context.Context, carriers Carriers, user shop.User) error {
	way, err := carriers.ShipmentPage(ctx, shop.ShipmentQuery{MerchantID: user.MerchantID, Filter: shop.ShipmentsInTransit, Limit: lostLeftOpen + lostHandled})
	if err != nil {
		return err
	}
	for _, s := range way.Shipments {
		event := shop.TrackingEvent{ID: "lost", TrackingNumber: s.TrackingNumber, Kind: shop.TrackLost, OccurredAt: carriers.Now(), Place: "Sorting centre", Text: "The parcel could not be found"}
		if _, err := carriers.RecordTracking(ctx, s.CarrierKey, s.TrackingNumber, []shop.TrackingEvent{event}); err != nil && shop.CodeOf(err) != shop.CodeNotFound {
			return err
		}
	}
	return nil
}

// settleOne claims a lost parcel; the first is sent again, the second paid, the third denied.
func settleOne(ctx context.Context, carriers Carriers, user shop.User, s shop.Shipment, i int) error {
	key, err := newKey(s.ID)
	if err != nil {
		return err
	}
	claim, err := carriers.OpenClaim(ctx, shop.OpenClaimCommand{
		MerchantID: user.MerchantID, ShipmentID: s.ID, AmountMinor: claimedMinor + int64(i)*1_150, Reference: fmt.Sprintf("C-%06d", s.ID%1_000_000), Actor: user.Actor(), RequestID: Name, Key: key,
	})
	if err != nil {
		return err
	}
	if key, err = newKey(claim.ID); err != nil {
		return err
	}
	decision := shop.DecideClaimCommand{MerchantID: user.MerchantID, ClaimID: claim.ID, Actor: user.Actor(), RequestID: Name, Key: key}
	switch i {
	case 0:
		_, _, err = carriers.Reship(ctx, shop.ReshipCommand{MerchantID: user.MerchantID, ShipmentID: s.ID, Actor: user.Actor(), RequestID: Name, Key: key})
		if code := shop.CodeOf(err); code == shop.CodeOutOfStock || code == shop.CodeConflict {
			return nil // then the order page says why
		}
		return err
	case 1:
		decision.Status, decision.PaidMinor, decision.Note = shop.ClaimPaid, paidMinor, "Less what is not insured"
	case 2:
		decision.Status, decision.Note = shop.ClaimDenied, "The carrier says that it was handed over damaged"
	default:
		return nil
	}
	_, err = carriers.DecideClaim(ctx, decision)
	return err
}
