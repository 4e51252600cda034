package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"strconv"
	"time"
)

const (
	requestTimeout = 30 * time.Second // the server's own deadline is shorter
	wireBuffer     = 4 << 10
	maxBody        = 4 << 20 // no page is longer
)

// wire is one kept-alive HTTP/1.1 connection. It knows as much of the protocol as the server's answers need: net/http's
// client would take more of the machine than the server under load, and the two share it.
type wire struct {
	conn   net.Conn
	reader *bufio.Reader
	body   bytes.Buffer
	unbind func() bool
}

// answer is what came back. Its body is valid until the next request.
type answer struct {
	status     int
	retryAfter time.Duration
	cookie     string // what Set-Cookie sets, as a Cookie header wants it
	body       []byte
}

// dialWire connects within dialing; whatever then waits for an answer ends with life.
func dialWire(dialing, life context.Context, address string) (*wire, error) {
	conn, err := new(net.Dialer).DialContext(dialing, "tcp", address)
	if err != nil {
		return nil, err
	}
	w := &wire{conn: conn, reader: bufio.NewReaderSize(conn, wireBuffer)}
	w.unbind = context.AfterFunc(life, func() { _ = conn.Close() })
	return w, nil
}

func (w *wire) close() {
	w.unbind()
	_ = w.conn.Close() // nothing was buffered that could get lost
}

// do sends a whole request and reads its answer.
func (w *wire) do(request []byte) (answer, error) {
	if err := w.conn.SetDeadline(time.Now().Add(requestTimeout)); err != nil {
		return answer{}, err
	}
	if _, err := w.conn.Write(request); err != nil {
		return answer{}, err
	}
	a, length, err := w.readHead()
	if err != nil {
		return answer{}, err
	}
	w.body.Reset()
	switch {
	case length == chunked:
		err = w.readChunks()
	case length > maxBody:
		err = fmt.Errorf("an answer of %d bytes", length)
	default:
		_, err = io.CopyN(&w.body, w.reader, length)
	}
	a.body = w.body.Bytes()
	return a, err
}

// chunked is the length of a body that says it piece by piece.
const chunked = -1

// readHead reads up to the body. An answer that says nothing of its length has none: the server keeps the connection.
func (w *wire) readHead() (a answer, length int64, err error) {
	line, err := w.line()
	if err != nil {
		return a, 0, err
	}
	fields := bytes.Fields(line)
	if len(fields) < 2 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return a, 0, fmt.Errorf("%q is no HTTP/1.1 answer", line)
	}
	if a.status, err = strconv.Atoi(string(fields[1])); err != nil {
		return a, 0, fmt.Errorf("%q is no HTTP/1.1 answer", line)
	}
	for {
		if line, err = w.line(); err != nil || len(line) == 0 {
			return a, length, err
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch string(name) { // net/http writes its header names one way
		case "Content-Length":
			length, err = strconv.ParseInt(string(value), 10, 64)
		case "Transfer-Encoding":
			length = chunked
		case "Retry-After":
			var seconds int
			seconds, err = strconv.Atoi(string(value))
			a.retryAfter = time.Duration(seconds) * time.Second
		case "Set-Cookie":
			cookie, _, _ := bytes.Cut(value, []byte(";"))
			a.cookie = string(cookie)
		case "Connection":
			if string(value) == "close" {
				err = errors.New("the server gives up the connection")
			}
		}
		if err != nil {
			return a, 0, err
		}
	}
}

func (w *wire) line() ([]byte, error) {
	line, err := w.reader.ReadSlice('\n')
	return bytes.TrimRight(line, "\r\n"), err
}

func (w *wire) readChunks() error {
	if _, err := w.body.ReadFrom(io.LimitReader(httputil.NewChunkedReader(w.reader), maxBody)); err != nil {
		return err
	}
	end, err := w.line() // no trailers, so this is the empty line
	if err == nil && len(end) > 0 {
		err = fmt.Errorf("%q after the last chunk", end)
	}
	return err
}
