package handlers

import (
	"net/http"
	"slices"
	"time"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// The cookies that keep how somebody likes the pages. They outlive the session and say nothing about the person.
const (
	themeCookie      = "theme"
	currencyCookie   = "currency"
	densityCookie    = "density"
	preferenceMaxAge = 365 * 24 * time.Hour
)

func (h *Handlers) setPreference(w http.ResponseWriter, name, value string) {
	cookie := &http.Cookie{ //nolint:gosec // Secure is that of the session: set where people come over https
		Name: name, Value: value, Path: "/", MaxAge: int(preferenceMaxAge / time.Second),
		HttpOnly: true, Secure: h.Sessions.Cookie.Secure, SameSite: http.SameSiteLaxMode,
	}
	if value == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}

// Theme keeps whether pages are light, dark or as the device has it, and goes back.
func (h *Handlers) Theme(w http.ResponseWriter, r *http.Request) error {
	wanted := r.PostForm.Get("theme")
	if !slices.Contains([]string{"", "light", "dark"}, wanted) {
		return shop.Invalid("theme", "The theme must be light or dark, or empty to follow the device.")
	}
	h.setPreference(w, themeCookie, wanted)
	return redirect(w, r, urls.Local(r.PostForm.Get("back")))
}

// Currency keeps the currency that prices are shown in, prices the cart in it, and goes back.
func (h *Handlers) Currency(w http.ResponseWriter, r *http.Request) error {
	wanted, err := shop.ParseCurrency(r.PostForm.Get("currency"))
	if err != nil {
		return err
	}
	sold, err := h.Store.Currencies(r.Context())
	if err != nil {
		return err
	}
	if !slices.Contains(sold, wanted) {
		return shop.Invalid("currency", "Nothing is sold in "+string(wanted)+".")
	}
	if err := h.Store.SwitchCartCurrency(r.Context(), h.cartRef(r), wanted); err != nil {
		return err
	}
	h.setPreference(w, currencyCookie, string(wanted))
	return redirect(w, r, urls.Local(r.PostForm.Get("back")))
}

// currencies is what prices can be shown in, and what this visitor chose: the default as long as nothing was.
func (h *Handlers) currencies(r *http.Request) (views.CurrencyChoice, error) {
	sold, err := h.Store.Currencies(r.Context())
	choice := views.CurrencyChoice{Sold: sold, Chosen: shop.DefaultCurrency, Back: r.URL.RequestURI()}
	if len(sold) > 0 && !slices.Contains(sold, shop.DefaultCurrency) {
		choice.Chosen = sold[0]
	}
	if cookie, noCookie := r.Cookie(currencyCookie); noCookie == nil && slices.Contains(sold, shop.Currency(cookie.Value)) {
		choice.Chosen = shop.Currency(cookie.Value)
	}
	return choice, err
}

const compact = "compact"

// MerchantQueueDensity keeps how high the rows of the queue are, and goes back.
func (h *Handlers) MerchantQueueDensity(w http.ResponseWriter, r *http.Request) error {
	wanted := r.PostForm.Get("density")
	if wanted != "" && wanted != compact {
		return shop.Invalid("density", "Rows are comfortable or compact.")
	}
	h.setPreference(w, densityCookie, wanted)
	return redirect(w, r, urls.Local(r.PostForm.Get("back")))
}

func compactRows(r *http.Request) bool {
	cookie, err := r.Cookie(densityCookie)
	return err == nil && cookie.Value == compact
}

func theme(r *http.Request) string {
	if cookie, err := r.Cookie(themeCookie); err == nil && (cookie.Value == "light" || cookie.Value == "dark") {
		return cookie.Value
	}
	return ""
}
