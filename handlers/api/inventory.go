package api

import (
	"net/http"

	"waybill/shop"
)

// stockView is the stock of one SKU.
type stockView struct {
	SKUID     int64               `json:"skuId"`
	SKU       string              `json:"sku"`
	Name      string              `json:"name"`
	OnHand    int64               `json:"onHand"`
	Reserved  int64               `json:"reserved"`
	Available int64               `json:"available"`
	Waiting   int64               `json:"backordered"`
	Backorder int64               `json:"backorderLimit"`
	Buyer     *int64              `json:"buyerLimit"`
	Reorder   *int64              `json:"reorderPoint"`
	Locations []locationStockView `json:"locations"`
}

type locationStockView struct {
	LocationID int64  `json:"locationId"`
	Code       string `json:"code"`
	Name       string `json:"name"`
	OnHand     int64  `json:"onHand"`
	Reserved   int64  `json:"reserved"`
	Available  int64  `json:"available"`
	Bin        string `json:"bin"`
	Reorder    *int64 `json:"reorderPoint"`
}

func viewStock(s shop.SKUStock) stockView {
	return stockView{
		SKUID: s.SKUID, SKU: s.Code, Name: s.Name, OnHand: s.OnHand(), Reserved: s.Reserved(), Available: s.Available(),
		Waiting: s.Backordered(), Backorder: s.Rules.BackorderLimit, Buyer: idOrNull(s.Rules.BuyerLimit), Reorder: s.Rules.ReorderPoint,
		Locations: each(s.Locations, func(l shop.LocationStock) locationStockView {
			return locationStockView{LocationID: l.LocationID, Code: l.Code, Name: l.Name, OnHand: l.OnHand, Reserved: l.Reserved, Available: l.Available(), Bin: l.Bin, Reorder: l.ReorderPoint}
		}),
	}
}

// GetStock (GET /inventory/{skuId}) is the stock of a SKU, at all its locations.
func (a *API) GetStock(r *http.Request, key shop.APIKey) (answer, error) {
	if err := queryOf(r).done(); err != nil {
		return answer{}, err
	}
	id, err := pathID(r, "skuId", "SKU")
	if err != nil {
		return answer{}, err
	}
	stock, err := a.Store.SKUStock(r.Context(), id, key.MerchantID)
	if err != nil {
		return answer{}, err
	}
	return ok(viewStock(stock)), nil
}

// adjustRequest is the body of POST /inventory/{skuId}/adjustments.
type adjustRequest struct {
	Delta      int64
	Reason     string
	LocationID int64
}

// AdjustStock (POST /inventory/{skuId}/adjustments) books a count, a receipt or another change of stock.
func (a *API) AdjustStock(r *http.Request, key shop.APIKey) (answer, error) {
	id, err := pathID(r, "skuId", "SKU")
	if err != nil {
		return answer{}, err
	}
	var body adjustRequest
	if err := body.read(r); err != nil {
		return answer{}, err
	}
	once, err := idempotencyKey(r, key, body)
	if err != nil {
		return answer{}, err
	}
	stock, replayed, err := a.Store.AdjustStock(r.Context(), shop.StockAdjustment{
		SKUID: id, LocationID: body.LocationID, Delta: body.Delta, Reason: body.Reason, MerchantID: key.MerchantID,
		Actor: key.Actor(), RequestID: requestID(r), Key: once,
	})
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusCreated, body: viewStock(stock), replayed: replayed}, nil
}

func (a *adjustRequest) read(r *http.Request) error {
	return readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "delta":
			a.Delta = b.integer()
		case "reason":
			a.Reason = b.text()
		case "locationId":
			a.LocationID = b.optionalInteger()
		default:
			return false
		}
		return true
	})
}
