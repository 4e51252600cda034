package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"waybill/shop"
)

// How long it takes until a parcel of the demo is known to be lost and settled, counted from when it left. The one that was
// lost last waits for somebody to look at it.
const (
	lookForProblems = 100
	watchedDays     = 30 // before now, in which time showed what was late
	lookAtTransit   = 100
	lostHandled     = 4
	lostAfter       = 6 * 24 * time.Hour
	claimedAfter    = lostAfter + 20*time.Hour
	decidedAfter    = claimedAfter + 30*time.Hour
	resentAfter     = claimedAfter + 10*time.Minute
	claimedMinor    = 4_200
	paidMinor       = 3_500
)

// Carriers is what merchants have to do with theirs, in the shop's own words.
type Carriers interface {
	RaiseProblems(ctx context.Context, limit int) (int, error)
	ShipmentPage(ctx context.Context, q shop.ShipmentQuery) (shop.ShipmentPage, error)
	RecordTracking(ctx context.Context, carrierKey, trackingNumber string, events []shop.TrackingEvent) (int, error)
	Reship(ctx context.Context, c shop.ReshipCommand) (shop.Reshipped, bool, error)
	OpenClaim(ctx context.Context, c shop.OpenClaimCommand) (shop.CarrierClaim, error)
	DecideClaim(ctx context.Context, c shop.DecideClaimCommand) (shop.CarrierClaim, error)
}

// Hindsight is a moment of the past and what was done at it. Whoever tells the past does each thing when it was done.
type Hindsight struct {
	At time.Time
	Do func(ctx context.Context) error
}

// Recount does what was done in the order of time. turn sets the clock.
func Recount(ctx context.Context, turn func(at time.Time), past []Hindsight) error {
	slices.SortStableFunc(past, func(a, b Hindsight) int { return a.At.Compare(b.At) })
	for _, one := range past {
		turn(one.At)
		if err := one.Do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// LostParcels is what time showed to be late, stopped or lost before now, and what a merchant did about some of it: claims that are
// open, paid and denied, and a parcel that was sent again. The clock of carriers is to be now.
func LostParcels(ctx context.Context, carriers Carriers, user shop.User, now time.Time) ([]Hindsight, error) {
	var past []Hindsight
	for day := range watchedDays + 1 {
		past = append(past, Hindsight{now.AddDate(0, 0, -day), func(ctx context.Context) error {
			_, err := carriers.RaiseProblems(ctx, lookForProblems)
			return err
		}})
	}
	page, err := carriers.ShipmentPage(ctx, shop.ShipmentQuery{MerchantID: user.MerchantID, Filter: shop.ShipmentsInTransit, Limit: lookAtTransit})
	if err != nil {
		return nil, err
	}
	past = append(past, stopSome(carriers, page.Shipments, now)...)
	missing := slices.DeleteFunc(page.Shipments, func(s shop.Shipment) bool { return !s.HandedOverAt.Before(now.Add(-lostAfter)) })
	slices.SortStableFunc(missing, func(a, b shop.Shipment) int { return b.HandedOverAt.Compare(a.HandedOverAt) })
	for i, s := range missing[:min(len(missing), lostHandled+1)] {
		past = append(past, Hindsight{s.HandedOverAt.Add(lostAfter), lose(carriers, s)})
		if i > 0 {
			past = append(past, settle(carriers, user, s, i-1)...)
		}
	}
	return slices.DeleteFunc(past, func(one Hindsight) bool { return one.At.After(now) }), nil
}

// lose lets the carrier give a parcel up.
func lose(carriers Carriers, s shop.Shipment) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		event := shop.TrackingEvent{
			ID: "lost", TrackingNumber: s.TrackingNumber, Kind: shop.TrackLost, OccurredAt: s.HandedOverAt.Add(lostAfter - time.Hour), Place: "Sorting centre", Text: "The parcel could not be found",
		}
		_, err := carriers.RecordTracking(ctx, s.CarrierKey, s.TrackingNumber, []shop.TrackingEvent{event})
		if shop.CodeOf(err) == shop.CodeNotFound {
			return nil
		}
		return err
	}
}

// settle is the claim for a lost parcel and what came of it: the first is sent again, the second paid, the third denied, the
// fourth still open.
func settle(carriers Carriers, user shop.User, s shop.Shipment, i int) []Hindsight {
	var claim shop.CarrierClaim
	opened := Hindsight{s.HandedOverAt.Add(claimedAfter), func(ctx context.Context) error {
		key, err := newKey(s.ID)
		if err != nil {
			return err
		}
		claim, err = carriers.OpenClaim(ctx, shop.OpenClaimCommand{
			MerchantID: user.MerchantID, ShipmentID: s.ID, AmountMinor: claimedMinor + int64(i)*1_150, Reference: fmt.Sprintf("C-%06d", s.ID%1_000_000), Actor: user.Actor(), RequestID: Name, Key: key,
		})
		return err
	}}
	switch i {
	case 0:
		return []Hindsight{opened, {s.HandedOverAt.Add(resentAfter), func(ctx context.Context) error { return resend(ctx, carriers, user, s) }}}
	case 1, 2:
		return []Hindsight{opened, {s.HandedOverAt.Add(decidedAfter), func(ctx context.Context) error { return decide(ctx, carriers, user, claim, i == 1) }}}
	}
	return []Hindsight{opened}
}

func resend(ctx context.Context, carriers Carriers, user shop.User, s shop.Shipment) error {
	key, err := newKey(s.ID)
	if err != nil {
		return err
	}
	_, _, err = carriers.Reship(ctx, shop.ReshipCommand{MerchantID: user.MerchantID, ShipmentID: s.ID, Actor: user.Actor(), RequestID: Name, Key: key})
	if code := shop.CodeOf(err); code == shop.CodeOutOfStock || code == shop.CodeConflict {
		return nil // then the order page says why
	}
	return err
}

func decide(ctx context.Context, carriers Carriers, user shop.User, claim shop.CarrierClaim, paid bool) error {
	key, err := newKey(claim.ID)
	if err != nil {
		return err
	}
	decision := shop.DecideClaimCommand{MerchantID: user.MerchantID, ClaimID: claim.ID, Actor: user.Actor(), RequestID: Name, Key: key}
	decision.Status, decision.Note = shop.ClaimDenied, "The carrier says that it was handed over damaged"
	if paid {
		decision.Status, decision.PaidMinor, decision.Note = shop.ClaimPaid, paidMinor, "Less what is not insured"
	}
	_, err = carriers.DecideClaim(ctx, decision)
	return err
}
