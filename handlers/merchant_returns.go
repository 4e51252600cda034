package handlers

import (
	"context"
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

const returnsPage = 50

// MerchantReturns lists the returns of one state; "part=tabs" is the states and their counts alone.
func (h *Handlers) MerchantReturns(w http.ResponseWriter, r *http.Request) error {
	return h.returnsPage(w, r, http.StatusOK, nil)
}

func (h *Handlers) returnsPage(w http.ResponseWriter, r *http.Request, status int, problems []shop.FieldError) error {
	viewer := viewerOf(r.Context())
	model := views.ReturnsModel{Status: shop.ReturnRequested, Now: h.Store.Now()}
	if s, err := shop.ParseReturnStatus(r.URL.Query().Get("status")); err == nil {
		model.Status = s
	}
	before, ok := cursor(r)
	if !ok {
		return redirect(w, r, urls.MerchantReturnsIn(string(model.Status)))
	}
	var err error
	if model.Counts, err = h.Store.ReturnCounts(r.Context(), viewer.MerchantID); err != nil {
		return err
	}
	if r.URL.Query().Get("part") == "tabs" {
		h.render(w, r, status, views.ReturnTabs(model))
		return nil
	}
	query := shop.ReturnQuery{Scope: viewer.Scope(), Status: model.Status, Before: shop.ReturnID(before), Limit: returnsPage}
	var more bool
	if model.Returns, more, err = h.Store.MerchantReturns(r.Context(), query); err != nil {
		return err
	}
	if more {
		model.Pages.Older = withCursor(urls.MerchantReturnsIn(string(model.Status)), int64(model.Returns[len(model.Returns)-1].ID))
	}
	if before > 0 {
		model.Pages.Newer = urls.MerchantReturnsIn(string(model.Status))
	}
	if model.Policy, err = h.Store.ReturnPolicy(r.Context(), viewer.MerchantID); err != nil {
		return err
	}
	model.Days = strconv.Itoa(model.Policy.WindowDays)
	if problems != nil && r.Method == http.MethodPost {
		model.Days, model.Policy.Address = r.PostForm.Get("days"), r.PostForm.Get("address")
	}
	page := h.page(r, "Returns")
	page.Nav, page.Errors, page.Path = urls.MerchantReturns(), problems, urls.MerchantReturns()
	h.render(w, r, status, views.MerchantReturns(page, model))
	return nil
}

// MerchantReturnsFind goes to the return whose number was scanned.
func (h *Handlers) MerchantReturnsFind(w http.ResponseWriter, r *http.Request) error {
	id, err := shop.ParseReturnNumber(r.URL.Query().Get("code"))
	if err == nil {
		_, _, err = h.Store.ReturnByID(r.Context(), id, viewerOf(r.Context()).Scope())
	}
	switch shop.CodeOf(err) {
	case "":
		return redirect(w, r, urls.MerchantReturn(id.Number()))
	case shop.CodeInvalid:
		return h.returnsPage(w, r, http.StatusUnprocessableEntity, []shop.FieldError{{Field: "code", Message: messageOf(err)}})
	case shop.CodeNotFound:
		return h.returnsPage(w, r, http.StatusUnprocessableEntity, []shop.FieldError{{Field: "code", Message: "You have no return " + id.Number() + "."}})
	}
	return err
}

// MerchantReturnsPolicy changes the terms of returns.
func (h *Handlers) MerchantReturnsPolicy(w http.ResponseWriter, r *http.Request) error {
	viewer := viewerOf(r.Context())
	days, err := strconv.Atoi(strings.TrimSpace(r.PostForm.Get("days")))
	if err != nil {
		return h.returnsPage(w, r, http.StatusUnprocessableEntity, []shop.FieldError{{Field: "days", Message: "Enter a number of days."}})
	}
	policy := shop.ReturnPolicy{WindowDays: days, Address: strings.TrimSpace(r.PostForm.Get("address"))}
	err = h.Store.SetReturnPolicy(r.Context(), viewer.MerchantID, policy, viewer.Actor(), requestID(r))
	if shop.CodeOf(err) == shop.CodeInvalid {
		return h.returnsPage(w, r, http.StatusUnprocessableEntity, fieldsOf(err))
	}
	if err != nil {
		return err
	}
	h.flash(r, "The terms of returns are saved.")
	return redirect(w, r, urls.MerchantReturns())
}

// MerchantReturn shows one return.
func (h *Handlers) MerchantReturn(w http.ResponseWriter, r *http.Request) error {
	return h.returnPage(w, r, http.StatusOK, views.ReturnModel{}, nil)
}

func (h *Handlers) returnPage(w http.ResponseWriter, r *http.Request, status int, model views.ReturnModel, problems []shop.FieldError) error {
	act, err := h.returnAct(r)
	if err != nil {
		return err
	}
	if model.Order, model.Return, err = h.Store.ReturnByID(r.Context(), act.ID, act.Scope); err != nil {
		return err
	}
	model.Now, model.Key = h.Store.Now(), rand.Text()
	if model.Entered == nil {
		model.Entered = map[string]string{}
	}
	locations, err := h.Store.MerchantLocations(r.Context(), act.Scope.MerchantID)
	if err != nil {
		return err
	}
	for _, l := range locations {
		model.Locations = append(model.Locations, ui.Option{Value: strconv.FormatInt(l.ID, 10), Label: l.Name})
	}
	if model.Location == "" && len(model.Locations) > 0 {
		model.Location = model.Locations[0].Value
	}
	if err := h.returnOwed(r.Context(), act, &model); err != nil {
		return err
	}
	page := h.page(r, "Return "+model.ID.Number())
	page.Nav, page.Errors, page.Path = urls.MerchantReturns(), problems, urls.MerchantReturn(model.ID.Number())
	page.Breadcrumbs = []ui.Crumb{{Label: "Returns", URL: urls.MerchantReturns()}}
	h.render(w, r, status, views.MerchantReturn(page, model))
	return nil
}

// returnOwed works out what would be paid back now.
func (h *Handlers) returnOwed(ctx context.Context, act shop.ReturnAct, model *views.ReturnModel) error {
	command, err := shop.RefundReturnCommand{ReturnAct: act}.Plan(model.Return)
	if err != nil {
		return nil // there is nothing to pay back
	}
	refund, err := h.Store.PreviewUnitRefund(ctx, command)
	model.Refund = &refund
	return err
}

// MerchantReturnPhoto is the picture that came with a return. It was written by us, and is shown as nothing but a picture.
func (h *Handlers) MerchantReturnPhoto(w http.ResponseWriter, r *http.Request) error {
	act, err := h.returnAct(r)
	if err != nil {
		return err
	}
	photo, err := h.Store.ReturnPhoto(r.Context(), act.ID, act.Scope)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Content-Length", strconv.Itoa(len(photo)))
	_, _ = w.Write(photo) // a reader who left is nobody's error
	return nil
}

// returnDeed is something that a merchant does to a return, and what to say then.
type returnDeed func(ctx context.Context, act shop.ReturnAct, r *http.Request) (said string, err error)

// MerchantReturnDo does something to the return in the address, once for each key, and shows it again.
func (h *Handlers) MerchantReturnDo(name string, deed returnDeed) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		act, err := h.returnAct(r)
		if err != nil {
			return err
		}
		model := views.ReturnModel{Location: r.PostForm.Get("location"), Entered: map[string]string{}}
		body := []string{act.ID.Number(), name}
		for field, values := range r.PostForm {
			model.Entered[field] = values[0]
		}
		if act.Key, err = shop.NewIdempotencyKey(fmt.Sprintf("user:%d:return", act.Actor.ID), r.PostForm.Get("key"), append(body, formWords(r)...)); err != nil {
			return err
		}
		said, err := deed(r.Context(), act, r)
		switch code := shop.CodeOf(err); code {
		case "":
			h.flash(r, said)
			return redirect(w, r, urls.MerchantReturn(act.ID.Number()))
		case shop.CodeInvalid:
			return h.returnPage(w, r, statusOf[code], model, fieldsOf(err))
		case shop.CodeConflict:
			model.Problem = messageOf(err)
			return h.returnPage(w, r, statusOf[code], model, nil)
		}
		return err
	}
}

