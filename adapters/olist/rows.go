package olist

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"waybill/shop"
)

// currency is that of every amount: Olist sells in Brazil and the files name none.
const currency = shop.Currency("BRL")

// Bounds of single values. Longer or larger ones are refused with their row, so that
// the database never has to.
const (
	maxIDBytes      = 64
	maxTextRunes    = 100
	maxPostalRunes  = 20
	maxWeightGrams  = 10_000_000
	maxInstallments = 999
)

// The files that are read, and the columns of each. Reviews, geolocation and the
// translation of category names are not needed.
var (
	sellersFile = fileSpec{
		name:     "olist_sellers_dataset.csv",
		required: []string{"seller_id"},
		optional: []string{"seller_zip_code_prefix", "seller_city", "seller_state"},
	}
	customersFile = fileSpec{
		name:     "olist_customers_dataset.csv",
		required: []string{"customer_id", "customer_unique_id", "customer_zip_code_prefix", "customer_city"},
		optional: []string{"customer_state"},
	}
	productsFile = fileSpec{
		name:     "olist_products_dataset.csv",
		required: []string{"product_id"},
		optional: []string{"product_category_name", "product_weight_g", "product_length_cm", "product_height_cm", "product_width_cm"},
	}
	itemsFile = fileSpec{
		name:     "olist_order_items_dataset.csv",
		required: []string{"order_id", "order_item_id", "product_id", "seller_id", "price", "freight_value"},
		optional: []string{"shipping_limit_date"},
	}
	paymentsFile = fileSpec{
		name:     "olist_order_payments_dataset.csv",
		required: []string{"order_id", "payment_sequential", "payment_type", "payment_value"},
		optional: []string{"payment_installments"},
	}
	ordersFile = fileSpec{
		name: "olist_orders_dataset.csv",
		required: []string{"order_id", "customer_id", "order_status", "order_purchase_timestamp", "order_approved_at",
			"order_delivered_carrier_date", "order_delivered_customer_date"},
		optional: []string{"order_estimated_delivery_date"},
	}
	allFiles = []fileSpec{sellersFile, customersFile, productsFile, itemsFile, paymentsFile, ordersFile}
)

// seller is a row of the sellers file; described is false for one that only items name.
type seller struct {
	id, postalCode, city, state string
	described                   bool
}

// customer is a row of the customers file: the person, and the address of one order.
type customer struct {
	uniqueID, postalCode, city, state string
}

// product is a row of the products file; described is false for one that only items name.
type product struct {
	id, category string
	weightGrams  int64
	dimensions   [3]string // length, height and width in cm
	described    bool
	offers       []offer
}

// item is a row of the items file. One row is one unit.
type item struct {
	line                      int64
	number                    int64
	productID, sellerID       string
	priceMinor, shippingMinor int64
	shipBy                    time.Time
}

// payment is a row of the payments file.
type payment struct {
	line         int64
	sequence     int64
	method       string
	installments int64
	valueMinor   int64
}

// order is a row of the orders file. Zero times are empty fields.
type order struct {
	id, customerID, status                                string
	purchased, approved, handedOver, delivered, estimated time.Time
}

// cells reads the values of one row and keeps the first problem, so that a parser
// reads as the list of its columns.
type cells struct {
	row     row
	problem string
}

func (f *cells) fail(column, problem string) {
	if f.problem == "" {
		f.problem = column + " " + problem
	}
}

func (f *cells) text(column string, limit int, needed bool) string {
	value := f.row.get(column)
	switch {
	case needed && value == "":
		f.fail(column, "is empty")
	case utf8.RuneCountInString(value) > limit:
		f.fail(column, fmt.Sprintf("is longer than %d characters", limit))
	}
	return value
}

// id reads an external id: printable ASCII, because SKU codes are made from it, and no
// slash, because that joins two ids into one.
func (f *cells) id(column string) string {
	value := f.text(column, maxIDBytes, true)
	for i := range len(value) {
		if value[i] <= ' ' || value[i] > '~' || value[i] == '/' {
			f.fail(column, "is not an id")
		}
	}
	return value
}

// count reads a whole number from low to high; an empty optional one is 0. Programs that
// know no empty integer write "400.0".
func (f *cells) count(column string, needed bool, low, high int64) int64 {
	value := f.text(column, maxTextRunes, needed)
	if value == "" {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSuffix(value, ".0"), 10, 64)
	if err != nil || n < low || n > high {
		f.fail(column, fmt.Sprintf("is not a whole number from %d to %d", low, high))
	}
	return n
}

