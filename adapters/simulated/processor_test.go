package simulated

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"waybill/db/dbtest"
	"waybill/shop"
)

var ten = shop.Amount{Minor: 1000, Currency: "USD"}

func asks(key, method string, capture bool) shop.ChargeRequest {
	return shop.ChargeRequest{Key: key, Amount: ten, Method: method, Capture: capture, Description: "Order"}
}

func TestTokensDecide(t *testing.T) {
	t.Parallel()
	cases := []struct {
		token    string
		answers  bool
		state    shop.OutcomeState
		last4    string
		lookedUp shop.OutcomeState
	}{
		{TokenOK, true, shop.OutcomeSucceeded, "4242", shop.OutcomeSucceeded},
		{TokenDeclined, true, shop.OutcomeDeclined, "0002", shop.OutcomeDeclined},
		{TokenInsufficientFunds, true, shop.OutcomeDeclined, "9995", shop.OutcomeDeclined},
		{TokenTimeoutCaptured, false, "", "", shop.OutcomeSucceeded},
		{TokenTimeoutLost, false, "", "", shop.OutcomeNeverHeard},
		{"a token nobody issued", true, shop.OutcomeDeclined, "", shop.OutcomeDeclined},
	}
	p := New(dbtest.New(t))
	for _, c := range cases {
		for range 2 { // the second time is the same
			outcome, err := p.Charge(t.Context(), asks(c.token, c.token, true))
			if (err == nil) != c.answers || outcome.State != c.state || outcome.CardLast4 != c.last4 {
				t.Errorf("%s: %+v, %v", c.token, outcome, err)
			}
			if c.state == shop.OutcomeDeclined && outcome.Reason == "" {
				t.Errorf("%s does not say why", c.token)
			}
			found, err := p.LookUp(t.Context(), c.token)
			if err != nil || found.State != c.lookedUp {
				t.Errorf("%s looked up: %+v, %v", c.token, found, err)
			}
		}
	}
}

func TestASlowCardHasPaidWhenItsCallerGivesUp(t *testing.T) {
	t.Parallel()
	p := New(dbtest.New(t))
	p.slow = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := p.Charge(ctx, asks("slow", TokenSlow, true))
		done <- err
	}()
	for {
		found, err := p.LookUp(t.Context(), "slow")
		if err != nil {
			t.Fatal(err)
		}
		if found.State == shop.OutcomeSucceeded {
			break
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the caller was told %v", err)
	}
}

func TestAKeyTakesEffectOnceHoweverManySendIt(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	p := New(pool)
	refs := make([]string, 20)
	var all sync.WaitGroup
	for i := range refs {
		all.Go(func() {
			outcome, err := p.Charge(t.Context(), asks("k", TokenOK, true))
			if err != nil {
				t.Error(err)
			}
			refs[i] = outcome.Ref
		})
	}
	all.Wait()
	if distinct := slices.Compact(slices.Sorted(slices.Values(refs))); len(distinct) != 1 {
		t.Errorf("%d charges for one key", len(distinct))
	}
	other := asks("k", TokenOK, true)
	other.Amount.Minor++
	if _, err := p.Charge(t.Context(), other); !errors.Is(err, errKeyReused) {
		t.Errorf("the key with another amount: %v", err)
	}
}

func TestCapturesNeverExceedWhatIsHeld(t *testing.T) {
	t.Parallel()
	p := New(dbtest.New(t))
	held := mustSucceed(t)(p.Charge(t.Context(), asks("auth", TokenOK, false)))
	if held.Captured {
		t.Fatal("an authorization says that the money is ours")
	}
	capture := func(key string, minor int64) shop.MoneyRequest {
		return shop.MoneyRequest{Key: key, Charge: held.Ref, Amount: shop.Amount{Minor: minor, Currency: "USD"}}
	}
	mustSucceed(t)(p.Capture(t.Context(), capture("c1", 600)))
	mustSucceed(t)(p.Capture(t.Context(), capture("c1", 600))) // the same capture
	mustDecline(t)(p.Capture(t.Context(), capture("c2", 401)))
	mustSucceed(t)(p.Capture(t.Context(), capture("c3", 400)))
	mustDecline(t)(p.Void(t.Context(), capture("v1", 1)))
	mustDecline(t)(p.Capture(t.Context(), shop.MoneyRequest{Key: "c4", Charge: "nobody", Amount: ten}))
}

