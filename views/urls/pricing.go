package urls

// AdminTaxes (GET) lists the rates of tax, (POST) adds one.
func AdminTaxes() string { return "/admin/taxes" }

// AdminTaxEnd (GET) asks whether a rate of tax is to end, (POST) ends it.
func AdminTaxEnd(rateID int64) string { return path("/admin/taxes", id(rateID), "end") }

// AdminSettings (GET) shows the settings of the shop, (POST) changes them.
func AdminSettings() string { return "/admin/settings" }

// AdminDiscounts (GET) lists the shop's own discounts, (POST) adds one.
func AdminDiscounts() string { return "/admin/discounts" }

// AdminDiscountEnd (POST) ends one of the shop's discounts.
func AdminDiscountEnd(discountID int64) string {
	return path("/admin/discounts", id(discountID), "end")
}

// MerchantDiscounts (GET) lists a merchant's discounts, (POST) adds one.
func MerchantDiscounts() string { return "/merchant/discounts" }

// MerchantDiscountEnd (POST) ends one of a merchant's discounts.
func MerchantDiscountEnd(discountID int64) string {
	return path("/merchant/discounts", id(discountID), "end")
}

// MerchantShipping (GET) lists what a merchant asks for shipping, (POST) adds a rate.
func MerchantShipping() string { return "/merchant/shipping" }

// MerchantTaxes (GET) shows whether a merchant's prices include tax, (POST) changes it.
func MerchantTaxes() string { return "/merchant/taxes" }

// MerchantShippingRemove (POST) removes a rate.
func MerchantShippingRemove(rateID int64) string {
	return path("/merchant/shipping", id(rateID), "remove")
}
