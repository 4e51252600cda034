package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// UserByID returns an account, disabled or not. An unknown id is CodeNotFound.
func (s *Store) UserByID(ctx context.Context, id int64) (shop.User, error) {
	// One statement is a transaction by itself; this one is part of every page, where two more round trips count.
	row, err := s.q.UserByID(ctx, s.pool, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return shop.User{}, shop.NotFound("user")
	}
	return userOf(row), translate(err)
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

// CreateUser makes an account and returns it. A customer's account belongs to the customer with its e-mail address, who
// is made when there is none. CodeInvalid names the fields: an address that is taken, or unproven and a customer's; a
// merchant that does not exist.
func (s *Store) CreateUser(ctx context.Context, n shop.NewUser) (shop.User, error) {
	n = n.Clean()
	if err := n.Check(); err != nil {
		return shop.User{}, err
	}
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.User, error) {
		now := s.Now()
		add := sqlc.UserAddParams{Email: n.Email, Name: n.Name, PasswordHash: n.PasswordHash, Role: string(n.Role), Now: now}
		add.MerchantID = n.MerchantID
		if n.Role == shop.RoleCustomer {
			var err error
			if add.CustomerID, err = s.customerOf(ctx, tx, n); err != nil {
				return shop.User{}, err
			}
		}
		id, err := s.q.UserAdd(ctx, tx, add)
		if err != nil {
			return shop.User{}, err
		}
		row, err := s.q.UserByID(ctx, tx, id)
		if err != nil {
			return shop.User{}, err
		}
		return userOf(row), s.audit(ctx, tx, auditEntry{
			at: now, actor: n.By, action: "user.created", subject: fmt.Sprintf("user:%d", id), requestID: n.RequestID,
			data: map[string]any{"email": n.Email, "role": n.Role},
		})
	})
}

// customerOf finds the customer that the account is for, or makes one.
func (s *Store) customerOf(ctx context.Context, tx pgx.Tx, n shop.NewUser) (int64, error) {
	id, err := s.q.CustomerByEmail(ctx, tx, n.Email)
	if errors.Is(err, pgx.ErrNoRows) {
		return s.q.CustomerAdd(ctx, tx, sqlc.CustomerAddParams{Email: n.Email, Name: n.Name})
	}
	if err == nil && n.Unproven {
		return 0, shop.Invalid("email", "There are orders or an account with this address. Sign in, or ask the shop to open the account for you")
	}
	return id, err
}
