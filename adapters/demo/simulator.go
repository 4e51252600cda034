package demo

import (
	"context"
	cryptorand "crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"waybill/shop"
)

// How the simulated present goes.
const (
	arrivalMean  = 18 * time.Second // between two orders, so a few a minute
	arrivalLeast = 4 * time.Second
	arrivalMost  = 50 * time.Second
	maxLiving    = 60 // orders on their way at once; with more the next one waits

	oneInDeclined = 9  // cards that do not pay at first
	oneInUnpaid   = 16 // buyers who leave without paying
)

// Store is what the Simulator reads and works on: the shop's own operations, for buyers and for people who pack.
type Store interface {
	Floor
	ShipTerms(ctx context.Context, merchantID int64) (shop.ShipTerms, error)
	ImportedCustomers(ctx context.Context, source string, externalIDs []string) (map[string]int64, error)
	ImportedSKUs(ctx context.Context, source string, externalIDs []string) (map[string]int64, error)
	Addresses(ctx context.Context, customerID int64) ([]shop.Address, error)
	OrderByID(ctx context.Context, id shop.OrderID, scope shop.OrderScope) (shop.OrderDetail, error)
	ClaimFulfillment(ctx context.Context, work shop.ParcelWork) (shop.ParcelResult, error)
	PackFulfillment(ctx context.Context, work shop.ParcelWork) (shop.ParcelResult, error)
	ShipFulfillment(ctx context.Context, command shop.ShipCommand) (shop.ParcelResult, error)
}

// Placer places checkouts.
type Placer interface {
	PlaceCheckout(ctx context.Context, command shop.PlaceCommand) (shop.PlacedCheckout, error)
}

// Payer pays them.
type Payer interface {
	Pay(ctx context.Context, c shop.PayCommand) (shop.PaymentAttempt, error)
}

// Simulator gives a world a present: people order and pay through the shop's own doors, now and then with a card that
// declines, and a few minutes later their parcels are packed and sent. The parcels of the past are left to whoever has
// signed in, and so is a simulated one that somebody else takes first.
type Simulator struct {
	World    *World
	Store    Store
	Placer   Placer
	Payments Payer
	GoodCard string   // the token of a means of payment that pays
	BadCards []string // tokens of some that do not
	Log      *slog.Logger
	// Wait lets time pass and tells whether ctx still lives. Nil is the real passing of time.
	Wait func(ctx context.Context, d time.Duration) bool

	customers map[string]int64
	skus      map[string]int64
	crews     map[string][]shop.User // by merchant
	services  map[string][]int64     // by merchant, beside the standard
}

// Run simulates until ctx ends, and returns when the last of it has stopped. What goes wrong is logged, and life goes on.
func (s *Simulator) Run(ctx context.Context) {
	if s.Wait == nil {
		s.Wait = wait
	}
	if err := s.meet(ctx); err != nil {
		s.complain(ctx, "the demo's simulation did not start", err)
		return
	}
	var living sync.WaitGroup
	defer living.Wait()
	living.Go(func() {
		if err := s.walk(ctx); err != nil {
			s.complain(ctx, "a simulated batch went wrong", err)
		}
	})
	room := make(chan struct{}, maxLiving)
	for s.Wait(ctx, arrival()) {
		select {
		case room <- struct{}{}:
		case <-ctx.Done():
			return
		}
		living.Go(func() {
			defer func() { <-room }()
			if err := s.live(ctx); err != nil {
				s.complain(ctx, "a simulated order went wrong", err)
			}
		})
	}
}

// complain logs what went wrong, unless the simulation was stopped.
func (s *Simulator) complain(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		s.Log.WarnContext(ctx, what, "error", err)
	}
}

func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// arrival is how long it takes until the next order.
func arrival() time.Duration {
	return min(max(time.Duration(rand.ExpFloat64()*float64(arrivalMean)), arrivalLeast), arrivalMost)
}

