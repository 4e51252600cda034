package handlers

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"waybill/shop"
	"waybill/views"
	"waybill/views/format"
	"waybill/views/urls"
)

// MerchantQueue shows a page of the queue. A whole order number in the search field goes to the order.
func (h *Handlers) MerchantQueue(w http.ResponseWriter, r *http.Request) error {
	viewer := viewerOf(r.Context())
	list, text := queueList(r.URL.Query(), viewer)
	model := views.QueueModel{QueueList: list, Text: text, NextKey: rand.Text(), First: true}
	if id, err := shop.ParseOrderNumber(text); err == nil {
		if _, err := h.Store.OrderByID(r.Context(), id, viewer.Scope()); err == nil {
			return redirect(w, r, urls.MerchantOrder(id.Number()))
		}
		model.TextError = "You have no order " + id.Number() + "."
	} else if strings.Contains(err.Error(), "mistyped") {
		model.TextError = messageOf(err)
	}
	query := shop.QueueQuery{MerchantID: viewer.MerchantID, QueueFilter: list.Filter, Limit: shop.MaxPageSize}
	if after := r.URL.Query().Get("after"); after != "" {
		var err error
		if query.After, err = shop.ParseQueueCursor(after); err != nil {
			return redirect(w, r, list.URL())
		}
		model.First = false
	}
	var err error
	if model.QueuePage, err = h.Store.QueuePage(r.Context(), query); err != nil {
		return err
	}
	if len(model.Rows) > 0 {
		model.TextError = ""
	}
	if model.Locations, err = h.Store.MerchantLocations(r.Context(), viewer.MerchantID); err != nil {
		return err
	}
	page := h.page(r, "Queue")
	page.Nav, page.Live, page.Wide = urls.MerchantQueue(), true, true
	page.Shortcuts = []views.Shortcut{{Keys: "n", Meaning: "Take the next order"}, {Keys: "c", Meaning: "Claim the ticked orders"}, {Keys: "/", Meaning: "Find"}, {Keys: ".", Meaning: "Show new parcels"}, {Keys: "r", Meaning: "Refresh"}}
	h.render(w, r, http.StatusOK, views.Queue(page, model))
	return nil
}

// queueList reads which list is asked for. What makes no sense is left out: an old bookmark still shows a queue.
func queueList(q url.Values, viewer shop.User) (list views.QueueList, text string) {
	list = views.QueueList{ViewerID: viewer.ID, Filter: shop.QueueFilter{Stage: shop.QueueToPick}}
	for _, stage := range shop.QueueStages() {
		if q.Get("stage") == string(stage) {
			list.Filter.Stage = stage
		}
	}
	if due := shop.QueueDue(q.Get("due")); due == shop.QueueDueLate || due == shop.QueueDueToday {
		list.Filter.Due = due
	}
	if location, err := strconv.ParseInt(q.Get("location"), 10, 64); err == nil && location > 0 {
		list.Filter.LocationID = location
	}
	if q.Get("holder") == "me" {
		list.Filter.HolderID = viewer.ID
	}
	text = strings.TrimSpace(q.Get("q"))
	if len(text) > shop.MaxQueueText {
		text = strings.ToValidUTF8(text[:shop.MaxQueueText], "")
	}
	list.Filter.SKU = text
	return list, text
}

// MerchantQueueStream keeps an open queue up to date.
func (h *Handlers) MerchantQueueStream(w http.ResponseWriter, r *http.Request) error {
	viewer := viewerOf(r.Context())
	list, _ := queueList(r.URL.Query(), viewer)
	merchant := viewer.MerchantID
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
			return answer.draw(list), nil
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
			return answer.draw(list), nil
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

// MerchantQueueClaims takes every ticked parcel that is still free, and says which were not.
func (h *Handlers) MerchantQueueClaims(w http.ResponseWriter, r *http.Request) error {
	back := urls.Local(r.PostForm.Get("back"))
	ticked := r.PostForm["parcel"]
	if len(ticked) == 0 {
		h.flash(r, "No parcel is ticked. Tick at least one, then claim.")
		return redirect(w, r, back)
	}
	if len(ticked) > shop.MaxPageSize {
		return &shop.Error{Code: shop.CodeTooLarge, Message: fmt.Sprintf("At most %d parcels can be claimed at once.", shop.MaxPageSize)}
	}
	claimed := 0
	var refused []string
	for _, field := range ticked {
		work, err := parcelWork(r, field)
		if err != nil {
			return err
		}
		_, err = h.Store.ClaimFulfillment(r.Context(), work)
		switch code := shop.CodeOf(err); {
		case code == "":
			claimed++
		case code == shop.CodeConflict || code == shop.CodeNotFound:
			refused = append(refused, work.OrderID.Number()+": "+messageOf(err))
		default:
			return err
		}
	}
	h.flash(r, claimsText(claimed, refused))
	return redirect(w, r, back)
}

// claimsText sums up a claim of several parcels. A few refusals are named, more are counted.
func claimsText(claimed int, refused []string) string {
	const named = 3
	text := "Claimed " + format.Plural(claimed, "parcel", "parcels") + "."
	if len(refused) == 0 {
		return text
	}
	text += " Not claimed: " + strings.Join(refused[:min(len(refused), named)], " ")
	if rest := len(refused) - named; rest > 0 {
		text += " And " + format.Plural(rest, "other", "others") + "."
	}
	return text
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
