package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// fillPacking adds what the packing table needs to know to a parcel's page: boxes, what can travel together, and once it is
// packed what carriers would take for it.
func (h *Handlers) fillPacking(r *http.Request, m *views.ParcelModel) (err error) {
	ctx, merchant := r.Context(), viewerOf(r.Context()).MerchantID
	if m.Boxes, err = h.Store.Boxes(ctx, merchant); err != nil {
		return err
	}
	form := r.PostForm
	if len(form) == 0 {
		form = r.URL.Query()
	}
	m.Form = views.PackForm{Box: form.Get("box"), Weight: form.Get("weight"), Service: form.Get("service"), With: form["with"], Units: form}
	if at := slices.IndexFunc(m.Shipments, func(s shop.Shipment) bool { return s.Holds(m.ID, m.Parcel.No) }); at >= 0 {
		m.Shipment = m.Shipments[at]
		return nil
	}
	if m.Parcel.Status != shop.FulfillmentPicked && m.Parcel.Status != shop.FulfillmentPacked {
		return nil
	}
	if m.Help, err = h.Store.PackingHelp(ctx, merchant, m.ID, m.Parcel.No); err != nil || m.Parcel.Status != shop.FulfillmentPacked {
		return err
	}
	return h.fillOffers(r, m, form)
}

// fillOffers asks carriers for their prices. What was entered and cannot be is for the form to say, not for the carriers.
func (h *Handlers) fillOffers(r *http.Request, m *views.ParcelModel, form url.Values) error {
	command, err := labelCommand(r, shop.ParcelRef{OrderID: m.ID, No: m.Parcel.No}, form)
	if err == nil {
		m.Offers, err = h.Shipping.Rates(r.Context(), command)
	}
	if fields := fieldsOf(err); fields != nil {
		if m.Errors == nil {
			m.Errors = fields
		}
		return nil
	}
	if code := shop.CodeOf(err); code == shop.CodeConflict || code == shop.CodeNotFound {
		return nil // it moved on between two looks; the page shows where it is
	}
	return err
}

// MerchantPacked seals a parcel, with all or some of what was picked.
func (h *Handlers) MerchantPacked(w http.ResponseWriter, r *http.Request) error {
	result, err := h.workOn(r, func(ctx context.Context, work shop.ParcelWork) (shop.ParcelResult, error) {
		work.ByHand = r.PostForm.Get("by_hand")
		command, err := packCommand(r, work)
		if err != nil {
			return shop.ParcelResult{}, err
		}
		return h.Store.PackParcel(ctx, command)
	})
	switch code := shop.CodeOf(err); code {
	case shop.CodeInvalid:
		return h.parcelPage(w, r, statusOf[code], r.PostForm.Get("parcel"), parcelView{title: packTitle, errors: fieldsOf(err), problem: withoutField(err)})
	case shop.CodeConflict:
		return h.parcelPage(w, r, statusOf[code], r.PostForm.Get("parcel"), parcelView{title: packTitle, problem: messageOf(err)})
	case "":
	default:
		return err
	}
	return redirect(w, r, urls.MerchantPack(result.OrderID.Number(), result.No))
}

// withoutField is what an error says that no field can say.
func withoutField(err error) string {
	if len(fieldsOf(err)) > 0 {
		return ""
	}
	return messageOf(err)
}

func packCommand(r *http.Request, work shop.ParcelWork) (shop.PackCommand, error) {
	command := shop.PackCommand{ParcelWork: work}
	var err error
	if command.BoxID, command.WeightGrams, err = boxAndWeight(r.PostForm); err != nil {
		return command, err
	}
	for name, values := range r.PostForm {
		line, ok := strings.CutPrefix(name, "units[")
		if !ok {
			continue
		}
		no, errNo := strconv.Atoi(strings.TrimSuffix(line, "]"))
		units, errUnits := strconv.ParseInt(strings.TrimSpace(values[0]), 10, 32)
		if errNo != nil || errUnits != nil {
			return command, shop.Invalid(name, "Enter how many units are inside.")
		}
		command.Lines = append(command.Lines, shop.PickedLine{LineNo: no, Quantity: units})
	}
	return command, nil
}

