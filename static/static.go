// Package static serves the scripts, styles and pictures that are compiled into
// the program.
//
// A file's name carries a hash of its content, so browsers keep it for a year
// and still see a new version at once. Everything is compressed when the program
// starts; a request copies bytes and nothing else.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed app.css app.js scan.js icons.svg favicon.svg vendor/*.js
var files embed.FS

const (
	// Prefix is where Handler must be mounted.
	Prefix = "/static/"

	// hashDigits is the length of the hash in a name: 48 bits, ample to tell
	// versions of one file apart.
	hashDigits = 12

	cacheForever = "public, max-age=31536000, immutable"
)

// contentTypes lists every kind of file that is served. The operating system's
// table of types is not asked, because it differs between machines.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

type asset struct {
	url         string
	contentType string
	etag        string
	plain       []byte
	gzipped     []byte // nil when compression does not pay
}

// byName and byURL hold everything that is served. They are
// built once from what the compiler embedded, so it cannot fail at run time
// unless it fails in the tests.
var byName, byURL = load(files)

// Path returns the address of a file under its plain name, such as "app.css" or
// "vendor/htmx.min.js": "/static/app.3f2a….css". A name that was not compiled
// in is a mistake in the program, and Path panics.
func Path(name string) string {
	a, ok := byName[name]
	if !ok {
		panic("static: no file named " + strconv.Quote(name) + " is compiled in")
	}
	return a.url
}

// Handler answers GET and HEAD for every address that Path returns, and 404 for
// anything else. It is to be mounted at Prefix without stripping it.
func Handler() http.Handler {
	return http.HandlerFunc(serve)
}

func serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	a, ok := byURL[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	header := w.Header()
	header.Set("Content-Type", a.contentType)
	header.Set("Cache-Control", cacheForever)
	header.Set("ETag", a.etag)
	header.Set("Vary", "Accept-Encoding")
	header.Set("X-Content-Type-Options", "nosniff")
	if matches(r.Header.Get("If-None-Match"), a.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.plain
	if a.gzipped != nil && acceptsGzip(r.Header.Get("Accept-Encoding")) {
		header.Set("Content-Encoding", "gzip")
		body = a.gzipped
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		// The client has gone if this fails; there is nobody left to tell.
		_, _ = w.Write(body)
	}
}

// matches tells whether an If-None-Match header names the tag. The comparison is
// the weak one (RFC 9110, 13.1.2): both encodings hold the same file.
func matches(ifNoneMatch, etag string) bool {
	for tag := range strings.SplitSeq(ifNoneMatch, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == "*" || "W/"+tag == etag {
			return true
		}
	}
	return false
}

// acceptsGzip reads an Accept-Encoding header (RFC 9110, 12.5.3) as far as it
// concerns gzip: named, or covered by "*", and not weighted zero.
func acceptsGzip(acceptEncoding string) bool {
	accepted := false
	for part := range strings.SplitSeq(acceptEncoding, ",") {
		coding, weight, _ := strings.Cut(part, ";")
		_, q, _ := strings.Cut(weight, "=")
		quality, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
		wanted := err != nil || quality > 0
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip":
			return wanted
		case "*":
			accepted = wanted
		}
	}
	return accepted
}

func load(root fs.FS) (names, urls map[string]*asset) {
	names, urls = make(map[string]*asset), make(map[string]*asset)
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		plain, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		a, err := newAsset(name, plain)
		if err != nil {
			return err
		}
		names[name], urls[a.url] = a, a
		return nil
	})
	if err != nil {
		panic("static: " + err.Error())
	}
	return names, urls
}

func newAsset(name string, plain []byte) (*asset, error) {
	extension := path.Ext(name)
	contentType, known := contentTypes[extension]
	if !known {
		return nil, fmt.Errorf("%s: no content type for %q", name, extension)
	}
	gzipped, err := compress(plain)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	sum := sha256.Sum256(plain)
	hash := hex.EncodeToString(sum[:])[:hashDigits]
	return &asset{
		url:         Prefix + strings.TrimSuffix(name, extension) + "." + hash + extension,
		contentType: contentType,
		etag:        `W/"` + hash + `"`,
		plain:       plain,
		gzipped:     gzipped,
	}, nil
}

// compress returns nil when the result would not be smaller.
func compress(plain []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(plain); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	if b.Len() >= len(plain) {
		return nil, nil
	}
	return b.Bytes(), nil
}
