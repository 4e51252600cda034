package handlers_test

import (
	"net/http"
	"strconv"
	"testing"

	"waybill/shop"
	"waybill/views/urls"
)

func TestEveryRoleLandsOnItsOwnPage(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	customer, _ := s.Customer("buyer@example.com")
	for _, tt := range []struct {
		role               shop.Role
		merchant, customer int64
		next, want         string
	}{
		{shop.RoleCustomer, 0, customer, "", "/account/orders"},
		{shop.RoleCustomer, 0, customer, "/checkout?address=1", "/checkout?address=1"},
		{shop.RoleCustomer, 0, customer, "/", "/account/orders"},
		{shop.RoleCustomer, 0, customer, "/finance", "/account/orders"},
		{shop.RoleCustomer, 0, customer, "//evil.example/x", "/account/orders"},
		{shop.RoleCustomer, 0, customer, "https://evil.example", "/account/orders"},
		{shop.RoleCustomer, 0, customer, "/login?next=/cart", "/account/orders"},
		{shop.RoleMerchant, merchant, 0, "", "/merchant"},
		{shop.RoleMerchant, merchant, 0, "/merchant/orders/6XKQ3", "/merchant/orders/6XKQ3"},
		{shop.RoleMerchant, merchant, 0, "/products/pan", "/merchant"},
		{shop.RoleFinance, 0, 0, "", "/finance"},
		{shop.RoleFinance, 0, 0, "/finance/payments?status=failed", "/finance/payments?status=failed"},
		{shop.RoleSupport, 0, 0, "", "/support"},
		{shop.RoleAdmin, 0, 0, "", "/admin"},
		{shop.RoleAdmin, 0, 0, "/finance/payments", "/finance/payments"},
	} {
		email := string(tt.role) + strconv.Itoa(len(tt.next)) + "-" + tt.want[1:3] + "@example.com"
		s.Exec(`DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE customer_id = $1)`, tt.customer)
		s.Exec(`DELETE FROM users WHERE customer_id = $1`, tt.customer)
		s.account(email, tt.role, tt.merchant, tt.customer)
		v := s.visitor(t)
		v.post(urls.Login(""), "email", email, "password", password, "next", tt.next).sends(tt.want)
		if again := v.get(urls.Login(tt.next)); again.location != tt.want {
			t.Errorf("%s asks for the sign-in page again and is sent to %q, want %q", tt.role, again.location, tt.want)
		}
	}
}

func TestWrongSignInsGetOneAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	customer, _ := s.Customer("ada@example.com")
	s.account("ada@example.com", shop.RoleCustomer, 0, customer)
	s.account("gone@example.com", shop.RoleFinance, 0, 0)
	s.Exec(`UPDATE users SET disabled_at = now() WHERE email = 'gone@example.com'`)
	v := s.visitor(t)
	const says = "The e-mail address or the password is wrong"
	for _, who := range [][2]string{{"ada@example.com", "wrong horse"}, {"nobody@example.com", password}, {"gone@example.com", password}} {
		got := v.post(urls.Login(""), "email", who[0], "password", who[1], "next", "/cart").wants(http.StatusUnprocessableEntity, says, `value="`+who[0]+`"`, "<title>Error: Sign in", `value="/cart"`)
		got.lacks(password)
	}
	v.get("/account/orders").sends(urls.Login("/account/orders"))
}

func TestSignInFormNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	v := newSite(t).visitor(t)
	v.post(urls.Login(""), "email", "ada", "password", "").wants(http.StatusUnprocessableEntity,
		"Enter your e-mail address", `href="#f-email"`, "Enter your password", `href="#f-password"`)
	long := make([]byte, 2000)
	for i := range long {
		long[i] = 'x'
	}
	v.post(urls.Login(""), "email", "ada@example.com", "password", string(long)).wants(http.StatusUnprocessableEntity, "The password is too long")
}

func TestGuessingIsSlowedDownAndSuccessIsNot(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	customer, _ := s.Customer("ada@example.com")
	s.account("ada@example.com", shop.RoleCustomer, 0, customer)
	v := s.visitor(t)
	for range 15 {
		v.signIn("ada@example.com")
		v.post(urls.Logout()).sends("/")
	}
	limited := 0
	for range 15 {
		got := v.post(urls.Login(""), "email", "Ada@Example.com", "password", "guess")
		if got.status == http.StatusTooManyRequests {
			limited++
			got.wants(http.StatusTooManyRequests, "too many attempts")
			if got.header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		}
	}
	if limited != 5 {
		t.Errorf("%d of 15 guesses were stopped, want the last 5", limited)
	}
	v.post(urls.Login(""), "email", "bob@example.com", "password", "guess").wants(http.StatusUnprocessableEntity)
}

func TestSigningInChangesTheTokenAndSigningOutEndsIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("acme")
	sku := s.SKU(merchant, "A", 1000, 5)
	customer, _ := s.Customer("ada@example.com")
	s.account("ada@example.com", shop.RoleCustomer, 0, customer)
	v := s.visitor(t)
	addTo(v, sku, "1")
	token := func() string { return s.Text(`SELECT token FROM sessions`) }
	before := token()
	v.signIn("ada@example.com")
	if token() == before {
		t.Error("the token from before signing in still works")
	}
	v.get("/account/orders").wants(http.StatusOK)
	v.post(urls.Logout()).sends("/")
	if n := s.Int(`SELECT count(*) FROM sessions`); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
	v.get("/account/orders").sends(urls.Login("/account/orders"))
}

func TestSessionsOfAnOlderEpochAreGuests(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, _, _ := s.buyer(t, "ada@example.com")
	v.get("/account/orders").wants(http.StatusOK)
	s.Exec(`UPDATE users SET session_epoch = session_epoch + 1`)
	v.get("/account/orders").sends(urls.Login("/account/orders"))
}

func TestStaffDoNotBuyAndBuyersAreNotStaff(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.account("fin@example.com", shop.RoleFinance, 0, 0)
	staff := s.visitor(t)
	staff.signIn("fin@example.com")
	for _, address := range []string{"/checkout", "/account/orders", "/account/addresses"} {
		staff.get(address).wants(http.StatusForbidden, "Your account may not do this")
	}
	buyer, _, _ := s.buyer(t, "ada@example.com")
	buyer.get("/finance").wants(http.StatusForbidden)
}

func TestThemeIsKeptAndGoesBackWithinTheSite(t *testing.T) {
	t.Parallel()
	v := newSite(t).visitor(t)
	v.post(urls.Theme(), "theme", "dark", "back", "/search?q=pan").sends("/search?q=pan")
	v.get("/login").wants(http.StatusOK, `data-theme="dark"`)
	v.post(urls.Theme(), "theme", "", "back", "//evil.example").sends("/")
	v.get("/login").lacks("data-theme=\"dark\"")
	v.post(urls.Theme(), "theme", "purple").wants(http.StatusUnprocessableEntity)
}

func TestFormsFromOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v, _, _ := s.buyer(t, "ada@example.com")
	got := v.do(http.MethodPost, urls.Logout(), nil, []string{"Sec-Fetch-Site", "cross-site"})
	got.wants(http.StatusForbidden, "came from another site")
	v.get("/account/orders").wants(http.StatusOK)
}
