package web_test

import (
	"context"
	"errors"
	"html"
	"iter"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"waybill/adapters/simulated"
	"waybill/shop"
	"waybill/views/urls"
)

func (v visitor) compare() *shop.ReconciliationRun {
	v.t.Helper()
	today := v.Store.Now().Format(time.DateOnly)
	w := v.post(urls.FinanceReconciliation(), "provider", "simulated", "from", today, "until", today)
	if w.Code != http.StatusSeeOther {
		v.t.Fatalf("the comparison answers %d:\n%s", w.Code, w.Body)
	}
	runs, err := v.Store.ReconciliationRuns(v.t.Context())
	if err != nil {
		v.t.Fatal(err)
	}
	return &runs[0]
}

func (s *site) openKinds() []string {
	s.t.Helper()
	open, _, err := s.Store.Exceptions(s.t.Context(), shop.ExceptionQuery{})
	if err != nil {
		s.t.Fatal(err)
	}
	var kinds []string
	for _, e := range open {
		kinds = append(kinds, e.Kind)
	}
	slices.Sort(kinds)
	return kinds
}

func (s *site) refOf(a shop.PaymentAttempt) string {
	s.t.Helper()
	return s.Text(`SELECT provider_ref FROM payments WHERE id = $1`, a.Parts[0].ID)
}

func TestComparisonNamesEveryDifferenceOnce(t *testing.T) {
	t.Parallel()
	s, paid := financeSite(t)
	finance := s.staff(shop.RoleFinance)
	if run := finance.compare(); run.Findings != 0 || run.Status != shop.RunSucceeded {
		t.Fatalf("equal books differ: %+v", run)
	}
	if err := s.processor.Misstate(t.Context(), s.refOf(paid[0]), 1000); err != nil {
		t.Fatal(err)
	}
	if err := s.processor.Misstate(t.Context(), s.refOf(paid[1]), 3000); err != nil {
		t.Fatal(err)
	}
	if err := s.processor.Forget(t.Context(), s.refOf(paid[2])); err != nil {
		t.Fatal(err)
	}
	stranger := shop.ProviderTransaction{Ref: "sim_stranger", Charge: "sim_stranger", Key: "stranger", Kind: shop.TransactionCapture, Currency: "USD", AmountMinor: 777, At: s.Store.Now()}
	if _, err := s.processor.Enter(t.Context(), []shop.ProviderTransaction{stranger}); err != nil {
		t.Fatal(err)
	}

	run := finance.compare()
	if run.Findings != 4 || run.NewFindings != 4 {
		t.Errorf("%d findings, %d of them new, want 4", run.Findings, run.NewFindings)
	}
	want := []string{"amount_differs", "missing_at_provider", "missing_with_us", "surplus"}
	if got := s.openKinds(); !slices.Equal(got, want) {
		t.Errorf("open are %v, want %v", got, want)
	}
	page := finance.page(urls.FinanceReconciliationRun(run.ID))
	mustContain(t, page, []string{
		"Our books have 20.00 USD captured, the provider&#39;s record 10.00 USD: 10.00 USD less.", "30.00 USD: 10.00 USD more.",
		"Our books have 20.00 USD captured; the provider&#39;s record has nothing.", "7.77 USD captured; our books do not know the charge.",
		"−$10.00", "+$10.00", "−$20.00", "+$7.77", paid[0].Parts[0].OrderID.Number(),
	})

	again := finance.compare()
	if again.Findings != 4 || again.NewFindings != 0 || again.Settled != 0 || len(s.openKinds()) != 4 {
		t.Errorf("the same comparison again: %+v, open %v", again, s.openKinds())
	}
}

