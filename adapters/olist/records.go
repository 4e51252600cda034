package olist

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// Limits of one record. A quote that is never closed may therefore cost one line and
// never the rest of the file.
const (
	maxLineBytes   = 64 << 10 // longer lines are refused unread
	maxRecordLines = 16       // lines that a quoted field may span
)

const byteOrderMark = "\ufeff"

// record is one row of a CSV file. problem says why it cannot be used; then fields is nil.
type record struct {
	line    int64 // of its first line, from 1
	raw     string
	fields  []string
	problem string
}

// textLine is one physical line, without its line end.
type textLine struct {
	number  int64
	text    string
	problem string
}

// recordReader cuts a CSV file into records. encoding/csv alone would be wrong here:
// after a stray quote it reads on to the next quote, wherever that is, and loses
// everything between. So lines are read one by one, and a record takes in further lines
// only while that gives a row that accept likes; otherwise its first line alone is
// refused and reading goes on with the second.
type recordReader struct {
	in       *bufio.Reader
	accept   func(fields []string) (problem string)
	lines    int64      // read so far
	returned []textLine // looked at and given back
}

func newRecordReader(in io.Reader, accept func([]string) string) *recordReader {
	return &recordReader{in: bufio.NewReaderSize(in, maxLineBytes), accept: accept}
}

// next returns the next record, usable or not, and io.EOF after the last. Blank lines
// are passed over.
func (r *recordReader) next() (record, error) {
	for {
		line, err := r.take()
		if err != nil {
			return record{}, err
		}
		if line.problem == "" && strings.TrimSpace(line.text) == "" {
			continue
		}
		return r.assemble(line)
	}
}

func (r *recordReader) assemble(first textLine) (record, error) {
	rec := record{line: first.number, raw: first.text, problem: first.problem}
	switch {
	case rec.problem != "":
		return rec, nil
	case !strings.Contains(first.text, `"`):
		rec.fields = strings.Split(first.text, ",")
	case strings.Count(first.text, `"`)%2 == 0:
		rec.fields, rec.problem = splitQuoted(first.text)
	default:
		return r.assembleLines(first)
	}
	return r.checked(rec), nil
}

func (r *recordReader) checked(rec record) record {
	if rec.problem == "" {
		rec.problem = r.accept(rec.fields)
	}
	if rec.problem != "" {
		rec.fields = nil
	}
	return rec
}

// assembleLines tries to complete a record whose last quote is open with the lines that follow.
func (r *recordReader) assembleLines(first textLine) (record, error) {
	texts := []string{first.text}
	var more []textLine
	for len(texts) < maxRecordLines {
		line, err := r.take()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return record{}, err
		}
		more = append(more, line)
		texts = append(texts, line.text)
		raw := strings.Join(texts, "\n")
		if line.problem != "" || len(raw) > maxLineBytes {
			break
		}
		if strings.Count(raw, `"`)%2 != 0 {
			continue
		}
		fields, problem := splitQuoted(raw)
		rec := r.checked(record{line: first.number, raw: raw, fields: fields, problem: problem})
		if rec.problem == "" {
			return rec, nil
		}
		break
	}
	r.returned = append(more, r.returned...)
	return record{line: first.number, raw: first.text, problem: "a quote is not closed on this line"}, nil
}

// splitQuoted parses text, whose quotes are even in number, as one record.
func splitQuoted(text string) (fields []string, problem string) {
	in := csv.NewReader(strings.NewReader(text))
	in.TrimLeadingSpace = true
	fields, err := in.Read()
	if err != nil {
		return nil, "the quotes are broken"
	}
	if in.InputOffset() != int64(len(text)) {
		return nil, "a quote is not closed on this line"
	}
	return fields, ""
}

// take returns the next physical line: one given back, or one read.
func (r *recordReader) take() (textLine, error) {
	if len(r.returned) > 0 {
		line := r.returned[0]
		r.returned = r.returned[1:]
		return line, nil
	}
	text, err := r.in.ReadSlice('\n')
	tooLong := errors.Is(err, bufio.ErrBufferFull)
	if err != nil && !tooLong && (!errors.Is(err, io.EOF) || len(text) == 0) {
		return textLine{}, err
	}
	r.lines++
	line := textLine{number: r.lines, text: strings.TrimRight(string(text), "\r\n")}
	if r.lines == 1 {
		line.text = strings.TrimPrefix(line.text, byteOrderMark)
	}
	if tooLong {
		line.problem = "the line is too long; only its beginning is kept"
		return line, r.skipLine()
	}
	line.problem = textProblem(line.text)
	return line, nil
}

// skipLine reads up to the end of a line that is too long, without keeping it.
func (r *recordReader) skipLine() error {
	for {
		_, err := r.in.ReadSlice('\n')
		if err == nil || errors.Is(err, io.EOF) {
			return nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// textProblem finds what PostgreSQL cannot store as text.
func textProblem(text string) string {
	switch {
	case strings.ContainsRune(text, 0):
		return "the line holds a NUL byte"
	case !utf8.ValidString(text):
		return "the line is not valid UTF-8"
	default:
		return ""
	}
}
