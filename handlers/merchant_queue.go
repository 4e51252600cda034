package handlers

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// MerchantQueue shows a page of the queue. A whole order number in the search field goes to the order.
func (h *Handlers) MerchantQueue(w http.ResponseWriter, r *http.Request) error {
	if r.URL.Query().Has("wall") {
		return h.queueWall(w, r)
	}
	return h.queuePage(w, r, r.URL.Query(), "")
}

// queuePage shows the list that a query asks for; problem says why what was just tried did not happen.
func (h *Handlers) queuePage(w http.ResponseWriter, r *http.Request, query url.Values, problem string) error {
	viewer := viewerOf(r.Context())
	list, errs := queueList(query, viewer)
	model := views.QueueModel{
		QueueList: list, Text: list.Filter.SKU, Country: query.Get("country"), Value: query.Get("value"), Errors: errs,
		First: true, Compact: compactRows(r),
	}
	found, err := h.findOrder(r.Context(), &model, viewer)
	if err != nil {
		return err
	}
	if found != "" {
		return redirect(w, r, found)
	}
	asked := shop.QueueQuery{MerchantID: viewer.MerchantID, QueueFilter: list.Filter, Limit: shop.MaxPageSize}
	if after := query.Get("after"); after != "" {
		if asked.After, err = shop.ParseQueueCursor(after); err != nil {
			return redirect(w, r, list.URL())
		}
		model.First = false
	}
	kept, err := h.keptList(r.Context(), asked)
	if err != nil {
		return err
	}
	model.QueuePage = kept.page
	if len(model.Rows) > 0 {
		model.TextError = ""
	}
	page := h.page(r, "Queue")
	page.Nav, page.Live, page.Path = urls.MerchantQueue(), true, list.URL()
	page.Shortcuts, page.Errors = views.QueueShortcuts(), errs
	if problem != "" {
		page.Errors = append(page.Errors, shop.FieldError{Message: problem})
	}
	if len(page.Errors) == 0 && page.Flash.Text == "" && model.TextError == "" {
		return h.showQueue(w, r, kept, asked, page, model)
	}
	if err := h.queueChoices(r.Context(), &model, viewer, kept); err != nil {
		return err
	}
	model.NextKey, model.BulkKey = rand.Text(), rand.Text()
	status := http.StatusOK
	if len(page.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	h.render(w, r, status, views.Queue(page, model))
	return nil
}

// showQueue shows a list on which nothing is said that is said once: as it was drawn last, with keys of its own.
func (h *Handlers) showQueue(w http.ResponseWriter, r *http.Request, kept *keptQueue, asked shop.QueueQuery, page views.Page, model views.QueueModel) error {
	face := queueFace{
		viewer: page.Viewer, viewerID: model.ViewerID, theme: page.Theme, cartUnits: page.CartCount, compact: model.Compact,
		text: model.Text, country: model.Country, value: model.Value,
	}
	cut, err := h.stencilOf(r.Context(), kept, asked, face, func(ctx context.Context, marks queueMarks) (templ.Component, error) {
		page.RequestID, model.NextKey, model.BulkKey = marks.request, marks.next, marks.bulk
		err := h.queueChoices(ctx, &model, viewerOf(r.Context()), kept)
		return views.Queue(page, model), err
	})
	if err != nil {
		return err
	}
	return cut.serve(w, r, rand.Text(), rand.Text(), templ.EscapeString(requestID(r)))
}

// findOrder is where a whole order number in the search field leads; one that leads nowhere is said so.
func (h *Handlers) findOrder(ctx context.Context, model *views.QueueModel, viewer shop.User) (string, error) {
	id, err := shop.ParseOrderNumber(model.Text)
	if err != nil {
		if strings.Contains(err.Error(), "mistyped") {
			model.TextError = messageOf(err)
		}
		return "", nil
	}
	_, err = h.Store.OrderByID(ctx, id, viewer.Scope())
	switch shop.CodeOf(err) {
	case "":
		return urls.MerchantOrder(id.Number()), nil
	case shop.CodeNotFound:
		model.TextError = "You have no order " + id.Number() + "."
		return "", nil
	}
	return "", err
}

// queueChoices shows what a list can be narrowed by, and the saved views with their counts.
func (h *Handlers) queueChoices(ctx context.Context, model *views.QueueModel, viewer shop.User, kept *keptQueue) error {
	choices, err := h.Store.QueueChoices(ctx, viewer.MerchantID, viewer.ID)
	if err != nil {
		return err
	}
	model.Locations, model.People, model.Services = choices.Locations, choices.People, choices.Services
	if len(choices.Views) > 0 {
		model.Views, err = h.countViews(ctx, &kept.queueFigures, viewer, choices.Views)
	}
	return err
}

// queueList reads which list is asked for, and what could not be read of it. What makes no sense and is not typed is left
// out: an old bookmark still shows a queue.
func queueList(q url.Values, viewer shop.User) (list views.QueueList, errs []shop.FieldError) {
	list = views.QueueList{ViewerID: viewer.ID, Filter: shop.QueueFilter{Stage: shop.QueueToPick}}
	f := &list.Filter
	if stage := shop.QueueStage(q.Get("stage")); slices.Contains(shop.QueueStages(), stage) {
		f.Stage = stage
	}
	if due := shop.QueueDue(q.Get("due")); due == shop.QueueDueLate || due == shop.QueueDueToday {
		f.Due = due
	}
	if sort := shop.QueueSort(q.Get("sort")); slices.Contains(shop.QueueSorts(), sort) {
		f.Sort = sort
	}
	f.LocationID, f.HolderID, f.ServiceID = positiveID(q.Get("location")), positiveID(q.Get("holder")), positiveID(q.Get("service"))
	if q.Get("holder") == "me" {
		f.HolderID = viewer.ID
	}
	if q.Get("service") == "standard" {
		f.ServiceID = shop.StandardService
	}
	f.SKU = strings.TrimSpace(q.Get("q"))
	if len(f.SKU) > shop.MaxQueueText {
		f.SKU = strings.ToValidUTF8(f.SKU[:shop.MaxQueueText], "")
	}
	if text := strings.TrimSpace(q.Get("country")); text != "" {
		country, err := shop.FindCountry(text)
		errs = append(errs, fieldOf("country", err)...)
		f.Country = country.Code
	}
	if text := strings.TrimSpace(q.Get("value")); text != "" {
		span, err := shop.ParseAmountRange(text)
		errs = append(errs, fieldOf("value", err)...)
		f.Value = span
	}
	return list, errs
}

// positiveID reads an id of an address; anything else is 0.
func positiveID(s string) int64 {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}

// fieldOf puts what is wrong beside the field that it is about.
func fieldOf(field string, err error) []shop.FieldError {
	if err == nil {
		return nil
	}
	return []shop.FieldError{{Field: field, Message: messageOf(err)}}
}

// MerchantQueueStream keeps an open queue up to date.
func (h *Handlers) MerchantQueueStream(w http.ResponseWriter, r *http.Request) error {
	if r.URL.Query().Has("wall") {
		return h.queueWallStream(w, r)
	}
	viewer := viewerOf(r.Context())
	list, _ := queueList(r.URL.Query(), viewer)
	merchant := viewer.MerchantID
	saved, err := h.Store.QueueViews(r.Context(), merchant, viewer.ID)
	if err != nil {
		return err
	}
	return h.live(w, r, liveView{
		topic: shop.FeedTopic{MerchantID: merchant},
		back:  list.URL(),
		changed: func(ctx context.Context, entries []shop.FeedEntry) (templ.Component, error) {
			if tooMany(entries) {
				return views.QueueOutdated(list, "More happened at once than can be shown piece by piece."), nil
			}
			answer, err := h.queueChange(ctx, merchant, entries)
			if err != nil {
				return nil, err
			}
			return h.drawWithViews(answer, list, viewer, saved), nil
		},
		outdated: func() templ.Component {
			return views.QueueOutdated(list, "It was away for too long to be caught up.")
		},
		passed: func(ctx context.Context, from, until time.Time) (templ.Component, error) {
			answer, err := h.queueMinute(ctx, merchant, from, until)
			if err != nil {
				return nil, err
			}
			if answer.change.Clock.DayStart.After(from) {
				return views.QueueOutdated(list, "A new day has begun."), nil
			}
			return h.drawWithViews(answer, list, viewer, saved), nil
		},
	})
}

// MerchantQueueNext takes the parcel with the nearest promise and goes to pick it.
func (h *Handlers) MerchantQueueNext(w http.ResponseWriter, r *http.Request) error {
	viewer := viewerOf(r.Context())
	command := shop.NextCommand{MerchantID: viewer.MerchantID, Actor: viewer.Actor(), RequestID: requestID(r)}
	if location, err := strconv.ParseInt(r.PostForm.Get("location"), 10, 64); err == nil {
		command.LocationID = location
	}
	var err error
	command.Key, err = shop.NewIdempotencyKey(fmt.Sprintf("user:%d:next", viewer.ID), r.PostForm.Get("key"), command.LocationID)
	if err != nil {
		return err
	}
	f, err := h.Store.NextFulfillment(r.Context(), command)
	if shop.CodeOf(err) == shop.CodeNotFound {
		h.flash(r, messageOf(err))
		return redirect(w, r, urls.MerchantQueue())
	}
	if err != nil {
		return err
	}
	return redirect(w, r, urls.MerchantPick(f.OrderID.Number(), f.No))
}

// parcelWork reads "NUMBER/NO" as work of the viewer on that parcel.
func parcelWork(r *http.Request, field string) (shop.ParcelWork, error) {
	number, no, _ := strings.Cut(field, "/")
	id, err := shop.ParseOrderNumber(number)
	if err != nil {
		return shop.ParcelWork{}, err
	}
	parcel, err := parcelNumber(no)
	viewer := viewerOf(r.Context())
	return shop.ParcelWork{OrderID: id, No: parcel, MerchantID: viewer.MerchantID, Actor: viewer.Actor(), RequestID: requestID(r)}, err
}

// maxParcels is more than an order can have: one for each location of each line.
const maxParcels = 10_000

// parcelNumber reads which parcel of an order is meant; without one it is the first.
func parcelNumber(s string) (int, error) {
	if s == "" {
		return 1, nil
	}
	no, err := strconv.Atoi(s)
	if err != nil || no < 1 || no > maxParcels {
		return 0, shop.NotFound("parcel")
	}
	return no, nil
}
