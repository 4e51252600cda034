package db

import (
	"context"
	"fmt"
	"slices"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// Discount codes on their way through a group. A group without codes costs no statement for them.

// checkCodes refuses an entry whose codes do not all apply: the buyer counts on them.
func checkCodes(e *placingEntry) error {
	var fields []shop.FieldError
	for _, refused := range e.quote.Refused {
		fields = append(fields, codeRefusal(e, refused.Code, refused.Message))
	}
	if fields != nil {
		return shop.InvalidFields(fields...)
	}
	return nil
}

func codeRefusal(e *placingEntry, code, message string) shop.FieldError {
	return shop.FieldError{Field: fmt.Sprintf("discountCodes[%d]", slices.Index(e.command.DiscountCodes, code)), Message: message}
}

// lockCodes makes the group the only one that counts uses of its codes, and reads how often they were used by now.
func (g *placing) lockCodes(ctx context.Context) error {
	var customerIDs []int64
	g.codes = map[int64]shop.Discount{}
	for _, e := range g.open {
		for _, id := range e.quote.Used() {
			at := slices.IndexFunc(g.catalog.Discounts, func(d shop.Discount) bool { return d.ID == id })
			g.codes[id] = g.catalog.Discounts[at]
			customerIDs = append(customerIDs, e.command.CustomerID)
		}
	}
	if len(g.codes) == 0 {
		return nil
	}
	ids, codes := make([]int64, 0, len(g.codes)), make([]shop.Discount, 0, len(g.codes))
	for id, d := range g.codes {
		ids, codes = append(ids, id), append(codes, d)
	}
	rows, err := g.q.DiscountsLock(ctx, g.tx, ids)
	if err != nil {
		return err
	}
	for _, r := range rows {
		code := g.codes[r.ID]
		code.Used = r.Used
		g.codes[r.ID] = code
	}
	g.catalog.Uses, err = customerUses(ctx, g.q, g.tx, codes, distinct(customerIDs), g.now)
	return err
}

// refuseUsedUp refuses, in arrival order, the entries for whose codes no use is left, and tells whether there were any.
// Entries that get no stock use no code. short tells which these are, by their index in open.
func (g *placing) refuseUsedUp(short func(i int) bool) bool {
	if len(g.codes) == 0 {
		return false
	}
	all, own := map[int64]int64{}, map[shop.CustomerCode]int64{}
	i, before := -1, len(g.open)
	g.decide(func(e *placingEntry) error {
		i++
		if short(i) {
			return nil
		}
		used := e.quote.Used()
		for _, id := range used {
			code, who := g.codes[id], shop.CustomerCode{CustomerID: e.command.CustomerID, DiscountID: id}
			code.Used += all[id]
			if problem := code.UsedUp(g.catalog.Uses[who] + own[who]); problem != "" {
				return shop.InvalidFields(codeRefusal(e, code.Code, problem))
			}
		}
		for _, id := range used {
			all[id]++
			own[shop.CustomerCode{CustomerID: e.command.CustomerID, DiscountID: id}]++
		}
		return nil
	})
	return len(g.open) < before
}

// addDiscounts collects what the discounts took off an order, and the uses of codes by a checkout.
func (r *placingRows) addDiscounts(orderID, checkoutID shop.OrderID, customerID int64, discounts []shop.AppliedDiscount) {
	d := &r.discounts
	for _, applied := range discounts {
		d.OrderIds = append(d.OrderIds, int64(orderID))
		d.DiscountIds = append(d.DiscountIds, applied.DiscountID)
		d.CheckoutIds = append(d.CheckoutIds, int64(checkoutID))
		d.CustomerIds = append(d.CustomerIds, customerID)
		d.Codes = append(d.Codes, applied.Code)
		d.Names = append(d.Names, applied.Name)
		d.Amounts = append(d.Amounts, applied.AmountMinor)
	}
}

// queueDiscounts queues the rows of discounts, if there are any.
func (r *placingRows) queueDiscounts(ctx context.Context, q *sqlc.Queries, out *pipeline) []error {
	var queued []error
	if len(r.discounts.OrderIds) > 0 {
		queued = append(queued, q.OrderDiscountsAdd(ctx, out, r.discounts))
	}
	if len(r.uses) > 0 {
		var use sqlc.DiscountsUseParams
		for id, n := range r.uses {
			use.Ids, use.Uses = append(use.Ids, id), append(use.Uses, n)
		}
		queued = append(queued, q.DiscountsUse(ctx, out, use))
	}
	return queued
}
