package handlers

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// MerchantOrder shows one order of the viewer's merchant.
func (h *Handlers) MerchantOrder(w http.ResponseWriter, r *http.Request) error {
	return h.merchantOrderPage(w, r, http.StatusOK, "")
}

// merchantOrderPage shows the order of the address as it is now; problem says why what was just tried did not happen.
func (h *Handlers) merchantOrderPage(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	model, err := h.merchantOrder(r)
	if err != nil {
		return err
	}
	model.Problem = problem
	page := h.page(r, "Order "+model.ID.Number())
	page.Nav, page.Breadcrumbs = urls.MerchantQueue(), views.MerchantCrumbs()
	page.Path = urls.MerchantOrder(model.ID.Number()) // after a form too
	h.render(w, r, status, views.MerchantOrder(page, model))
	return nil
}

func (h *Handlers) merchantOrder(r *http.Request) (views.MerchantOrderModel, error) {
	viewer := viewerOf(r.Context())
	id, err := shop.ParseOrderNumber(chi.URLParam(r, "number"))
	if err != nil {
		return views.MerchantOrderModel{}, &shop.Error{Code: shop.CodeNotFound, Message: messageOf(err), Err: err}
	}
	order, err := h.Store.OrderByID(r.Context(), id, viewer.Scope())
	return views.MerchantOrderModel{OrderDetail: order, Now: h.Store.Now(), ViewerID: viewer.ID, FormKey: rand.Text()}, err
}

// parcelPage shows a parcel on the page that view draws.
func (h *Handlers) parcelPage(w http.ResponseWriter, r *http.Request, status int, parcel string, view parcelView) error {
	no, err := parcelNumber(parcel)
	if err != nil {
		return err
	}
	order, err := h.merchantOrder(r)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(order.Fulfillments, func(f shop.Fulfillment) bool { return f.No == no })
	if at < 0 {
		return shop.NotFound("parcel")
	}
	order.Problem = view.problem
	model := views.ParcelModel{MerchantOrderModel: order, Parcel: order.Fulfillments[at], Errors: view.errors}
	model.Carrier, model.Tracking = r.PostForm.Get("carrier"), r.PostForm.Get("tracking")
	if model.Verify, err = h.packVerify(r, shop.ParcelRef{OrderID: order.ID, No: no}); err != nil {
		return err
	}
	model.Verify.Errors = view.errors
	page := h.page(r, view.title+" "+order.ID.Number())
	page.Nav, page.Breadcrumbs, page.Errors = urls.MerchantQueue(), views.MerchantCrumbs(), view.errors
	if err := h.fillPacking(r, &model); err != nil {
		return err
	}
	page.Errors = model.Errors
	page.Path = urls.MerchantPack(order.ID.Number(), no)
	h.render(w, r, status, views.Pack(page, model))
	return nil
}

// parcelView is which page of a parcel, and what it says about what was just tried.
type parcelView struct {
	title   string
	problem string
	errors  []shop.FieldError
}

const packTitle = "Pack"

// MerchantPack shows what to pack into a parcel, and who takes it.
func (h *Handlers) MerchantPack(w http.ResponseWriter, r *http.Request) error {
	return h.parcelPage(w, r, http.StatusOK, r.URL.Query().Get("parcel"), parcelView{title: packTitle})
}

// MerchantClaim takes a parcel and goes to pick it.
func (h *Handlers) MerchantClaim(w http.ResponseWriter, r *http.Request) error {
	result, err := h.workOn(r, h.Store.ClaimFulfillment)
	if shop.CodeOf(err) == shop.CodeConflict {
		return h.merchantOrderPage(w, r, http.StatusConflict, messageOf(err))
	}
	if err != nil {
		return err
	}
	return redirect(w, r, urls.MerchantPick(result.OrderID.Number(), result.No))
}

// MerchantRelease gives a parcel back to the queue.
func (h *Handlers) MerchantRelease(w http.ResponseWriter, r *http.Request) error {
	return h.orderAction(w, r, h.Store.ReleaseFulfillment, "The parcel is back in the queue.")
}

