package shop

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of what merchants write into the catalog, in characters where nothing else is said.
const (
	MaxProductName     = 512
	MaxProductSlug     = 120
	MaxDescription     = 20_000
	MaxSKUCode         = 64
	MaxVariantName     = 120
	MaxAttributes      = 20 // of one SKU
	MaxAttributeName   = 40
	MaxAttributeValue  = 200
	MaxWeightGrams     = 10_000_000
	MaxTaxCategories   = 100
	ProductHistorySize = 30 // changes that the page of a product shows
)

// StandardTax is the tax category of everything that is nothing special.
const StandardTax = "standard"

// CatalogStatus says whether a product or a SKU can be bought.
type CatalogStatus string

// The states of products and SKUs. A deleted product keeps its state for the day that it is restored.
const (
	CatalogDraft        CatalogStatus = "draft"        // being written; nobody sees it
	CatalogActive       CatalogStatus = "active"       // on sale
	CatalogDiscontinued CatalogStatus = "discontinued" // no longer sold, still readable for those who bought it
)

// CatalogStatuses returns all states, in the order in which people go through them.
func CatalogStatuses() []CatalogStatus {
	return []CatalogStatus{CatalogDraft, CatalogActive, CatalogDiscontinued}
}

// ProductDraft is what a merchant writes about a product.
type ProductDraft struct {
	Name        string
	Slug        string // "" of a new product: made from the name
	Description string
	Category    string // slug; "" is none
	Status      CatalogStatus
}

// SKUDraft is what a merchant writes about a variant.
type SKUDraft struct {
	Code        string
	Variant     string // "Blue / M"; "" where the product has one variant
	Attributes  map[string]string
	TaxCategory string
	Status      CatalogStatus
	Barcode     string
	WeightGrams int64 // 0: not known
}

// Clean strips spaces and refuses, as CodeInvalid, what the catalog cannot hold. A slug is required unless the product
// is new.
func (d ProductDraft) Clean(isNew bool) (ProductDraft, error) {
	d.Name, d.Slug, d.Category = oneLine(d.Name), strings.TrimSpace(d.Slug), strings.TrimSpace(d.Category)
	d.Description = strings.TrimSpace(strings.ReplaceAll(d.Description, "\r\n", "\n"))
	var f []FieldError
	switch n := utf8.RuneCountInString(d.Name); {
	case n == 0:
		f = append(f, FieldError{"name", "Enter the name of the product."})
	case n > MaxProductName:
		f = append(f, FieldError{"name", fmt.Sprintf("The name can have at most %d characters; this one has %d.", MaxProductName, n)})
	}
	if message := refuseSlug(d.Slug, isNew); message != "" {
		f = append(f, FieldError{"slug", message})
	}
	if n := utf8.RuneCountInString(d.Description); n > MaxDescription {
		f = append(f, FieldError{"description", fmt.Sprintf("The description can have at most %d characters; this one has %d.", MaxDescription, n)})
	}
	if !slices.Contains(CatalogStatuses(), d.Status) {
		f = append(f, FieldError{"status", "The status must be draft, active or discontinued."})
	}
	if f != nil {
		return d, InvalidFields(f...)
	}
	return d, nil
}

func refuseSlug(slug string, isNew bool) string {
	switch {
	case slug == "" && isNew:
		return ""
	case slug == "":
		return "Enter the address of the product, such as blue-mug."
	case len(slug) > MaxProductSlug:
		return fmt.Sprintf("The address can have at most %d characters.", MaxProductSlug)
	case slug != Slug(slug, MaxProductSlug):
		return "An address has lower-case letters a to z, digits, and single dashes between them, such as blue-mug."
	}
	return ""
}

// Clean strips spaces and refuses, as CodeInvalid, what the catalog cannot hold.
func (d SKUDraft) Clean() (SKUDraft, error) {
	d.Code, d.Variant = strings.TrimSpace(d.Code), oneLine(d.Variant)
	if d.TaxCategory = strings.TrimSpace(d.TaxCategory); d.TaxCategory == "" {
		d.TaxCategory = StandardTax
	}
	var f []FieldError
	if message := refuseSKUCode(d.Code); message != "" {
		f = append(f, FieldError{"code", message})
	}
	if utf8.RuneCountInString(d.Variant) > MaxVariantName {
		f = append(f, FieldError{"variant", fmt.Sprintf("The name of a variant can have at most %d characters.", MaxVariantName)})
	}
	if message := refuseAttributes(d.Attributes); message != "" {
		f = append(f, FieldError{"attributes", message})
	}
	if !slices.Contains(CatalogStatuses(), d.Status) {
		f = append(f, FieldError{"status", "The status must be draft, active or discontinued."})
	}
	if barcode, err := ParseBarcode(d.Barcode); err != nil {
		f = append(f, FieldError{"barcode", messageOf(err)})
	} else {
		d.Barcode = string(barcode)
	}
	if d.WeightGrams < 0 || d.WeightGrams > MaxWeightGrams {
		f = append(f, FieldError{"weight", fmt.Sprintf("The weight must be 0 to %d grams.", MaxWeightGrams)})
	}
	if f != nil {
		return d, InvalidFields(f...)
	}
	return d, nil
}

