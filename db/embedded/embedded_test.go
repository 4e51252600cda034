package embedded

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStartMakesADurableDatabase(t *testing.T) {
	t.Parallel()
	server, err := Start(t.Context(), Options{DataDir: dataIn(t)}) // the product's own settings
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	for setting, want := range map[string]string{
		"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
		"timezone": "UTC", "server_encoding": "UTF8", "jit": "off", "listen_addresses": "127.0.0.1",
	} {
		if got := query[string](t, server.URL(), "SHOW "+setting); got != want {
			t.Errorf("%s = %s, want %s", setting, got, want)
		}
	}
	if got := query[string](t, server.URL(), "SELECT upper('é')"); got != "É" {
		t.Errorf("upper('é') = %s: the locale knows ASCII only", got)
	}
	if query[bool](t, server.URL(), "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") {
		t.Error("the application is a superuser")
	}
}

func TestBothURLsReachTheSameDatabase(t *testing.T) {
	t.Parallel()
	server := start(t, Options{DataDir: dataIn(t)})
	execute(t, server.URL(), "CREATE TABLE note (body text)")
	execute(t, server.SocketURL(), "INSERT INTO note VALUES ('by socket')")
	if got := query[string](t, server.URL(), "SELECT body FROM note"); got != "by socket" {
		t.Errorf("got %q", got)
	}
	if !query[bool](t, server.AdminURL(), "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") {
		t.Error("AdminURL is no superuser")
	}
}

func TestThePasswordIsNeededAndPrivate(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	server := start(t, Options{DataDir: dir})
	for _, address := range []string{server.URL(), server.SocketURL()} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword(u.User.Username(), "guessed")
		if err := ping(t.Context(), u.String()); err == nil {
			t.Errorf("%s lets a wrong password in", u.Redacted())
		}
	}
	for _, name := range []string{"password", "server.json", "lock", "postgres.log"} {
		stat, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if stat.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %o", name, stat.Mode().Perm())
		}
	}
}

func TestDataAndURLAreKeptBetweenRuns(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	first := start(t, Options{DataDir: dir})
	execute(t, first.URL(), "CREATE TABLE note AS SELECT 'kept' AS body")
	stop(t, first)
	if err := ping(t.Context(), first.URL()); err == nil {
		t.Error("the server answers after Stop")
	}
	second := start(t, Options{DataDir: dir})
	if second.URL() != first.URL() {
		t.Errorf("the URL changed from %s to %s", first.URL(), second.URL())
	}
	if got := query[string](t, second.URL(), "SELECT body FROM note"); got != "kept" {
		t.Errorf("got %q", got)
	}
}

func TestASecondServerIsRefused(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	server := start(t, Options{DataDir: dir})
	_, err := Start(t.Context(), Options{DataDir: dir})
	var inUse *InUseError
	if !errors.As(err, &inUse) {
		t.Fatalf("a second Start answers %v", err)
	}
	if inUse.PID != os.Getpid() {
		t.Errorf("it names process %d as the owner, not %d", inUse.PID, os.Getpid())
	}
	mustContain(t, err.Error(), dir, "WAYBILL_DATA")
	if err := ping(t.Context(), server.URL()); err != nil {
		t.Errorf("the first server suffered: %v", err)
	}
}

func TestAcquireUsesTheRunningServer(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	owner, ownersURL := startOwner(t, dir)
	server, err := Acquire(t.Context(), Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if server.Owned() || server.URL() != ownersURL {
		t.Errorf("owned: %v, URL %s instead of %s", server.Owned(), server.URL(), ownersURL)
	}
	stop(t, server)
	if err := ping(t.Context(), ownersURL); err != nil {
		t.Errorf("Stop stopped a server that belongs to process %d: %v", owner.Process.Pid, err)
	}
}

func TestOneOfSeveralAcquiresStartsTheServer(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	const callers = 4
	type answer struct {
		server *Server
		err    error
	}
	answers := make(chan answer)
	for range callers {
		go func() {
			server, err := Acquire(t.Context(), Options{DataDir: dir, Settings: quick})
			answers <- answer{server, err}
		}()
	}
	var owner *Server
	owners := 0
	for range callers {
		a := <-answers
		if a.err != nil {
			t.Error(a.err)
		} else if a.server.Owned() {
			owner = a.server
			owners++
		}
	}
	if owners != 1 {
		t.Fatalf("%d callers own the server", owners)
	}
	stop(t, owner)
}

func TestALongPathHasItsSocketElsewhere(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openDir(t), strings.Repeat("long", 25))
	server := start(t, Options{DataDir: dir})
	if err := ping(t.Context(), server.SocketURL()); err != nil {
		t.Fatal(err)
	}
	stop(t, server)
	mustNotExist(t, server.info.SocketDir)
}

func TestStopInAHurryLosesNothing(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	first := start(t, Options{DataDir: dir})
	execute(t, first.URL(), "CREATE TABLE note AS SELECT 'kept' AS body")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := first.Stop(ended); err != nil {
		t.Fatal(err)
	}
	second := start(t, Options{DataDir: dir})
	if got := query[string](t, second.URL(), "SELECT body FROM note"); got != "kept" {
		t.Errorf("got %q", got)
	}
}

func TestALongLogIsSetAside(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	stop(t, start(t, Options{DataDir: dir}))
	log := filepath.Join(dir, "postgres.log")
	if err := os.Truncate(log, maxLogBytes+1); err != nil {
		t.Fatal(err)
	}
	stop(t, start(t, Options{DataDir: dir}))
	stat, err := os.Stat(log)
	if err != nil {
		t.Fatal(err)
	}
	if stat.Size() > maxLogBytes || !exists(log+".1") {
		t.Errorf("the log has %d bytes; the old one is kept: %v", stat.Size(), exists(log+".1"))
	}
}
