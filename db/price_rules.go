package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// TaxRounding returns how the shop rounds taxes and shares.
func (s *Store) TaxRounding(ctx context.Context) (shop.Rounding, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.Rounding, error) {
		rounding, err := s.q.ShopRounding(ctx, tx)
		return shop.Rounding(rounding), err
	})
}

// SetTaxRounding changes how taxes and shares are rounded, for orders that are placed from now on.
func (s *Store) SetTaxRounding(ctx context.Context, rounding shop.Rounding, by shop.Origin) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		changed, err := s.q.ShopRoundingSet(ctx, tx, sqlc.ShopRoundingSetParams{Rounding: string(rounding), Now: s.Now()})
		if err != nil || changed == 0 {
			return err
		}
		return s.auditRule(ctx, tx, by, "settings.rounding", "shop", map[string]any{"rounding": string(rounding)})
	})
}

// PricesIncludeTax tells whether a merchant's prices are with tax, which is then taken out of them, or tax is added to them.
func (s *Store) PricesIncludeTax(ctx context.Context, merchantID int64) (bool, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (bool, error) {
		included, err := s.q.MerchantPricesIncludeTax(ctx, tx, merchantID)
		return included, notFound(err, "merchant")
	})
}

// SetPricesIncludeTax changes that, for orders that are placed from now on. The prices keep their figures.
func (s *Store) SetPricesIncludeTax(ctx context.Context, merchantID int64, included bool, by shop.Origin) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		changed, err := s.q.MerchantPricesIncludeTaxSet(ctx, tx, sqlc.MerchantPricesIncludeTaxSetParams{ID: merchantID, Included: included, Now: s.Now()})
		if err != nil || changed == 0 {
			return err
		}
		return s.auditRule(ctx, tx, by, "settings.prices_include_tax", "merchant:"+strconv.FormatInt(merchantID, 10), map[string]any{"included": included})
	})
}

// auditRule writes down who changed a rule.
func (s *Store) auditRule(ctx context.Context, tx pgx.Tx, by shop.Origin, action, subject string, data map[string]any) error {
	return s.audit(ctx, tx, auditEntry{at: s.Now(), actor: by.Actor, action: action, subject: subject, requestID: by.RequestID, data: data})
}

// TaxRates returns the rates of tax: those in force and to come, then past ones, at most shop.MaxShownTaxRates.
func (s *Store) TaxRates(ctx context.Context) ([]shop.StoredTaxRate, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.StoredTaxRate, error) {
		rows, err := s.q.TaxRatesAll(ctx, tx, sqlc.TaxRatesAllParams{Now: s.Now(), RowLimit: shop.MaxShownTaxRates})
		return convertRows(rows, storedTaxRate), err
	})
}

func storedTaxRate(r sqlc.TaxRate) shop.StoredTaxRate {
	return shop.StoredTaxRate{
		TaxRate: shop.TaxRate{Country: r.Country, Region: r.Region, Category: r.TaxCategory, RatePPM: int64(r.RatePpm)},
		ID:      r.ID, Name: r.Name, From: r.ValidFrom, Until: orZero(r.ValidUntil),
	}
}

