package demo

import (
	"context"
	"math/rand/v2"
	"strconv"
	"time"

	"waybill/shop"
)

// How the demo's merchants send, beside their standard.
const (
	expressService = "Express"
	economyService = "Economy"
	expressGrams   = 10_000 // heavier orders are not sent by it
	oneInChosen    = 3      // simulated buyers who choose another service than the standard
	openedOrders   = 7      // of these there are when the demo begins
	openingTries   = 80
)

// streets are where the merchants have their doors.
var streets = map[string]string{
	alder: "2410 NW Thurman St", hafen: "Am Sandtorkai 14", kumo: "Teramachi-dori 86", thread: "31 Calvert Avenue", prairie: "918 W Randolph St",
}

// Counter is where merchants say how they send, in the shop's own words.
type Counter interface {
	UserByEmail(ctx context.Context, email string) (shop.User, string, error)
	ShipTerms(ctx context.Context, merchantID int64) (shop.ShipTerms, error)
	SetShipService(ctx context.Context, merchantID int64, service shop.ShipService, add bool) error
	AddShippingRate(ctx context.Context, rate shop.ShippingRate, by shop.Origin) error
	AddShipHoliday(ctx context.Context, merchantID int64, holiday shop.Holiday) error
	SetSender(ctx context.Context, merchantID int64, a shop.Address, by shop.Origin) error
	SaveQueueView(ctx context.Context, n shop.NewQueueView) (int64, error)
}

// OpenServices lets every merchant of the world offer a faster and a cheaper service than the standard, with days off
// ahead, and gives the merchant that one signs in as a view of what is sent express. Doing it again does nothing.
func (w *World) OpenServices(ctx context.Context, counter Counter) error {
	for _, m := range w.merchants {
		user, _, err := counter.UserByEmail(ctx, m.pickers[0].Email)
		if err != nil {
			return err
		}
		terms, err := counter.ShipTerms(ctx, user.MerchantID)
		if err != nil || len(terms.Services) > 0 {
			return err
		}
		if err := m.openServices(ctx, counter, user, terms); err != nil {
			return err
		}
		if err := w.takeDaysOff(ctx, counter, user.MerchantID); err != nil {
			return err
		}
	}
	return nil
}

func (m *merchant) openServices(ctx context.Context, counter Counter, user shop.User, terms shop.ShipTerms) error {
	express := shop.ShipService{Name: expressService, CutoffMinute: 17 * 60, WorkingDays: shop.EveryDay &^ (1 << time.Sunday), MaxWeightGrams: expressGrams}
	economy := shop.ShipService{Name: economyService, CutoffMinute: terms.Standard.CutoffMinute, HandlingDays: terms.Standard.HandlingDays + 2, WorkingDays: shop.MondayFriday}
	for _, service := range []shop.ShipService{express, economy} {
		if err := counter.SetShipService(ctx, user.MerchantID, service, true); err != nil {
			return err
		}
	}
	terms, err := counter.ShipTerms(ctx, user.MerchantID)
	if err != nil {
		return err
	}
	by := shop.Origin{Actor: user.Actor(), RequestID: Name}
	sender := shop.Address{Name: m.name, Line1: streets[m.ref], City: m.city, Region: m.region, PostalCode: m.postal, Country: m.country}
	if err := counter.SetSender(ctx, user.MerchantID, sender, by); err != nil {
		return err
	}
	for _, service := range terms.Services {
		for _, rate := range m.serviceRates(user.MerchantID, service) {
			if err := counter.AddShippingRate(ctx, rate, by); err != nil {
				return err
			}
		}
		if service.Name == expressService && m.ref == alder {
			view := shop.NewQueueView{MerchantID: user.MerchantID, UserID: user.ID, Name: expressService, Query: "service=" + strconv.FormatInt(service.ID, 10), Shared: true}
			if _, err := counter.SaveQueueView(ctx, view); err != nil {
				return err
			}
		}
	}
	return nil
}

// serviceRates are what a service costs beside the postage of the standard; Economy goes nowhere abroad.
func (m *merchant) serviceRates(merchantID int64, service shop.ShipService) []shop.ShippingRate {
	var rates []shop.ShippingRate
	for _, currency := range currencies {
		p := m.postage[currency]
		rate := shop.ShippingRate{MerchantID: merchantID, Service: shop.RatedService{ID: service.ID}, Country: m.country, Currency: currency, PriceMinor: p[0] / 2}
		if service.Name == economyService {
			rates = append(rates, rate)
			continue
		}
		abroad := rate
		rate.PriceMinor, abroad.Country, abroad.PriceMinor = 2*p[0], "", p[1]*3/2
		rates = append(rates, rate, abroad)
	}
	return rates
}

// takeDaysOff plans the feasts ahead, and a day for counting.
func (w *World) takeDaysOff(ctx context.Context, counter Counter, merchantID int64) error {
	christmas := time.Date(w.now.Year(), time.December, 25, 0, 0, 0, 0, time.UTC)
	if christmas.Before(w.now) {
		christmas = christmas.AddDate(1, 0, 0)
	}
	for _, h := range []shop.Holiday{
		{Day: shop.DayOf(christmas), Name: "Christmas Day"}, {Day: shop.DayOf(christmas.AddDate(0, 0, 7)), Name: "New Year's Day"},
		{Day: shop.DayOf(w.now.AddDate(0, 0, 9)), Name: "Counting the shelves"},
	} {
		if err := counter.AddShipHoliday(ctx, merchantID, h); err != nil {
			return err
		}
	}
	return nil
}

// OpenOrders lets a few people order with services that they chose, so that the queue has such work from the first minute.
func (s *Simulator) OpenOrders(ctx context.Context) error {
	if err := s.meet(ctx); err != nil {
		return err
	}
	opened := 0
	for try := 0; try < openingTries && opened < openedOrders; try++ {
		placed, err := s.order(ctx, true)
		switch shop.CodeOf(err) {
		case "":
		case shop.CodeOutOfStock, shop.CodeInvalid:
			continue
		default:
			return err
		}
		if _, err := s.charge(ctx, placed, s.GoodCard); err != nil {
			return err
		}
		opened++
	}
	return nil
}

// choose picks a service for each merchant of a basket.
func (s *Simulator) choose(basket []wish) []int64 {
	var chosen []int64
	seen := map[string]bool{}
	for _, one := range basket {
		ref := one.sku.product.merchant.ref
		if offered := s.services[ref]; !seen[ref] && len(offered) > 0 {
			chosen = append(chosen, offered[rand.IntN(len(offered))])
		}
		seen[ref] = true
	}
	return chosen
}