// MerchantParcelCancel gives a parcel up and has its units picked again.
func (h *Handlers) MerchantParcelCancel(w http.ResponseWriter, r *http.Request) error {
	return h.orderAction(w, r, h.Store.CancelFulfillment, "The parcel is cancelled. Please put its units back: they are to be picked again.")
}

// MerchantDeliver records that a parcel arrived.
func (h *Handlers) MerchantDeliver(w http.ResponseWriter, r *http.Request) error {
	return h.orderAction(w, r, h.Store.DeliverFulfillment, "The parcel is marked as delivered.")
}

// orderAction does one thing to a parcel and comes back to its order.
func (h *Handlers) orderAction(w http.ResponseWriter, r *http.Request, act parcelAction, done string) error {
	result, err := h.workOn(r, act)
	if shop.CodeOf(err) == shop.CodeConflict {
		return h.merchantOrderPage(w, r, http.StatusConflict, messageOf(err))
	}
	if err != nil {
		return err
	}
	h.flash(r, done)
	return redirect(w, r, urls.MerchantOrder(result.OrderID.Number()))
}

// MerchantShip hands a parcel to a carrier.
func (h *Handlers) MerchantShip(w http.ResponseWriter, r *http.Request) error {
	result, err := h.workOn(r, func(ctx context.Context, work shop.ParcelWork) (shop.ParcelResult, error) {
		return h.Store.ShipFulfillment(ctx, shop.ShipCommand{ParcelWork: work, Carrier: r.PostForm.Get("carrier"), TrackingNumber: r.PostForm.Get("tracking")})
	})
	switch code := shop.CodeOf(err); code {
	case shop.CodeInvalid:
		return h.parcelPage(w, r, statusOf[code], r.PostForm.Get("parcel"), parcelView{title: packTitle, errors: fieldsOf(err)})
	case shop.CodeConflict:
		return h.parcelPage(w, r, statusOf[code], r.PostForm.Get("parcel"), parcelView{title: packTitle, problem: messageOf(err)})
	case "":
	default:
		return err
	}
	h.flash(r, "Order "+result.OrderID.Number()+" is on its way with "+result.Carrier+".")
	return redirect(w, r, urls.MerchantPack(result.OrderID.Number(), result.No))
}

// MerchantCancel calls an order off.
func (h *Handlers) MerchantCancel(w http.ResponseWriter, r *http.Request) error {
	viewer := viewerOf(r.Context())
	id, err := shop.ParseOrderNumber(chi.URLParam(r, "number"))
	if err != nil {
		return shop.NotFound("order")
	}
	command := shop.CancelCommand{
		OrderID: id, Scope: viewer.Scope(), Actor: viewer.Actor(), Reason: strings.TrimSpace(r.PostForm.Get("reason")), RequestID: requestID(r),
	}
	if command.Key, err = shop.NewIdempotencyKey(fmt.Sprintf("user:%d:cancel", viewer.ID), r.PostForm.Get("key"), id); err != nil {
		return err
	}
	_, err = h.Orders.Cancel(r.Context(), command)
	if code := shop.CodeOf(err); code == shop.CodeConflict || code == shop.CodeInvalid {
		return h.merchantOrderPage(w, r, statusOf[code], messageOf(err))
	}
	if err != nil {
		return err
	}
	h.flash(r, "The order is cancelled.")
	return redirect(w, r, urls.MerchantOrder(id.Number()))
}

// parcelAction is a phase that changes one parcel.
type parcelAction func(context.Context, shop.ParcelWork) (shop.ParcelResult, error)

// workOn does something to the parcel that the address and the form name.
func (h *Handlers) workOn(r *http.Request, act parcelAction) (shop.ParcelResult, error) {
	work, err := parcelWork(r, chi.URLParam(r, "number")+"/"+r.PostForm.Get("parcel"))
	if err != nil {
		return shop.ParcelResult{}, shop.NotFound("order")
	}
	return act(r.Context(), work)
}
