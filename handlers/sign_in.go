package handlers

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/httprate"

	"waybill/handlers/passwords"
	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// How many failed attempts to sign in there may be. Those for one address stop who guesses a password, those from one
// place stop who tries one password on many addresses.
const (
	signInWindow      = 15 * time.Minute
	failuresPerEmail  = 10
	failuresPerClient = 100
	// accountsPerClient may be opened in the same time: a family or an office behind one address, not a machine that tries
	// which addresses are known.
	accountsPerClient = 20
)

// SignIn checks who may sign in. Make it with NewSignIn.
type SignIn struct {
	passwords   *passwords.Hasher
	perEmail    *httprate.RateLimiter
	perClient   *httprate.RateLimiter
	perNewcomer *httprate.RateLimiter
}

// NewSignIn returns a SignIn that has seen no failure yet.
func NewSignIn(hasher *passwords.Hasher) *SignIn {
	quiet := httprate.WithResponseHeaders(httprate.ResponseHeaders{RetryAfter: "Retry-After"})
	return &SignIn{
		passwords:   hasher,
		perEmail:    httprate.NewRateLimiter(failuresPerEmail, signInWindow, quiet),
		perClient:   httprate.NewRateLimiter(failuresPerClient, signInWindow, quiet),
		perNewcomer: httprate.NewRateLimiter(accountsPerClient, signInWindow, quiet),
	}
}

// begin counts an attempt before it is judged, so that a burst of them cannot pass together. It returns false when there
// were too many failures.
func (s *SignIn) begin(w http.ResponseWriter, r *http.Request, email string) bool {
	return !s.perClient.OnLimit(w, r, middleware.GetClientIP(r.Context())) && !s.perEmail.OnLimit(w, r, strings.ToLower(email))
}

// succeed takes the attempt back: only failures count.
func (s *SignIn) succeed(w http.ResponseWriter, r *http.Request, email string) {
	back := r.WithContext(httprate.WithIncrement(r.Context(), -1))
	s.perClient.OnLimit(w, back, middleware.GetClientIP(r.Context()))
	s.perEmail.OnLimit(w, back, strings.ToLower(email))
}

// LoginPage asks who is there.
func (h *Handlers) LoginPage(w http.ResponseWriter, r *http.Request) error {
	next := r.URL.Query().Get("next")
	if user := viewerOf(r.Context()); user.ID != 0 {
		return redirect(w, r, landing(user.Role, next))
	}
	h.renderLogin(w, r, http.StatusOK, views.LoginForm{Next: next}, nil)
	return nil
}

func (h *Handlers) renderLogin(w http.ResponseWriter, r *http.Request, status int, form views.LoginForm, errs []shop.FieldError) {
	page := h.page(r, "Sign in")
	page.Errors = errs
	form.Demo = h.Demo
	form.ToCheckout = strings.HasPrefix(form.Next, urls.Checkout())
	h.render(w, r, status, views.Login(page, form))
}

// Login signs somebody in. A wrong address, a wrong password and a disabled account get the same answer after the same
// work.
func (h *Handlers) Login(w http.ResponseWriter, r *http.Request) error {
	form := views.LoginForm{Email: strings.TrimSpace(r.PostForm.Get("email")), Next: r.PostForm.Get("next")}
	password := r.PostForm.Get("password")
	if errs := loginProblems(form.Email, password); errs != nil {
		h.renderLogin(w, r, http.StatusUnprocessableEntity, form, errs)
		return nil
	}
	if !h.SignIn.begin(w, r, form.Email) {
		h.renderLogin(w, r, http.StatusTooManyRequests, form, []shop.FieldError{{Message: "There were too many attempts to sign in. Please wait 15 minutes and try again."}})
		return nil
	}
	user, hash, err := h.Store.UserByEmail(r.Context(), form.Email)
	if err != nil && shop.CodeOf(err) != shop.CodeNotFound {
		return err
	}
	matches, err := h.SignIn.passwords.Matches(r.Context(), password, hash)
	if err != nil {
		return err
	}
	if !matches || user.Disabled {
		h.renderLogin(w, r, http.StatusUnprocessableEntity, form, []shop.FieldError{{Field: "email", Message: "The e-mail address or the password is wrong"}})
		return nil
	}
	h.SignIn.succeed(w, r, form.Email)
	if err := h.beginSession(r, user); err != nil {
		return err
	}
	return redirect(w, r, landing(user.Role, form.Next))
}