// AddTaxRate adds a rate from its beginning on, zero for now; the rate of the same place and category before it ends
// there, unless it is the same. CodeInvalid names the fields.
func (s *Store) AddTaxRate(ctx context.Context, rate shop.StoredTaxRate, by shop.Origin) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if err := s.q.TaxRatesLock(ctx, tx); err != nil {
			return err
		}
		now := s.Now()
		if err := rate.Check(now); err != nil {
			return err
		}
		if rate.From.IsZero() {
			rate.From = now
		}
		holds, err := s.q.TaxRateHolds(ctx, tx, sqlc.TaxRateHoldsParams{
			Country: rate.Country, Region: rate.Region, TaxCategory: rate.Category, Name: rate.Name, RatePpm: int32(rate.RatePPM), ValidFrom: rate.From,
		})
		if err != nil || holds {
			return err
		}
		err = s.q.TaxRateCut(ctx, tx, sqlc.TaxRateCutParams{Country: rate.Country, Region: rate.Region, TaxCategory: rate.Category, ValidFrom: &rate.From})
		if err != nil {
			return err
		}
		id, err := s.q.TaxRateAdd(ctx, tx, sqlc.TaxRateAddParams{
			Country: rate.Country, Region: rate.Region, TaxCategory: rate.Category, Name: rate.Name, RatePpm: int32(rate.RatePPM), ValidFrom: rate.From,
		})
		if err != nil {
			return err
		}
		return s.auditRule(ctx, tx, by, "tax.added", "tax:"+strconv.FormatInt(id, 10), taxData(rate))
	})
}

func taxData(rate shop.StoredTaxRate) map[string]any {
	return map[string]any{"country": rate.Country, "region": rate.Region, "category": rate.Category, "name": rate.Name, "rate_ppm": rate.RatePPM, "from": rate.From}
}

// EndTaxRate ends a rate now, so that its place is untaxed, and takes one back that has not begun, once under a key. A rate that has ended
// is CodeConflict: orders were placed by it.
func (s *Store) EndTaxRate(ctx context.Context, id int64, by shop.Origin, key shop.IdempotencyKey) error {
	_, _, err := once(ctx, s, key, func(tx pgx.Tx) (int64, error) {
		if err := s.q.TaxRatesLock(ctx, tx); err != nil {
			return id, err
		}
		row, err := s.q.TaxRateByID(ctx, tx, id)
		if err != nil {
			return id, notFound(err, "rate of tax")
		}
		rate, now := storedTaxRate(row), s.Now()
		switch rate.State(now) {
		case shop.PricePast:
			return id, shop.Conflict("This rate has ended already.")
		case shop.PriceScheduled:
			err = s.q.TaxRateRemove(ctx, tx, id)
		default:
			err = s.q.TaxRateEnd(ctx, tx, sqlc.TaxRateEndParams{ID: id, Now: now})
		}
		if err != nil {
			return id, err
		}
		return id, s.auditRule(ctx, tx, by, "tax.ended", "tax:"+strconv.FormatInt(id, 10), taxData(rate))
	})
	return err
}

// ShippingRates returns what a merchant asks for shipping, in the order that people compare it.
func (s *Store) ShippingRates(ctx context.Context, merchantID int64) ([]shop.StoredShippingRate, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.StoredShippingRate, error) { return s.shippingRates(ctx, tx, merchantID) })
}

func (s *Store) shippingRates(ctx context.Context, tx pgx.Tx, merchantID int64) ([]shop.StoredShippingRate, error) {
	rows, err := s.q.ShippingRatesOf(ctx, tx, sqlc.ShippingRatesOfParams{MerchantID: merchantID, RowLimit: shop.MaxShippingRates})
	return convertRows(rows, func(r sqlc.ShippingRatesOfRow) shop.StoredShippingRate {
		return shop.StoredShippingRate{ID: r.ID, ShippingRate: shop.ShippingRate{
			MerchantID: r.MerchantID, Country: r.Country, Currency: shop.Currency(r.Currency),
			Service:         shop.RatedService{ID: r.ShipServiceID, Name: r.ServiceName, MaxWeightGrams: r.MaxWeightGrams},
			FromWeightGrams: r.FromWeightGrams, FromSubtotalMinor: r.FromSubtotalMinor, PriceMinor: r.PriceMinor,
		}}
	}), err
}

