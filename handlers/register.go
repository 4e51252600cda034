package handlers

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5/middleware"

	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// RegisterPage asks a buyer for what an account needs.
func (h *Handlers) RegisterPage(w http.ResponseWriter, r *http.Request) error {
	next := r.URL.Query().Get("next")
	if user := viewerOf(r.Context()); user.ID != 0 {
		return redirect(w, r, landing(user.Role, next))
	}
	h.renderRegister(w, r, http.StatusOK, views.RegisterForm{Next: next}, nil)
	return nil
}

func (h *Handlers) renderRegister(w http.ResponseWriter, r *http.Request, status int, form views.RegisterForm, errs []shop.FieldError) {
	page := h.page(r, "Open an account")
	page.Errors = errs
	h.render(w, r, status, views.Register(page, form))
}

// Register opens an account for a buyer and signs the buyer in. Nobody has proven that the address is theirs, so it gets
// nobody's earlier orders.
func (h *Handlers) Register(w http.ResponseWriter, r *http.Request) error {
	form := views.RegisterForm{Name: strings.TrimSpace(r.PostForm.Get("name")), Email: strings.TrimSpace(r.PostForm.Get("email")), Next: r.PostForm.Get("next")}
	password := r.PostForm.Get("password")
	command := shop.NewUser{Email: form.Email, Name: form.Name, Role: shop.RoleCustomer, Unproven: true, RequestID: requestID(r)}
	command.By = shop.Actor{Kind: shop.ActorCustomer, Name: form.Name}
	problems := oncePerField(fieldsOf(command.Check()), fieldsOf(shop.CheckPassword(password)))
	if problems != nil {
		h.renderRegister(w, r, http.StatusUnprocessableEntity, form, problems)
		return nil
	}
	if h.SignIn.perNewcomer.OnLimit(w, r, middleware.GetClientIP(r.Context())) {
		h.renderRegister(w, r, http.StatusTooManyRequests, form, []shop.FieldError{{Message: "Many accounts were opened from your network just now. Please wait 15 minutes and try again."}})
		return nil
	}
	var err error
	if command.PasswordHash, err = h.SignIn.passwords.Hash(r.Context(), password); err != nil {
		return err
	}
	user, err := h.Store.CreateUser(r.Context(), command)
	if shop.CodeOf(err) == shop.CodeInvalid && h.SignIn.begin(w, r, form.Email) {
		if made, same := h.madeBefore(r, command.Clean(), password); same {
			user, err = made, nil
		}
	}
	if problems := fieldsOf(err); problems != nil {
		h.renderRegister(w, r, http.StatusUnprocessableEntity, form, problems)
		return nil
	}
	if err != nil {
		return err
	}
	if err := h.beginSession(r, user); err != nil {
		return err
	}
	h.flash(r, "Welcome, "+user.Name+". Your account is open.")
	next := form.Next
	if next == "" {
		next = urls.Products()
	}
	return redirect(w, r, landing(user.Role, next))
}
