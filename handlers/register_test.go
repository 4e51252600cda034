package handlers_test

import (
	"net/http"
	"strconv"
	"testing"

	"waybill/views/urls"
)

func TestABuyerOpensAnAccountAndShops(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor(t)
	v.get(urls.Login("/checkout")).wants(http.StatusOK, `href="/register?next=%2Fcheckout"`)
	v.post(urls.Register(""), "name", " Ada Lovelace ", "email", "ada@example.com", "password", password, "next", "/checkout").sends("/checkout")
	v.get(urls.AccountOrders()).wants(http.StatusOK, "Ada Lovelace")
	v.get(urls.Register("/cart")).sends("/cart")
	if n := s.Int(`SELECT count(*) FROM users u JOIN customers c ON c.id = u.customer_id WHERE c.email = 'ada@example.com' AND u.role = 'customer'`); n != 1 {
		t.Errorf("%d accounts", n)
	}
	again := s.visitor(t)
	again.signIn("ada@example.com")
}

func TestNobodyOpensTheAccountOfAnotherCustomer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Customer("bought@example.com") // as a guest of an earlier system
	customer, _ := s.Customer("has@example.com")
	s.account("has@example.com", "customer", 0, customer)
	for _, email := range []string{"bought@example.com", "BOUGHT@example.com", "has@example.com"} {
		v := s.visitor(t)
		v.post(urls.Register(""), "name", "Eve", "email", email, "password", password).wants(http.StatusUnprocessableEntity, "<title>Error: Open an account", `href="#f-email"`, `value="`+email+`"`)
		v.get(urls.AccountOrders()).sends(urls.Login(urls.AccountOrders()))
	}
	if n := s.Int(`SELECT count(*) FROM users WHERE name = 'Eve'`); n != 0 {
		t.Errorf("%d accounts of Eve", n)
	}
}

func TestRegisterFormNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	v := newSite(t).visitor(t)
	got := v.post(urls.Register(""), "name", "", "email", "ada", "password", "short").wants(http.StatusUnprocessableEntity,
		"Enter a name of at most 255 characters", "Enter an e-mail address", "at least 8 characters", `href="#f-password"`)
	got.lacks("short\"")
}

func TestAMachineOpensFewAccounts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for i := range 20 {
		s.visitor(t).post(urls.Register(""), "name", "Bot", "email", "bot"+strconv.Itoa(i)+"@example.com", "password", password).sends(urls.Products())
	}
	s.visitor(t).post(urls.Register(""), "name", "Bot", "email", "bot20@example.com", "password", password).wants(http.StatusTooManyRequests, "Please wait 15 minutes")
}
