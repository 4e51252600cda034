package db

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// apiKeyUsedEvery is how far the time of last use may lag behind: writing it for each request would make every read a
// write.
const apiKeyUsedEvery = time.Minute

// CreateAPIKey makes a key and returns it with its secret, which nobody can read again. Problems are CodeInvalid.
func (s *Store) CreateAPIKey(ctx context.Context, command shop.NewAPIKey) (key shop.APIKey, secret string, err error) {
	if err := command.Check(); err != nil {
		return shop.APIKey{}, "", err
	}
	secret, prefix := shop.NewAPIKeySecret()
	hash := sha256.Sum256([]byte(secret))
	key, err = inTxValue(ctx, s, func(tx pgx.Tx) (shop.APIKey, error) {
		key := shop.APIKey{
			Name: cmp.Or(strings.TrimSpace(command.Name), string(command.Role)+" key"), Prefix: prefix, Role: command.Role,
			MerchantID: command.MerchantID, CustomerID: command.CustomerID, RatePerMinute: command.RatePerMinute, CreatedAt: s.Now(),
		}
		var err error
		key.ID, err = s.q.APIKeyAdd(ctx, tx, sqlc.APIKeyAddParams{
			Name: key.Name, KeyPrefix: prefix, KeyHash: hash[:], Role: string(key.Role), MerchantID: key.MerchantID, CustomerID: key.CustomerID,
			RatePerMinute: int32(key.RatePerMinute), Now: key.CreatedAt, //nolint:gosec // Check bounds it
		})
		if err != nil {
			return shop.APIKey{}, err
		}
		return key, s.audit(ctx, tx, auditEntry{
			at: key.CreatedAt, actor: command.Actor, action: "api_key.created", subject: apiKeySubject(key.ID),
			data: map[string]any{"name": key.Name, "role": key.Role, "prefix": prefix}, requestID: command.RequestID,
		})
	})
	if err != nil {
		return shop.APIKey{}, "", err
	}
	return key, secret, nil
}

// AuthenticateAPIKey returns the key with that secret. A secret that is unknown, revoked, or of a merchant or customer
// who was removed is CodeUnauthenticated, after the same work.
func (s *Store) AuthenticateAPIKey(ctx context.Context, secret string) (shop.APIKey, error) {
	hash := sha256.Sum256([]byte(secret))
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.APIKey, error) {
		row, err := s.q.APIKeyByHash(ctx, tx, hash[:])
		if errors.Is(err, pgx.ErrNoRows) {
			return shop.APIKey{}, &shop.Error{Code: shop.CodeUnauthenticated, Message: "This API key is not valid."}
		}
		if err != nil {
			return shop.APIKey{}, err
		}
		key, now := apiKeyOf(row), s.Now()
		if stale := now.Add(-apiKeyUsedEvery); !key.LastUsedAt.After(stale) {
			key.LastUsedAt = now
			err = s.q.APIKeyUsed(ctx, tx, sqlc.APIKeyUsedParams{ID: key.ID, Now: now, StaleAt: stale})
		}
		return key, err
	})
}

// RevokeAPIKey ends a key for good. Revoking it again changes nothing; an unknown one is CodeNotFound.
func (s *Store) RevokeAPIKey(ctx context.Context, id int64, actor shop.Actor, requestID string) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		now := s.Now()
		revoked, err := s.q.APIKeyRevoke(ctx, tx, sqlc.APIKeyRevokeParams{ID: id, Now: now})
		if errors.Is(err, pgx.ErrNoRows) {
			return shop.NotFound("API key")
		}
		if err != nil || !revoked.IsNew {
			return err
		}
		return s.audit(ctx, tx, auditEntry{
			at: now, actor: actor, action: "api_key.revoked", subject: apiKeySubject(id),
			data: map[string]any{"name": revoked.Name}, requestID: requestID,
		})
	})
}

// APIKeys lists the newest keys, revoked ones too, at most shop.MaxAPIKeysListed.
func (s *Store) APIKeys(ctx context.Context) ([]shop.APIKey, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.APIKey, error) {
		rows, err := s.q.APIKeysNewest(ctx, tx, shop.MaxAPIKeysListed)
		keys := make([]shop.APIKey, len(rows))
		for i, row := range rows {
			keys[i] = apiKeyOf(row)
		}
		return keys, err
	})
}

// MerchantIDOf returns the id of the merchant that somebody names by slug or id. Unknown is CodeInvalid.
func (s *Store) MerchantIDOf(ctx context.Context, ref string) (int64, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (int64, error) {
		id, err := s.q.APIKeyMerchant(ctx, tx, ref)
		if errors.Is(err, pgx.ErrNoRows) {
			return 0, shop.Invalid("merchant", "There is no merchant with the slug or id "+strconv.Quote(ref)+".")
		}
		return id, err
	})
}

// CustomerIDOf returns the id of the customer that somebody names by id or e-mail address. Unknown is CodeInvalid.
func (s *Store) CustomerIDOf(ctx context.Context, ref string) (int64, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (id int64, err error) {
		if number, notNumber := strconv.ParseInt(ref, 10, 64); notNumber == nil {
			var row sqlc.CustomerByIDRow
			row, err = s.q.CustomerByID(ctx, tx, number)
			id = row.ID
		} else {
			id, err = s.q.CustomerByEmail(ctx, tx, ref)
		}
		if errors.Is(err, pgx.ErrNoRows) {
			return 0, shop.Invalid("customer", "There is no customer with the id or e-mail address "+strconv.Quote(ref)+".")
		}
		return id, err
	})
}

func apiKeySubject(id int64) string { return "api_key:" + strconv.FormatInt(id, 10) }

func apiKeyOf(r sqlc.ApiKey) shop.APIKey {
	key := shop.APIKey{
		ID: r.ID, Name: r.Name, Prefix: r.KeyPrefix, Role: shop.Role(r.Role), MerchantID: orZeroID(r.MerchantID), CustomerID: orZeroID(r.CustomerID),
		CreatedAt: r.CreatedAt, LastUsedAt: orZero(r.LastUsedAt), RevokedAt: orZero(r.RevokedAt),
	}
	if r.RatePerMinute != nil {
		key.RatePerMinute = int(*r.RatePerMinute)
	}
	return key
}
