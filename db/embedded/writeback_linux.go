package embedded

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// A table grows by pages that PostgreSQL hands to the system and writes again much later. Linux lets them lie for half a minute
// and then writes all of them at once: at 2,000 orders a second 140 MB, for 75 to 105 ms of which no commit gets to the disk.
// PostgreSQL has settings against that for what it writes itself (bgwriter_flush_after and others), and none for growth. So
// the system is asked every second to begin with what there is.
const (
	writebackEvery  = time.Second
	writebackSearch = 10 * time.Second // for files that grow: there are thousands, and few do
	writebackRecent = 2 * writebackSearch
)

// keepWriting does so until ctx ends. Where commits do not wait for the disk there is no need.
func (c *cluster) keepWriting(ctx context.Context) {
	if c.opts.unsynced() {
		return
	}
	tick := time.NewTicker(writebackEvery)
	defer tick.Stop()
	var growing []string
	var searched time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if now.Sub(searched) >= writebackSearch {
				growing, searched = changedSince(filepath.Join(c.dataPath(), "base"), now.Add(-writebackRecent)), now
			}
			for _, path := range growing {
				startWriting(path)
			}
		}
	}
}

// changedSince answers the files below dir that were written to since then. One that goes meanwhile, as tables do, is left out.
func changedSince(dir string, since time.Time) (paths []string) {
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil //nolint:nilerr // what cannot be seen is not written to early
		}
		if info, err := entry.Info(); err == nil && info.ModTime().After(since) {
			paths = append(paths, path)
		}
		return nil
	})
	return paths
}

// startWriting asks the system to begin to write what it holds of a file, as PostgreSQL does for parts of one, and does not wait
// until it has. A system that cannot do it writes later.
func startWriting(path string) {
	file, err := os.Open(path)
	if err != nil {
		return // the table is gone
	}
	defer file.Close()
	_ = unix.SyncFileRange(int(file.Fd()), 0, 0, unix.SYNC_FILE_RANGE_WRITE)
}
