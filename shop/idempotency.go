package shop

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
)

// MaxIdempotencyKey is the longest idempotency key in bytes.
const MaxIdempotencyKey = 255

// IdempotencyKey makes a request repeatable. Scope says whose key it is ("key:12", "customer:7"), so that two callers
// never meet; Hash is the fingerprint of the request, so that a key cannot be reused for something else.
type IdempotencyKey struct {
	Scope string
	Key   string
	Hash  [sha256.Size]byte
}

// NewIdempotencyKey fingerprints request, a value that encoding/json can encode, under the given key.
// A key that is empty, too long or not printable ASCII is CodeInvalid.
func NewIdempotencyKey(scope, key string, request any) (IdempotencyKey, error) {
	if key == "" || len(key) > MaxIdempotencyKey {
		return IdempotencyKey{}, Invalid("Idempotency-Key", fmt.Sprintf("The idempotency key must have 1 to %d characters.", MaxIdempotencyKey))
	}
	for _, c := range []byte(key) {
		if c < ' ' || c > '~' {
			return IdempotencyKey{}, Invalid("Idempotency-Key", "The idempotency key must be printable ASCII.")
		}
	}
	body, err := json.Marshal(request)
	if err != nil {
		return IdempotencyKey{}, fmt.Errorf("fingerprint the request: %w", err)
	}
	return IdempotencyKey{Scope: scope, Key: key, Hash: sha256.Sum256(body)}, nil
}
