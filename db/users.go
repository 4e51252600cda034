package db

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// UserByID returns an account, disabled or not. An unknown id is CodeNotFound.
func (s *Store) UserByID(ctx context.Context, id int64) (shop.User, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.User, error) {
		row, err := s.q.UserByID(ctx, tx, id)
		if errors.Is(err, pgx.ErrNoRows) {
			return shop.User{}, shop.NotFound("user")
		}
		return userOf(row), err
	})
}

// UserByEmail returns an account and its password hash, for sign-in. An unknown address is CodeNotFound.
func (s *Store) UserByEmail(ctx context.Context, email string) (user shop.User, passwordHash string, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		row, err := s.q.UserByEmail(ctx, tx, email)
		if errors.Is(err, pgx.ErrNoRows) {
			return shop.NotFound("user")
		}
		user, passwordHash = userOf(sqlc.UserByIDRow(row)), row.PasswordHash
		return err
	})
	return user, passwordHash, err
}

// UserLoggedIn remembers when the account was last signed in to.
func (s *Store) UserLoggedIn(ctx context.Context, id int64, now time.Time) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		return s.q.UserLoggedIn(ctx, tx, sqlc.UserLoggedInParams{ID: id, Now: now})
	})
}

func userOf(r sqlc.UserByIDRow) shop.User {
	return shop.User{
		ID: r.ID, Email: r.Email, Name: r.Name, Role: shop.Role(r.Role), MerchantID: orZeroID(r.MerchantID), MerchantName: r.MerchantName,
		CustomerID: orZeroID(r.CustomerID), SessionEpoch: r.SessionEpoch, Disabled: r.DisabledAt != nil, LastLoginAt: orZero(r.LastLoginAt), CreatedAt: r.CreatedAt,
	}
}
