package handlers_test

import (
	"fmt"
	"net/http"
	"testing"

	"waybill/shop"
)

func TestAdminPagesAreForAdmins(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.account("boss@example.com", shop.RoleAdmin, 0, 0)
	s.account("money@example.com", shop.RoleFinance, 0, 0)
	boss, finance := s.visitor(t), s.visitor(t)
	boss.signIn("boss@example.com")
	finance.signIn("money@example.com")
	for address, text := range map[string]string{
		"/admin": "What was changed last", "/admin/verify": "invariants hold", "/admin/users": "boss@example.com", "/admin/merchants": "waybill merchant create --name NAME", "/admin/roles": "Everybody has one role", "/admin/audit": "Audit log",
		"/admin/api-keys": "No keys yet", "/admin/gallery": "Buttons",
	} {
		boss.get(address).wants(http.StatusOK, text)
		finance.get(address).wants(http.StatusForbidden).lacks(text)
		s.visitor(t).get(address).wants(http.StatusSeeOther)
	}
}

func TestAdminMakesDisablesAndSignsOutAccounts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	admin := s.account("boss@example.com", shop.RoleAdmin, 0, 0)
	boss := s.visitor(t)
	boss.signIn("boss@example.com")

	boss.post("/admin/users", "email", "nobody", "role", "merchant", "password", "short").
		wants(http.StatusUnprocessableEntity, "There is a problem", "Enter an e-mail address", "at least 8 characters", "A merchant user needs a merchant")
	if n := s.Int(`SELECT count(*) FROM users`); n != 1 {
		t.Fatalf("%d accounts after a refused form, want 1", n)
	}
	boss.post("/admin/users", "email", "help@example.com", "role", "support", "password", "correct horse").wants(http.StatusSeeOther)
	boss.post("/admin/users", "email", "HELP@example.com", "role", "support", "password", "correct horse").wants(http.StatusUnprocessableEntity, "already in use")
	id := s.Int(`SELECT id FROM users WHERE email = 'help@example.com'`)
	page := fmt.Sprintf("/admin/users/%d", id)

	epoch := s.Int(`SELECT session_epoch FROM users WHERE id = $1`, id)
	boss.post(page + "/disable").wants(http.StatusSeeOther)
	boss.get(page).wants(http.StatusOK, "Disabled", "Enable")
	boss.post(page + "/disable").wants(http.StatusSeeOther)
	boss.post(page + "/enable").wants(http.StatusSeeOther)
	boss.post(page + "/sign-out").wants(http.StatusSeeOther)
	boss.post(page+"/password", "password", "short").wants(http.StatusUnprocessableEntity, "at least 8 characters")
	boss.post(page+"/password", "password", "another good one").wants(http.StatusSeeOther)
	if got := s.Int(`SELECT session_epoch FROM users WHERE id = $1`, id); got != epoch+3 {
		t.Errorf("sessions ended %d times, want 3: disabled once, signed out, password", got-epoch)
	}
	if got := s.Int(`SELECT count(*) FROM audit_log WHERE subject = 'user:' || $1::text`, fmt.Sprint(id)); got != 5 {
		t.Errorf("%d audit entries, want 5: created, disabled, enabled, signed out, password", got)
	}
	boss.post(fmt.Sprintf("/admin/users/%d/disable", admin.ID)).wants(http.StatusConflict, "own account")
	boss.get("/admin/users/999999").wants(http.StatusNotFound)
	boss.get("/admin/users/x").wants(http.StatusNotFound)
	boss.get("/admin/audit?action=user.disable").wants(http.StatusOK, "user.disable")
}

func TestADisabledAccountIsOutAtOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.account("boss@example.com", shop.RoleAdmin, 0, 0)
	out := s.account("out@example.com", shop.RoleFinance, 0, 0)
	boss, person := s.visitor(t), s.visitor(t)
	boss.signIn("boss@example.com")
	person.signIn("out@example.com")
	person.get("/finance").wants(http.StatusOK)
	boss.post(fmt.Sprintf("/admin/users/%d/disable", out.ID)).wants(http.StatusSeeOther)
	person.get("/finance").wants(http.StatusSeeOther)
}

func TestAnAPIKeyIsShownOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.account("boss@example.com", shop.RoleAdmin, 0, 0)
	boss := s.visitor(t)
	boss.signIn("boss@example.com")
	boss.post("/admin/api-keys", "role", "admin", "rate", "lots").wants(http.StatusUnprocessableEntity, "whole number")
	boss.post("/admin/api-keys", "role", "merchant").wants(http.StatusUnprocessableEntity, "There is a problem")
	boss.post("/admin/api-keys", "name", "erp", "role", "admin").wants(http.StatusOK, "wbk_", "Copy it now")
	boss.get("/admin/api-keys").wants(http.StatusOK, "erp", "Revoke").lacks("Copy it now")
	boss.post(fmt.Sprintf("/admin/api-keys/%d/revoke", s.Int(`SELECT id FROM api_keys`))).wants(http.StatusSeeOther)
	boss.get("/admin/api-keys").wants(http.StatusOK, "Revoked")
}
