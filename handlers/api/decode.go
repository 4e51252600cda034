package api

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"waybill/shop"
)

const (
	maxFieldErrors = 50       // named in one answer; a client that makes more mends these first
	maxPooledBody  = 64 << 10 // a larger buffer is left to the garbage collector
	maxFieldPath   = 200      // bytes of a name that is repeated to who made it up

	mergePatchType = "application/merge-patch+json" // RFC 7396
)

// bodyReader is a request's JSON object on its way in. Reading is strict: what is not JSON (duplicate names and invalid UTF-8
// included) is malformed, a 400 that says where; a field that is unknown, of the wrong type or out of range is invalid,
// a 422 that names it. After the first malformed byte all reading returns zero values and changes nothing.
type bodyReader struct {
	bytes   bytes.Buffer
	raw     []byte // what bytes held before it was read
	json    jsontext.Decoder
	fields  []shop.FieldError
	refused error // not JSON
}

var bodies = sync.Pool{New: func() any { return new(bodyReader) }}

// readOptionalBody is readBody for requests that may come without a body.
func readOptionalBody(r *http.Request, member func(b *bodyReader, name string) bool) error {
	if r.ContentLength == 0 {
		return nil
	}
	return readBody(r, member)
}

// readBody reads the request's JSON object: it calls member for each name, which reads the value, or returns false to
// refuse the name. The length of the body is bounded by the server (see web.Routes).
func readBody(r *http.Request, member func(b *bodyReader, name string) bool) error {
	if err := checkContentType(r); err != nil {
		return err
	}
	b := bodies.Get().(*bodyReader)
	defer b.release()
	if _, err := b.bytes.ReadFrom(r.Body); err != nil {
		return unreadable(err)
	}
	return b.read(member)
}

func (b *bodyReader) release() {
	if b.bytes.Cap() > maxPooledBody {
		return
	}
	b.bytes.Reset()
	b.raw, b.fields, b.refused = nil, nil, nil
	bodies.Put(b)
}

func (b *bodyReader) read(member func(b *bodyReader, name string) bool) error {
	b.raw = b.bytes.Bytes()
	b.json.Reset(&b.bytes)
	if kind := b.json.PeekKind(); kind != '{' && kind != 0 {
		return malformed("The body must be a JSON object.")
	}
	b.object(member)
	if b.refused == nil {
		b.end()
	}
	if b.refused != nil {
		return b.refused
	}
	if b.fields != nil {
		return shop.InvalidFields(b.fields...)
	}
	return nil
}

// end makes sure that nothing follows the object.
func (b *bodyReader) end() {
	_, err := b.json.ReadToken()
	if errors.Is(err, io.EOF) {
		return
	}
	if err == nil {
		b.refused = malformed("Something follows the JSON object at " + b.position(b.json.InputOffset()) + ".")
		return
	}
	b.fail(err)
}

// object reads an object, or notes that it is none.
func (b *bodyReader) object(member func(b *bodyReader, name string) bool) {
	if !b.expect('{', "an object") {
		return
	}
	b.token() // {
	for b.refused == nil && b.json.PeekKind() != '}' {
		name := b.token()
		if b.refused == nil && !member(b, name.String()) {
			b.skip()
			b.note("There is no such field.")
		}
	}
	b.token() // }
}

// array reads at most limit elements and returns how many there are in all.
func (b *bodyReader) array(limit int, element func(i int)) (length int) {
	if !b.expect('[', "a list") {
		return 0
	}
	b.token() // [
	for b.refused == nil && b.json.PeekKind() != ']' {
		if length < limit {
			element(length)
		} else {
			b.skip()
		}
		length++
	}
	b.token() // ]
	return length
}

// integer reads a whole number of 64 bits. 1.0 and 1e3 are none: who writes them may mean something else.
func (b *bodyReader) integer() int64 {
	text := b.number()
	if text == nil {
		return 0
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		b.note("This number is too large.")
	case err != nil:
		b.note("This must be a whole number, written without fraction or exponent.")
	}
	return n
}

// optionalInteger is integer for a field that may be null, which is zero.
func (b *bodyReader) optionalInteger() int64 {
	if b.null() {
		return 0
	}
	return b.integer()
}

// nullableInteger is integer for a field whose null is not zero.
func (b *bodyReader) nullableInteger() *int64 {
	if b.null() {
		return nil
	}
	n := b.integer()
	return &n
}

// optionalDecimal reads a number as it is written, "" for null: what digits it may have depends on its currency.
func (b *bodyReader) optionalDecimal() string {
	if b.null() {
		return ""
	}
	return string(b.number())
}

// decimal reads a number as it is written.
func (b *bodyReader) decimal() string { return string(b.number()) }

// number returns the digits of a number, valid until the next read, or notes that it is none and returns nil.
func (b *bodyReader) number() []byte {
	if !b.expect('0', "a number") {
		return nil
	}
	value, err := b.json.ReadValue()
	if err != nil {
		b.fail(err)
		return nil
	}
	return value
}

// text reads a string, without spaces around. PostgreSQL stores every character but NUL.
func (b *bodyReader) text() string {
	if !b.expect('"', "a text") {
		return ""
	}
	token := b.token()
	if b.refused != nil {
		return ""
	}
	text := token.String()
	if strings.ContainsRune(text, 0) {
		b.note("This must not contain the NUL character.")
	}
	return strings.TrimSpace(text)
}

