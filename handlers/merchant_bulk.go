package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// MerchantQueueBulk does something to every ticked parcel to which it can be done: at once, or after a preview where the
// action wants one.
func (h *Handlers) MerchantQueueBulk(w http.ResponseWriter, r *http.Request) error {
	command, err := bulkCommand(r)
	if err != nil {
		return err
	}
	if len(command.Parcels) == 0 {
		return h.nothingTicked(w, r, r.PostForm.Get("back"))
	}
	if command.Action.Previewed() && !r.PostForm.Has("confirmed") {
		return h.bulkPreview(w, r, command, nil)
	}
	fingerprint := fmt.Sprint(command.Action, command.Parcels, command.ToUserID, command.Reason)
	command.Key, err = shop.NewIdempotencyKey(fmt.Sprintf("user:%d:bulk", command.Actor.ID), r.PostForm.Get("key"), fingerprint)
	if err != nil {
		return err
	}
	run, err := h.Store.RunQueueBulk(r.Context(), command)
	if shop.CodeOf(err) == shop.CodeInvalid && command.Action == shop.QueueHandOver {
		return h.bulkPreview(w, r, command, fieldsOf(err))
	}
	if err != nil {
		return err
	}
	return redirect(w, r, urls.MerchantQueueRun(run))
}

// nothingTicked shows the list again from which a button was pressed, and says what is missing.
func (h *Handlers) nothingTicked(w http.ResponseWriter, r *http.Request, list string) error {
	back, err := url.Parse(urls.Local(list))
	if err != nil || back.Path != urls.MerchantQueue() {
		back = &url.URL{}
	}
	return h.queuePage(w, r, back.Query(), "No parcel is ticked. Tick at least one, then press the button again.")
}

func bulkCommand(r *http.Request) (shop.BulkCommand, error) {
	viewer := viewerOf(r.Context())
	command := shop.BulkCommand{
		Action: shop.QueueAction(r.PostForm.Get("do")), MerchantID: viewer.MerchantID, Actor: viewer.Actor(), RequestID: requestID(r),
		ToUserID: positiveID(r.PostForm.Get("colleague")), Reason: strings.TrimSpace(r.PostForm.Get("reason")),
	}
	if !slices.Contains(shop.QueueActions(), command.Action) {
		return command, shop.Invalid("do", "Choose what to do with the ticked parcels.")
	}
	var err error
	command.Parcels, err = tickedParcels(r, r.PostForm["parcel"])
	return command, err
}

// tickedParcels reads "NUMBER/NO" of each ticked row.
func tickedParcels(r *http.Request, fields []string) ([]shop.ParcelRef, error) {
	if len(fields) > shop.MaxTicked {
		return nil, &shop.Error{Code: shop.CodeTooLarge, Message: fmt.Sprintf("At most %d parcels at once.", shop.MaxTicked)}
	}
	refs := make([]shop.ParcelRef, len(fields))
	for i, field := range fields {
		work, err := parcelWork(r, field)
		if err != nil {
			return nil, err
		}
		refs[i] = shop.ParcelRef{OrderID: work.OrderID, No: work.No}
	}
	return refs, nil
}

func (h *Handlers) bulkPreview(w http.ResponseWriter, r *http.Request, command shop.BulkCommand, errs []shop.FieldError) error {
	rows, err := h.Store.PreviewQueueBulk(r.Context(), command)
	if err != nil {
		return err
	}
	people, err := h.Store.Colleagues(r.Context(), command.MerchantID)
	if err != nil {
		return err
	}
	model := views.QueueBulkModel{
		Action: command.Action, Rows: rows, People: people, Errors: errs, Key: r.PostForm.Get("key"), Back: urls.Local(r.PostForm.Get("back")),
		Colleague: r.PostForm.Get("colleague"), Reason: r.PostForm.Get("reason"),
	}
	page := h.page(r, "Check before it is done")
	page.Nav, page.Path, page.Breadcrumbs, page.Errors = urls.MerchantQueue(), urls.MerchantQueue(), views.MerchantCrumbs(), errs
	status := http.StatusOK
	if len(errs) > 0 {
		status = http.StatusUnprocessableEntity
	}
	h.render(w, r, status, views.QueueBulk(page, model))
	return nil
}

// MerchantQueueRun shows what became of parcels to which something was done at once.
func (h *Handlers) MerchantQueueRun(w http.ResponseWriter, r *http.Request) error {
	id := positiveID(chi.URLParam(r, "run"))
	run, err := h.Store.QueueRun(r.Context(), viewerOf(r.Context()).MerchantID, id)
	if err != nil {
		return err
	}
	page := h.page(r, "What was done")
	page.Nav, page.Breadcrumbs = urls.MerchantQueue(), views.MerchantCrumbs()
	h.render(w, r, http.StatusOK, views.QueueRun(page, run))
	return nil
}
