package api

import (
	"net/http"

	"waybill/shop"
)

// reshippedView is what replaces a shipment that was lost.
type reshippedView struct {
	ShipmentID     int64    `json:"shipmentId"`
	FulfillmentIDs []string `json:"fulfillmentIds"`
}

// ReshipShipment (POST /shipments/{id}/reship) sends again what was in a box that is late, lost or came back.
func (a *API) ReshipShipment(r *http.Request, key shop.APIKey) (answer, error) {
	if err := noBody(r); err != nil {
		return answer{}, err
	}
	id, err := pathID(r, "id", "shipment")
	if err != nil {
		return answer{}, err
	}
	work, err := a.shipmentWork(r, key, []int64{id}, nil)
	if err != nil {
		return answer{}, err
	}
	made, replayed, err := a.Store.Reship(r.Context(), shop.ReshipCommand{
		MerchantID: work.MerchantID, ShipmentID: id, Actor: work.Actor, RequestID: work.RequestID, Key: work.Key,
	})
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusCreated, body: reshippedView{id, each(made.Parcels, parcelID)}, replayed: replayed}, nil
}

// problemAnswers are the answers to a problem by the words that bodies have for them.
var problemAnswers = map[string]string{
	"refunded":           shop.AnswerRefunded,
	"settled":            shop.AnswerSettled,
	"arrived":            shop.AnswerArrived,
	"nothing_to_be_done": shop.AnswerNothing,
}

// ResolveShipment (POST /shipments/{id}/resolve) says what was done about the problem of a box.
func (a *API) ResolveShipment(r *http.Request, key shop.APIKey) (answer, error) {
	var body struct{ Outcome, Note string }
	err := readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "outcome":
			body.Outcome = b.text()
		case "note":
			body.Note = b.optionalText()
		default:
			return false
		}
		return true
	})
	if err != nil {
		return answer{}, err
	}
	id, err := pathID(r, "id", "shipment")
	if err != nil {
		return answer{}, err
	}
	work, err := a.shipmentWork(r, key, []int64{id}, body)
	if err != nil {
		return answer{}, err
	}
	shipment, err := a.Store.ResolveShipment(r.Context(), shop.ResolveCommand{
		MerchantID: work.MerchantID, ShipmentID: id, Answer: problemAnswers[body.Outcome], Note: body.Note, Actor: work.Actor, RequestID: work.RequestID, Key: work.Key,
	})
	if err != nil {
		return answer{}, itemFields(err, nil, map[string]string{"answer": "outcome"})
	}
	return answer{status: http.StatusOK, body: viewShipment(shipment), replayed: shipment.Replayed}, nil
}
