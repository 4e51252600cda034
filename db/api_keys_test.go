package db_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

func TestAPIKeysAreKeptAsHashes(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("one")
	admin := shop.Actor{Kind: shop.ActorStaff, ID: 7, Name: "Ada"}
	made, secret, err := w.Store.CreateAPIKey(t.Context(), shop.NewAPIKey{Name: " till ", Role: shop.RoleMerchant, MerchantID: merchant, RatePerMinute: 60, Actor: admin, RequestID: "r1"})
	if err != nil {
		t.Fatal(err)
	}
	found, err := w.Store.AuthenticateAPIKey(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	found.LastUsedAt = time.Time{}
	if fmt.Sprint(found) != fmt.Sprint(made) || found.Name != "till" || found.Scope() != (shop.OrderScope{MerchantID: merchant}) || found.Actor() != (shop.Actor{Kind: shop.ActorIntegration, ID: made.ID, Name: "till"}) {
		t.Errorf("made %+v, found %+v", made, found)
	}
	if dump := w.Text(`SELECT string_agg(k::text, '') || string_agg(a::text, '') FROM api_keys k, audit_log a`); strings.Contains(dump, secret) || strings.Contains(dump, secret[12:]) {
		t.Errorf("the secret is in the database: %s", dump)
	}
	if got := w.Text(`SELECT concat_ws(' ', action, subject, actor_name, data->>'name', request_id) FROM audit_log`); got != fmt.Sprintf("api_key.created api_key:%d Ada till r1", made.ID) {
		t.Errorf("the audit log says %s", got)
	}
	for _, wrong := range []string{"", secret + "x", secret[1:], strings.ToUpper(secret), "a\x00", "\xff", strings.Repeat("x", 1<<20)} {
		if _, err := w.Store.AuthenticateAPIKey(t.Context(), wrong); shop.CodeOf(err) != shop.CodeUnauthenticated {
			t.Errorf("%.20q: %v", wrong, err)
		}
	}
	if _, _, err := w.Store.CreateAPIKey(t.Context(), shop.NewAPIKey{Role: shop.RoleMerchant}); shop.CodeOf(err) != shop.CodeInvalid || w.Int(`SELECT count(*) FROM api_keys`) != 1 {
		t.Errorf("a merchant key of nobody: %v", err)
	}
}

func TestRevokedAPIKeysStayRevoked(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	made, secret, err := w.Store.CreateAPIKey(t.Context(), shop.NewAPIKey{Role: shop.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	system := shop.Actor{Kind: shop.ActorSystem}
	for range 2 {
		if err := w.Store.RevokeAPIKey(t.Context(), made.ID, system, ""); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.Int(`SELECT count(*) FROM audit_log WHERE action = 'api_key.revoked'`); n != 1 {
		t.Errorf("%d revocations in the audit log, want 1", n)
	}
	if _, err := w.Store.AuthenticateAPIKey(t.Context(), secret); shop.CodeOf(err) != shop.CodeUnauthenticated {
		t.Errorf("a revoked key: %v", err)
	}
	if err := w.Store.RevokeAPIKey(t.Context(), 777, system, ""); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("an unknown key: %v", err)
	}
	keys, err := w.Store.APIKeys(t.Context())
	if err != nil || len(keys) != 1 || keys[0].RevokedAt.IsZero() || keys[0].Prefix != made.Prefix {
		t.Errorf("listed %+v, %v", keys, err)
	}
}

// Reading must not become writing: the time of last use moves at most once a minute, however many ask at once.
func TestLastUseIsWrittenOnceAMinute(t *testing.T) {
	t.Parallel()
	var now atomic.Int64
	now.Store(time.Date(2026, 5, 23, 0, 0, 0, 0, time.UTC).UnixMicro())
	w := factory.New(t, db.WithClock(func() time.Time { return time.UnixMicro(now.Load()) }))
	_, secret, err := w.Store.CreateAPIKey(t.Context(), shop.NewAPIKey{Role: shop.RoleAdmin})
	if err != nil {
		t.Fatal(err)
	}
	w.Exec(`CREATE TABLE writes (at timestamptz)`)
	w.Exec(`CREATE FUNCTION note_write() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO writes VALUES (now()); RETURN NULL; END $$`)
	w.Exec(`CREATE TRIGGER note_write AFTER UPDATE ON api_keys FOR EACH ROW EXECUTE FUNCTION note_write()`)
	use := func() {
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if _, err := w.Store.AuthenticateAPIKey(context.Background(), secret); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	for _, step := range []struct {
		wait time.Duration
		used string
	}{{0, "00:00:00"}, {59 * time.Second, "00:00:00"}, {time.Second, "00:01:00"}, {time.Hour, "01:01:00"}} {
		now.Add(step.wait.Microseconds())
		use()
		if got := w.Text(`SELECT to_char(last_used_at AT TIME ZONE 'UTC', 'HH24:MI:SS') FROM api_keys`); got != step.used {
			t.Errorf("after %s more it was last used at %s, want %s", step.wait, got, step.used)
		}
	}
	if n := w.Int(`SELECT count(*) FROM writes`); n != 3 {
		t.Errorf("80 uses wrote %d times, want 3", n)
	}
}

func TestWhoAKeyIsForIsFoundByWhatPeopleType(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, _ := w.Merchant("one")
	w.Merchant(fmt.Sprint(merchant + 1)) // a slug that looks like the next id
	customer, _ := w.Customer("ada@example.com")
	for ref, want := range map[string]int64{"one": merchant, fmt.Sprint(merchant): merchant, fmt.Sprint(merchant + 1): merchant + 1} {
		if got, err := w.Store.MerchantIDOf(t.Context(), ref); err != nil || got != want {
			t.Errorf("merchant %s is %d, %v, want %d", ref, got, err, want)
		}
	}
	for ref, want := range map[string]int64{"ADA@example.com": customer, fmt.Sprint(customer): customer} {
		if got, err := w.Store.CustomerIDOf(t.Context(), ref); err != nil || got != want {
			t.Errorf("customer %s is %d, %v, want %d", ref, got, err, want)
		}
	}
	for _, ref := range []string{"", "nobody", "0", "-1", "99999999999999999999"} {
		if _, err := w.Store.MerchantIDOf(t.Context(), ref); shop.CodeOf(err) != shop.CodeInvalid {
			t.Errorf("merchant %q: %v", ref, err)
		}
		if _, err := w.Store.CustomerIDOf(t.Context(), ref); shop.CodeOf(err) != shop.CodeInvalid {
			t.Errorf("customer %q: %v", ref, err)
		}
	}
}