// formWords is all that a form says, in a fixed order.
func formWords(r *http.Request) []string { return []string{r.PostForm.Encode()} }

// ApproveReturn approves the units of the form.
func (h *Handlers) ApproveReturn(ctx context.Context, act shop.ReturnAct, r *http.Request) (string, error) {
	_, found, err := h.Store.ReturnByID(ctx, act.ID, act.Scope)
	if err != nil {
		return "", err
	}
	lines := make([]shop.OrderLine, len(found.Lines))
	for i, l := range found.Lines {
		lines[i].LineNo = l.LineNo
	}
	_, units, problems := unitsForm(r, lines)
	if problems != nil {
		return "", shop.InvalidFields(problems...)
	}
	if len(units) == 0 && found.Status == shop.ReturnRequested {
		return "", shop.Invalid(views.UnitsField(found.Lines[0].LineNo), "Approve at least one unit, or do not accept the return.")
	}
	_, err = h.Store.ApproveReturn(ctx, shop.ApproveReturnCommand{ReturnAct: act, Units: units})
	if shop.CodeOf(err) == shop.CodeInvalid {
		return "", shop.InvalidFields(unitFields(fieldsOf(err), units)...)
	}
	return "The return is approved. The customer finds the label on the order's page.", err
}

// RejectReturn refuses the return.
func (h *Handlers) RejectReturn(ctx context.Context, act shop.ReturnAct, _ *http.Request) (string, error) {
	_, err := h.Store.RejectReturn(ctx, act)
	return "The return is rejected.", err
}

