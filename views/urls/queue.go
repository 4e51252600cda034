package urls

// MerchantClaimsRenew (POST) prolongs the claims on what the viewer is picking.
func MerchantClaimsRenew() string { return "/merchant/queue/renew" }
