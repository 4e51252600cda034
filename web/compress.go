package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

const (
	// compressionLevel is where lists of similar rows have got most of their gain.
	compressionLevel = 4
	// compressFrom is how long an answer must be, if it says so, for a shorter one to be worth the time.
	compressFrom = 1 << 10
)

// compressed are the kinds of answers that shrink.
var compressed = []string{"text/html", "text/csv", "application/json", "application/problem+json"}

// zippers are the compressors at rest. One is hundreds of kilobytes, so it is only taken for an answer that is compressed.
var zippers = sync.Pool{New: func() any {
	zipper, err := gzip.NewWriterLevel(nil, compressionLevel)
	if err != nil {
		panic(err) // the level is a constant
	}
	return zipper
}}

// compress sends what shrinks to whoever takes gzip. Answers that were compressed already pass as they are.
func compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			next.ServeHTTP(w, r)
			return
		}
		cw := &compressWriter{ResponseWriter: w}
		next.ServeHTTP(cw, r)
		cw.finish() // not after a panic: half an answer must not look like a whole one
	})
}

// compressWriter decides with the header whether the body is compressed.
type compressWriter struct {
	http.ResponseWriter
	zipper  *gzip.Writer // nil: the body goes as it is
	decided bool
}

// WriteHeader decides.
func (w *compressWriter) WriteHeader(status int) {
	if !w.decided && status >= http.StatusOK {
		w.decided = true
		if h := w.Header(); shrinks(h) && status != http.StatusNoContent && status != http.StatusNotModified {
			h.Set("Content-Encoding", "gzip")
			h.Add("Vary", "Accept-Encoding")
			h.Del("Content-Length")
			w.zipper = zippers.Get().(*gzip.Writer)
			w.zipper.Reset(w.ResponseWriter)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func shrinks(h http.Header) bool {
	if h.Get("Content-Encoding") != "" {
		return false
	}
	if length, err := strconv.Atoi(h.Get("Content-Length")); err == nil && length < compressFrom {
		return false
	}
	kind, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return slices.Contains(compressed, kind)
}

// Write compresses, or not.
func (w *compressWriter) Write(p []byte) (int, error) {
	if !w.decided {
		w.WriteHeader(http.StatusOK)
	}
	if w.zipper == nil {
		return w.ResponseWriter.Write(p)
	}
	return w.zipper.Write(p)
}

// FlushError is what http.ResponseController calls to flush.
func (w *compressWriter) FlushError() error {
	if w.zipper != nil {
		if err := w.zipper.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the connection.
func (w *compressWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// finish writes what is left. A reader who left is nobody's error.
func (w *compressWriter) finish() {
	if w.zipper == nil {
		return
	}
	_ = w.zipper.Close()
	zippers.Put(w.zipper)
	w.zipper = nil
}
