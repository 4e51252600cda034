package embedded

import (
	"os"
	"path/filepath"
	"testing"
)

// asRoot tells which side of a test fits the user who runs it; TestAsNormalUser makes both be run.
func asRoot() bool { return os.Geteuid() == 0 }

func TestDataThatTheServersUserCannotReachLiesElsewhere(t *testing.T) {
	t.Parallel()
	closed := filepath.Join(openDir(t), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(closed, "data")
	link := filepath.Join(dir, "postgres")
	var told progress
	first := start(t, Options{DataDir: dir, Progress: told.add})
	execute(t, first.URL(), "CREATE TABLE note AS SELECT 'kept' AS body")
	stop(t, first)
	t.Cleanup(func() { _ = os.RemoveAll(first.cluster.home) })
	if asRoot() {
		mustContain(t, told.text(), closed, first.cluster.home, link)
		if target, err := os.Readlink(link); err != nil || target != first.cluster.home {
			t.Errorf("the link leads to %q (%v), not to %s", target, err, first.cluster.home)
		}
	} else if first.cluster.home != link {
		t.Errorf("the user's own directory is not good enough: the data lies in %s", first.cluster.home)
	}
	second := start(t, Options{DataDir: dir})
	if got := query[string](t, second.URL(), "SELECT body FROM note"); got != "kept" {
		t.Errorf("got %q", got)
	}
}

func TestALinkToDataThatIsGoneIsNamed(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "postgres")
	if err := os.Symlink("/nowhere/waybill", link); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Options{DataDir: dir})
	if err == nil {
		t.Fatal("it started with new data where there had been some")
	}
	mustContain(t, err.Error(), link)
}

func TestTheServerRunsAsTheOwnerOfTheData(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	server := start(t, Options{DataDir: dir})
	owner, err := ownerOf(filepath.Join(dir, "postgres"))
	if err != nil {
		t.Fatal(err)
	}
	if !asRoot() {
		if owner.uid != os.Geteuid() {
			t.Errorf("the data belongs to %s", owner.name)
		}
		return
	}
	if owner.uid == 0 {
		t.Error("the data belongs to root")
	}
	stop(t, server)
	stranger := func() (*account, error) { return &account{uid: 12345, gid: 12345, name: "stranger"}, nil }
	again := start(t, Options{DataDir: dir, runAs: stranger})
	if again.cluster.account.uid != owner.uid {
		t.Errorf("it runs as %s on data of %s", again.cluster.account.name, owner.name)
	}
}

func TestClosedTo(t *testing.T) {
	t.Parallel()
	top := openDir(t)
	for name, mode := range map[string]os.FileMode{"open": 0o711, "closed": 0o700, "open/inside": 0o700, "closed/inside": 0o755} {
		dir := filepath.Join(top, name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
	}
	stranger := &account{uid: 54321, gid: 54321}
	for name, want := range map[string]string{"open": "", "open/inside": "open/inside", "closed": "closed", "closed/inside": "closed"} {
		if want != "" {
			want = filepath.Join(top, want)
		}
		if got := stranger.closedTo(filepath.Join(top, name)); got != want {
			t.Errorf("%s is closed at %q, want %q", name, got, want)
		}
	}
}
