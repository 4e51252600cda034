package handlers

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"waybill/shop"
	"waybill/views"
	"waybill/views/format"
	"waybill/views/ui"
	"waybill/views/urls"
)

// refundDesk is where somebody refunds units: the merchant's side or the support's.
type refundDesk struct {
	nav    string
	crumbs []ui.Crumb
	action func(number string) string
	back   func(number string) string
}

func merchantDesk() refundDesk {
	return refundDesk{nav: urls.MerchantQueue(), crumbs: views.MerchantCrumbs(), action: urls.MerchantRefund, back: urls.MerchantOrder}
}

func supportDesk() refundDesk {
	return refundDesk{nav: urls.Support(""), crumbs: []ui.Crumb{{Label: "Find an order", URL: urls.Support("")}}, action: urls.SupportRefund, back: urls.SupportOrder}
}

// MerchantRefundPage shows what of an order can be refunded, MerchantRefund works an amount out or refunds it.
func (h *Handlers) MerchantRefundPage(w http.ResponseWriter, r *http.Request) error {
	model := views.RefundUnitsModel{}
	if no, err := parcelNumber(r.URL.Query().Get("parcel")); err == nil {
		order, err := h.orderParam(r)
		if err != nil {
			return err
		}
		model.Units = unitsOf(order, no)
	}
	return h.refundPage(w, r, http.StatusOK, merchantDesk(), model, nil)
}

// unitsOf are the units of one parcel as the form of a refund has them.
func unitsOf(order shop.OrderDetail, no int) map[int]string {
	units := map[int]string{}
	for _, f := range order.Fulfillments {
		for _, item := range f.Items {
			if f.No == no {
				units[item.LineNo] = strconv.FormatInt(item.Quantity, 10)
			}
		}
	}
	return units
}

// MerchantRefund works out or makes a refund of units.
func (h *Handlers) MerchantRefund(w http.ResponseWriter, r *http.Request) error {
	return h.refund(w, r, merchantDesk())
}

// SupportRefundPage is MerchantRefundPage for the support.
func (h *Handlers) SupportRefundPage(w http.ResponseWriter, r *http.Request) error {
	return h.refundPage(w, r, http.StatusOK, supportDesk(), views.RefundUnitsModel{}, nil)
}

// SupportRefund works out or makes a refund of units.
func (h *Handlers) SupportRefund(w http.ResponseWriter, r *http.Request) error {
	return h.refund(w, r, supportDesk())
}

func (h *Handlers) refundPage(w http.ResponseWriter, r *http.Request, status int, desk refundDesk, model views.RefundUnitsModel, problems []shop.FieldError) error {
	order, err := h.orderParam(r)
	if err != nil {
		return err
	}
	number := order.ID.Number()
	model.Order, model.Action, model.Back = order, desk.action(number), desk.back(number)
	if model.Key == "" {
		model.Key = rand.Text()
	}
	page := h.page(r, "Refund items of "+number)
	page.Nav, page.Errors, page.Path = desk.nav, problems, desk.action(number)
	page.Breadcrumbs = append(desk.crumbs, ui.Crumb{Label: number, URL: desk.back(number)})
	h.render(w, r, status, views.RefundUnits(page, model))
	return nil
}

// refund reads the form, and previews or makes the refund.
func (h *Handlers) refund(w http.ResponseWriter, r *http.Request, desk refundDesk) error {
	order, err := h.orderParam(r)
	if err != nil {
		return err
	}
	viewer := viewerOf(r.Context())
	model := views.RefundUnitsModel{Shipping: strings.TrimSpace(r.PostForm.Get("shipping")), Reason: strings.TrimSpace(r.PostForm.Get("reason")), Key: r.PostForm.Get("key")}
	command := shop.RefundUnitsCommand{
		OrderID: order.ID, Scope: viewer.Scope(), Cause: shop.CauseRequest, Reason: model.Reason, Actor: viewer.Actor(), RequestID: requestID(r),
	}
	var problems []shop.FieldError
	model.Units, command.Units, problems = unitsForm(r, order.Lines)
	if model.Shipping != "" {
		shipping, err := shop.ParseAmount(model.Shipping, order.Currency)
		if err != nil {
			problems = append(problems, shop.FieldError{Field: "shipping", Message: messageOf(err)})
		}
		command.ShippingMinor = shipping.Minor
	}
	if problems != nil {
		return h.refundPage(w, r, http.StatusUnprocessableEntity, desk, model, problems)
	}
	return h.refundOrPreview(w, r, desk, model, command)
}

