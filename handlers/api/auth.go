package api

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"waybill/shop"
)

const (
	// keyReuse is how long a key that was found valid is believed without looking again: thousands of orders a second
	// must not each ask for it. A key that ends is forgotten at once by ForgetKeys; should nobody tell, it works for at
	// most this long.
	keyReuse     = 5 * time.Second
	maxKnownKeys = 10_000 // beyond it, nothing is remembered until older entries have ended
	keyTimeout   = 5 * time.Second
)

// keyCache remembers, by the hash of their secrets, the keys that were found valid a moment ago.
type keyCache struct {
	mu    sync.RWMutex
	known map[[sha256.Size]byte]knownKey
	// forgotten is how often all was forgotten: what was asked before that must not be remembered after it.
	forgotten int
	asked     *singleflight.Group // many requests with one key ask once
}

type knownKey struct {
	key   shop.APIKey
	until time.Time
}

func newKeyCache() keyCache {
	return keyCache{known: map[[sha256.Size]byte]knownKey{}, asked: new(singleflight.Group)}
}

func (c *keyCache) find(hash [sha256.Size]byte, now time.Time) (shop.APIKey, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	known, ok := c.known[hash]
	return known.key, ok && now.Before(known.until)
}

// state is what remember is to be given of before the key was looked up.
func (c *keyCache) state() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.forgotten
}

func (c *keyCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgotten++
	clear(c.known)
}

func (c *keyCache) remember(hash [sha256.Size]byte, key shop.APIKey, now time.Time, asked int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if asked != c.forgotten {
		return
	}
	if len(c.known) >= maxKnownKeys {
		for old, known := range c.known {
			if !now.Before(known.until) {
				delete(c.known, old)
			}
		}
	}
	if len(c.known) < maxKnownKeys {
		c.known[hash] = knownKey{key, now.Add(keyReuse)}
	}
}

type keyContext struct{}

// keyOf is the key of a request that passed Authenticate.
func keyOf(ctx context.Context) shop.APIKey {
	key, _ := ctx.Value(keyContext{}).(shop.APIKey)
	return key
}

// Authenticate lets requests with a valid API key pass, as often as the key may. It comes before anything of the body is
// read.
func (a *API) Authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, err := a.authenticate(r)
		if shop.CodeOf(err) == shop.CodeUnauthenticated {
			w.Header().Set("WWW-Authenticate", challenge(r))
		}
		if err == nil {
			a.NoteKey(r.Context(), key.ID)
			err = a.limits.take(w.Header(), key, a.Store.Now())
		}
		if err != nil {
			a.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), keyContext{}, key)))
	})
}

func (a *API) authenticate(r *http.Request) (shop.APIKey, error) {
	secret, ok := bearer(r)
	if !ok {
		return shop.APIKey{}, &shop.Error{Code: shop.CodeUnauthenticated, Message: "Send your API key in the header Authorization: Bearer KEY."}
	}
	hash := sha256.Sum256([]byte(secret))
	if key, ok := a.keys.find(hash, a.Store.Now()); ok {
		return key, nil
	}
	// Others wait for this answer, so it must not end with the request that happened to ask.
	ctx := context.WithoutCancel(r.Context())
	found, err, _ := a.keys.asked.Do(string(hash[:]), func() (any, error) { return a.lookUp(ctx, secret, hash) })
	key, _ := found.(shop.APIKey)
	return key, err
}

func (a *API) lookUp(ctx context.Context, secret string, hash [sha256.Size]byte) (shop.APIKey, error) {
	ctx, cancel := context.WithTimeout(ctx, keyTimeout)
	defer cancel()
	asked := a.keys.state()
	key, err := a.Store.AuthenticateAPIKey(ctx, secret)
	if err == nil {
		a.keys.remember(hash, key, a.Store.Now(), asked)
	}
	return key, err
}

// ForgetKeys has every key looked up again that is used from now on. It is to be called when one has ended.
func (a *API) ForgetKeys() { a.keys.forget() }

// bearer returns the token of the Authorization header (RFC 6750). The scheme's name has no case.
func bearer(r *http.Request) (token string, ok bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(scheme, "Bearer") && token != ""
}

// challenge tells what is missing: a key, or a better one.
func challenge(r *http.Request) string {
	if _, sent := bearer(r); sent {
		return `Bearer realm="waybill", error="invalid_token"`
	}
	return `Bearer realm="waybill"`
}
