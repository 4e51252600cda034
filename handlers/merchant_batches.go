package handlers

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/format"
	"waybill/views/urls"
)

// MerchantBatches shows the batches, and what the one that is asked for would be.
func (h *Handlers) MerchantBatches(w http.ResponseWriter, r *http.Request) error {
	plan, err := batchPlan(r.URL.Query(), viewerOf(r.Context()).MerchantID)
	if err != nil {
		return err
	}
	model := views.BatchesModel{Plan: plan, Asked: r.URL.Query().Has("kind")}
	if !model.Asked {
		return h.batchesPage(w, r, http.StatusOK, model)
	}
	preview, err := h.Store.PreviewBatch(r.Context(), plan)
	return h.batchRefused(w, r, model, preview, err)
}

// batchRefused shows the builder with what came of a plan: the preview, or why there is none.
func (h *Handlers) batchRefused(w http.ResponseWriter, r *http.Request, model views.BatchesModel, preview shop.BatchPreview, err error) error {
	switch code := shop.CodeOf(err); code {
	case "":
		model.Preview = preview
		return h.batchesPage(w, r, http.StatusOK, model)
	case shop.CodeConflict:
		model.Empty = messageOf(err)
		return h.batchesPage(w, r, statusOf[code], model)
	case shop.CodeInvalid:
		model.Errors = fieldsOf(err)
		return h.batchesPage(w, r, statusOf[code], model)
	}
	return err
}

func (h *Handlers) batchesPage(w http.ResponseWriter, r *http.Request, status int, model views.BatchesModel) error {
	merchant := viewerOf(r.Context()).MerchantID
	var err error
	if model.Batches, err = h.Store.Batches(r.Context(), merchant); err != nil {
		return err
	}
	if model.Suggested, err = h.Store.SuggestBatches(r.Context(), merchant); err != nil {
		return err
	}
	if model.Locations, err = h.Store.MerchantLocations(r.Context(), merchant); err != nil {
		return err
	}
	model.Now, model.Key = h.Store.Now(), rand.Text()
	page := h.page(r, "Batches")
	page.Nav, page.Live, page.Errors, page.Path = urls.MerchantBatches(), true, model.Errors, urls.MerchantBatches()
	page.Shortcuts = []views.Shortcut{{Keys: "n", Meaning: "Start picking"}}
	h.render(w, r, status, views.Batches(page, model))
	return nil
}

// batchPlan reads the builder's form. A number that is none is 0, which is refused with the bounds.
func batchPlan(q url.Values, merchantID int64) (shop.BatchPlan, error) {
	plan := shop.BatchPlan{
		MerchantID: merchantID, Kind: shop.BatchKind(q.Get("kind")), SKU: q.Get("sku"), Zone: q.Get("zone"),
		MaxParcels: int(numberOr(q, "parcels", shop.DefaultBatchParcels)), MaxUnits: numberOr(q, "units", shop.DefaultBatchUnits),
	}
	if plan.Kind == "" {
		plan.Kind = shop.BatchTotes
	}
	if id, err := strconv.ParseInt(q.Get("location"), 10, 64); err == nil && id > 0 {
		plan.LocationID = id
	}
	if plan.Kind != shop.BatchChosen {
		return plan, nil
	}
	if !q.Has("parcels") {
		plan.MaxParcels, plan.MaxUnits = shop.MaxBatchParcels, shop.MaxBatchUnits
	}
	for _, field := range q["parcel"] {
		number, no, _ := strings.Cut(field, "/")
		id, err := shop.ParseOrderNumber(number)
		if err != nil {
			return plan, err
		}
		parcel, err := parcelNumber(no)
		if err != nil {
			return plan, err
		}
		plan.Chosen = append(plan.Chosen, shop.ParcelRef{OrderID: id, No: parcel})
	}
	return plan, nil
}

func numberOr(q url.Values, name string, otherwise int64) int64 {
	if !q.Has(name) {
		return otherwise
	}
	n, _ := strconv.ParseInt(strings.TrimSpace(q.Get(name)), 10, 32) // what is no number is 0
	return n
}

