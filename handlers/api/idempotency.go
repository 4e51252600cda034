package api

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"

	"waybill/shop"
)

const idempotencyHeader = "Idempotency-Key"

// fingerprint is what a repeated request must have in common with the first: the operation, whatever it is asked under,
// and its decoded body, however that was written.
type fingerprint struct {
	Operation string
	Body      any
}

// idempotencyKey is the request's key within the scope of its API key. A request without one gets one of its own, and can
// not be repeated.
func idempotencyKey(r *http.Request, key shop.APIKey, body any) (shop.IdempotencyKey, error) {
	sent := r.Header.Values(idempotencyHeader)
	if len(sent) > 1 {
		return shop.IdempotencyKey{}, shop.Invalid(idempotencyHeader, "The idempotency key can be given once.")
	}
	text := rand.Text()
	if len(sent) == 1 {
		text = sent[0]
	}
	return shop.NewIdempotencyKey("key:"+strconv.FormatInt(key.ID, 10), text, fingerprint{r.Method + " " + r.URL.Path, body})
}

// deletionKey is the key of a request that ends one thing for good: asked again, it is answered as it was.
func deletionKey(r *http.Request, key shop.APIKey) shop.IdempotencyKey {
	path := sha256.Sum256([]byte(r.URL.Path))
	return shop.IdempotencyKey{Scope: "key:" + strconv.FormatInt(key.ID, 10) + ":delete", Key: hex.EncodeToString(path[:]), Hash: path}
}
