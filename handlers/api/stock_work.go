package api

import (
	"net/http"

	"waybill/shop"
)

// alertsList names the cursors of GET /stock-alerts.
const alertsList = "stock-alerts"

// stockTask is what all work on the stock of the SKU in the address has in common.
func stockTask(r *http.Request, key shop.APIKey, reason string) (shop.StockTask, error) {
	id, err := pathID(r, "skuId", "SKU")
	return shop.StockTask{SKUID: id, MerchantID: key.MerchantID, Reason: reason, Actor: key.Actor(), RequestID: requestID(r)}, err
}

// receiptRequest is the body of POST /inventory/{skuId}/receipts.
type receiptRequest struct {
	Quantity   int64
	LocationID int64
	Reason     string
}

// ReceiveStock (POST /inventory/{skuId}/receipts) books goods that came in.
func (a *API) ReceiveStock(r *http.Request, key shop.APIKey) (answer, error) {
	var body receiptRequest
	err := readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "quantity":
			body.Quantity = b.integer()
		case "locationId":
			body.LocationID = b.optionalInteger()
		case "reason":
			body.Reason = b.optionalText()
		default:
			return false
		}
		return true
	})
	return a.workOnStock(r, key, body, body.Reason, err, func(task shop.StockTask) (shop.SKUStock, bool, error) {
		return a.Store.ReceiveStock(r.Context(), shop.StockReceipt{StockTask: task, LocationID: body.LocationID, Quantity: body.Quantity})
	})
}

// countRequest is the body of POST /inventory/{skuId}/counts.
type countRequest struct {
	OnHand     int64
	LocationID int64
	Reason     string
}

// CountStock (POST /inventory/{skuId}/counts) makes the counter say what somebody counted.
func (a *API) CountStock(r *http.Request, key shop.APIKey) (answer, error) {
	body := countRequest{OnHand: -1} // a count that is not named is none
	err := readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "onHand":
			body.OnHand = b.integer()
		case "locationId":
			body.LocationID = b.optionalInteger()
		case "reason":
			body.Reason = b.optionalText()
		default:
			return false
		}
		return true
	})
	return a.workOnStock(r, key, body, body.Reason, err, func(task shop.StockTask) (shop.SKUStock, bool, error) {
		return a.Store.CountStock(r.Context(), shop.StockCount{StockTask: task, LocationID: body.LocationID, OnHand: body.OnHand})
	})
}

// transferRequest is the body of POST /inventory/{skuId}/transfers.
type transferRequest struct {
	FromID   int64
	ToID     int64
	Quantity int64
	Reason   string
}

// TransferStock (POST /inventory/{skuId}/transfers) moves units from one location to another.
func (a *API) TransferStock(r *http.Request, key shop.APIKey) (answer, error) {
	var body transferRequest
	err := readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "fromLocationId":
			body.FromID = b.integer()
		case "toLocationId":
			body.ToID = b.integer()
		case "quantity":
			body.Quantity = b.integer()
		case "reason":
			body.Reason = b.optionalText()
		default:
			return false
		}
		return true
	})
	return a.workOnStock(r, key, body, body.Reason, err, func(task shop.StockTask) (shop.SKUStock, bool, error) {
		return a.Store.TransferStock(r.Context(), shop.StockTransfer{StockTask: task, FromID: body.FromID, ToID: body.ToID, Quantity: body.Quantity})
	})
}

// workOnStock does one piece of work, once for each idempotency key, and answers the stock after it.
func (a *API) workOnStock(r *http.Request, key shop.APIKey, body any, reason string, problem error, do func(shop.StockTask) (shop.SKUStock, bool, error)) (answer, error) {
	task, err := stockTask(r, key, reason)
	if err != nil {
		return answer{}, err
	}
	if problem != nil {
		return answer{}, problem
	}
	if task.Key, err = idempotencyKey(r, key, body); err != nil {
		return answer{}, err
	}
	stock, replayed, err := do(task)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusCreated, body: viewStock(stock), replayed: replayed}, nil
}

// SetStockRules (PUT /inventory/{skuId}/rules) says how the SKU may be sold.
func (a *API) SetStockRules(r *http.Request, key shop.APIKey) (answer, error) {
	task, err := stockTask(r, key, "")
	if err != nil {
		return answer{}, err
	}
	change := shop.StockRulesChange{SKUID: task.SKUID, MerchantID: task.MerchantID, Actor: task.Actor, RequestID: task.RequestID}
	change.BackorderLimit, change.BuyerLimit = -1, -1 // what is not named is refused: a limit is not taken back unsaid
	err = readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "backorderLimit":
			change.BackorderLimit = b.integer()
		case "buyerLimit":
			change.BuyerLimit = b.optionalInteger()
		case "reorderPoint":
			change.ReorderPoint = b.nullableInteger()
		default:
			return false
		}
		return true
	})
	if err != nil {
		return answer{}, err
	}
	if err := a.Store.SetStockRules(r.Context(), change); err != nil {
		return answer{}, err
	}
	stock, err := a.Store.SKUStock(r.Context(), task.SKUID, task.MerchantID)
	return ok(viewStock(stock)), err
}

// PlaceStock (PUT /inventory/{skuId}/locations/{locationId}) says in which bin the SKU lies, and when it is to be refilled.
func (a *API) PlaceStock(r *http.Request, key shop.APIKey) (answer, error) {
	task, err := stockTask(r, key, "")
	if err != nil {
		return answer{}, err
	}
	place := shop.StockPlace{StockTask: task}
	if place.LocationID, err = pathID(r, "locationId", "location"); err != nil {
		return answer{}, err
	}
	err = readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "bin":
			place.Bin = b.optionalText()
		case "reorderPoint":
			place.ReorderPoint = b.nullableInteger()
		default:
			return false
		}
		return true
	})
	if err != nil {
		return answer{}, err
	}
	stock, err := a.Store.PlaceStock(r.Context(), place)
	if err != nil {
		return answer{}, err
	}
	return ok(viewStock(stock)), nil
}

type alertView struct {
	ID           int64   `json:"id"`
	SKUID        int64   `json:"skuId"`
	SKU          string  `json:"sku"`
	Name         string  `json:"name"`
	LocationID   *int64  `json:"locationId"`
	Location     *string `json:"location"`
	ReorderPoint int64   `json:"reorderPoint"`
	Available    int64   `json:"available"`
	RaisedAt     stamp   `json:"raisedAt"`
}

func viewAlert(s shop.StockAlert) alertView {
	return alertView{
		ID: s.ID, SKUID: s.SKUID, SKU: s.Code, Name: s.Name, LocationID: idOrNull(s.LocationID), Location: orNull(s.Location),
		ReorderPoint: s.ReorderPoint, Available: s.Available, RaisedAt: stampOf(s.RaisedAt),
	}
}

// ListStockAlerts (GET /stock-alerts) lists what fell to its reorder point and is not back yet.
func (a *API) ListStockAlerts(r *http.Request, key shop.APIKey) (answer, error) {
	q := queryOf(r)
	asked := shop.AlertQuery{MerchantID: key.MerchantID, Limit: q.limit(), Before: q.cursor(alertsList)}
	if err := q.done(); err != nil {
		return answer{}, err
	}
	alerts, more, err := a.Store.StockAlerts(r.Context(), asked)
	if err != nil {
		return answer{}, err
	}
	next := nextCursor(alertsList, alerts, more, func(s shop.StockAlert) int64 { return s.ID })
	return ok(listOf(alerts, next, viewAlert)), nil
}
