package views

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
)

// CurrencyChoice is what prices can be shown in. Back is where choosing returns to.
type CurrencyChoice struct {
	Sold   []shop.Currency
	Chosen shop.Currency
	Back   string
}

func (c CurrencyChoice) options() []ui.Option {
	options := make([]ui.Option, len(c.Sold))
	for i, currency := range c.Sold {
		options[i] = ui.Option{Value: string(currency), Label: string(currency)}
	}
	return options
}

// FrontModel is the shop window.
type FrontModel struct {
	Categories shop.Categories // at the top of the tree
	Products   []shop.ProductCard
	More       bool // there are more products than these
	Currency   CurrencyChoice
}

// ListModel is a list of products: of a category, or of everything.
type ListModel struct {
	Title    string
	Address  string // of the first page
	Count    int64  // products in it; 0: not known
	Children shop.Categories
	Crumbs   []ui.Crumb
	Products []shop.ProductCard
	First    string // address of the first page, when this is another one
	Next     string // address of the next page, when there is one
	Currency CurrencyChoice
}

func (m ListModel) lead() string {
	if m.Count == 0 {
		return ""
	}
	return format.Plural(m.Count, "product", "products")
}

// SearchModel is what a search found. Categories are there when it found nothing.
type SearchModel struct {
	Text       string
	Products   []shop.ProductCard
	Categories shop.Categories
	First      string
	Next       string
	Currency   CurrencyChoice
}

// Title names the search.
func (m SearchModel) Title() string {
	if m.Text == "" {
		return "Search"
	}
	return "Results for “" + m.Text + "”"
}

// StockBadge says what is left of something.
func StockBadge(available int64) ui.Badge {
	const few = 5
	switch {
	case available <= 0:
		return ui.Badge{Tone: ui.ToneNeutral, Icon: ui.IconBan, Word: "Out of stock"}
	case available <= few:
		return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconHourglass, Word: "Only " + format.Count(available) + " left"}
	}
	return ui.Badge{Tone: ui.ToneSuccess, Icon: ui.IconCheck, Word: format.Count(available) + " in stock"}
}

// supplyBadge is StockBadge for something that may be ordered although it is not there.
func supplyBadge(available, later int64) ui.Badge {
	if available <= 0 && later > 0 {
		return ui.Badge{Tone: ui.ToneInfo, Icon: ui.IconClock, Word: "Backorder: ships later"}
	}
	return StockBadge(available)
}

// AddForm is what was typed into the form of a product page.
type AddForm struct{ SKU, Quantity string }

// ProductModel is a product page.
type ProductModel struct {
	Product  shop.Product
	Currency CurrencyChoice
	Form     AddForm
	Chosen   shop.ProductSKU // the variant that the form begins with; without id when none can be bought
	ShipsBy  time.Time       // if it is paid right now
}

// NewProductModel chooses what the form begins with: what was chosen before, else the first variant that is there.
func NewProductModel(product shop.Product, currency CurrencyChoice, form AddForm, now time.Time) ProductModel {
	m := ProductModel{Product: product, Currency: currency, Form: form, ShipsBy: shop.ShipBy(now, product.ShipPolicy)}
	for _, sku := range product.SKUs {
		wanted := strconv.FormatInt(sku.ID, 10) == form.SKU
		if _, priced := sku.Price(currency.Chosen); sku.OnSale && priced && (wanted || m.Chosen.ID == 0 || (m.Chosen.CanOrder() == 0 && sku.CanOrder() > 0)) {
			m.Chosen = sku
			if wanted {
				break
			}
		}
	}
	return m
}

func (m ProductModel) severalVariants() bool { return len(m.Product.SKUs) > 1 }

// price is what the form's variant costs; each variant says its own if there are several.
func (m ProductModel) price() shop.Amount {
	price, _ := m.Chosen.Price(m.Currency.Chosen)
	return price
}

// choice is the currencies that the chosen variant has a price in.
func (m ProductModel) choice() CurrencyChoice {
	choice := CurrencyChoice{Chosen: m.price().Currency, Back: m.Currency.Back}
	for currency := range m.Chosen.Prices {
		choice.Sold = append(choice.Sold, currency)
	}
	slices.Sort(choice.Sold)
	return choice
}

// canChoose tells whether the form can hold the variant: it is sold, and in the currency of the form.
func (m ProductModel) canChoose(sku shop.ProductSKU) bool {
	price, ok := sku.Price(m.Currency.Chosen)
	return sku.OnSale && ok && price.Currency == m.price().Currency
}

// soldOut tells whether nothing of the product is left.
func (m ProductModel) soldOut() bool {
	return !slices.ContainsFunc(m.Product.SKUs, func(sku shop.ProductSKU) bool { return m.canChoose(sku) && sku.CanOrder() > 0 })
}

// shipsLater tells whether all that can be ordered has yet to come in.
func (m ProductModel) shipsLater() bool {
	return !m.soldOut() && !slices.ContainsFunc(m.Product.SKUs, func(sku shop.ProductSKU) bool { return m.canChoose(sku) && sku.Available > 0 })
}

// laterWords says how much of a line is not there yet.
func laterWords(later, quantity int64) string {
	if later == quantity {
		return "Backorder: ships later"
	}
	return "Backorder: " + format.Count(later) + " of " + format.Count(quantity) + " ship later"
}

func variantID(i int) string {
	if i == 0 {
		return ui.FieldID("sku")
	}
	return ui.FieldID("sku-" + strconv.Itoa(i))
}

func (m ProductModel) taxNote() string {
	if m.Product.TaxIncluded {
		return "Tax included. Shipping is added at checkout."
	}
	return "Tax and shipping are added at checkout."
}

// variantName is what the variant is called beside its siblings.
func variantName(sku shop.ProductSKU) string { return cmp.Or(sku.Variant, sku.Code) }

func stockID(sku shop.ProductSKU) string { return "stock-" + strconv.FormatInt(sku.ID, 10) }

// facts are the attributes of a variant by name.
func facts(sku shop.ProductSKU) []ui.Option {
	list := make([]ui.Option, 0, len(sku.Attributes))
	for name, value := range sku.Attributes {
		list = append(list, ui.Option{Value: value, Label: strings.ToUpper(name[:1]) + strings.ReplaceAll(name[1:], "_", " ")})
	}
	slices.SortFunc(list, func(a, b ui.Option) int { return cmp.Compare(a.Label, b.Label) })
	return list
}

// paragraphs splits a description at its empty lines.
func paragraphs(text string) []string {
	var list []string
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}
