package handlers

import (
	"crypto/rand"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

// ReturnRequestPage asks what goes back and why, and then shows what that gives back, to the minor unit.
func (h *Handlers) ReturnRequestPage(w http.ResponseWriter, r *http.Request) error {
	return h.returnRequestPage(w, r, http.StatusOK, r.URL.Query().Get("step") == "review", nil)
}

// returnRequestPage shows the first step, or with review the second if what was chosen can be returned.
func (h *Handlers) returnRequestPage(w http.ResponseWriter, r *http.Request, status int, review bool, problems []shop.FieldError) error {
	model, err := h.returnRequest(r)
	if err != nil {
		return err
	}
	if review && problems == nil || onlyWords(problems) {
		command := shop.RequestReturnCommand{Units: model.Chosen}
		err := command.Check()
		if err == nil {
			err = command.Plan(model.Can)
		}
		switch {
		case shop.CodeOf(err) == shop.CodeInvalid:
			problems, status = returnFields(fieldsOf(err), model.Chosen), http.StatusUnprocessableEntity
		case err == nil:
			if model.Preview, err = h.previewReturn(r, model); err != nil {
				return err
			}
		}
	}
	page := h.page(r, "Send something back")
	page.Nav, page.Errors, page.Path = urls.AccountOrders(), problems, urls.AccountReturn(model.Order.ID.Number())
	page.Breadcrumbs = []ui.Crumb{{Label: "Your orders", URL: urls.AccountOrders()}, {Label: model.Order.ID.Number(), URL: urls.AccountOrder(model.Order.ID.Number())}}
	h.render(w, r, status, views.ReturnRequest(page, model))
	return nil
}

// onlyWords tells whether nothing but the second step's fields is refused.
func onlyWords(problems []shop.FieldError) bool {
	for _, p := range problems {
		if p.Field != "note" && p.Field != "picture" {
			return false
		}
	}
	return problems != nil
}

func (h *Handlers) returnRequest(r *http.Request) (views.ReturnRequestModel, error) {
	model := views.ReturnRequestModel{Reasons: map[int]string{}, Note: strings.TrimSpace(r.Form.Get("note")), Key: r.Form.Get("key")}
	id, err := numberParam(r)
	if err != nil {
		return model, err
	}
	model.Order, model.Can, model.Policy, err = h.Store.OrderToReturn(r.Context(), id, viewerOf(r.Context()).Scope(), true)
	if err != nil {
		return model, err
	}
	if model.Key == "" {
		model.Key = rand.Text()
	}
	var units []shop.LineUnits
	model.Units, units, _ = unitsForm(r, model.Order.Lines)
	for _, l := range model.Order.Lines {
		model.Reasons[l.LineNo] = r.Form.Get(views.ReasonField(l.LineNo))
	}
	for _, u := range units {
		model.Chosen = append(model.Chosen, shop.ReturnUnits{LineUnits: u, Reason: shop.ReturnReason(model.Reasons[u.LineNo])})
	}
	return model, nil
}

// previewReturn is what the chosen units give back.
func (h *Handlers) previewReturn(r *http.Request, model views.ReturnRequestModel) (*shop.UnitRefund, error) {
	command := shop.RefundUnitsCommand{OrderID: model.Order.ID, Scope: viewerOf(r.Context()).Scope(), UpToLeft: true, Cause: shop.CauseRequest}
	for _, u := range model.Chosen {
		command.Units = append(command.Units, u.LineUnits)
	}
	preview, err := h.Store.PreviewUnitRefund(r.Context(), command)
	return &preview, err
}

// ReturnRequest asks for a return. What is refused comes back beside its field.
func (h *Handlers) ReturnRequest(w http.ResponseWriter, r *http.Request) error {
	model, err := h.returnRequest(r)
	if err != nil {
		return err
	}
	user := viewerOf(r.Context())
	command := shop.RequestReturnCommand{
		OrderID: model.Order.ID, Scope: user.Scope(), Units: model.Chosen, Note: model.Note, Actor: user.Actor(), RequestID: requestID(r),
	}
	if command.Photo, err = h.returnPhoto(r); err == nil {
		command.Key, err = shop.NewIdempotencyKey(buyerScope(user.CustomerID)+":return", model.Key, []any{command.OrderID, command.Units, command.Note})
	}
	var id shop.ReturnID
	if err == nil {
		id, _, err = h.Store.RequestReturn(r.Context(), command)
	}
	switch code := shop.CodeOf(err); code {
	case "":
		h.flash(r, "Your return "+id.Number()+" is asked for. "+model.Order.MerchantName+" answers soon.")
		return redirect(w, r, urls.AccountOrder(model.Order.ID.Number()))
	case shop.CodeInvalid:
		return h.returnRequestPage(w, r, statusOf[code], false, returnFields(fieldsOf(err), model.Chosen))
	case shop.CodeConflict:
		return h.returnRequestPage(w, r, statusOf[code], false, []shop.FieldError{{Message: messageOf(err)}})
	}
	return err
}

// returnPhoto reads the picture of the form, if there is one, and writes it anew.
func (h *Handlers) returnPhoto(r *http.Request) ([]byte, error) {
	file, err := uploaded(r, "picture", shop.MaxPictureUpload)
	if err != nil || len(file) == 0 {
		return nil, err
	}
	picture, err := h.ReadPicture(file)
	return picture.Data, err
}

// returnFields names refused units as the form does.
func returnFields(problems []shop.FieldError, units []shop.ReturnUnits) []shop.FieldError {
	plain := make([]shop.LineUnits, len(units))
	for i, u := range units {
		plain[i] = u.LineUnits
	}
	for i, p := range problems {
		if strings.HasSuffix(p.Field, ".reason") {
			at := unitFields([]shop.FieldError{p}, plain)
			problems[i].Field = strings.Replace(at[0].Field, "units[", "reason[", 1)
			continue
		}
		problems[i] = unitFields([]shop.FieldError{p}, plain)[0]
	}
	return problems
}

// returnAct is what somebody does to the return in the address.
func (h *Handlers) returnAct(r *http.Request) (shop.ReturnAct, error) {
	viewer := viewerOf(r.Context())
	id, err := shop.ParseReturnNumber(chi.URLParam(r, "return"))
	if err != nil {
		return shop.ReturnAct{}, shop.NotFound("return")
	}
	return shop.ReturnAct{ID: id, Scope: viewer.Scope(), Reason: strings.TrimSpace(r.PostForm.Get("reason")), Actor: viewer.Actor(), RequestID: requestID(r)}, nil
}

// ReturnSent records that the customer has sent the parcel.
func (h *Handlers) ReturnSent(w http.ResponseWriter, r *http.Request) error {
	return h.customerReturn(w, r, "Thank you. We tell you when it has arrived.", func(act shop.ReturnAct) (shop.Return, error) {
		return h.Store.ReturnSent(r.Context(), shop.ReturnSentCommand{ReturnAct: act})
	})
}

// ReturnCancel calls a return off.
func (h *Handlers) ReturnCancel(w http.ResponseWriter, r *http.Request) error {
	return h.customerReturn(w, r, "The return is called off.", func(act shop.ReturnAct) (shop.Return, error) {
		return h.Store.CancelReturn(r.Context(), act)
	})
}

// customerReturn does one thing to a return of the customer and comes back to its order.
func (h *Handlers) customerReturn(w http.ResponseWriter, r *http.Request, done string, do func(shop.ReturnAct) (shop.Return, error)) error {
	act, err := h.returnAct(r)
	if err != nil {
		return err
	}
	order, _, err := h.Store.ReturnByID(r.Context(), act.ID, act.Scope)
	if err != nil {
		return err
	}
	if act.Key, err = shop.NewIdempotencyKey(buyerScope(act.Scope.CustomerID), r.URL.Path, act.ID); err != nil {
		return err
	}
	_, err = do(act)
	if shop.CodeOf(err) == shop.CodeConflict {
		done, err = messageOf(err), nil
	}
	if err != nil {
		return err
	}
	h.flash(r, done)
	return redirect(w, r, urls.AccountOrder(order.ID.Number()))
}

// ReturnLabel is the label to send a return with, for its customer and for its merchant.
func (h *Handlers) ReturnLabel(w http.ResponseWriter, r *http.Request) error {
	act, err := h.returnAct(r)
	if err != nil {
		return err
	}
	file, err := h.ReturnSheet(r.Context(), act.Scope, act.ID)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `inline; filename="`+act.ID.Number()+`.pdf"`)
	_, _ = w.Write(file) // a reader who left is nobody's error
	return nil
}

// returnAddress is where a merchant wants returns; lines beyond the second share one.
func returnAddress(merchant, lines string) shop.Address {
	to := shop.Address{Name: merchant}
	rest := strings.FieldsFunc(lines, func(c rune) bool { return c == '\n' || c == '\r' })
	if len(rest) > 0 {
		to.Line1 = rest[0]
	}
	if len(rest) > 1 {
		to.Line2 = rest[1]
	}
	if len(rest) > 2 {
		to.City = strings.Join(rest[2:], ", ")
	}
	return to
}
