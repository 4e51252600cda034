package api

import (
	"net/http"

	"waybill/shop"
)

const merchantsList = "merchants" // names the cursors of GET /merchants

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

// GetMerchant (GET /merchants/{id}) is one merchant. For a merchant key there is no other than its own.
func (a *API) GetMerchant(r *http.Request, key shop.APIKey) (answer, error) {
	if err := queryOf(r).done(); err != nil {
		return answer{}, err
	}
	id, err := pathMerchant(r, key)
	if err != nil {
		return answer{}, err
	}
	return a.merchantAnswer(r, id)
}

func pathMerchant(r *http.Request, key shop.APIKey) (int64, error) {
	id, err := pathID(r, "id", "merchant")
	if err == nil && key.MerchantID != 0 && key.MerchantID != id {
		return 0, shop.NotFound("merchant")
	}
	return id, err
}

func (a *API) merchantAnswer(r *http.Request, id int64) (answer, error) {
	merchants, _, err := a.Store.Merchants(r.Context(), shop.MerchantsQuery{MerchantID: id, Limit: 1})
	if err != nil {
		return answer{}, err
	}
	if len(merchants) == 0 {
		return answer{}, shop.NotFound("merchant")
	}
	return ok(viewMerchant(merchants[0])), nil
}

// SetSenderAddress (PUT /merchants/{id}/sender-address) says where the parcels of a merchant come from.
func (a *API) SetSenderAddress(r *http.Request, key shop.APIKey) (answer, error) {
	var sender shop.Address
	texts := addressTexts(&sender)
	err := readBody(r, func(b *bodyReader, name string) bool {
		into, known := texts[name]
		if known {
			*into = b.optionalText()
		}
		return known
	})
	if err != nil {
		return answer{}, err
	}
	id, err := pathMerchant(r, key)
	if err != nil {
		return answer{}, err
	}
	if err := a.Store.SetSender(r.Context(), id, sender, shop.Origin{Actor: key.Actor(), RequestID: requestID(r)}); err != nil {
		return answer{}, inBodyNames(err)
	}
	return a.merchantAnswer(r, id)
}
