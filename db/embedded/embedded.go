// Package embedded runs a private PostgreSQL server beside the program, so that a machine with nothing but the
// binary can start. It finds an installed PostgreSQL or downloads one, keeps the data between runs, and makes sure
// that one data directory has one server and one owner, whatever way the last run ended.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// DefaultDataDir is where the data lies when Options.DataDir is empty.
const DefaultDataDir = ".waybill"

const (
	databaseName  = "waybill"
	roleName      = "waybill"  // owns the database; may create databases, is no superuser
	superuserName = "postgres" // only for setting the cluster up
)

const (
	readyTimeout    = 10 * time.Minute       // crash recovery of a large database takes minutes, not more
	attachTimeout   = time.Minute            // an owner that is still running initdb
	stopTimeout     = 30 * time.Second       // a fast shutdown writes a checkpoint
	killTimeout     = 5 * time.Second        // an immediate shutdown writes nothing
	recoveryNotice  = 3 * time.Second        // a start that takes longer has a crash to recover from
	pollInterval    = 20 * time.Millisecond  // between two looks at a server that starts or stops
	restartLimit    = 5                      // restarts of a dying server inside restartWindow
	restartWindow   = time.Minute            //
	restartPause    = 200 * time.Millisecond // between a death and the next try
	portTries       = 5                      // another program may take a free port before PostgreSQL does
	maxLogBytes     = 16 << 20               // a longer server log is set aside at the next start
	maxLogTailBytes = 4 << 10                // how much of it an error message may quote
)

// Options says where and how the server runs. The zero value is the product's own.
type Options struct {
	// DataDir holds the data, the log, the lock and the password. Empty means DefaultDataDir.
	DataDir string
	// Logger receives what an operator should know. Nil means slog.Default().
	Logger *slog.Logger
	// Progress receives short sentences for the person who waits. Nil means silence.
	Progress func(string)
	// Settings override the server's settings (postgresql.conf names). With "fsync" set to "off" the cluster is
	// also created without waiting for the disk; that is for tests, whose data nobody misses.
	Settings map[string]string

	cache string                                                                  // parent of downloads; "": the user's
	find  func(ctx context.Context) []installation                                // nil: findInstalled
	fetch func(ctx context.Context, dir string, say func(string)) (string, error) // nil: fetchPinned
	runAs func() (*account, error)                                                // nil: unprivilegedAccount
}

