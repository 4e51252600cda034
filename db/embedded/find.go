package embedded

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// minMajor is the oldest PostgreSQL that Waybill's schema and queries are tested with.
const minMajor = 15

// installation is one PostgreSQL on this machine.
type installation struct {
	binDir  string
	major   int
	version string // as PostgreSQL names itself
}

func (i installation) program(name string) string { return filepath.Join(i.binDir, name) }

// installPatterns are the places where packages put PostgreSQL's server programs, which most keep off the PATH.
var installPatterns = []string{
	"/usr/lib/postgresql/*/bin",          // Debian, Ubuntu
	"/usr/pgsql-*/bin",                   // postgresql.org packages for Fedora and RHEL
	"/usr/lib/postgresql*/bin",           // SUSE
	"/usr/libexec/postgresql*",           // Alpine
	"/usr/local/pgsql/bin",               // built from source
	"/opt/homebrew/opt/postgresql@*/bin", // Homebrew on Apple silicon
	"/usr/local/opt/postgresql@*/bin",    // Homebrew on Intel
	"/Applications/Postgres.app/Contents/Versions/*/bin",
	"/opt/local/lib/postgresql*/bin", // MacPorts
}

// findInstalled answers every usable PostgreSQL on this machine, the newest first.
func findInstalled(ctx context.Context) []installation {
	dirs := filepath.SplitList(os.Getenv("PATH"))
	for _, pattern := range installPatterns {
		matches, err := filepath.Glob(pattern)
		if err != nil {
			continue // only a malformed pattern errs, and these are constants
		}
		dirs = append(dirs, matches...)
	}
	return inspectAll(ctx, dirs)
}

// inspectAll answers the usable installations among dirs, each once, the newest first.
func inspectAll(ctx context.Context, dirs []string) []installation {
	var found []installation
	seen := map[string]bool{}
	for _, dir := range dirs {
		resolved, err := filepath.EvalSymlinks(dir)
		if err != nil || seen[resolved] {
			continue
		}
		seen[resolved] = true
		if inst, ok := inspect(ctx, resolved); ok {
			found = append(found, inst)
		}
	}
	slices.SortStableFunc(found, func(a, b installation) int { return b.major - a.major })
	return found
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) ((\d+).*)`)

// inspect asks the programs in dir for their version. Both the server and initdb must be there: client packages have
// neither, and some packages link only one of them into the PATH.
func inspect(ctx context.Context, dir string) (installation, bool) {
	inst := installation{binDir: dir}
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(inst.program(name)); err != nil {
			return installation{}, false
		}
	}
	out, err := exec.CommandContext(ctx, inst.program("postgres"), "--version").Output()
	if err != nil {
		return installation{}, false
	}
	match := versionPattern.FindStringSubmatch(string(out))
	if match == nil {
		return installation{}, false
	}
	inst.version = match[1]
	inst.major, err = strconv.Atoi(match[2])
	return inst, err == nil && inst.major >= minMajor
}
