package db

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

const pruneBatch = 5_000 // keys deleted in one transaction

// once runs fn in a transaction under an idempotency key that is committed with its effect. The same key and request
// again returns the stored result and replayed = true; a request that arrives while the first runs waits for it; a
// failed one leaves no trace of its key.
func once[T any](ctx context.Context, s *Store, key shop.IdempotencyKey, fn func(tx pgx.Tx) (T, error)) (value T, replay bool, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		replay = false
		claimed, err := s.q.IdempotencyClaim(ctx, tx, sqlc.IdempotencyClaimParams{Scope: key.Scope, Key: key.Key, RequestHash: key.Hash[:], Now: s.Now()})
		if err != nil {
			return err
		}
		if claimed == 0 {
			stored, err := s.q.IdempotencyFind(ctx, tx, sqlc.IdempotencyFindParams{Scope: key.Scope, Key: key.Key})
			if err != nil {
				return err
			}
			replay = true
			value, err = replayed[T](key, stored.RequestHash, stored.Result)
			return err
		}
		if value, err = fn(tx); err != nil {
			return err
		}
		result, err := json.Marshal(value)
		if err != nil {
			return err
		}
		return s.q.IdempotencyStore(ctx, tx, sqlc.IdempotencyStoreParams{Scope: key.Scope, Key: key.Key, Result: result})
	})
	if err != nil {
		var zero T
		return zero, false, err
	}
	return value, replay, nil
}

// PruneIdempotencyKeys deletes a bounded number of keys older than ttl and returns how many; call again until zero.
func (s *Store) PruneIdempotencyKeys(ctx context.Context, ttl time.Duration) (int64, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (int64, error) {
		return s.q.IdempotencyPrune(ctx, tx, sqlc.IdempotencyPruneParams{Before: s.Now().Add(-ttl), RowLimit: pruneBatch})
	})
}

// replayed decodes a stored result, or refuses a key that was used for another request.
func replayed[T any](key shop.IdempotencyKey, hash, result []byte) (T, error) {
	var value T
	if string(hash) != string(key.Hash[:]) {
		return value, shop.IdempotencyMismatch()
	}
	if err := json.Unmarshal(result, &value); err != nil {
		return value, fmt.Errorf("decode the stored result of key %q: %w", key.Key, err)
	}
	return value, nil
}
