package olist

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"waybill/shop"
)

const (
	country      = "BR"
	providerName = "olist"

	// unknownSeller is the external id of the merchant that holds orders without lines
	// and products that nobody sold. No seller id looks like it.
	unknownSeller     = "unknown-seller"
	unknownSellerName = "Unknown seller (Olist)"

	labelIDLength = 8 // of a 32-character id, enough for people to tell two labels apart
)

// joined makes one external id of several. Ids hold no slash.
func joined(ids ...string) string { return strings.Join(ids, "/") }

func prefix(id string) string { return id[:min(len(id), labelIDLength)] }

func (s *seller) merchant() shop.ImportMerchant {
	return shop.ImportMerchant{
		ExternalID: s.id, Name: s.label(), City: s.city, Region: s.state, PostalCode: s.postalCode, Country: country,
	}
}

// label is not a name, because the data set has none, but it can be told apart and found.
func (s *seller) label() string {
	if s.city == "" {
		return "Seller " + prefix(s.id)
	}
	return "Seller " + prefix(s.id) + " (" + s.city + ")"
}

func customerEntry(uniqueID string) shop.ImportCustomer {
	return shop.ImportCustomer{ExternalID: uniqueID, Name: "Customer " + prefix(uniqueID)}
}

func (c customer) address() shop.Address {
	return shop.Address{City: c.city, Region: c.state, PostalCode: c.postalCode, Country: country}
}

// categoryLabel turns "cool_stuff" into "Cool stuff"; the names stay Portuguese.
func categoryLabel(category string) string {
	words := strings.ReplaceAll(category, "_", " ")
	first, size := utf8.DecodeRuneInString(words)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + words[size:]
}

func (p *product) label() string {
	return cmp.Or(categoryLabel(p.category), "Product") + " " + prefix(p.id)
}

// entry maps a product to one SKU per seller who sold it.
func (p *product) entry(sellers map[string]*seller) shop.ImportProduct {
	entry := shop.ImportProduct{
		ExternalID: p.id, MerchantRef: unknownSeller, Name: p.label(), CategoryRef: p.category,
	}
	offers := p.offers
	if len(offers) == 0 {
		offers = []offer{{sellerID: unknownSeller}}
	}
	entry.MerchantRef = offers[0].sellerID
	for _, o := range offers {
		sku := shop.ImportSKU{
			ExternalID: joined(p.id, o.sellerID), MerchantRef: o.sellerID, Code: p.id,
			WeightGrams: p.weightGrams, Attributes: p.attributes(),
		}
		if !o.pricedAt.IsZero() {
			sku.Prices = []shop.ImportPrice{{Currency: currency, Minor: o.priceMinor, From: o.pricedAt}}
		}
		if len(offers) > 1 {
			sku.Variant = sellers[o.sellerID].label()
		}
		entry.SKUs = append(entry.SKUs, sku)
	}
	return entry
}

// goods is a batch of products with the categories that they are in.
func (s *Source) goods(ids []string) shop.ImportCatalog {
	batch := shop.ImportCatalog{Products: mapped(ids, func(id string) shop.ImportProduct { return s.products[id].entry(s.sellers) })}
	named := map[string]bool{"": true}
	for _, p := range batch.Products {
		if !named[p.CategoryRef] {
			named[p.CategoryRef] = true
			batch.Categories = append(batch.Categories, shop.ImportCategory{ExternalID: p.CategoryRef, Name: categoryLabel(p.CategoryRef)})
		}
	}
	return batch
}

func (p *product) attributes() map[string]string {
	attributes := map[string]string{}
	for i, key := range []string{"length_cm", "height_cm", "width_cm"} {
		if p.dimensions[i] != "" {
			attributes[key] = p.dimensions[i]
		}
	}
	return attributes
}

