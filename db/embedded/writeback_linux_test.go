package embedded

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestWhatTablesGrewByIsWrittenEarly(t *testing.T) {
	t.Parallel()
	c := &cluster{home: t.TempDir()}
	base := filepath.Join(c.dataPath(), "base")
	old, grown := filepath.Join(base, "1", "10"), filepath.Join(base, "1", "11")
	if err := os.MkdirAll(filepath.Dir(old), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{old, grown} {
		if err := os.WriteFile(path, bytes.Repeat([]byte{1}, 1<<20), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	if err := os.Chtimes(old, now, now.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if paths := changedSince(base, now.Add(-writebackRecent)); len(paths) != 1 || paths[0] != grown {
		t.Fatalf("grew %v, want %s", paths, grown)
	}
	if dirtyPages(t, grown) == 0 {
		t.Skip("the file system holds nothing back")
	}
	go c.keepWriting(t.Context())
	for deadline := time.Now().Add(10 * time.Second); dirtyPages(t, grown) > 0; { // alone it would take half a minute
		if time.Now().After(deadline) {
			t.Fatal("the system does not begin to write")
		}
		time.Sleep(pollInterval)
	}
}

// dirtyPages is how much of a file the system holds and has not begun to write.
func dirtyPages(t *testing.T, path string) uint64 {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var stat unix.Cachestat_t
	if err := unix.Cachestat(uint(file.Fd()), &unix.CachestatRange{}, &stat, 0); err != nil {
		t.Skipf("the system does not tell: %v", err)
	}
	return stat.Dirty
}
