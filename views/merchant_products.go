package views

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/shop"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// MerchantProductsModel is the list of a merchant's products.
type MerchantProductsModel struct {
	shop.MerchantProductsPage
	Query      shop.MerchantProductsQuery
	Categories shop.Categories
	Now        time.Time
}

func (m MerchantProductsModel) url(change func(*shop.MerchantProductsQuery)) string {
	q := m.Query
	q.Before = 0
	change(&q)
	params := urls.Query{{Name: "status", Value: string(q.Tab)}, {Name: "q", Value: q.Text}, {Name: "category", Value: q.Category}}
	if q.Before > 0 {
		params = append(params, urls.Param{Name: "before", Value: strconv.FormatInt(q.Before, 10)})
	}
	return urls.With(urls.MerchantProducts(), params)
}

func (m MerchantProductsModel) tabs() []ui.Tab {
	labels := map[shop.ProductTab]string{
		shop.ProductsAll: "All", shop.ProductsActive: "On sale", shop.ProductsDraft: "Drafts", shop.ProductsDiscontinued: "Discontinued", shop.ProductsDeleted: "Deleted",
	}
	var tabs []ui.Tab
	for _, tab := range shop.ProductTabs() {
		tabs = append(tabs, ui.Tab{
			Label: labels[tab], URL: m.url(func(q *shop.MerchantProductsQuery) { q.Tab = tab }), Count: format.Count(m.Counts[tab]), Current: tab == m.Query.Tab,
		})
	}
	return tabs
}

func (m MerchantProductsModel) pages() ui.PageLinks {
	var links ui.PageLinks
	if m.Query.Before > 0 {
		links.Newer, links.NewerLabel = m.url(func(*shop.MerchantProductsQuery) {}), "To the newest"
	}
	if m.More {
		links.Older = m.url(func(q *shop.MerchantProductsQuery) { q.Before = m.Rows[len(m.Rows)-1].ID })
	}
	return links
}

func (m MerchantProductsModel) tags() []ui.FilterTag {
	var tags []ui.FilterTag
	if m.Query.Text != "" {
		tags = append(tags, ui.FilterTag{Label: "Text: " + m.Query.Text, RemoveURL: m.url(func(q *shop.MerchantProductsQuery) { q.Text = "" })})
	}
	if c, err := m.Categories.BySlug(m.Query.Category); err == nil {
		tags = append(tags, ui.FilterTag{Label: "Category: " + c.Name, RemoveURL: m.url(func(q *shop.MerchantProductsQuery) { q.Category = "" })})
	}
	return tags
}

// hidden is why nobody can buy a product that is meant to be on sale, "" if somebody can.
func hidden(r shop.MerchantProductRow) string {
	switch {
	case r.Deleted || r.Status != shop.CatalogActive:
		return ""
	case r.SKUs == 0:
		return "no variant"
	case r.Unpriced > 0:
		return format.Plural(r.Unpriced, "variant", "variants") + " without a price"
	}
	return ""
}

func catalogBadge(status shop.CatalogStatus, deleted bool) ui.Badge {
	switch {
	case deleted:
		return ui.Badge{Tone: ui.ToneDanger, Icon: ui.IconTrash, Word: "Deleted"}
	case status == shop.CatalogActive:
		return ui.Badge{Tone: ui.ToneSuccess, Icon: ui.IconCheck, Word: "On sale"}
	case status == shop.CatalogDraft:
		return ui.Badge{Tone: ui.ToneNeutral, Icon: ui.IconEdit, Word: "Draft"}
	}
	return ui.Badge{Tone: ui.ToneWarning, Icon: ui.IconBan, Word: "Discontinued"}
}

// pictureURL is the address of a picture, "" for none.
func pictureURL(hash string) string {
	if hash == "" {
		return ""
	}
	return urls.Picture(hash)
}

// smallPictureURL is the address of the same picture for lists.
func smallPictureURL(hash string) string {
	if hash == "" {
		return ""
	}
	return urls.SmallPicture(hash)
}

// firstPrice is the one to show where there is room for one: in the shop's currency, or else the first by name.
func firstPrice(prices []shop.Amount) shop.Amount {
	if at := slices.IndexFunc(prices, func(a shop.Amount) bool { return a.Currency == shop.DefaultCurrency }); at >= 0 {
		return prices[at]
	}
	return prices[0]
}

// CatalogChoices is what the forms of the catalog let choose from.
type CatalogChoices struct {
	Categories shop.Categories
	Tax        []string
	Currencies []shop.Currency // that the shop has prices in, or the usual one while it has none

	FirstPrices bool // it has none
}

