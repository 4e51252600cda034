package shop

import "slices"

// Limits of what the shop window reads.
const (
	MaxCategories   = 1_000 // more are not a tree that people can browse
	MaxProductSKUs  = 200   // variants that a product page shows
	MaxSearchText   = 100   // characters of a search; what is typed beyond them is not looked for
	MaxSearchWords  = 8
	CatalogPageSize = 24
)

// DefaultCurrency is what the shop is shown in before anybody chose, where prices in it exist.
const DefaultCurrency Currency = "USD"

// Category is one node of the category tree.
type Category struct {
	ID       int64
	ParentID int64 // 0: at the top
	Slug     string
	Name     string
	Products int64 // on sale in it and in everything below it
}

// Categories is the category tree: parents come before their children, siblings in the order they are shown.
type Categories []Category

// BySlug returns the category of that name in addresses; others are CodeNotFound.
func (c Categories) BySlug(slug string) (Category, error) {
	at := slices.IndexFunc(c, func(one Category) bool { return one.Slug == slug })
	if at < 0 {
		return Category{}, NotFound("category")
	}
	return c[at], nil
}

// Children are the categories right below id; of 0, those at the top.
func (c Categories) Children(id int64) Categories {
	var children Categories
	for _, one := range c {
		if one.ParentID == id {
			children = append(children, one)
		}
	}
	return children
}

// Path leads from the top to the category, which is its last element. An unknown id has no path.
func (c Categories) Path(id int64) Categories {
	var path Categories
	for range c { // bounds the walk, whatever the parents say
		at := slices.IndexFunc(c, func(one Category) bool { return one.ID == id })
		if at < 0 {
			break
		}
		path = append(path, c[at])
		id = c[at].ParentID
	}
	slices.Reverse(path)
	return path
}

// Within lists the category and everything below it.
func (c Categories) Within(id int64) []int64 {
	ids := []int64{id}
	for _, one := range c {
		if slices.Contains(ids, one.ParentID) {
			ids = append(ids, one.ID)
		}
	}
	return ids
}

// NewCategories orders nodes, whose siblings stand in the order they are shown, into a tree and adds the products of
// each node to the nodes above it. Nodes whose parents form a circle are left out.
func NewCategories(nodes []Category) Categories {
	below := make(map[int64][]Category, len(nodes))
	for _, node := range nodes {
		below[node.ParentID] = append(below[node.ParentID], node)
	}
	tree := make(Categories, 0, len(nodes))
	var add func(parent int64) int64
	add = func(parent int64) (products int64) {
		for _, node := range below[parent] {
			at := len(tree)
			tree = append(tree, node)
			tree[at].Products += add(node.ID)
			products += tree[at].Products
		}
		return products
	}
	add(0)
	return tree
}

// ProductCard is a product in a list.
type ProductCard struct {
	ID           int64
	Slug         string
	Name         string
	MerchantName string
	Picture      string // hash; "" is none
	Price        Amount // of the cheapest variant; no currency when nothing of it has a price
	PriceVaries  bool   // some variants cost more
	Available    int64  // units of all variants that can be bought now
	Later        int64  // units that can be ordered beyond these, and ship when they have come in
	Rank         float32
}

// ProductQuery asks for a page of the products on sale, newest first.
type ProductQuery struct {
	CategoryIDs []int64  // empty: all
	Currency    Currency // the one to show prices in, where there are any
	Before      int64    // keyset cursor: only products with a lower id; 0: from the newest
	Limit       int
}

// SearchQuery asks for a page of the products on sale whose texts hold words that begin like the given ones, best match
// first.
type SearchQuery struct {
	Text     string
	Currency Currency
	After    SearchCursor
	Limit    int
}

// SearchCursor is the last product of the page before; the zero value starts with the best match.
type SearchCursor struct {
	Rank float32
	ID   int64
}

// Product is everything that a product page shows.
type Product struct {
	ID           int64
	Slug         string
	Name         string
	Description  string
	CategoryID   int64 // 0: none
	MerchantID   int64
	MerchantName string
	Picture      string // hash; "" is none
	TaxIncluded  bool   // the merchant's prices contain the tax
	OnSale       bool   // false: no longer sold, shown to those who bought it once
	SKUs         []ProductSKU
	ShipPolicy   ShipPolicy
}

// ProductSKU is one variant of a product.
type ProductSKU struct {
	ID         int64
	Code       string
	Variant    string // "Blue / M"; empty when there is only one
	Attributes map[string]string
	OnSale     bool
	Prices     map[Currency]int64 // minor units, of the moment
	Available  int64              // units that can be bought now
	Later      int64              // units that can be ordered beyond these, and ship when they have come in
	BuyerLimit int64              // units that one customer may have; 0: any number
}

// CanOrder is how many units can be ordered, those that ship later among them.
func (s ProductSKU) CanOrder() int64 { return orderable(s.Available, s.Later, s.BuyerLimit) }

// Price is what the variant costs: in the wanted currency, or else in the first by name that it has a price in.
// ok is false when it has none.
func (s ProductSKU) Price(wanted Currency) (price Amount, ok bool) {
	if minor, has := s.Prices[wanted]; has {
		return Amount{Minor: minor, Currency: wanted}, true
	}
	for currency, minor := range s.Prices {
		if !ok || currency < price.Currency {
			price, ok = Amount{Minor: minor, Currency: currency}, true
		}
	}
	return price, ok
}
