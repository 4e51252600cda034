package api

import (
	"fmt"
	"net/http"

	"waybill/shop"
)

// shipmentRequest is the body of POST /shipments.
type shipmentRequest struct {
	Fulfillments   []shop.ParcelRef
	CarrierKey     string
	Service        string
	Carrier        string
	TrackingNumber string
	BoxID          int64
	WeightGrams    int64
}

func (s *shipmentRequest) read(r *http.Request) error {
	return readBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "fulfillmentIds":
			s.Fulfillments = b.parcels(name)
		case "carrierKey":
			s.CarrierKey = b.optionalText()
		case "service":
			s.Service = b.optionalText()
		case "carrier":
			s.Carrier = b.optionalText()
		case "trackingNumber":
			s.TrackingNumber = b.optionalText()
		case "boxId":
			s.BoxID = b.optionalInteger()
		case "weightGrams":
			s.WeightGrams = b.optionalInteger()
		default:
			return false
		}
		return true
	})
}

func (b *bodyReader) parcels(field string) []shop.ParcelRef {
	var refs []shop.ParcelRef
	length := b.array(shop.MaxMerged, func(i int) {
		text := b.text()
		ref, ok := parseParcel(text)
		if !ok && b.refused == nil && text != "" {
			b.refuse(fmt.Sprintf("%s[%d]", field, i), "This is not the id of a fulfillment.")
		}
		refs = append(refs, ref)
	})
	if length > shop.MaxMerged {
		b.refuse(field, fmt.Sprintf("At most %d fulfillments can travel in one box.", shop.MaxMerged))
	}
	return refs
}

// CreateShipment (POST /shipments) puts packed fulfillments into a box with a label.
func (a *API) CreateShipment(r *http.Request, key shop.APIKey) (answer, error) {
	var body shipmentRequest
	if err := body.read(r); err != nil {
		return answer{}, err
	}
	command, err := a.labelCommand(r, key, body)
	if err != nil {
		return answer{}, err
	}
	shipment, replayed, err := a.Shipping.LabelOnce(r.Context(), command)
	if err != nil {
		return answer{}, itemFields(err, nil, shipmentFields)
	}
	return answer{
		status: settled(http.StatusCreated, shipment.Status == shop.ShipmentBuying), body: viewShipment(shipment), replayed: replayed, location: shipmentURL(shipment.ID),
	}, nil
}

func (a *API) labelCommand(r *http.Request, key shop.APIKey, body shipmentRequest) (shop.LabelCommand, error) {
	command := shop.LabelCommand{
		Parcels: body.Fulfillments, CarrierKey: body.CarrierKey, Service: body.Service, Carrier: body.Carrier, TrackingNumber: body.TrackingNumber,
		BoxID: body.BoxID, WeightGrams: body.WeightGrams, RequestID: requestID(r),
	}
	switch {
	case len(body.Fulfillments) == 0:
		return command, shop.Invalid("fulfillmentIds", "Name what goes into the box.")
	case body.CarrierKey != "" && (body.Carrier != "" || body.TrackingNumber != ""):
		return command, shop.Invalid("carrierKey", "A label is either bought from a connected carrier (carrierKey and service) or from elsewhere (carrier and trackingNumber).")
	case body.CarrierKey == "" && body.Service != "":
		return command, shop.Invalid("service", "A service is one of a connected carrier: name it with carrierKey.")
	}
	worker, err := workerOf(r)
	if err != nil {
		return command, err
	}
	work, err := a.Store.WorkOn(r.Context(), key.Scope(), body.Fulfillments[0], worker)
	if shop.CodeOf(err) == shop.CodeNotFound {
		return command, shop.Invalid("fulfillmentIds[0]", messageOf(err))
	}
	if err != nil {
		return command, asWorker(err)
	}
	command.MerchantID, command.Actor = work.MerchantID, work.Actor
	command.Key, err = idempotencyKey(r, key, []any{worker, body})
	return command, err
}