func loginProblems(email, password string) []shop.FieldError {
	var errs []shop.FieldError
	if !shop.IsEmail(email) {
		errs = append(errs, shop.FieldError{Field: "email", Message: "Enter your e-mail address, such as name@example.com"})
	}
	if password == "" {
		errs = append(errs, shop.FieldError{Field: "password", Message: "Enter your password"})
	} else if len(password) > maxPasswordBytes {
		errs = append(errs, shop.FieldError{Field: "password", Message: "The password is too long"})
	}
	return errs
}

// maxPasswordBytes bounds what is hashed; four bytes are the longest character.
const maxPasswordBytes = 4 * shop.MaxPasswordLength

// beginSession makes the session the user's: under a new token, so that one planted before is worth nothing, and with
// what the guest had in the cart.
func (h *Handlers) beginSession(r *http.Request, user shop.User) error {
	ctx := r.Context()
	if err := h.Sessions.RenewToken(ctx); err != nil {
		return err
	}
	if user.CustomerID != 0 {
		change, err := h.Store.MergeCarts(ctx, h.Sessions.GetString(ctx, sessionCartID), user.CustomerID)
		if err != nil {
			return err
		}
		h.Sessions.Put(ctx, sessionCartUnits, int(change.Units))
		h.Sessions.Remove(ctx, sessionCartID)
	}
	h.Sessions.Put(ctx, SessionUserID, user.ID)
	h.Sessions.Put(ctx, sessionEpoch, user.SessionEpoch)
	return h.Store.UserLoggedIn(ctx, user.ID, h.Store.Now())
}

// Logout ends the session.
func (h *Handlers) Logout(w http.ResponseWriter, r *http.Request) error {
	if err := h.Sessions.Destroy(r.Context()); err != nil {
		return err
	}
	return redirect(w, r, urls.Home())
}

// startOf is the first page of each role.
var startOf = map[shop.Role]string{
	shop.RoleCustomer: urls.AccountOrders(),
	shop.RoleMerchant: urls.MerchantDay(),
	shop.RoleFinance:  urls.Finance(),
	shop.RoleSupport:  urls.Support(""),
	shop.RoleAdmin:    urls.Admin(),
}

// The parts of the site, by how their addresses begin; everything else is the shop.
const (
	partShop     = ""
	partMerchant = "/merchant"
	partFinance  = "/finance"
	partSupport  = "/support"
	partAdmin    = "/admin"
)

// partsOf is where each role has something to do.
var partsOf = map[shop.Role][]string{
	shop.RoleCustomer: {partShop},
	shop.RoleMerchant: {partMerchant},
	shop.RoleFinance:  {partFinance},
	shop.RoleSupport:  {partSupport},
	shop.RoleAdmin:    {partAdmin, partFinance, partSupport},
}

func partOf(address string) string {
	for _, part := range []string{partMerchant, partFinance, partSupport, partAdmin} {
		if strings.HasPrefix(address, part) {
			return part
		}
	}
	return partShop
}

// landing is where somebody goes after signing in: to the page that was asked for, if there is something to do for the
// role, else to the first page of the role.
func landing(role shop.Role, next string) string {
	next = urls.Local(next)
	wanted := next != urls.Home() && !strings.HasPrefix(next, urls.Login("")) && !strings.HasPrefix(next, urls.Register(""))
	if wanted && slices.Contains(partsOf[role], partOf(next)) {
		return next
	}
	return startOf[role]
}
