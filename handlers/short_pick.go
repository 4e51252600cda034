package handlers

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// MerchantShortPage asks what is missing or damaged, and what becomes of it.
func (h *Handlers) MerchantShortPage(w http.ResponseWriter, r *http.Request) error {
	return h.shortPage(w, r, http.StatusOK, views.ShortPickModel{}, nil)
}

func (h *Handlers) shortPage(w http.ResponseWriter, r *http.Request, status int, model views.ShortPickModel, problems []shop.FieldError) error {
	no, err := parcelNumber(r.Form.Get("parcel"))
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
	order.Problem = model.Problem
	model.ParcelModel = views.ParcelModel{MerchantOrderModel: order, Parcel: order.Fulfillments[at]}
	if err := h.shortLine(r, &model); err != nil {
		return err
	}
	page := h.page(r, "Missing or damaged, "+order.ID.Number())
	page.Nav, page.Breadcrumbs, page.Errors = urls.MerchantQueue(), views.MerchantCrumbs(), problems
	page.Path = urls.MerchantShort(order.ID.Number(), no, model.LineNo)
	h.render(w, r, status, views.ShortPick(page, model))
	return nil
}

// shortLine fills in what is known about the line that the page is about.
func (h *Handlers) shortLine(r *http.Request, model *views.ShortPickModel) error {
	line, err := strconv.Atoi(r.Form.Get("line"))
	if err != nil || !slices.ContainsFunc(model.Parcel.Items, func(i shop.FulfillmentItem) bool { return i.LineNo == line }) {
		return nil
	}
	model.LineNo, model.Key = line, rand.Text()
	at := slices.IndexFunc(model.Lines, func(l shop.OrderLine) bool { return l.LineNo == line })
	sold := model.Lines[at]
	if model.Quantity == "" {
		model.Quantity = "1"
	}
	if refundable := (shop.RefundableLine{OrderLine: sold, Refunded: sold.Refunded}); refundable.Left() > 0 {
		model.OneUnit = model.Amount(refundable.Share(1).TotalMinor)
	} else {
		model.OneUnit = model.Amount(0)
	}
	model.Stock, err = h.Store.SKUStock(r.Context(), sold.SKUID, model.MerchantID)
	return err
}

// MerchantShort takes units out of a parcel.
func (h *Handlers) MerchantShort(w http.ResponseWriter, r *http.Request) error {
	work, err := parcelWork(r, chi.URLParam(r, "number")+"/"+r.PostForm.Get("parcel"))
	if err != nil {
		return shop.NotFound("order")
	}
	form := views.ShortPickModel{Quantity: strings.TrimSpace(r.PostForm.Get("quantity")), Why: r.PostForm.Get("why"), Choice: r.PostForm.Get("choice")}
	command, err := shortCommand(form, work, r.PostForm.Get("line"))
	if err == nil {
		asked := []any{work.OrderID, work.No, command.LineNo, command.Quantity, command.Why, command.Choice, command.LocationID}
		command.Key, err = shop.NewIdempotencyKey(fmt.Sprintf("user:%d:short", work.Actor.ID), r.PostForm.Get("key"), asked)
	}
	if err == nil {
		_, err = h.Payments.ShortPick(r.Context(), command)
	}
	switch code, words := refusalOf(err); code {
	case "":
		h.flash(r, "The units are out of the parcel, and out of the stock.")
		return redirect(w, r, urls.MerchantPick(work.OrderID.Number(), work.No))
	case shop.CodeInvalid:
		return h.shortPage(w, r, statusOf[code], form, fieldsOf(err))
	case shop.CodeConflict:
		form.Problem = words
		return h.shortPage(w, r, statusOf[code], form, nil)
	}
	return err
}

// shortCommand reads the form. The choice of a location carries its id behind a colon.
func shortCommand(form views.ShortPickModel, work shop.ParcelWork, line string) (shop.ShortPickCommand, error) {
	command := shop.ShortPickCommand{ParcelWork: work, Why: shop.ShortReason(form.Why)}
	var err error
	if command.LineNo, err = strconv.Atoi(line); err != nil {
		return command, shop.NotFound("line")
	}
	if command.Quantity, err = shop.ParseQuantity(form.Quantity); err != nil {
		return command, shop.Invalid("quantity", messageOf(err))
	}
	choice, location, _ := strings.Cut(form.Choice, ":")
	command.Choice = shop.ShortChoice(choice)
	if location != "" {
		if command.LocationID, err = strconv.ParseInt(location, 10, 64); err != nil {
			return command, shop.Invalid("choice", "Choose what becomes of the units.")
		}
	}
	return command, command.Check()
}
