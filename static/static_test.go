package static_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"waybill/static"
)

func get(t *testing.T, method, url string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, url, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	static.Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) []byte {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func onDisk(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFilesAreServedWholeUnderTheirHash(t *testing.T) {
	t.Parallel()
	for name, contentType := range map[string]string{
		"app.css":            "text/css; charset=utf-8",
		"app.js":             "text/javascript; charset=utf-8",
		"scan.js":            "text/javascript; charset=utf-8",
		"vendor/htmx.min.js": "text/javascript; charset=utf-8",
		"icons.svg":          "image/svg+xml",
		"favicon.svg":        "image/svg+xml",
	} {
		want := onDisk(t, name)
		sum := sha256.Sum256(want)
		if hash := hex.EncodeToString(sum[:])[:12]; !strings.Contains(static.Path(name), "."+hash+".") {
			t.Errorf("%s is addressed as %s, its hash is %s", name, static.Path(name), hash)
		}
		r := get(t, http.MethodGet, static.Path(name))
		if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != contentType {
			t.Errorf("%s: %d %s", name, r.StatusCode, r.Header.Get("Content-Type"))
		}
		if !strings.Contains(r.Header.Get("Cache-Control"), "immutable") || r.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: cached as %q, %q", name, r.Header.Get("Cache-Control"), r.Header.Get("Vary"))
		}
		if !bytes.Equal(body(t, r), want) {
			t.Errorf("%s: another content is served", name)
		}
	}
}

func TestGzipIsServedToThoseWhoAcceptIt(t *testing.T) {
	t.Parallel()
	for accept, gzipped := range map[string]bool{
		"gzip, deflate, br": true,
		"br;q=1, GZIP;q=.5": true,
		"*":                 true,
		"":                  false,
		"identity":          false,
		"gzip;q=0":          false,
		"*, gzip;q=0":       false,
		"*;q=0":             false,
		"xgzip":             false,
	} {
		r := get(t, http.MethodGet, static.Path("app.css"), "Accept-Encoding", accept)
		if got := r.Header.Get("Content-Encoding") == "gzip"; got != gzipped {
			t.Errorf("Accept-Encoding %q: gzip %v, want %v", accept, got, gzipped)
			continue
		}
		content := body(t, r)
		if gzipped {
			content = unzip(t, content)
		}
		if !bytes.Equal(content, onDisk(t, "app.css")) {
			t.Errorf("Accept-Encoding %q: another content", accept)
		}
	}
}

func unzip(t *testing.T, b []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func TestRevalidationSendsNoBody(t *testing.T) {
	t.Parallel()
	etag := get(t, http.MethodGet, static.Path("app.css")).Header.Get("ETag")
	for header, status := range map[string]int{
		etag:                              http.StatusNotModified,
		strings.TrimPrefix(etag, "W/"):    http.StatusNotModified,
		`"other", ` + etag:                http.StatusNotModified,
		"*":                               http.StatusNotModified,
		`"other"`:                         http.StatusOK,
		strings.Replace(etag, `"`, "", 2): http.StatusOK,
	} {
		r := get(t, http.MethodGet, static.Path("app.css"), "If-None-Match", header)
		if r.StatusCode != status {
			t.Errorf("If-None-Match %s: %d, want %d", header, r.StatusCode, status)
		}
		if status == http.StatusNotModified && len(body(t, r)) > 0 {
			t.Errorf("If-None-Match %s: a body came with 304", header)
		}
	}
}

func TestNothingElseIsServed(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"/static/app.css", "/static/app.000000000000.css", "/static/", "/static/src/package.json", "/static/../static.go", "/static/vendor/README.md"} {
		if r := get(t, http.MethodGet, url); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", url, r.StatusCode)
		}
	}
	r := get(t, http.MethodPost, static.Path("app.css"))
	if r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") == "" {
		t.Errorf("POST: %d, Allow %q", r.StatusCode, r.Header.Get("Allow"))
	}
	r = get(t, http.MethodHead, static.Path("app.css"))
	if r.StatusCode != http.StatusOK || len(body(t, r)) > 0 || r.Header.Get("Content-Length") == "" {
		t.Errorf("HEAD: %d, Content-Length %q", r.StatusCode, r.Header.Get("Content-Length"))
	}
}

func TestPathOfAnUnknownFilePanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("Path accepted a name that is not compiled in")
		}
	}()
	static.Path("app.scss")
}

// A first visit on a slow line is what the limits are for; see the budgets in the
// design of the pages.
func TestAFirstVisitIsSmall(t *testing.T) {
	t.Parallel()
	const limit = 25 * 1024
	for what, names := range map[string][]string{
		"styles":  {"app.css"},
		"scripts": {"app.js", "vendor/htmx.min.js", "vendor/hx-sse.min.js", "vendor/hx-preload.min.js"},
	} {
		total := 0
		for _, name := range names {
			total += len(body(t, get(t, http.MethodGet, static.Path(name), "Accept-Encoding", "gzip")))
		}
		if total > limit {
			t.Errorf("%s weigh %d bytes compressed, the limit is %d", what, total, limit)
		}
	}
}

var vendored = regexp.MustCompile("\\| `([^`]+\\.js)` \\| [^|]+ \\| [^|]+ \\| `([0-9a-f]{64})` \\|")

func TestVendoredScriptsAreThoseOfTheirPackage(t *testing.T) {
	t.Parallel()
	sums := map[string]string{}
	for _, m := range vendored.FindAllStringSubmatch(string(onDisk(t, "vendor/README.md")), -1) {
		sums[m[1]] = m[2]
	}
	files, err := fs.Glob(os.DirFS("vendor"), "*.js")
	if err != nil || len(files) == 0 || len(files) != len(sums) {
		t.Fatalf("%d scripts, %d sums, %v", len(files), len(sums), err)
	}
	for _, name := range files {
		sum := sha256.Sum256(onDisk(t, filepath.Join("vendor", name)))
		if got := hex.EncodeToString(sum[:]); got != sums[name] {
			t.Errorf("%s has the sum %s, the README says %s", name, got, sums[name])
		}
	}
}

var (
	iconName   = regexp.MustCompile(`(?m)^\s+Icon\w+\s+IconName\s*=\s*"([a-z0-9-]+)"`)
	iconSymbol = regexp.MustCompile(`<symbol id="([a-z0-9-]+)"`)
)

func TestTheSpriteHoldsTheIconsThatAreNamed(t *testing.T) {
	t.Parallel()
	drawn := map[string]bool{}
	for _, m := range iconSymbol.FindAllStringSubmatch(string(onDisk(t, "icons.svg")), -1) {
		drawn[m[1]] = false
	}
	for _, m := range iconName.FindAllStringSubmatch(string(onDisk(t, "../views/ui/icon.go")), -1) {
		if _, ok := drawn[m[1]]; !ok {
			t.Errorf("icons.svg lacks %s; run npm run build in static/src", m[1])
		}
		drawn[m[1]] = true
	}
	for name, named := range drawn {
		if !named {
			t.Errorf("icons.svg holds %s, which nothing names", name)
		}
	}
}

// The scripts must not need what the Content-Security-Policy forbids.
func TestOwnScriptNeedsNoEvalAndNoInlineStyle(t *testing.T) {
	t.Parallel()
	if at := regexp.MustCompile(`\beval\(|new Function|\.style\b|innerHTML|setAttribute\("style"|setTimeout\("`).FindIndex(onDisk(t, "app.js")); at != nil {
		t.Errorf("app.js: %s", onDisk(t, "app.js")[at[0]:at[1]])
	}
}
