package passwords

import (
	"context"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"

	"waybill/shop"
)

func TestHashMatchesItsPasswordAlone(t *testing.T) {
	t.Parallel()
	h := NewHasher()
	hash, err := h.Hash(t.Context(), "correct horse battery staple")
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{"correct horse battery staple": true, "correct horse": false, "": false} {
		if got, err := h.Matches(t.Context(), password, hash); err != nil || got != want {
			t.Errorf("Matches(%q) = %t, %v; want %t", password, got, err, want)
		}
	}
}

// The work for an unknown account must be that for a known one: the same parameters, hence the same time and memory.
func TestDecoyCostsWhatARealHashCosts(t *testing.T) {
	t.Parallel()
	made, salt, key, err := argon2id.DecodeHash(decoy)
	if err != nil || *made != params || len(salt) != int(params.SaltLength) || len(key) != int(params.KeyLength) {
		t.Errorf("the decoy was made with %+v (%v), hashes are made with %+v", made, err, params)
	}
	if got, err := NewHasher().Matches(t.Context(), "anything", ""); got || err != nil {
		t.Errorf("an empty hash: %t, %v", got, err)
	}
}

func TestBrokenHashIsAnErrorNotAMatch(t *testing.T) {
	t.Parallel()
	if got, err := NewHasher().Matches(t.Context(), "x", "plaintext"); got || err == nil {
		t.Errorf("Matches = %t, %v", got, err)
	}
}

func TestHashersTakeTurns(t *testing.T) {
	t.Parallel()
	h := NewHasher()
	for range maxConcurrent {
		h.turns <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := h.Matches(ctx, "x", "")
	if shop.CodeOf(err) != shop.CodeUnavailable || !strings.Contains(err.Error(), "signing in") {
		t.Errorf("a full house answers %v", err)
	}
}
