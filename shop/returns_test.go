package shop

import (
	"strings"
	"testing"
	"time"
)

func TestReturnNumbers(t *testing.T) {
	t.Parallel()
	id := ReturnID(FirstIDAt(time.Date(2026, 5, 23, 2, 30, 0, 0, time.UTC)) + 7)
	for _, text := range []string{id.Number(), strings.ToLower(id.Number()), " " + id.Number() + " ", strings.TrimPrefix(id.Number(), "R-"), strings.ReplaceAll(id.Number(), "-", "")} {
		if got, err := ParseReturnNumber(text); err != nil || got != id {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "R-", "hello", id.Number() + "X", "R-6XKQ3-M8ZT-4A"} {
		if _, err := ParseReturnNumber(text); CodeOf(err) != CodeInvalid {
			t.Errorf("%q is read", text)
		}
	}
}

func TestReturnTransitionsAreThoseOfTheStates(t *testing.T) {
	t.Parallel()
	for _, s := range ReturnStatuses() {
		if s.CustomerLabel() == string(s) || s.StaffLabel() == string(s) {
			t.Errorf("%s has no words", s)
		}
		if s.CanTransition(s) {
			t.Errorf("%s leads to itself", s)
		}
	}
	for _, reason := range ReturnReasons() {
		if reason.Label() == string(reason) {
			t.Errorf("%s has no words", reason)
		}
	}
}

func TestReceiptsAreRefused(t *testing.T) {
	t.Parallel()
	r := Return{Status: ReturnApproved, Lines: []ReturnLine{{LineNo: 1, Quantity: 3, Approved: 2}}}
	unit := func(line int, n int64, c ReturnCondition, restock bool) ReceivedUnits {
		return ReceivedUnits{LineUnits{line, n}, c, restock}
	}
	cases := []struct {
		name  string
		units []ReceivedUnits
		code  Code
	}{
		{"two", []ReceivedUnits{unit(1, 2, ConditionAsNew, true)}, ""},
		{"one and one", []ReceivedUnits{unit(1, 1, ConditionAsNew, true), unit(1, 1, ConditionDamaged, false)}, ""},
		{"three", []ReceivedUnits{unit(1, 3, ConditionAsNew, true)}, CodeConflict},
		{"two and one", []ReceivedUnits{unit(1, 2, ConditionAsNew, true), unit(1, 1, ConditionDamaged, false)}, CodeConflict},
		{"none", nil, CodeInvalid},
		{"less than none", []ReceivedUnits{unit(1, -1, ConditionAsNew, true)}, CodeInvalid},
		{"another line", []ReceivedUnits{unit(2, 1, ConditionAsNew, true)}, CodeInvalid},
		{"no condition", []ReceivedUnits{unit(1, 1, "shiny", false)}, CodeInvalid},
		{"damaged, on sale", []ReceivedUnits{unit(1, 1, ConditionDamaged, true)}, CodeInvalid},
	}
	for _, c := range cases {
		if err := (ReceiveReturnCommand{Units: c.units}).Plan(r); CodeOf(err) != c.code {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	r.Lines[0].Received, r.Receipts = 2, []ReturnReceipt{{LineNo: 1, Quantity: 2, Actor: Actor{Name: "Mo"}}}
	mustRefuse(t, ReceiveReturnCommand{Units: cases[0].units}.Plan(r), CodeConflict, "2 of 2 units have been received already, the last by Mo.")
}
