package shop

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func openPayment(id int64, status PaymentStatus, amount, captured, refunded int64) OpenPayment {
	return OpenPayment{Payment: Payment{ID: id, Status: status, Currency: "USD", AmountMinor: amount, CapturedMinor: captured, RefundedMinor: refunded}}
}

func TestPlanCapture(t *testing.T) {
	t.Parallel()
	held := openPayment(1, PaymentAuthorized, 100, 0, 0)
	part := openPayment(1, PaymentCaptured, 100, 99, 0)
	capturing, voiding := held, held
	capturing.CapturingMinor, voiding.Voiding = 70, true
	cases := []struct {
		name    string
		order   Status
		payment OpenPayment
		amount  *int64
		want    int64
		code    Code
	}{
		{"all", StatusPending, held, nil, 100, ""},
		{"half", StatusPending, held, minor(50), 50, ""},
		{"more than is held", StatusPending, held, minor(200), 0, CodeInvalid},
		{"the last cent", StatusConfirmed, part, nil, 1, ""},
		{"two of one", StatusConfirmed, part, minor(2), 0, CodeInvalid},
		{"nothing", StatusPending, held, minor(0), 0, CodeInvalid},
		{"what no capture is under way for", StatusPending, capturing, nil, 30, ""},
		{"more than no capture is under way for", StatusPending, capturing, minor(31), 0, CodeInvalid},
		{"while it is let go of", StatusPending, voiding, nil, 0, CodeConflict},
		{"captured", StatusConfirmed, openPayment(1, PaymentCaptured, 100, 100, 0), nil, 0, CodeConflict},
		{"never held", StatusPending, openPayment(1, PaymentPending, 100, 0, 0), nil, 0, CodeConflict},
		{"declined", StatusPending, openPayment(1, PaymentFailed, 100, 0, 0), minor(1), 0, CodeConflict},
		{"of a cancelled order", StatusCancelled, held, nil, 0, CodeConflict},
		{"of a refunded order", StatusRefunded, held, nil, 0, CodeConflict},
	}
	for _, c := range cases {
		got, err := CaptureCommand{AmountMinor: c.amount}.PlanCapture(c.order, c.payment)
		if got != c.want || CodeOf(err) != c.code {
			t.Errorf("%s: %d, %v, want %d, %q", c.name, got, err, c.want, c.code)
		}
	}
}

func TestPlanRefund(t *testing.T) {
	t.Parallel()
	first, second := openPayment(1, PaymentCaptured, 1000, 1000, 0), openPayment(2, PaymentCaptured, 1500, 1500, 0)
	refunding := first
	refunding.RefundingMinor = 600
	cases := []struct {
		name     string
		payments []OpenPayment
		amount   *int64
		want     []RefundShare
		code     Code
	}{
		{"all", []OpenPayment{first, second}, nil, []RefundShare{{1, 1000}, {2, 1500}}, ""},
		{"within the first", []OpenPayment{first, second}, minor(1000), []RefundShare{{1, 1000}}, ""},
		{"spilling over", []OpenPayment{first, second}, minor(1001), []RefundShare{{1, 1000}, {2, 1}}, ""},
		{"more than there is", []OpenPayment{first, second}, minor(2501), nil, CodeInvalid},
		{"past what is under way", []OpenPayment{refunding, second}, minor(500), []RefundShare{{1, 400}, {2, 100}}, ""},
		{"only what was captured", []OpenPayment{openPayment(1, PaymentAuthorized, 100, 0, 0), second}, nil, []RefundShare{{2, 1500}}, ""},
		{"nothing left", []OpenPayment{openPayment(1, PaymentCaptured, 100, 100, 100)}, minor(1), nil, CodeConflict},
		{"never paid", []OpenPayment{openPayment(1, PaymentPending, 100, 0, 0)}, nil, nil, CodeConflict},
		{"no payments", nil, nil, nil, CodeConflict},
	}
	for _, c := range cases {
		got, err := RefundCommand{AmountMinor: c.amount}.PlanRefund(c.payments)
		if !slices.Equal(got, c.want) || CodeOf(err) != c.code {
			t.Errorf("%s: %v, %v, want %v, %q", c.name, got, err, c.want, c.code)
		}
	}
}

// A refund is spread exactly, never takes from a payment what it has not, and touches the next only when one is empty.
func TestRefundsAreSpreadExactly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var payments []OpenPayment
		var most int64
		for i := range rapid.IntRange(1, 6).Draw(t, "payments") {
			captured := rapid.Int64Range(0, 1000).Draw(t, fmt.Sprint("captured", i))
			p := openPayment(int64(i), PaymentCaptured, captured, captured, rapid.Int64Range(0, captured).Draw(t, fmt.Sprint("refunded", i)))
			payments = append(payments, p)
			most += p.refundable()
		}
		if most == 0 {
			return
		}
		wanted := rapid.Int64Range(1, most).Draw(t, "wanted")
		shares, err := RefundCommand{AmountMinor: &wanted}.PlanRefund(payments)
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		for i, share := range shares {
			there := payments[share.PaymentID].refundable()
			if share.AmountMinor <= 0 || share.AmountMinor > there || (i < len(shares)-1 && share.AmountMinor != there) {
				t.Fatalf("%v of %v", shares, payments)
			}
			sum += share.AmountMinor
		}
		if sum != wanted {
			t.Fatalf("%d of %d", sum, wanted)
		}
	})
}