func TestComparisonSettlesWhatIsMended(t *testing.T) {
	t.Parallel()
	s, paid := financeSite(t)
	finance := s.staff(shop.RoleFinance)
	ref := s.refOf(paid[0])
	for _, minor := range []int64{1000, 2500, 2000} { // less, then more, then right
		if err := s.processor.Misstate(t.Context(), ref, minor); err != nil {
			t.Fatal(err)
		}
		run := finance.compare()
		wantOpen := map[int64][]string{1000: {"amount_differs"}, 2500: {"surplus"}}[minor]
		if got := s.openKinds(); !slices.Equal(got, wantOpen) {
			t.Errorf("at %d open are %v, want %v; the run: %+v", minor, got, wantOpen, run)
		}
	}
	if n := s.Int(`SELECT count(*) FROM reconciliation_exceptions WHERE status = 'resolved' AND resolution LIKE 'Comparison % does not find this any more.'`); n != 2 {
		t.Errorf("%d exceptions are settled, want 2", n)
	}
}

func TestWhatSomebodyResolvedIsNotOpenedAgain(t *testing.T) {
	t.Parallel()
	s, paid := financeSite(t)
	finance := s.staff(shop.RoleFinance)
	if err := s.processor.Misstate(t.Context(), s.refOf(paid[0]), 1000); err != nil {
		t.Fatal(err)
	}
	finance.compare()
	id := s.Int(`SELECT id FROM reconciliation_exceptions`)
	finance.post(urls.FinanceExceptionResolve(id), "resolution", "Written off, ticket 7")
	if run := finance.compare(); run.Findings != 1 || run.NewFindings != 0 || len(s.openKinds()) != 0 {
		t.Errorf("the resolved difference is open again: %+v %v", run, s.openKinds())
	}
	if err := s.processor.Misstate(t.Context(), s.refOf(paid[0]), 900); err != nil {
		t.Fatal(err)
	}
	if run := finance.compare(); run.NewFindings != 1 || len(s.openKinds()) != 1 {
		t.Errorf("another difference is not opened: %+v %v", run, s.openKinds())
	}
}

func TestComparisonKnowsUnansweredCharges(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	merchant, _ := s.Merchant("tea")
	s.buy("a@example.com", simulated.TokenTimeoutCaptured, s.SKU(merchant, "TEA", 2000, 100))
	s.staff(shop.RoleFinance).compare()
	if got := s.openKinds(); !slices.Equal(got, []string{"status_differs"}) {
		t.Errorf("open are %v, want the charge that was captured there and has no answer here", got)
	}
	if reason := s.Text(`SELECT reason FROM reconciliation_exceptions`); !strings.Contains(reason, "20.00 USD captured") || !strings.Contains(reason, "unknown") {
		t.Errorf("it says %q", reason)
	}
}

// brokenRecord is a provider whose record ends in the middle.
type brokenRecord struct{ shop.PaymentProvider }

func (b brokenRecord) Transactions(ctx context.Context, from, until time.Time) iter.Seq2[shop.ProviderTransaction, error] {
	return func(yield func(shop.ProviderTransaction, error) bool) {
		for t, err := range b.PaymentProvider.Transactions(ctx, from, until) {
			if !yield(t, err) {
				return
			}
			break
		}
		yield(shop.ProviderTransaction{}, errors.New("connection reset"))
	}
}

func TestAFailedComparisonLeavesItsRecordAndNothingElse(t *testing.T) {
	t.Parallel()
	s, _ := financeSite(t)
	reconciler := shop.NewReconciler(s.Store, brokenRecord{s.processor})
	today := shop.UTCDay(s.Store.Now())
	id, err := reconciler.Compare(t.Context(), shop.ReconcileCommand{Provider: "simulated", Period: shop.Period{From: today, Until: today.AddDate(0, 0, 1)}})
	if err == nil || id == 0 {
		t.Fatalf("run %d, error %v", id, err)
	}
	run, findings, _, err := s.Store.ReconciliationRun(t.Context(), id, 0)
	if err != nil {
		t.Fatal(err)
	}
	if run.Status != shop.RunFailed || run.Failure == "" || run.FinishedAt.IsZero() || len(findings) != 0 || len(s.openKinds()) != 0 {
		t.Errorf("the record is %+v, findings %v, open %v", run, findings, s.openKinds())
	}
	mustContain(t, s.staff(shop.RoleFinance).page(urls.FinanceReconciliationRun(id)), []string{"The comparison failed", html.EscapeString(run.Failure)}, "connection reset")
}