// meet finds out who is who in the database. The accounts that people sign in to do not simulate.
func (s *Simulator) meet(ctx context.Context) (err error) {
	var customers, skus []string
	for _, p := range s.World.people[1:] {
		customers = append(customers, p.ref)
	}
	for _, one := range s.World.skus {
		skus = append(skus, one.ref())
	}
	if s.customers, err = s.Store.ImportedCustomers(ctx, Name, customers); err != nil {
		return err
	}
	if s.skus, err = s.Store.ImportedSKUs(ctx, Name, skus); err != nil {
		return err
	}
	s.crews, s.services = map[string][]shop.User{}, map[string][]int64{}
	for _, m := range s.World.merchants {
		for _, who := range m.pickers {
			if who == owner || who == picker {
				continue
			}
			user, _, err := s.Store.UserByEmail(ctx, who.Email)
			if err != nil {
				return fmt.Errorf("%s: %w", who.Email, err)
			}
			s.crews[m.ref] = append(s.crews[m.ref], user)
		}
		if err := s.meetServices(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// live is one order from the first click until it is sent.
func (s *Simulator) live(ctx context.Context) error {
	placed, err := s.order(ctx, rand.IntN(oneInChosen) == 0)
	if shop.CodeOf(err) == shop.CodeInvalid { // what was chosen is not offered for it
		placed, err = s.order(ctx, false)
	}
	switch shop.CodeOf(err) {
	case "":
	case shop.CodeOutOfStock, shop.CodeUnavailable:
		return nil // so it goes
	default:
		return err
	}
	if rand.IntN(oneInUnpaid) == 0 || !s.Wait(ctx, between(2*time.Second, 12*time.Second)) {
		return nil
	}
	if paid, err := s.pay(ctx, placed); err != nil || !paid {
		return err
	}
	for _, order := range placed.Orders {
		if err := s.send(ctx, order); err != nil {
			return err
		}
	}
	return nil
}

// order places a checkout of somebody who lives in the demo, and who may choose how it is sent.
func (s *Simulator) order(ctx context.Context, chosen bool) (shop.PlacedCheckout, error) {
	dice := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	buyer := weighted(dice, s.World.people[1:], func(p *person) int { return p.weight })
	id := s.customers[buyer.ref]
	addresses, err := s.Store.Addresses(ctx, id)
	if err != nil {
		return shop.PlacedCheckout{}, err
	}
	if len(addresses) == 0 {
		return shop.PlacedCheckout{}, errors.New("the customer has no address any more")
	}
	command := shop.PlaceCommand{
		CustomerID: id, ShippingAddressID: addresses[0].ID, Currency: buyer.land.currency, Source: "web",
		Actor: shop.Actor{Kind: shop.ActorCustomer, ID: id, Name: buyer.name}, RequestID: "demo-" + cryptorand.Text()[:8],
	}
	basket := s.World.basket(dice, buyer)
	if chosen {
		command.ShipServiceIDs = s.choose(basket)
	}
	for _, one := range basket {
		command.Items = append(command.Items, shop.PlaceItem{SKUID: s.skus[one.sku.ref()], Quantity: one.quantity})
	}
	if command.Key, err = newKey(command.Items); err != nil {
		return shop.PlacedCheckout{}, err
	}
	return s.Placer.PlaceCheckout(ctx, command)
}

// newKey is a key that nobody used before.
func newKey(request any) (shop.IdempotencyKey, error) {
	return shop.NewIdempotencyKey(Name, cryptorand.Text(), request)
}

// pay pays a checkout, sometimes with another card first, and tells whether the money came.
func (s *Simulator) pay(ctx context.Context, placed shop.PlacedCheckout) (bool, error) {
	if len(s.BadCards) > 0 && rand.IntN(oneInDeclined) == 0 {
		if _, err := s.charge(ctx, placed, s.BadCards[rand.IntN(len(s.BadCards))]); err != nil {
			return false, err
		}
		if rand.IntN(3) == 0 || !s.Wait(ctx, between(5*time.Second, 25*time.Second)) {
			return false, nil // gave up
		}
	}
	attempt, err := s.charge(ctx, placed, s.GoodCard)
	if shop.CodeOf(err) == shop.CodeConflict {
		return false, nil // the first card's outcome is not known yet
	}
	return attempt.Status() == shop.PaymentCaptured, err
}

func (s *Simulator) charge(ctx context.Context, placed shop.PlacedCheckout, card string) (shop.PaymentAttempt, error) {
	command := shop.PayCommand{
		CheckoutID: placed.CheckoutID, Scope: shop.OrderScope{CustomerID: placed.CustomerID}, Method: card,
		Actor: shop.Actor{Kind: shop.ActorCustomer, ID: placed.CustomerID}, RequestID: "demo-" + cryptorand.Text()[:8],
	}
	var err error
	if command.Key, err = newKey([]any{placed.CheckoutID, card}); err != nil {
		return shop.PaymentAttempt{}, err
	}
	return s.Payments.Pay(ctx, command)
}

// send lets a person of the merchant's crew pick, pack and ship every parcel of an order. A parcel that somebody else has
// taken, or whose order has ended meanwhile, is theirs.
func (s *Simulator) send(ctx context.Context, placed shop.PlacedOrder) error {
	if !s.Wait(ctx, between(3*time.Minute, 9*time.Minute)) {
		return nil
	}
	order, err := s.Store.OrderByID(ctx, placed.ID, shop.OrderScope{MerchantID: placed.MerchantID})
	if err != nil {
		return err
	}
	crew, sender := s.crewOf(placed.MerchantID)
	if len(crew) == 0 {
		return nil
	}
	who := crew[rand.IntN(len(crew))]
	for _, f := range order.Fulfillments {
		work := shop.ParcelWork{OrderID: placed.ID, No: f.No, MerchantID: placed.MerchantID, Actor: who.Actor(), RequestID: "demo-" + cryptorand.Text()[:8]}
		err := s.handle(ctx, work, who, sender)
		if err != nil && shop.CodeOf(err) != shop.CodeConflict {
			return err
		}
	}
	return nil
}

// meetServices finds out how a merchant sends.
func (s *Simulator) meetServices(ctx context.Context, m *merchant) error {
	crew := s.crews[m.ref]
	if len(crew) == 0 {
		return nil
	}
	terms, err := s.Store.ShipTerms(ctx, crew[0].MerchantID)
	for _, service := range terms.Services {
		s.services[m.ref] = append(s.services[m.ref], service.ID)
	}
	return err
}

func (s *Simulator) crewOf(merchantID int64) ([]shop.User, *merchant) {
	for _, m := range s.World.merchants {
		if crew := s.crews[m.ref]; len(crew) > 0 && crew[0].MerchantID == merchantID {
			return crew, m
		}
	}
	return nil, nil
}

// handle takes one parcel through the hands of one person.
func (s *Simulator) handle(ctx context.Context, work shop.ParcelWork, who shop.User, m *merchant) error {
	if _, err := s.Store.ClaimFulfillment(ctx, work); err != nil {
		return err
	}
	if !s.Wait(ctx, between(30*time.Second, 2*time.Minute)) {
		return nil
	}
	if err := scanUnits(ctx, s.Store, who, shop.ParcelRef{OrderID: work.OrderID, No: work.No}, shop.ScanPick); err != nil {
		return err
	}
	if !s.Wait(ctx, between(30*time.Second, 2*time.Minute)) {
		return nil
	}
	return s.pack(ctx, work, who, m)
}

func between(least, most time.Duration) time.Duration { return least + rand.N(most-least) }