// SentReturn records that the units are on their way.
func (h *Handlers) SentReturn(ctx context.Context, act shop.ReturnAct, _ *http.Request) (string, error) {
	_, err := h.Store.ReturnSent(ctx, shop.ReturnSentCommand{ReturnAct: act})
	return "The return is on its way.", err
}

// CallOffReturn ends a return that never came.
func (h *Handlers) CallOffReturn(ctx context.Context, act shop.ReturnAct, _ *http.Request) (string, error) {
	_, err := h.Store.CancelReturn(ctx, act)
	return "The return is called off.", err
}

// CloseReturn ends a return without paying more of it back.
func (h *Handlers) CloseReturn(ctx context.Context, act shop.ReturnAct, _ *http.Request) (string, error) {
	_, err := h.Store.CloseReturn(ctx, act)
	return "The return is closed.", err
}

// RefundReturn pays back what arrived.
func (h *Handlers) RefundReturn(ctx context.Context, act shop.ReturnAct, _ *http.Request) (string, error) {
	result, err := h.Payments.RefundReturn(ctx, shop.RefundReturnCommand{ReturnAct: act})
	if err != nil {
		return "", err
	}
	return refundedFlash(result), nil
}

// ReceiveReturn books what the form says: one scanned unit, or what was counted.
func (h *Handlers) ReceiveReturn(ctx context.Context, act shop.ReturnAct, r *http.Request) (string, error) {
	order, found, err := h.Store.ReturnByID(ctx, act.ID, act.Scope)
	if err != nil {
		return "", err
	}
	command := shop.ReceiveReturnCommand{ReturnAct: act}
	if location := r.PostForm.Get("location"); location != "" {
		if command.LocationID, err = strconv.ParseInt(location, 10, 64); err != nil {
			return "", shop.Invalid("locationId", "Choose a location.")
		}
	}
	if r.PostForm.Has("scan") {
		if command.Units, err = h.scannedUnit(ctx, order, found, r); err != nil {
			return "", err
		}
	} else if command.Units, err = countedUnits(found, r); err != nil {
		return "", err
	}
	if _, err = h.Store.ReceiveReturn(ctx, command); err != nil {
		return "", err
	}
	var units int64
	for _, u := range command.Units {
		units += u.Quantity
	}
	return format.Plural(units, "unit is", "units are") + " booked.", nil
}

// scannedUnit is one unit of the line whose barcode or code was scanned.
func (h *Handlers) scannedUnit(ctx context.Context, order shop.OrderDetail, found shop.Return, r *http.Request) ([]shop.ReceivedUnits, error) {
	scan, err := shop.ReadScan(r.PostForm.Get("scan"))
	if err != nil {
		return nil, shop.Invalid("scan", messageOf(err))
	}
	text := scan.Text
	if scan.Kind == shop.ScanBarcode {
		text = string(scan.Barcode)
	}
	sku, err := h.Store.ScannedSKU(ctx, found.MerchantID, text)
	if shop.CodeOf(err) == shop.CodeNotFound {
		return nil, shop.Invalid("scan", "You sell nothing with the code "+text+".")
	}
	if err != nil {
		return nil, err
	}
	condition := shop.ReturnCondition(r.PostForm.Get("condition"))
	for _, l := range order.Lines {
		if line := found.Line(l.LineNo); line != nil && l.SKUID == sku && line.Approved > line.Received {
			return []shop.ReceivedUnits{{LineUnits: shop.LineUnits{LineNo: l.LineNo, Quantity: 1}, Condition: condition, Restock: condition.Resellable()}}, nil
		}
	}
	return nil, shop.Invalid("scan", text+" is not awaited with this return.")
}

// countedUnits are the units of the form, by line and condition.
func countedUnits(found shop.Return, r *http.Request) ([]shop.ReceivedUnits, error) {
	var units []shop.ReceivedUnits
	var problems []shop.FieldError
	for _, l := range found.Lines {
		for _, condition := range shop.ReturnConditions() {
			field := views.ReceiveField(l.LineNo, condition)
			text := strings.TrimSpace(r.PostForm.Get(field))
			if text == "" || text == "0" {
				continue
			}
			n, err := shop.ParseQuantity(text)
			if err != nil {
				problems = append(problems, shop.FieldError{Field: field, Message: messageOf(err)})
			}
			units = append(units, shop.ReceivedUnits{LineUnits: shop.LineUnits{LineNo: l.LineNo, Quantity: n}, Condition: condition, Restock: condition.Resellable()})
		}
	}
	if problems != nil {
		return nil, shop.InvalidFields(problems...)
	}
	if units == nil {
		return nil, shop.Invalid("", "Enter how many units arrived.")
	}
	return units, nil
}
