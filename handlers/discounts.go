package handlers

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// Discounts lists the discounts of the viewer's merchant, or for administrators those of the shop.
func (h *Handlers) Discounts(w http.ResponseWriter, r *http.Request) error {
	return h.renderDiscounts(w, r, http.StatusOK, views.DiscountForm{Key: rand.Text()}, nil)
}

func (h *Handlers) renderDiscounts(w http.ResponseWriter, r *http.Request, status int, form views.DiscountForm, errs []shop.FieldError) error {
	viewer := viewerOf(r.Context())
	m := views.DiscountsModel{Form: form, Now: h.Store.Now(), OfShop: viewer.Role == shop.RoleAdmin, Action: urls.MerchantDiscounts(), EndURL: urls.MerchantDiscountEnd}
	var err error
	if m.Discounts, err = h.Store.Discounts(r.Context(), viewer.MerchantID); err != nil {
		return err
	}
	if m.Currencies, err = h.shopCurrencies(r); err != nil {
		return err
	}
	page := h.page(r, "Discounts")
	page.Nav = urls.MerchantPromise()
	if m.OfShop {
		m.Action, m.EndURL = urls.AdminDiscounts(), urls.AdminDiscountEnd
		page = h.adminPage(r, "Discounts", urls.AdminDiscounts())
	}
	page.Errors = errs
	h.render(w, r, status, views.Discounts(page, m))
	return nil
}

// DiscountAdd adds a discount to those that Discounts lists.
func (h *Handlers) DiscountAdd(w http.ResponseWriter, r *http.Request) error {
	viewer, f := viewerOf(r.Context()), readForm(r)
	currencies, err := h.shopCurrencies(r)
	if err != nil {
		return err
	}
	form := decodeDiscount(f, currencies)
	d := f.discount(form, currencies, h.Store.Now())
	d.MerchantID = viewer.MerchantID
	errs := oncePerField(f.errs, fieldsOf(d.Check(h.Store.Now())))
	if errs == nil {
		key, err := shop.NewIdempotencyKey(fmt.Sprintf("user:%d:discount", viewer.ID), form.Key, form)
		if err == nil {
			err = h.Store.AddDiscount(r.Context(), d, origin(r), key)
		}
		if errs = fieldsOf(err); err != nil && errs == nil {
			return err
		}
	}
	if errs != nil {
		form.Key = rand.Text()
		return h.renderDiscounts(w, r, http.StatusUnprocessableEntity, form, errs)
	}
	h.flash(r, "The discount is added.")
	return redirect(w, r, discountsOf(viewer))
}

func discountsOf(viewer shop.User) string {
	if viewer.Role == shop.RoleAdmin {
		return urls.AdminDiscounts()
	}
	return urls.MerchantDiscounts()
}

func decodeDiscount(f *formReader, currencies []shop.Currency) views.DiscountForm {
	form := views.DiscountForm{
		Key: f.text("key"), Name: f.text("name"), Code: f.text("code"), Percent: f.text("percent"), From: f.text("from"), Until: f.text("until"),
		Limit: f.text("limit"), CustomerLimit: f.text("customer-limit"), Amounts: map[shop.Currency]string{}, Minimums: map[shop.Currency]string{},
	}
	for _, c := range currencies {
		form.Amounts[c], form.Minimums[c] = f.text("amount-"+string(c)), f.text("min-"+string(c))
	}
	return form
}

// discount reads what was typed.
func (f *formReader) discount(form views.DiscountForm, currencies []shop.Currency, now time.Time) shop.Discount {
	d := shop.Discount{Name: form.Name, Terms: map[shop.Currency]shop.DiscountTerms{}}
	f.as("code", func(text string) (err error) { d.Code, err = shop.ParseDiscountCode(text); return err })
	f.as("percent", func(text string) (err error) { d.PercentPPM, err = shop.ParsePercent(text); return err })
	for _, c := range currencies {
		terms := shop.DiscountTerms{AmountMinor: f.amount("amount-"+string(c), c), MinTotalMinor: f.amount("min-"+string(c), c)}
		if terms != (shop.DiscountTerms{}) {
			d.Terms[c] = terms
		}
	}
	d.From = beginning(f.day("from"), now)
	if last := f.day("until"); !last.IsZero() {
		d.Until = last.AddDate(0, 0, 1)
	}
	d.UsageLimit, d.CustomerLimit = f.limit("limit"), f.limit("customer-limit")
	return d
}

// limit reads a whole number above zero.
func (f *formReader) limit(name string) (n int64) {
	f.as(name, func(text string) (err error) {
		if n, err = strconv.ParseInt(text, 10, 64); err != nil || n <= 0 {
			n = 0
			return shop.Invalid(name, "Enter a whole number above zero, or leave it empty.")
		}
		return nil
	})
	return n
}

// DiscountEnd ends one of the discounts that Discounts lists.
func (h *Handlers) DiscountEnd(w http.ResponseWriter, r *http.Request) error {
	id, err := idParam(r, "id")
	if err != nil {
		return err
	}
	viewer := viewerOf(r.Context())
	if err := h.Store.EndDiscount(r.Context(), id, viewer.MerchantID, origin(r)); err != nil {
		return err
	}
	h.flash(r, "The discount has ended.")
	return redirect(w, r, discountsOf(viewer))
}
