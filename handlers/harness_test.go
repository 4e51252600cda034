package handlers_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"

	"waybill/adapters/simulated"
	"waybill/adapters/simulatedcarrier"
	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/handlers"
	"waybill/handlers/passwords"
	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
	"waybill/web"
)

// password opens every account that a test makes.
const password = "correct horse"

// passwordCost is next to nothing; the sign-in reads it from the hash.
const passwordCost = 64 // KiB

// site is the whole program but for its listener: real routes, sessions, database and payment provider.
type site struct {
	*factory.World
	url   string
	pages *handlers.Handlers
}

func newSite(t *testing.T, options ...db.Option) *site {
	t.Helper()
	world := factory.New(t, options...)
	log := slog.New(slog.DiscardHandler)
	sessions := web.NewSessions(world.Pool, false)
	payments := shop.NewPayments(world.Store, log, simulated.New(world.Pool))
	pages := &handlers.Handlers{
		Store: world.Store, Reports: world.Store, Placer: world.Placer(), Payments: payments, Orders: shop.NewOrders(world.Store, payments), Shipping: shop.NewShipping(world.Store, log, simulatedcarrier.New(world.Pool)),
		Sessions: sessions, SignIn: handlers.NewSignIn(passwords.NewHasher()), Log: log, NoteUser: web.NoteUser,
	}
	for _, card := range simulated.Cards() {
		pages.Methods = append(pages.Methods, views.PaymentMethod(card))
	}
	shutdown, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	server := httptest.NewServer(web.Routes(web.Deps{
		Log: log, Telemetry: web.NewTelemetry(nil), Sessions: sessions, Shutdown: shutdown,
		Pages: pages, PageError: pages.ErrorPage, APIError: web.PlainError,
	}))
	t.Cleanup(func() {
		stop()
		server.Close()
	})
	return &site{World: world, url: server.URL, pages: pages}
}

// account adds somebody who can sign in with password.
func (s *site) account(email string, role shop.Role, merchantID, customerID int64) shop.User {
	s.TB.Helper()
	hash, err := argon2id.CreateHash(password, &argon2id.Params{Memory: passwordCost, Iterations: 1, Parallelism: 1, SaltLength: 8, KeyLength: 16})
	if err != nil {
		s.TB.Fatal(err)
	}
	user := s.User(email, role, merchantID, customerID)
	s.Exec(`UPDATE users SET password_hash = $2 WHERE id = $1`, user.ID, hash)
	return user
}

// buyer adds a customer with an address in California and signs the customer in.
func (s *site) buyer(t *testing.T, email string) (v *visitor, customerID, addressID int64) {
	t.Helper()
	customerID, addressID = s.Customer(email)
	s.account(email, shop.RoleCustomer, 0, customerID)
	v = s.visitor(t)
	v.signIn(email)
	return v, customerID, addressID
}

// booksAgree fails the test when an invariant of the books is broken.
func (s *site) booksAgree(t *testing.T) {
	t.Helper()
	results, err := s.Store.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range results {
		if !result.OK() {
			t.Errorf("%s is broken: %v", result.Name, result.Examples)
		}
	}
}

// visitor is a browser without scripts: it keeps cookies and follows nothing by itself.
type visitor struct {
	t    *testing.T
	site *site
	http *http.Client
}

func (s *site) visitor(t *testing.T) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &visitor{t: t, site: s, http: &http.Client{Jar: jar, CheckRedirect: stay}}
}

// signIn signs in and fails the test when that is refused.
func (v *visitor) signIn(email string) {
	v.t.Helper()
	if got := v.post(urls.Login(""), "email", email, "password", password); got.status != http.StatusSeeOther {
		v.t.Fatalf("%s cannot sign in: %d %s", email, got.status, got.heading())
	}
}

// answer is what came back.
type answer struct {
	t        *testing.T
	status   int
	location string // of a redirect
	header   http.Header
	body     string
}

func (v *visitor) get(address string, header ...string) answer {
	v.t.Helper()
	return v.do(http.MethodGet, address, nil, header)
}

// post sends a form as a browser does from a page of the site.
func (v *visitor) post(address string, pairs ...string) answer {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return v.postRaw(address, form.Encode())
}

func (v *visitor) postRaw(address, body string) answer {
	v.t.Helper()
	return v.do(http.MethodPost, address, strings.NewReader(body), []string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin"})
}

func (v *visitor) do(method, address string, body io.Reader, header []string) answer {
	v.t.Helper()
	request, err := http.NewRequestWithContext(v.t.Context(), method, v.site.url+address, body)
	if err != nil {
		v.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := v.http.Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer{t: v.t, status: response.StatusCode, location: response.Header.Get("Location"), header: response.Header, body: string(text)}
}

// fragment asks as htmx does for a part of a page.
func (v *visitor) fragment(address string) answer {
	v.t.Helper()
	return v.get(address, "HX-Request", "true", "HX-Request-Type", "partial")
}

// wants fails the test unless the answer has the status and all the texts.
func (a answer) wants(status int, texts ...string) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Errorf("status %d, want %d (%s)", a.status, status, a.heading())
	}
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			a.t.Errorf("the page %q lacks %q", a.heading(), text)
		}
	}
	return a
}

// lacks fails the test if the answer has one of the texts.
func (a answer) lacks(texts ...string) answer {
	a.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			a.t.Errorf("the page %q has %q", a.heading(), text)
		}
	}
	return a
}

// sends fails the test unless the answer is a redirect to the address.
func (a answer) sends(address string) answer {
	a.t.Helper()
	if a.status != http.StatusSeeOther || a.location != address {
		a.t.Errorf("%d to %q (%s), want a redirect to %q", a.status, a.location, a.heading(), address)
	}
	return a
}

var headings = regexp.MustCompile(`(?s)<h1>(.*?)</h1>`)

func (a answer) heading() string {
	if found := headings.FindStringSubmatch(a.body); found != nil {
		return found[1]
	}
	return ""
}

// field is the value of a hidden field of the page.
func (a answer) field(name string) string {
	a.t.Helper()
	found := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(a.body)
	if found == nil {
		a.t.Fatalf("the page %q has no field %s", a.heading(), name)
	}
	return found[1]
}
