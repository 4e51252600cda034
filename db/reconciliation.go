package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/internal/sqlc"
	"waybill/shop"
)

// attemptLead is how much earlier than its money moved a payment may have been made: it was authorized first.
const attemptLead = shop.AuthorizationHold + 24*time.Hour

// StartReconciliation records that a comparison begins, and who began it.
func (s *Store) StartReconciliation(ctx context.Context, c shop.ReconcileCommand) (int64, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (int64, error) {
		return s.q.ReconciliationRunAdd(ctx, tx, sqlc.ReconciliationRunAddParams{
			Provider: c.Provider, PeriodFrom: c.Period.From, PeriodUntil: c.Period.Until,
			ActorID: c.Actor.ID, ActorName: c.Actor.Name, RequestID: c.RequestID, StartedAt: s.Now(),
		})
	})
}

// BookMovements returns what our books have of a provider's charges in [from, until): what moved then, and attempts of
// that time that did not move anything. More than shop.MaxReconciliationEntries are CodeInvalid.
func (s *Store) BookMovements(ctx context.Context, provider string, from, until time.Time) ([]shop.BookMovement, error) {
	return reportValue(ctx, s, func(tx pgx.Tx) ([]shop.BookMovement, error) {
		rows, err := s.q.BookMovements(ctx, tx, sqlc.BookMovementsParams{
			Provider: provider, FromAt: &from, UntilAt: &until, RowLimit: shop.MaxReconciliationEntries + 1,
			IDFrom: int64(shop.FirstIDAt(from.Add(-attemptLead))), IDUntil: int64(shop.FirstIDAt(until)),
		})
		if err != nil {
			return nil, err
		}
		if len(rows) > shop.MaxReconciliationEntries {
			return nil, shop.Invalid("until", "There are too many payments in this period. Choose a shorter one.")
		}
		movements := make([]shop.BookMovement, len(rows))
		for i, r := range rows {
			movements[i] = shop.BookMovement{ChargeKey: r.ChargeKey, Movement: shop.Movement{
				Charge: r.ProviderRef, Kind: shop.TransactionKind(r.Movement), Currency: shop.Currency(r.Currency), Minor: r.Minor, At: r.At.UTC(),
				OrderID: shop.OrderID(r.OrderID), PaymentID: r.PaymentID, Parts: 1, Unsettled: r.Unsettled,
			}}
		}
		return movements, nil
	})
}

// RecordReconciliation keeps what a run found. What differs becomes an exception unless it is one already, or somebody
// has resolved it with these very figures; open exceptions of the compared charges that were not found again are
// resolved. Matches come sorted, as shop.Reconcile yields them.
func (s *Store) RecordReconciliation(ctx context.Context, runID int64, c shop.ReconcileCommand, matches []shop.Match) (shop.ReconciliationRun, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) (shop.ReconciliationRun, error) {
		now := s.Now()
		r := runRecord{source: shop.ComparisonSource(c.Provider), provider: c.Provider, now: now, matches: matches, exceptionIDs: []int64{}}
		if err := s.keepFindings(ctx, tx, runID, &r); err != nil {
			return shop.ReconciliationRun{}, err
		}
		totals, err := json.Marshal(shop.TotalMatches(matches))
		if err != nil {
			return shop.ReconciliationRun{}, err
		}
		done, err := s.q.ReconciliationRunSucceed(ctx, tx, sqlc.ReconciliationRunSucceedParams{
			ID: runID, Totals: totals, Findings: int32(len(r.exceptionIDs)), NewFindings: int32(r.added), Settled: int32(r.settled), Now: now, //nolint:gosec // bounded by MaxReconciliationEntries
		})
		if err == nil && done == 0 {
			err = shop.Conflict("This comparison has ended already.")
		}
		if err != nil {
			return shop.ReconciliationRun{}, err
		}
		err = s.audit(ctx, tx, auditEntry{
			at: now, actor: c.Actor, action: "reconciliation.run", subject: fmt.Sprintf("reconciliation:%d", runID), requestID: c.RequestID,
			data: map[string]any{"provider": c.Provider, "from": c.Period.FirstDay(), "until": c.Period.LastDay(), "findings": len(r.exceptionIDs), "new": r.added, "settled": r.settled},
		})
		if err != nil {
			return shop.ReconciliationRun{}, err
		}
		return s.reconciliationRun(ctx, tx, runID)
	})
}

