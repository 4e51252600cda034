package shop

import "time"

// OrdersQuery asks for a page of orders of anybody, newest first. The scope limits what the asker may see; the other
// fields narrow it further.
type OrdersQuery struct {
	Scope  OrderScope
	Status Status  // empty: all
	Before OrderID // keyset cursor: only older orders; 0: from the newest
	Limit  int
}

// CatalogQuery asks for a page of products as integrations read them, newest first.
type CatalogQuery struct {
	MerchantID   int64  // 0: all merchants
	OnSaleOnly   bool   // else drafts and discontinued products too
	CategorySlug string // the category and everything below it; empty: all
	Text         string // words that the name or description begins words with; empty: all
	Before       int64  // keyset cursor: only products with a lower id; 0: from the newest
	Limit        int
}

// CatalogProduct is a product with its variants as integrations read it.
type CatalogProduct struct {
	ID           int64
	Slug         string
	Name         string
	Description  string
	Status       string // draft, active or discontinued
	Version      int64  // of what is written above, for ChangeProduct
	MerchantID   int64
	MerchantName string
	CategorySlug string // empty: in none
	Picture      string // hash; "" is none
	Variants     []CatalogVariant
}

// CatalogVariant is one SKU of a product, with its prices of the moment and what is left of it.
type CatalogVariant struct {
	ID          int64
	ProductID   int64
	Version     int64 // of what is written about it, for ChangeSKU
	Code        string
	Variant     string // "Blue / M"; empty when there is only one
	Status      string // draft, active or discontinued
	Attributes  map[string]string
	Barcode     string // "": none
	WeightGrams int64  // 0: not known
	TaxCategory string
	Prices      []Amount
	Available   int64 // units
}

// Customer is somebody who buys.
type Customer struct {
	ID        int64
	Email     string // empty: never told to us
	Name      string
	Status    string // active or suspended
	CreatedAt time.Time
}

// CustomersQuery asks for a page of customers, by id.
type CustomersQuery struct {
	CustomerID int64  // the only one to be seen; 0: all
	Email      string // of the one customer to look for; empty: all
	After      int64  // keyset cursor: only higher ids
	Limit      int
}

// Merchant is somebody who sells and ships.
type Merchant struct {
	ID               int64
	Slug             string
	Name             string
	Status           string // active or suspended
	Country          string // ISO 3166-1 alpha-2
	City             string
	TimeZone         string // IANA
	PricesIncludeTax bool
	Sender           Address // without its first line not known
}

// MerchantsQuery asks for a page of merchants, by id.
type MerchantsQuery struct {
	MerchantID int64 // the only one to be seen; 0: all
	After      int64 // keyset cursor: only higher ids
	Limit      int
}