// money reads an amount of not less than zero, in minor units.
func (f *cells) money(column string) int64 {
	amount, err := shop.ParseAmount(f.row.get(column), currency)
	if err != nil || amount.Minor < 0 || amount.Minor > shop.ImportAmountLimit {
		f.fail(column, "is not an amount such as 123.45")
	}
	return amount.Minor
}

// timeLayouts are that of the data set and that of spreadsheets that saved it again.
var timeLayouts = []string{time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateOnly}

// time reads a time, zero for an empty one. The files name no zone: the digits are
// taken as UTC, see docs/import-olist.md.
func (f *cells) time(column string) time.Time {
	value := f.row.get(column)
	if value == "" {
		return time.Time{}
	}
	for _, layout := range timeLayouts {
		at, err := time.Parse(layout, value)
		if err != nil {
			continue
		}
		if _, err := shop.NewOrderID(at, 0); err != nil {
			f.fail(column, "is outside the years 2000 to 2136")
		}
		return at
	}
	f.fail(column, "is not a time such as 2017-10-02 10:56:33")
	return time.Time{}
}

// past reads the time of something that has happened.
func (f *cells) past(column string, now time.Time) time.Time {
	at := f.time(column)
	if at.After(now) {
		f.fail(column, "is in the future")
	}
	return at
}

// parse reads a row with read, unless the row is unusable already.
func parse[T any](r row, read func(*cells) T) (value T, problem string) {
	if r.problem != "" {
		return value, r.problem
	}
	f := &cells{row: r}
	value = read(f)
	return value, f.problem
}

func readSeller(f *cells) seller {
	return seller{
		id:         f.id("seller_id"),
		postalCode: f.text("seller_zip_code_prefix", maxPostalRunes, false),
		city:       f.text("seller_city", maxTextRunes, false),
		state:      f.text("seller_state", maxTextRunes, false),
		described:  true,
	}
}

func readCustomer(f *cells) customer {
	return customer{
		uniqueID:   f.id("customer_unique_id"),
		postalCode: f.text("customer_zip_code_prefix", maxPostalRunes, true),
		city:       f.text("customer_city", maxTextRunes, true),
		state:      f.text("customer_state", maxTextRunes, false),
	}
}

func readProduct(f *cells) product {
	return product{
		id:          f.id("product_id"),
		category:    f.text("product_category_name", maxTextRunes, false),
		weightGrams: f.count("product_weight_g", false, 0, maxWeightGrams),
		dimensions: [3]string{
			f.text("product_length_cm", maxPostalRunes, false),
			f.text("product_height_cm", maxPostalRunes, false),
			f.text("product_width_cm", maxPostalRunes, false),
		},
		described: true,
	}
}

func readItem(f *cells) item {
	return item{
		line:          f.row.line,
		number:        f.count("order_item_id", true, 1, shop.ImportRowLimit),
		productID:     f.id("product_id"),
		sellerID:      f.id("seller_id"),
		priceMinor:    f.money("price"),
		shippingMinor: f.money("freight_value"),
		shipBy:        f.time("shipping_limit_date"),
	}
}

func readPayment(f *cells) payment {
	return payment{
		line:         f.row.line,
		sequence:     f.count("payment_sequential", true, 1, shop.ImportRowLimit),
		method:       f.text("payment_type", maxTextRunes, true),
		installments: f.count("payment_installments", false, 0, maxInstallments),
		valueMinor:   f.money("payment_value"),
	}
}

func readOrder(now time.Time) func(*cells) order {
	return func(f *cells) order {
		o := order{
			id:         f.id("order_id"),
			customerID: f.id("customer_id"),
			status:     f.text("order_status", maxTextRunes, true),
			purchased:  f.past("order_purchase_timestamp", now),
			approved:   f.past("order_approved_at", now),
			handedOver: f.past("order_delivered_carrier_date", now),
			delivered:  f.past("order_delivered_customer_date", now),
			estimated:  f.time("order_estimated_delivery_date"),
		}
		if o.purchased.IsZero() {
			f.fail("order_purchase_timestamp", "is empty")
		}
		if _, known := statusWalks[o.status]; !known {
			f.fail("order_status", fmt.Sprintf("%q is not one that is known", o.status))
		}
		return o
	}
}
