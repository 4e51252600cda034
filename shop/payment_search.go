package shop

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// MaxSearchLength is the longest text of a search box, in bytes.
	MaxSearchLength = 200
	maxSearchTerms  = 20
)

// ParsePaymentSearch reads the search grammar of the payments list into the filter: words of the form key:value, and
// bare words that are an order number, a payment id or a provider's reference. now resolves words such as last-week,
// whose weeks begin on Monday in UTC. Words that mean nothing are refused, all of them named, never ignored.
func ParsePaymentSearch(text string, filter PaymentFilter, now time.Time) (PaymentFilter, error) {
	if len(text) > MaxSearchLength {
		return filter, Invalid("q", fmt.Sprintf("The search can have at most %d characters", MaxSearchLength))
	}
	words := strings.Fields(text)
	if len(words) > maxSearchTerms {
		return filter, Invalid("q", fmt.Sprintf("The search can have at most %d words", maxSearchTerms))
	}
	var problems []string
	for _, word := range words {
		if err := filter.apply(word, now); err != nil {
			problems = append(problems, err.Error())
		}
	}
	if problems != nil {
		return filter, Invalid("q", strings.Join(problems, " "))
	}
	return filter, nil
}

// searchProblem is an error whose text is for people.
type searchProblem string

// Error is the text itself.
func (p searchProblem) Error() string { return string(p) }

// paymentSearchKeys read the value of one key each.
var paymentSearchKeys = map[string]func(*PaymentFilter, string, time.Time) error{
	"amount": func(f *PaymentFilter, v string, _ time.Time) (err error) {
		f.Amount, err = ParseAmountRange(v)
		return err
	},
	"status":   func(f *PaymentFilter, v string, _ time.Time) error { return f.setStatuses(v) },
	"method":   func(f *PaymentFilter, v string, _ time.Time) error { f.Method = v; return nil },
	"provider": func(f *PaymentFilter, v string, _ time.Time) error { f.Provider = v; return nil },
	"currency": func(f *PaymentFilter, v string, _ time.Time) (err error) {
		f.Currency, err = ParseCurrency(v)
		return err
	},
	"order": func(f *PaymentFilter, v string, _ time.Time) (err error) {
		f.OrderID, err = ParseOrderNumber(v)
		return err
	},
	"payment": func(f *PaymentFilter, v string, _ time.Time) error { return f.setPayment(v) },
	"ref":     func(f *PaymentFilter, v string, _ time.Time) error { f.Reference = v; return nil },
	"last4":   func(f *PaymentFilter, v string, _ time.Time) error { return f.setLast4(v) },
	"created": func(f *PaymentFilter, v string, now time.Time) error {
		period, err := ParsePeriod(v, now)
		f.From, f.Until = period.From, period.Until
		return err
	},
}

// PaymentSearchKeys lists the keys of the grammar, sorted.
func PaymentSearchKeys() []string {
	keys := make([]string, 0, len(paymentSearchKeys))
	for key := range paymentSearchKeys {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func (f *PaymentFilter) apply(word string, now time.Time) error {
	key, value, isTerm := strings.Cut(word, ":")
	if !isTerm {
		return f.applyBare(word)
	}
	set, known := paymentSearchKeys[strings.ToLower(key)]
	if !known {
		return searchProblem(fmt.Sprintf("There is no search key %q; there are %s.", key, strings.Join(PaymentSearchKeys(), ", ")))
	}
	if value == "" {
		return searchProblem(fmt.Sprintf("%s: needs a value.", key))
	}
	if err := set(f, value, now); err != nil {
		return searchProblem(fmt.Sprintf("%s: %s", word, messageOf(err)))
	}
	return nil
}

// applyBare takes a word for the first it can be: an order number, an id, or a reference, which may be any text. Digits
// alone may be the id of a payment or of an order, which the database tells apart.
func (f *PaymentFilter) applyBare(word string) error {
	id, err := ParseOrderNumber(word)
	switch {
	case err == nil:
		f.OrderID = id
	case isDigits(word):
		return f.setPayment(word)
	case looksLikeOrderNumber(word):
		return searchProblem(messageOf(err))
	default:
		f.Reference = word
	}
	return nil
}

// looksLikeOrderNumber tells whether a word has the groups of an order number: 5, 4 and 2 characters.
func looksLikeOrderNumber(word string) bool {
	parts := strings.Split(word, "-")
	return len(parts) == 3 && len(parts[0]) == 5 && len(parts[1]) == 4 && len(parts[2]) == 2
}

func messageOf(err error) string {
	if known, ok := err.(*Error); ok { //nolint:errorlint // the parsers of this package wrap nothing
		return known.Message
	}
	return err.Error()
}

func (f *PaymentFilter) setStatuses(list string) error {
	for word := range strings.SplitSeq(list, ",") {
		status, err := ParsePaymentStatus(word)
		if err != nil {
			return err
		}
		if !slices.Contains(f.Statuses, status) {
			f.Statuses = append(f.Statuses, status)
		}
	}
	return nil
}

func (f *PaymentFilter) setPayment(digits string) error {
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || id <= 0 {
		return searchProblem("a payment id is a whole number.")
	}
	f.PaymentID = id
	return nil
}

func (f *PaymentFilter) setLast4(digits string) error {
	if len(digits) != 4 || !isDigits(digits) {
		return searchProblem("write the last four digits of the card.")
	}
	f.CardLast4 = digits
	return nil
}
