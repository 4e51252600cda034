package urls

// APIOrder is one order in the JSON API.
func APIOrder(orderID int64) string { return path("/api/v1/orders", id(orderID)) }

// APIPayment is one payment in the JSON API.
func APIPayment(paymentID int64) string { return path("/api/v1/payments", id(paymentID)) }

// APICart is one cart in the JSON API.
func APICart(cartID string) string { return path("/api/v1/carts", cartID) }

// APICheckout is one checkout in the JSON API.
func APICheckout(checkoutID int64) string { return path("/api/v1/checkouts", id(checkoutID)) }

// APIDocument is the OpenAPI document.
func APIDocument() string { return "/api/openapi.json" }

// APIProblem explains one kind of problem of the JSON API.
func APIProblem(slug string) string { return path("/api/problems", slug) }

// APIDocsProblem is the place in the reference that explains one kind of problem.
func APIDocsProblem(slug string) string { return APIDocsProblems() + "#problem-" + slug }

// APIDocsProblems is the page of the reference that explains what is refused.
func APIDocsProblems() string { return APIDocs() + "/problems" }

// APIDocsGroup is the page of the reference about one part of the JSON API.
func APIDocsGroup(slug string) string { return path(APIDocs(), slug) }

// APIDocsOperation is the place in the reference that explains one operation of a group.
func APIDocsOperation(slug, operationID string) string {
	return APIDocsGroup(slug) + "#" + operationID
}

// APIDocsSearch is the reference with what has all words of a query.
func APIDocsSearch(q string) string { return With(APIDocs(), Query{{"q", q}}) }

// APIShipment is one shipment in the JSON API.
func APIShipment(shipmentID int64) string { return path("/api/v1/shipments", id(shipmentID)) }

// APIProduct is one product in the JSON API.
func APIProduct(productID int64) string { return path("/api/v1/products", id(productID)) }

// APISKU is one SKU in the JSON API.
func APISKU(skuID int64) string { return path("/api/v1/skus", id(skuID)) }

// APICountSheet is one count sheet in the JSON API.
func APICountSheet(sheetID int64) string { return path("/api/v1/count-sheets", id(sheetID)) }

// APICarrierClaim is one claim in the JSON API.
func APICarrierClaim(claimID int64) string { return path("/api/v1/carrier-claims", id(claimID)) }
