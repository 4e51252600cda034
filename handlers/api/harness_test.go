package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"waybill/adapters/simulated"
	"waybill/adapters/simulatedcarrier"
	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/handlers"
	"waybill/handlers/api"
	"waybill/shop"
	"waybill/web"
)

type ctx = context.Context

// door is a shop behind the real routes. Every answer is held against the OpenAPI document.
type door struct {
	*factory.World
	t       *testing.T
	routes  http.Handler
	api     *api.API
	placer  *db.Placer
	count   *counter
	saidMu  sync.Mutex
	said    map[string]map[int]bool // operation -> statuses that were seen
	logText *syncBuffer
	twice   map[string]bool // operations whose successes are asked for once more, and were

	provider provider
	carrier  carrier
}

// carrier is the simulated carrier, which can be made to give no answers.
type carrier struct {
	*simulatedcarrier.Carrier
	silent atomic.Bool
}

func (c *carrier) BuyLabel(ctx context.Context, r shop.LabelRequest) (shop.LabelOutcome, error) {
	if c.silent.Load() {
		return shop.LabelOutcome{}, errSilent
	}
	return c.Carrier.BuyLabel(ctx, r)
}

func (c *carrier) VoidLabel(ctx context.Context, trackingNumber string) (string, error) {
	if c.silent.Load() {
		return "", errSilent
	}
	return c.Carrier.VoidLabel(ctx, trackingNumber)
}

// provider is the simulated processor, which can be made to take requests and never answer them.
type provider struct {
	*simulated.Processor
	silent atomic.Bool
}

var errSilent = errors.New("no answer")

func (p *provider) Capture(ctx context.Context, r shop.MoneyRequest) (shop.Outcome, error) {
	outcome, err := p.Processor.Capture(ctx, r)
	return p.answer(outcome, err)
}

func (p *provider) Refund(ctx context.Context, r shop.MoneyRequest) (shop.Outcome, error) {
	outcome, err := p.Processor.Refund(ctx, r)
	return p.answer(outcome, err)
}

func (p *provider) answer(outcome shop.Outcome, err error) (shop.Outcome, error) {
	if p.silent.Load() {
		return shop.Outcome{}, errSilent
	}
	return outcome, err
}

func newDoor(t *testing.T, options ...db.Option) *door {
	t.Helper()
	w := factory.New(t, options...)
	d := &door{World: w, t: t, placer: w.Placer(), count: &counter{refused: map[shop.Code]int{}}, said: map[string]map[int]bool{}, logText: new(syncBuffer)}
	d.rewire(w.Store)
	return d
}

func (d *door) log() *slog.Logger { return slog.New(slog.NewTextHandler(d.logText, nil)) }

// rewire puts the routes before a store.
func (d *door) rewire(store *db.Store) {
	log := d.log()
	sessions := web.NewSessions(d.Pool, false)
	d.provider.Processor = simulated.New(d.Pool)
	d.carrier.Carrier = simulatedcarrier.New(d.Pool)
	payments := shop.NewPayments(store, log, &d.provider)
	orders, shipping := shop.NewOrders(store, payments), shop.NewShipping(store, log, &d.carrier)
	pages := &handlers.Handlers{
		Store: store, Placer: d.placer, Payments: payments, Orders: orders, Shipping: shipping, Sessions: sessions, Log: log, NoteUser: web.NoteUser,
	}
	d.api = api.New(api.Config{
		Store: store, Placer: d.placer, Payments: payments, Orders: orders, Shipping: shipping, Sheets: pages, ReadPicture: pages.ReadPicture, Log: log, Count: d.count, NoteKey: web.NoteKey,
	})
	d.routes = web.Routes(web.Deps{
		Log: log, Telemetry: web.NewTelemetry(nil), Sessions: sessions, Shutdown: d.t.Context(), Pages: pages, PageError: web.PlainError,
		API: d.api, APIError: api.Problem,
	})
}

// counter is what metrics would show.
type counter struct {
	mu      sync.Mutex
	placed  int
	refused map[shop.Code]int
}

func (c *counter) OrdersPlaced(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.placed += n
}

func (c *counter) OrderRefused(code shop.Code) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused[code]++
}

type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// key makes an API key and returns its secret.
func (d *door) key(k shop.NewAPIKey) string {
	d.t.Helper()
	_, secret, err := d.Store.CreateAPIKey(d.t.Context(), k)
	if err != nil {
		d.t.Fatal(err)
	}
	return secret
}

func (d *door) admin() string { return d.key(shop.NewAPIKey{Role: shop.RoleAdmin}) }

// answered is an answer of the door.
type answered struct {
	t      *testing.T
	what   string
	Status int
	Header http.Header
	Body   []byte
}

// request is what a client sends. Headers are "Name: value".
type request struct {
	key, method, path, body string
	headers                 []string
	reader                  io.Reader       // instead of body
	ctx                     context.Context // nil: one that does not end
}

func (d *door) get(key, path string) answered {
	d.t.Helper()
	return d.do(request{key: key, method: "GET", path: path})
}

