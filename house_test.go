// Package waybill_test keeps the rules of the house that no single room can keep: which room may import which, and
// that generated code is what its source says.
package waybill_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mayImport says which rooms a room may use besides itself. Arrows point down:
// cmd -> web -> handlers -> {views, db, adapters} -> shop. migrations and static hold files for db and views.
var mayImport = map[string][]string{
	"cmd":        {"web", "handlers", "views", "db", "adapters", "shop", "static"},
	"web":        {"handlers", "views", "db", "adapters", "shop", "static"},
	"handlers":   {"views", "db", "adapters", "shop", "static"},
	"views":      {"shop", "static"},
	"db":         {"shop", "migrations"},
	"adapters":   {"shop"},
	"shop":       {},
	"migrations": {},
	"e2e":        {"cmd", "web", "handlers", "views", "db", "adapters", "shop", "static"}, // the tests of the whole
	"static":     {},
}

// importersOf are packages that only some may import, whatever their room.
var importersOf = map[string][]string{
	"waybill/db/dbtest":   {"waybill/db/dbtest"},                // tests, which the graph leaves out
	"waybill/db/embedded": {"waybill/cmd", "waybill/db/dbtest"}, // the rest is given a pool
}

// arrow is one import of one package by another.
type arrow struct{ from, to string }

// broken says which rule an arrow breaks, or "".
func (a arrow) broken() string {
	const module = "waybill/"
	from, ours := strings.CutPrefix(a.from, module)
	if !ours {
		return ""
	}
	from = room(from)
	to, ours := strings.CutPrefix(a.to, module)
	if !ours {
		if from == "shop" && strings.Contains(room(a.to), ".") {
			return "shop imports nothing but the standard library"
		}
		return ""
	}
	if importers, limited := importersOf[a.to]; limited && !slices.ContainsFunc(importers, func(p string) bool {
		return a.from == p || strings.HasPrefix(a.from, p+"/")
	}) {
		return a.to + " is not for other packages"
	}
	allowed, known := mayImport[from]
	switch {
	case !known:
		return from + " is a room without rules: add it to mayImport"
	case from != room(to) && !slices.Contains(allowed, room(to)):
		return from + " must not import " + room(to)
	}
	return ""
}

// room is the first element of a path, and for another module the host that it comes from.
func room(path string) string {
	first, _, _ := strings.Cut(path, "/")
	return first
}

// arrowsIn answers all imports of the packages of the module in dir, those of its tests left out.
func arrowsIn(t *testing.T, dir string) []arrow {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "./...")
	cmd.Dir = dir
	var arrows []arrow
	for line := range strings.Lines(run(t, cmd)) {
		fields := strings.Fields(line)
		for _, imported := range fields[1:] {
			arrows = append(arrows, arrow{fields[0], imported})
		}
	}
	return arrows
}

func brokenIn(t *testing.T, dir string) []string {
	t.Helper()
	var broken []string
	for _, a := range arrowsIn(t, dir) {
		if rule := a.broken(); rule != "" {
			broken = append(broken, fmt.Sprintf("%s imports %s: %s", a.from, a.to, rule))
		}
	}
	return broken
}

func TestArrowsPointDown(t *testing.T) {
	t.Parallel()
	for _, broken := range brokenIn(t, ".") {
		t.Error(broken)
	}
	if !slices.Contains(arrowsIn(t, "."), arrow{"waybill/handlers", "waybill/shop"}) {
		t.Error("the import graph is not that of Waybill: handlers does not import shop in it")
	}
}

func TestAWrongArrowIsCaught(t *testing.T) {
	t.Parallel()
	for _, wrong := range []arrow{
		{"waybill/views", "waybill/db"},
		{"waybill/views/ui", "waybill/db"},
		{"waybill/db", "waybill/adapters/pay"},
		{"waybill/adapters/pay", "waybill/db"},
		{"waybill/adapters/pay", "waybill/handlers"},
		{"waybill/handlers", "waybill/web"},
		{"waybill/web", "waybill/cmd/waybill"},
		{"waybill/shop", "waybill/db"},
		{"waybill/shop", "github.com/jackc/pgx/v5"},
		{"waybill/handlers", "waybill/db/dbtest"},
		{"waybill/web", "waybill/db/embedded"},
		{"waybill/attic", "waybill/shop"},
	} {
		if wrong.broken() == "" {
			t.Errorf("%s may import %s", wrong.from, wrong.to)
		}
	}
	for _, right := range []arrow{
		{"waybill/cmd/waybill", "waybill/db/embedded"},
		{"waybill/handlers", "waybill/db"},
		{"waybill/db/dbtest", "waybill/db/internal/schema"},
		{"waybill/shop", "encoding/json"},
		{"waybill/db", "github.com/jackc/pgx/v5"},
	} {
		if rule := right.broken(); rule != "" {
			t.Errorf("%s may not import %s: %s", right.from, right.to, rule)
		}
	}
}

