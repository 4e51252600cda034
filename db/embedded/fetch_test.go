package embedded

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

type entry struct {
	name, content string
	mode          int64
	kind          byte
}

func archive(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var packed bytes.Buffer
	compressed := gzip.NewWriter(&packed)
	files := tar.NewWriter(compressed)
	for _, e := range entries {
		header := &tar.Header{Name: e.name, Mode: e.mode, Size: int64(len(e.content)), Typeflag: tar.TypeReg}
		if e.kind != 0 {
			header.Typeflag, header.Linkname, header.Size = e.kind, e.content, 0
		}
		if err := files.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if e.kind == 0 {
			if _, err := files.Write([]byte(e.content)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	if err := compressed.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// serve answers a build whose archive a server hands out, with the number of times it did.
func serve(t *testing.T, content []byte) (build, *int) {
	t.Helper()
	requests := new(int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*requests++
		if r.URL.Path != "/build.tgz" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(content)
	}))
	t.Cleanup(server.Close)
	sum := sha512.Sum512(content)
	return build{version: "18.4", url: server.URL + "/build.tgz", sha512: base64.StdEncoding.EncodeToString(sum[:])}, requests
}

func ignore(string) {}

func TestFetchUnpacksTheProgramsOnce(t *testing.T) {
	t.Parallel()
	b, requests := serve(t, archive(t,
		entry{name: "package/package.json", content: "{}", mode: 0o644},
		entry{name: "package/native/bin/postgres", content: "the server", mode: 0o755},
		entry{name: "package/native/lib/libpq.so.5.18", content: "the library", mode: 0o600},
		entry{name: "package/native/pg-symlinks.json", mode: 0o644,
			content: `[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]`},
	))
	dir := t.TempDir()
	var binDir string
	for range 2 {
		var err error
		if binDir, err = fetch(t.Context(), b, dir, ignore); err != nil {
			t.Fatal(err)
		}
	}
	if *requests != 1 {
		t.Errorf("it was downloaded %d times", *requests)
	}
	for name, want := range map[string]os.FileMode{"bin/postgres": 0o755, "lib/libpq.so.5": 0o644, "lib": 0o755} {
		stat, err := os.Stat(filepath.Join(filepath.Dir(binDir), name))
		if err != nil {
			t.Fatal(err)
		}
		if stat.Mode().Perm() != want {
			t.Errorf("%s has mode %o, want %o", name, stat.Mode().Perm(), want)
		}
	}
	mustNotExist(t, filepath.Join(filepath.Dir(binDir), "package.json"))
	mustBeAlone(t, dir, "postgresql-18.4")
}

func TestFetchRefuses(t *testing.T) {
	t.Parallel()
	program := entry{name: "package/native/bin/postgres", content: "the server", mode: 0o755}
	links := func(list string) []byte {
		return archive(t, program, entry{name: "package/native/pg-symlinks.json", content: list, mode: 0o644})
	}
	for name, test := range map[string]struct {
		content []byte
		change  func(*build)
		want    string
	}{
		"another archive":         {archive(t, program), func(b *build) { b.sha512 = "c29tZXRoaW5nIGVsc2U=" }, "SHA-512"},
		"a missing archive":       {archive(t, program), func(b *build) { b.url += ".gone" }, "404"},
		"no archive":              {[]byte("<html>sign in</html>"), nil, "gzip"},
		"a cut archive":           {archive(t, program)[:40], nil, "EOF"},
		"a file outside":          {archive(t, entry{name: "package/native/../../../escaped", content: "x", mode: 0o644}), nil, "escapes"},
		"a link outside":          {links(`[{"source":"native/lib/x","target":"native/../../escaped"}]`), nil, "leads to another directory"},
		"a link in another place": {links(`[{"source":"x/../../escaped","target":"x/../../../link"}]`), nil, "leads to another directory"},
		"a list that is none":     {links(`{"`), nil, "pg-symlinks.json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, _ := serve(t, test.content)
			if test.change != nil {
				test.change(&b)
			}
			dir := filepath.Join(t.TempDir(), "cache")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			_, err := fetch(t.Context(), b, dir, ignore)
			if err == nil {
				t.Fatal("it was accepted")
			}
			mustContain(t, err.Error(), test.want)
			mustBeAlone(t, dir)
			mustBeAlone(t, filepath.Dir(dir), "cache")
		})
	}
}

func TestASymbolicLinkInTheArchiveIsIgnored(t *testing.T) {
	t.Parallel()
	b, _ := serve(t, archive(t,
		entry{name: "package/native/lib", content: "/etc", kind: tar.TypeSymlink},
		entry{name: "package/native/lib/libpq.so", content: "the library", mode: 0o644},
	))
	dir := t.TempDir()
	if _, err := fetch(t.Context(), b, dir, ignore); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, "postgresql-18.4", "lib", "libpq.so"))
	if err != nil || string(content) != "the library" {
		t.Errorf("got %q, %v", content, err)
	}
}

func TestEveryPlatformOfTheREADMEHasAPinnedBuild(t *testing.T) {
	t.Parallel()
	for _, platform := range []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64"} {
		sum, err := base64.StdEncoding.DecodeString(pinnedBuilds[platform].sha512)
		if err != nil || len(sum) != sha512.Size || pinnedBuilds[platform].platform == "" {
			t.Errorf("%s: sum of %d bytes, %v", platform, len(sum), err)
		}
	}
}

func mustBeAlone(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(names) {
		t.Errorf("%s holds %v, want %v", dir, entries, names)
	}
	for i, name := range names {
		if i < len(entries) && entries[i].Name() != name {
			t.Errorf("%s holds %v, want %v", dir, entries, names)
		}
	}
}
