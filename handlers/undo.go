package handlers

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/format"
	"waybill/views/urls"
)

// MerchantUnpack opens a packed parcel again.
func (h *Handlers) MerchantUnpack(w http.ResponseWriter, r *http.Request) error {
	result, err := h.workOn(r, h.Store.UnpackParcel)
	if code := shop.CodeOf(err); code == shop.CodeConflict {
		return h.parcelPage(w, r, statusOf[code], r.PostForm.Get("parcel"), parcelView{title: packTitle, problem: messageOf(err)})
	}
	if err != nil {
		return err
	}
	h.flash(r, "The parcel is open again.")
	return redirect(w, r, urls.MerchantPack(result.OrderID.Number(), result.No))
}

// MerchantShipmentUndo takes the hand-over of one shipment back.
func (h *Handlers) MerchantShipmentUndo(w http.ResponseWriter, r *http.Request) error {
	id, err := shipmentID(chi.URLParam(r, "shipment"))
	if err != nil {
		return err
	}
	viewer := viewerOf(r.Context())
	back, err := h.Store.UndoHandOver(r.Context(), shop.ShipmentWork{MerchantID: viewer.MerchantID, IDs: []int64{id}, Actor: viewer.Actor(), RequestID: requestID(r)})
	if code := shop.CodeOf(err); code == shop.CodeConflict {
		return h.shipmentPage(w, r, statusOf[code], messageOf(err), nil)
	}
	if err != nil {
		return err
	}
	h.flash(r, takenBack(back))
	return redirect(w, r, urls.MerchantShipment(id))
}

// MerchantManifestUndo takes back everything that is left of a hand-over: all or none.
func (h *Handlers) MerchantManifestUndo(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(chi.URLParam(r, "manifest"), 10, 64)
	if err != nil {
		return shop.NotFound("manifest")
	}
	viewer := viewerOf(r.Context())
	manifest, err := h.Store.ManifestByID(r.Context(), viewer.MerchantID, id)
	if err != nil {
		return err
	}
	work := shop.ShipmentWork{MerchantID: viewer.MerchantID, Actor: viewer.Actor(), RequestID: requestID(r)}
	for _, s := range manifest.Shipments {
		work.IDs = append(work.IDs, s.ID)
	}
	back := 0
	if len(work.IDs) > 0 {
		back, err = h.Store.UndoHandOver(r.Context(), work)
	}
	if code := shop.CodeOf(err); code == shop.CodeConflict {
		return h.shipmentsPage(w, r, statusOf[code], views.ShipmentsModel{Filter: shop.ShipmentsInTransit, Problem: messageOf(err)})
	}
	if err != nil {
		return err
	}
	h.flash(r, takenBack(back))
	return redirect(w, r, urls.MerchantShipments(string(shop.ShipmentsReady)))
}

func takenBack(shipments int) string {
	if shipments == 0 {
		return "This was taken back before."
	}
	return "Taken back: " + format.Plural(shipments, "shipment", "shipments") + ". Labels stay on, and the orders are being prepared again."
}

// MerchantPromiseUndo changes how long things can be taken back.
func (h *Handlers) MerchantPromiseUndo(w http.ResponseWriter, r *http.Request) error {
	typed := strings.TrimSpace(r.PostForm.Get("undo"))
	within := -time.Minute
	if minutes, err := strconv.ParseUint(typed, 10, 16); err == nil {
		within = time.Duration(minutes) * time.Minute
	}
	err := h.Store.SetUndo(r.Context(), viewerOf(r.Context()).MerchantID, within, origin(r))
	if code := shop.CodeOf(err); code == shop.CodeInvalid {
		return h.promisePage(w, r, statusOf[code], views.ShipPromiseModel{Undo: &typed, Errors: fieldsOf(err)})
	}
	if err != nil {
		return err
	}
	h.flash(r, "Saved. It holds for what is packed and handed over from now on.")
	return redirect(w, r, urls.MerchantPromise())
}