func TestAWrongArrowInRealCodeIsCaught(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module waybill\n\ngo 1.26\n")
	write(t, filepath.Join(dir, "db", "db.go"), "package db\n")
	write(t, filepath.Join(dir, "views", "views.go"), "package views\n\nimport _ \"waybill/db\"\n")
	broken := brokenIn(t, dir)
	if len(broken) != 1 || !strings.Contains(broken[0], "waybill/views imports waybill/db") {
		t.Errorf("found %q", broken)
	}
}

// generators are the tools of `make generate`: what they read, what they write, how they are called.
var generators = []struct {
	name    string
	reads   func(path string) bool
	writes  func(path string) bool
	command []string
}{
	{
		name:    "templ",
		reads:   func(path string) bool { return strings.HasSuffix(path, ".templ") },
		writes:  func(path string) bool { return strings.HasSuffix(path, "_templ.go") },
		command: []string{"templ", "generate", "-log-level=error"},
	},
	{
		name: "sqlc",
		reads: func(path string) bool {
			return path == "sqlc.yaml" || strings.HasSuffix(path, ".sql")
		},
		writes:  func(path string) bool { return strings.HasPrefix(path, "db/internal/sqlc/") },
		command: []string{"sqlc", "generate"},
	},
}

func TestGeneratedCodeIsCurrent(t *testing.T) {
	t.Parallel()
	for _, generator := range generators {
		t.Run(generator.name, func(t *testing.T) {
			t.Parallel()
			fresh := t.TempDir()
			copyFiles(t, ".", fresh, generator.reads)
			copyFile(t, "tools/go.mod", filepath.Join(fresh, "go.mod")) // where `go tool` finds the pinned version
			copyFile(t, "tools/go.sum", filepath.Join(fresh, "go.sum"))
			cmd := exec.CommandContext(t.Context(), "go", append([]string{"tool"}, generator.command...)...)
			cmd.Dir, cmd.Env = fresh, append(os.Environ(), "CGO_ENABLED=0")
			run(t, cmd)
			compare(t, contents(t, ".", generator.writes), contents(t, fresh, generator.writes))
		})
	}
}

func compare(t *testing.T, committed, fresh map[string]string) {
	t.Helper()
	if len(fresh) == 0 {
		t.Fatal("nothing was generated")
	}
	for path, content := range fresh {
		if committed[path] != content {
			t.Errorf("%s is not what its source says; run make generate", path)
		}
	}
	for path := range committed {
		if _, ok := fresh[path]; !ok {
			t.Errorf("%s has no source any more; remove it", path)
		}
	}
}

// files lists the files below dir that are wanted, by their paths from dir. What is not part of the repository is
// not looked at.
func files(t *testing.T, dir string, wanted func(path string) bool) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && (name == "node_modules" || name != "." && strings.HasPrefix(name, ".")) {
			return filepath.SkipDir
		}
		relative, err := filepath.Rel(dir, path)
		if err == nil && !entry.IsDir() && wanted(filepath.ToSlash(relative)) {
			found = append(found, relative)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func contents(t *testing.T, dir string, wanted func(path string) bool) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, path := range files(t, dir, wanted) {
		all[path] = read(t, filepath.Join(dir, path))
	}
	return all
}

func copyFiles(t *testing.T, from, to string, wanted func(path string) bool) {
	t.Helper()
	for _, path := range files(t, from, wanted) {
		copyFile(t, filepath.Join(from, path), filepath.Join(to, path))
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	write(t, to, read(t, from))
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// run answers what a command prints; what it complains about becomes the test's failure.
func run(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, out, &complaints)
	}
	return string(out)
}