func TestWhatCannotBeComparedLeavesNoRun(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	finance := s.staff(shop.RoleFinance)
	for _, form := range [][]string{
		{"provider", "olist", "from", "2026-05-01", "until", "2026-05-02"},
		{"provider", "simulated", "from", "", "until", ""},
		{"provider", "simulated", "from", "2020-05-01", "until", "2026-05-02"},
		{"provider", "simulated", "from", "2026-05-03", "until", "2026-05-02"},
		{"provider", "simulated", "from", "1999-05-01", "until", "1999-05-02"},
	} {
		w := finance.post(urls.FinanceReconciliation(), form...)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "There is a problem") {
			t.Errorf("%v answers %d", form, w.Code)
		}
	}
	if n := s.Int(`SELECT count(*) FROM reconciliation_runs`); n != 0 {
		t.Errorf("%d runs are on record", n)
	}
}

func TestImportedPaymentsHaveNoRecordToCompareWith(t *testing.T) {
	t.Parallel()
	s, _ := financeSite(t)
	s.Exec(`UPDATE payments SET provider = 'olist'`)
	mustContain(t, s.staff(shop.RoleFinance).page(urls.FinanceReconciliation()), []string{"No record to compare with: olist."})
}

func TestExceptionIsTakenAndResolvedWithAReason(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first, second := s.as(s.User("fina@example.com", shop.RoleFinance, 0, 0)), s.as(s.User("fred@example.com", shop.RoleFinance, 0, 0))
	id := s.Int(`INSERT INTO reconciliation_exceptions (kind, source, currency, expected_minor, actual_minor, reason, created_at)
		VALUES ('paid_differs', 'olist', 'BRL', 10000, 9000, 'Paid less.', now()) RETURNING id`)
	mustContain(t, first.page(urls.FinanceException(id)), []string{"−R$10.00", "Take it", "Olist import"})
	if w := first.post(urls.FinanceExceptionOwn(id), "from", "0"); w.Code != http.StatusSeeOther {
		t.Fatalf("taking answers %d", w.Code)
	}
	if w := second.post(urls.FinanceExceptionOwn(id), "from", "0"); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "taken by User fina@example.com") {
		t.Errorf("taking what is taken answers %d", w.Code)
	}
	for _, empty := range []string{"", "   ", strings.Repeat("x", shop.MaxResolution+1)} {
		if w := first.post(urls.FinanceExceptionResolve(id), "resolution", empty); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("resolving with %d characters answers %d", len(empty), w.Code)
		}
	}
	if w := first.post(urls.FinanceExceptionResolve(id), "resolution", "Refunded by hand"); w.Code != http.StatusSeeOther {
		t.Errorf("resolving answers %d", w.Code)
	}
	if w := second.post(urls.FinanceExceptionResolve(id), "resolution", "Me too"); w.Code != http.StatusConflict {
		t.Errorf("resolving again answers %d", w.Code)
	}
	mustContain(t, second.page(urls.FinanceException(id)), []string{"Refunded by hand", "Resolved"}, "Me too", "Take it")
	mustContain(t, second.page(urls.FinanceExceptions()), nil, urls.FinanceException(id))
	mustContain(t, second.page(urls.FinanceExceptions()+"?state=resolved&kind=paid_differs&source=olist"), []string{urls.FinanceException(id)})
	if actions := s.Text(`SELECT string_agg(action || ' by ' || actor_name, ', ' ORDER BY id) FROM audit_log WHERE subject LIKE 'exception:%'`); actions != "exception.taken by User fina@example.com, exception.resolved by User fina@example.com" {
		t.Errorf("the audit log says %q", actions)
	}
}
