package shop

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"
)

// Limits of a comparison. Both records are held in memory while it runs.
const (
	MaxReconciliationDays    = 366
	MaxReconciliationEntries = 200_000 // on each side
	MaxReconciliationRuns    = 50      // listed

	// reconciliationMargin is how far beyond the period both records are read. The two sides may date a movement on two
	// sides of midnight, and we may learn of one long after; each is still matched, and counted in the period in which
	// our books have it.
	reconciliationMargin = 48 * time.Hour
	// reconciliationDeadline leaves the request time to keep the outcome.
	reconciliationDeadline = 8 * time.Second
	// RunAbandonedAfter is when a run that has not finished is not going to.
	RunAbandonedAfter = time.Minute
)

// BookMovement is a movement as our books have it, before the provider's reference of its charge is settled: an attempt
// without an answer has none, and only the key says which charge it became.
type BookMovement struct {
	Movement
	ChargeKey string
}

// ReconcileCommand asks to compare our books with a provider's record.
type ReconcileCommand struct {
	Provider  string
	Period    Period
	Actor     Actor
	RequestID string
}

// RunStatus is the state of a comparison.
type RunStatus string

// The states of a comparison.
const (
	RunRunning   RunStatus = "running"
	RunSucceeded RunStatus = "succeeded"
	RunFailed    RunStatus = "failed"
)

// ReconciliationRun is the record of one comparison.
type ReconciliationRun struct {
	ID          int64
	Provider    string
	Period      Period
	Status      RunStatus
	Failure     string // failed: why, safe to show
	Totals      []MatchTotal
	Findings    int // movements that differ
	NewFindings int // of them, not known before
	Settled     int // exceptions that earlier runs found and this one did not
	ActorName   string
	RequestID   string
	StartedAt   time.Time
	FinishedAt  time.Time // zero while running
}

// Abandoned tells whether the run died before it could say how it ended.
func (r ReconciliationRun) Abandoned(now time.Time) bool {
	return r.Status == RunRunning && now.Sub(r.StartedAt) > RunAbandonedAfter
}

// Finding is one movement that a run found to differ.
type Finding struct {
	No          int
	Class       MatchClass
	Kind        TransactionKind
	Charge      string
	Currency    Currency
	OursMinor   int64
	TheirsMinor int64
	OrderID     OrderID // 0: not in our books
	PaymentID   int64
	Reason      string
	ExceptionID int64
	Resolved    bool // the exception, by now
}

// DifferenceMinor is how much more the provider has than our books.
func (f Finding) DifferenceMinor() int64 { return f.TheirsMinor - f.OursMinor }

// ReconciliationStore keeps comparisons. Every method is one transaction.
type ReconciliationStore interface {
	// StartReconciliation records that a run begins.
	StartReconciliation(ctx context.Context, c ReconcileCommand) (runID int64, err error)
	// BookMovements reads our side in [from, until); more than MaxReconciliationEntries are CodeInvalid.
	BookMovements(ctx context.Context, provider string, from, until time.Time) ([]BookMovement, error)
	// RecordReconciliation keeps what a run found: its findings become exceptions, once however often it is found.
	RecordReconciliation(ctx context.Context, runID int64, c ReconcileCommand, matches []Match) (ReconciliationRun, error)
	// FailReconciliation records that a run came to nothing.
	FailReconciliation(ctx context.Context, runID int64, failure string) error
}

// Reconciler compares our books with the records of payment providers.
type Reconciler struct {
	store     ReconciliationStore
	providers map[string]PaymentProvider
}

// NewReconciler returns a Reconciler over the providers that can be asked for their record.
func NewReconciler(store ReconciliationStore, providers ...PaymentProvider) *Reconciler {
	r := &Reconciler{store: store, providers: map[string]PaymentProvider{}}
	for _, p := range providers {
		r.providers[p.Name()] = p
	}
	return r
}

// Providers are the names of those whose record can be read, sorted.
func (r *Reconciler) Providers() []string { return slices.Sorted(maps.Keys(r.providers)) }