// AddShippingRate adds a band to the rates of a merchant's service, unless it is there already. CodeInvalid names the fields.
func (s *Store) AddShippingRate(ctx context.Context, rate shop.ShippingRate, by shop.Origin) error {
	if err := rate.Check(); err != nil {
		return err
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if err := s.q.MerchantLock(ctx, tx, rate.MerchantID); err != nil {
			return err
		}
		known, err := s.shippingRates(ctx, tx, rate.MerchantID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(known, func(r shop.StoredShippingRate) bool { return sameRate(r.ShippingRate, rate) }) {
			return nil
		}
		if len(known) >= shop.MaxShippingRates {
			return shop.Conflict(fmt.Sprintf("There are %d rates, which is the most there can be. Remove one first.", len(known)))
		}
		if err := s.offersService(ctx, tx, rate); err != nil {
			return err
		}
		id, err := s.q.ShippingRateAdd(ctx, tx, sqlc.ShippingRateAddParams{
			MerchantID: rate.MerchantID, ShipServiceID: rate.Service.ID, Country: rate.Country, Currency: string(rate.Currency),
			FromWeightGrams: rate.FromWeightGrams, FromSubtotalMinor: rate.FromSubtotalMinor, PriceMinor: rate.PriceMinor,
		})
		if err != nil {
			return err
		}
		return s.auditRule(ctx, tx, by, "shipping.added", "shipping:"+strconv.FormatInt(id, 10), map[string]any{
			"merchant_id": rate.MerchantID, "service_id": rate.Service.ID, "country": rate.Country, "currency": string(rate.Currency), "from_weight_grams": rate.FromWeightGrams,
			"from_subtotal_minor": rate.FromSubtotalMinor, "price_minor": rate.PriceMinor,
		})
	})
}

func sameRate(known, rate shop.ShippingRate) bool {
	rate.Service = shop.RatedService{ID: rate.Service.ID, Name: known.Service.Name, MaxWeightGrams: known.Service.MaxWeightGrams}
	return known == rate
}

// offersService refuses a rate of a service that its merchant does not offer.
func (s *Store) offersService(ctx context.Context, tx pgx.Tx, rate shop.ShippingRate) error {
	services, err := s.q.ShipServicesOffered(ctx, tx, rate.MerchantID)
	if err != nil || rate.Service.ID == 0 || slices.ContainsFunc(services, func(r sqlc.ShipServicesOfferedRow) bool { return r.ID == rate.Service.ID }) {
		return err
	}
	return shop.Invalid("service", "Choose one of your services")
}

// RemoveShippingRate removes a band of a merchant, once under a key; orders that were placed keep their price. CodeNotFound
// without it.
func (s *Store) RemoveShippingRate(ctx context.Context, id, merchantID int64, by shop.Origin, key shop.IdempotencyKey) error {
	_, _, err := once(ctx, s, key, func(tx pgx.Tx) (int64, error) {
		removed, err := s.q.ShippingRateRemove(ctx, tx, sqlc.ShippingRateRemoveParams{ID: id, MerchantID: merchantID})
		if err == nil && removed == 0 {
			err = shop.NotFound("shipping rate")
		}
		if err != nil {
			return id, err
		}
		return id, s.auditRule(ctx, tx, by, "shipping.removed", "shipping:"+strconv.FormatInt(id, 10), map[string]any{"merchant_id": merchantID})
	})
	return err
}

// Discounts returns the discounts of a merchant, or of the shop for 0, newest first, at most shop.MaxShownDiscounts.
func (s *Store) Discounts(ctx context.Context, merchantID int64) ([]shop.Discount, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.Discount, error) {
		rows, err := s.q.DiscountsOf(ctx, tx, sqlc.DiscountsOfParams{MerchantID: merchantID, RowLimit: shop.MaxShownDiscounts})
		if err != nil {
			return nil, err
		}
		discounts, at, ids := make([]shop.Discount, len(rows)), make(map[int64]int, len(rows)), make([]int64, len(rows))
		for i, r := range rows {
			discounts[i] = shop.Discount{
				ID: r.ID, MerchantID: merchantID, Code: r.Code, Name: r.Name, PercentPPM: r.PercentPpm, Terms: map[shop.Currency]shop.DiscountTerms{},
				From: r.ValidFrom, Until: orZero(r.ValidUntil), UsageLimit: r.UsageLimit, CustomerLimit: r.CustomerLimit, Used: r.Used,
			}
			at[r.ID], ids[i] = i, r.ID
		}
		terms, err := s.q.DiscountTerms(ctx, tx, ids)
		for _, t := range terms {
			discounts[at[t.DiscountID]].Terms[shop.Currency(t.Currency)] = shop.DiscountTerms{AmountMinor: t.AmountMinor, MinTotalMinor: t.MinTotalMinor}
		}
		return discounts, err
	})
}

