package api

import (
	"net/http"

	"waybill/shop"
)

// These name the cursors of GET /customers and GET /merchants.
const (
	customersList = "customers"
	merchantsList = "merchants"
)

type customerView struct {
	ID        int64   `json:"id"`
	Email     *string `json:"email"`
	Name      string  `json:"name"`
	Status    string  `json:"status"`
	CreatedAt stamp   `json:"createdAt"`
}

func viewCustomer(c shop.Customer) customerView {
	return customerView{ID: c.ID, Email: orNull(c.Email), Name: c.Name, Status: c.Status, CreatedAt: stampOf(c.CreatedAt)}
}

// ListCustomers (GET /customers) lists customers by id. A customer key sees its own customer alone.
func (a *API) ListCustomers(r *http.Request, key shop.APIKey) (answer, error) {
	q := queryOf(r)
	asked := shop.CustomersQuery{CustomerID: key.CustomerID, Email: q.text("email"), Limit: q.limit(), After: q.cursor(customersList)}
	if err := q.done(); err != nil {
		return answer{}, err
	}
	customers, more, err := a.Store.Customers(r.Context(), asked)
	if err != nil {
		return answer{}, err
	}
	next := nextCursor(customersList, customers, more, func(c shop.Customer) int64 { return c.ID })
	return ok(listOf(customers, next, viewCustomer)), nil
}

// GetCustomer (GET /customers/{id}) is one customer.
func (a *API) GetCustomer(r *http.Request, key shop.APIKey) (answer, error) {
	if err := queryOf(r).done(); err != nil {
		return answer{}, err
	}
	id, err := pathCustomer(r, key)
	if err != nil {
		return answer{}, err
	}
	customer, err := a.Store.CustomerByID(r.Context(), id)
	if err != nil {
		return answer{}, err
	}
	return ok(viewCustomer(customer)), nil
}

// pathCustomer is the customer in the address. For a customer key there is no other than its own.
func pathCustomer(r *http.Request, key shop.APIKey) (int64, error) {
	id, err := pathID(r, "id", "customer")
	if err == nil && key.CustomerID != 0 && key.CustomerID != id {
		return 0, shop.NotFound("customer")
	}
	return id, err
}

type merchantView struct {
	ID               int64  `json:"id"`
	Slug             string `json:"slug"`
	Name             string `json:"name"`
	Status           string `json:"status"`
	Country          string `json:"country"`
	City             string `json:"city"`
	TimeZone         string `json:"timeZone"`
	PricesIncludeTax bool   `json:"pricesIncludeTax"`
	// SenderAddress is null until the merchant has written it down.
	SenderAddress *senderView `json:"senderAddress"`
}

type senderView struct {
	Name       string  `json:"name"`
	Line1      string  `json:"line1"`
	Line2      *string `json:"line2"`
	City       string  `json:"city"`
	Region     *string `json:"region"`
	PostalCode *string `json:"postalCode"`
	Country    string  `json:"country"`
	Phone      *string `json:"phone"`
}

func viewMerchant(m shop.Merchant) merchantView {
	view := merchantView{ID: m.ID, Slug: m.Slug, Name: m.Name, Status: m.Status, Country: m.Country, City: m.City, TimeZone: m.TimeZone, PricesIncludeTax: m.PricesIncludeTax}
	if a := m.Sender; a.Line1 != "" {
		view.SenderAddress = &senderView{a.Name, a.Line1, orNull(a.Line2), a.City, orNull(a.Region), orNull(a.PostalCode), a.Country, orNull(a.Phone)}
	}
	return view
}

// ListMerchants (GET /merchants) lists merchants by id. A merchant key sees its own alone.
func (a *API) ListMerchants(r *http.Request, key shop.APIKey) (answer, error) {
	q := queryOf(r)
	asked := shop.MerchantsQuery{MerchantID: key.MerchantID, Limit: q.limit(), After: q.cursor(merchantsList)}
	if err := q.done(); err != nil {
		return answer{}, err
	}
	merchants, more, err := a.Store.Merchants(r.Context(), asked)
	if err != nil {
		return answer{}, err
	}
	next := nextCursor(merchantsList, merchants, more, func(m shop.Merchant) int64 { return m.ID })
	return ok(listOf(merchants, next, viewMerchant)), nil
}
