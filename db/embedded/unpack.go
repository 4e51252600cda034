package embedded

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

const (
	archiveRoot      = "package/" // every npm archive has it
	programsRoot     = archiveRoot + "native/"
	linksFile        = programsRoot + "pg-symlinks.json"
	maxUnpackedFiles = 10_000
	maxUnpackedBytes = 512 << 20
	maxLinksBytes    = 1 << 20
)

// unpack writes the programs in a gzip-compressed tar archive to dir. npm archives hold no symbolic links; a file in
// the archive lists those that the libraries need.
func unpack(archive io.Reader, dir string) error {
	plain, err := gzip.NewReader(archive)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir) // no name in the archive leads out of it
	if err != nil {
		return err
	}
	defer root.Close()
	files := tar.NewReader(io.LimitReader(plain, maxUnpackedBytes))
	var links []symlink
	for range maxUnpackedFiles {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return errors.Join(makeLinks(root, links), openToAll(root))
		}
		if err != nil {
			return err
		}
		if header.Name == linksFile {
			if err := json.NewDecoder(io.LimitReader(files, maxLinksBytes)).Decode(&links); err != nil {
				return fmt.Errorf("%s: %w", linksFile, err)
			}
		} else if err := unpackFile(root, header, files); err != nil {
			return err
		}
	}
	return fmt.Errorf("the archive has more than %d files", maxUnpackedFiles)
}

func unpackFile(root *os.Root, header *tar.Header, content io.Reader) error {
	name, ok := strings.CutPrefix(header.Name, programsRoot)
	if !ok || header.Typeflag != tar.TypeReg {
		return nil
	}
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, header.FileInfo().Mode().Perm()&0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Close())
}

// symlink is one entry of linksFile. Both names begin with native/ and lie in one directory.
type symlink struct {
	Source string `json:"source"` // the file that is there
	Target string `json:"target"` // the link to make
}

func makeLinks(root *os.Root, links []symlink) error {
	for _, link := range links {
		name := strings.TrimPrefix(link.Target, "native/")
		if path.Dir(link.Source) != path.Dir(link.Target) {
			return fmt.Errorf("the link %s leads to another directory", link.Target)
		}
		if err := root.Symlink(path.Base(link.Source), name); err != nil {
			return err
		}
	}
	return nil
}

// openToAll lets the server's user read what this program's user unpacked, whatever its umask is.
func openToAll(root *os.Root) error {
	return fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		mine := info.Mode().Perm() >> 6 & 0o5 // what this user may do, but for writing
		return root.Chmod(name, info.Mode().Perm()|mine<<3|mine)
	})
}
