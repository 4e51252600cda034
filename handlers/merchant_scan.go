package handlers

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

// scanReportDays is the period that the page on scanning is about.
const scanReportDays = 30

// MerchantScan takes one scan and says what it means where it was made. Asked by static/scan.js it answers with what to say
// and what the page shows now; asked by the form alone, with the page.
func (h *Handlers) MerchantScan(w http.ResponseWriter, r *http.Request) error {
	command, err := scanCommand(r)
	if err != nil {
		return err
	}
	answer, err := h.Store.Scan(r.Context(), command)
	switch code := shop.CodeOf(err); code {
	case "":
	case shop.CodeConflict, shop.CodeNotFound, shop.CodeInvalid, shop.CodeIdempotencyMismatch:
		answer = shop.ScanAnswer{Tone: shop.ScanToneWrong, Title: "Not counted", Text: messageOf(err), At: command.At}
		if code == shop.CodeNotFound && !wantsFragment(r) {
			return err
		}
	default:
		return err
	}
	r.PostForm.Set("at", answer.At)
	if wantsFragment(r) {
		return h.scanFragment(w, r, command, answer, err)
	}
	return h.scanPage(w, r, command, answer)
}

// scanCommand reads the form of a scan.
func scanCommand(r *http.Request) (shop.ScanCommand, error) {
	viewer, form := viewerOf(r.Context()), r.PostForm
	c := shop.ScanCommand{
		MerchantID: viewer.MerchantID, Actor: viewer.Actor(), RequestID: requestID(r), Code: form.Get("code"), Step: shop.ScanStep(form.Get("step")), At: confirmedBin(r),
	}
	if field := form.Get("parcel"); field != "" {
		work, err := parcelWork(r, field)
		if err != nil {
			return c, err
		}
		c.Parcel = shop.ParcelRef{OrderID: work.OrderID, No: work.No}
	}
	if field := form.Get("batch"); field != "" {
		var err error
		if c.Batch, err = strconv.ParseInt(field, 10, 64); err != nil || c.Batch <= 0 {
			return c, shop.NotFound("batch")
		}
	}
	if err := c.Check(); err != nil {
		return c, err
	}
	var err error
	c.Key, err = shop.NewIdempotencyKey(fmt.Sprintf("user:%d:scan", viewer.ID), form.Get("key"), []any{c.Step, c.Code, c.Parcel, c.Batch, c.At})
	return c, err
}

// scanFragment answers with what to say and, if the page stays, with its board as it is now.
func (h *Handlers) scanFragment(w http.ResponseWriter, r *http.Request, c shop.ScanCommand, answer shop.ScanAnswer, refusal error) error {
	status := http.StatusOK // a wrong scan was taken, too: it is remembered
	if refusal != nil {
		status = statusOf[shop.CodeOf(refusal)]
	}
	parts := []templ.Component{ui.ScanSaid(views.ScanSaidOf(answer))}
	if answer.Opens == "" && shop.CodeOf(refusal) != shop.CodeNotFound {
		board, err := h.scanBoard(r, c)
		if err != nil {
			return err
		}
		parts = append(parts, board)
	}
	h.render(w, r, status, templ.Join(parts...))
	return nil
}

func (h *Handlers) scanBoard(r *http.Request, c shop.ScanCommand) (templ.Component, error) {
	switch {
	case c.Step == shop.ScanPick && c.Batch != 0:
		batch, err := h.Store.BatchByID(r.Context(), c.MerchantID, c.Batch)
		if err != nil {
			return nil, err
		}
		model, err := h.pickBatch(r, batch, pickAnswer{})
		return views.PickBoard(model), err
	case c.Step == shop.ScanPick:
		f, err := h.Store.FulfillmentOf(r.Context(), c.MerchantID, c.Parcel.OrderID, c.Parcel.No)
		if err != nil {
			return nil, err
		}
		model, err := h.pickParcel(r, f, pickAnswer{})
		return views.PickBoard(model), err
	case c.Step == shop.ScanPack:
		model, err := h.packVerify(r, c.Parcel)
		return views.PackVerifyBoard(model), err
	}
	return templ.NopComponent, nil
}