// shipmentWork is what a worker does to shipments, all of the merchant of the first; body is what the request says of it.
func (a *API) shipmentWork(r *http.Request, key shop.APIKey, ids []int64, body any) (shop.ShipmentWork, error) {
	work := shop.ShipmentWork{IDs: ids, Via: via(key), RequestID: requestID(r)}
	first, err := a.Store.ShipmentByID(r.Context(), key.MerchantID, ids[0])
	if err != nil {
		return work, err
	}
	work.MerchantID = first.MerchantID
	worker, err := workerOf(r)
	if err != nil {
		return work, err
	}
	if work.Actor, err = a.Store.Worker(r.Context(), first.MerchantID, worker); err != nil {
		return work, asWorker(err)
	}
	work.Key, err = idempotencyKey(r, key, []any{worker, body})
	return work, err
}

// VoidShipment (POST /shipments/{id}/void) takes a label back.
func (a *API) VoidShipment(r *http.Request, key shop.APIKey) (answer, error) {
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
	shipment, err := a.Shipping.Void(r.Context(), work)
	if err != nil {
		return answer{}, err
	}
	if shipment.Status != shop.ShipmentVoided && shipment.Status != shop.ShipmentVoiding {
		return answer{}, shop.Conflict(shipment.Carrier + " does not take the label back: " + shipment.Failure)
	}
	return answer{status: settled(http.StatusOK, shipment.Status == shop.ShipmentVoiding), body: viewShipment(shipment), replayed: shipment.Replayed}, nil
}

// handedOverView is what carriers took along.
type handedOverView struct {
	ManifestIDs []int64        `json:"manifestIds"`
	Shipments   []shipmentView `json:"shipments"`
}

// HandOverShipments (POST /shipments/hand-over) gives boxes to their carriers: all or none.
func (a *API) HandOverShipments(r *http.Request, key shop.APIKey) (answer, error) {
	work, err := a.namedShipments(r, key, "Name what the carrier takes along.")
	if err != nil {
		return answer{}, err
	}
	manifests, replayed, err := a.Store.HandOverOnce(r.Context(), work)
	if err != nil {
		return answer{}, asUnknown("shipmentIds", itemFields(err, nil, shipmentFields))
	}
	shipments, err := a.Store.ShipmentsByID(r.Context(), key.MerchantID, work.IDs)
	if err != nil {
		return answer{}, err
	}
	view := handedOverView{ManifestIDs: append([]int64{}, manifests...), Shipments: each(shipments, viewShipment)}
	return answer{status: http.StatusOK, body: view, replayed: replayed}, nil
}

// namedShipments is work on the shipments that a body names; none of them says what is missing.
func (a *API) namedShipments(r *http.Request, key shop.APIKey, none string) (shop.ShipmentWork, error) {
	var ids []int64
	err := readBody(r, func(b *bodyReader, name string) bool {
		if name != "shipmentIds" {
			return false
		}
		ids = b.readIDs(name)
		return true
	})
	if err != nil {
		return shop.ShipmentWork{}, err
	}
	if len(ids) == 0 {
		return shop.ShipmentWork{}, shop.Invalid("shipmentIds", none)
	}
	work, err := a.shipmentWork(r, key, ids, ids)
	return work, asUnknown("shipmentIds", err)
}

// takenBackView is what came back.
type takenBackView struct {
	TakenBack int            `json:"takenBack"`
	Shipments []shipmentView `json:"shipments"`
}

// UndoHandOver (POST /shipments/undo-hand-over) takes a hand-over back: all of the boxes or none.
func (a *API) UndoHandOver(r *http.Request, key shop.APIKey) (answer, error) {
	work, err := a.namedShipments(r, key, "Name what has not left after all.")
	if err != nil {
		return answer{}, err
	}
	back, replayed, err := a.Store.UndoHandOverOnce(r.Context(), work)
	if err != nil {
		return answer{}, asUnknown("shipmentIds", err)
	}
	shipments, err := a.Store.ShipmentsByID(r.Context(), key.MerchantID, work.IDs)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, body: takenBackView{back, each(shipments, viewShipment)}, replayed: replayed}, nil
}

// asUnknown names the field of a body that names something which does not exist.
func asUnknown(field string, err error) error {
	if shop.CodeOf(err) == shop.CodeNotFound {
		return shop.Invalid(field, messageOf(err))
	}
	return err
}