// runRecord is what a run found, on its way into the database.
type runRecord struct {
	source, provider string
	now              time.Time
	matches          []shop.Match
	exceptionIDs     []int64 // of the findings, in their order; never nil, which SQL would take for unknown
	added            int
	settled          int64
}

// findingKey names a finding among those of one run.
type findingKey struct{ kind, ref, currency string }

func (s *Store) keepFindings(ctx context.Context, tx pgx.Tx, runID int64, r *runRecord) error {
	found, order := r.findings()
	ids, err := s.knownExceptions(ctx, tx, r, found)
	if err != nil {
		return err
	}
	if err := s.addExceptions(ctx, tx, r, found, ids); err != nil {
		return err
	}
	findings := sqlc.ReconciliationFindingsAddParams{RunID: runID}
	for i, m := range order {
		id := ids[findingKey{m.ExceptionKind(), m.Charge, string(m.Currency)}]
		r.exceptionIDs = append(r.exceptionIDs, id)
		findings.Nos = append(findings.Nos, int32(i+1)) //nolint:gosec // bounded by MaxReconciliationEntries
		findings.Classes = append(findings.Classes, string(m.Class))
		findings.Movements = append(findings.Movements, string(m.Kind))
		findings.Refs = append(findings.Refs, m.Charge)
		findings.Currencies = append(findings.Currencies, string(m.Currency))
		findings.Expected = append(findings.Expected, m.OursMinor())
		findings.Actual = append(findings.Actual, m.TheirsMinor)
		findings.OrderIds = append(findings.OrderIds, int64(m.OrderID))
		findings.PaymentIds = append(findings.PaymentIds, m.PaymentID)
		findings.Reasons = append(findings.Reasons, m.Reason())
		findings.ExceptionIds = append(findings.ExceptionIds, id)
	}
	if err := s.q.ReconciliationFindingsAdd(ctx, tx, findings); err != nil {
		return err
	}
	gone := sqlc.ExceptionsGoneParams{Source: r.source, Provider: r.provider, Now: r.now, FoundIds: r.exceptionIDs, Resolution: fmt.Sprintf("Comparison %d does not find this any more.", runID)}
	for _, m := range r.matches {
		gone.Refs = append(gone.Refs, m.Charge)
		gone.Refunds = append(gone.Refunds, m.Kind == shop.TransactionRefund)
	}
	r.settled, err = s.q.ExceptionsGone(ctx, tx, gone)
	return err
}

// findings are the matches that differ, by key and in order.
func (r *runRecord) findings() (byKey map[findingKey]shop.Match, order []shop.Match) {
	byKey = map[findingKey]shop.Match{}
	for _, m := range r.matches {
		if m.Class != shop.Matched {
			byKey[findingKey{m.ExceptionKind(), m.Charge, string(m.Currency)}] = m
			order = append(order, m)
		}
	}
	return byKey, order
}

// knownExceptions are those that somebody has resolved with the same figures.
func (s *Store) knownExceptions(ctx context.Context, tx pgx.Tx, r *runRecord, found map[findingKey]shop.Match) (map[findingKey]int64, error) {
	known := sqlc.ExceptionsKnownParams{Provider: r.provider, Source: r.source}
	for k, m := range found {
		known.Kinds, known.Refs, known.Currencies = append(known.Kinds, k.kind), append(known.Refs, k.ref), append(known.Currencies, k.currency)
		known.Expected, known.Actual = append(known.Expected, m.OursMinor()), append(known.Actual, m.TheirsMinor)
	}
	ids := map[findingKey]int64{}
	rows, err := s.q.ExceptionsKnown(ctx, tx, known)
	for _, row := range rows {
		ids[findingKey{row.Kind, row.ProviderRef, row.Currency}] = row.ID
	}
	return ids, err
}