func TestAVoidLetsGoOfWhatIsHeld(t *testing.T) {
	t.Parallel()
	p := New(dbtest.New(t))
	held := mustSucceed(t)(p.Charge(t.Context(), asks("auth", TokenOK, false)))
	mustSucceed(t)(p.Void(t.Context(), shop.MoneyRequest{Key: "v", Charge: held.Ref, Amount: ten}))
	mustDecline(t)(p.Capture(t.Context(), shop.MoneyRequest{Key: "c", Charge: held.Ref, Amount: ten}))
	mustDecline(t)(p.Void(t.Context(), shop.MoneyRequest{Key: "v2", Charge: held.Ref, Amount: ten}))
}

func TestRefundsNeverExceedWhatWasTaken(t *testing.T) {
	t.Parallel()
	p := New(dbtest.New(t))
	taken := mustSucceed(t)(p.Charge(t.Context(), asks("charge", TokenOK, true)))
	refund := func(key string, minor int64, currency shop.Currency) shop.MoneyRequest {
		return shop.MoneyRequest{Key: key, Charge: taken.Ref, Amount: shop.Amount{Minor: minor, Currency: currency}}
	}
	mustDecline(t)(p.Refund(t.Context(), refund("r0", 500, "EUR")))
	mustDecline(t)(p.Refund(t.Context(), refund("r1", 1001, "USD")))
	var all sync.WaitGroup
	var succeeded int
	var mu sync.Mutex
	for _, key := range []string{"a", "b", "c", "d", "e"} {
		all.Go(func() {
			outcome, err := p.Refund(t.Context(), refund(key, 400, "USD"))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if outcome.State == shop.OutcomeSucceeded {
				succeeded++
			}
		})
	}
	all.Wait()
	if succeeded != 2 {
		t.Errorf("%d refunds of 4.00 from 10.00, want 2", succeeded)
	}
}

func TestFees(t *testing.T) {
	t.Parallel()
	cases := []struct{ amount, want int64 }{
		{0, 30}, {1, 30}, {17, 30}, {18, 31}, {100, 33}, {1000, 59}, {10000, 320}, {2499, 102}, {1_000_000_000_000_000_000, 29_000_000_000_000_030},
	}
	for _, c := range cases {
		if got := fee(entry{kind: kindCapture, amount: shop.Amount{Minor: c.amount}}); got != c.want {
			t.Errorf("the fee of %d is %d, want %d", c.amount, got, c.want)
		}
	}
	if got := fee(entry{kind: kindRefund, amount: ten}); got != 0 {
		t.Errorf("a refund costs %d", got)
	}
}

func TestTheRecordIsReadInPagesAndInOrder(t *testing.T) {
	t.Parallel()
	p := New(dbtest.New(t))
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	const many = 2*recordPage + 1
	var past []shop.ProviderTransaction
	for i := range many {
		past = append(past, pastCapture(i, start.Add(time.Duration(i/7)*time.Second))) // seven at each second
	}
	if n, err := p.Enter(t.Context(), past); err != nil || n != many {
		t.Fatalf("entered %d, %v", n, err)
	}
	if n, err := p.Enter(t.Context(), past[:5]); err != nil || n != 0 {
		t.Errorf("entered %d a second time, %v", n, err)
	}
	var read []shop.ProviderTransaction
	for transaction, err := range p.Transactions(t.Context(), start, start.Add(24*time.Hour)) {
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, transaction)
	}
	if len(read) != many {
		t.Fatalf("read %d of %d", len(read), many)
	}
	if !slices.IsSortedFunc(read, func(a, b shop.ProviderTransaction) int { return a.At.Compare(b.At) }) {
		t.Error("the record is not in order of time")
	}
	if read[0] != past[0] {
		t.Errorf("read %+v, entered %+v", read[0], past[0])
	}
	for transaction := range p.Transactions(t.Context(), start.Add(24*time.Hour), start.Add(48*time.Hour)) {
		t.Errorf("%+v is outside the period", transaction)
	}
}

