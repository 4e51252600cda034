package dbtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/db/embedded"
)

const (
	startTimeout = 5 * time.Minute       // a first start may download PostgreSQL
	idleTimeout  = 30 * time.Second      // from the last user's end to the server's
	idleLook     = time.Second           // between two looks for users
	joinPoll     = 50 * time.Millisecond // between two looks for the server
	otherKeeper  = 5 * time.Second       // for another keeper to make the data, or to be found dead

	// keeperVariable tells a copy of the test program to keep the server in the named directory.
	keeperVariable = "WAYBILL_TEST_KEEP_SERVER"
)

// testSettings make the server fast and its plans repeatable. Nothing in it needs to survive a crash.
var testSettings = map[string]string{
	"fsync":                      "off",
	"synchronous_commit":         "off",
	"full_page_writes":           "off",
	"autovacuum":                 "off", // a test that looks at plans runs ANALYZE itself
	"max_connections":            "500",
	"shared_buffers":             "128MB",
	"checkpoint_timeout":         "1h",
	"log_min_duration_statement": "-1",
	"log_checkpoints":            "off",
}

// A program that contains tests has no say over its main function, so the copy that keeps the server is recognized
// here, before any test could run.
func init() { //nolint:gochecknoinits // as said
	if dir := os.Getenv(keeperVariable); dir != "" {
		if err := keep(dir); err != nil {
			fmt.Fprintln(os.Stderr, "dbtest:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

// join answers the URL of the shared server after telling its keeper that it has a user. It starts the server when
// there is none. The caller keeps the file for as long as it uses the server: closing it, which the garbage collector
// does to a file that nothing refers to, gives the lock up.
func join(ctx context.Context) (string, *os.File, error) {
	dir, err := serverDir()
	if err != nil {
		return "", nil, err
	}
	membership, err := openLocked(filepath.Join(dir, "users"), syscall.LOCK_SH)
	if err != nil {
		return "", nil, err
	}
	address, ok := publishedURL(ctx, dir)
	if !ok {
		address, err = startServer(ctx, dir)
	}
	return address, membership, err
}

// startServer starts a keeper and waits for the URL that it, or another one that was faster, publishes. A keeper ends
// without an error when it finds another; should that one have been about to end, the next one takes its place.
func startServer(ctx context.Context, dir string) (string, error) {
	for {
		keeper, err := startKeeper(dir)
		if err != nil {
			return "", err
		}
		address, err := awaitURL(ctx, dir, keeper)
		if address != "" || err != nil {
			return address, err
		}
	}
}

// awaitURL answers the URL as soon as it is published, or "" when the keeper has ended without an error and for a
// while after that there was none.
func awaitURL(ctx context.Context, dir string, keeper <-chan error) (string, error) {
	var patience <-chan time.Time
	for {
		if address, ok := publishedURL(ctx, dir); ok {
			return address, nil
		}
		select {
		case err := <-keeper:
			if err != nil {
				log, _ := os.ReadFile(filepath.Join(dir, "keeper.log")) // the error alone says enough to go on
				return "", fmt.Errorf("%w: %s", err, log)
			}
			keeper, patience = nil, time.After(otherKeeper)
		case <-patience:
			return "", nil
		case <-time.After(joinPoll):
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// publishedURL answers the URL that the keeper wrote, when a server answers there.
func publishedURL(ctx context.Context, dir string) (string, bool) {
	address, err := os.ReadFile(filepath.Join(dir, "url"))
	return string(address), err == nil && answers(ctx, string(address))
}

func answers(ctx context.Context, address string) bool {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return false
	}
	return conn.Close(ctx) == nil
}

// serverDir answers the directory of the user's shared server. It refuses one that somebody else put there.
func serverDir() (string, error) {
	dir := filepath.Join(os.TempDir(), "waybill-test-"+strconv.Itoa(os.Geteuid()))
	if err := os.Mkdir(dir, 0o711); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	stat, err := os.Lstat(dir)
	if err != nil {
		return "", err
	}
	if sys, ok := stat.Sys().(*syscall.Stat_t); !ok || !stat.IsDir() || int(sys.Uid) != os.Geteuid() {
		return "", fmt.Errorf("%s does not belong to this user; remove it", dir)
	}
	return dir, nil
}

func openLocked(path string, how int) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := flock(file, how); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func flock(file *os.File, how int) error {
	for {
		err := syscall.Flock(int(file.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// startKeeper starts a copy of this program that keeps the server, in a session of its own so that it outlives the
// test. The copy ends at once, without an error, when another one is there. The answered channel tells its end.
func startKeeper(dir string) (<-chan error, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(dir, "keeper.log"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(program) //nolint:noctx // it outlives every context of the test
	cmd.Env = append(os.Environ(), keeperVariable+"="+dir)
	cmd.Dir = dir // the test's own directory may be gone before the keeper is
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return ended, nil
}

// keep runs the server until nobody has used it for a while.
func keep(dir string) error {
	users, err := os.OpenFile(filepath.Join(dir, "users"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer users.Close() // last, so that who waits for it finds nobody keeping the server
	only, err := openLocked(filepath.Join(dir, "keeper"), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil
	}
	if err != nil {
		return err
	}
	defer only.Close()
	address := filepath.Join(dir, "url")
	if err := os.Remove(address); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // a killed keeper's: it must not be believed before the new server is prepared
	}
	server, err := start(context.Background(), filepath.Join(dir, "server"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(address, []byte(server.SocketURL()), 0o600); err != nil {
		return errors.Join(err, server.Stop(context.Background()))
	}
	waitUntilIdle(users, server.Done())
	return errors.Join(os.Remove(address), server.Stop(context.Background()))
}

// start starts the server. Without fsync a crash of the machine can damage the data; a server that does not come up
// is therefore made anew, once.
func start(ctx context.Context, dir string) (*embedded.Server, error) {
	server, err := startPrepared(ctx, dir)
	if err == nil {
		return server, nil
	}
	fmt.Fprintln(os.Stderr, "dbtest: starting over with new data:", err)
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	return startPrepared(ctx, dir)
}

func startPrepared(ctx context.Context, dir string) (*embedded.Server, error) {
	server, err := embedded.Start(ctx, embedded.Options{DataDir: dir, Settings: testSettings})
	if err != nil {
		return nil, err
	}
	if err := prepare(ctx, server); err != nil {
		return nil, errors.Join(err, server.Stop(ctx))
	}
	return server, nil
}

// waitUntilIdle returns when nobody has held the users' lock for idleTimeout, and then holds it itself, so that a
// test that comes now waits until the server is down and starts another. It also returns when the server dies.
func waitUntilIdle(users *os.File, died <-chan struct{}) {
	idleSince := time.Now()
	for {
		select {
		case <-died:
			return
		case <-time.After(idleLook):
		}
		if flock(users, syscall.LOCK_EX|syscall.LOCK_NB) != nil {
			idleSince = time.Now()
			continue
		}
		if time.Since(idleSince) >= idleTimeout {
			return
		}
		_ = flock(users, syscall.LOCK_UN)
	}
}
