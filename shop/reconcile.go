package shop

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"time"
)

// Movement is what one side says moved for a charge: all its captures, or all its refunds, in one currency. A charge that
// pays several orders of a checkout is one movement.
type Movement struct {
	Charge   string // the provider's reference of the charge
	Kind     TransactionKind
	Currency Currency
	Minor    int64     // what moved; 0 when the side knows of the charge and says that nothing did
	At       time.Time // the first of it
	// OrderID and PaymentID name the first part in our books, Parts counts them; zero on the provider's side.
	OrderID   OrderID
	PaymentID int64
	Parts     int
	// Unsettled is the state of a part that our books have and do not count: unknown, failed, ...; "" if there is none.
	Unsettled string
}

func compareMovements(a, b Movement) int {
	return cmp.Or(cmp.Compare(a.Charge, b.Charge), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Currency, b.Currency))
}

// GroupMovements adds up what belongs to the same charge, kind and currency, and sorts the sums as Reconcile reads them.
// A sum beyond 64 bits is CodeInvalid.
func GroupMovements(parts []Movement) ([]Movement, error) {
	sorted := slices.Clone(parts)
	slices.SortStableFunc(sorted, func(a, b Movement) int {
		return cmp.Or(compareMovements(a, b), a.At.Compare(b.At), cmp.Compare(a.PaymentID, b.PaymentID))
	})
	var sums []Movement
	for _, part := range sorted {
		last := len(sums) - 1
		if last < 0 || compareMovements(sums[last], part) != 0 {
			sums = append(sums, part)
			continue
		}
		sum, ok := addInt64(sums[last].Minor, part.Minor)
		if !ok {
			return nil, invalid("The amounts of charge " + part.Charge + " are too large to add up.")
		}
		sums[last].Minor = sum
		sums[last].Parts += part.Parts
		sums[last].Unsettled = cmp.Or(sums[last].Unsettled, part.Unsettled)
	}
	return sums, nil
}

// MatchClass says how our books and a provider's record of a movement relate.
type MatchClass string

// The classes. Every one but matched is an exception, a surplus too.
const (
	Matched           MatchClass = "matched"
	MissingAtProvider MatchClass = "missing_at_provider" // our books have it, the provider does not
	MissingWithUs     MatchClass = "missing_with_us"     // the provider has it, our books do not
	AmountDiffers     MatchClass = "amount_differs"      // the provider has less than our books
	Surplus           MatchClass = "surplus"             // the provider has more than our books
	StatusDiffers     MatchClass = "status_differs"      // it moved at the provider; our books have it in another state
)

// MatchClasses lists the classes in the order in which people read them.
func MatchClasses() []MatchClass {
	return []MatchClass{Matched, MissingAtProvider, MissingWithUs, AmountDiffers, Surplus, StatusDiffers}
}

// Match is one movement as both sides have it.
type Match struct {
	Class        MatchClass
	Movement     // ours, or the provider's where ours is missing
	TheirsMinor  int64
	OursOnRecord bool
}

// OursMinor is what our books say moved.
func (m Match) OursMinor() int64 {
	if !m.OursOnRecord {
		return 0
	}
	return m.Minor
}

// DifferenceMinor is how much more the provider has than our books: a surplus is above zero.
func (m Match) DifferenceMinor() int64 { return m.TheirsMinor - m.OursMinor() }

// ExceptionKind is the class as exceptions carry it: refunds are told from captures.
func (m Match) ExceptionKind() string {
	if m.Kind == TransactionRefund {
		return "refund_" + string(m.Class)
	}
	return string(m.Class)
}

// Reason says in a sentence what differs, with both figures and the amount between them.
func (m Match) Reason() string {
	amount := func(minor int64) string {
		return Amount{Minor: minor, Currency: m.Currency}.Decimal() + " " + string(m.Currency)
	}
	what := map[TransactionKind]string{TransactionCapture: "captured", TransactionRefund: "refunded"}[m.Kind]
	switch m.Class {
	case Matched:
		return fmt.Sprintf("Both sides have %s %s.", amount(m.TheirsMinor), what)
	case MissingAtProvider:
		return fmt.Sprintf("Our books have %s %s; the provider's record has nothing.", amount(m.OursMinor()), what)
	case MissingWithUs:
		return fmt.Sprintf("The provider's record has %s %s; our books do not know the charge.", amount(m.TheirsMinor), what)
	case StatusDiffers:
		return fmt.Sprintf("The provider's record has %s %s; our books have %s and a part that is %s.", amount(m.TheirsMinor), what, amount(m.OursMinor()), m.Unsettled)
	case Surplus:
		return fmt.Sprintf("Our books have %s %s, the provider's record %s: %s more.", amount(m.OursMinor()), what, amount(m.TheirsMinor), amount(m.DifferenceMinor()))
	}
	return fmt.Sprintf("Our books have %s %s, the provider's record %s: %s less.", amount(m.OursMinor()), what, amount(m.TheirsMinor), amount(-m.DifferenceMinor()))
}