func TestTheRecordHoldsWhatMovedMoneyAndNothingElse(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	p := New(dbtest.New(t), WithClock(func() time.Time { return at }))
	taken := mustSucceed(t)(p.Charge(t.Context(), asks("charge", TokenOK, true)))
	held := mustSucceed(t)(p.Charge(t.Context(), asks("auth", TokenOK, false)))
	mustDecline(t)(p.Charge(t.Context(), asks("no", TokenDeclined, true)))
	captured := mustSucceed(t)(p.Capture(t.Context(), shop.MoneyRequest{Key: "capture", Charge: held.Ref, Amount: ten}))
	refund := mustSucceed(t)(p.Refund(t.Context(), shop.MoneyRequest{Key: "refund", Charge: taken.Ref, Amount: ten, Reason: "sorry"}))

	got := map[string]shop.ProviderTransaction{}
	for transaction, err := range p.Transactions(t.Context(), at, at.Add(time.Second)) {
		if err != nil {
			t.Fatal(err)
		}
		got[transaction.Ref] = transaction
	}
	want := []shop.ProviderTransaction{
		{Ref: taken.Ref, Charge: taken.Ref, Key: "charge", Kind: shop.TransactionCapture, Currency: "USD", AmountMinor: 1000, FeeMinor: 59, At: at, Description: "Order"},
		{Ref: captured.Ref, Charge: held.Ref, Key: "capture", Kind: shop.TransactionCapture, Currency: "USD", AmountMinor: 1000, FeeMinor: 59, At: at},
		{Ref: refund.Ref, Charge: taken.Ref, Key: "refund", Kind: shop.TransactionRefund, Currency: "USD", AmountMinor: 1000, At: at, Description: "sorry"},
	}
	if len(got) != len(want) {
		t.Errorf("the record has %d transactions, want %d", len(got), len(want))
	}
	for _, transaction := range want {
		if got[transaction.Ref] != transaction {
			t.Errorf("got %+v\nwant %+v", got[transaction.Ref], transaction)
		}
	}
}

func TestTheBooksCanBeMadeToDiffer(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	p := New(dbtest.New(t))
	if _, err := p.Enter(t.Context(), []shop.ProviderTransaction{pastCapture(1, at), pastCapture(2, at)}); err != nil {
		t.Fatal(err)
	}
	if err := p.Misstate(t.Context(), pastCapture(1, at).Ref, 900); err != nil {
		t.Fatal(err)
	}
	if err := p.Forget(t.Context(), pastCapture(2, at).Ref); err != nil {
		t.Fatal(err)
	}
	if err := p.Forget(t.Context(), "nothing"); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("forgetting what is not there: %v", err)
	}
	var amounts []int64
	for transaction, err := range p.Transactions(t.Context(), at, at.Add(time.Hour)) {
		if err != nil {
			t.Fatal(err)
		}
		amounts = append(amounts, transaction.AmountMinor)
	}
	if !slices.Equal(amounts, []int64{900}) {
		t.Errorf("the record says %v, want only the misstated 900", amounts)
	}
}

func pastCapture(i int, at time.Time) shop.ProviderTransaction {
	ref := "past_" + time.Duration(i).String()
	return shop.ProviderTransaction{
		Ref: ref, Charge: ref, Key: "key_" + ref, Kind: shop.TransactionCapture, Currency: "USD", AmountMinor: 1000, FeeMinor: 59, At: at, Description: "Order",
	}
}

func mustSucceed(t *testing.T) func(shop.Outcome, error) shop.Outcome {
	t.Helper()
	return func(outcome shop.Outcome, err error) shop.Outcome {
		t.Helper()
		if err != nil || outcome.State != shop.OutcomeSucceeded {
			t.Fatalf("got %+v, %v, want success", outcome, err)
		}
		return outcome
	}
}

func mustDecline(t *testing.T) func(shop.Outcome, error) {
	t.Helper()
	return func(outcome shop.Outcome, err error) {
		t.Helper()
		if err != nil || outcome.State != shop.OutcomeDeclined || outcome.Reason == "" {
			t.Fatalf("got %+v, %v, want a refusal with a reason", outcome, err)
		}
	}
}
