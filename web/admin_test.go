package web_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"waybill/adapters/simulated"
	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// What the page of roles says is what the routes do.
func TestRolesMayDoWhatTheirPageSays(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("tea")
	customer, _ := s.Customer("ana@example.com")
	visitors := map[shop.Role]visitor{
		shop.RoleCustomer: s.as(s.User("ana@example.com", shop.RoleCustomer, 0, customer)),
		shop.RoleMerchant: s.as(s.User("max@example.com", shop.RoleMerchant, merchant, 0)),
		shop.RoleFinance:  s.staff(shop.RoleFinance), shop.RoleSupport: s.staff(shop.RoleSupport), shop.RoleAdmin: s.staff(shop.RoleAdmin),
	}
	for _, c := range views.RoleRights() {
		for role, v := range visitors {
			if c.Page == "" {
				continue
			}
			want := http.StatusForbidden
			if slices.Contains(c.Roles, role) {
				want = http.StatusOK
			}
			if w := v.get(c.Page); w.Code != want {
				t.Errorf("%s: %s answers %s with %d, want %d", c.Label, c.Page, role, w.Code, want)
			}
		}
	}
}

func TestAccountsAreFoundAndOfARealMerchant(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Merchant("tea")
	admin := s.staff(shop.RoleAdmin)
	for name, form := range map[string][]string{
		"no such merchant":    {"email", "a@example.com", "role", "merchant", "merchant", "nobody", "password", "correct horse"},
		"finance of merchant": {"email", "a@example.com", "role", "finance", "merchant", "tea", "password", "correct horse"},
		"no such role":        {"email", "a@example.com", "role", "root", "password", "correct horse"},
	} {
		w := admin.post(urls.AdminUsers(), form...)
		if w.Code != http.StatusUnprocessableEntity || strings.Contains(w.Body.String(), "correct horse") {
			t.Errorf("%s: answers %d", name, w.Code)
		}
	}
	if w := admin.post(urls.AdminUsers(), "email", "max@example.com", "role", "merchant", "merchant", "tea", "password", "correct horse"); w.Code != http.StatusSeeOther {
		t.Fatalf("making an account answers %d:\n%s", w.Code, w.Body)
	}
	mustContain(t, admin.page(urls.AdminUsers()+"?role=merchant"), []string{"max@example.com", "tea"}, ">admin@example.com<")
	mustContain(t, admin.page(urls.AdminUsers()+"?q=MAX@"), []string{"max@example.com"}, ">admin@example.com<")
	mustContain(t, admin.page(urls.AdminUsers()+"?q=%25"), []string{"No accounts match"})
}

func TestTheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first, second := s.User("one@example.com", shop.RoleAdmin, 0, 0), s.User("two@example.com", shop.RoleAdmin, 0, 0)
	one := s.as(first)
	if w := one.post(urls.AdminUserDisable(first.ID)); w.Code != http.StatusConflict {
		t.Errorf("disabling oneself answers %d", w.Code)
	}
	if w := one.post(urls.AdminUserDisable(second.ID)); w.Code != http.StatusSeeOther {
		t.Errorf("disabling another administrator answers %d", w.Code)
	}
	// Without the last one's own session: the rule stands in the database's phase, not in the page.
	err := s.Store.ChangeAccount(t.Context(), shop.ChangeAccount{UserID: first.ID, Action: shop.AccountDisable, By: second})
	if shop.CodeOf(err) != shop.CodeConflict {
		t.Errorf("disabling the last administrator: %v", err)
	}
	if n := s.Int(`SELECT count(*) FROM users WHERE disabled_at IS NULL`); n != 1 {
		t.Errorf("%d administrators are left, want 1", n)
	}
}

func TestAKeyOfAMerchantIsOfThatMerchant(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("tea")
	admin := s.staff(shop.RoleAdmin)
	w := admin.post(urls.AdminAPIKeys(), "name", "Warehouse", "role", "merchant", "merchant", "tea", "rate", "600")
	secret := regexp.MustCompile(`wbk_[a-z0-9]{40,}`).FindString(w.Body.String())
	if w.Code != http.StatusOK || secret == "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("making a key answers %d with %q, %v", w.Code, secret, w.Header())
	}
	if key, err := s.Store.AuthenticateAPIKey(t.Context(), secret); err != nil || key.MerchantID != merchant || key.RatePerMinute != 600 {
		t.Errorf("the key is %+v, %v", key, err)
	}
	for name, form := range map[string][]string{
		"no role":          {"name", "x"},
		"no such merchant": {"role", "merchant", "merchant", "nobody"},
		"admin of tea":     {"role", "admin", "merchant", "tea"},
		"rate below one":   {"role", "admin", "rate", "0"},
	} {
		if w := admin.post(urls.AdminAPIKeys(), form...); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "There is a problem") {
			t.Errorf("%s: answers %d", name, w.Code)
		}
	}
	admin.post(urls.AdminAPIKeyRevoke(s.Int(`SELECT id FROM api_keys`)))
	if _, err := s.Store.AuthenticateAPIKey(t.Context(), secret); shop.CodeOf(err) != shop.CodeUnauthenticated {
		t.Errorf("the revoked key still works: %v", err)
	}
	mustContain(t, admin.page(urls.AdminAudit()+"?action=api_key."), []string{"api_key.created", "api_key.revoked", "Warehouse"}, secret)
}

func TestVerifyPageNamesWhatIsBroken(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("tea")
	sku := s.SKU(merchant, "TEA", 2000, 100)
	s.buy("a@example.com", simulated.TokenOK, sku)
	admin := s.staff(shop.RoleAdmin)
	answer, page := admin.download(urls.AdminVerify())
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("it answers %d:\n%s", answer.StatusCode, page)
	}
	mustContain(t, string(page), []string{"invariants hold", "Holds"}, "broken")
	s.Exec(`UPDATE stock_levels SET on_hand = on_hand + 1`)
	_, page = admin.download(urls.AdminVerify())
	mustContain(t, string(page), []string{"invariants are broken", "1 broken"}, "invariants hold")
}

func TestAuditLogIsPagedAndFiltered(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Exec(`INSERT INTO audit_log (at, actor_kind, actor_name, action, subject, data) SELECT now(), 'staff', 'Ada', 'stock.adjusted', 'sku:' || n, '{"delta": -3, "reason": "count", "ok": true}' FROM generate_series(1, 120) n`)
	s.Exec(`INSERT INTO audit_log (at, actor_kind, actor_name, action, subject) VALUES (now(), 'staff', 'Bob', 'user_disabled', 'user:1')`)
	admin := s.staff(shop.RoleAdmin)
	page := admin.page(urls.AdminAudit() + "?action=stock.")
	mustContain(t, page, []string{"delta=-3  ok=true  reason=count", "sku:120", "Older"}, "sku:70<")
	_, rest, _ := strings.Cut(page, "before=")
	before, _, _ := strings.Cut(rest, `"`)
	mustContain(t, admin.page(urls.AdminAudit()+"?action=stock.&before="+before), []string{"sku:70", "Newer"}, "sku:71<")
	mustContain(t, admin.page(urls.AdminAudit()+"?actor=Bob"), []string{"user_disabled"}, "sku:")
	mustContain(t, admin.page(urls.AdminAudit()+"?subject=sku:7"), []string{"sku:7<"}, "sku:70")
	mustContain(t, admin.page(urls.AdminAudit()+"?action=%25"), []string{"No entries match"})
}
