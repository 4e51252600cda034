package olist

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// width accepts rows of n fields without line breaks, as a table does whose columns are all read.
func width(n int) func([]string) string {
	return func(fields []string) string {
		if len(fields) != n {
			return fmt.Sprintf("%d fields", len(fields))
		}
		if slices.ContainsFunc(fields, func(f string) bool { return strings.Contains(f, "\n") }) {
			return "a line break"
		}
		return ""
	}
}

func readAll(t interface{ Fatal(...any) }, text string, accept func([]string) string) []record {
	r := newRecordReader(strings.NewReader(text), accept)
	var all []record
	for {
		rec, err := r.next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rec)
	}
}

func TestRecords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxLineBytes)
	manyLines, manyRecords := "", ""
	for i := range maxRecordLines {
		manyLines += "e,f\n"
		manyRecords += fmt.Sprintf(" %d[e f]", i+2)
	}
	// Each record is written as its line number and its fields, or ! and its problem.
	tests := []struct{ name, text, want string }{
		{"plain", "a,b\nc,d\n", "1[a b] 2[c d]"},
		{"no line end", "a,b", "1[a b]"},
		{"empty", "", ""},
		{"byte order mark and CRLF", "\ufeffa,b\r\nc,d\r\n", "1[a b] 2[c d]"},
		{"blank lines", "\na,b\n\n  \nc,d", "2[a b] 5[c d]"},
		{"empty fields", ",\n", "1[ ]"},
		{"quoted", `"a","b,b"` + "\n" + `"say ""hi""",d`, `1[a b,b] 2[say "hi" d]`},
		{"space before a quote", `a, "b,b"`, "1[a b,b]"},
		{"width", "a\nb,c,d\ne,f", "1!1 fields 2!3 fields 3[e f]"},
		{"open quote", "\"a,b\nc,d\ne,f", "1!a quote is not closed on this line 2[c d] 3[e f]"},
		{"open quote at the end", "a,b\nc,\"d", "1[a b] 2!a quote is not closed on this line"},
		{"two open quotes lose nothing between", "a,\"b\nc,d\ne\",f\ng,h",
			"1!a quote is not closed on this line 2[c d] 3!a quote is not closed on this line 4[g h]"},
		{"quote inside a field", "a,b\"b\"\nc,d", "1!the quotes are broken 2[c d]"},
		{"NUL", "a,\x00\nc,d", "1!the line holds a NUL byte 2[c d]"},
		{"not UTF-8", "a,\xe3\nc,d", "1!the line is not valid UTF-8 2[c d]"},
		{"too long", long + ",b\nc,d", "1!the line is too long; only its beginning is kept 2[c d]"},
		{"as long as allowed", long[3:] + ",b\nc,d", "1[" + long[3:] + " b] 2[c d]"},
		{"too long at the end", "a,b\n" + long + long, "1[a b] 2!the line is too long; only its beginning is kept"},
		{"too many lines", "a,\"b\n" + manyLines + "c\",d",
			"1!a quote is not closed on this line" + manyRecords + " 18!a quote is not closed on this line"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, rec := range readAll(t, test.text, width(2)) {
				if rec.problem != "" {
					got = append(got, fmt.Sprintf("%d!%s", rec.line, rec.problem))
				} else {
					got = append(got, fmt.Sprintf("%d%v", rec.line, rec.fields))
				}
			}
			if text := strings.Join(got, " "); text != test.want {
				t.Errorf("got %.400q, want %.400q", text, test.want)
			}
		})
	}
}

// TestRecordOfSeveralLines: a line break is data where the column may hold one.
func TestRecordOfSeveralLines(t *testing.T) {
	t.Parallel()
	anywhere := func(fields []string) string {
		if len(fields) != 2 {
			return "width"
		}
		return ""
	}
	got := readAll(t, "a,\"one\r\ntwo, \"\"three\"\"\"\nc,d\n", anywhere)
	if len(got) != 2 || got[0].line != 1 || got[1].line != 3 {
		t.Fatalf("got %+v", got)
	}
	if got[0].fields[1] != "one\ntwo, \"three\"" {
		t.Errorf("got %q", got[0].fields[1])
	}
}

// TestCleanLinesSurvive: whatever stands around them, lines without fault come out, and
// every line belongs to exactly one record.
func TestCleanLinesSurvive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.OneOf(
			rapid.StringMatching(`[a-z]{1,3},[a-z]{1,3}`),
			rapid.StringMatching(`["a,\x00 ]{1,6}`),
			rapid.SampledFrom([]string{`"`, `a,"b`, `"a,b`, `a","b`, `"a","b"`, "\xff,b", `a""`, `"a,""b`}),
		)
		lines := rapid.SliceOfN(line, 0, 40).Draw(t, "lines")
		got := map[int64]record{}
		for _, rec := range readAll(t, strings.Join(lines, "\n"), width(2)) {
			if _, twice := got[rec.line]; twice {
				t.Fatalf("line %d came out twice", rec.line)
			}
			got[rec.line] = rec
		}
		for i, text := range lines {
			rec, there := got[int64(i+1)]
			if blank := strings.TrimSpace(text) == ""; there == blank {
				t.Fatalf("line %d %q: there is %v", i+1, text, there)
			}
			clean := !strings.ContainsAny(text, "\"\x00") && utf8.ValidString(text) && strings.Count(text, ",") == 1
			if clean && (rec.problem != "" || strings.Join(rec.fields, ",") != text) {
				t.Fatalf("line %d %q came out as %+v", i+1, text, rec)
			}
		}
	})
}
