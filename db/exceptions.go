package db

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// Exceptions returns a page of exceptions, newest first, and whether older ones follow.
func (s *Store) Exceptions(ctx context.Context, q shop.ExceptionQuery) (page []shop.Exception, more bool, err error) {
	limit := pageSize(q.Limit)
	where := exceptionConditions(q)
	where.set("row_limit", limit+1)
	err = s.report(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT e.id FROM reconciliation_exceptions e"+where.where()+" ORDER BY e.id DESC LIMIT @row_limit", where.args)
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return err
		}
		found, err := s.q.ExceptionsByIDs(ctx, tx, ids)
		page = make([]shop.Exception, len(found))
		for i, r := range found {
			page[i] = exceptionOf(sqlc.ExceptionByIDRow(r))
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

func exceptionConditions(q shop.ExceptionQuery) *conditions {
	c := &conditions{}
	// The states are written out so that the partial indexes of open and of resolved ones fit.
	if q.Resolved {
		c.clauses = append(c.clauses, "e.status = 'resolved'")
	} else {
		c.clauses = append(c.clauses, "e.status = 'open'")
	}
	if q.Kind != "" {
		c.add("e.kind = @kind", "kind", q.Kind)
	}
	if q.Source != "" {
		c.add("e.source = @source", "source", q.Source)
	}
	if q.OwnerID > 0 {
		c.add("e.owner_user_id = @owner", "owner", q.OwnerID)
	}
	if q.Unowned {
		c.clauses = append(c.clauses, "e.owner_user_id IS NULL")
	}
	if q.Before > 0 {
		c.add("e.id < @before", "before", q.Before)
	}
	return c
}

// ExceptionChoices counts the open (or the resolved) exceptions by kind and source, for filters to offer.
func (s *Store) ExceptionChoices(ctx context.Context, resolved bool) ([]shop.ExceptionChoice, error) {
	return reportValue(ctx, s, func(tx pgx.Tx) ([]shop.ExceptionChoice, error) {
		status := "open"
		if resolved {
			status = "resolved"
		}
		rows, err := s.q.ExceptionChoices(ctx, tx, sqlc.ExceptionChoicesParams{Status: status, RowLimit: maxFilterChoices})
		choices := make([]shop.ExceptionChoice, len(rows))
		for i, r := range rows {
			choices[i] = shop.ExceptionChoice{Kind: r.Kind, Source: r.Source, Exceptions: r.Exceptions}
		}
		return choices, err
	})
}

// Exception returns one exception. An unknown id is CodeNotFound.
func (s *Store) Exception(ctx context.Context, id int64) (shop.Exception, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.Exception, error) { return s.exception(ctx, tx, id) })
}

func (s *Store) exception(ctx context.Context, tx pgx.Tx, id int64) (shop.Exception, error) {
	row, err := s.q.ExceptionByID(ctx, tx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return shop.Exception{}, shop.NotFound("exception")
	}
	return exceptionOf(row), err
}

// OwnException makes somebody responsible for an open exception. FromOwnerID is who had it when they decided: if
// somebody else has it by now, or it is resolved, that is CodeConflict. Taking one's own changes nothing.
func (s *Store) OwnException(ctx context.Context, c shop.OwnException) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		before, err := s.exception(ctx, tx, c.ID)
		if err != nil || (!before.Resolved && before.OwnerID == c.OwnerID) {
			return err
		}
		changed, err := s.q.ExceptionOwn(ctx, tx, sqlc.ExceptionOwnParams{ID: c.ID, OwnerID: c.OwnerID, FromOwnerID: c.FromOwnerID})
		if err != nil {
			return err
		}
		if changed == 0 {
			return s.exceptionMoved(ctx, tx, c.ID)
		}
		return s.audit(ctx, tx, auditEntry{
			at: s.Now(), actor: c.Actor, action: "exception.taken", subject: exceptionSubject(c.ID), requestID: c.RequestID,
			data: map[string]any{"from_owner": before.OwnerName},
		})
	})
}

// ResolveException closes an open exception with the text that says how. An empty or too long text is CodeInvalid; one
// that is resolved already is CodeConflict.
func (s *Store) ResolveException(ctx context.Context, c shop.ResolveException) error {
	c.Resolution = strings.TrimSpace(c.Resolution)
	switch n := utf8.RuneCountInString(c.Resolution); {
	case n == 0:
		return shop.Invalid("resolution", "Say how this was resolved")
	case n > shop.MaxResolution:
		return shop.Invalid("resolution", "The resolution can have at most "+strconv.Itoa(shop.MaxResolution)+" characters")
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		before, err := s.exception(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		now := s.Now()
		changed, err := s.q.ExceptionResolve(ctx, tx, sqlc.ExceptionResolveParams{ID: c.ID, Resolution: c.Resolution, Now: now, OwnerID: c.OwnerID})
		if err != nil {
			return err
		}
		if changed == 0 && before.Resolved && before.Resolution == c.Resolution {
			return nil // the same form once more
		}
		if changed == 0 {
			return s.exceptionMoved(ctx, tx, c.ID)
		}
		return s.audit(ctx, tx, auditEntry{
			at: now, actor: c.Actor, action: "exception.resolved", subject: exceptionSubject(c.ID), requestID: c.RequestID,
			data: map[string]any{"kind": before.Kind, "resolution": c.Resolution, "difference": shop.Amount{Minor: before.DifferenceMinor(), Currency: before.Currency}.Decimal()},
		})
	})
}

// exceptionMoved says what became of an exception that is not as the caller saw it.
func (s *Store) exceptionMoved(ctx context.Context, tx pgx.Tx, id int64) error {
	now, err := s.exception(ctx, tx, id)
	switch {
	case err != nil:
		return err
	case now.Resolved:
		return shop.Conflict("This exception was resolved meanwhile: " + now.Resolution)
	case now.OwnerName != "":
		return shop.Conflict("This exception was taken by " + now.OwnerName + " meanwhile.")
	}
	return shop.Conflict("This exception was given back meanwhile. Please look at it again.")
}

func exceptionSubject(id int64) string { return "exception:" + strconv.FormatInt(id, 10) }

func exceptionOf(r sqlc.ExceptionByIDRow) shop.Exception {
	return shop.Exception{
		ID: r.ID, Kind: r.Kind, Source: r.Source, OrderID: shop.OrderID(orZeroID(r.OrderID)), PaymentID: orZeroID(r.PaymentID), Provider: r.Provider, ProviderRef: r.ProviderRef,
		Currency: shop.Currency(r.Currency), ExpectedMinor: r.ExpectedMinor, ActualMinor: r.ActualMinor, Reason: r.Reason, Resolved: r.Status == "resolved",
		OwnerID: orZeroID(r.OwnerUserID), OwnerName: r.OwnerName, Resolution: r.Resolution, CreatedAt: r.CreatedAt, ResolvedAt: orZero(r.ResolvedAt),
	}
}
