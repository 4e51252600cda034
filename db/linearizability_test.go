package db_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// stockOp is a purchase of some units of one SKU; its output says whether they were got.
type stockOp struct {
	sku      int64
	quantity int64
}

// stockModel is a shelf: a purchase succeeds if and only if enough is left at one moment between call and answer.
func stockModel(onHand int64) porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			bySKU := map[int64][]porcupine.Operation{}
			for _, op := range history {
				sku := op.Input.(stockOp).sku
				bySKU[sku] = append(bySKU[sku], op)
			}
			var parts [][]porcupine.Operation
			for _, part := range bySKU {
				parts = append(parts, part)
			}
			return parts
		},
		Init: func() any { return onHand },
		Step: func(state, input, output any) (bool, any) {
			left, wanted := state.(int64), input.(stockOp).quantity
			if output.(bool) {
				return wanted <= left, left - wanted
			}
			return wanted > left, left
		},
		DescribeOperation: func(input, output any) string {
			return fmt.Sprintf("buy %d of %d: %v", input.(stockOp).quantity, input.(stockOp).sku, output)
		},
	}
}

// Concurrent purchases through two placers must look as if they had happened one after another: nobody is refused while
// units are left that nobody else got.
func TestPurchasesOfASKUAreLinearizable(t *testing.T) {
	t.Parallel()
	const skus, stock, buyers, purchases = 3, 40, 24, 6
	w := factory.New(t)
	m, _ := w.Merchant("one")
	var ids []int64
	for i := range skus {
		ids = append(ids, w.SKU(m, fmt.Sprintf("S%d", i), 100, stock))
	}
	customer, address := w.Customer("ada@example.com")
	placers := []interface {
		PlaceCheckout(context.Context, shop.PlaceCommand) (shop.PlacedCheckout, error)
	}{w.Placer(), w.Placer()}

	var mu sync.Mutex
	var history []porcupine.Operation
	var all sync.WaitGroup
	start := time.Now()
	for buyer := range buyers {
		random := rand.New(rand.NewPCG(uint64(buyer), 7))
		all.Go(func() {
			for range purchases {
				op := stockOp{sku: ids[random.IntN(skus)], quantity: 1 + random.Int64N(3)}
				command := w.Order(customer, address, op.sku)
				command.Items[0].Quantity = op.quantity
				call := time.Since(start).Nanoseconds()
				_, err := placers[buyer%2].PlaceCheckout(context.Background(), command)
				answered := time.Since(start).Nanoseconds()
				if code := shop.CodeOf(err); code != "" && code != shop.CodeOutOfStock {
					t.Error(err)
				}
				mu.Lock()
				history = append(history, porcupine.Operation{ClientId: buyer, Input: op, Call: call, Output: err == nil, Return: answered})
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if !porcupine.CheckOperations(stockModel(stock), history) {
		t.Error("no order of the purchases explains their answers")
	}
}

// The check itself must be able to say no.
func TestTheLinearizabilityCheckSeesAnOversoldUnit(t *testing.T) {
	t.Parallel()
	bought := func(client int) porcupine.Operation {
		return porcupine.Operation{ClientId: client, Input: stockOp{sku: 1, quantity: 1}, Call: 0, Output: true, Return: 10}
	}
	if porcupine.CheckOperations(stockModel(1), []porcupine.Operation{bought(1), bought(2)}) {
		t.Error("two buyers of the last unit passed")
	}
	refused := porcupine.Operation{ClientId: 1, Input: stockOp{sku: 1, quantity: 1}, Call: 0, Output: false, Return: 10}
	if porcupine.CheckOperations(stockModel(1), []porcupine.Operation{refused}) {
		t.Error("a buyer was refused the only unit, and it passed")
	}
}
