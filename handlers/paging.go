package handlers

import (
	"errors"
	"net/http"
	"strconv"

	"waybill/shop"
	"waybill/views/urls"
)

// cursor reads the keyset cursor of a list: only rows with a lower id follow; 0 is the newest. ok is false for one that
// no page of ours has written.
func cursor(r *http.Request) (before int64, ok bool) {
	text := r.URL.Query().Get("before")
	if text == "" {
		return 0, true
	}
	before, err := strconv.ParseInt(text, 10, 64)
	return before, err == nil && before > 0
}

// withCursor is the address of the page after the row with this id.
func withCursor(address string, id int64) string {
	return urls.With(address, urls.Query{{Name: "before", Value: strconv.FormatInt(id, 10)}})
}

// messageOf is what a domain error says to people.
func messageOf(err error) string {
	var known *shop.Error
	if errors.As(err, &known) {
		return known.Message
	}
	return err.Error()
}
