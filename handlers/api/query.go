package api

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"

	"waybill/shop"
)

const (
	defaultPageSize = 50
	maxQueryText    = 200 // characters of a search

	notACursor = "This is not a cursor of this list. Take it from nextCursor, unchanged."
)

// query reads the query parameters of a request. Each may come once; one that nobody asked for is refused by name, since a
// misspelt filter would answer with everything.
type query struct {
	values url.Values
	asked  []string
	fields []shop.FieldError
}

func queryOf(r *http.Request) *query { return &query{values: r.URL.Query()} }

func (q *query) refuse(name, message string) {
	q.fields = append(q.fields, shop.FieldError{Field: name, Message: message})
}

// text returns a parameter, "" when it is missing or empty.
func (q *query) text(name string) string {
	q.asked = append(q.asked, name)
	values := q.values[name]
	if len(values) > 1 {
		q.refuse(name, "This can be given once.")
	}
	text := strings.TrimSpace(q.values.Get(name))
	if utf8.RuneCountInString(text) > maxQueryText {
		q.refuse(name, fmt.Sprintf("This can have at most %d characters.", maxQueryText))
	}
	return text
}

// id returns an id, 0 when it is missing.
func (q *query) id(name string) int64 {
	text := q.text(name)
	if text == "" {
		return 0
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		q.refuse(name, "This must be an id: a whole number above zero.")
		return 0
	}
	return id
}

// limit is how many rows a page shall have. More than shop.MaxPageSize are answered with that many.
func (q *query) limit() int {
	text := q.text("limit")
	if text == "" {
		return defaultPageSize
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n == 0 {
		q.refuse("limit", fmt.Sprintf("The limit must be a whole number from 1 to %d.", shop.MaxPageSize))
		return defaultPageSize
	}
	return int(min(n, shop.MaxPageSize))
}

func (q *query) status() shop.Status {
	text := q.text("status")
	if text == "" {
		return ""
	}
	status, err := shop.ParseStatus(text)
	if err != nil {
		q.refuse("status", "The status must be pending, confirmed, processing, shipped, delivered, cancelled or refunded.")
	}
	return status
}

func (q *query) returnStatus() shop.ReturnStatus {
	text := q.text("status")
	if text == "" {
		return ""
	}
	status, err := shop.ParseReturnStatus(text)
	if err != nil {
		q.refuse("status", "The status must be requested, approved, in_transit, received, closed, rejected or cancelled.")
	}
	return status
}

func (q *query) currency() shop.Currency {
	text := q.text("currency")
	if text == "" {
		return ""
	}
	currency, err := shop.ParseCurrency(text)
	if err != nil {
		q.refuse("currency", "The currency must be an ISO 4217 code such as USD, EUR or JPY.")
	}
	return currency
}

// time returns a moment, the zero time when it is missing.
func (q *query) time(name string) time.Time {
	text := q.text(name)
	if text == "" {
		return time.Time{}
	}
	// In a query a plus sign is a space, unless it was escaped; nobody remembers.
	at, err := time.Parse(time.RFC3339Nano, strings.Replace(text, " ", "+", 1))
	if err != nil {
		q.refuse(name, "This must be a time such as 2026-05-23T02:30:00Z.")
	}
	return at
}

// cursor returns where a page of the named list begins: the key of the last row before it, 0 for the first page.
func (q *query) cursor(list string) int64 {
	text := q.text("cursor")
	if text == "" {
		return 0
	}
	key, ok := parseCursor(list, text)
	if !ok {
		q.refuse("cursor", notACursor)
	}
	return key
}

// done refuses what was wrong, all of it at once.
func (q *query) done() error {
	for name := range q.values {
		if !slices.Contains(q.asked, name) {
			q.refuse(name, "There is no such parameter.")
		}
	}
	if q.fields == nil {
		return nil
	}
	slices.SortFunc(q.fields, func(a, b shop.FieldError) int { return strings.Compare(a.Field, b.Field) })
	if len(q.fields) > maxFieldErrors {
		q.fields = q.fields[:maxFieldErrors]
	}
	return shop.InvalidFields(q.fields...)
}

// A cursor is the key of a row and a checksum over it and the list's name: who makes one up, or takes it from another
// list, is told so instead of getting a wrong page.
func formatCursor(list string, key int64) string {
	bytes := binary.BigEndian.AppendUint64(nil, uint64(key)) //nolint:gosec // keys are ids, above zero
	bytes = binary.BigEndian.AppendUint32(bytes, cursorSum(list, bytes))
	return base64.RawURLEncoding.EncodeToString(bytes)
}

func parseCursor(list, text string) (key int64, ok bool) {
	bytes, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(bytes) != 12 || binary.BigEndian.Uint32(bytes[8:]) != cursorSum(list, bytes[:8]) {
		return 0, false
	}
	key = int64(binary.BigEndian.Uint64(bytes)) //nolint:gosec // what does not fit is negative, and refused
	return key, key > 0
}

// A text cursor is one of a list that has more than a number for a place.
func formatTextCursor(list, place string) string {
	bytes := binary.BigEndian.AppendUint32([]byte(place), cursorSum(list, []byte(place)))
	return base64.RawURLEncoding.EncodeToString(bytes)
}

func parseTextCursor(list, text string) (place string, ok bool) {
	bytes, err := base64.RawURLEncoding.Strict().DecodeString(text)
	end := len(bytes) - 4
	if err != nil || end < 0 || binary.BigEndian.Uint32(bytes[end:]) != cursorSum(list, bytes[:end]) {
		return "", false
	}
	return string(bytes[:end]), true
}

func cursorSum(list string, key []byte) uint32 {
	return crc32.ChecksumIEEE(append([]byte(list+"\x00"), key...))
}

// nextCursor is the cursor of the page after rows, "" if there is none.
func nextCursor[Row any](list string, rows []Row, more bool, key func(Row) int64) string {
	if !more || len(rows) == 0 {
		return ""
	}
	return formatCursor(list, key(rows[len(rows)-1]))
}

// pathID is the id in the address. What is no id names nothing: CodeNotFound.
func pathID(r *http.Request, name, what string) (int64, error) {
	id, err := strconv.ParseInt(chi.URLParam(r, name), 10, 64)
	if err != nil || id <= 0 {
		return 0, shop.NotFound(what)
	}
	return id, nil
}

// pathOrder is the order in the address, by its id or its number. A mistyped number is named as such.
func pathOrder(r *http.Request) (shop.OrderID, error) {
	text := chi.URLParam(r, "id")
	if id, err := strconv.ParseInt(text, 10, 64); err == nil && id > 0 {
		return shop.OrderID(id), nil
	}
	id, err := shop.ParseOrderNumber(text)
	if err != nil {
		return 0, &shop.Error{Code: shop.CodeNotFound, Message: messageOf(err)}
	}
	return id, nil
}

// messageOf is what a domain error tells people.
func messageOf(err error) string {
	if known, ok := errors.AsType[*shop.Error](err); ok {
		return known.Message
	}
	return ""
}
