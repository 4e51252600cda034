package embedded

import (
	"os"

	"golang.org/x/sys/unix"
)

// startWritingFile asks for all of the file, as PostgreSQL does for parts of one. A system that cannot do it writes later.
func startWritingFile(file *os.File) {
	_ = unix.SyncFileRange(int(file.Fd()), 0, 0, unix.SYNC_FILE_RANGE_WRITE)
}
