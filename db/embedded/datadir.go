package embedded

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// dataDir is the absolute path of the directory that holds everything the embedded server keeps:
//
//	lock          flock held by the owning process; its pid as text
//	server.json   how to reach the running server; gone when it is stopped
//	password      of the roles in the cluster
//	port          the TCP port of the last run, kept so that saved URLs stay true
//	postgres.log  the server's log, the previous one beside it as postgres.log.1
//	postgres/     what belongs to the server's user: data/ and run/; a link when that user cannot come here
type dataDir string

func (d dataDir) path(name string) string { return filepath.Join(string(d), name) }

// openDataDir creates the directory when it is missing. Root lets other users pass through it, because PostgreSQL
// refuses to run as root and its user must reach what lies inside; every file in it keeps itself closed.
func openDataDir(path string) (dataDir, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find the data directory %s: %w", path, err)
	}
	if err := os.MkdirAll(abs, 0o755); err != nil {
		return "", fmt.Errorf("create the data directory: %w", err)
	}
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return "", fmt.Errorf("find the data directory: %w", err)
	}
	mode := fs.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o711
	}
	if err := os.Chmod(abs, mode); err != nil {
		return "", fmt.Errorf("the data directory must belong to the user who runs this: %w", err)
	}
	return dataDir(abs), nil
}

// dataLock is the claim to be the only owner of a data directory. The system gives it up when the process ends.
type dataLock struct{ file *os.File }

func (d dataDir) lock() (*dataLock, error) {
	file, err := os.OpenFile(d.path("lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the data directory: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &InUseError{DataDir: string(d), PID: readNumber(file.Name())}
		}
		return nil, fmt.Errorf("lock the data directory: %w", err)
	}
	if err := replaceContent(file, strconv.Itoa(os.Getpid())+"\n"); err != nil {
		file.Close()
		return nil, fmt.Errorf("write the lock of the data directory: %w", err)
	}
	return &dataLock{file: file}, nil
}

// release empties the file before it gives the lock up, so that nobody reads the pid of a process that is gone. The
// file itself stays: removing it would let two processes lock two files of one name. Closing it would not do: a child that
// is just being started, whoever starts it, has the file open, too, until it runs its own program.
func (l *dataLock) release() {
	_ = l.file.Truncate(0) // only the wording of a message depends on it
	_ = syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN)
	_ = l.file.Close()
}

func replaceContent(file *os.File, content string) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(content), 0)
	return err
}

// readNumber answers the whole number on the first line of a file, or 0.
func readNumber(path string) int {
	content, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(content), "\n")
	n, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return 0
	}
	return n
}

// announceServer tells other processes of the same user how to reach the server.
func (d dataDir) announceServer(info serverInfo) error {
	content, err := json.Marshal(info)
	if err != nil {
		return fmt.Errorf("describe the server: %w", err)
	}
	if err := writePrivately(d.path("server.json"), content); err != nil {
		return fmt.Errorf("announce the server: %w", err)
	}
	return writePrivately(d.path("port"), []byte(strconv.Itoa(info.Port)+"\n"))
}

// announcedServer answers what the owner of the data directory announced. The pid in the lock tells an announcement
// of today's owner from one that a killed owner left behind.
func (d dataDir) announcedServer() (serverInfo, error) {
	var info serverInfo
	content, err := os.ReadFile(d.path("server.json"))
	if err != nil {
		return info, err
	}
	if err := json.Unmarshal(content, &info); err != nil {
		return info, fmt.Errorf("read %s: %w", d.path("server.json"), err)
	}
	if owner := readNumber(d.path("lock")); owner != info.PID {
		return info, fmt.Errorf("the server of process %d is gone; process %d starts another", info.PID, owner)
	}
	return info, nil
}

// forgetServer withdraws the announcement, with the socket directory that may have gone with it.
func (d dataDir) forgetServer() error {
	var info serverInfo
	if content, err := os.ReadFile(d.path("server.json")); err == nil && json.Unmarshal(content, &info) == nil {
		removeTempSocketDir(info.SocketDir)
	}
	if err := os.Remove(d.path("server.json")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("withdraw the announcement of the server: %w", err)
	}
	return nil
}

// writePrivately replaces a file in one step, readable for its owner alone.
func writePrivately(path string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err := errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return os.Rename(file.Name(), path)
}

const passwordBytes = 24

// password answers the cluster's password; fresh says that there is no cluster yet, so that it may be made.
func (d dataDir) password(fresh bool) (string, error) {
	content, err := os.ReadFile(d.path("password"))
	if err == nil {
		return strings.TrimSpace(string(content)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) || !fresh {
		return "", fmt.Errorf("read the password of the data in %s: %w", d, err)
	}
	secret := make([]byte, passwordBytes)
	if _, err := rand.Read(secret); err != nil {
		return "", fmt.Errorf("make a password: %w", err)
	}
	password := hex.EncodeToString(secret)
	if err := writePrivately(d.path("password"), []byte(password+"\n")); err != nil {
		return "", fmt.Errorf("keep the password: %w", err)
	}
	return password, nil
}

// openLog opens the server's log for appending, setting a long one aside first.
func (d dataDir) openLog() (*os.File, error) {
	path := d.path("postgres.log")
	if stat, err := os.Stat(path); err == nil && stat.Size() > maxLogBytes {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, fmt.Errorf("set the old server log aside: %w", err)
		}
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the server log: %w", err)
	}
	return file, nil
}
