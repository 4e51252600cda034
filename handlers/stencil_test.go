package handlers

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"compress/gzip"
)

// However the marks lie, and whether or not it is compressed, a page is what was drawn with its holes filled. gzip's reader
// checks the length and the sum.
func TestAStencilIsThePageWithItsHolesFilled(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("<tr><td>a row like many others", 2000)
	for _, html := range []string{"", "plain", "ONE", "ONETWO", "a TWO b ONE c ONE", "TWOTWO at the end TWO", long + "ONE" + long + "TWO"} {
		cut := cutStencil([]byte(html), "ONE", "TWO")
		for _, values := range [][]string{{"1", "second"}, {"", long[:60_000]}} {
			want := strings.NewReplacer("ONE", values[0], "TWO", values[1]).Replace(html)
			for _, encoding := range []string{"", "gzip, br"} {
				w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
				r.Header.Set("Accept-Encoding", encoding)
				if err := cut.serve(w, r, values...); err != nil {
					t.Fatal(err)
				}
				if length := w.Header().Get("Content-Length"); length != strconv.Itoa(w.Body.Len()) {
					t.Errorf("%d bytes are said to be %s", w.Body.Len(), length)
				}
				if got := unzipped(t, w); got != want {
					t.Errorf("%.40q is filled as %.40q, want %.40q", html, got, want)
				}
			}
		}
	}
}

func unzipped(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Header().Get("Content-Encoding") == "" {
		return w.Body.String()
	}
	reader, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
