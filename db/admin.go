package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// Users returns a page of accounts by id, and whether more follow.
func (s *Store) Users(ctx context.Context, q shop.UsersQuery) (page []shop.User, more bool, err error) {
	limit := int32(pageSize(q.Limit) + 1) //nolint:gosec // pageSize bounds it
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		rows, err := s.userRows(ctx, tx, q, limit)
		page = convertRows(rows, userOf)
		return err
	})
	if len(page) == int(limit) {
		return page[:limit-1], true, err
	}
	return page, false, err
}

func (s *Store) userRows(ctx context.Context, tx pgx.Tx, q shop.UsersQuery, limit int32) ([]sqlc.UserByIDRow, error) {
	switch {
	case q.Text != "":
		rows, err := s.q.UsersByEmailPage(ctx, tx, sqlc.UsersByEmailPageParams{Pattern: prefixPattern(q.Text), Role: string(q.Role), After: q.After, RowLimit: limit})
		return convertRows(rows, func(r sqlc.UsersByEmailPageRow) sqlc.UserByIDRow { return sqlc.UserByIDRow(r) }), err
	case q.Role != "":
		rows, err := s.q.UsersOfRolePage(ctx, tx, sqlc.UsersOfRolePageParams{Role: string(q.Role), After: q.After, RowLimit: limit})
		return convertRows(rows, func(r sqlc.UsersOfRolePageRow) sqlc.UserByIDRow { return sqlc.UserByIDRow(r) }), err
	}
	rows, err := s.q.UsersPage(ctx, tx, sqlc.UsersPageParams{After: q.After, RowLimit: limit})
	return convertRows(rows, func(r sqlc.UsersPageRow) sqlc.UserByIDRow { return sqlc.UserByIDRow(r) }), err
}

// ChangeAccount carries out an account action and writes it to the audit log. An unknown account is CodeNotFound;
// disabling a disabled one, or enabling an enabled one, changes nothing. Nobody can disable themselves or the last
// administrator: CodeConflict.
func (s *Store) ChangeAccount(ctx context.Context, c shop.ChangeAccount) error {
	if err := c.Check(); err != nil {
		return err
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		user, err := s.q.UserLock(ctx, tx, c.UserID)
		if errors.Is(err, pgx.ErrNoRows) {
			return shop.NotFound("user")
		}
		if err != nil {
			return err
		}
		changed, err := s.changeAccount(ctx, tx, c, user)
		if err != nil || changed == 0 {
			return err
		}
		return s.audit(ctx, tx, auditEntry{
			at: s.Now(), actor: c.By.Actor(), action: "user." + string(c.Action), subject: fmt.Sprintf("user:%d", c.UserID), requestID: c.RequestID,
			data: map[string]any{"email": user.Email},
		})
	})
}

func (s *Store) changeAccount(ctx context.Context, tx pgx.Tx, c shop.ChangeAccount, user sqlc.UserLockRow) (int64, error) {
	now := s.Now()
	switch c.Action {
	case shop.AccountDisable:
		if err := s.keepAnAdmin(ctx, tx, user); err != nil {
			return 0, err
		}
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

// keepAnAdmin refuses to disable the last administrator. Two who disable each other at once are kept apart by a lock
// that every such change takes.
func (s *Store) keepAnAdmin(ctx context.Context, tx pgx.Tx, user sqlc.UserLockRow) error {
	if user.Role != string(shop.RoleAdmin) {
		return nil
	}
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('waybill.keep_an_admin'))"); err != nil {
		return err
	}
	left, err := s.q.AdminsLeft(ctx, tx, user.ID)
	if err == nil && left == 0 {
		err = shop.Conflict("This is the last administrator. Make another one first.")
	}
	return err
}

// Audit returns a page of the audit log, newest first, and whether older entries follow.
func (s *Store) Audit(ctx context.Context, q shop.AuditQuery) (page []shop.AuditEntry, more bool, err error) {
	limit := pageSize(q.Limit)
	where := auditConditions(q)
	where.set("row_limit", limit+1)
	err = s.report(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT a.id FROM audit_log a"+where.where()+" ORDER BY a.id DESC LIMIT @row_limit", where.args)
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return err
		}
		entries, err := s.q.AuditByIDs(ctx, tx, ids)
		page = make([]shop.AuditEntry, len(entries))
		for i, r := range entries {
			page[i] = auditEntryOf(r)
		}
		return err
	})
	if err != nil {
		return nil, false, err
	}
	if len(page) > limit {
		page, more = page[:limit], true
	}
	return page, more, nil
}

func auditConditions(q shop.AuditQuery) *conditions {
	c := &conditions{}
	if q.Action != "" {
		c.add("a.action LIKE @action", "action", strings.TrimPrefix(containsPattern(q.Action), "%"))
	}
	if q.Subject != "" {
		c.add("a.subject = @subject", "subject", q.Subject)
	}
	if q.Actor != "" {
		c.add("a.actor_name = @actor", "actor", q.Actor)
	}
	if q.Before > 0 {
		c.add("a.id < @before", "before", q.Before)
	}
	return c
}

func auditEntryOf(r sqlc.AuditLog) shop.AuditEntry {
	entry := shop.AuditEntry{
		ID: r.ID, At: r.At, Actor: shop.Actor{Kind: shop.ActorKind(r.ActorKind), ID: r.ActorID, Name: r.ActorName},
		Action: r.Action, Subject: r.Subject, Data: map[string]string{}, RequestID: r.RequestID,
	}
	var data map[string]json.RawMessage
	if json.Unmarshal(r.Data, &data) != nil { // what is no object is shown as it stands
		entry.Data["data"] = string(r.Data)
	}
	for key, raw := range data {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			text = string(raw)
		}
		entry.Data[key] = text
	}
	return entry
}

// AdminOverview returns the state of the installation in figures.
func (s *Store) AdminOverview(ctx context.Context) (shop.AdminOverview, error) {
	return reportValue(ctx, s, func(tx pgx.Tx) (shop.AdminOverview, error) {
		now := s.Now()
		f, err := s.q.AdminFigures(ctx, tx, int64(shop.FirstIDAt(now.AddDate(0, 0, -1))))
		if err != nil {
			return shop.AdminOverview{}, err
		}
		overview := shop.AdminOverview{
			Keys: f.Keys, Merchants: f.Merchants, Orders: f.Orders, OpenPayments: f.OpenPayments, Exceptions: f.Exceptions,
			ReadyUntil: shop.MonthStart(now).AddDate(0, int(f.MonthsReady), 0), Database: f.Database, SizeBytes: f.SizeBytes,
		}
		overview.Users, err = s.userCounts(ctx, tx)
		return overview, err
	})
}

// UserCounts returns how many accounts each role has.
func (s *Store) UserCounts(ctx context.Context) ([]shop.UserCount, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.UserCount, error) { return s.userCounts(ctx, tx) })
}

func (s *Store) userCounts(ctx context.Context, tx pgx.Tx) ([]shop.UserCount, error) {
	rows, err := s.q.UserCounts(ctx, tx)
	counts := make([]shop.UserCount, len(rows))
	for i, row := range rows {
		counts[i] = shop.UserCount{Role: shop.Role(row.Role), Users: row.Users, Disabled: row.Disabled}
	}
	return counts, err
}
