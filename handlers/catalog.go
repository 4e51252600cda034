package handlers

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

const frontProducts = 12 // on the first page

// Front is the shop window: the categories and what is new.
func (h *Handlers) Front(w http.ResponseWriter, r *http.Request) error {
	currency, err := h.currencies(r)
	if err != nil {
		return err
	}
	categories, err := h.Store.Categories(r.Context())
	if err != nil {
		return err
	}
	products, more, err := h.Store.Products(r.Context(), shop.ProductQuery{Currency: currency.Chosen, Limit: frontProducts})
	if err != nil {
		return err
	}
	page := h.page(r, "")
	page.Nav = urls.Home()
	page.Description = "Browse the shop by category, or search it."
	h.render(w, r, http.StatusOK, views.Front(page, views.FrontModel{
		Categories: categories.Children(0), Products: products, More: more, Currency: currency,
	}))
	return nil
}

// Products lists everything on sale, newest first.
func (h *Handlers) Products(w http.ResponseWriter, r *http.Request) error {
	return h.listProducts(w, r, views.ListModel{Title: "Everything", Address: urls.Products()}, nil)
}

// Category lists what is on sale in a category and below it.
func (h *Handlers) Category(w http.ResponseWriter, r *http.Request) error {
	categories, err := h.Store.Categories(r.Context())
	if err != nil {
		return err
	}
	category, err := categories.BySlug(chi.URLParam(r, "slug"))
	if err != nil {
		return err
	}
	m := views.ListModel{
		Title: category.Name, Address: urls.Category(category.Slug), Count: category.Products,
		Children: categories.Children(category.ID), Crumbs: categoryCrumbs(categories, category.ParentID),
	}
	return h.listProducts(w, r, m, categories.Within(category.ID))
}

func categoryCrumbs(categories shop.Categories, id int64) []ui.Crumb {
	crumbs := []ui.Crumb{{Label: "Shop", URL: urls.Home()}}
	for _, c := range categories.Path(id) {
		crumbs = append(crumbs, ui.Crumb{Label: c.Name, URL: urls.Category(c.Slug)})
	}
	return crumbs
}

func (h *Handlers) listProducts(w http.ResponseWriter, r *http.Request, m views.ListModel, categoryIDs []int64) error {
	var err error
	if m.Currency, err = h.currencies(r); err != nil {
		return err
	}
	before := cursorOf(r, "before")
	products, more, err := h.Store.Products(r.Context(), shop.ProductQuery{
		CategoryIDs: categoryIDs, Currency: m.Currency.Chosen, Before: before, Limit: shop.CatalogPageSize,
	})
	if err != nil {
		return err
	}
	m.Products = products
	if more {
		m.Next = urls.With(m.Address, urls.Query{{Name: "before", Value: strconv.FormatInt(products[len(products)-1].ID, 10)}})
	}
	if before > 0 {
		m.First = m.Address
	}
	page := h.page(r, m.Title)
	page.Nav, page.Breadcrumbs = urls.Home(), m.Crumbs
	h.render(w, r, http.StatusOK, views.ProductList(page, m))
	return nil
}

// cursorOf reads a keyset cursor. What is not one counts as none: the address was mistyped, and the first page is the
// best answer.
func cursorOf(r *http.Request, name string) int64 {
	id, err := strconv.ParseInt(r.URL.Query().Get(name), 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}

// Search lists what is on sale and holds all the words, best match first.
func (h *Handlers) Search(w http.ResponseWriter, r *http.Request) error {
	currency, err := h.currencies(r)
	if err != nil {
		return err
	}
	text := strings.TrimSpace(r.URL.Query().Get("q"))
	after := searchCursorOf(r)
	products, more, err := h.Store.SearchProducts(r.Context(), shop.SearchQuery{Text: text, Currency: currency.Chosen, After: after, Limit: shop.CatalogPageSize})
	if err != nil {
		return err
	}
	m := views.SearchModel{Text: text, Products: products, Currency: currency}
	if more {
		m.Next = nextSearchPage(text, products[len(products)-1])
	}
	if after != (shop.SearchCursor{}) {
		m.First = urls.Search(text)
	}
	if len(products) == 0 {
		categories, err := h.Store.Categories(r.Context())
		if err != nil {
			return err
		}
		m.Categories = categories.Children(0)
	}
	page := h.page(r, m.Title())
	page.Nav, page.Search.Value = urls.Home(), text
	h.render(w, r, http.StatusOK, views.Search(page, m))
	return nil
}

// The cursor of a search is the rank and the id of the last product, as "0.6079271-42".
func nextSearchPage(text string, last shop.ProductCard) string {
	rank := strconv.FormatFloat(float64(last.Rank), 'f', -1, 32)
	return urls.With(urls.Search(text), urls.Query{{Name: "after", Value: rank + "-" + strconv.FormatInt(last.ID, 10)}})
}

func searchCursorOf(r *http.Request) shop.SearchCursor {
	rank, id, _ := strings.Cut(r.URL.Query().Get("after"), "-")
	rankNumber, rankErr := strconv.ParseFloat(rank, 32)
	idNumber, idErr := strconv.ParseInt(id, 10, 64)
	if rankErr != nil || idErr != nil {
		return shop.SearchCursor{}
	}
	return shop.SearchCursor{Rank: float32(rankNumber), ID: idNumber}
}

// Product shows one product.
func (h *Handlers) Product(w http.ResponseWriter, r *http.Request) error {
	return h.showProduct(w, r, http.StatusOK, chi.URLParam(r, "slug"), views.AddForm{Quantity: "1"}, nil)
}

// showProduct is the product page, also as the answer to a refused form.
func (h *Handlers) showProduct(w http.ResponseWriter, r *http.Request, status int, slug string, form views.AddForm, errs []shop.FieldError) error {
	product, err := h.Store.ProductBySlug(r.Context(), slug)
	if err != nil {
		return err
	}
	currency, err := h.currencies(r)
	if err != nil {
		return err
	}
	currency.Back = urls.Product(slug)
	categories, err := h.Store.Categories(r.Context())
	if err != nil {
		return err
	}
	page := h.page(r, product.Name)
	page.Nav, page.Errors, page.Breadcrumbs = urls.Home(), errs, categoryCrumbs(categories, product.CategoryID)
	h.render(w, r, status, views.Product(page, views.NewProductModel(product, currency, form, h.Store.Now())))
	return nil
}

// ProductStock is what is left of each variant, for the page that is open.
func (h *Handlers) ProductStock(w http.ResponseWriter, r *http.Request) error {
	product, err := h.Store.ProductBySlug(r.Context(), chi.URLParam(r, "slug"))
	if err != nil {
		return err
	}
	h.render(w, r, http.StatusOK, views.ProductStocks(product.SKUs))
	return nil
}
