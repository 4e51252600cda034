package api_test

import (
	"context"
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

// server is another server on the database of a door: its own routes, and a feed that tells it of keys that ended.
func (d *door) server() (other *door, told <-chan struct{}) {
	d.t.Helper()
	other = &door{World: d.World, t: d.t, placer: d.placer, count: d.count, said: map[string]map[int]bool{}, logText: d.logText}
	other.rewire(d.Store)
	feed, err := db.StartFeed(d.t.Context(), d.Store, d.log())
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(feed.Close)
	tell := make(chan struct{}, 1)
	feed.WhenKeysEnd(func() {
		other.api.ForgetKeys()
		select {
		case tell <- struct{}{}:
		default:
		}
	})
	return other, tell
}

// A key that ends, or whose owner does, ends on all servers at once, though each believes keys for a while: the clock of
// this test stands still.
func TestAKeyThatEndsEndsOnAllServersAtOnce(t *testing.T) {
	t.Parallel()
	d := newDoor(t, newHands().option())
	s := d.shelf("one", 1)
	one, oneTold := d.server()
	two, twoTold := d.server()
	revoked := d.key(shop.NewAPIKey{Role: shop.RoleAdmin})
	for name, c := range map[string]struct {
		secret string
		end    func()
	}{
		"revoked": {revoked, func() {
			id := d.Int(`SELECT max(id) FROM api_keys WHERE role = 'admin'`)
			if err := d.Store.RevokeAPIKey(t.Context(), id, shop.Actor{Kind: shop.ActorSystem}, ""); err != nil {
				t.Fatal(err)
			}
		}},
		"its customer is gone": {d.key(shop.NewAPIKey{Role: shop.RoleCustomer, CustomerID: s.customer}), func() { d.Exec(`UPDATE customers SET deleted_at = now()`) }},
		"its merchant is gone": {d.key(shop.NewAPIKey{Role: shop.RoleMerchant, MerchantID: s.merchant}), func() { d.Exec(`UPDATE merchants SET deleted_at = now()`) }},
	} {
		one.get(c.secret, "/merchants").want(200)
		two.get(c.secret, "/merchants").want(200)
		c.end()
		one.wantEnded(name, c.secret, oneTold)
		two.wantEnded(name, c.secret, twoTold)
	}
}

// wantEnded waits for the server to be told, as often as it takes, until it refuses a key.
func (d *door) wantEnded(name, secret string, told <-chan struct{}) {
	d.t.Helper()
	for d.get(secret, "/merchants").Status != 401 {
		select {
		case <-told:
		case <-time.After(30 * time.Second):
			d.t.Fatalf("%s: the server was not told", name)
		}
	}
}

// A key that was looked up before it ended is not remembered after that.
func TestAKeyThatEndsWhileItIsLookedUpIsNotRemembered(t *testing.T) {
	t.Parallel()
	d := newDoor(t, newHands().option())
	secret := d.admin()
	tracer := &afterQuery{name: "APIKeyByHash", do: func() {
		d.Exec(`UPDATE api_keys SET revoked_at = now()`)
		d.api.ForgetKeys()
	}}
	d.rewire(tracedStore(t, d, tracer))
	d.get(secret, "/merchants").want(200)
	d.get(secret, "/merchants").want(401)
}

// Should nobody tell, a key ends all the same.
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

// tracedStore is a store of the world whose statements are watched.
func tracedStore(t *testing.T, d *door, tracer pgx.QueryTracer) *db.Store {
	t.Helper()
	config := d.Pool.Config().Copy()
	config.ConnConfig.Tracer = tracer
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	store, err := db.NewStore(t.Context(), pool, db.WithClock(d.Store.Now))
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// countQueries puts the door before a store of the same world whose statements of one name are counted.
func countQueries(t *testing.T, d *door, name string) func() int64 {
	t.Helper()
	counter := &queryCounter{name: "-- name: " + name + " "}
	d.rewire(tracedStore(t, d, counter))
	return counter.n.Load
}

// afterQuery does something once, when the first statement of a name has been answered.
type afterQuery struct {
	name string
	once sync.Once
	do   func()
}

type queryName struct{}

func (q *afterQuery) TraceQueryStart(c ctx, _ *pgx.Conn, data pgx.TraceQueryStartData) ctx {
	return context.WithValue(c, queryName{}, strings.HasPrefix(data.SQL, "-- name: "+q.name+" "))
}

func (q *afterQuery) TraceQueryEnd(c ctx, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	if named, _ := c.Value(queryName{}).(bool); named {
		q.once.Do(q.do)
	}
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
