package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"waybill/shop"
	"waybill/views/urls"
)

const (
	shipmentsList   = "shipments" // names the cursors of GET /shipments
	maxShipmentsOut = shop.MaxHandover
)

// shipmentView is one box with one label.
type shipmentView struct {
	ID             int64               `json:"id"`
	MerchantID     int64               `json:"merchantId"`
	Status         shop.ShipmentStatus `json:"status"`
	StatusAt       stamp               `json:"statusAt"`
	FulfillmentIDs []string            `json:"fulfillmentIds"`
	Carrier        string              `json:"carrier"`
	CarrierKey     *string             `json:"carrierKey"`
	Service        *string             `json:"service"`
	ServiceName    *string             `json:"serviceName"`
	TrackingNumber *string             `json:"trackingNumber"`
	Cost           decimal             `json:"cost"`
	Currency       shop.Currency       `json:"currency"`
	BoxID          *int64              `json:"boxId"`
	Box            *string             `json:"box"`
	WeightGrams    int64               `json:"weightGrams"`
	ShipTo         addressView         `json:"shipTo"`
	Failure        *string             `json:"failure"`
	CreatedAt      stamp               `json:"createdAt"`
	CreatedBy      string              `json:"createdBy"`
	LabelledAt     stamp               `json:"labelledAt"`
	HandedOverAt   stamp               `json:"handedOverAt"`
	UndoUntil      stamp               `json:"undoUntil"`
	ExpectedAt     stamp               `json:"expectedAt"`
	DeliveredAt    stamp               `json:"deliveredAt"`
	ManifestID     *int64              `json:"manifestId"`
	Problem        *string             `json:"problem"`
	Exception      *string             `json:"exception"`
	NextStep       *string             `json:"nextStep"`
}

func viewShipment(s shop.Shipment) shipmentView {
	view := shipmentView{
		ID: s.ID, MerchantID: s.MerchantID, Status: s.Status, StatusAt: stampOf(s.StatusAt), FulfillmentIDs: each(s.Parcels, parcelID),
		Carrier: s.Carrier, CarrierKey: orNull(s.CarrierKey), Service: orNull(s.Service), ServiceName: orNull(s.ServiceName), TrackingNumber: orNull(s.TrackingNumber),
		Cost: decimalOf(s.Cost), Currency: s.Cost.Currency, BoxID: idOrNull(s.BoxID), Box: orNull(s.BoxName), WeightGrams: s.WeightGrams, ShipTo: viewAddress(s.ShipTo),
		Failure: orNull(s.Failure), CreatedAt: stampOf(s.CreatedAt), CreatedBy: s.CreatedBy, LabelledAt: stampOf(s.LabelledAt), HandedOverAt: stampOf(s.HandedOverAt), UndoUntil: stampOf(s.UndoUntil),
		ExpectedAt: stampOf(s.EtaAt), DeliveredAt: stampOf(s.DeliveredAt), ManifestID: idOrNull(s.ManifestID), Problem: orNull(s.OpenProblem()),
	}
	if s.OpenProblem() != "" {
		view.NextStep = orNull(s.NextStep())
	}
	if s.OpenProblem() == shop.ProblemException {
		view.Exception = orNull(s.StoppedBy())
	}
	return view
}

// ListShipments (GET /shipments) lists the boxes of a merchant, newest first.
func (a *API) ListShipments(r *http.Request, key shop.APIKey) (answer, error) {
	q := queryOf(r)
	asked := shop.ShipmentQuery{
		MerchantID: q.merchant(key), Filter: oneOf(q, "list", shop.ShipmentsAll, shop.ShipmentFilters()...), Limit: q.limit(), Before: q.cursor(shipmentsList),
	}
	if err := q.done(); err != nil {
		return answer{}, err
	}
	page, err := a.Store.ShipmentPage(r.Context(), asked)
	if err != nil {
		return answer{}, err
	}
	next := nextCursor(shipmentsList, page.Shipments, page.More, func(s shop.Shipment) int64 { return s.ID })
	return ok(listOf(page.Shipments, next, viewShipment)), nil
}

// pathShipment is the shipment in the address, if the key may see it.
func (a *API) pathShipment(r *http.Request, key shop.APIKey) (shop.Shipment, error) {
	id, err := pathID(r, "id", "shipment")
	if err != nil {
		return shop.Shipment{}, err
	}
	return a.Store.ShipmentByID(r.Context(), key.MerchantID, id)
}

// GetShipment (GET /shipments/{id}) is one box.
func (a *API) GetShipment(r *http.Request, key shop.APIKey) (answer, error) {
	if err := queryOf(r).done(); err != nil {
		return answer{}, err
	}
	shipment, err := a.pathShipment(r, key)
	if err != nil {
		return answer{}, err
	}
	return ok(viewShipment(shipment)), nil
}

// trackingView is one thing that a carrier told.
type trackingView struct {
	ID         string            `json:"id"`
	Kind       shop.TrackingKind `json:"kind"`
	OccurredAt stamp             `json:"occurredAt"`
	Place      *string           `json:"place"`
	Text       *string           `json:"text"`
	ExpectedAt stamp             `json:"expectedAt"`
}