// ordinalLabel tells fields apart that stand below each other.
func ordinalLabel(label string, i int) string { return label + " " + strconv.Itoa(i+1) }

func (c CatalogChoices) categories(none string) []ui.Option {
	options := []ui.Option{{Value: "", Label: none}}
	for _, one := range c.Categories {
		names := []string{}
		for _, step := range c.Categories.Path(one.ID) {
			names = append(names, step.Name)
		}
		options = append(options, ui.Option{Value: one.Slug, Label: strings.Join(names, " › ")})
	}
	return options
}

// taxes lists the tax categories, and the one that is set though there is no rate for it any more.
func (c CatalogChoices) taxes(set string) []ui.Option {
	names := c.Tax
	if set != "" && !slices.Contains(names, set) {
		names = append(slices.Clone(names), set)
	}
	options := make([]ui.Option, len(names))
	for i, name := range names {
		options[i] = ui.Option{Value: name, Label: strings.ToUpper(name[:1]) + name[1:]}
	}
	return options
}

func statusOptions() []ui.Option {
	return []ui.Option{
		{Value: string(shop.CatalogDraft), Label: "Draft: nobody sees it"},
		{Value: string(shop.CatalogActive), Label: "On sale"},
		{Value: string(shop.CatalogDiscontinued), Label: "Discontinued: no longer sold"},
	}
}

// ProductForm is what was entered into the form of a product.
type ProductForm struct {
	Version string
	Draft   shop.ProductDraft
}

// FormOfProduct is the form of a product as it is.
func FormOfProduct(p shop.MerchantProduct) ProductForm {
	return ProductForm{Version: strconv.FormatInt(p.Version, 10), Draft: p.ProductDraft}
}

// SKUForm is what was entered into the form of a variant.
type SKUForm struct {
	Version     string
	Code        string
	Variant     string
	Attributes  string // one per line
	Options     string // of a new product: one per line
	TaxCategory string
	Status      string
	Barcode     string
	Weight      string
	Prices      map[shop.Currency]string
	Others      [OtherPrices]OtherPrice // in currencies that the shop has no prices in yet
}

// OtherPrices is how many prices in currencies of their own one form takes. More are set on the page of the variant.
const OtherPrices = 3

// OtherPrice is a price with its currency, as they were typed.
type OtherPrice struct{ Currency, Price string }

// OtherCurrencyField and OtherPriceField are the names of the i-th pair's fields.
func OtherCurrencyField(i int) string { return "otherCurrency" + strconv.Itoa(i+1) }

// OtherPriceField is beside OtherCurrencyField.
func OtherPriceField(i int) string { return "otherPrice" + strconv.Itoa(i+1) }

// FormOfSKU is the form of a variant as it is, without its prices.
func FormOfSKU(s shop.MerchantSKU) SKUForm {
	form := SKUForm{
		Version: strconv.FormatInt(s.Version, 10), Code: s.Code, Variant: s.Variant, Attributes: shop.FormatAttributes(s.Attributes),
		TaxCategory: s.TaxCategory, Status: string(s.Status), Barcode: s.Barcode,
	}
	if s.WeightGrams > 0 {
		form.Weight = strconv.FormatInt(s.WeightGrams, 10)
	}
	return form
}

// PriceTexts are prices as a form holds them.
func PriceTexts(prices []shop.Amount) map[shop.Currency]string {
	texts := map[shop.Currency]string{}
	for _, p := range prices {
		texts[p.Currency] = p.Decimal()
	}
	return texts
}

// PriceField is the name of the field for the price in a currency.
func PriceField(currency shop.Currency) string { return "price" + string(currency) }

// NewProductFormModel is the form of a new product.
type NewProductFormModel struct {
	Product ProductForm
	SKU     SKUForm
	Choices CatalogChoices
	Key     string // makes sending it twice one product
}

// MerchantProductModel is one product with its form.
type MerchantProductModel struct {
	Product  shop.MerchantProduct
	Form     ProductForm
	Choices  CatalogChoices
	Conflict EditConflict
	Now      time.Time
}

func (m MerchantProductModel) deleted() bool { return !m.Product.DeletedAt.IsZero() }

const nothingInStock = "Nothing of it is in stock."

