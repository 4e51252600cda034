package db

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// Sessions is where browsers' sessions are kept, by the hashes of their tokens. What is in them is the caller's. Each
// method is one statement, which is a transaction by itself: they are part of every page, where more round trips count.
type Sessions struct {
	pool *pgxpool.Pool
	q    *sqlc.Queries
}

// NewSessions returns the sessions of a database.
func NewSessions(pool *pgxpool.Pool) *Sessions { return &Sessions{pool: pool, q: sqlc.New()} }

// Find returns the data of a living session and who is signed in, disabled or not; the zero User is nobody, or somebody
// whom the session was last kept without. found is false when there is no such session.
func (s *Sessions) Find(ctx context.Context, token string) (data []byte, user shop.User, found bool, err error) {
	row, err := s.q.SessionFind(ctx, s.pool, token)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, shop.User{}, false, nil
	}
	if err != nil {
		return nil, shop.User{}, false, err
	}
	return row.Data, sessionUser(row), true, nil
}

func sessionUser(r sqlc.SessionFindRow) shop.User {
	return shop.User{
		ID: r.UserID, Email: r.Email, Name: r.Name, Role: shop.Role(r.Role), MerchantID: r.MerchantID, MerchantName: r.MerchantName,
		CustomerID: r.CustomerID, SessionEpoch: r.SessionEpoch, Disabled: r.Disabled, LastLoginAt: orZero(r.LastLoginAt), CreatedAt: orZero(r.CreatedAt),
	}
}

// Keep stores a session until its expiry, with the id of who is signed in, 0 for a guest.
func (s *Sessions) Keep(ctx context.Context, token string, data []byte, expiry time.Time, userID int64) error {
	return s.q.SessionKeep(ctx, s.pool, sqlc.SessionKeepParams{Token: token, Data: data, Expiry: expiry, UserID: userID})
}

// End forgets a session.
func (s *Sessions) End(ctx context.Context, token string) error {
	return s.q.SessionEnd(ctx, s.pool, token)
}

// Sweep forgets the sessions that are over and returns how many there were.
func (s *Sessions) Sweep(ctx context.Context) (int64, error) { return s.q.SessionsSweep(ctx, s.pool) }