func (d *door) post(key, path, body string, headers ...string) answered {
	d.t.Helper()
	return d.do(request{key: key, method: "POST", path: path, body: body, headers: headers})
}

// do sends a request and holds the answer against the document.
func (d *door) do(q request) answered {
	d.t.Helper()
	if d.twice != nil {
		q = d.underKey(q)
	}
	got := d.send(q)
	d.judge(q, got)
	if d.twice != nil {
		d.repeat(q, got)
	}
	return got
}

func (d *door) send(q request) answered {
	d.t.Helper()
	body := q.reader
	if body == nil {
		body = strings.NewReader(q.body)
	}
	r := httptest.NewRequest(q.method, "/api/v1"+q.path, body)
	if q.key != "" {
		r.Header.Set("Authorization", "Bearer "+q.key)
	}
	if q.method == "POST" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, header := range q.headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	if q.ctx != nil {
		r = r.WithContext(q.ctx)
	}
	w := httptest.NewRecorder()
	d.routes.ServeHTTP(w, r)
	return answered{t: d.t, what: q.method + " " + q.path, Status: w.Code, Header: w.Header(), Body: w.Body.Bytes()}
}

// raw asks for an address that may not be in the document, without a key.
func (d *door) raw(method, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	d.routes.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w
}

func (d *door) routesGet(path string) *httptest.ResponseRecorder { return d.raw("GET", path) }

func (d *door) judge(q request, got answered) {
	d.t.Helper()
	contract := theContract()
	o, ok := contract.find(q.method, "/api/v1"+q.path)
	if !ok {
		d.t.Errorf("%s is not in the document", got.what)
		return
	}
	if problem := contract.judge(o, got.Status, got.Header, got.Body); problem != "" {
		d.t.Errorf("%s answers %d otherwise than documented: %s\n%s", got.what, got.Status, problem, got.Body)
	}
	d.saidMu.Lock()
	defer d.saidMu.Unlock()
	if d.said[o.String()] == nil {
		d.said[o.String()] = map[int]bool{}
	}
	d.said[o.String()][got.Status] = true
}

// want fails the test unless the status is the expected one.
func (a answered) want(status int) answered {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("%s answers %d, want %d: %s", a.what, a.Status, status, a.Body)
	}
	return a
}

// object is the body as a JSON object, numbers as they were written.
func (a answered) object() map[string]any {
	a.t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(a.Body))
	decoder.UseNumber()
	var value map[string]any
	if err := decoder.Decode(&value); err != nil {
		a.t.Fatalf("%s: %v\n%s", a.what, err, a.Body)
	}
	return value
}

// problem is the body of a refusal: the last part of its type, and the refused fields.
func (a answered) problem() (kind string, fields []string) {
	a.t.Helper()
	var p struct {
		Type      string
		Status    int
		RequestID string
		Errors    []struct{ Field, Message string }
	}
	if err := json.Unmarshal(a.Body, &p); err != nil {
		a.t.Fatalf("%s: %v\n%s", a.what, err, a.Body)
	}
	if p.Status != a.Status || p.RequestID == "" || p.RequestID != a.Header.Get("X-Request-Id") {
		a.t.Errorf("%s: status %d and request id %q do not fit the answer", a.what, p.Status, p.RequestID)
	}
	for _, e := range p.Errors {
		if e.Message == "" {
			a.t.Errorf("%s: %s is refused without a word", a.what, e.Field)
		}
		fields = append(fields, e.Field)
	}
	return strings.TrimPrefix(p.Type, "/api/problems/"), fields
}

// shelf is a small shop: a merchant with one SKU, and a customer who may buy it.
type shelf struct {
	merchant, location, sku, customer, address int64
}

func (d *door) shelf(name string, stock int64) shelf {
	d.t.Helper()
	var s shelf
	s.merchant, s.location = d.Merchant(name)
	s.sku = d.SKU(s.merchant, strings.ToUpper(name), 1299, stock)
	s.customer, s.address = d.Customer(name + "@example.com")
	return s
}

// order is the body that buys one unit.
func (s shelf) order() string { return s.orderOf(1) }

func (s shelf) orderOf(quantity int) string {
	return fmt.Sprintf(`{"userId":%d,"shippingAddressId":%d,"currency":"USD","items":[{"skuId":%d,"quantity":%d}]}`, s.customer, s.address, s.sku, quantity)
}

// rows counts what a refused request must not have written. The copy of an address that the next order would share anyway
// is not among it.
func (d *door) rows() string {
	d.t.Helper()
	return d.Text(`SELECT concat_ws(' ', (SELECT count(*) FROM orders), (SELECT count(*) FROM checkouts), (SELECT count(*) FROM order_line_items),
		(SELECT count(*) FROM order_events), (SELECT count(*) FROM payments), (SELECT count(*) FROM reservations),
		(SELECT count(*) FROM inventory_transactions), (SELECT count(*) FROM idempotency_keys), (SELECT count(*) FROM addresses WHERE NOT is_snapshot),
		(SELECT sum(on_hand) FROM stock_levels), (SELECT sum(reserved) FROM stock_levels))`)
}
