package demo

import (
	"time"

	"waybill/shop"
)

// SaleDays is how many days after the demo was made its sale begins.
const SaleDays = 14

// Discounts are those of the demo: of the shop, and of one of its merchants. Those without a code have not begun, so that
// nothing is cheaper than its price says.
func Discounts(now time.Time, merchantID int64) []shop.Discount {
	sale := now.AddDate(0, 0, SaleDays).Truncate(24 * time.Hour)
	return []shop.Discount{
		{Code: "WELCOME10", Name: "Welcome", PercentPPM: 100_000, CustomerLimit: 1},
		{Code: "FIVE", Name: "Five off", UsageLimit: 500, Terms: map[shop.Currency]shop.DiscountTerms{
			"USD": {AmountMinor: 500, MinTotalMinor: 4000}, "EUR": {AmountMinor: 500, MinTotalMinor: 4000}, "JPY": {AmountMinor: 700, MinTotalMinor: 6000},
		}},
		{Name: "Seasonal sale", PercentPPM: 50_000, From: sale, Until: sale.AddDate(0, 0, 7)},
		{MerchantID: merchantID, Code: "REGULARS", Name: "For our regulars", PercentPPM: 150_000},
		{MerchantID: merchantID, Name: "End of season", PercentPPM: 200_000, From: sale, Until: sale.AddDate(0, 0, 10)},
	}
}