// ListTracking (GET /shipments/{id}/events) is what the carrier told about a box, in the order in which it happened.
func (a *API) ListTracking(r *http.Request, key shop.APIKey) (answer, error) {
	if err := queryOf(r).done(); err != nil {
		return answer{}, err
	}
	shipment, err := a.pathShipment(r, key)
	if err != nil {
		return answer{}, err
	}
	return ok(listOf(shipment.Events, "", func(e shop.TrackingEvent) trackingView {
		return trackingView{e.ID, e.Kind, stampOf(e.OccurredAt), orNull(e.Place), orNull(e.Text), stampOf(e.EtaAt)}
	})), nil
}

// ShipmentLabel (GET /shipments/{id}/label.pdf) is the label to print.
func (a *API) ShipmentLabel(r *http.Request, key shop.APIKey) (answer, error) {
	return a.shipmentSheet(r, key, "label", "size", a.Sheets.ShipmentLabel)
}

// ShipmentSlips (GET /shipments/{id}/packing-slips.pdf) are the slips that go into the box.
func (a *API) ShipmentSlips(r *http.Request, key shop.APIKey) (answer, error) {
	return a.shipmentSheet(r, key, "slips", "paper", a.Sheets.ShipmentSlips)
}

func (a *API) shipmentSheet(r *http.Request, key shop.APIKey, name, format string, draw func(context.Context, shop.OrderScope, int64, string) ([]byte, error)) (answer, error) {
	q := queryOf(r)
	wanted := q.text(format)
	if err := q.done(); err != nil {
		return answer{}, err
	}
	id, err := pathID(r, "id", "shipment")
	if err != nil {
		return answer{}, err
	}
	pdf, err := draw(r.Context(), key.Scope(), id, wanted)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, file: &file{PDF, fmt.Sprintf("%s-%d.pdf", name, id), pdf}}, nil
}

// boxView is a box that a merchant packs into.
type boxView struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	LengthMM  int    `json:"lengthMm"`
	WidthMM   int    `json:"widthMm"`
	HeightMM  int    `json:"heightMm"`
	TareGrams int64  `json:"tareGrams"`
}

// ListBoxes (GET /boxes) lists what a merchant packs into.
func (a *API) ListBoxes(r *http.Request, key shop.APIKey) (answer, error) {
	q := queryOf(r)
	merchant := q.merchant(key)
	if err := q.done(); err != nil {
		return answer{}, err
	}
	boxes, err := a.Store.Boxes(r.Context(), merchant)
	if err != nil {
		return answer{}, err
	}
	boxes = slices.DeleteFunc(boxes, func(b shop.Box) bool { return b.Retired })
	return ok(listOf(boxes, "", func(b shop.Box) boxView {
		return boxView{b.ID, b.Name, b.LengthMM, b.WidthMM, b.HeightMM, b.TareGrams}
	})), nil
}

// rateView is what a carrier would take.
type rateView struct {
	CarrierKey string        `json:"carrierKey"`
	Carrier    string        `json:"carrier"`
	Service    string        `json:"service"`
	Name       string        `json:"serviceName"`
	Cost       decimal       `json:"cost"`
	Currency   shop.Currency `json:"currency"`
	ExpectedAt stamp         `json:"expectedAt"`
}

type ratesView struct {
	Data        []rateView `json:"data"`
	Unavailable []string   `json:"unavailable"`
}

// ListRates (GET /fulfillments/{id}/rates) is what connected carriers would take for a packed fulfillment.
func (a *API) ListRates(r *http.Request, key shop.APIKey) (answer, error) {
	q := queryOf(r)
	command := shop.LabelCommand{BoxID: q.id("boxId"), WeightGrams: q.id("weightGrams")}
	if err := q.done(); err != nil {
		return answer{}, err
	}
	ref, err := pathParcel(r)
	if err != nil {
		return answer{}, err
	}
	if command.MerchantID, err = a.Store.ParcelMerchant(r.Context(), key.Scope(), ref); err != nil {
		return answer{}, err
	}
	command.Parcels = []shop.ParcelRef{ref}
	offers, err := a.Shipping.Rates(r.Context(), command)
	if err != nil {
		return answer{}, itemFields(err, nil, shipmentFields)
	}
	view := ratesView{Data: []rateView{}, Unavailable: []string{}}
	for _, offer := range offers {
		if offer.Problem != "" {
			view.Unavailable = append(view.Unavailable, offer.Problem)
		}
		for _, rate := range offer.Rates {
			view.Data = append(view.Data, rateView{offer.Key, offer.Title, rate.Service, rate.Name, decimalOf(rate.Cost), rate.Cost.Currency, stampOf(rate.EtaAt)})
		}
	}
	return ok(view), nil
}

func shipmentURL(id int64) string { return urls.APIShipment(id) }

// shipmentFields are the fields of bodies by the names that the pages have for them.
var shipmentFields = map[string]string{
	"parcels": "fulfillmentIds", "box": "boxId", "weight": "weightGrams", "tracking": "trackingNumber", "shipments": "shipmentIds", "parcel": "id",
}

// readIDs reads a list of ids of shipments.
func (b *bodyReader) readIDs(field string) []int64 {
	var ids []int64
	length := b.array(maxShipmentsOut, func(int) { ids = append(ids, b.integer()) })
	if length > maxShipmentsOut {
		b.refuse(field, "At most "+strconv.Itoa(maxShipmentsOut)+" shipments can be named at once.")
	}
	return ids
}
