package handlers

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// MerchantBoxes lists the boxes of the viewer's merchant.
func (h *Handlers) MerchantBoxes(w http.ResponseWriter, r *http.Request) error {
	return h.boxesPage(w, r, http.StatusOK, views.BoxForm{}, nil)
}

func (h *Handlers) boxesPage(w http.ResponseWriter, r *http.Request, status int, form views.BoxForm, errs []shop.FieldError) error {
	boxes, err := h.Store.Boxes(r.Context(), viewerOf(r.Context()).MerchantID)
	if err != nil {
		return err
	}
	page := h.page(r, "Boxes")
	page.Nav, page.Errors, page.Path = urls.MerchantShipments(""), errs, urls.MerchantBoxes()
	page.Breadcrumbs = views.ShipmentCrumbs()
	h.render(w, r, status, views.Boxes(page, views.BoxesModel{Boxes: boxes, Form: form, Errors: errs}))
	return nil
}

// MerchantBoxAdd adds a box.
func (h *Handlers) MerchantBoxAdd(w http.ResponseWriter, r *http.Request) error {
	return h.saveBox(w, r, 0)
}

// MerchantBox shows the form that changes a box.
func (h *Handlers) MerchantBox(w http.ResponseWriter, r *http.Request) error {
	box, err := h.boxOf(r)
	if err != nil {
		return err
	}
	return h.boxesPage(w, r, http.StatusOK, views.BoxFormOf(box), nil)
}

// MerchantBoxChange changes a box. What was packed into it keeps its weight.
func (h *Handlers) MerchantBoxChange(w http.ResponseWriter, r *http.Request) error {
	box, err := h.boxOf(r)
	if err != nil {
		return err
	}
	return h.saveBox(w, r, box.ID)
}

// MerchantBoxRetire takes a box out of use.
func (h *Handlers) MerchantBoxRetire(w http.ResponseWriter, r *http.Request) error {
	box, err := h.boxOf(r)
	if err != nil {
		return err
	}
	viewer := viewerOf(r.Context())
	if err := h.Store.RetireBox(r.Context(), viewer.MerchantID, box.ID, viewer.Actor(), requestID(r)); err != nil {
		return err
	}
	h.flash(r, "Box "+box.Name+" is out of use.")
	return redirect(w, r, urls.MerchantBoxes())
}

func (h *Handlers) boxOf(r *http.Request) (shop.Box, error) {
	id, err := strconv.ParseInt(chi.URLParam(r, "box"), 10, 64)
	if err != nil || id <= 0 {
		return shop.Box{}, shop.NotFound("box")
	}
	return h.Store.BoxByID(r.Context(), viewerOf(r.Context()).MerchantID, id)
}

func (h *Handlers) saveBox(w http.ResponseWriter, r *http.Request, id int64) error {
	viewer := viewerOf(r.Context())
	form := views.BoxForm{
		ID: id, Name: strings.TrimSpace(r.PostForm.Get("name")), Length: r.PostForm.Get("length"), Width: r.PostForm.Get("width"), Height: r.PostForm.Get("height"),
		Tare: r.PostForm.Get("tare"), Hotkey: r.PostForm.Get("hotkey"),
	}
	box := shop.Box{
		ID: id, MerchantID: viewer.MerchantID, Name: form.Name, LengthMM: int(figure(form.Length)), WidthMM: int(figure(form.Width)), HeightMM: int(figure(form.Height)),
		TareGrams: figure(form.Tare),
	}
	if form.Hotkey != "" {
		box.Hotkey = int(figure(form.Hotkey))
	}
	box, err := h.Store.SaveBox(r.Context(), box, viewer.Actor(), requestID(r))
	if errs := fieldsOf(err); errs != nil {
		return h.boxesPage(w, r, http.StatusUnprocessableEntity, form, errs)
	}
	if err != nil {
		return err
	}
	h.flash(r, "Box "+box.Name+" is saved.")
	return redirect(w, r, urls.MerchantBoxes())
}

// figure reads a whole number that people typed, -1 for anything else: a rule refuses it by its field.
func figure(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32)
	if err != nil {
		return -1
	}
	return n
}
