package rejects_test

import (
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"waybill/adapters/rejects"
	"waybill/shop"
)

func TestRejectsAreReadBackAsWritten(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "olist.rejects.csv")
	raws := []string{`plain,row`, `"half a quote`, "two\nlines", "not \xff UTF-8, a NUL \x00", ""}
	file, err := rejects.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, raw := range raws {
		reject := shop.ImportReject{File: "orders.csv", Line: int64(i + 2), Reason: "why, exactly", Raw: raw}
		if err := file.WriteReject(reject); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if file.Count() != len(raws) || len(rows) != len(raws)+1 {
		t.Fatalf("counted %d, read %d rows, want %d and a header", file.Count(), len(rows), len(raws))
	}
	if want := []string{"orders.csv", "3", "why, exactly", raws[1]}; !slices.Equal(rows[2], want) {
		t.Errorf("got %q, want %q", rows[2], want)
	}
	for i, raw := range raws {
		if rows[i+1][3] != raw {
			t.Errorf("raw text %d: got %q, want %q", i, rows[i+1][3], raw)
		}
	}
}

func TestNoRejectsLeaveNoFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "olist.rejects.csv")
	if err := os.WriteFile(path, []byte("of an earlier run"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := rejects.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a rejects file is there without rejects: %v", err)
	}
}

func TestCreateRefusesWhatItCannotWrite(t *testing.T) {
	t.Parallel()
	file, err := rejects.Create(filepath.Join(t.TempDir(), "no", "such", "folder", "x.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if err := file.WriteReject(shop.ImportReject{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want the missing folder", err)
	}
}
