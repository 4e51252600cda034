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

// FoundSession is a living session with what was read beside it.
type FoundSession struct {
	Data     []byte
	User     shop.User          // who is signed in, disabled or not; zero for nobody, or for somebody whom the session was last kept without
	Revision shop.OrderRevision // of the order that was asked for
}

// Find looks for a living session and, for a page about an order, at the order's revision; 0 is no order. found is false
// when there is no such session.
func (s *Sessions) Find(ctx context.Context, token string, order shop.OrderID) (session FoundSession, found bool, err error) {
	if order != 0 {
		row, err := s.q.SessionFindWithOrder(ctx, s.pool, sqlc.SessionFindWithOrderParams{Token: token, OrderID: int64(order)})
		session.Revision = shop.OrderRevision{Changes: row.Changes, Xids: row.Xids}
		session.Data, session.User = row.Data, sessionUser(sqlc.SessionFindRow{
			UserID: row.UserID, Email: row.Email, Name: row.Name, Role: row.Role, MerchantID: row.MerchantID, MerchantName: row.MerchantName,
			CustomerID: row.CustomerID, SessionEpoch: row.SessionEpoch, Disabled: row.Disabled, LastLoginAt: row.LastLoginAt, CreatedAt: row.CreatedAt,
		})
		return foundSession(session, err)
	}
	row, err := s.q.SessionFind(ctx, s.pool, token)
	session.Data, session.User = row.Data, sessionUser(row)
	return foundSession(session, err)
}

func foundSession(session FoundSession, err error) (FoundSession, bool, error) {
	if errors.Is(err, pgx.ErrNoRows) {
		return FoundSession{}, false, nil
	}
	return session, err == nil, err
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