func (h *Handlers) refundOrPreview(w http.ResponseWriter, r *http.Request, desk refundDesk, model views.RefundUnitsModel, command shop.RefundUnitsCommand) error {
	err := command.Check()
	if err == nil && r.PostForm.Get("do") != "refund" {
		var preview shop.UnitRefund
		if preview, err = h.Store.PreviewUnitRefund(r.Context(), command); err == nil {
			model.Preview = &preview
			return h.refundPage(w, r, http.StatusOK, desk, model, nil)
		}
	}
	var result shop.UnitRefundResult
	if err == nil {
		command.Key, err = shop.NewIdempotencyKey(fmt.Sprintf("user:%d:refund", command.Actor.ID), model.Key, []any{command.OrderID, command.Units, command.ShippingMinor, command.Reason})
	}
	if err == nil {
		result, err = h.Payments.RefundUnits(r.Context(), command)
	}
	switch code, words := refusalOf(err); code {
	case "":
		h.flash(r, refundedFlash(result))
		return redirect(w, r, desk.back(command.OrderID.Number()))
	case shop.CodeInvalid:
		return h.refundPage(w, r, statusOf[code], desk, model, unitFields(fieldsOf(err), command.Units))
	case shop.CodeConflict:
		model.Problem = words
		if shop.CodeOf(err) != code {
			model.Key = "" // it is another refund from now on
		}
		return h.refundPage(w, r, statusOf[code], desk, model, nil)
	}
	return err
}

// MerchantRefundRetry tries again what the provider declined of a refund, SupportRefundRetry does so for the support.
func (h *Handlers) MerchantRefundRetry(w http.ResponseWriter, r *http.Request) error {
	return h.retryRefund(w, r, merchantDesk())
}

// SupportRefundRetry is MerchantRefundRetry for the support.
func (h *Handlers) SupportRefundRetry(w http.ResponseWriter, r *http.Request) error {
	return h.retryRefund(w, r, supportDesk())
}

// retryRefund takes its key from how many payouts there were when the page was shown: whoever presses, and however often,
// it is one try.
func (h *Handlers) retryRefund(w http.ResponseWriter, r *http.Request, desk refundDesk) error {
	order, err := h.orderParam(r)
	if err != nil {
		return err
	}
	refund, err := pathNumber(r, "refund", "refund")
	if err != nil {
		return err
	}
	viewer := viewerOf(r.Context())
	command := shop.RetryRefundCommand{OrderID: order.ID, RefundID: refund, Scope: viewer.Scope(), Actor: viewer.Actor(), RequestID: requestID(r)}
	if command.Key, err = shop.NewIdempotencyKey(fmt.Sprintf("order:%d:refund:%d", order.ID, refund), "retry "+r.PostForm.Get("payouts"), nil); err != nil {
		return err
	}
	result, err := h.Payments.RetryRefund(r.Context(), command)
	switch shop.CodeOf(err) {
	case "":
		h.flash(r, refundedFlash(result))
	case shop.CodeConflict:
		h.flash(r, messageOf(err))
	default:
		return err
	}
	return redirect(w, r, desk.back(order.ID.Number()))
}

// refundedFlash says what became of a refund.
func refundedFlash(result shop.UnitRefundResult) string {
	amount := format.Money(result.Refund.Amount())
	if gap := shop.GapOf(result.Refund, result.Payouts); gap.Missing.Minor > 0 {
		return "The payment provider declined " + format.Money(gap.Missing) + " of the refund of " + amount + ": " + gap.Failure
	}
	switch result.State() {
	case shop.RequestFailed:
		return "The payment provider declined the refund of " + amount + ": " + result.Failure()
	case shop.RequestSending:
		return amount + " is on its way back. The payment provider has not confirmed it yet."
	}
	return amount + " went back to the customer."
}

// unitsForm reads how many units of each line a form names; none is empty or 0.
func unitsForm(r *http.Request, lines []shop.OrderLine) (entered map[int]string, units []shop.LineUnits, problems []shop.FieldError) {
	entered = map[int]string{}
	for _, line := range lines {
		text := strings.TrimSpace(r.Form.Get(views.UnitsField(line.LineNo)))
		entered[line.LineNo] = text
		if text == "" || text == "0" {
			continue
		}
		n, err := shop.ParseQuantity(text)
		if err != nil {
			problems = append(problems, shop.FieldError{Field: views.UnitsField(line.LineNo), Message: messageOf(err)})
		}
		units = append(units, shop.LineUnits{LineNo: line.LineNo, Quantity: n})
	}
	return entered, units, problems
}

// unitFields names refused units as the form does. A refusal of no field of the form stands alone.
func unitFields(problems []shop.FieldError, units []shop.LineUnits) []shop.FieldError {
	for i := range problems {
		at, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(strings.SplitN(problems[i].Field, ".", 2)[0], "items["), "]"))
		switch {
		case err == nil && at < len(units):
			problems[i].Field = views.UnitsField(units[at].LineNo)
		case problems[i].Field == "shippingAmount":
			problems[i].Field = "shipping"
		case problems[i].Field == "items" || problems[i].Field == "amount":
			problems[i].Field = ""
		}
	}
	return problems
}
