package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
)

const returnsList = "returns" // names the cursors of GET /returns

// ListReturns (GET /returns) lists returns, newest first. Customer and merchant keys see their own.
func (a *API) ListReturns(r *http.Request, key shop.APIKey) (answer, error) {
	q := queryOf(r)
	asked := shop.ReturnQuery{Scope: key.Scope(), Status: q.returnStatus(), Limit: q.limit(), Before: shop.ReturnID(q.cursor(returnsList))}
	if err := q.done(); err != nil {
		return answer{}, err
	}
	returns, more, err := a.Store.Returns(r.Context(), asked)
	if err != nil {
		return answer{}, err
	}
	next := nextCursor(returnsList, returns, more, func(r shop.Return) int64 { return int64(r.ID) })
	return ok(listOf(returns, next, viewReturn)), nil
}

// GetReturn (GET /returns/{id}) is one return.
func (a *API) GetReturn(r *http.Request, key shop.APIKey) (answer, error) {
	if err := queryOf(r).done(); err != nil {
		return answer{}, err
	}
	id, err := pathReturn(r)
	if err != nil {
		return answer{}, err
	}
	_, found, err := a.Store.ReturnByID(r.Context(), id, key.Scope())
	if err != nil {
		return answer{}, err
	}
	return ok(viewReturn(found)), nil
}

// pathReturn reads a return's id, or its number.
func pathReturn(r *http.Request) (shop.ReturnID, error) {
	text := chi.URLParam(r, "id")
	if id, err := strconv.ParseInt(text, 10, 64); err == nil && id > 0 {
		return shop.ReturnID(id), nil
	}
	id, err := shop.ParseReturnNumber(text)
	if err != nil {
		return 0, shop.NotFound("return")
	}
	return id, nil
}

// returnRequest is the body of POST /orders/{id}/returns.
type returnRequest struct {
	Items []shop.ReturnUnits
	Note  string
	Photo []byte // as it was sent
}

// RequestReturn (POST /orders/{id}/returns) asks to send units back.
func (a *API) RequestReturn(r *http.Request, key shop.APIKey) (answer, error) {
	order, err := pathOrder(r)
	if err != nil {
		return answer{}, err
	}
	var body returnRequest
	err = readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "items":
			for _, u := range b.returnItems() {
				body.Items = append(body.Items, shop.ReturnUnits{LineUnits: u.LineUnits, Reason: shop.ReturnReason(u.word)})
			}
		case "note":
			body.Note = b.optionalText()
		case "photo":
			body.Photo = b.optionalBytes()
		default:
			return false
		}
		return true
	})
	if err != nil {
		return answer{}, err
	}
	command := shop.RequestReturnCommand{OrderID: order, Scope: key.Scope(), Units: body.Items, Note: body.Note, Actor: key.Actor(), RequestID: requestID(r)}
	if command.Key, err = idempotencyKey(r, key, body); err != nil {
		return answer{}, err
	}
	if command.Photo, err = a.returnPhoto(body.Photo); err != nil {
		return answer{}, err
	}
	id, replayed, err := a.Store.RequestReturn(r.Context(), command)
	if err != nil {
		return answer{}, err
	}
	_, found, err := a.Store.ReturnByID(r.Context(), id, key.Scope())
	return answer{status: http.StatusCreated, body: viewReturn(found), replayed: replayed}, err
}

// returnItem is an element of the lists of units in the bodies about returns; word is its reason or condition.
type returnItem struct {
	shop.LineUnits
	word    string
	restock bool
}

func (b *bodyReader) returnItems() []returnItem {
	var items []returnItem
	length := b.array(maxRefundItems, func(int) {
		var item returnItem
		b.object(func(b *bodyReader, name string) bool {
			switch name {
			case "lineNo":
				item.LineNo = int(b.integer())
			case "quantity":
				item.Quantity = b.integer()
			case "reason", "condition":
				item.word = b.text()
			case "restock":
				item.restock = b.boolean()
			default:
				return false
			}
			return true
		})
		items = append(items, item)
	})
	if length > maxRefundItems {
		b.refuse("items", "At most 100 lines can be named at once.")
	}
	return items
}

// returnDecision is the body of what is done to a return.
type returnDecision struct {
	Items      []returnItem
	Reason     string
	LocationID int64
	Shipping   string // as written; empty: none
}