// packVerify is what is verified of a parcel.
func (h *Handlers) packVerify(r *http.Request, parcel shop.ParcelRef) (views.PackVerifyModel, error) {
	merchant := viewerOf(r.Context()).MerchantID
	model := views.PackVerifyModel{Parcel: parcel, Key: rand.Text(), Reason: r.PostForm.Get("by_hand")}
	f, err := h.Store.FulfillmentOf(r.Context(), merchant, parcel.OrderID, parcel.No)
	if err != nil {
		return model, err
	}
	model.Open = f.Status == shop.FulfillmentPicked
	if model.Required, err = h.Store.ScansRequired(r.Context(), merchant); err != nil {
		return model, err
	}
	items, err := h.Store.PickItems(r.Context(), merchant, parcel)
	for _, stop := range shop.WalkOrder(items) {
		model.Items = append(model.Items, stop.Items...)
	}
	return model, err
}

// scanPage answers a scan that came without script: it goes where the scan leads, or shows the page of the form with what
// there is to say.
func (h *Handlers) scanPage(w http.ResponseWriter, r *http.Request, c shop.ScanCommand, answer shop.ScanAnswer) error {
	wrong := answer.Tone == shop.ScanToneWrong
	to := views.ScanOpens(answer)
	switch {
	case to != "":
	case c.Step == shop.ScanPick && c.Batch != 0:
		to = urls.With(urls.MerchantBatch(c.Batch), urls.Query{{Name: "at", Value: answer.At}})
	case c.Step == shop.ScanPick && c.Parcel.No > 1:
		to = urls.MerchantPick(c.Parcel.OrderID.Number(), c.Parcel.No)
	case c.Step == shop.ScanPick:
		to = urls.With(urls.MerchantPick(c.Parcel.OrderID.Number(), 0), urls.Query{{Name: "at", Value: answer.At}})
	case c.Step == shop.ScanPack:
		to = urls.MerchantPack(c.Parcel.OrderID.Number(), c.Parcel.No)
	default:
		to = urls.MerchantQueue()
	}
	text := answer.Title + ". " + answer.Text
	if wrong {
		text = "Wrong: " + text
	}
	h.flash(r, text)
	return redirect(w, r, to)
}

// MerchantScans shows how scanning goes, and what went wrong.
func (h *Handlers) MerchantScans(w http.ResponseWriter, r *http.Request) error {
	now := h.Store.Now()
	query := shop.ScanReportQuery{MerchantID: viewerOf(r.Context()).MerchantID, Since: now.AddDate(0, 0, -scanReportDays).Truncate(24 * time.Hour)}
	if before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64); err == nil && before > 0 {
		query.Before = before
	}
	report, err := h.Store.ScanReport(r.Context(), query)
	if err != nil {
		return err
	}
	page := h.page(r, "Scanning")
	page.Nav, page.Breadcrumbs = urls.MerchantBatches(), views.MerchantCrumbs()
	h.render(w, r, http.StatusOK, views.Scans(page, views.ScansModel{ScanReport: report, Days: scanReportDays, Now: now}))
	return nil
}

// MerchantScansRequire decides whether the units of a merchant are to be scanned.
func (h *Handlers) MerchantScansRequire(w http.ResponseWriter, r *http.Request) error {
	required := r.PostForm.Get("required") == "yes"
	if err := h.Store.RequireScans(r.Context(), viewerOf(r.Context()).MerchantID, required); err != nil {
		return err
	}
	if required {
		h.flash(r, "From now on units have to be scanned, or counted with a reason.")
	} else {
		h.flash(r, "From now on units may be counted by hand.")
	}
	return redirect(w, r, urls.MerchantScans())
}
