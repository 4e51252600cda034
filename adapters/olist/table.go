package olist

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"waybill/shop"
)

// fileSpec names a file of the data set and the columns that are read from it. Other
// columns may be there in any order; optional ones may be missing.
type fileSpec struct {
	name     string
	required []string
	optional []string
}

func (f fileSpec) columns() []string {
	return append(append([]string{}, f.required...), f.optional...)
}

// table reads one file of the data set row by row, by column name.
type table struct {
	spec   fileSpec
	file   *os.File
	reader *recordReader
	width  int            // columns of the header
	at     map[string]int // name -> position of the columns that are read and there
	read   []int          // the positions in at
}

// row is one record of a table. fields is nil when problem is set.
type row struct {
	table *table
	record
}

// openTable opens the file and reads its header. A missing or unreadable file, and a
// header that lacks required columns, are CodeInvalid and name what is missing.
func openTable(dir string, spec fileSpec) (*table, error) {
	file, err := os.Open(filepath.Join(dir, spec.name))
	if err != nil {
		return nil, &shop.Error{Code: shop.CodeInvalid, Message: openProblem(spec.name, err), Err: err}
	}
	t := &table{spec: spec, file: file}
	t.reader = newRecordReader(file, func([]string) string { return "" })
	if problem := t.readHeader(); problem != "" {
		return nil, errors.Join(&shop.Error{Code: shop.CodeInvalid, Message: spec.name + ": " + problem}, file.Close())
	}
	t.reader.accept = t.accept
	return t, nil
}

func openProblem(name string, err error) string {
	if errors.Is(err, os.ErrNotExist) {
		return name + ": the file is missing"
	}
	return name + ": the file cannot be opened"
}

func (t *table) readHeader() (problem string) {
	header, err := t.reader.next()
	if errors.Is(err, io.EOF) {
		return "the file is empty"
	}
	if err != nil {
		return "the file cannot be read"
	}
	if header.problem != "" {
		return "the header cannot be read: " + header.problem
	}
	t.width, t.at = len(header.fields), map[string]int{}
	found := map[string]int{}
	for i, name := range header.fields {
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := found[name]; twice {
			return fmt.Sprintf("the column %q is there twice", name)
		}
		found[name] = i
	}
	var missing []string
	for _, name := range t.spec.columns() {
		if i, ok := found[name]; ok {
			t.at[name] = i
			t.read = append(t.read, i)
		}
	}
	for _, name := range t.spec.required {
		if _, ok := t.at[name]; !ok {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return "the file lacks " + plural(len(missing), "the column ", "the columns ") + strings.Join(missing, ", ")
	}
	return ""
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// accept refuses rows of another width than the header, and line breaks in the columns
// that are read: none of them may hold one, so a stray quote is behind it.
func (t *table) accept(fields []string) (problem string) {
	if len(fields) != t.width {
		return fmt.Sprintf("the row has %d columns, the header %d", len(fields), t.width)
	}
	for _, i := range t.read {
		if strings.ContainsAny(fields[i], "\r\n") {
			return "a line break stands where none can be"
		}
	}
	return ""
}

// next returns the next row and io.EOF after the last.
func (t *table) next() (row, error) {
	rec, err := t.reader.next()
	if err != nil && !errors.Is(err, io.EOF) {
		return row{}, fmt.Errorf("reading %s: %w", t.spec.name, err)
	}
	return row{table: t, record: rec}, err
}

func (t *table) close() error { return t.file.Close() }

// get returns a column's value without spaces around it, "" for an optional column
// that the file does not have.
func (r row) get(column string) string {
	if i, ok := r.table.at[column]; ok {
		return strings.TrimSpace(r.fields[i])
	}
	return ""
}

// likely guesses a column's value of a row that could not be cut into fields, so that
// what depends on the row can be found. It may be "" or wrong.
func (r row) likely(column string) string {
	if r.fields != nil {
		return r.get(column)
	}
	fields := strings.Split(r.raw, ",")
	if i := r.table.at[column]; i < len(fields) {
		return strings.Trim(fields[i], "\" \t")
	}
	return ""
}

func (r row) reject(reason string) shop.ImportReject {
	return shop.ImportReject{File: r.table.spec.name, Line: r.line, Reason: reason, Raw: r.raw}
}