// MerchantBatchStart claims the parcels of a batch for the viewer and goes to pick them.
func (h *Handlers) MerchantBatchStart(w http.ResponseWriter, r *http.Request) error {
	viewer := viewerOf(r.Context())
	plan, err := batchPlan(r.PostForm, viewer.MerchantID)
	if err != nil {
		return err
	}
	key, err := shop.NewIdempotencyKey(fmt.Sprintf("user:%d:batch", viewer.ID), r.PostForm.Get("key"), plan)
	if err != nil {
		return err
	}
	batch, err := h.Store.StartBatch(r.Context(), shop.BatchCommand{BatchPlan: plan, Actor: viewer.Actor(), RequestID: requestID(r), Key: key})
	if err != nil && shop.CodeOf(err) != shop.CodeConflict {
		return h.batchRefused(w, r, views.BatchesModel{Plan: plan, Asked: true}, shop.BatchPreview{}, err)
	}
	taken, errTaken := h.takenMeanwhile(r.Context(), plan, viewer)
	if errTaken != nil {
		return errTaken
	}
	if err != nil {
		return h.batchRefused(w, r, views.BatchesModel{Plan: plan, Asked: true, Taken: taken}, shop.BatchPreview{}, err)
	}
	if len(taken) > 0 {
		h.flash(r, "Left out: "+strings.Join(taken, " "))
	}
	return redirect(w, r, urls.MerchantBatch(batch.ID))
}

// takenMeanwhile says of each ticked parcel that can no longer be claimed what became of it, and by whom.
func (h *Handlers) takenMeanwhile(ctx context.Context, plan shop.BatchPlan, viewer shop.User) ([]string, error) {
	if plan.Kind != shop.BatchChosen || len(plan.Chosen) > shop.MaxTicked {
		return nil, nil
	}
	rows, err := h.Store.PreviewQueueBulk(ctx, shop.BulkCommand{Action: shop.QueueClaim, MerchantID: viewer.MerchantID, Parcels: plan.Chosen, Actor: viewer.Actor()})
	var taken []string
	for _, row := range rows {
		if row.Refused != "" {
			taken = append(taken, row.OrderID.Number()+": "+row.Refused)
		}
	}
	return taken, err
}

func batchID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(chi.URLParam(r, "id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, shop.NotFound("batch")
	}
	return id, nil
}

// MerchantBatch shows what to pick in a batch.
func (h *Handlers) MerchantBatch(w http.ResponseWriter, r *http.Request) error {
	id, err := batchID(r)
	if err != nil {
		return err
	}
	return h.batchPage(w, r, id, pickAnswer{status: http.StatusOK})
}

func (h *Handlers) batchPage(w http.ResponseWriter, r *http.Request, id int64, answer pickAnswer) error {
	viewer := viewerOf(r.Context())
	batch, err := h.Store.BatchByID(r.Context(), viewer.MerchantID, id)
	if err != nil {
		return err
	}
	model := views.BatchModel{Batch: batch, Problem: answer.problem, Now: h.Store.Now()}
	if model.Pick, err = h.pickBatch(r, batch, answer); err != nil {
		return err
	}
	page := h.page(r, "Batch "+strconv.FormatInt(id, 10))
	page.Nav, page.Breadcrumbs, page.Errors, page.Path = urls.MerchantBatches(), views.BatchCrumbs(), answer.errors, urls.MerchantBatch(id)
	page.Live = true
	h.render(w, r, answer.status, views.Batch(page, model))
	return nil
}

func (h *Handlers) pickBatch(r *http.Request, batch shop.Batch, answer pickAnswer) (views.PickModel, error) {
	model, err := h.pickList(r, answer)
	model.List, model.Batch = batch.List, batch.ID
	model.Mine = batch.RefusePicker(viewerOf(r.Context()).ID) == nil
	return model, err
}

// MerchantBatchesStream keeps the list of batches up to date.
func (h *Handlers) MerchantBatchesStream(w http.ResponseWriter, r *http.Request) error {
	merchant := viewerOf(r.Context()).MerchantID
	return liveWhole(h, w, r, wholeView[[]shop.BatchHead]{
		looks: &h.walks, of: merchant, back: urls.MerchantBatches(),
		look: func(ctx context.Context) ([]shop.BatchHead, error) { return h.Store.Batches(ctx, merchant) },
		draw: func(_ context.Context, all []shop.BatchHead) (templ.Component, error) {
			return views.BatchesNow(views.BatchesModel{Batches: all, Now: h.Store.Now()}), nil
		},
	})
}