// optionalText is text for a field that may be null, which is empty.
func (b *bodyReader) optionalText() string {
	if b.null() {
		return ""
	}
	return b.text()
}

// optionalBytes reads bytes in base64 (RFC 4648 section 4), none for null.
func (b *bodyReader) optionalBytes() []byte {
	text := b.optionalText()
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		b.note("This must be base64, as RFC 4648 has it in section 4.")
	}
	return data
}

// boolean reads true or false.
func (b *bodyReader) boolean() bool {
	if kind := b.json.PeekKind(); kind != 't' && kind != 'f' {
		return b.expect('t', "true or false")
	}
	token := b.token()
	return b.refused == nil && token.Bool()
}

// null reads a null if there is one.
func (b *bodyReader) null() bool {
	if b.refused != nil || b.json.PeekKind() != 'n' {
		return false
	}
	b.token()
	return true
}

// expect tells whether the next value is of a kind; if not, it is skipped and noted.
func (b *bodyReader) expect(kind jsontext.Kind, what string) bool {
	if b.refused != nil {
		return false
	}
	actual := b.json.PeekKind()
	if actual == kind {
		return true
	}
	b.skip()
	if actual != 0 { // else it is no JSON, which skip has found out
		b.note("This must be " + what + ", not " + kindNames[actual] + ".")
	}
	return false
}

var kindNames = map[jsontext.Kind]string{
	'n': "null", 't': "true", 'f': "false", '"': "a text", '0': "a number", '{': "an object", '[': "a list",
}

func (b *bodyReader) token() jsontext.Token {
	if b.refused != nil {
		return jsontext.Null
	}
	token, err := b.json.ReadToken()
	if err != nil {
		b.fail(err)
		return jsontext.Null
	}
	return token
}

func (b *bodyReader) skip() {
	if b.refused != nil {
		return
	}
	if err := b.json.SkipValue(); err != nil {
		b.fail(err)
	}
}

// note refuses the value that was read last.
func (b *bodyReader) note(message string) {
	if b.refused == nil {
		b.refuse(fieldPath(b.json.StackPointer()), message)
	}
}

// refuse refuses a field by its path.
func (b *bodyReader) refuse(field, message string) {
	if len(b.fields) < maxFieldErrors {
		b.fields = append(b.fields, shop.FieldError{Field: field, Message: message})
	}
}

// fail ends reading: the body is not JSON.
func (b *bodyReader) fail(err error) {
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		b.refused = malformed(fmt.Sprintf("The field %q appears twice in the body.", fieldPath(syntax.JSONPointer)))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		b.refused = malformed("The body ends before its JSON object does.")
	case errors.As(err, &syntax):
		b.refused = malformed(fmt.Sprintf("The body is not valid JSON: %v at %s.", syntax.Err, b.position(syntax.ByteOffset)))
	default:
		b.refused = unreadable(err)
	}
}

// position says where a byte is, for people: lines and columns (in bytes) count from 1.
func (b *bodyReader) position(offset int64) string {
	before := b.raw[:min(offset, int64(len(b.raw)))]
	line := bytes.Count(before, []byte{'\n'}) + 1
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return fmt.Sprintf("line %d, column %d", line, column)
}

// fieldPath writes a JSON pointer as the contract does: items[0].quantity.
func fieldPath(pointer jsontext.Pointer) string {
	var path strings.Builder
	for name := range pointer.Tokens() {
		_, err := strconv.ParseUint(name, 10, 32)
		switch {
		case err == nil && path.Len() > 0:
			path.WriteString("[" + name + "]")
		case path.Len() > 0:
			path.WriteString("." + name)
		default:
			path.WriteString(name)
		}
	}
	if path.Len() > maxFieldPath {
		return strings.ToValidUTF8(path.String()[:maxFieldPath], "") + "…"
	}
	return path.String()
}

func checkContentType(r *http.Request) error {
	header := r.Header.Get("Content-Type")
	if header == "" {
		return nil // who says nothing sends JSON: the endpoints take nothing else
	}
	kind, params, err := mime.ParseMediaType(header)
	charset := params["charset"]
	if err == nil && (kind == "application/json" || kind == mergePatchType && r.Method == http.MethodPatch) && (charset == "" || strings.EqualFold(charset, "utf-8")) {
		return nil
	}
	return &refusal{http.StatusUnsupportedMediaType, &shop.Error{
		Code: shop.CodeInvalid, Message: "Please send JSON: Content-Type: application/json, in UTF-8.",
	}}
}

// unreadable says why the body did not arrive.
func unreadable(err error) error {
	if tooLong, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &shop.Error{Code: shop.CodeTooLarge, Message: fmt.Sprintf("The body is too long: the limit is %d KiB.", tooLong.Limit>>10), Err: err}
	}
	return &refusal{http.StatusBadRequest, &shop.Error{Code: shop.CodeInvalid, Message: "The body could not be read to its end.", Err: err}}
}

func malformed(message string) error {
	return &refusal{http.StatusBadRequest, &shop.Error{Code: shop.CodeInvalid, Message: message}}
}
