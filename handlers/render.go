package handlers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

// render writes a component. It is rendered into memory first: a failure in the middle is an error page, not half a page.
func (h *Handlers) render(w http.ResponseWriter, r *http.Request, status int, c templ.Component) {
	body, err := renderBody(r.Context(), c)
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // the reader left: browsers call pictures off that are out of sight again
	}
	if err != nil {
		h.Log.ErrorContext(r.Context(), "page could not be rendered", "request_id", requestID(r), "path", r.URL.Path, "err", err)
		http.Error(w, "Something went wrong on our side. Request id: "+requestID(r), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", htmlType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a reader who left is nobody's error
}

const htmlType = "text/html; charset=utf-8"

// renderBody renders a whole body.
func renderBody(ctx context.Context, c templ.Component) ([]byte, error) {
	var body bytes.Buffer
	body.Grow(bodyGuess)
	err := c.Render(ctx, &body)
	return body.Bytes(), err
}

// bodyGuess is what most pages fit in.
const bodyGuess = 32 << 10

// wantsFragment is the one rule that decides between a page and its fragment: htmx asks for part of a page.
func wantsFragment(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-Request-Type") == "partial"
}

// page is what the layout needs to know, for the person who asks.
func (h *Handlers) page(r *http.Request, title string) views.Page {
	viewer := viewerOf(r.Context())
	v := views.Viewer{SignedIn: viewer.ID != 0, Name: viewer.Name, Role: viewer.Role, Merchant: viewer.MerchantName}
	page := views.Page{
		Title: title, Viewer: v, NavItems: views.Navigation(v), Theme: theme(r), Path: r.URL.RequestURI(), RequestID: requestID(r),
	}
	if v.Shops() {
		page.Search = views.SearchBox{Action: urls.Search(""), Label: "Search products"}
	}
	if hasSession(r.Context()) {
		page.Flash = ui.MessageProps{Text: h.Sessions.PopString(r.Context(), sessionFlash)}
		page.CartCount = h.Sessions.GetInt(r.Context(), sessionCartUnits)
	}
	return page
}

// flash keeps a message for the next page.
func (h *Handlers) flash(r *http.Request, text string) {
	h.Sessions.Put(r.Context(), sessionFlash, text)
}

// pressKey is the idempotency key of a button that ends one thing for good, and needs no other than who pressed it where.
func pressKey(r *http.Request) shop.IdempotencyKey {
	path := sha256.Sum256([]byte(r.URL.Path))
	return shop.IdempotencyKey{Scope: fmt.Sprintf("user:%d:press", viewerOf(r.Context()).ID), Key: hex.EncodeToString(path[:]), Hash: path}
}

// redirect sends the browser on after a form: 303, so that a reload repeats nothing.
func redirect(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // addresses are built by urls, and what comes from outside passes urls.Local
	return nil
}
