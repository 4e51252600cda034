package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// Sessions is where browsers' sessions are kept, by the hashes of their tokens. What is in them is the caller's. Each
// method is one round trip, which is a transaction by itself: they are part of every page, where more round trips count.
type Sessions struct {
	pool    *pgxpool.Pool
	q       *sqlc.Queries
	plain   gather[sessionAsked, FoundSession] // with the revision of an order, if one is asked for
	history gather[sessionAsked, FoundSession] // with that of all orders
}

// NewSessions returns the sessions of a database.
func NewSessions(pool *pgxpool.Pool) *Sessions {
	s := &Sessions{pool: pool, q: sqlc.New()}
	s.plain.read, s.history.read = s.find, s.findWithHistory
	return s
}

type sessionAsked struct {
	token string
	order shop.OrderID
}

// FoundSession is a session with what was read beside it.
type FoundSession struct {
	Living   bool // or else there is no such session, and nothing else
	Data     []byte
	User     shop.User     // who is signed in, disabled or not; zero for nobody, or for somebody whom the session was last kept without
	Revision shop.Revision // of what the page is about
}

// Find looks for a session, and at the revision of what the page is about. Pages that ask at about the same time share a
// statement.
func (s *Sessions) Find(ctx context.Context, token string, about shop.Subject) (FoundSession, error) {
	from := &s.plain
	if about.History {
		from = &s.history
	}
	return from.get(ctx, sessionAsked{token, about.OrderID})
}

func (s *Sessions) find(ctx context.Context, asked []sessionAsked) (found []FoundSession, err error) {
	tokens, orders := make([]string, len(asked)), make([]int64, len(asked))
	for i, a := range asked {
		tokens[i], orders[i] = a.token, int64(a.order)
	}
	err = s.readByIndex(ctx, func(ctx context.Context, tx sqlc.DBTX) error {
		rows, err := s.q.SessionsFind(ctx, tx, sqlc.SessionsFindParams{Tokens: tokens, OrderIds: orders})
		found = foundSessions(len(asked), rows)
		return err
	})
	return found, err
}

func (s *Sessions) findWithHistory(ctx context.Context, asked []sessionAsked) (found []FoundSession, err error) {
	tokens := make([]string, len(asked))
	for i, a := range asked {
		tokens[i] = a.token
	}
	err = s.readByIndex(ctx, func(ctx context.Context, tx sqlc.DBTX) error {
		rows, err := s.q.SessionsFindWithHistory(ctx, tx, tokens)
		found = foundSessions(len(asked), convertRows(rows, func(r sqlc.SessionsFindWithHistoryRow) sqlc.SessionsFindRow { return sqlc.SessionsFindRow(r) }))
		return err
	})
	return found, err
}

// readByIndex runs a read, whose plan is kept, in one round trip. Revisions are as few as a page of a table in the morning,
// and a plan made then must not read all of them at noon.
func (s *Sessions) readByIndex(ctx context.Context, read read) error {
	return inOneTrip(ctx, s.pool, func(ctx context.Context, tx sqlc.DBTX) error {
		_, err := s.q.PlansByIndex(ctx, tx)
		return err
	}, read)
}

// foundSessions puts the rows to the places where they were asked for.
func foundSessions(asked int, rows []sqlc.SessionsFindRow) []FoundSession {
	found := make([]FoundSession, asked)
	for _, r := range rows {
		found[r.Place-1] = FoundSession{
			Living: true, Data: r.Data, Revision: shop.Revision{Changes: r.Changes, Digest: r.Digest},
			User: shop.User{
				ID: r.UserID, Email: r.Email, Name: r.Name, Role: shop.Role(r.Role), MerchantID: r.MerchantID, MerchantName: r.MerchantName,
				CustomerID: r.CustomerID, SessionEpoch: r.SessionEpoch, Disabled: r.Disabled, LastLoginAt: orZero(r.LastLoginAt), CreatedAt: orZero(r.CreatedAt),
			},
		}
	}
	return found
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
