package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"
)

const (
	readHeaderTimeout = 5 * time.Second // honest clients send headers at once; slowloris does not
	// readTimeout covers the body: 64 KiB over a poor mobile line.
	readTimeout = 15 * time.Second
	// writeTimeout covers the work and the slowest reader of a page.
	writeTimeout = 30 * time.Second
	// idleTimeout keeps a reading visitor's connection, and frees that of one who left.
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 64 << 10

	// maxHTTP2Streams bounds what one proxy connection may ask at once.
	maxHTTP2Streams = 250

	// drainTimeout is what running requests get after the signal to stop. They have
	// requestDeadline to finish; the rest of the 20 s that the process may take belongs
	// to closing the database.
	drainTimeout = 12 * time.Second
)

// Listen opens addr (host:port). Its error says what to do when the port is taken.
func Listen(ctx context.Context, addr string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		_, port, _ := net.SplitHostPort(addr)
		return nil, fmt.Errorf("port %s is in use; set PORT or --port", port)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
	}
	return listener, nil
}

// NewServer makes the HTTP server with every limit set. It speaks HTTP/1.1 and, for
// proxies that keep one connection for many requests, HTTP/2 without TLS.
func NewServer(handler http.Handler, log *slog.Logger) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		Protocols:         protocols,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxHTTP2Streams},
	}
}

// Serve answers on listener until ctx ends, then calls beginShutdown, which must turn
// readiness off and end the streams, and waits for running requests, at most
// drainTimeout. It returns nil when all of them finished.
func Serve(ctx context.Context, listener net.Listener, server *http.Server, beginShutdown func()) error {
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		beginShutdown()
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	beginShutdown()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		return errors.Join(fmt.Errorf("requests still ran after %s and were cut: %w", drainTimeout, err), server.Close())
	}
	return nil
}