func TestPlanUnwinding(t *testing.T) {
	t.Parallel()
	held, part := openPayment(1, PaymentAuthorized, 100, 0, 0), openPayment(2, PaymentCaptured, 100, 40, 10)
	if got := PlanUnwinding([]OpenPayment{held, part, openPayment(3, PaymentFailed, 100, 0, 0)}); !slices.Equal(got.Void, []int64{1, 2}) || !slices.Equal(got.Refund, []RefundShare{{2, 30}}) {
		t.Errorf("%+v", got)
	}
	held.CapturingMinor, part.Voiding, part.RefundingMinor = 100, true, 30
	if got := PlanUnwinding([]OpenPayment{held, part}); got.Void != nil || got.Refund != nil {
		t.Errorf("what is under way is done again: %+v", got)
	}
}

func TestFullyRefunded(t *testing.T) {
	t.Parallel()
	cases := map[bool][][]OpenPayment{
		true: {
			{openPayment(1, PaymentCaptured, 100, 100, 100)},
			{openPayment(1, PaymentCaptured, 100, 100, 100), openPayment(2, PaymentFailed, 100, 0, 0)},
		},
		false: {
			nil,
			{openPayment(1, PaymentCaptured, 0, 0, 0)},
			{openPayment(1, PaymentCaptured, 100, 100, 99)},
			{openPayment(1, PaymentCaptured, 100, 100, 100), openPayment(2, PaymentCaptured, 50, 50, 0)},
		},
	}
	for want, all := range cases {
		for _, payments := range all {
			if got := FullyRefunded(payments); got != want {
				t.Errorf("%v: %t", payments, got)
			}
		}
	}
}

func TestReasonsAndAmountsOfRefundsAreChecked(t *testing.T) {
	t.Parallel()
	if err := (RefundCommand{AmountMinor: minor(1), Reason: strings.Repeat("ü", MaxReason)}).Check(); err != nil {
		t.Error(err)
	}
	mustRefuse(t, RefundCommand{Reason: strings.Repeat("x", MaxReason+1)}.Check(), CodeInvalid, "The reason can have at most 500 characters.")
	mustRefuse(t, RefundCommand{AmountMinor: minor(0)}.Check(), CodeInvalid, "The amount must be above zero.")
}

func TestWhoMayCancel(t *testing.T) {
	t.Parallel()
	buyer := CancelCommand{Actor: Actor{Kind: ActorCustomer}}
	buyersProgram := CancelCommand{Actor: Actor{Kind: ActorIntegration}, Scope: OrderScope{CustomerID: 7}}
	staff := CancelCommand{Actor: Actor{Kind: ActorStaff}}
	allowed := map[Status][]CancelCommand{
		StatusPending: {buyer, buyersProgram, staff}, StatusConfirmed: {buyer, buyersProgram, staff}, StatusProcessing: {staff},
	}
	for _, status := range Statuses() {
		for i, command := range []CancelCommand{buyer, buyersProgram, staff} {
			want := slices.ContainsFunc(allowed[status], func(c CancelCommand) bool { return c.Actor.Kind == command.Actor.Kind })
			if err := command.Allow(status, false); (err == nil) != want || (err != nil && CodeOf(err) != CodeConflict) {
				t.Errorf("%s, case %d: %v", status, i, err)
			}
			if err := command.Allow(status, true); CodeOf(err) != CodeConflict {
				t.Errorf("%s with a parcel on its way, case %d: %v", status, i, err)
			}
		}
	}
	long := staff
	long.Reason = strings.Repeat("x", MaxReason+1)
	mustRefuse(t, long.Allow(StatusPending, false), CodeInvalid, "")
}

func TestJudge(t *testing.T) {
	t.Parallel()
	asked := Amount{Minor: 5800, Currency: "JPY"}
	good := Outcome{State: OutcomeSucceeded, Ref: "r", Amount: asked, Captured: true, At: time.Unix(1, 0), Method: "card", CardLast4: "4242"}
	with := func(change func(*Outcome)) Outcome { o := good; change(&o); return o }
	cases := []struct {
		name    string
		answer  Outcome
		state   OutcomeState
		problem string
	}{
		{"it fits", good, OutcomeSucceeded, ""},
		{"a hundredfold", with(func(o *Outcome) { o.Amount.Minor = 580000 }), OutcomeUnknown, "The provider answered 580000 JPY where 5800 was asked for."},
		{"another currency", with(func(o *Outcome) { o.Amount.Currency = "USD" }), OutcomeUnknown, `The provider answered in "USD" where JPY was asked for.`},
		{"no reference", with(func(o *Outcome) { o.Ref = "" }), OutcomeUnknown, "The provider's answer has no reference."},
		{"declined with another amount", with(func(o *Outcome) { o.State, o.Amount, o.Reason = OutcomeDeclined, Amount{}, "no" }), OutcomeDeclined, ""},
		{"never heard", Outcome{State: OutcomeNeverHeard}, OutcomeNeverHeard, ""},
		{"no answer", Outcome{}, OutcomeUnknown, ""},
	}
	for _, c := range cases {
		got, problem := c.answer.Judge(asked)
		if got.State != c.state || problem != c.problem {
			t.Errorf("%s: %q, %q", c.name, got.State, problem)
		}
	}
	long := with(func(o *Outcome) { o.Method, o.CardLast4 = strings.Repeat("ü", maxProviderText), "12ab" })
	got, _ := long.Judge(asked)
	if len(got.Method) != maxProviderText || got.CardLast4 != "" || !strings.HasSuffix(got.Method, "ü") {
		t.Errorf("a provider's words are kept as %d bytes, the card as %q", len(got.Method), got.CardLast4)
	}
	garbled, _ := with(func(o *Outcome) { o.Ref, o.Raw = "", "a\x00b\xffc" }).Judge(asked)
	if garbled.Raw != "ab\uFFFDc" {
		t.Errorf("a garbled answer is kept as %q", garbled.Raw)
	}
}