func refuseSKUCode(code string) string {
	switch {
	case code == "":
		return "Enter the SKU code, such as MUG-BLUE."
	case len(code) > MaxSKUCode:
		return fmt.Sprintf("A SKU code can have at most %d characters.", MaxSKUCode)
	case strings.ContainsFunc(code, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "A SKU code has letters without accents, digits and signs, and no spaces: it must fit a barcode."
	}
	return ""
}

func refuseAttributes(attributes map[string]string) string {
	if len(attributes) > MaxAttributes {
		return fmt.Sprintf("A variant can have at most %d attributes.", MaxAttributes)
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		switch value := attributes[name]; {
		case name == "" || utf8.RuneCountInString(name) > MaxAttributeName || strings.ContainsAny(name, ":\r\n") || name != strings.TrimSpace(name):
			return fmt.Sprintf("The name of an attribute has 1 to %d characters and no colon.", MaxAttributeName)
		case value == "" || utf8.RuneCountInString(value) > MaxAttributeValue || strings.ContainsAny(value, "\r\n") || value != strings.TrimSpace(value):
			return fmt.Sprintf("“%s” needs a value of 1 to %d characters.", name, MaxAttributeValue)
		}
	}
	return ""
}

// ParseAttributes reads attributes as people write them: one per line, "Colour: Blue". A line without a colon, and a name
// that comes twice, are CodeInvalid.
func ParseAttributes(text string) (map[string]string, error) {
	attributes := map[string]string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, found := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !found {
			return nil, Invalid("attributes", "Write one attribute per line, with a colon between name and value, such as Colour: Blue.")
		}
		if _, twice := attributes[name]; twice {
			return nil, Invalid("attributes", fmt.Sprintf("The attribute “%s” comes twice.", name))
		}
		attributes[name] = value
	}
	return attributes, nil
}

// FormatAttributes writes attributes as ParseAttributes reads them, by name.
func FormatAttributes(attributes map[string]string) string {
	lines := make([]string, 0, len(attributes))
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		lines = append(lines, name+": "+attributes[name])
	}
	return strings.Join(lines, "\n")
}

// ParsePrice reads what one unit costs. Nothing is given away by a slip: a price is above zero, and has no more decimals
// than its currency.
func ParsePrice(text string, currency Currency) (Amount, error) {
	price, err := ParseAmount(text, currency)
	switch {
	case err != nil:
		return Amount{}, err
	case price.Minor <= 0:
		return Amount{}, invalid("The price must be above zero.")
	case price.Minor > MaxPriceMinor:
		return Amount{}, invalid("The price is too high.")
	}
	return price, nil
}

// oneLine makes one line of a text: runs of white space, line breaks among them, become one space.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) }), " ")
}

// Editor is who changes the catalog of which merchant; a product of another merchant does not exist for them.
// MerchantID 0 is an administrator, who may change all.
type Editor struct {
	MerchantID int64
	Actor      Actor
	RequestID  string
}

// NewSKU is a variant that is added with its prices of the moment.
type NewSKU struct {
	SKUDraft
	Prices []Amount
}

// NewProduct adds a product with its first variants.
type NewProduct struct {
	Editor
	MerchantID int64 // who sells it
	ProductDraft
	SKUs []NewSKU
	Key  IdempotencyKey
}

// Clean cleans the product and its variants; the fields of the third variant are called "skus[2].code". There is at least
// one variant, and no code twice.
func (p NewProduct) Clean() (NewProduct, error) {
	var f []FieldError
	var err error
	if p.ProductDraft, err = p.ProductDraft.Clean(true); err != nil {
		f = append(f, fieldsIn(err, "")...)
	}
	switch {
	case len(p.SKUs) == 0:
		f = append(f, FieldError{"skus", "A product needs at least one variant."})
	case len(p.SKUs) > MaxProductSKUs:
		f = append(f, FieldError{"skus", fmt.Sprintf("A product can have at most %d variants.", MaxProductSKUs)})
		p.SKUs = nil
	}
	p.SKUs = slices.Clone(p.SKUs)
	codes := map[string]bool{}
	for i := range p.SKUs {
		prefix := fmt.Sprintf("skus[%d].", i)
		if p.SKUs[i], err = p.SKUs[i].Clean(); err != nil {
			f = append(f, fieldsIn(err, prefix)...)
		} else if codes[p.SKUs[i].Code] {
			f = append(f, FieldError{prefix + "code", "Two variants have this code."})
		}
		codes[p.SKUs[i].Code] = true
	}
	if f != nil {
		return p, InvalidFields(f...)
	}
	return p, nil
}

