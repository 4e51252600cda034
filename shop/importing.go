package shop

import (
	"context"
	"time"
)

// Limits of an import. A batch is one transaction of the sink, so it bounds both what
// an interruption loses and what is held in memory.
const (
	ImportCheckoutBatch = 500  // checkouts in one call of ImportSink.ImportCheckouts
	ImportCatalogBatch  = 1000 // entries in one ImportCatalog
)

// Everything that an import brings carries the id it has in its source. Within one
// source and one kind of thing, external ids are unique and never change: they are how
// a second run finds that there is nothing left to add. A ...Ref field is the external
// id of something else from the same source.

// ImportMerchant is a seller. Placeholder marks one that the source does not name: it holds what must belong to some
// merchant though nobody knows to which. Without terms those of a new merchant apply. A merchant without locations keeps
// no stock here.
type ImportMerchant struct {
	ExternalID    string
	Name          string
	City          string
	Region        string
	PostalCode    string
	Country       string // ISO 3166-1 alpha-2
	Placeholder   bool
	Terms         *ImportTerms
	Locations     []ImportLocation
	ShippingRates []ShippingRate // of this merchant, whatever their MerchantID
}

// ImportTerms are a merchant's promises: see ShipPolicy. With TaxIncluded its prices contain the tax.
type ImportTerms struct {
	TimeZone     string // IANA
	CutoffMinute int
	HandlingDays int
	TaxIncluded  bool
}

// ImportLocation is where a merchant keeps stock. Code is unique per merchant; the lower priority ships first.
type ImportLocation struct {
	Code     string
	Name     string
	Priority int
}

// ImportCustomer is a buyer. Email is empty when the source does not tell it, Since zero when it does not know how long
// the buyer has been one. Addresses are those that the customer saved.
type ImportCustomer struct {
	ExternalID string
	Name       string
	Email      string
	Since      time.Time
	Addresses  []Address
}

// ImportCategory is a node of the category tree. ParentRef is empty at the top; a parent comes before its children.
type ImportCategory struct {
	ExternalID string
	ParentRef  string
	Name       string
}

// ImportProduct is a product with its SKUs. MerchantRef is who lists it; other
// merchants may have SKUs of it. CategoryRef is empty for none. Offered says whether it
// is for sale now or known from past orders alone.
type ImportProduct struct {
	ExternalID  string
	MerchantRef string
	CategoryRef string
	Name        string
	Description string
	Offered     bool
	SKUs        []ImportSKU
}

// ImportSKU is what one merchant sells of a product. Code is unique per merchant.
// WeightGrams is 0 when unknown, TaxCategory empty for the standard one. Attributes are
// as the source has them, units in the key.
type ImportSKU struct {
	ExternalID  string
	MerchantRef string
	Code        string
	Variant     string
	WeightGrams int64
	TaxCategory string
	Attributes  map[string]string
	Barcode     Barcode // one of ParseBarcode; no two SKUs of a merchant have the same
	Prices      []ImportPrice
	Stock       []ImportStock
}

// ImportPrice is what a SKU costs from a time on, until a zero Until: until it is changed. Those of one currency do not overlap.
type ImportPrice struct {
	Currency Currency
	Minor    int64
	From     time.Time
	Until    time.Time
}

// ImportStock is what came in of a SKU at a location of its merchant, and where it lies there.
type ImportStock struct {
	Location string // code
	Bin      string
	Receipts []ImportReceipt
}

// ImportReceipt is a delivery of units, more than none.
type ImportReceipt struct {
	At     time.Time
	Units  int64
	Reason string
}

// ImportTaxRate is a rate of tax with its name.
type ImportTaxRate struct {
	TaxRate
	Name string
}

// ImportUser is an account, known by its e-mail address. PasswordHash is as argon2id encodes it. MerchantRef is set for
// merchants, CustomerRef for customers.
type ImportUser struct {
	Email        string
	Name         string
	Role         Role
	PasswordHash string
	MerchantRef  string
	CustomerRef  string
}

// ImportCatalog is a batch of what orders refer to, at most ImportCatalogBatch entries.
// An entry refers to others of the same batch or of earlier ones.
type ImportCatalog struct {
	Merchants  []ImportMerchant
	Customers  []ImportCustomer
	Categories []ImportCategory
	Products   []ImportProduct
	TaxRates   []ImportTaxRate
	Users      []ImportUser
}

// ImportReject is a piece of input that was not imported. Line counts from 1. Raw is
// the input as read and may hold any bytes.
type ImportReject struct {
	File   string
	Line   int64
	Reason string
	Raw    string
}

// RejectWriter keeps rejects for the person who will correct them.
type RejectWriter interface {
	WriteReject(ImportReject) error
}

// ImportSource reads one body of foreign data. RunImport calls Catalog once and then
// Checkouts once; both stream, in the same order on every run. Bad input goes to
// rejects and does not end the import; an error does, as one from emit must.
type ImportSource interface {
	// Name is the key under which external ids are kept, such as "olist".
	Name() string
	// Catalog emits everything that the checkouts refer to.
	Catalog(ctx context.Context, emit func(ImportCatalog) error, rejects RejectWriter) error
	// Checkouts emits valid checkouts with distinct external ids.
	Checkouts(ctx context.Context, emit func(ImportCheckout) error, rejects RejectWriter) error
	// Expected is about how many checkouts there are, for progress. It is known after
	// Catalog; 0 means unknown.
	Expected() int64
}

// ImportSink keeps what is imported. Each call is one transaction.
type ImportSink interface {
	// RegisterCatalog adds the entries whose external ids are new and tells how many.
	RegisterCatalog(ctx context.Context, source string, batch ImportCatalog) (ImportCatalogCounts, error)
	// KnownCheckouts tells which of the external ids were imported before.
	KnownCheckouts(ctx context.Context, source string, externalIDs []string) (map[string]bool, error)
	// CoverMonth makes room for orders and stock movements in the UTC month that at is in.
	CoverMonth(ctx context.Context, at time.Time) error
	// ImportCheckouts adds all checkouts of the batch, none of which is known, or none. Their months() are covered.
	ImportCheckouts(ctx context.Context, source string, batch []ImportCheckout) error
}
