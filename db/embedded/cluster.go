package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// cluster is the data of one server with what is needed to run it. Its owner holds the lock of the data directory.
type cluster struct {
	opts     Options
	dir      dataDir
	home     string // what belongs to the server's user: data/ and run/
	account  *account
	inst     installation
	password string

	port      int
	socketDir string
}

// durable is what every setting of the server that differs from PostgreSQL's own is for: no acknowledged order may
// be lost, on a small machine.
var durable = map[string]string{
	"fsync":                      "on",
	"synchronous_commit":         "on",
	"full_page_writes":           "on",
	"max_connections":            "200",
	"shared_buffers":             "256MB",
	"wal_compression":            "on",    // less to write at 5,000 orders a second
	"max_wal_size":               "2GB",   // checkpoints by the clock, not by volume,
	"checkpoint_timeout":         "15min", // since each makes pages be logged in full again
	"min_wal_size":               "1GB",   // used files of the log are used again: while one is made every commit waits
	"random_page_cost":           "1.1",   // data lies on SSDs
	"jit":                        "off",   // compiling costs more than it saves on short queries
	"track_io_timing":            "on",    // EXPLAIN (ANALYZE, BUFFERS) names slow disks
	"timezone":                   "UTC",
	"log_timezone":               "UTC",
	"log_line_prefix":            "%m [%p] %q%u@%d ",
	"logging_collector":          "off", // the log is standard error, which the owner keeps
	"log_destination":            "stderr",
	"listen_addresses":           "127.0.0.1",
	"unix_socket_permissions":    "0700",
	"shared_preload_libraries":   "",
	"password_encryption":        "scram-sha-256",
	"cluster_name":               "waybill", // names the processes in ps
	"max_prepared_transactions":  "0",
	"log_min_duration_statement": "1s", // a slow query is worth a line
}

func (c *cluster) dataPath() string { return filepath.Join(c.home, "data") }

func (c *cluster) info() serverInfo {
	return serverInfo{
		PID: os.Getpid(), Port: c.port, SocketDir: c.socketDir, Password: c.password, Version: c.inst.version,
	}
}

// settings merges the server's settings with the caller's, and what only this run knows on top.
func (c *cluster) settings() map[string]string {
	merged := maps.Clone(durable)
	maps.Copy(merged, c.opts.Settings)
	merged["port"] = strconv.Itoa(c.port)
	merged["unix_socket_directories"] = c.socketDir
	return merged
}

// start stops what an earlier owner left running and launches the server.
func (c *cluster) start(ctx context.Context) (*process, error) {
	if err := c.stopLeftovers(ctx); err != nil {
		return nil, err
	}
	if err := c.openSocketDir(); err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		p, err := c.launch(ctx)
		if err == nil {
			return p, nil
		}
		if try == portTries || ctx.Err() != nil || !portTaken(ctx, c.port) {
			return nil, err
		}
		if c.port, err = freePort(ctx); err != nil {
			return nil, err
		}
	}
}

// launch starts the server once and waits until it answers.
func (c *cluster) launch(ctx context.Context) (*process, error) {
	log, err := c.dir.openLog()
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own
	begin, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("read the server log: %w", err)
	}
	settings := c.settings()
	args := []string{"-D", c.dataPath()}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	// No context: when it ends, the server is asked to stop, not killed.
	cmd := exec.Command(c.inst.program("postgres"), args...) //nolint:noctx // as said
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.dataPath(), serverEnv(), log, log
	cmd.SysProcAttr = serverAttributes(c.account)
	p, err := spawn(cmd)
	if err != nil {
		return nil, fmt.Errorf("start PostgreSQL as %s: %w", c.account.name, err)
	}
	if err := c.waitReady(ctx, p, begin); err != nil {
		return nil, errors.Join(err, p.stop(closedChannel))
	}
	return p, nil
}

// waitReady waits until the server says that it is ready, and then asks it once. begin is where its part of the log
// starts.
func (c *cluster) waitReady(ctx context.Context, p *process, begin int64) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	patience := time.After(recoveryNotice)
	for !c.saysReady(p.pid()) {
		select {
		case <-p.done:
			return fmt.Errorf("PostgreSQL did not start (%w); its log says:\n%s", p.err, c.logTail(begin))
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL is not ready: %w; its log says:\n%s", ctx.Err(), c.logTail(begin))
		case <-patience:
			c.opts.Progress("PostgreSQL recovers from a crash; this can take a while")
		case <-time.After(pollInterval):
		}
	}
	if err := ping(ctx, c.info().socketURL(superuserName, "postgres")); err != nil {
		return fmt.Errorf("PostgreSQL runs but does not let Waybill in: %w", err)
	}
	return nil
}

