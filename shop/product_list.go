package shop

import "time"

// ProductTab is one of the lists of a merchant's products.
type ProductTab string

// The lists of products.
const (
	ProductsAll          ProductTab = ""
	ProductsActive       ProductTab = "active"
	ProductsDraft        ProductTab = "draft"
	ProductsDiscontinued ProductTab = "discontinued"
	ProductsDeleted      ProductTab = "deleted"
)

// ProductTabs returns the lists of products in the order shown.
func ProductTabs() []ProductTab {
	return []ProductTab{ProductsAll, ProductsActive, ProductsDraft, ProductsDiscontinued, ProductsDeleted}
}

// MerchantProductsQuery asks for a page of a merchant's products, the newest first.
type MerchantProductsQuery struct {
	MerchantID int64
	Tab        ProductTab
	Text       string // in the name or in the code of a SKU; "": all
	Category   string // slug, with what lies below it; "": all
	Before     int64  // keyset cursor: only lower ids; 0: from the newest
	Limit      int
}

// MerchantProductRow is a product in its merchant's list.
type MerchantProductRow struct {
	ID        int64
	Slug      string
	Name      string
	Status    CatalogStatus
	Category  string // name
	Picture   string
	Deleted   bool
	SKUs      int64
	FirstCode string
	Available int64
	Unpriced  int64    // variants on sale without any price
	Prices    []Amount // the lowest of the moment in each currency
	UpdatedAt time.Time
}

// MerchantProductsPage is a page of a merchant's products with the counts of all lists, whatever the filter.
type MerchantProductsPage struct {
	Rows   []MerchantProductRow
	More   bool
	Counts map[ProductTab]int64
}

// Picture is an image that is safe to show: decoded, made small and written anew by us.
type Picture struct {
	Hash      string // SHA-256 of Data in hex
	MediaType string
	Width     int
	Height    int
	Data      []byte
	Small     []byte // the same for lists
}

// Limits of pictures.
const (
	MaxPictureUpload     = 8 << 20    // bytes of a file that is sent to us
	MaxPicturePixels     = 24_000_000 // of a file that is sent to us
	MaxPictureSide       = 1200       // pixels of what is kept
	MaxPictureBytes      = 1 << 20    // of what is kept
	MaxSmallPictureSide  = 320        // pixels of what lists show, in more than one dot per pixel
	MaxSmallPictureBytes = 128 << 10
)
