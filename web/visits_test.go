package web_test

import (
	"bytes"
	"encoding/gob"
	"net/http"
	"testing"
	"time"

	"waybill/shop"
	"waybill/views/urls"
)

// Two servers on one database: what one of them is told about a session or an account holds on the other at its next page.
func TestEveryServerKnowsAtOnceWhoIsOut(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(s *site, v visitor, id int64)
		status int // of the next page on the other server
	}{
		{"signed out", func(_ *site, v visitor, _ int64) { v.post(urls.Logout()) }, http.StatusSeeOther},
		{"disabled", func(s *site, _ visitor, id int64) { s.changeAccount(id, shop.AccountDisable) }, http.StatusSeeOther},
		{"signed out everywhere", func(s *site, _ visitor, id int64) { s.changeAccount(id, shop.AccountEndSessions) }, http.StatusSeeOther},
		{"another role", func(s *site, _ visitor, id int64) { s.Exec(`UPDATE users SET role = 'finance' WHERE id = $1`, id) }, http.StatusForbidden},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			here := newSite(t)
			there := siteOn(t, here.World)
			user := here.User("admin@example.com", shop.RoleAdmin, 0, 0)
			v := here.as(user)
			w := visitor{there, v.cookie}
			for range 2 { // known on both
				if got := w.get(urls.AdminUsers()).Code; got != http.StatusOK {
					t.Fatalf("the other server answers %d to who is signed in", got)
				}
			}
			tt.change(here, v, user.ID)
			if got := w.get(urls.AdminUsers()).Code; got != tt.status {
				t.Errorf("the other server answers %d, want %d", got, tt.status)
			}
		})
	}
}

// changeAccount does to an account what an administrator can.
func (s *site) changeAccount(id int64, action shop.AccountAction) {
	s.t.Helper()
	other := s.User("second@example.com", shop.RoleAdmin, 0, 0)
	if err := s.Store.ChangeAccount(s.t.Context(), shop.ChangeAccount{UserID: id, Action: action, By: other}); err != nil {
		s.t.Fatal(err)
	}
}

// An upgrade signs nobody out: sessions were gob once, and their rows did not name the account.
func TestSessionsOfAnEarlierVersionLiveOn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	user := s.User("admin@example.com", shop.RoleAdmin, 0, 0)
	v := s.as(user)
	var old bytes.Buffer
	err := gob.NewEncoder(&old).Encode(struct {
		Deadline time.Time
		Values   map[string]any
	}{time.Now().Add(time.Hour), map[string]any{"user_id": user.ID, "user_epoch": user.SessionEpoch}})
	if err != nil {
		t.Fatal(err)
	}
	s.Exec(`UPDATE sessions SET data = $1, user_id = NULL`, old.Bytes())
	for range 2 { // the second time as it was written anew
		if got := v.get(urls.AdminUsers()).Code; got != http.StatusOK {
			t.Fatalf("the session is answered with %d", got)
		}
	}
	if n := s.Int(`SELECT count(*) FROM sessions WHERE user_id = $1`, user.ID); n != 1 {
		t.Errorf("%d sessions name the account after they were used", n)
	}
}