func (o Options) withDefaults() Options {
	if o.DataDir == "" {
		o.DataDir = DefaultDataDir
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if o.find == nil {
		o.find = findInstalled
	}
	if o.fetch == nil {
		o.fetch = fetchPinned
	}
	if o.runAs == nil {
		o.runAs = unprivilegedAccount
	}
	return o
}

// unsynced tells that nothing waits for the disk.
func (o Options) unsynced() bool { return o.Settings["fsync"] == "off" }

// Server is a running PostgreSQL: owned by this process after Start, or somebody else's after Acquire.
type Server struct {
	info    serverInfo
	lock    *dataLock // nil when another process owns the server
	cluster *cluster

	stopping  chan struct{} // closed by the first Stop
	hurry     chan struct{} // closed when a Stop runs out of time
	done      chan struct{} // closed when the server is down for good
	stopOnce  sync.Once
	hurryOnce sync.Once
	err       error // why it is down; read after done
}

// InUseError says that another process owns the data directory.
type InUseError struct {
	DataDir string
	PID     int // 0 when the owner has not written it yet
}

func (e *InUseError) Error() string {
	owner := "another process"
	if e.PID > 0 {
		owner = "process " + strconv.Itoa(e.PID)
	}
	return fmt.Sprintf("the data in %s is in use by %s; stop it first, or choose other data with WAYBILL_DATA", e.DataDir, owner)
}

// Start makes this process the owner of the data directory and its server, creating both when they are missing.
// The server stops with Stop, and where the system can do it also with the death of the process; what an earlier
// owner left running is stopped first. Start answers an *InUseError when another process is the owner.
func Start(ctx context.Context, opts Options) (*Server, error) {
	opts = opts.withDefaults()
	dir, err := openDataDir(opts.DataDir)
	if err != nil {
		return nil, err
	}
	lock, err := dir.lock()
	if err != nil {
		return nil, err
	}
	s, err := startLocked(ctx, opts, dir, lock)
	if err != nil {
		lock.release()
		return nil, err
	}
	return s, nil
}

func startLocked(ctx context.Context, opts Options, dir dataDir, lock *dataLock) (*Server, error) {
	if err := dir.forgetServer(); err != nil {
		return nil, err
	}
	c, err := openCluster(ctx, opts, dir)
	if err != nil {
		return nil, err
	}
	p, err := c.start(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.ensureDatabase(ctx); err != nil {
		return nil, errors.Join(err, p.stop(nil))
	}
	s := &Server{
		info: c.info(), lock: lock, cluster: c,
		stopping: make(chan struct{}), hurry: make(chan struct{}), done: make(chan struct{}),
	}
	if err := dir.announceServer(s.info); err != nil {
		return nil, errors.Join(err, p.stop(nil))
	}
	go s.supervise(p) //nolint:contextcheck // the server outlives the start; Stop ends it
	return s, nil
}

// Acquire answers a server on the data directory: the one that runs already when its owner lives, else a new one
// that this process owns until Stop. It waits for an owner that is still starting.
func Acquire(ctx context.Context, opts Options) (*Server, error) {
	opts = opts.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, readyTimeout+attachTimeout)
	defer cancel()
	giveUp := time.NewTimer(attachTimeout)
	defer giveUp.Stop()
	for {
		s, err := Start(ctx, opts)
		var inUse *InUseError
		if !errors.As(err, &inUse) {
			return s, err
		}
		if s, err := attach(ctx, opts); err == nil {
			return s, nil
		}
		select {
		case <-time.After(pollInterval):
		case <-giveUp.C:
			return nil, fmt.Errorf("its database does not answer: %w", inUse)
		case <-ctx.Done():
			return nil, errors.Join(inUse, ctx.Err())
		}
	}
}

// attach answers the server that another process announced, after asking it.
func attach(ctx context.Context, opts Options) (*Server, error) {
	dir, err := openDataDir(opts.DataDir)
	if err != nil {
		return nil, err
	}
	info, err := dir.announcedServer()
	if err != nil {
		return nil, err
	}
	if err := ping(ctx, info.socketURL(roleName, databaseName)); err != nil {
		return nil, err
	}
	return &Server{info: info}, nil
}

// Owned reports whether this process started the server and will stop it.
func (s *Server) Owned() bool { return s.lock != nil }

// URL is the connection URL over TCP on 127.0.0.1, password included. Every PostgreSQL client understands it.
func (s *Server) URL() string { return s.info.tcpURL(roleName, databaseName) }

// SocketURL is the connection URL over the server's Unix socket: 10 to 25 percent more small queries a second than
// URL on the same machine. libpq and pgx understand it, other clients may not.
func (s *Server) SocketURL() string { return s.info.socketURL(roleName, databaseName) }

// AdminURL is URL as the cluster's superuser, for setting up what the application's own role may not.
func (s *Server) AdminURL() string { return s.info.tcpURL(superuserName, "postgres") }

// Version is the version of PostgreSQL as it names it itself, such as "15.14 (Debian 15.14-0+deb12u1)".
func (s *Server) Version() string { return s.info.Version }

// Program is the path of one of PostgreSQL's own programs, such as pgbench, as the installation that runs the server
// would have it; not every installation has every program. It is empty for a server that another process owns.
func (s *Server) Program(name string) string {
	if !s.Owned() {
		return ""
	}
	return s.cluster.inst.program(name)
}

// Done is closed when an owned server is down: after Stop, or when it died more often than it is restarted. For a
// server that another process owns it is nil and never fires.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err says why the server is down: nil after Stop, else the error that kept it from being restarted. It waits for
// nothing; ask after Done.
func (s *Server) Err() error {
	select {
	case <-s.done:
		return s.err
	default:
		return nil
	}
}

// Stop stops an owned server and gives the data directory free. Running transactions are rolled back. When ctx ends
// before the shutdown checkpoint does, the server is stopped at once and recovers at its next start. On a server that
// another process owns Stop does nothing.
func (s *Server) Stop(ctx context.Context) error {
	if !s.Owned() {
		return nil
	}
	s.stopOnce.Do(func() { close(s.stopping) })
	select {
	case <-s.done:
	case <-ctx.Done():
		s.hurryOnce.Do(func() { close(s.hurry) })
		<-s.done
	}
	return s.err
}

// serverInfo is what another process needs to use the server. It is written to a file that only the owner may read.
type serverInfo struct {
	PID       int    `json:"pid"` // of the owner, not of PostgreSQL
	Port      int    `json:"port"`
	SocketDir string `json:"socket_dir"`
	Password  string `json:"password"`
	Version   string `json:"version"`
}

func (i serverInfo) tcpURL(user, database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(user, i.Password),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(i.Port)), Path: "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

func (i serverInfo) socketURL(user, database string) string {
	query := url.Values{"host": {i.SocketDir}, "port": {strconv.Itoa(i.Port)}}
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(user, i.Password),
		Path: "/" + database, RawQuery: query.Encode(),
	}
	return u.String()
}