// Reconcile walks two records, each grouped and sorted by GroupMovements, side by side and yields how every movement
// matches. What neither side says moved is left out. It holds one movement of each side at a time.
func Reconcile(ours, theirs iter.Seq[Movement]) iter.Seq[Match] {
	return func(yield func(Match) bool) {
		nextOurs, stopOurs := iter.Pull(ours)
		defer stopOurs()
		nextTheirs, stopTheirs := iter.Pull(theirs)
		defer stopTheirs()
		o, hasOurs := nextOurs()
		t, hasTheirs := nextTheirs()
		for hasOurs || hasTheirs {
			order := 0
			switch {
			case !hasTheirs:
				order = -1
			case !hasOurs:
				order = 1
			default:
				order = compareMovements(o, t)
			}
			if match, some := pair(o, t, order); some && !yield(match) {
				return
			}
			if order <= 0 {
				o, hasOurs = nextOurs()
			}
			if order >= 0 {
				t, hasTheirs = nextTheirs()
			}
		}
	}
}

// pair judges the movement that comes next: ours alone (order < 0), the provider's alone (order > 0), or both.
func pair(o, t Movement, order int) (match Match, some bool) {
	switch {
	case order < 0:
		return Match{Class: MissingAtProvider, Movement: o, OursOnRecord: true}, o.Minor != 0
	case order > 0:
		return Match{Class: MissingWithUs, Movement: t, TheirsMinor: t.Minor}, t.Minor != 0
	}
	match = Match{Class: Matched, Movement: o, TheirsMinor: t.Minor, OursOnRecord: true}
	if o.Minor == 0 {
		match.At = t.At // ours says when it was tried, theirs when it moved
	}
	switch {
	case o.Minor == t.Minor:
		return match, o.Minor != 0
	case o.Unsettled != "" && o.Minor < t.Minor:
		match.Class = StatusDiffers
	case o.Minor < t.Minor:
		match.Class = Surplus
	default:
		match.Class = AmountDiffers
	}
	return match, true
}

// MatchTotal adds up the movements of one class and currency.
type MatchTotal struct {
	Class       MatchClass
	Currency    Currency
	Movements   int64
	OursMinor   int64
	TheirsMinor int64
}

// DifferenceMinor is how much more the provider has than our books.
func (t MatchTotal) DifferenceMinor() int64 { return t.TheirsMinor - t.OursMinor }

// TotalMatches adds matches up by class and currency, captures and refunds with opposite signs, so that the totals are
// the money that stayed. They come in the order of MatchClasses, then by currency.
func TotalMatches(matches []Match) []MatchTotal {
	type key struct {
		class    MatchClass
		currency Currency
	}
	at := map[key]int{}
	var totals []MatchTotal
	for _, m := range matches {
		k := key{m.Class, m.Currency}
		i, known := at[k]
		if !known {
			i = len(totals)
			at[k] = i
			totals = append(totals, MatchTotal{Class: m.Class, Currency: m.Currency})
		}
		sign := int64(1)
		if m.Kind == TransactionRefund {
			sign = -1
		}
		totals[i].Movements++
		totals[i].OursMinor += sign * m.OursMinor()
		totals[i].TheirsMinor += sign * m.TheirsMinor
	}
	classes := MatchClasses()
	slices.SortFunc(totals, func(a, b MatchTotal) int {
		return cmp.Or(cmp.Compare(slices.Index(classes, a.Class), slices.Index(classes, b.Class)), cmp.Compare(a.Currency, b.Currency))
	})
	return totals
}

// ComparisonSource is what exceptions that a comparison with a provider's record found have as their source.
func ComparisonSource(provider string) string { return "comparison:" + provider }
