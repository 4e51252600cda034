package shop

import (
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of API keys.
const (
	MaxAPIKeyName    = 200       // characters
	MaxRatePerMinute = 1_000_000 // a limit above it limits nothing
	MaxAPIKeysListed = 1_000

	apiKeyMark        = "wbk_" // lets scanners of source code recognise a leaked key
	apiKeyBytes       = 32
	apiKeyPrefixShown = len(apiKeyMark) + 6
)

// APIKey is what a program signs in with, and as whom. The secret itself is told once, when the key is made.
type APIKey struct {
	ID            int64
	Name          string
	Prefix        string // the first characters of the secret, to recognise the key in a list
	Role          Role
	MerchantID    int64 // set for merchant keys only
	CustomerID    int64 // set for customer keys only
	RatePerMinute int   // requests; 0: not limited
	CreatedAt     time.Time
	LastUsedAt    time.Time // zero: never; at most a minute behind
	RevokedAt     time.Time // zero: in force
}

// Actor is the key as an author of events.
func (k APIKey) Actor() Actor { return Actor{Kind: ActorIntegration, ID: k.ID, Name: k.Name} }

// Scope is which orders the key may see: customer and merchant keys their own, the others all.
func (k APIKey) Scope() OrderScope {
	return OrderScope{CustomerID: k.CustomerID, MerchantID: k.MerchantID}
}

// NewAPIKey asks for a key. A merchant key has a merchant, a customer key a customer, any other neither.
type NewAPIKey struct {
	Name          string // empty: called after its role
	Role          Role
	MerchantID    int64
	CustomerID    int64
	RatePerMinute int // requests; 0: not limited
	Actor         Actor
	RequestID     string
}

// Check refuses what cannot be a key, as CodeInvalid.
func (k NewAPIKey) Check() error {
	var fields []FieldError
	if _, err := ParseRole(string(k.Role)); err != nil {
		fields = append(fields, FieldError{"role", "The role must be one of customer, merchant, finance, support and admin."})
	}
	if (k.Role == RoleMerchant) != (k.MerchantID > 0) {
		fields = append(fields, FieldError{"merchant", "A merchant key needs a merchant, and only a merchant key has one."})
	}
	if (k.Role == RoleCustomer) != (k.CustomerID > 0) {
		fields = append(fields, FieldError{"customer", "A customer key needs a customer, and only a customer key has one."})
	}
	if utf8.RuneCountInString(k.Name) > MaxAPIKeyName {
		fields = append(fields, FieldError{"name", fmt.Sprintf("The name can have at most %d characters.", MaxAPIKeyName)})
	}
	if k.RatePerMinute < 0 || k.RatePerMinute > MaxRatePerMinute {
		fields = append(fields, FieldError{"rate", fmt.Sprintf("The rate must be between 0 (not limited) and %d requests a minute.", MaxRatePerMinute)})
	}
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}

// NewAPIKeySecret makes the secret of a key from 256 random bits, and the part of it that may be shown later.
func NewAPIKeySecret() (secret, prefix string) {
	var random [apiKeyBytes]byte
	_, _ = rand.Read(random[:]) // never fails; see its documentation
	secret = apiKeyMark + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random[:]))
	return secret, secret[:apiKeyPrefixShown]
}