// AddDiscount adds a discount from its beginning on, zero for now. The key makes sending the form again harmless.
// CodeInvalid names the fields, a code that exists already among them.
func (s *Store) AddDiscount(ctx context.Context, d shop.Discount, by shop.Origin, key shop.IdempotencyKey) error {
	_, _, err := once(ctx, s, key, func(tx pgx.Tx) (int64, error) {
		now := s.Now()
		if err := d.Check(now); err != nil {
			return 0, err
		}
		if d.Code == "" {
			if err := s.roomForAutomatic(ctx, tx, d.MerchantID); err != nil {
				return 0, err
			}
		}
		if d.From.IsZero() {
			d.From = now
		}
		id, err := s.q.DiscountAdd(ctx, tx, sqlc.DiscountAddParams{
			MerchantID: d.MerchantID, Code: d.Code, Name: d.Name, PercentPpm: d.PercentPPM, ValidFrom: d.From, ValidUntil: orNull(d.Until),
			UsageLimit: d.UsageLimit, CustomerLimit: d.CustomerLimit, Now: now,
		})
		if err != nil {
			return 0, err
		}
		for currency, terms := range d.Terms {
			err := s.q.DiscountTermsAdd(ctx, tx, sqlc.DiscountTermsAddParams{
				DiscountID: id, Currency: string(currency), AmountMinor: terms.AmountMinor, MinTotalMinor: terms.MinTotalMinor,
			})
			if err != nil {
				return 0, err
			}
		}
		return id, s.auditRule(ctx, tx, by, "discount.added", "discount:"+strconv.FormatInt(id, 10), map[string]any{
			"merchant_id": d.MerchantID, "name": d.Name, "code": d.Code, "percent_ppm": d.PercentPPM,
		})
	})
	return err
}

// roomForAutomatic refuses one discount without a code too many: each is looked at for every order.
func (s *Store) roomForAutomatic(ctx context.Context, tx pgx.Tx, merchantID int64) error {
	if err := cmp.Or(s.q.ShopSettingsLock(ctx, tx), s.q.MerchantLock(ctx, tx, merchantID)); err != nil {
		return err
	}
	n, err := s.q.DiscountsAutomatic(ctx, tx, sqlc.DiscountsAutomaticParams{MerchantID: merchantID, Now: s.Now()})
	if err == nil && n >= shop.MaxAutomaticDiscounts {
		err = shop.Invalid("code", fmt.Sprintf("There are %d discounts without a code, which is the most there can be. End one first.", n))
	}
	return err
}

// EndDiscount ends a discount of a merchant, or of the shop for 0, now. CodeNotFound without it.
func (s *Store) EndDiscount(ctx context.Context, id, merchantID int64, by shop.Origin) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		ended, err := s.q.DiscountEnd(ctx, tx, sqlc.DiscountEndParams{ID: id, MerchantID: merchantID, Now: s.Now()})
		if errors.Is(err, pgx.ErrNoRows) {
			return shop.NotFound("discount")
		}
		if err != nil || ended.AsBefore {
			return err
		}
		return s.auditRule(ctx, tx, by, "discount.ended", "discount:"+strconv.FormatInt(id, 10), map[string]any{
			"merchant_id": merchantID, "name": ended.Name, "code": ended.Code,
		})
	})
}