// obstacles are what keeps people from buying the product.
func (m MerchantProductModel) obstacles() []string {
	var list []string
	switch {
	case m.deleted():
		return []string{"It is deleted."}
	case m.Product.Status == shop.CatalogDraft:
		list = append(list, "It is a draft.")
	case m.Product.Status == shop.CatalogDiscontinued:
		list = append(list, "It is discontinued.")
	}
	var offered, priced, left bool
	for _, s := range m.Product.SKUs {
		active := s.Status == shop.CatalogActive
		offered, priced, left = offered || active, priced || active && len(s.Prices) > 0, left || active && len(s.Prices) > 0 && s.Available() > 0
	}
	switch {
	case !offered:
		list = append(list, "None of its variants is on sale.")
	case !priced:
		list = append(list, "None of its variants on sale has a price.")
	case !left:
		list = append(list, nothingInStock)
	}
	return list
}

// unstocked is the first variant that people could buy if there were units of it, when nothing else keeps them from it.
func (m MerchantProductModel) unstocked() (skuID int64, lacks bool) {
	if why := m.obstacles(); len(why) != 1 || why[0] != nothingInStock {
		return 0, false
	}
	at := slices.IndexFunc(m.Product.SKUs, func(s shop.MerchantSKU) bool { return s.Status == shop.CatalogActive && len(s.Prices) > 0 })
	return m.Product.SKUs[at].ID, true
}

// EditConflict is what two people wrote at the same time. The zero value is none.
type EditConflict struct {
	Message string
	By      string
	At      time.Time
	Fields  []shop.FieldChange // From is what is saved, To what was to be saved
}

// ConflictOf tells who saved last and what differs from it.
func ConflictOf(message string, history []shop.CatalogChange, fields []shop.FieldChange) EditConflict {
	c := EditConflict{Message: message, Fields: fields}
	if len(history) > 0 {
		c.By, c.At = history[0].By, history[0].At
	}
	return c
}

// catalogFieldLabel is what a field of the catalog is called on its form.
func catalogFieldLabel(field string) string {
	labels := map[string]string{
		"name": "Name", "slug": "Address", "description": "Description", "category": "Category", "status": "State", "code": "SKU code", "variant": "Variant",
		"attributes": "Attributes", "taxCategory": "Tax category", "barcode": "Barcode", "weight": "Weight (g)",
	}
	if label, known := labels[field]; known {
		return label
	}
	return field
}

// changeWords is an entry of a product's history in a sentence.
func changeWords(c shop.CatalogChange) string {
	sentences := map[string]string{
		"product.created": "Added the product", "product.changed": "Changed the product", "product.picture": "Set the picture", "product.picture_removed": "Removed the picture",
		"product.deleted": "Deleted the product", "product.restored": "Restored the product", "sku.created": "Added a variant", "sku.changed": "Changed a variant",
	}
	if words, known := sentences[c.Action]; known {
		return words
	}
	return c.Action
}

// SKUModel is the form of a variant, of a new one if it has no id.
type SKUModel struct {
	Product  shop.MerchantProduct
	SKU      shop.MerchantSKU
	Form     SKUForm
	Choices  CatalogChoices
	Conflict EditConflict
	Book     shop.PriceBook
	Price    PriceForm
	Typed    url.Values        // into the form of the stock rules, when they were refused
	Errors   []shop.FieldError // of it
	Key      string
	Now      time.Time
}

// PriceForm is what was entered into the form that sets a price.
type PriceForm struct{ Currency, Price, From string }

// currency is the one that a price is set in unless another is typed.
func (m SKUModel) currency() string {
	if m.Price.Currency != "" || len(m.Choices.Currencies) != 1 {
		return m.Price.Currency
	}
	return string(m.Choices.Currencies[0])
}

func priceBadge(p shop.SKUPrice, now time.Time) ui.Badge {
	switch p.State(now) {
	case shop.PriceCurrent:
		return ui.Badge{Tone: ui.ToneSuccess, Icon: ui.IconCheck, Word: "Now"}
	case shop.PriceScheduled:
		return ui.Badge{Tone: ui.ToneInfo, Icon: ui.IconClock, Word: "Scheduled"}
	}
	return ui.Badge{Tone: ui.ToneNeutral, Icon: ui.IconHistory, Word: "Past"}
}

// priceUntil is when a price ends, in words.
func priceUntil(p shop.SKUPrice) string {
	if p.Until.IsZero() {
		return "until changed"
	}
	return format.DateTime(p.Until)
}

// Title is the heading of the page.
func (m SKUModel) Title() string {
	if m.SKU.ID == 0 {
		return "New variant"
	}
	return m.SKU.Code
}

// URL is the address of the form.
func (m SKUModel) URL() string {
	if m.SKU.ID == 0 {
		return urls.MerchantSKUNew(m.Product.ID)
	}
	return urls.MerchantSKU(m.Product.ID, m.SKU.ID)
}