// Clean cleans the variant and checks that it has at most one price per currency, above zero.
func (s NewSKU) Clean() (NewSKU, error) {
	var f []FieldError
	var err error
	if s.SKUDraft, err = s.SKUDraft.Clean(); err != nil {
		f = fieldsIn(err, "")
	}
	seen := map[Currency]bool{}
	for i, price := range s.Prices {
		switch {
		case seen[price.Currency]:
			f = append(f, FieldError{fmt.Sprintf("prices[%d].currency", i), "This currency comes twice."})
		case price.Minor <= 0 || price.Minor > MaxPriceMinor:
			f = append(f, FieldError{fmt.Sprintf("prices[%d].price", i), "The price must be above zero."})
		}
		seen[price.Currency] = true
	}
	if f != nil {
		return s, InvalidFields(f...)
	}
	return s, nil
}

// fieldsIn are the refused fields of an error, their names behind a prefix.
func fieldsIn(err error, prefix string) []FieldError {
	known, ok := err.(*Error) //nolint:errorlint // our own, never wrapped
	if !ok {
		return []FieldError{{Field: strings.TrimSuffix(prefix, "."), Message: err.Error()}}
	}
	fields := make([]FieldError, len(known.Fields))
	for i, f := range known.Fields {
		fields[i] = FieldError{prefix + f.Field, f.Message}
	}
	return fields
}

// ChangeProduct replaces what is written about a product. Version is the one that the editor looked at: when somebody
// else saved meanwhile it is CodeConflict. 0 overwrites whatever there is.
type ChangeProduct struct {
	Editor
	ID      int64
	Version int64
	Edit    func(ProductDraft) ProductDraft // of what is written now
}

// ChangeSKU replaces what is written about a variant, as ChangeProduct does.
type ChangeSKU struct {
	Editor
	ID      int64
	Version int64
	Edit    func(SKUDraft) SKUDraft
}

// MerchantProduct is a product as its merchant sees it.
type MerchantProduct struct {
	ID         int64
	MerchantID int64
	Version    int64
	ProductDraft
	Picture   string // hash; "" is none
	CreatedAt time.Time
	UpdatedAt time.Time
	DeletedAt time.Time // zero: not deleted
	SKUs      []MerchantSKU
	History   []CatalogChange // the latest first
}

// MerchantSKU is a variant as its merchant sees it.
type MerchantSKU struct {
	ID        int64
	ProductID int64
	Version   int64
	SKUDraft
	Prices   []Amount // of the moment, by currency
	Rules    StockRules
	OnHand   int64
	Reserved int64
}

// Available is how many units can still be sold.
func (s MerchantSKU) Available() int64 { return s.OnHand - s.Reserved }

// SKU finds one variant of the product.
func (p MerchantProduct) SKU(id int64) (MerchantSKU, bool) {
	at := slices.IndexFunc(p.SKUs, func(s MerchantSKU) bool { return s.ID == id })
	if at < 0 {
		return MerchantSKU{}, false
	}
	return p.SKUs[at], true
}

// CatalogChange is an entry of a product's history.
type CatalogChange struct {
	At      time.Time
	By      string
	Action  string // product.created, sku.changed, ...
	SKU     string // code; "" is the product itself
	Changes []FieldChange
}

// FieldChange is what a field said before and after. Long texts are cut.
type FieldChange struct {
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
}

// maxChangeText is how much of a text the history keeps, in characters.
const maxChangeText = 200

func appendChange(list []FieldChange, field, from, to string) []FieldChange {
	if from == to {
		return list
	}
	return append(list, FieldChange{field, cutText(from), cutText(to)})
}

func cutText(text string) string {
	if runes := []rune(text); len(runes) > maxChangeText {
		return string(runes[:maxChangeText]) + "…"
	}
	return text
}

// Changes are the fields in which a draft differs from the one before it.
func (d ProductDraft) Changes(before ProductDraft) []FieldChange {
	var list []FieldChange
	list = appendChange(list, "name", before.Name, d.Name)
	list = appendChange(list, "slug", before.Slug, d.Slug)
	list = appendChange(list, "description", before.Description, d.Description)
	list = appendChange(list, "category", before.Category, d.Category)
	return appendChange(list, "status", string(before.Status), string(d.Status))
}

// Changes are the fields in which a draft differs from the one before it.
func (d SKUDraft) Changes(before SKUDraft) []FieldChange {
	var list []FieldChange
	list = appendChange(list, "code", before.Code, d.Code)
	list = appendChange(list, "variant", before.Variant, d.Variant)
	list = appendChange(list, "attributes", FormatAttributes(before.Attributes), FormatAttributes(d.Attributes))
	list = appendChange(list, "taxCategory", before.TaxCategory, d.TaxCategory)
	list = appendChange(list, "status", string(before.Status), string(d.Status))
	list = appendChange(list, "barcode", before.Barcode, d.Barcode)
	return appendChange(list, "weight", fmt.Sprint(before.WeightGrams), fmt.Sprint(d.WeightGrams))
}