// checkout maps one row of the orders file with what belongs to it.
func (s *Source) checkout(o order, items []item, payments []payment) shop.ImportCheckout {
	buyer := s.customers[o.customerID]
	events, exceptions := o.events()
	checkout := shop.ImportCheckout{
		ExternalID: o.id, CustomerRef: buyer.uniqueID, Address: buyer.address(), PlacedAt: o.purchased, Currency: currency,
		Orders: s.orders(o, items, events),
	}
	slices.SortFunc(payments, func(a, b payment) int { return cmp.Compare(a.sequence, b.sequence) })
	split := newSplit(checkout.Orders)
	for _, p := range payments {
		checkout.Payments = append(checkout.Payments, p.entry(o, events, split.share(p.valueMinor)))
	}
	checkout.Exceptions = onePerKind(moneyExceptions(checkout), exceptions, s.missingReferences(items))
	return checkout
}

// onePerKind puts the findings together; those of one kind become one with all reasons.
// Only kinds without amounts come more than once.
func onePerKind(lists ...[]shop.ImportException) []shop.ImportException {
	var found []shop.ImportException
	for _, e := range slices.Concat(lists...) {
		i := slices.IndexFunc(found, func(f shop.ImportException) bool { return f.Kind == e.Kind })
		if i < 0 {
			found = append(found, e)
			continue
		}
		found[i].Reason += " " + e.Reason
	}
	return found
}

// orders groups the items into an order per seller. Without items the seller is
// unknown, and the one order keeps the payments and the events.
func (s *Source) orders(o order, items []item, events []shop.ImportEvent) []shop.ImportOrder {
	if len(items) == 0 {
		return []shop.ImportOrder{{
			ExternalID: joined(o.id, unknownSeller), MerchantRef: unknownSeller, SourceStatus: o.status,
			WithoutLines: true, DeliveryEstimateAt: o.estimated, Events: events,
		}}
	}
	slices.SortFunc(items, func(a, b item) int { return cmp.Compare(a.number, b.number) })
	var orders []shop.ImportOrder
	for _, it := range items {
		i := slices.IndexFunc(orders, func(one shop.ImportOrder) bool { return one.MerchantRef == it.sellerID })
		if i < 0 {
			i = len(orders)
			orders = append(orders, shop.ImportOrder{
				ExternalID: joined(o.id, it.sellerID), MerchantRef: it.sellerID, SourceStatus: o.status,
				ShipBy: it.shipBy, DeliveryEstimateAt: o.estimated, Events: slices.Clone(events),
			})
		}
		s.addItem(&orders[i], o.id, it)
	}
	return orders
}

// addItem adds one unit: to the line of the same product at the same price, or as a new
// line, so that no unit's price is averaged away.
func (s *Source) addItem(to *shop.ImportOrder, orderID string, it item) {
	to.ShippingMinor += it.shippingMinor
	to.ShipBy = earliest(to.ShipBy, it.shipBy)
	sku := joined(it.productID, it.sellerID)
	for i := range to.Lines {
		if to.Lines[i].SKURef == sku && to.Lines[i].UnitPriceMinor == it.priceMinor {
			to.Lines[i].Quantity++
			return
		}
	}
	to.Lines = append(to.Lines, shop.ImportLine{
		ExternalID: joined(orderID, strconv.FormatInt(it.number, 10)),
		SKURef:     sku, SKUCode: it.productID, Name: s.products[it.productID].label(),
		Quantity: 1, UnitPriceMinor: it.priceMinor,
	})
}

// earliest returns the earlier of two times, of which either may be zero for unknown.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// entry maps a payment. Approval is the order's, so all payments of one share its fate.
func (p payment) entry(o order, events []shop.ImportEvent, shares []int64) shop.ImportPayment {
	id := joined(o.id, strconv.FormatInt(p.sequence, 10))
	status := paymentStatus(events)
	at := o.approved
	if at.IsZero() {
		at = o.purchased
	}
	return shop.ImportPayment{
		ExternalID: id, Provider: providerName, ProviderRef: id,
		Method: p.method, Installments: p.installments, Sequence: p.sequence,
		AmountMinor: p.valueMinor, Status: status, At: at,
		TimeUnknown: status == shop.PaymentCaptured && o.approved.IsZero(),
		Shares:      shares,
	}
}

