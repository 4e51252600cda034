package shop

import (
	"slices"
	"testing"
)

func TestOrderTransitions(t *testing.T) {
	t.Parallel()
	legal := map[Status][]Status{
		StatusPending:    {StatusConfirmed, StatusCancelled},
		StatusConfirmed:  {StatusProcessing, StatusCancelled, StatusRefunded},
		StatusProcessing: {StatusShipped, StatusCancelled, StatusRefunded},
		StatusShipped:    {StatusProcessing, StatusDelivered, StatusRefunded},
		StatusDelivered:  {StatusRefunded},
		StatusCancelled:  {StatusRefunded},
		StatusRefunded:   {},
	}
	count := 0
	for _, from := range Statuses() {
		for _, to := range Statuses() {
			want := slices.Contains(legal[from], to)
			if got := CanTransition(from, to); got != want {
				t.Errorf("CanTransition(%s, %s) = %t", from, to, got)
			}
			if want {
				count++
			}
		}
	}
	if len(legal) != len(Statuses()) || len(Transitions()) != count {
		t.Errorf("%d statuses and %d transitions are listed, want %d and %d", len(Statuses()), len(Transitions()), len(legal), count)
	}
	if CanTransition("", StatusPending) || CanTransition("lost", "found") {
		t.Error("unknown statuses can change")
	}
}

func TestTransitionsCannotBeChangedFromOutside(t *testing.T) {
	t.Parallel()
	Transitions()[0] = Transition{StatusRefunded, StatusPending}
	PaymentTransitions()[0] = PaymentTransition{PaymentFailed, PaymentCaptured}
	FulfillmentTransitions()[0] = FulfillmentTransition{FulfillmentShipped, FulfillmentOpen}
	if CanTransition(StatusRefunded, StatusPending) || PaymentFailed.CanTransition(PaymentCaptured) ||
		FulfillmentShipped.CanTransition(FulfillmentOpen) {
		t.Error("a caller has changed the rules for everybody")
	}
}

func TestParseStatusAndLabels(t *testing.T) {
	t.Parallel()
	customer, staff := map[string]bool{}, map[string]bool{}
	for _, s := range Statuses() {
		if got, err := ParseStatus(string(s)); err != nil || got != s {
			t.Errorf("ParseStatus(%q) = %q, %v", s, got, err)
		}
		customer[s.CustomerLabel()], staff[s.StaffLabel()] = true, true
		if s.CustomerLabel() == string(s) || s.StaffLabel() == string(s) {
			t.Errorf("%s has no label", s)
		}
	}
	if len(customer) != len(Statuses()) || len(staff) != len(Statuses()) {
		t.Error("two statuses share a label")
	}
	for _, s := range []string{"", "Pending", "lost"} {
		_, err := ParseStatus(s)
		mustRefuse(t, err, CodeInvalid, "")
	}
	if got := Status("lost"); got.CustomerLabel() != "lost" || got.StaffLabel() != "lost" {
		t.Error("an unknown status is not shown as it is")
	}
}

func TestPaymentTransitions(t *testing.T) {
	t.Parallel()
	all := []PaymentStatus{
		PaymentPending, PaymentSending, PaymentAuthorized, PaymentCaptured, PaymentFailed, PaymentCancelled, PaymentUnknown,
	}
	legal := map[PaymentStatus][]PaymentStatus{
		PaymentPending:    {PaymentSending, PaymentCaptured, PaymentCancelled},
		PaymentSending:    {PaymentAuthorized, PaymentCaptured, PaymentFailed, PaymentUnknown},
		PaymentAuthorized: {PaymentCaptured, PaymentCancelled},
		PaymentUnknown:    {PaymentAuthorized, PaymentCaptured, PaymentFailed},
	}
	for _, from := range all {
		for _, to := range all {
			if got, want := from.CanTransition(to), slices.Contains(legal[from], to); got != want {
				t.Errorf("a payment may go from %s to %s: %t", from, to, got)
			}
		}
	}
}

func TestFulfillmentTransitions(t *testing.T) {
	t.Parallel()
	all := []FulfillmentStatus{
		FulfillmentOpen, FulfillmentPicking, FulfillmentPicked, FulfillmentPacked, FulfillmentShipped,
		FulfillmentDelivered, FulfillmentCancelled,
	}
	legal := map[FulfillmentStatus][]FulfillmentStatus{
		FulfillmentOpen:    {FulfillmentPicking, FulfillmentCancelled},
		FulfillmentPicking: {FulfillmentOpen, FulfillmentPicked, FulfillmentCancelled},
		FulfillmentPicked:  {FulfillmentPacked, FulfillmentCancelled},
		FulfillmentPacked:  {FulfillmentPicked, FulfillmentShipped, FulfillmentCancelled},
		FulfillmentShipped: {FulfillmentPacked, FulfillmentDelivered},
	}
	for _, from := range all {
		for _, to := range all {
			if got, want := from.CanTransition(to), slices.Contains(legal[from], to); got != want {
				t.Errorf("a fulfillment may go from %s to %s: %t", from, to, got)
			}
		}
	}
}

func TestParseRole(t *testing.T) {
	t.Parallel()
	for _, r := range []Role{RoleCustomer, RoleMerchant, RoleFinance, RoleSupport, RoleAdmin} {
		if got, err := ParseRole(string(r)); err != nil || got != r {
			t.Errorf("ParseRole(%q) = %q, %v", r, got, err)
		}
	}
	for _, r := range []string{"", "Admin", "root", "admin "} {
		_, err := ParseRole(r)
		mustRefuse(t, err, CodeInvalid, "")
	}
}
