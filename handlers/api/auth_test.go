package api_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db"
	"waybill/handlers/api"
	"waybill/shop"
)

// hands are a clock that only moves when it is told to.
type hands struct{ now atomic.Int64 }

func newHands() *hands {
	h := new(hands)
	h.now.Store(time.Date(2026, 5, 23, 2, 30, 0, 0, time.UTC).UnixMicro())
	return h
}

func (h *hands) time() time.Time         { return time.UnixMicro(h.now.Load()) }
func (h *hands) advance(d time.Duration) { h.now.Add(d.Microseconds()) }
func (h *hands) option() db.Option       { return db.WithClock(h.time) }

func TestWithoutAValidKeyNothingIsAnswered(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	secret := d.admin()
	tests := []struct{ name, header, challenge string }{
		{"no header", "", `Bearer realm="waybill"`},
		{"another scheme", "Basic " + secret, `Bearer realm="waybill"`},
		{"no key", "Bearer ", `Bearer realm="waybill"`},
		{"unknown key", "Bearer wbk_unknown", `Bearer realm="waybill", error="invalid_token"`},
		{"part of a key", "Bearer " + secret[:len(secret)-1], `Bearer realm="waybill", error="invalid_token"`},
		{"NUL and bad UTF-8", "Bearer a\x00\xff", `Bearer realm="waybill", error="invalid_token"`},
		{"a very long key", "Bearer " + strings.Repeat("x", 50_000), `Bearer realm="waybill", error="invalid_token"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{"/orders", "/orders/1", "/products"} {
				got := d.do(request{method: "GET", path: path, headers: []string{"Authorization: " + tt.header}}).want(401)
				if kind, _ := got.problem(); kind != "unauthenticated" || got.Header.Get("WWW-Authenticate") != tt.challenge {
					t.Errorf("%s: %s, %q", path, kind, got.Header.Get("WWW-Authenticate"))
				}
			}
		})
	}
	t.Run("the scheme has no case", func(t *testing.T) {
		t.Parallel()
		d.do(request{method: "GET", path: "/products", headers: []string{"Authorization: bEARER  " + secret}}).want(200)
	})
}

func TestARevokedKeyEndsWithinSeconds(t *testing.T) {
	t.Parallel()
	clock := newHands()
	d := newDoor(t, clock.option())
	key, secret, err := d.Store.CreateAPIKey(t.Context(), shop.NewAPIKey{Role: shop.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	d.get(secret, "/merchants").want(200)
	if err := d.Store.RevokeAPIKey(t.Context(), key.ID, shop.Actor{Kind: shop.ActorSystem}, ""); err != nil {
		t.Fatal(err)
	}
	clock.advance(api.KeyReuse - time.Millisecond)
	d.get(secret, "/merchants").want(200)
	clock.advance(time.Millisecond)
	d.get(secret, "/merchants").want(401)
	if api.KeyReuse > 10*time.Second {
		t.Errorf("a revoked key works for %s", api.KeyReuse)
	}
}

func TestAKeyEndsWithWhomItIsFor(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s := d.shelf("one", 1)
	customer := d.key(shop.NewAPIKey{Role: shop.RoleCustomer, CustomerID: s.customer})
	merchant := d.key(shop.NewAPIKey{Role: shop.RoleMerchant, MerchantID: s.merchant})
	d.Exec(`UPDATE customers SET deleted_at = now()`)
	d.Exec(`UPDATE merchants SET deleted_at = now()`)
	d.get(customer, "/orders").want(401)
	d.get(merchant, "/orders").want(401)
}

// Thousands of requests a second with one key must not each ask the database who that is.
func TestAKeyIsLookedUpOnceForManyRequests(t *testing.T) {
	t.Parallel()
	clock := newHands()
	d := newDoor(t, clock.option())
	secret := d.admin()
	lookUps := countQueries(t, d, "APIKeyByHash")
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { d.get(secret, "/merchants").want(200) })
	}
	all.Wait()
	for range 50 {
		d.get(secret, "/merchants").want(200)
	}
	if n := lookUps(); n != 1 {
		t.Errorf("looked up %d times, want once", n)
	}
	clock.advance(api.KeyReuse)
	d.get(secret, "/merchants").want(200)
	if n := lookUps(); n != 2 {
		t.Errorf("looked up %d times, want again after a while", n)
	}
}

// countQueries makes a door of the same world whose statements of one name are counted.
func countQueries(t *testing.T, d *door, name string) func() int64 {
	t.Helper()
	config := d.Pool.Config().Copy()
	counter := &queryCounter{name: "-- name: " + name + " "}
	config.ConnConfig.Tracer = counter
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	store, err := db.NewStore(t.Context(), pool, db.WithClock(d.Store.Now))
	if err != nil {
		t.Fatal(err)
	}
	d.rewire(store)
	return counter.n.Load
}

type queryCounter struct {
	name string
	n    atomic.Int64
}

func (c *queryCounter) TraceQueryStart(ctx ctx, _ *pgx.Conn, data pgx.TraceQueryStartData) ctx {
	if strings.HasPrefix(data.SQL, c.name) {
		c.n.Add(1)
	}
	return ctx
}

func (c *queryCounter) TraceQueryEnd(ctx, *pgx.Conn, pgx.TraceQueryEndData) {}

func TestALimitedKeyIsToldWhatIsLeft(t *testing.T) {
	t.Parallel()
	clock := newHands()
	d := newDoor(t, clock.option())
	secret := d.key(shop.NewAPIKey{Role: shop.RoleAdmin, RatePerMinute: 3})
	limits := func(a answered) string {
		return strings.Join([]string{a.Header.Get("RateLimit-Policy"), a.Header.Get("RateLimit"), a.Header.Get("Retry-After")}, " ")
	}
	const policy = `"key";q=3;w=60 "key";`
	for _, want := range []string{policy + "r=2;t=20 ", policy + "r=1;t=40 ", policy + "r=0;t=60 "} {
		if got := limits(d.get(secret, "/merchants").want(200)); got != want {
			t.Errorf("limits %s, want %s", got, want)
		}
	}
	refused := d.get(secret, "/merchants").want(429)
	if kind, _ := refused.problem(); kind != "rate-limited" || limits(refused) != policy+"r=0;t=60 20" {
		t.Errorf("%s with limits %s", kind, limits(refused))
	}
	clock.advance(19 * time.Second)
	d.get(secret, "/merchants").want(429)
	clock.advance(time.Second)
	if got := limits(d.get(secret, "/merchants").want(200)); got != policy+"r=0;t=60 " {
		t.Errorf("limits %s after a third of a minute", got)
	}
	clock.advance(time.Hour)
	if got := limits(d.get(secret, "/merchants").want(200)); got != policy+"r=2;t=20 " {
		t.Errorf("limits %s after an hour: a bucket holds one minute", got)
	}
	// Each key has a bucket of its own, and a key without a limit has none.
	d.get(d.key(shop.NewAPIKey{Role: shop.RoleAdmin, RatePerMinute: 1}), "/merchants").want(200)
	if got := limits(d.get(d.admin(), "/merchants").want(200)); got != "  " {
		t.Errorf("limits %s of a key without any", got)
	}
}

func TestTheLogNamesTheKeyAndNeverShowsIt(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	secret := d.admin()
	d.get(secret, "/merchants").want(200)
	log := d.logText.String()
	if !strings.Contains(log, "api_key_id="+d.Text(`SELECT id::text FROM api_keys`)) || strings.Contains(log, secret) || strings.Contains(log, secret[len(secret)-20:]) {
		t.Errorf("the log says too little or too much:\n%s", log)
	}
	if n := d.Int(`SELECT count(*) FROM api_keys WHERE key_hash::text LIKE '%' || $1 || '%' OR key_prefix = $1`, secret); n != 0 {
		t.Error("the secret is stored")
	}
}
