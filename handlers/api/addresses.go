package api

import (
	"cmp"
	"errors"
	"net/http"
	"slices"

	"waybill/shop"
)

const addressesList = "addresses" // names the cursors of GET /customers/{id}/addresses

type addressView struct {
	ID         int64  `json:"id"`
	Name       string `json:"name"`
	Line1      string `json:"line1"`
	Line2      string `json:"line2"`
	City       string `json:"city"`
	Region     string `json:"region"`
	PostalCode string `json:"postalCode"`
	Country    string `json:"country"`
	Phone      string `json:"phone"`
	IsDefault  bool   `json:"isDefault"`
}

func viewAddress(a shop.Address) addressView { return addressView(a) }

// ListAddresses (GET /customers/{id}/addresses) lists the saved addresses of a customer by id.
func (a *API) ListAddresses(r *http.Request, key shop.APIKey) (answer, error) {
	q := queryOf(r)
	limit, after := q.limit(), q.cursor(addressesList)
	if err := q.done(); err != nil {
		return answer{}, err
	}
	id, err := pathCustomer(r, key)
	if err != nil {
		return answer{}, err
	}
	if _, err := a.Store.CustomerByID(r.Context(), id); err != nil {
		return answer{}, err
	}
	saved, err := a.Store.Addresses(r.Context(), id)
	if err != nil {
		return answer{}, err
	}
	// A customer has at most shop.MaxAddresses, so pages are cut here.
	slices.SortFunc(saved, func(a, b shop.Address) int { return cmp.Compare(a.ID, b.ID) })
	saved = slices.DeleteFunc(saved, func(a shop.Address) bool { return a.ID <= after })
	page := saved[:min(limit, len(saved))]
	next := nextCursor(addressesList, page, len(saved) > limit, func(a shop.Address) int64 { return a.ID })
	return ok(listOf(page, next, viewAddress)), nil
}

// AddAddress (POST /customers/{id}/addresses) saves an address. One that is saved already is answered as it is, so that a
// repeated request leaves one.
func (a *API) AddAddress(r *http.Request, key shop.APIKey) (answer, error) {
	id, err := pathCustomer(r, key)
	if err != nil {
		return answer{}, err
	}
	address, err := readAddress(r)
	if err != nil {
		return answer{}, err
	}
	saved, err := a.Store.AddAddress(r.Context(), id, address)
	if err != nil {
		return answer{}, inBodyNames(err)
	}
	return answer{status: http.StatusCreated, body: viewAddress(saved)}, nil
}

func readAddress(r *http.Request) (shop.Address, error) {
	var address shop.Address
	texts := addressTexts(&address)
	err := readBody(r, func(b *bodyReader, name string) bool {
		if into, ok := texts[name]; ok {
			*into = b.optionalText()
			return true
		}
		if name != "isDefault" {
			return false
		}
		address.IsDefault = b.boolean()
		return true
	})
	return address, err
}

// addressTexts are the parts of an address by their names in bodies.
func addressTexts(a *shop.Address) map[string]*string {
	return map[string]*string{
		"name": &a.Name, "line1": &a.Line1, "line2": &a.Line2, "city": &a.City, "region": &a.Region, "postalCode": &a.PostalCode, "country": &a.Country, "phone": &a.Phone,
	}
}

// inBodyNames gives refused parts of an address the names that they have in the body.
func inBodyNames(err error) error {
	var refused *shop.Error
	if !errors.As(err, &refused) || refused.Code != shop.CodeInvalid {
		return err
	}
	renamed := *refused
	renamed.Fields = nil
	for _, f := range refused.Fields {
		if f.Field == "postal_code" {
			f.Field = "postalCode"
		}
		if f.Field != "" { // what concerns no field is in the message
			renamed.Fields = append(renamed.Fields, f)
		}
	}
	return &renamed
}
