package urls

// MerchantNumbers is how the merchant's parcels went.
func MerchantNumbers() string { return "/merchant/numbers" }

// MerchantNumbersParcels lists the parcels that a figure counts.
func MerchantNumbersParcels() string { return "/merchant/numbers/parcels" }
