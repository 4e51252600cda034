package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

const usersPerPage = 50

// AdminUsers is the list of accounts. A merchant in the address is whose staff the form is for.
func (h *Handlers) AdminUsers(w http.ResponseWriter, r *http.Request) error {
	form := views.UserForm{Merchant: r.URL.Query().Get("merchant")}
	if form.Merchant != "" {
		form.Role = string(shop.RoleMerchant)
	}
	return h.renderUsers(w, r, http.StatusOK, form, nil)
}

func (h *Handlers) renderUsers(w http.ResponseWriter, r *http.Request, status int, form views.UserForm, problems []shop.FieldError) error {
	ctx := r.Context()
	role, err := shop.ParseRole(r.URL.Query().Get("role"))
	if err != nil {
		role = "" // an unknown role is no filter
	}
	text := strings.TrimSpace(r.URL.Query().Get("q"))
	list := urls.With(views.UsersURL(role), urls.Query{{Name: "q", Value: text}})
	after, ok := cursor(r)
	if !ok {
		return redirect(w, r, list)
	}
	model := views.UsersModel{Role: role, Text: text, Form: form, Now: h.Store.Now()}
	if model.Counts, err = h.Store.UserCounts(ctx); err != nil {
		return err
	}
	users, more, err := h.Store.Users(ctx, shop.UsersQuery{Role: role, Text: text, After: after, Limit: usersPerPage})
	if err != nil {
		return err
	}
	model.Users = users
	if more {
		model.NextURL = withCursor(list, users[len(users)-1].ID)
	}
	if after != 0 {
		model.FirstURL = list
	}
	page := h.adminPage(r, "Users", urls.AdminUsers())
	page.Errors = problems
	h.render(w, r, status, views.Users(page, model))
	return nil
}

// AdminUserAdd makes an account.
func (h *Handlers) AdminUserAdd(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	form := views.UserForm{Email: f.Get("email"), Name: f.Get("name"), Role: f.Get("role"), Merchant: f.Get("merchant")}
	command := shop.NewUser{Email: form.Email, Name: form.Name, Role: shop.Role(form.Role), By: viewerOf(r.Context()).Actor(), RequestID: requestID(r)}.Clean()
	merchantID, problems, err := h.merchantNamed(r, form.Merchant)
	if err != nil {
		return err
	}
	command.MerchantID = merchantID
	problems = oncePerField(problems, fieldsOf(command.Check()), fieldsOf(shop.CheckPassword(f.Get("password"))))
	if problems != nil {
		return h.renderUsers(w, r, http.StatusUnprocessableEntity, form, problems)
	}
	if command.PasswordHash, err = h.SignIn.passwords.Hash(r.Context(), f.Get("password")); err != nil {
		return err
	}
	user, err := h.Store.CreateUser(r.Context(), command)
	if shop.CodeOf(err) == shop.CodeInvalid {
		if made, same := h.madeBefore(r, command, f.Get("password")); same {
			user, err = made, nil
		}
	}
	if problems := fieldsOf(err); problems != nil {
		return h.renderUsers(w, r, http.StatusUnprocessableEntity, form, problems)
	}
	if err != nil {
		return err
	}
	h.flash(r, user.Email+" can sign in now.")
	return redirect(w, r, urls.AdminUser(user.ID))
}

// madeBefore finds the account that a form is about to make, when the same form has made it: by then the address is taken.
func (h *Handlers) madeBefore(r *http.Request, n shop.NewUser, password string) (shop.User, bool) {
	user, hash, err := h.Store.UserByEmail(r.Context(), n.Email)
	if err != nil || user.Disabled || user.Name != n.Name || user.Role != n.Role || user.MerchantID != n.MerchantID {
		return shop.User{}, false
	}
	matches, err := h.SignIn.passwords.Matches(r.Context(), password, hash)
	return user, err == nil && matches
}

// AdminUser is the page of one account.
func (h *Handlers) AdminUser(w http.ResponseWriter, r *http.Request) error {
	return h.renderUser(w, r, http.StatusOK, nil)
}

func (h *Handlers) renderUser(w http.ResponseWriter, r *http.Request, status int, problems []shop.FieldError) error {
	id, err := accountID(r)
	if err != nil {
		return err
	}
	user, err := h.Store.UserByID(r.Context(), id)
	if err != nil {
		return err
	}
	entries, _, err := h.Reports.Audit(r.Context(), shop.AuditQuery{Subject: "user:" + strconv.FormatInt(id, 10), Limit: auditPerGlance})
	if err != nil {
		return err
	}
	page := h.adminPage(r, user.Name, urls.AdminUsers())
	page.Breadcrumbs = append(page.Breadcrumbs, ui.Crumb{Label: "Users", URL: urls.AdminUsers()})
	page.Errors = problems
	h.render(w, r, status, views.User(page, views.UserModel{User: user, Self: user.ID == viewerOf(r.Context()).ID, Entries: entries, Now: h.Store.Now()}))
	return nil
}

// AdminUserChange returns the handler of an account action.
func (h *Handlers) AdminUserChange(action shop.AccountAction, done string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := accountID(r)
		if err != nil {
			return err
		}
		command := shop.ChangeAccount{UserID: id, Action: action, By: viewerOf(r.Context()), RequestID: requestID(r)}
		if action == shop.AccountPassword {
			password := r.PostForm.Get("password")
			if problems := fieldsOf(shop.CheckPassword(password)); problems != nil {
				return h.renderUser(w, r, http.StatusUnprocessableEntity, problems)
			}
			if command.PasswordHash, err = h.SignIn.passwords.Hash(r.Context(), password); err != nil {
				return err
			}
		}
		err = h.Store.ChangeAccount(r.Context(), command)
		if shop.CodeOf(err) == shop.CodeConflict {
			return h.renderUser(w, r, http.StatusConflict, []shop.FieldError{{Message: messageOf(err)}})
		}
		if err != nil {
			return err
		}
		h.flash(r, done)
		return redirect(w, r, urls.AdminUser(id))
	}
}

// merchantNamed finds the merchant that a form names by short name or id; 0 for none. Problems are about the field.
func (h *Handlers) merchantNamed(r *http.Request, ref string) (id int64, problems []shop.FieldError, err error) {
	if ref = strings.TrimSpace(ref); ref == "" {
		return 0, nil, nil
	}
	id, err = h.Store.MerchantIDOf(r.Context(), ref)
	if shop.CodeOf(err) == shop.CodeInvalid {
		return 0, fieldsOf(err), nil
	}
	return id, nil, err
}

// oncePerField joins problems and keeps the first of each field: a merchant that does not exist is not also missing.
func oncePerField(lists ...[]shop.FieldError) []shop.FieldError {
	var kept []shop.FieldError
	for _, p := range slices.Concat(lists...) {
		if !slices.ContainsFunc(kept, func(k shop.FieldError) bool { return k.Field == p.Field }) {
			kept = append(kept, p)
		}
	}
	return kept
}

func accountID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(chi.URLParam(r, "id"), 10, 64)
	if err != nil {
		return 0, shop.NotFound("user")
	}
	return id, nil
}