// boxAndWeight reads what a form says about the box; empty fields are not known yet.
func boxAndWeight(form url.Values) (boxID, grams int64, err error) {
	if text := form.Get("box"); text != "" && text != "0" {
		if boxID, err = strconv.ParseInt(text, 10, 64); err != nil || boxID < 0 {
			return 0, 0, shop.Invalid("box", "Choose a box from the list.")
		}
	}
	if text := strings.TrimSpace(form.Get("weight")); text != "" {
		if grams, err = shop.ParseWeight(text); err != nil {
			return 0, 0, err
		}
	}
	return boxID, grams, nil
}

// labelCommand reads what is to travel in one box, and how. The service is "CARRIER/SERVICE" of a connected carrier.
func labelCommand(r *http.Request, first shop.ParcelRef, form url.Values) (shop.LabelCommand, error) {
	viewer := viewerOf(r.Context())
	command := shop.LabelCommand{MerchantID: viewer.MerchantID, Parcels: []shop.ParcelRef{first}, Actor: viewer.Actor(), RequestID: requestID(r)}
	var err error
	if command.BoxID, command.WeightGrams, err = boxAndWeight(form); err != nil {
		return command, err
	}
	for _, field := range form["with"] {
		work, err := parcelWork(r, field)
		if err != nil {
			return command, shop.Invalid("parcels", "One of the parcels does not exist.")
		}
		command.Parcels = append(command.Parcels, shop.ParcelRef{OrderID: work.OrderID, No: work.No})
	}
	return command, nil
}

// MerchantLabel makes the label of a box: bought from a connected carrier, or with the number of one from elsewhere.
func (h *Handlers) MerchantLabel(w http.ResponseWriter, r *http.Request) error {
	work, err := parcelWork(r, chi.URLParam(r, "number")+"/"+r.PostForm.Get("parcel"))
	if err != nil {
		return shop.NotFound("order")
	}
	viewer := viewerOf(r.Context())
	command, err := labelCommand(r, shop.ParcelRef{OrderID: work.OrderID, No: work.No}, r.PostForm)
	if err == nil {
		command.CarrierKey, command.Service, _ = strings.Cut(r.PostForm.Get("service"), "/")
		command.Carrier, command.TrackingNumber = r.PostForm.Get("carrier"), r.PostForm.Get("tracking")
		if command.CarrierKey != "" {
			command.Carrier, command.TrackingNumber = "", ""
		}
		command.Key, err = shop.NewIdempotencyKey(fmt.Sprintf("user:%d:label", viewer.ID), r.PostForm.Get("key"), []any{command.Parcels, command.Service, command.CarrierKey, command.TrackingNumber, command.BoxID, command.WeightGrams})
	}
	var shipment shop.Shipment
	if err == nil {
		if r.PostForm.Get("service") == "" && !r.PostForm.Has("carrier") {
			err = shop.Invalid("service", "Choose how it is sent.")
		} else {
			shipment, err = h.Shipping.Label(r.Context(), command)
		}
	}
	switch code, words := refusalOf(err); code {
	case shop.CodeInvalid:
		return h.parcelPage(w, r, statusOf[code], r.PostForm.Get("parcel"), parcelView{title: packTitle, errors: fieldsOf(err), problem: withoutField(err)})
	case shop.CodeConflict:
		return h.parcelPage(w, r, statusOf[code], r.PostForm.Get("parcel"), parcelView{title: packTitle, problem: words})
	case "":
	default:
		return err
	}
	if shipment.Status == shop.ShipmentFailed {
		return h.parcelPage(w, r, http.StatusConflict, r.PostForm.Get("parcel"), parcelView{title: packTitle, problem: shipment.Carrier + " refused the parcel: " + shipment.Failure})
	}
	return redirect(w, r, urls.MerchantPack(work.OrderID.Number(), work.No))
}
