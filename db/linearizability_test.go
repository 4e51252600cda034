package db_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"testing"

	"waybill/db"
	"waybill/db/dbtest/histories"
	"waybill/shop"
)

// contended is a till that a rush goes through, with two placers, as if there were two servers.
type contended struct {
	*till
	customer, address int64
	locations         []int64
	placers           [2]*db.Placer
	turn              atomic.Int64 // says which placer is next
	late              []*histories.Late
}

const rushClients = 8

func newContended(t *testing.T) *contended {
	t.Helper()
	s := &contended{till: newTill(t)}
	s.placers = [2]*db.Placer{s.Placer(), s.Placer()}
	s.customer, s.address = s.Customer("ada@example.com")
	for client := range rushClients {
		s.late = append(s.late, histories.NewLate(s.World, client))
	}
	return s
}

func (s *contended) Buy(cart map[int64]int64) (order int64, left map[int64]int64) {
	command := s.Order(s.customer, s.address, slices.Collect(maps.Keys(cart))...) // in any order
	for i, item := range command.Items {
		command.Items[i].Quantity = cart[item.SKUID]
	}
	placed, err := s.placers[s.turn.Add(1)%2].PlaceCheckout(context.Background(), command)
	if err == nil {
		return int64(placed.Orders[0].ID), nil
	}
	return 0, s.short(err)
}

// short is how many an answer says are left of what it refuses.
func (s *contended) short(err error) map[int64]int64 {
	left := map[int64]int64{}
	var refused *shop.Error
	if !errors.As(err, &refused) || refused.Code != shop.CodeOutOfStock {
		s.TB.Error(err)
		return left
	}
	for _, line := range refused.Short {
		left[line.SKUID] = line.Available
	}
	return left
}

// done tells whether something was done; refusals because of what is there, or has happened, are answers.
func (s *contended) done(err error) bool {
	if code := shop.CodeOf(err); code != "" && code != shop.CodeConflict {
		s.TB.Error(err)
	}
	return err == nil
}

func (s *contended) Cancel(order int64) bool {
	_, err := s.orders.Cancel(context.Background(), s.cancelBy(bought{PlacedOrder: shop.PlacedOrder{ID: shop.OrderID(order)}}, clerk))
	return s.done(err)
}

// Pay plans what happens while the bank is asked, by whoever asks it next: this payment, unless it is refused at once.
func (s *contended) Pay(order int64, happens func()) bool {
	s.bank.next("charge", meanwhile(happens))
	_, err := s.payments.Pay(context.Background(), s.payFor(shop.OrderID(order)))
	return s.done(err)
}

func (s *contended) Expire(client int) []int64 { return s.late[client].Expire() }

func (s *contended) Work(a histories.Act) histories.Act {
	task := shop.StockTask{SKUID: a.SKU, Actor: clerk, RequestID: "test", Key: s.key()}
	var stock shop.SKUStock
	var err error
	switch a.Kind {
	case histories.Adjust:
		stock, _, err = s.Store.AdjustStock(context.Background(), shop.StockAdjustment{
			SKUID: a.SKU, LocationID: s.locations[a.At], Delta: a.Units, Reason: shop.ReasonAdjustment, Actor: clerk, RequestID: "test", Key: task.Key,
		})
	case histories.Count:
		stock, _, err = s.Store.CountStock(context.Background(), shop.StockCount{StockTask: task, LocationID: s.locations[a.At], OnHand: a.Units})
	case histories.Transfer:
		stock, _, err = s.Store.TransferStock(context.Background(), shop.StockTransfer{StockTask: task, FromID: s.locations[a.At], ToID: s.locations[1-a.At], Quantity: a.Units})
	default:
		stock, err = s.Store.SKUStock(context.Background(), a.SKU, 0)
	}
	if a.Done = s.done(err); a.Done {
		a.Says = true
		for _, l := range stock.Locations {
			at := slices.Index(s.locations, l.LocationID)
			a.OnHand[at], a.Reserved[at] = l.OnHand, l.Reserved
		}
	}
	return a
}

// Whatever buyers, the clock, payments and people of the merchant do to the same shelves at once, it must look as if they had
// done it one after another: nobody is refused what is there, gets what somebody else holds, or reads what never was.
func TestEverythingDoneToASKUIsLinearizable(t *testing.T) {
	t.Parallel()
	s := newContended(t)
	merchant, main := s.Merchant("one")
	s.locations = []int64{main, s.Location(merchant, "OTHER", 2)}
	rush := histories.Rush{Clients: rushClients, Acts: 40, Stock: histories.Units{7, 5}}
	for _, code := range []string{"A", "B", "C"} {
		sku := s.SKU(merchant, code, 100, rush.Stock[0])
		s.Stock(sku, s.locations[1], rush.Stock[1])
		rush.SKUs = append(rush.SKUs, sku)
	}
	counts := rush.Run(s.World, s)
	for _, kind := range []histories.Kind{histories.Buy, histories.Cancel, histories.Expire, histories.Pay, histories.Adjust, histories.Count, histories.Transfer, histories.Read} {
		if counts[string(kind)] == 0 {
			t.Errorf("nobody did %s, so nothing is said about it: %v", kind, counts)
		}
	}
	if counts["not buy"] == 0 || counts["not transfer"] == 0 {
		t.Errorf("nobody was refused: %v", counts)
	}
	if broken := verify(t, s.World); broken != nil {
		t.Errorf("broken: %v", broken)
	}
}