// split shares the payments of a checkout out over its orders.
type split struct {
	totals, lacking []int64
}

func newSplit(orders []shop.ImportOrder) *split {
	s := &split{}
	for _, o := range orders {
		s.totals = append(s.totals, o.TotalMinor())
	}
	s.lacking = slices.Clone(s.totals)
	return s
}

// share allocates one payment by largest remainder over what each order still lacks,
// and what is over by their totals. Over the bare totals, the odd cents of several
// payments could add up to an order that is paid a cent too much beside one that is
// paid a cent too little; this way each is paid exactly when the checkout is.
func (s *split) share(valueMinor int64) []int64 {
	var lacking int64
	for _, l := range s.lacking {
		lacking += l
	}
	shares := shop.Allocate(min(valueMinor, lacking), s.lacking)
	over := shop.Allocate(max(valueMinor-lacking, 0), s.totals)
	for i := range shares {
		s.lacking[i] -= shares[i]
		shares[i] += over[i]
	}
	return shares
}

// paymentStatus tells what became of the money: captured once the order was confirmed,
// given up when it was cancelled before, still open otherwise.
func paymentStatus(events []shop.ImportEvent) shop.PaymentStatus {
	reached := func(status shop.Status) bool {
		return slices.ContainsFunc(events, func(e shop.ImportEvent) bool { return e.To == status })
	}
	switch {
	case reached(shop.StatusConfirmed):
		return shop.PaymentCaptured
	case reached(shop.StatusCancelled):
		return shop.PaymentCancelled
	default:
		return shop.PaymentPending
	}
}

// moneyExceptions lists where money and goods disagree.
func moneyExceptions(c shop.ImportCheckout) []shop.ImportException {
	total, paid := c.TotalMinor(), c.PaidMinor()
	status := paymentStatus(c.Orders[0].Events)
	var found []shop.ImportException
	list := func(kind shop.ImportExceptionKind, expected, actual int64, reason string) {
		found = append(found, shop.ImportException{Kind: kind, Reason: reason, ExpectedMinor: expected, ActualMinor: actual})
	}
	switch {
	case c.Orders[0].WithoutLines:
		list(shop.ImportedWithoutLines, 0, paid, "The files hold no items of this order; what was bought, and from whom, is unknown.")
	case total != paid:
		list(shop.PaidDiffers, total, paid, "The payments on record do not add up to items plus freight.")
	}
	cancelled := c.Orders[0].Status() == shop.StatusCancelled
	switch {
	case cancelled && status == shop.PaymentCaptured && paid > 0:
		list(shop.CancelledNotRefunded, 0, paid, fmt.Sprintf(
			"The order is %s after its payment was approved, and the files tell of no refund.", c.Orders[0].SourceStatus))
	case cancelled && paid > 0:
		list(shop.PaymentNotApproved, paid, 0, "The order ended without an approval of these payments.")
	}
	return found
}

// missingReferences lists the sellers and products that have no row of their own.
func (s *Source) missingReferences(items []item) []shop.ImportException {
	var found []shop.ImportException
	named := map[string]bool{}
	list := func(what, id string, described bool, file string) {
		if described || named[id] {
			return
		}
		named[id] = true
		found = append(found, shop.ImportException{
			Kind:   shop.ReferenceMissing,
			Reason: fmt.Sprintf("%s %s has no usable row in %s; only its id is known.", what, id, file),
		})
	}
	for _, it := range items {
		list("Seller", it.sellerID, s.sellers[it.sellerID].described, sellersFile.name)
		list("Product", it.productID, s.products[it.productID].described, productsFile.name)
	}
	return found
}
