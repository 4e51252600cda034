package db

import (
	"context"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// Users returns one page of the accounts in order of their ids, of one role or of all, and whether more follow.
func (s *Store) Users(ctx context.Context, role shop.Role, after int64, limit int) (page []shop.User, more bool, err error) {
	limit = pageSize(limit)
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		rows, err := s.q.UsersList(ctx, tx, sqlc.UsersListParams{Role: string(role), After: after, RowLimit: int32(limit) + 1})
		page = make([]shop.User, 0, len(rows))
		for _, row := range rows {
			page = append(page, userOf(sqlc.UserByIDRow(row)))
		}
		return err
	})
	if more = len(page) > limit; more {
		page = page[:limit]
	}
	return page, more, err
}

// UserCounts returns how many accounts each role has.
func (s *Store) UserCounts(ctx context.Context) ([]shop.UserCount, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.UserCount, error) {
		rows, err := s.q.UserCounts(ctx, tx)
		counts := make([]shop.UserCount, len(rows))
		for i, row := range rows {
			counts[i] = shop.UserCount{Role: shop.Role(row.Role), Users: row.Users, Disabled: row.Disabled}
		}
		return counts, err
	})
}

// ChangeAccount carries out an account action and writes it to the audit log. An unknown account is CodeNotFound;
// disabling a disabled one, or enabling an enabled one, changes nothing.
func (s *Store) ChangeAccount(ctx context.Context, c shop.ChangeAccount) error {
	if err := c.Check(); err != nil {
		return err
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := s.q.UserByID(ctx, tx, c.UserID); err == pgx.ErrNoRows {
			return shop.NotFound("user")
		} else if err != nil {
			return err
		}
		changed, err := s.changeAccount(ctx, tx, c)
		if err != nil || changed == 0 {
			return err
		}
		return s.audit(ctx, tx, auditEntry{
			at: s.Now(), actor: c.By.Actor(), action: "user." + string(c.Action), subject: fmt.Sprintf("user:%d", c.UserID), requestID: c.RequestID,
			data: map[string]any{},
		})
	})
}

func (s *Store) changeAccount(ctx context.Context, tx pgx.Tx, c shop.ChangeAccount) (int64, error) {
	now := s.Now()
	switch c.Action {
	case shop.AccountDisable:
		return s.q.UserDisable(ctx, tx, sqlc.UserDisableParams{ID: c.UserID, Now: now})
	case shop.AccountEnable:
		return s.q.UserEnable(ctx, tx, sqlc.UserEnableParams{ID: c.UserID, Now: now})
	case shop.AccountEndSessions:
		return s.q.UserEndSessions(ctx, tx, sqlc.UserEndSessionsParams{ID: c.UserID, Now: now})
	case shop.AccountPassword:
		return s.q.UserSetPassword(ctx, tx, sqlc.UserSetPasswordParams{ID: c.UserID, Now: now, PasswordHash: c.PasswordHash})
	}
	return 0, shop.NotFound("account action")
}

// MerchantNames returns the merchants by name, for a choice.
func (s *Store) MerchantNames(ctx context.Context) ([]shop.NamedID, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.NamedID, error) {
		rows, err := s.q.MerchantNames(ctx, tx, shop.MaxMerchantsListed)
		names := make([]shop.NamedID, len(rows))
		for i, row := range rows {
			names[i] = shop.NamedID{ID: row.ID, Name: row.Name}
		}
		return names, err
	})
}

// AuditLog returns one page of the audit log, newest first, of one action or of all, all actions there are, and whether
// older entries follow. Before is the keyset cursor; 0 starts with the newest.
func (s *Store) AuditLog(ctx context.Context, action string, before int64, limit int) (page []shop.AuditEntry, actions []string, more bool, err error) {
	limit = pageSize(limit)
	if before == 0 {
		before = math.MaxInt64
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		rows, err := s.q.AuditPage(ctx, tx, sqlc.AuditPageParams{Before: before, Action: action, RowLimit: int32(limit) + 1})
		if err != nil {
			return err
		}
		page = make([]shop.AuditEntry, 0, len(rows))
		for _, r := range rows {
			page = append(page, shop.AuditEntry{
				ID: r.ID, At: r.At, Actor: shop.Actor{Kind: shop.ActorKind(r.ActorKind), ID: r.ActorID, Name: r.ActorName},
				Action: r.Action, Subject: r.Subject, Data: string(r.Data), RequestID: r.RequestID,
			})
		}
		actions, err = s.q.AuditActions(ctx, tx)
		return err
	})
	if more = len(page) > limit; more {
		page = page[:limit]
	}
	return page, actions, more, err
}