// addExceptions opens exceptions for the findings that are not known, and adds their ids.
func (s *Store) addExceptions(ctx context.Context, tx pgx.Tx, r *runRecord, found map[findingKey]shop.Match, ids map[findingKey]int64) error {
	add := sqlc.ExceptionsFoundParams{Source: r.source, Provider: r.provider, Now: r.now}
	for k, m := range found {
		if ids[k] != 0 {
			continue
		}
		add.Kinds, add.Refs, add.Currencies = append(add.Kinds, k.kind), append(add.Refs, k.ref), append(add.Currencies, k.currency)
		add.Expected, add.Actual, add.Reasons = append(add.Expected, m.OursMinor()), append(add.Actual, m.TheirsMinor), append(add.Reasons, m.Reason())
		add.OrderIds, add.PaymentIds = append(add.OrderIds, int64(m.OrderID)), append(add.PaymentIds, m.PaymentID)
	}
	rows, err := s.q.ExceptionsFound(ctx, tx, add)
	for _, row := range rows {
		ids[findingKey{row.Kind, row.ProviderRef, row.Currency}] = row.ID
		if row.CreatedAt.Equal(r.now) {
			r.added++
		}
	}
	return err
}

// FailReconciliation records that a run came to nothing, and why. A run that has ended stays as it is.
func (s *Store) FailReconciliation(ctx context.Context, runID int64, failure string) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		_, err := s.q.ReconciliationRunFail(ctx, tx, sqlc.ReconciliationRunFailParams{ID: runID, Failure: failure, Now: s.Now()})
		return err
	})
}

// ReconciliationRuns returns the newest comparisons, at most shop.MaxReconciliationRuns.
func (s *Store) ReconciliationRuns(ctx context.Context) ([]shop.ReconciliationRun, error) {
	return inTxValue(ctx, s, func(tx pgx.Tx) ([]shop.ReconciliationRun, error) {
		rows, err := s.q.ReconciliationRuns(ctx, tx, shop.MaxReconciliationRuns)
		if err != nil {
			return nil, err
		}
		runs := make([]shop.ReconciliationRun, len(rows))
		for i, row := range rows {
			if runs[i], err = runOf(row); err != nil {
				return nil, err
			}
		}
		return runs, nil
	})
}

// ReconciliationRun returns one comparison and a page of what it found after the finding with the given number, and
// whether more follow. An unknown id is CodeNotFound.
func (s *Store) ReconciliationRun(ctx context.Context, id int64, after int) (run shop.ReconciliationRun, findings []shop.Finding, more bool, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		findings, more = nil, false
		if run, err = s.reconciliationRun(ctx, tx, id); err != nil {
			return err
		}
		rows, err := s.q.ReconciliationFindings(ctx, tx, sqlc.ReconciliationFindingsParams{RunID: id, After: int32(after), RowLimit: shop.MaxPageSize + 1}) //nolint:gosec // a number that does not fit finds nothing
		for _, r := range rows {
			findings = append(findings, shop.Finding{
				No: int(r.No), Class: shop.MatchClass(r.Class), Kind: shop.TransactionKind(r.Movement), Charge: r.ChargeRef, Currency: shop.Currency(r.Currency),
				OursMinor: r.ExpectedMinor, TheirsMinor: r.ActualMinor, OrderID: shop.OrderID(orZeroID(r.OrderID)), PaymentID: orZeroID(r.PaymentID),
				Reason: r.Reason, ExceptionID: r.ExceptionID, Resolved: r.ExceptionStatus == "resolved",
			})
		}
		if len(findings) > shop.MaxPageSize {
			findings, more = findings[:shop.MaxPageSize], true
		}
		return err
	})
	return run, findings, more, err
}

func (s *Store) reconciliationRun(ctx context.Context, tx pgx.Tx, id int64) (shop.ReconciliationRun, error) {
	row, err := s.q.ReconciliationRun(ctx, tx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return shop.ReconciliationRun{}, shop.NotFound("comparison")
	}
	if err != nil {
		return shop.ReconciliationRun{}, err
	}
	return runOf(row)
}

func runOf(r sqlc.ReconciliationRun) (shop.ReconciliationRun, error) {
	run := shop.ReconciliationRun{
		ID: r.ID, Provider: r.Provider, Period: shop.Period{From: r.PeriodFrom.UTC(), Until: r.PeriodUntil.UTC()}, Status: shop.RunStatus(r.Status), Failure: r.Failure,
		Findings: int(r.Findings), NewFindings: int(r.NewFindings), Settled: int(r.Settled), ActorName: r.ActorName, RequestID: r.RequestID,
		StartedAt: r.StartedAt, FinishedAt: orZero(r.FinishedAt),
	}
	if err := json.Unmarshal(r.Totals, &run.Totals); err != nil {
		return run, fmt.Errorf("totals of reconciliation run %d: %w", r.ID, err)
	}
	return run, nil
}
