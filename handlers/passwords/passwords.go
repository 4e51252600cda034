// Package passwords hashes passwords with argon2id and checks them, a few at a time.
package passwords

import (
	"context"
	"time"

	"github.com/alexedwards/argon2id"

	"waybill/shop"
)

// maxConcurrent hashes are computed at once. Each takes 19 MiB and a core for about 20 ms; without a bound, a burst of
// sign-ins would take all memory and all cores.
const maxConcurrent = 3

// params are the minimum that OWASP recommends for argon2id (Password Storage Cheat Sheet): 19 MiB, two passes, one lane.
var params = argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// decoy is the hash of a password that nobody has, made with params. Checking against it takes as long as against a real
// one, so that the time of an answer does not tell which accounts exist.
const decoy = "$argon2id$v=19$m=19456,t=2,p=1$GO9af9+yvgRQO57gYfuhoQ$WuR9uqgVFTHX/6QuAjNE7imXnJeuhtDzY0uij3vpEoI"

// Hasher hashes and checks passwords. It is safe for concurrent use.
type Hasher struct{ turns chan struct{} }

// NewHasher returns a Hasher that works on a bounded number of passwords at once.
func NewHasher() *Hasher { return &Hasher{turns: make(chan struct{}, maxConcurrent)} }

// Hash returns the encoded hash of a password. It waits for its turn until ctx ends: CodeUnavailable.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := h.wait(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	return argon2id.CreateHash(password, &params)
}

// Matches tells whether the password belongs to the encoded hash. An empty hash, that of an account that does not exist,
// never matches and takes as long. It waits for its turn until ctx ends: CodeUnavailable.
func (h *Hasher) Matches(ctx context.Context, password, hash string) (bool, error) {
	if err := h.wait(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	if hash == "" {
		_, err := argon2id.ComparePasswordAndHash(password, decoy)
		return false, err
	}
	return argon2id.ComparePasswordAndHash(password, hash)
}

func (h *Hasher) wait(ctx context.Context) error {
	select {
	case h.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return shop.Unavailable("Too many people are signing in right now. Please try again in a moment.", time.Second)
	}
}

func (h *Hasher) leave() { <-h.turns }
