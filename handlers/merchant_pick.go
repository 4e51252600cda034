package handlers

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// pickAnswer is what a pick list says about what was just tried.
type pickAnswer struct {
	status  int
	problem string
	errors  []shop.FieldError
}

// refusedPick turns a refusal into an answer; other errors are nobody's to mend.
func refusedPick(err error) (pickAnswer, error) {
	switch code := shop.CodeOf(err); code {
	case shop.CodeConflict:
		return pickAnswer{status: statusOf[code], problem: messageOf(err)}, nil
	case shop.CodeInvalid:
		return pickAnswer{status: statusOf[code], problem: messageOf(err), errors: fieldsOf(err)}, nil
	}
	return pickAnswer{}, err
}

// MerchantPick shows what to pick of a parcel.
func (h *Handlers) MerchantPick(w http.ResponseWriter, r *http.Request) error {
	no, err := parcelNumber(r.URL.Query().Get("parcel"))
	if err != nil {
		return err
	}
	return h.pickPage(w, r, no, pickAnswer{status: http.StatusOK})
}

func (h *Handlers) pickPage(w http.ResponseWriter, r *http.Request, no int, answer pickAnswer) error {
	order, err := h.merchantOrder(r)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(order.Fulfillments, func(f shop.Fulfillment) bool { return f.No == no })
	if at < 0 {
		return shop.NotFound("parcel")
	}
	order.Problem = answer.problem
	model := views.PickPage{ParcelModel: views.ParcelModel{MerchantOrderModel: order, Parcel: order.Fulfillments[at]}}
	if model.Pick, err = h.pickParcel(r, model.ParcelModel.Parcel, answer); err != nil {
		return err
	}
	page := h.page(r, "Pick "+order.ID.Number())
	page.Nav, page.Breadcrumbs, page.Errors = urls.MerchantQueue(), views.MerchantCrumbs(), answer.errors
	page.Path = urls.MerchantPick(order.ID.Number(), no)
	h.render(w, r, answer.status, views.Pick(page, model))
	return nil
}

// pickParcel is the pick list of one parcel.
func (h *Handlers) pickParcel(r *http.Request, f shop.Fulfillment, answer pickAnswer) (views.PickModel, error) {
	viewer := viewerOf(r.Context())
	ref := shop.ParcelRef{OrderID: f.OrderID, No: f.No}
	items, err := h.Store.PickItems(r.Context(), viewer.MerchantID, ref)
	if err != nil {
		return views.PickModel{}, err
	}
	model, err := h.pickList(r, answer)
	model.List, model.Parcel = shop.WalkOrder(items), ref
	model.Mine = f.Status == shop.FulfillmentPicking && f.AssignedUserID == viewer.ID
	return model, err
}

// pickList is what every pick list knows before its stops.
func (h *Handlers) pickList(r *http.Request, answer pickAnswer) (views.PickModel, error) {
	required, err := h.Store.ScansRequired(r.Context(), viewerOf(r.Context()).MerchantID)
	return views.PickModel{At: confirmedBin(r), Required: required, Key: rand.Text(), Errors: answer.errors, Reason: r.PostForm.Get("by_hand")}, err
}

// confirmedBin is the bin where somebody stands, as the page or its form says.
func confirmedBin(r *http.Request) string {
	at := r.PostForm.Get("at")
	if at == "" {
		at = r.URL.Query().Get("at")
	}
	if len(at) > shop.MaxScanText {
		return ""
	}
	return at
}

// MerchantPicked records what was picked by hand: all of it, or the units of one stop.
func (h *Handlers) MerchantPicked(w http.ResponseWriter, r *http.Request) error {
	lines, err := pickedLines(r)
	if err != nil {
		return err
	}
	result, err := h.workOn(r, func(ctx context.Context, work shop.ParcelWork) (shop.ParcelResult, error) {
		work.ByHand = r.PostForm.Get("by_hand")
		return h.Store.PickFulfillment(ctx, shop.PickCommand{ParcelWork: work, All: r.PostForm.Has("all"), Lines: lines})
	})
	if err != nil {
		answer, err := refusedPick(err)
		if err != nil {
			return err
		}
		no, err := parcelNumber(r.PostForm.Get("parcel"))
		if err != nil {
			return err
		}
		return h.pickPage(w, r, no, answer)
	}
	if result.Status != shop.FulfillmentPicking {
		h.flash(r, "All picked. Pack it next.")
		return redirect(w, r, urls.MerchantPack(result.OrderID.Number(), result.No))
	}
	return redirect(w, r, urls.MerchantPick(result.OrderID.Number(), result.No))
}

// pickedLines reads the pressed button: "LINE:UNITS" for each line of the stop.
func pickedLines(r *http.Request) ([]shop.PickedLine, error) {
	var lines []shop.PickedLine
	for _, value := range r.PostForm["take"] {
		for one := range strings.FieldsSeq(value) {
			line, err := pickedLine(one)
			if err != nil {
				return nil, err
			}
			lines = append(lines, line)
		}
	}
	return lines, nil
}

func pickedLine(value string) (shop.PickedLine, error) {
	line, units, _ := strings.Cut(value, ":")
	no, errNo := strconv.ParseInt(line, 10, 32)
	quantity, errUnits := strconv.ParseInt(units, 10, 64)
	if errNo != nil || errUnits != nil {
		return shop.PickedLine{}, shop.Invalid("take", "The number of picked units could not be read.")
	}
	return shop.PickedLine{LineNo: int(no), Quantity: quantity}, nil
}

// MerchantPickPrint shows the pick list of a parcel for paper. With nothing left to pick there is nothing to print, and the
// parcel is shown instead.
func (h *Handlers) MerchantPickPrint(w http.ResponseWriter, r *http.Request) error {
	no, err := parcelNumber(r.URL.Query().Get("parcel"))
	if err != nil {
		return err
	}
	id, err := shop.ParseOrderNumber(chi.URLParam(r, "number"))
	if err != nil {
		return &shop.Error{Code: shop.CodeNotFound, Message: messageOf(err), Err: err}
	}
	ref := shop.ParcelRef{OrderID: id, No: no}
	items, err := h.Store.PickItems(r.Context(), viewerOf(r.Context()).MerchantID, ref)
	if err != nil {
		return err
	}
	list := leftOf(items)
	if len(list) == 0 {
		return h.pickPage(w, r, no, pickAnswer{status: http.StatusConflict, problem: nothingToPrint})
	}
	return h.printList(w, r, views.PrintModel{Title: "Pick list " + ref.Code(), Code: ref.Code(), List: list, Back: urls.MerchantPick(id.Number(), no)})
}

// nothingToPrint is why an empty list is not printed.
const nothingToPrint = "There is nothing to print: nothing on this list is left to pick."

// leftOf is the walk for what is not picked yet.
func leftOf(items []shop.PickItem) shop.PickList {
	return shop.WalkOrder(slices.DeleteFunc(items, func(i shop.PickItem) bool { return i.Left() == 0 }))
}

func (h *Handlers) printList(w http.ResponseWriter, r *http.Request, model views.PrintModel) error {
	model.Now = h.Store.Now()
	page := h.page(r, model.Title)
	page.Nav, page.Breadcrumbs = urls.MerchantQueue(), views.MerchantCrumbs()
	h.render(w, r, http.StatusOK, views.PickPrint(page, model))
	return nil
}
