package api

import (
	"net/http"

	"waybill/shop"
)

const customersList = "customers" // names the cursors of GET /customers

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