// statusLine is where a postmaster keeps its state in its pid file (PostgreSQL's LOCK_FILE_LINE_PM_STATUS).
const statusLine = 8

func (c *cluster) saysReady(pid int) bool {
	path := filepath.Join(c.dataPath(), "postmaster.pid")
	content, err := os.ReadFile(path)
	if err != nil || readNumber(path) != pid {
		return false
	}
	lines := strings.Split(string(content), "\n")
	return len(lines) >= statusLine && strings.TrimSpace(lines[statusLine-1]) == "ready"
}

// logTail answers the end of what the server logged from begin on.
func (c *cluster) logTail(begin int64) string {
	file, err := os.Open(c.dir.path("postgres.log"))
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	if end, err := file.Seek(0, io.SeekEnd); err == nil {
		begin = max(begin, end-maxLogTailBytes)
	}
	content, err := io.ReadAll(io.NewSectionReader(file, begin, maxLogTailBytes))
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(content))
}

// ensureDatabase creates the application's role and database when they are missing. The role is no superuser: what
// reaches the database through the application can neither run programs nor read files.
func (c *cluster) ensureDatabase(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, c.info().socketURL(superuserName, "postgres"))
	if err != nil {
		return fmt.Errorf("set the database up: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var hasRole, hasDatabase bool
	err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1),
		EXISTS (SELECT FROM pg_database WHERE datname = $2)`, roleName, databaseName).Scan(&hasRole, &hasDatabase)
	if err != nil {
		return fmt.Errorf("set the database up: %w", err)
	}
	var statements []string
	if !hasRole {
		statements = append(statements,
			"CREATE ROLE "+roleName+" LOGIN CREATEDB PASSWORD '"+c.password+"'", // hexadecimal: nothing to quote
			"GRANT pg_monitor TO "+roleName)
	}
	if !hasDatabase {
		statements = append(statements, "CREATE DATABASE "+databaseName+" OWNER "+roleName)
	}
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("set the database up: %w", err)
		}
	}
	return nil
}

// ping connects once.
func ping(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// freePort answers a port that nobody listens on at this moment.
func freePort(ctx context.Context) (int, error) {
	listener, err := listen(ctx, 0)
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return 0, fmt.Errorf("find a free port: %s is no TCP address", listener.Addr())
	}
	return address.Port, nil
}

func portTaken(ctx context.Context, port int) bool {
	listener, err := listen(ctx, port)
	if err != nil {
		return true
	}
	return listener.Close() != nil
}

func listen(ctx context.Context, port int) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
}

// maxSocketPath is the longest path of a Unix socket that every system takes, with room for its null byte.
const maxSocketPath = 100

const tempSocketPrefix = "waybill-socket-"

// openSocketDir chooses an empty directory for the socket: beside the data, or under the system's temporary
// directory when that path is too long for a socket.
func (c *cluster) openSocketDir() error {
	dir := filepath.Join(c.home, "run")
	if len(filepath.Join(dir, ".s.PGSQL.65535")) > maxSocketPath {
		return c.openTempSocketDir()
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("clear the socket directory: %w", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("create the socket directory: %w", err)
	}
	c.socketDir = dir
	return c.account.take(dir)
}

func (c *cluster) openTempSocketDir() error {
	if c.socketDir != "" { // a restart: other processes know this one
		return nil
	}
	dir, err := os.MkdirTemp("/tmp", tempSocketPrefix) // not TMPDIR, which is long where this is needed most
	if err != nil {
		return fmt.Errorf("create the socket directory: %w", err)
	}
	c.socketDir = dir
	return c.account.take(dir)
}

// removeTempSocketDir removes a directory that openTempSocketDir made, and none other.
func removeTempSocketDir(dir string) {
	if strings.HasPrefix(filepath.Base(dir), tempSocketPrefix) {
		_ = os.RemoveAll(dir) // an empty directory left in /tmp harms nobody
	}
}

// serverEnv is the environment of PostgreSQL's programs: nothing of the caller's that could redirect them, such as
// PGDATA or PGPORT.
func serverEnv() []string {
	env := []string{"LC_ALL=C", "TZ=UTC"}
	for _, name := range []string{"PATH", "HOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

var closedChannel = func() chan struct{} { c := make(chan struct{}); close(c); return c }()
