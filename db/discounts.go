package db

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// loadDiscounts adds the discounts that apply by themselves, those with the codes, and how often the customers have used
// the latter.
func loadDiscounts(ctx context.Context, q *sqlc.Queries, tx sqlc.DBTX, codes []string, customerIDs []int64, into *shop.Catalog) error {
	rows, err := q.DiscountsToApply(ctx, tx, sqlc.DiscountsToApplyParams{Codes: codes, MerchantIds: into.MerchantIDs(), Now: into.At})
	if err != nil {
		return err
	}
	for _, r := range rows {
		last := len(into.Discounts) - 1
		if last < 0 || into.Discounts[last].ID != r.ID {
			into.Discounts = append(into.Discounts, shop.Discount{
				ID: r.ID, MerchantID: r.MerchantID, Code: r.Code, Name: r.Name, PercentPPM: r.PercentPpm, Terms: map[shop.Currency]shop.DiscountTerms{},
				From: r.ValidFrom, Until: orZero(r.ValidUntil), UsageLimit: r.UsageLimit, CustomerLimit: r.CustomerLimit, Used: r.Used,
			})
			last++
		}
		if r.Currency != "" {
			into.Discounts[last].Terms[shop.Currency(r.Currency)] = shop.DiscountTerms{AmountMinor: r.AmountMinor, MinTotalMinor: r.MinTotalMinor}
		}
	}
	into.Uses, err = customerUses(ctx, q, tx, into.Discounts, customerIDs, into.At)
	return err
}

// customerUses counts for the codes that have a limit per customer; without any it asks nothing.
func customerUses(ctx context.Context, q *sqlc.Queries, tx sqlc.DBTX, discounts []shop.Discount, customerIDs []int64, now time.Time) (shop.CustomerUses, error) {
	asked := sqlc.DiscountUsesParams{CustomerIds: customerIDs}
	var from time.Time
	for _, d := range discounts {
		if d.CustomerLimit > 0 {
			asked.DiscountIds = append(asked.DiscountIds, d.ID)
			if from.IsZero() || d.From.Before(from) {
				from = d.From
			}
		}
	}
	uses := shop.CustomerUses{}
	if len(asked.DiscountIds) == 0 || len(customerIDs) == 0 {
		return uses, nil
	}
	asked.FromOrderID, asked.UntilOrderID = int64(shop.FirstIDAt(from)), noIDYet(now)
	rows, err := q.DiscountUses(ctx, tx, asked)
	for _, r := range rows {
		uses[shop.CustomerCode{CustomerID: r.CustomerID, DiscountID: r.DiscountID}] = r.Uses
	}
	return uses, err
}

// releaseDiscounts gives back the uses of codes by orders that were just cancelled.
func (s *Store) releaseDiscounts(ctx context.Context, tx pgx.Tx, orderIDs []int64, now time.Time) error {
	uses, err := s.closeDiscounts(ctx, tx, orderIDs, now)
	if err != nil {
		return err
	}
	return s.giveBackUses(ctx, tx, uses)
}

// closeDiscounts ends the discounts of orders that were just cancelled and returns the codes among them, with the
// checkouts that used them.
func (s *Store) closeDiscounts(ctx context.Context, tx sqlc.DBTX, orderIDs []int64, now time.Time) (uses sqlc.DiscountsFreedParams, err error) {
	released, err := s.q.OrderDiscountsRelease(ctx, tx, sqlc.OrderDiscountsReleaseParams{
		OrderIds: orderIDs, IDFirst: slices.Min(orderIDs), IDLast: slices.Max(orderIDs), Now: &now,
	})
	for _, r := range released {
		if r.Counted {
			uses.CheckoutIds, uses.DiscountIds = append(uses.CheckoutIds, r.CheckoutID), append(uses.DiscountIds, r.DiscountID)
		}
	}
	return uses, err
}

// giveBackUses counts codes down. One that several orders of a checkout used is free again with the last of them: who
// cancels one of two at the same time waits for the other's lock and then sees what it did.
func (s *Store) giveBackUses(ctx context.Context, tx pgx.Tx, uses sqlc.DiscountsFreedParams) error {
	if len(uses.DiscountIds) == 0 {
		return nil
	}
	if _, err := s.q.DiscountsLock(ctx, tx, uses.DiscountIds); err != nil {
		return err
	}
	freed, err := s.q.DiscountsFreed(ctx, tx, uses)
	if err != nil {
		return err
	}
	var use sqlc.DiscountsUseParams
	for _, f := range freed {
		use.Ids, use.Uses = append(use.Ids, f.DiscountID), append(use.Uses, -f.Uses)
	}
	return s.q.DiscountsUse(ctx, tx, use)
}