// MerchantBatchStream keeps the page of a batch up to date. The picker's own list is left to the picker: it changes with
// each scan, and not under the thumb.
func (h *Handlers) MerchantBatchStream(w http.ResponseWriter, r *http.Request) error {
	id, err := batchID(r)
	if err != nil {
		return err
	}
	merchant := viewerOf(r.Context()).MerchantID
	batch, err := h.Store.BatchByID(r.Context(), merchant, id)
	if err != nil {
		return err
	}
	return liveWhole(h, w, r, wholeView[shop.Batch]{
		looks: &h.batches, of: id, back: urls.MerchantBatch(id), concerns: batch.Concerns,
		look: func(ctx context.Context) (shop.Batch, error) { return h.Store.BatchByID(ctx, merchant, id) },
		draw: func(_ context.Context, now shop.Batch) (templ.Component, error) {
			pick, err := h.pickBatch(r, now, pickAnswer{})
			return views.BatchNow(views.BatchModel{Batch: now, Pick: pick, Now: h.Store.Now()}), err
		},
	})
}

// MerchantBatchPicked records what was picked by hand at a stop, parcel by parcel. One that is not in the picker's hands any
// more does not keep the others from being counted.
func (h *Handlers) MerchantBatchPicked(w http.ResponseWriter, r *http.Request) error {
	id, err := batchID(r)
	if err != nil {
		return err
	}
	if _, err := h.Store.BatchByID(r.Context(), viewerOf(r.Context()).MerchantID, id); err != nil {
		return err
	}
	commands, err := batchPicks(r)
	if err != nil {
		return err
	}
	var refused *pickAnswer
	for _, command := range commands {
		if _, err := h.Store.PickFulfillment(r.Context(), command); err != nil {
			answer, err := refusedPick(err)
			if err != nil {
				return err
			}
			if refused == nil {
				answer.problem = command.OrderID.Number() + ": " + answer.problem
				refused = &answer
			}
		}
	}
	if refused != nil {
		return h.batchPage(w, r, id, *refused)
	}
	return redirect(w, r, urls.MerchantBatch(id))
}

// batchPicks reads the pressed button: "NUMBER/NO:LINE:UNITS" for each line of the stop.
func batchPicks(r *http.Request) ([]shop.PickCommand, error) {
	var commands []shop.PickCommand
	for one := range strings.FieldsSeq(r.PostForm.Get("take")) {
		parcel, line, _ := strings.Cut(one, ":")
		work, err := parcelWork(r, parcel)
		if err != nil {
			return nil, err
		}
		picked, err := pickedLine(line)
		if err != nil {
			return nil, err
		}
		work.ByHand = r.PostForm.Get("by_hand")
		commands = append(commands, shop.PickCommand{ParcelWork: work, Lines: []shop.PickedLine{picked}})
	}
	if len(commands) > shop.MaxBatchUnits {
		return nil, &shop.Error{Code: shop.CodeTooLarge, Message: "More lines than a batch can have."}
	}
	return commands, nil
}

// MerchantBatchEnd gives what is not picked of a batch back to the queue.
func (h *Handlers) MerchantBatchEnd(w http.ResponseWriter, r *http.Request) error {
	id, err := batchID(r)
	if err != nil {
		return err
	}
	viewer := viewerOf(r.Context())
	end, err := h.Store.EndBatch(r.Context(), shop.BatchWork{ID: id, MerchantID: viewer.MerchantID, Actor: viewer.Actor(), RequestID: requestID(r)})
	if shop.CodeOf(err) == shop.CodeConflict {
		return h.batchPage(w, r, id, pickAnswer{status: http.StatusConflict, problem: messageOf(err)})
	}
	if err != nil {
		return err
	}
	if end.Released == 0 {
		h.flash(r, "Nothing went back to the queue: no parcel of this batch was waiting to be picked.")
	} else {
		h.flash(r, format.Plural(end.Released, "parcel is", "parcels are")+" back in the queue.")
	}
	return redirect(w, r, urls.MerchantBatch(id))
}

// MerchantBatchPrint shows the pick list of a batch for paper. An empty one is not printed: the batch is shown instead.
func (h *Handlers) MerchantBatchPrint(w http.ResponseWriter, r *http.Request) error {
	id, err := batchID(r)
	if err != nil {
		return err
	}
	batch, err := h.Store.BatchByID(r.Context(), viewerOf(r.Context()).MerchantID, id)
	if err != nil {
		return err
	}
	var items []shop.PickItem
	for _, s := range batch.List {
		items = append(items, s.Items...)
	}
	model := views.PrintModel{Title: "Batch " + strconv.FormatInt(id, 10), Code: shop.BatchCode(id), List: leftOf(items), Back: urls.MerchantBatch(id)}
	if len(model.List) == 0 {
		return h.batchPage(w, r, id, pickAnswer{status: http.StatusConflict, problem: nothingToPrint})
	}
	for _, p := range batch.Members {
		if p.Open() || p.Picked() {
			model.Parcels = append(model.Parcels, p)
		}
	}
	return h.printList(w, r, model)
}
