package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// fakeInstallation writes programs that only know their version.
func fakeInstallation(t *testing.T, versionLine string, programs ...string) string {
	t.Helper()
	dir := openDir(t)
	for _, name := range programs {
		script := "#!/bin/sh\necho '" + versionLine + "'\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestInspect(t *testing.T) {
	t.Parallel()
	both := []string{"initdb", "postgres"}
	for name, test := range map[string]struct {
		line     string
		programs []string
		major    int // 0: not usable
		version  string
	}{
		"a package":      {"postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)", both, 15, "15.14 (Debian 15.14-0+deb12u1)"},
		"a plain build":  {"postgres (PostgreSQL) 18.4", both, 18, "18.4"},
		"a beta":         {"postgres (PostgreSQL) 19beta1", both, 19, "19beta1"},
		"too old":        {"postgres (PostgreSQL) 14.9", both, 0, ""},
		"very old":       {"postgres (PostgreSQL) 9.6.24", both, 0, ""},
		"something else": {"postgres, a printer driver", both, 0, ""},
		"without initdb": {"postgres (PostgreSQL) 15.14", []string{"postgres"}, 0, ""},
		"client only":    {"initdb (PostgreSQL) 15.14", []string{"initdb"}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inst, ok := inspect(t.Context(), fakeInstallation(t, test.line, test.programs...))
			if ok != (test.major != 0) || ok && (inst.major != test.major || inst.version != test.version) {
				t.Errorf("got %v %+v, want %+v", ok, inst, test)
			}
		})
	}
}

func TestTheNewestInstallationComesFirst(t *testing.T) {
	t.Parallel()
	older := fakeInstallation(t, "postgres (PostgreSQL) 15.14", "initdb", "postgres")
	newer := fakeInstallation(t, "postgres (PostgreSQL) 17.2", "initdb", "postgres")
	link := filepath.Join(openDir(t), "link")
	if err := os.Symlink(newer, link); err != nil {
		t.Fatal(err)
	}
	found := inspectAll(t.Context(), []string{"/nowhere", older, link, newer})
	if len(found) != 2 || found[0].binDir != newer || found[1].binDir != older {
		t.Errorf("found %+v", found)
	}
}

func TestWithoutPostgreSQLTheMessageSaysHowToInstallIt(t *testing.T) {
	t.Parallel()
	offline := errors.New("dial tcp: lookup registry: no such host")
	opts := Options{
		DataDir: dataIn(t), cache: openDir(t),
		find:  func(context.Context) []installation { return nil },
		fetch: func(context.Context, string, func(string)) (string, error) { return "", offline },
	}
	for range 2 { // the first leaves nothing behind that disturbs the second
		_, err := Start(t.Context(), opts)
		var notFound *NotFoundError
		if !errors.As(err, &notFound) || !errors.Is(err, offline) {
			t.Fatalf("Start answers %v", err)
		}
		mustContain(t, err.Error(), "no such host",
			"sudo apt-get install -y postgresql", "sudo dnf install -y postgresql-server", "brew install postgresql@18", "DATABASE_URL")
	}
}

func TestADownloadThatDoesNotRunIsRefused(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Options{
		DataDir: dataIn(t), cache: openDir(t),
		find:  func(context.Context) []installation { return nil },
		fetch: func(context.Context, string, func(string)) (string, error) { return "/nowhere", nil },
	})
	if _, ok := errors.AsType[*NotFoundError](err); !ok {
		t.Fatalf("Start answers %v", err)
	}
}

func TestADownloadIsUsedWhenNothingIsInstalled(t *testing.T) {
	t.Parallel()
	installed := findInstalled(t.Context())[0]
	server := start(t, Options{
		DataDir: dataIn(t), cache: openDir(t),
		find: func(context.Context) []installation { return nil },
		fetch: func(_ context.Context, dir string, _ func(string)) (string, error) {
			if !exists(dir) {
				t.Errorf("there is no %s to download to", dir)
			}
			return installed.binDir, nil
		},
	})
	if server.Version() != installed.version {
		t.Errorf("it runs %s", server.Version())
	}
}

func TestDataOfAnotherMajorVersionIsNotTouched(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	first := start(t, Options{DataDir: dir})
	stop(t, first)
	major := first.cluster.inst.major
	newer := installation{binDir: "/nowhere", major: major + 100, version: "newer"}
	_, err := Start(t.Context(), Options{
		DataDir: dir, cache: openDir(t),
		find:  func(context.Context) []installation { return []installation{newer} },
		fetch: func(context.Context, string, func(string)) (string, error) { return "", errors.New("offline") },
	})
	if err == nil {
		t.Fatal("it started another version on the data")
	}
	mustContain(t, err.Error(), fmt.Sprintf("made by PostgreSQL %d", major), fmt.Sprintf("postgresql-%d", major))
	newestFirst := func(ctx context.Context) []installation {
		return append([]installation{newer}, findInstalled(ctx)...)
	}
	second := start(t, Options{DataDir: dir, find: newestFirst})
	if second.cluster.inst.major != major {
		t.Errorf("it chose version %d for data of version %d", second.cluster.inst.major, major)
	}
}
