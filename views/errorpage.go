package views

import (
	"net/http"
	"time"

	"waybill/views/format"
)

// Failure is what an ErrorPage says. RequestID is what the person is asked to
// quote; it is shown for every failure.
type Failure struct {
	Status    int
	Title     string
	Message   string
	Problems  []string      // each thing that is wrong, when there are several
	Wait      time.Duration // before it makes sense to try again; 0: nobody knows
	RequestID string
	Links     []Link // where to go from here; the first is the best guess
}

// Link is a way on.
type Link struct{ Label, URL string }

// waitWords say how long to wait, in whole seconds and never too short.
func (f Failure) waitWords() string {
	return format.Duration((f.Wait + time.Second - 1).Truncate(time.Second))
}

// FailureFor returns a Failure with the words that fit an HTTP status, for errors
// that bring none of their own.
func FailureFor(status int) Failure {
	words, ok := failureWords[status]
	if !ok {
		status, words = http.StatusInternalServerError, failureWords[http.StatusInternalServerError]
	}
	return Failure{Status: status, Title: words.title, Message: words.message}
}

// FailureSaying is FailureFor with a reason of its own in place of the usual one.
func FailureSaying(status int, reason string) Failure {
	failure := FailureFor(status)
	failure.Message = reason
	if title := titlesWithReason[failure.Status]; title != "" {
		failure.Title = title
	}
	return failure
}

// titlesWithReason stand over a reason that need not be the usual one: not every conflict is a faster colleague.
var titlesWithReason = map[int]string{
	http.StatusForbidden: "That was not carried out",
	http.StatusConflict:  "That is not possible as things stand",
}

var failureWords = map[int]struct{ title, message string }{
	http.StatusBadRequest:            {"That request makes no sense here", "The address or the form that was sent is incomplete or damaged. Nothing was changed."},
	http.StatusForbidden:             {"Your account may not do this", "Nothing was changed. An administrator can give your account the role that this page needs."},
	http.StatusNotFound:              {"There is nothing at this address", "It may have been mistyped, or it belongs to another account."},
	http.StatusMethodNotAllowed:      {"That does not work this way", "The page cannot be opened or sent like that. Nothing was changed."},
	http.StatusConflict:              {"Somebody was faster", "This has changed since you opened the page. Look at how it stands now, then decide again."},
	http.StatusRequestEntityTooLarge: {"That is too large", "What was sent exceeds the limit. Nothing was changed."},
	http.StatusUnprocessableEntity:   {"That could not be accepted", "Something in the form breaks a rule. Nothing was changed."},
	http.StatusTooManyRequests:       {"Too many requests", "Please wait a moment and then try again."},
	http.StatusInternalServerError:   {"Something went wrong on our side", "It has been recorded. If you were placing an order, look at your orders before you try again."},
	http.StatusServiceUnavailable:    {"Waybill is busy or being updated", "Nothing was changed. Please try again in a moment."},
}
