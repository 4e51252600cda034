package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"waybill/shop"
)

// answer is what an endpoint says.
type answer struct {
	status   int
	body     any    // written as JSON
	replayed bool   // the stored answer to an earlier request with the same idempotency key
	location string // the address of what was made; optional
}

func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// write writes an answer. It is encoded into memory first: a failure in the middle is a problem, not half a body.
func (a *API) write(w http.ResponseWriter, r *http.Request, got answer) {
	buffer := buffers.Get().(*bytes.Buffer)
	defer func() {
		if buffer.Cap() <= maxPooledBody {
			buffers.Put(buffer)
		}
	}()
	buffer.Reset()
	if err := encode(buffer, got.body); err != nil {
		a.fail(w, r, err)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	if got.replayed {
		header.Set("Idempotent-Replayed", "true")
	}
	if got.location != "" {
		header.Set("Location", got.location)
	}
	w.WriteHeader(got.status)
	_, _ = w.Write(buffer.Bytes()) // a client who left is nobody's error
}

func encode(to *bytes.Buffer, value any) error {
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// decimal is an amount as the contract writes it: a JSON number with all digits of its currency, exact at any size.
type decimal shop.Amount

// MarshalJSON writes 129.97, 0.00, 5800 (JPY) or 1.234 (KWD).
func (d decimal) MarshalJSON() ([]byte, error) { return []byte(shop.Amount(d).Decimal()), nil }

// stamp is a time as the contract writes it: RFC 3339 in UTC with milliseconds. The zero time is null.
type stamp time.Time

const stampLayout = `"2006-01-02T15:04:05.000Z"`

// MarshalJSON cuts what is beyond milliseconds off, so that an answer is never ahead of the event.
func (s stamp) MarshalJSON() ([]byte, error) {
	t := time.Time(s)
	if t.IsZero() {
		return []byte("null"), nil
	}
	return t.UTC().AppendFormat(make([]byte, 0, len(stampLayout)), stampLayout), nil
}

// orNull is a text that is null when it is empty.
type orNull string

// MarshalJSON writes the text, or null.
func (s orNull) MarshalJSON() ([]byte, error) {
	if s == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(s))
}

// orNullID is an id that is null when it is zero.
type orNullID int64

// MarshalJSON writes the id, or null.
func (id orNullID) MarshalJSON() ([]byte, error) {
	if id == 0 {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, int64(id), 10), nil
}

// ratio is parts per million as the contract writes them: the exact decimal fraction, 0.1075 for 107500.
type ratio int64

// MarshalJSON writes the fraction without zeros at its end.
func (r ratio) MarshalJSON() ([]byte, error) {
	whole, parts := int64(r)/1_000_000, int64(r)%1_000_000
	text := strings.TrimRight(fmt.Sprintf("%d.%06d", whole, parts), "0")
	return []byte(strings.TrimSuffix(text, ".")), nil
}

// list is one page of a list.
type list[T any] struct {
	Data       []T    `json:"data"`
	NextCursor orNull `json:"nextCursor"` // null on the last page
}

// listOf makes a page of rows. next is the cursor of the page after it, "" on the last.
func listOf[Row, T any](rows []Row, next string, view func(Row) T) list[T] {
	return list[T]{Data: views(rows, view), NextCursor: orNull(next)}
}

// views writes each row; no rows are an empty list, not null.
func views[Row, T any](rows []Row, view func(Row) T) []T {
	all := make([]T, len(rows))
	for i, row := range rows {
		all[i] = view(row)
	}
	return all
}
