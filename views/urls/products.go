package urls

// MerchantProducts (GET) lists the merchant's products, (POST) adds one.
func MerchantProducts() string { return "/merchant/products" }

// MerchantProductNew is the form of a new product.
func MerchantProductNew() string { return "/merchant/products/new" }

// MerchantProduct (GET) shows a product to who sells it, (POST) changes it.
func MerchantProduct(productID int64) string { return path("/merchant/products", id(productID)) }

// MerchantProductPicture (POST) receives the picture of a product.
func MerchantProductPicture(productID int64) string {
	return path("/merchant/products", id(productID), "picture")
}

// MerchantProductPictureRemove (POST) takes the picture away.
func MerchantProductPictureRemove(productID int64) string {
	return path("/merchant/products", id(productID), "picture", "remove")
}

// MerchantProductDelete (POST) takes a product out of the shop.
func MerchantProductDelete(productID int64) string {
	return path("/merchant/products", id(productID), "delete")
}

// MerchantProductRestore (POST) brings a deleted product back.
func MerchantProductRestore(productID int64) string {
	return path("/merchant/products", id(productID), "restore")
}

// MerchantSKUs (POST) adds a variant to a product.
func MerchantSKUs(productID int64) string { return path("/merchant/products", id(productID), "skus") }

// MerchantSKUNew is the form of a new variant.
func MerchantSKUNew(productID int64) string {
	return path("/merchant/products", id(productID), "skus", "new")
}

// MerchantSKU (GET) shows a variant to who sells it, (POST) changes it.
func MerchantSKU(productID, skuID int64) string {
	return path("/merchant/products", id(productID), "skus", id(skuID))
}

// MerchantSKURules (POST) sets how a variant is sold when it runs short.
func MerchantSKURules(productID, skuID int64) string {
	return path("/merchant/products", id(productID), "skus", id(skuID), "rules")
}

// MerchantSKUPrices (POST) sets, schedules or ends a price.
func MerchantSKUPrices(productID, skuID int64) string {
	return path("/merchant/products", id(productID), "skus", id(skuID), "prices")
}

// MerchantSKUPriceCancel (POST) calls a scheduled price off.
func MerchantSKUPriceCancel(productID, skuID, priceID int64) string {
	return path("/merchant/products", id(productID), "skus", id(skuID), "prices", id(priceID), "cancel")
}

// MerchantCatalogFiles (GET) is where catalog files come in and go out, (POST) receives one.
func MerchantCatalogFiles() string { return "/merchant/products/import" }

// MerchantCatalogFile is the report of a catalog file.
func MerchantCatalogFile(fileID int64) string { return path("/merchant/products/import", id(fileID)) }

// MerchantCatalogApply (POST) does what a catalog file says.
func MerchantCatalogApply(fileID int64) string {
	return path("/merchant/products/import", id(fileID), "apply")
}

// MerchantCatalogRejects is a file of the refused lines of a catalog file.
func MerchantCatalogRejects(fileID int64) string {
	return path("/merchant/products/import", id(fileID), "refused.csv")
}

// MerchantCatalogCSV exports the merchant's catalog.
func MerchantCatalogCSV() string { return "/merchant/products.csv" }

// Picture is a picture by the hash of its content.
func Picture(hash string) string { return path("/pictures", hash) }

// SmallPicture is the same picture for lists.
func SmallPicture(hash string) string { return path("/pictures", hash, "small") }
