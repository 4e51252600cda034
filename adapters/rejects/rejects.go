// Package rejects writes the input that an import refused to a CSV file, for the
// person who will correct it.
package rejects

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"strconv"

	"waybill/shop"
)

// File is a rejects file with the columns file, line, reason and raw; raw is the input
// byte for byte. Nothing refused leaves no file.
type File struct {
	path  string
	file  *os.File
	out   *csv.Writer
	count int
}

// Create prepares a rejects file at path. A file that an earlier run left there is
// removed, because it tells of that run and not of this one.
func Create(path string) (*File, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("removing the rejects file of an earlier run: %w", err)
	}
	return &File{path: path}, nil
}

// WriteReject adds a row. The first one creates the file.
func (f *File) WriteReject(r shop.ImportReject) error {
	if f.file == nil {
		if err := f.open(); err != nil {
			return err
		}
	}
	f.count++
	if err := f.out.Write([]string{r.File, strconv.FormatInt(r.Line, 10), r.Reason, r.Raw}); err != nil {
		return fmt.Errorf("writing the rejects file: %w", err)
	}
	return nil
}

func (f *File) open() error {
	file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("creating the rejects file: %w", err)
	}
	f.file, f.out = file, csv.NewWriter(file)
	if err := f.out.Write([]string{"file", "line", "reason", "raw"}); err != nil {
		return fmt.Errorf("writing the rejects file: %w", err)
	}
	return nil
}

// Count is the number of rows written.
func (f *File) Count() int { return f.count }

// Close writes out what is buffered. An import that was interrupted closes its file
// too, so that the rejects so far can be read.
func (f *File) Close() error {
	if f.file == nil {
		return nil
	}
	f.out.Flush()
	if err := errors.Join(f.out.Error(), f.file.Close()); err != nil {
		return fmt.Errorf("writing the rejects file: %w", err)
	}
	return nil
}
