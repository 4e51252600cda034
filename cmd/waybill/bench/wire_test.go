package bench

import (
	"io"
	"net"
	"net/http/httputil"
	"strings"
	"testing"
	"time"
)

// answering is a wire whose other end gives these answers to one request each.
func answering(t *testing.T, answers ...string) *wire {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		request := make([]byte, len("ask"))
		for _, answer := range answers {
			if _, err := io.ReadFull(conn, request); err != nil {
				return
			}
			_, _ = io.WriteString(conn, answer)
		}
	}()
	w, err := dialWire(t.Context(), t.Context(), listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	return w
}

func TestWireReadsAnswersOneAfterTheOther(t *testing.T) {
	t.Parallel()
	w := answering(t,
		"HTTP/1.1 201 Created\r\nContent-Length: 5\r\nSet-Cookie: a=b; Path=/; HttpOnly\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
		"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n",
	)
	for _, want := range []struct {
		status       int
		body, cookie string
		retryAfter   time.Duration
	}{{201, "hello", "a=b", 0}, {200, "abcde", "", 0}, {503, "", "", 2 * time.Second}} {
		got, err := w.do([]byte("ask"))
		if err != nil || got.status != want.status || string(got.body) != want.body || got.cookie != want.cookie || got.retryAfter != want.retryAfter {
			t.Errorf("read %+v (%v), want %+v", got, err, want)
		}
	}
}

func TestWireRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{
		"SSH-2.0-OpenSSH\r\n\r\n",
		"HTTP/1.1 abc Odd\r\n\r\n",
		"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
	} {
		if got, err := answering(t, answer).do([]byte("ask")); err == nil {
			t.Errorf("%q is read as %+v", strings.TrimSpace(answer), got)
		}
	}
}

func TestWireReadsEvents(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
	chunks := httputil.NewChunkedWriter(&text)
	for _, piece := range []string{": alive\nid: ", "1-1\n", "\n", "id: 1-2\ndata: one\nda", "ta: two\n\n: x", "\n\ndata: three\n"} { // cut anywhere
		if _, err := io.WriteString(chunks, piece); err != nil {
			t.Fatal(err)
		}
	}
	if err := chunks.Close(); err != nil {
		t.Fatal(err)
	}
	w := answering(t, text.String()+"\r\n")
	if err := w.openStream([]byte("ask")); err != nil {
		t.Fatal(err)
	}
	events := make(chan string, 4)
	if err := w.readEvents(t.Context(), events); err == nil {
		t.Error("the end of the stream is no error")
	}
	close(events)
	var all []string
	for event := range events {
		all = append(all, event)
	}
	if len(all) != 1 || all[0] != "onetwo" { // the third was not finished
		t.Errorf("read %q", all)
	}
}
