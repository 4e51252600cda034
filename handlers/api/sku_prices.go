package api

import (
	"net/http"
	"time"

	"waybill/shop"
)

// priceBookView is what a SKU has cost, costs and will cost.
type priceBookView struct {
	SKUID  int64             `json:"skuId"`
	SKU    string            `json:"sku"`
	Name   string            `json:"name"`
	Prices []pricePeriodView `json:"prices"`
}

type pricePeriodView struct {
	ID         int64           `json:"id"`
	Currency   shop.Currency   `json:"currency"`
	Price      decimal         `json:"price"`
	State      shop.PriceState `json:"state"`
	ValidFrom  stamp           `json:"validFrom"`
	ValidUntil stamp           `json:"validUntil"`
}

func viewPriceBook(b shop.PriceBook) priceBookView {
	return priceBookView{SKUID: b.SKUID, SKU: b.Code, Name: b.Name, Prices: each(b.Periods, func(p shop.SKUPrice) pricePeriodView {
		return pricePeriodView{
			ID: p.ID, Currency: p.Price.Currency, Price: decimalOf(p.Price), State: p.State(b.At), ValidFrom: stampOf(p.From), ValidUntil: stampOf(p.Until),
		}
	})}
}

// ListSKUPrices (GET /skus/{skuId}/prices) is the price history of a SKU and its schedule.
func (a *API) ListSKUPrices(r *http.Request, key shop.APIKey) (answer, error) {
	if err := queryOf(r).done(); err != nil {
		return answer{}, err
	}
	id, err := pathID(r, "skuId", "SKU")
	if err != nil {
		return answer{}, err
	}
	book, err := a.Store.SKUPrices(r.Context(), id, key.MerchantID)
	if err != nil {
		return answer{}, err
	}
	return ok(viewPriceBook(book)), nil
}

// priceRequest is the body of POST /skus/{skuId}/prices.
type priceRequest struct {
	Currency  string
	Price     string // as written; empty: null, which ends the price
	ValidFrom string
	hasPrice  bool
}

// SetSKUPrice (POST /skus/{skuId}/prices) sets or ends a price, now or from a moment on.
func (a *API) SetSKUPrice(r *http.Request, key shop.APIKey) (answer, error) {
	id, err := pathID(r, "skuId", "SKU")
	if err != nil {
		return answer{}, err
	}
	var body priceRequest
	if err := body.read(r); err != nil {
		return answer{}, err
	}
	command, err := body.command()
	if err != nil {
		return answer{}, err
	}
	command.SKUID, command.MerchantID, command.Actor, command.RequestID = id, key.MerchantID, key.Actor(), requestID(r)
	if command.Key, err = idempotencyKey(r, key, body); err != nil {
		return answer{}, err
	}
	book, replayed, err := a.Store.ChangeSKUPrice(r.Context(), command)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusCreated, body: viewPriceBook(book), replayed: replayed}, nil
}

func (p *priceRequest) read(r *http.Request) error {
	return readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "currency":
			p.Currency = b.text()
		case "price":
			p.Price, p.hasPrice = b.optionalDecimal(), true
		case "validFrom":
			p.ValidFrom = b.optionalText()
		default:
			return false
		}
		return true
	})
}

func (p *priceRequest) command() (shop.ChangePrice, error) {
	currency, err := shop.ParseCurrency(p.Currency)
	if err != nil {
		return shop.ChangePrice{}, asField("currency", err)
	}
	if !p.hasPrice {
		return shop.ChangePrice{}, shop.Invalid("price", "Please give the price, or null to end the one there is.")
	}
	c := shop.ChangePrice{Action: shop.PriceEnd, Price: shop.Amount{Currency: currency}}
	if p.Price != "" {
		c.Action = shop.PriceSet
		if c.Price, err = shop.ParseAmount(p.Price, currency); err != nil {
			return c, asField("price", err)
		}
	}
	if p.ValidFrom != "" {
		c.From, err = time.Parse(time.RFC3339Nano, p.ValidFrom)
		if err != nil {
			return c, shop.Invalid("validFrom", "This must be a time such as 2026-05-23T02:30:00Z.")
		}
		c.From = c.From.UTC().Truncate(time.Microsecond) // what the database keeps
	}
	return c, nil
}

// CancelSKUPrice (DELETE /skus/{skuId}/prices/{id}) cancels a scheduled change.
func (a *API) CancelSKUPrice(r *http.Request, key shop.APIKey) (answer, error) {
	if err := queryOf(r).done(); err != nil {
		return answer{}, err
	}
	skuID, err := pathID(r, "skuId", "SKU")
	if err != nil {
		return answer{}, err
	}
	periodID, err := pathID(r, "id", "price")
	if err != nil {
		return answer{}, err
	}
	book, _, err := a.Store.ChangeSKUPrice(r.Context(), shop.ChangePrice{
		SKUID: skuID, MerchantID: key.MerchantID, Action: shop.PriceCancel, PeriodID: periodID, Actor: key.Actor(), RequestID: requestID(r), Key: deletionKey(r, key),
	})
	if err != nil {
		return answer{}, err
	}
	return ok(viewPriceBook(book)), nil
}
