package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
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
	tag      string // the version of the body, for If-Match; optional
	file     *file  // instead of a body
}

// file is an answer that is no JSON.
type file struct {
	mediaType string
	name      string
	data      []byte
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
	header := w.Header()
	if got.file != nil {
		header.Set("Content-Type", got.file.mediaType)
		header.Set("Content-Disposition", `attachment; filename="`+got.file.name+`"`)
		buffer.Write(got.file.data)
	} else if err := encode(buffer, got.body); err != nil {
		a.fail(w, r, err)
		return
	} else {
		header.Set("Content-Type", typeJSON)
	}
	if got.tag != "" {
		header.Set("ETag", got.tag)
	}
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

// The values of the contract that JSON has no type for. They are plain numbers, texts and pointers, so that writing a body
// runs no code of ours.
type (
	// decimal is an amount: a number with all digits of its currency, exact at any size.
	decimal = json.Number
	// ratio is an exact fraction, such as a tax rate.
	ratio = json.Number
	// stamp is a time: RFC 3339 in UTC with milliseconds, or null.
	stamp = *string
)

// decimalOf writes 129.97, 0.00, 5800 (JPY) or 1.234 (KWD).
func decimalOf(a shop.Amount) decimal { return decimal(a.Decimal()) }

// ratioOf writes parts per million as the fraction: 107500 is 0.1075.
func ratioOf(ppm int64) ratio {
	text := strings.TrimRight(fmt.Sprintf("%d.%06d", ppm/1_000_000, ppm%1_000_000), "0")
	return ratio(strings.TrimSuffix(text, "."))
}

// stampOf cuts what is beyond milliseconds off, so that an answer is never ahead of the event. The zero time is null.
func stampOf(t time.Time) stamp {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format("2006-01-02T15:04:05.000Z")
	return &text
}

// orNull is a text that is null when it is empty.
func orNull[Text ~string](s Text) *string {
	if s == "" {
		return nil
	}
	text := string(s)
	return &text
}

// idOrNull is an id that is null when it is zero.
func idOrNull[ID ~int64](id ID) *int64 {
	if id == 0 {
		return nil
	}
	n := int64(id)
	return &n
}

// list is one page of a list.
type list[T any] struct {
	Data       []T     `json:"data"`
	NextCursor *string `json:"nextCursor"` // null on the last page
}

// listOf makes a page of rows. next is the cursor of the page after it, "" on the last.
func listOf[Row, T any](rows []Row, next string, view func(Row) T) list[T] {
	return list[T]{Data: each(rows, view), NextCursor: orNull(next)}
}

// each writes each row; no rows are an empty list, not null.
func each[Row, T any](rows []Row, view func(Row) T) []T {
	all := make([]T, len(rows))
	for i, row := range rows {
		all[i] = view(row)
	}
	return all
}
