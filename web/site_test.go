package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/alexedwards/scs/v2"

	"waybill/adapters/simulated"
	"waybill/adapters/simulatedcarrier"
	"waybill/db/dbtest/factory"
	"waybill/handlers"
	"waybill/handlers/api"
	"waybill/handlers/passwords"
	"waybill/shop"
	"waybill/web"
)

// site is the whole program behind its routes, over a database of its own.
type site struct {
	*factory.World
	t         testing.TB
	handler   http.Handler
	deps      web.Deps // of the handler
	pages     *handlers.Handlers
	sessions  *scs.SessionManager
	processor *simulated.Processor
	payments  *shop.Payments
}

// carrierSecret is what the carrier of a site signs its webhooks with.
const carrierSecret = "a secret of the carrier"

func newSite(t testing.TB) *site {
	t.Helper()
	return siteOn(t, factory.New(t))
}

// siteOn is a server of its own on the database of a world, which others may serve too.
func siteOn(t testing.TB, w *factory.World) *site {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	s := &site{World: w, t: t, sessions: web.NewSessions(w.Pool, false), processor: simulated.New(w.Pool)}
	s.payments = shop.NewPayments(w.Store, log, s.processor)
	telemetry := web.NewTelemetry(nil)
	placer := w.Placer()
	s.pages = &handlers.Handlers{
		Store: w.Store, Reports: w.Store, Placer: placer, Payments: s.payments, Orders: shop.NewOrders(w.Store, s.payments),
		Shipping:   shop.NewShipping(w.Store, log, simulatedcarrier.New(w.Pool, simulatedcarrier.WithSecrets(carrierSecret))),
		Reconciler: shop.NewReconciler(w.Store, s.processor), Sessions: s.sessions, SignIn: handlers.NewSignIn(passwords.NewHasher()),
		Log: log, NoteUser: web.NoteUser,
	}
	s.deps = web.Deps{
		Log: log, Telemetry: telemetry, Sessions: s.sessions, Shutdown: t.Context(), Pages: s.pages, PageError: s.pages.ErrorPage,
		API: api.New(api.Config{Store: w.Store, Placer: placer, Log: log, Count: telemetry, NoteKey: web.NoteKey}), APIError: api.Problem,
	}
	s.handler = web.Routes(s.deps)
	return s
}

// buy places an order of one unit of each SKU for a new customer and pays it with a card of the simulated processor.
func (s *site) buy(email, token string, skuIDs ...int64) shop.PaymentAttempt {
	s.t.Helper()
	customer, address := s.Customer(email)
	placed := s.Place(customer, address, skuIDs...)
	return s.pay(placed, customer, token)
}

func (s *site) pay(placed shop.PlacedCheckout, customer int64, token string) shop.PaymentAttempt {
	s.t.Helper()
	key, err := shop.NewIdempotencyKey("test", "pay-"+placed.CheckoutID.Number(), placed.CheckoutID)
	if err != nil {
		s.t.Fatal(err)
	}
	attempt, err := s.payments.Pay(context.WithoutCancel(s.t.Context()), shop.PayCommand{
		CheckoutID: placed.CheckoutID, Scope: shop.OrderScope{CustomerID: customer}, Method: token,
		Actor: shop.Actor{Kind: shop.ActorCustomer, ID: customer, Name: "Ada Buyer"}, Key: key,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return attempt
}

// visitor is somebody with a browser.
type visitor struct {
	*site
	cookie *http.Cookie
}

// guest has no session.
func (s *site) guest() visitor { return visitor{site: s} }

// as signs a user in without asking for a password.
func (s *site) as(user shop.User) visitor {
	s.t.Helper()
	ctx, err := s.sessions.Load(s.t.Context(), "")
	if err != nil {
		s.t.Fatal(err)
	}
	s.sessions.Put(ctx, "user_id", user.ID)
	s.sessions.Put(ctx, "user_epoch", user.SessionEpoch)
	token, _, err := s.sessions.Commit(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	return visitor{s, &http.Cookie{Name: s.sessions.Cookie.Name, Value: token}}
}

// staff makes an account of a role that belongs to no merchant or customer, and signs it in.
func (s *site) staff(role shop.Role) visitor {
	s.t.Helper()
	return s.as(s.User(string(role)+"@example.com", role, 0, 0))
}

func (v visitor) get(path string) *httptest.ResponseRecorder {
	return v.do(httptest.NewRequest(http.MethodGet, path, nil))
}

// post sends a form as a page of ours does. fields are name, value, name, value, ...
func (v visitor) post(path string, fields ...string) *httptest.ResponseRecorder {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return v.do(r)
}

func (v visitor) do(r *http.Request) *httptest.ResponseRecorder {
	r.RemoteAddr = "127.0.0.1:5000"
	if v.cookie != nil {
		r.AddCookie(v.cookie)
	}
	w := httptest.NewRecorder()
	v.handler.ServeHTTP(w, r)
	return w
}

// download gets an answer over a real connection, as long answers need one: each of their writes has a deadline.
func (v visitor) download(path string) (*http.Response, []byte) {
	v.t.Helper()
	server := httptest.NewServer(v.handler)
	defer server.Close()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, server.URL+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	r.AddCookie(v.cookie)
	response, err := server.Client().Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return response, body
}

// page gets a page that must be there.
func (v visitor) page(path string) string {
	v.t.Helper()
	w := v.get(path)
	if w.Code != http.StatusOK {
		v.t.Fatalf("%s answers %d:\n%s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

// mustContain checks what stands in a page and what must not.
func mustContain(t *testing.T, page string, want []string, never ...string) {
	t.Helper()
	for _, text := range want {
		if !strings.Contains(page, text) {
			t.Errorf("the page lacks %q", text)
		}
	}
	for _, text := range never {
		if strings.Contains(page, text) {
			t.Errorf("the page has %q", text)
		}
	}
}
