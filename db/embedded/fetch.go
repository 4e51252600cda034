package embedded

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// The pinned build is zonky's relocatable one, the same that github.com/fergusstrange/embedded-postgres runs, taken
// from its packages in the npm registry: one gzip-compressed archive for each platform, which never changes under its
// name, and whose SHA-512 is part of this program.
const (
	pinnedMajor   = 18
	pinnedVersion = "18.4"
	pinnedURL     = "https://registry.npmjs.org/@embedded-postgres/%[1]s/-/%[1]s-18.4.0-beta.17.tgz"
)

// pinnedBuilds are keyed by GOOS/GOARCH. The sums are written as the registry publishes them, in base64.
var pinnedBuilds = map[string]struct{ platform, sha512 string }{
	"linux/amd64":  {"linux-x64", "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA=="},
	"linux/arm64":  {"linux-arm64", "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg=="},
	"darwin/amd64": {"darwin-x64", "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q=="},
	"darwin/arm64": {"darwin-arm64", "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q=="},
}

const (
	downloadTimeout  = 10 * time.Minute
	maxDownloadBytes = 128 << 20 // the builds have 23 to 45 MB
)

// build is one archive of PostgreSQL's programs.
type build struct {
	version string
	url     string
	sha512  string // base64
}

// fetchPinned downloads the pinned build for this platform into dir, unless it is there, and answers where its
// programs are.
func fetchPinned(ctx context.Context, dir string, say func(string)) (string, error) {
	platform := runtime.GOOS + "/" + runtime.GOARCH
	pinned, ok := pinnedBuilds[platform]
	if !ok {
		return "", fmt.Errorf("there is no build for %s", platform)
	}
	return fetch(ctx, build{
		version: pinnedVersion, url: fmt.Sprintf(pinnedURL, pinned.platform), sha512: pinned.sha512,
	}, dir, say)
}

// fetch downloads and unpacks a build under a temporary name and renames it when it is whole, so that what has the
// final name is complete and was checked.
func fetch(ctx context.Context, b build, dir string, say func(string)) (binDir string, err error) {
	final := filepath.Join(dir, "postgresql-"+b.version)
	if exists(final) {
		return filepath.Join(final, "bin"), nil
	}
	archive, err := os.CreateTemp(dir, "download-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(archive.Name())
	defer archive.Close()
	say("Downloading PostgreSQL " + b.version + " from " + b.url)
	if err := download(ctx, b, archive); err != nil {
		return "", fmt.Errorf("download %s: %w", b.url, err)
	}
	unpacked, err := os.MkdirTemp(dir, "unpack-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(unpacked) // when it was renamed there is nothing to remove
	if err := unpack(archive, unpacked); err != nil {
		return "", fmt.Errorf("unpack %s: %w", b.url, err)
	}
	if err := os.Rename(unpacked, final); err != nil && !exists(final) { // another process may have been faster
		return "", err
	}
	return filepath.Join(final, "bin"), nil
}

// download writes the archive to file and proves its sum before anybody reads it; file is then at its beginning.
func download(ctx context.Context, b build, file *os.File) error {
	ctx, cancel := context.WithTimeout(ctx, downloadTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url, nil)
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: downloadTimeout}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answers %s", response.Status)
	}
	sum := sha512.New()
	n, err := io.Copy(io.MultiWriter(file, sum), io.LimitReader(response.Body, maxDownloadBytes+1))
	if err != nil {
		return err
	}
	if n > maxDownloadBytes {
		return fmt.Errorf("the archive has more than %d MB", maxDownloadBytes>>20)
	}
	if err := checkSum(sum, b.sha512); err != nil {
		return err
	}
	_, err = file.Seek(0, io.SeekStart)
	return err
}

func checkSum(sum hash.Hash, want string) error {
	if got := base64.StdEncoding.EncodeToString(sum.Sum(nil)); got != want {
		return fmt.Errorf("the archive is not the expected one: its SHA-512 is %s instead of %s", got, want)
	}
	return nil
}

// cacheDir answers a directory for downloaded builds that the account may enter: the user's cache, for root the
// system's, else the home of the data.
func (c *cluster) cacheDir() string {
	parent, err := c.opts.cache, error(nil)
	switch {
	case parent != "":
	case c.account.foreign():
		parent = "/var/cache"
	default:
		parent, err = os.UserCacheDir()
	}
	dir := filepath.Join(parent, "waybill")
	if err != nil || os.MkdirAll(dir, 0o755) != nil || os.Chmod(dir, 0o755) != nil || c.account.closedTo(dir) != "" {
		return c.home
	}
	return dir
}

// NotFoundError says that there is no PostgreSQL on the machine and none could be downloaded.
type NotFoundError struct {
	Err error // why not
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf(`Waybill needs PostgreSQL %d or newer. None is installed here, and downloading one failed:
  %v
Install it and start again:
  Debian, Ubuntu   sudo apt-get install -y postgresql
  Fedora           sudo dnf install -y postgresql-server
  macOS            brew install postgresql@%d
Or set DATABASE_URL to a server that runs already.`, minMajor, e.Err, pinnedMajor)
}

func (e *NotFoundError) Unwrap() error { return e.Err }

// otherMajorError says that data cannot be read because the PostgreSQL that made it is gone.
func otherMajorError(dir dataDir, major int) error {
	return fmt.Errorf(`the data in %[1]s was made by PostgreSQL %[2]d, which is not installed; other versions cannot read it.
Install it and start again:
  Debian, Ubuntu   sudo apt-get install -y postgresql-%[2]d
  Fedora           sudo dnf install -y postgresql%[2]d-server
  macOS            brew install postgresql@%[2]d`, dir, major)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
