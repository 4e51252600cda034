// Package api is the JSON door: an endpoint decodes the request, calls one use case and answers with a value, which is
// written as JSON, or with an error, which one table turns into a problem document. The document openapi.json says what
// goes in and out; tests hold the two together.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5/middleware"

	"waybill/db"
	"waybill/shop"
)

// Counter counts what becomes of orders, for metrics.
type Counter interface {
	OrdersPlaced(n int)
	OrderRefused(code shop.Code)
}

// Sheets are the papers that the pages print, as PDF. What the scope does not let see is CodeNotFound; what cannot be printed
// yet is CodeConflict.
type Sheets interface {
	ShipmentLabel(ctx context.Context, scope shop.OrderScope, shipmentID int64, size string) ([]byte, error)
	ShipmentSlips(ctx context.Context, scope shop.OrderScope, shipmentID int64, paper string) ([]byte, error)
	ReturnSheet(ctx context.Context, scope shop.OrderScope, id shop.ReturnID) ([]byte, error)
	ManifestSheet(ctx context.Context, scope shop.OrderScope, id int64, paper string) ([]byte, error)
}

// Config is what the door needs. All fields are required.
type Config struct {
	Store    *db.Store
	Placer   *db.Placer
	Payments *shop.Payments
	Orders   *shop.Orders
	Shipping *shop.Shipping
	Sheets   Sheets
	// ReadPicture writes a picture that somebody sent anew; what is none is CodeInvalid.
	ReadPicture func(file []byte) (shop.Picture, error)
	Log         *slog.Logger
	Count       Counter
	// NoteKey tells the request log which key is used.
	NoteKey func(ctx context.Context, keyID int64)
}

// API is the JSON door.
type API struct {
	Config
	keys   keyCache
	limits rateLimits
}

// New returns the door.
func New(c Config) *API {
	return &API{Config: c, keys: newKeyCache(), limits: newRateLimits()}
}

// endpoint is what Endpoint serves. The key is the caller's.
type endpoint func(r *http.Request, key shop.APIKey) (answer, error)

// Endpoint makes an http.Handler of an endpoint that answers with JSON, or with files of the types that are named.
func (a *API) Endpoint(fn endpoint, files ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !acceptable(r, files) {
			a.fail(w, r, notAcceptable(files))
			return
		}
		got, err := fn(r, keyOf(r.Context()))
		if err != nil {
			a.fail(w, r, err)
			return
		}
		a.write(w, r, got)
	}
}

// Require lets only keys of these roles pass.
func (a *API) Require(roles ...shop.Role) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if role := keyOf(r.Context()).Role; !slices.Contains(roles, role) {
				a.fail(w, r, shop.Forbidden("A "+string(role)+" key may not do this."))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func requestID(r *http.Request) string { return middleware.GetReqID(r.Context()) }
