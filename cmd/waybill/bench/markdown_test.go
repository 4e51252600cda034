package bench

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFiguresReplaceThoseBetweenTheirLines(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "speed.md")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("before\n" + markdownBegin + "\nold\n" + markdownEnd + "\nafter\n")
	for range 2 { // the lines are still there for the next run
		if err := replaceFigures(path, "\nnew\n"); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if want := "before\n" + markdownBegin + "\n\nnew\n\n" + markdownEnd + "\nafter\n"; err != nil || string(got) != want {
			t.Errorf("the document is %q (%v), want %q", got, err, want)
		}
	}
	write("no figures here\n")
	if err := replaceFigures(path, "new"); err == nil {
		t.Error("a document without the lines is accepted")
	}
}
