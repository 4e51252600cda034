// Package handlers is the HTML door: a handler decodes the request, calls one use case and chooses a view. It returns an
// error instead of answering one; Page turns errors into pages, by one table.
package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"sync"

	"github.com/alexedwards/scs/v2"
	"github.com/go-chi/chi/v5/middleware"

	"waybill/db"
	"waybill/shop"
	"waybill/views"
)

// Handlers is the HTML door. All fields but Demo and Rhythm are required.
type Handlers struct {
	Store      *db.Store
	Reports    *db.Store // the same database through connections of their own, for what reads many rows
	Placer     *db.Placer
	Payments   *shop.Payments
	Orders     *shop.Orders
	Shipping   *shop.Shipping
	Feed       *db.Feed
	Reconciler *shop.Reconciler
	Sessions   *scs.SessionManager
	SignIn     *SignIn
	Methods    []views.PaymentMethod // to pay with, as the payment provider takes them
	Log        *slog.Logger
	// NoteUser tells the request log who is signed in.
	NoteUser func(ctx context.Context, userID int64)
	// Demo shows the demo's accounts on the sign-in page.
	Demo   bool
	Rhythm Rhythm // of live pages

	verifying sync.Mutex // held while the books are checked
	decoding  sync.Mutex // held while a picture is made small

	queues  queueLive
	shelf   queueShelf
	kept    keptPages
	days    snapshots[shop.MerchantDay]    // by merchant
	walks   snapshots[[]shop.BatchHead]    // by merchant
	batches snapshots[shop.Batch]          // by batch
	alerts  snapshots[views.LowStockModel] // by merchant
	sums    snapshots[shop.StockSummary]   // by merchant
	// What is wrong with parcels, by query: of all merchants, and of one.
	deliveries snapshots[views.DeliveriesModel]
	problems   snapshots[views.ShipmentsModel]
}

// handler is a page or an action. What it returns is answered by Page.
type handler func(w http.ResponseWriter, r *http.Request) error

// Page makes an http.Handler of a handler.
func (h *Handlers) Page(fn handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := fn(w, r); err != nil {
			h.fail(w, r, err)
		}
	}
}

func requestID(r *http.Request) string { return middleware.GetReqID(r.Context()) }