// Compare matches every charge of the period and keeps what differs as exceptions. It answers with the id of the run,
// which is on record whatever becomes of it: an error after the run began is kept there too. Running it again changes
// nothing that has not changed. What cannot be compared is CodeInvalid and leaves no run.
func (r *Reconciler) Compare(ctx context.Context, c ReconcileCommand) (runID int64, err error) {
	if err := r.check(c); err != nil {
		return 0, err
	}
	if runID, err = r.store.StartReconciliation(ctx, c); err != nil {
		return 0, err
	}
	matches, err := r.match(ctx, c)
	if err == nil {
		_, err = r.store.RecordReconciliation(ctx, runID, c, matches)
	}
	if err != nil {
		// Whoever asked may have left; the record of the failure is kept all the same.
		record, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordDeadline)
		defer cancel()
		err = errors.Join(err, r.store.FailReconciliation(record, runID, failureText(err)))
	}
	return runID, err
}

func (r *Reconciler) check(c ReconcileCommand) error {
	var fields []FieldError
	if r.providers[c.Provider] == nil {
		fields = append(fields, FieldError{"provider", "Choose a provider whose record can be read"})
	}
	switch {
	case c.Period.From.IsZero() || c.Period.Until.IsZero():
		fields = append(fields, FieldError{"from", "Choose the first and the last day"})
	case c.Period.From.Before(OrderID(0).Time().Add(reconciliationMargin)):
		fields = append(fields, FieldError{"from", "There are no payments from before the year 2000"})
	case c.Period.Days() > MaxReconciliationDays:
		fields = append(fields, FieldError{"until", "The period can have at most a year"})
	}
	if fields != nil {
		return InvalidFields(fields...)
	}
	return nil
}

// failureText is what a failed run says to people.
func failureText(err error) string {
	var known *Error
	switch {
	case errors.As(err, &known) && known.Message != "":
		return known.Message
	case errors.Is(err, context.DeadlineExceeded):
		return "The provider's record took too long to read."
	}
	return "The provider's record could not be read."
}

// match reads both sides and walks them side by side.
func (r *Reconciler) match(ctx context.Context, c ReconcileCommand) ([]Match, error) {
	ctx, cancel := context.WithTimeout(ctx, reconciliationDeadline)
	defer cancel()
	from, until := c.Period.From.Add(-reconciliationMargin), c.Period.Until.Add(reconciliationMargin)
	theirs, chargeOf, err := readRecord(ctx, r.providers[c.Provider], from, until)
	if err != nil {
		return nil, err
	}
	book, err := r.store.BookMovements(ctx, c.Provider, from, until)
	if err != nil {
		return nil, err
	}
	ours, err := GroupMovements(withCharges(book, chargeOf))
	if err != nil {
		return nil, err
	}
	var matches []Match
	for m := range Reconcile(slices.Values(ours), slices.Values(theirs)) {
		if c.Period.Contains(m.At) {
			matches = append(matches, m)
		}
	}
	return matches, nil
}

// readRecord reads a provider's record, grouped, and which charge each of our keys became.
func readRecord(ctx context.Context, provider PaymentProvider, from, until time.Time) (theirs []Movement, chargeOf map[string]string, err error) {
	chargeOf = map[string]string{}
	for t, err := range provider.Transactions(ctx, from, until) {
		if err != nil {
			return nil, nil, err
		}
		if len(theirs) >= MaxReconciliationEntries {
			return nil, nil, tooManyEntries()
		}
		chargeOf[t.Key] = t.Charge
		theirs = append(theirs, Movement{Charge: t.Charge, Kind: t.Kind, Currency: t.Currency, Minor: t.AmountMinor, At: t.At})
	}
	theirs, err = GroupMovements(theirs)
	return theirs, chargeOf, err
}

func tooManyEntries() error {
	return Invalid("until", "There are too many payments in this period. Choose a shorter one.")
}

// withCharges gives attempts without a reference that of the charge that they became. An attempt that the provider has
// no charge for moved nothing on either side and is left out.
func withCharges(book []BookMovement, chargeOf map[string]string) []Movement {
	movements := make([]Movement, 0, len(book))
	for _, b := range book {
		if b.Charge == "" {
			b.Charge = chargeOf[b.ChargeKey]
		}
		if b.Charge == "" && b.Minor != 0 {
			b.Charge = b.ChargeKey // money without a reference: the provider cannot have it
		}
		if b.Charge != "" {
			movements = append(movements, b.Movement)
		}
	}
	return movements
}