func readReturnDecision(r *http.Request, fields ...string) (returnDecision, error) {
	var d returnDecision
	allowed := map[string]bool{}
	for _, field := range fields {
		allowed[field] = true
	}
	err := readOptionalBody(r, func(b *bodyReader, name string) bool {
		switch {
		case !allowed[name]:
			return false
		case name == "items":
			d.Items = b.returnItems()
		case name == "reason":
			d.Reason = b.optionalText()
		case name == "locationId":
			d.LocationID = b.optionalInteger()
		case name == "shippingAmount":
			d.Shipping = b.optionalDecimal()
		}
		return true
	})
	return d, err
}

// fingerprint is what a repeated decision must have in common with the first, in plain fields.
func (d returnDecision) fingerprint() []any {
	words := []any{d.Reason, d.LocationID, d.Shipping}
	for _, item := range d.Items {
		words = append(words, item.LineUnits, item.word, item.restock)
	}
	return words
}

// actOnReturn reads who does what to which return.
func (a *API) actOnReturn(r *http.Request, key shop.APIKey, fields ...string) (shop.ReturnAct, returnDecision, error) {
	id, err := pathReturn(r)
	if err != nil {
		return shop.ReturnAct{}, returnDecision{}, err
	}
	body, err := readReturnDecision(r, fields...)
	if err != nil {
		return shop.ReturnAct{}, body, err
	}
	act := shop.ReturnAct{ID: id, Scope: key.Scope(), Reason: body.Reason, Actor: key.Actor(), RequestID: requestID(r)}
	act.Key, err = idempotencyKey(r, key, body.fingerprint())
	return act, body, err
}

// ApproveReturn (POST /returns/{id}/approve) lets the customer send units: those named, or all.
func (a *API) ApproveReturn(r *http.Request, key shop.APIKey) (answer, error) {
	act, body, err := a.actOnReturn(r, key, "items", "reason")
	if err != nil {
		return answer{}, err
	}
	command := shop.ApproveReturnCommand{ReturnAct: act}
	for _, item := range body.Items {
		command.Units = append(command.Units, item.LineUnits)
	}
	return returnAnswer(a.Store.ApproveReturn(r.Context(), command))
}

// RejectReturn (POST /returns/{id}/reject) refuses a return, with a reason.
func (a *API) RejectReturn(r *http.Request, key shop.APIKey) (answer, error) {
	return a.endReturn(r, key, a.Store.RejectReturn)
}

func (a *API) endReturn(r *http.Request, key shop.APIKey, end func(context.Context, shop.ReturnAct) (shop.Return, error)) (answer, error) {
	act, _, err := a.actOnReturn(r, key, "reason")
	if err != nil {
		return answer{}, err
	}
	return returnAnswer(end(r.Context(), act))
}

// ReceiveReturn (POST /returns/{id}/receive) books units that arrived.
func (a *API) ReceiveReturn(r *http.Request, key shop.APIKey) (answer, error) {
	act, body, err := a.actOnReturn(r, key, "items", "locationId")
	if err != nil {
		return answer{}, err
	}
	command := shop.ReceiveReturnCommand{ReturnAct: act, LocationID: body.LocationID}
	for _, item := range body.Items {
		command.Units = append(command.Units, shop.ReceivedUnits{LineUnits: item.LineUnits, Condition: shop.ReturnCondition(item.word), Restock: item.restock})
	}
	return returnAnswer(a.Store.ReceiveReturn(r.Context(), command))
}

func returnAnswer(found shop.Return, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: viewReturn(found), replayed: found.Replayed}, nil
}

// RefundReturn (POST /returns/{id}/refund) pays back exactly what arrived.
func (a *API) RefundReturn(r *http.Request, key shop.APIKey) (answer, error) {
	act, body, err := a.actOnReturn(r, key, "reason", "shippingAmount")
	if err != nil {
		return answer{}, err
	}
	order, _, err := a.Store.ReturnByID(r.Context(), act.ID, act.Scope)
	if err != nil {
		return answer{}, err
	}
	command := shop.RefundReturnCommand{ReturnAct: act}
	if body.Shipping != "" {
		shipping, err := shop.ParseAmount(body.Shipping, order.Currency)
		if err != nil {
			return answer{}, asField("shippingAmount", err)
		}
		command.ShippingMinor = shipping.Minor
	}
	result, err := a.Payments.RefundReturn(r.Context(), command)
	if err != nil {
		return answer{}, err
	}
	return answer{status: settled(http.StatusCreated, inFlight(result.State())), body: viewUnitRefund(result), replayed: result.Replayed}, nil
}
