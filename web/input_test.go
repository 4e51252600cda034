package web

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
)

func TestInputIsRefusedBeforeHandlers(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil, mountDoors)
	many := strings.Repeat("a=1&", maxFields)
	tests := []struct {
		name    string
		request *http.Request
		status  int
	}{
		{"plain form", postForm("/form", "name=Anna"), 200},
		{"as many fields as allowed", postForm("/form", strings.TrimSuffix(many, "&")), 200},
		{"one field too many", postForm("/form", many+"a=1"), 400},
		{"10,000 fields", postForm("/form", strings.Repeat("a=&", 10_000)), 400},
		{"15,000 fields", postForm("/form", strings.Repeat("a=&", 15_000)), 400},
		{"form just over 64 KiB", postForm("/form", "name="+strings.Repeat("x", 64<<10)), 413},
		{"form of 10 MB", postForm("/form", "name="+strings.Repeat("x", 10<<20)), 413},
		{"form of unknown length", unknownLength(postForm("/form", "name="+strings.Repeat("x", 64<<10))), 413},
		{"NUL in a value", postForm("/form", "name=a%00b"), 400},
		{"bad UTF-8 in a value", postForm("/form", "name=%ff%fe"), 400},
		{"raw bad UTF-8 in a value", postForm("/form", "name=\xc3\x28"), 400},
		{"bad UTF-8 in a field's name", postForm("/form", "n%ffame=a"), 400},
		{"malformed escape", postForm("/form", "name=%zz"), 400},
		{"NUL in the query of a post", postForm("/form?next=%00", "name=a"), 400},
		{"plain query", httptest.NewRequest("GET", "/page?q=gr%C3%BCn", nil), 200},
		{"NUL in the query", httptest.NewRequest("GET", "/page?q=%00", nil), 400},
		{"bad UTF-8 in the query", httptest.NewRequest("GET", "/page?q=%c3%28", nil), 400},
		{"malformed query", httptest.NewRequest("GET", "/page?q=%", nil), 400},
		{"too many query fields", httptest.NewRequest("GET", "/page?"+many+"a=1", nil), 400},
		{"NUL in the path", httptest.NewRequest("GET", "/products/a%00b", nil), 400},
		{"bad UTF-8 in the path", httptest.NewRequest("GET", "/products/%ff", nil), 400},
		{"UTF-8 in the path", httptest.NewRequest("GET", "/products/gr%C3%BCn", nil), 200},
		{"API body within bounds", apiPost(1 << 20), 201},
		{"API body over 1 MiB", apiPost(1<<20 + 1), 413},
		{"API body of unknown length", unknownLength(apiPost(1<<20 + 1)), 413},
		{"NUL in an API query", httptest.NewRequest("POST", "/api/v1/orders?x=%00", nil), 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := b.do(tt.request)
			if got.Code != tt.status {
				t.Errorf("status %d, want %d: %.200s", got.Code, tt.status, got.Body)
			}
			if refused := tt.status >= 400; refused && strings.Contains(got.Body.String(), "saved") {
				t.Error("the handler ran")
			}
		})
	}
}

func TestMultipartFormsHaveTheSameLimits(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil, mountDoors)
	tests := []struct {
		name, value string
		status      int
	}{
		{"plain", "Anna", 200},
		{"NUL", "a\x00b", 400},
		{"too long", strings.Repeat("x", 64<<10), 413},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var body bytes.Buffer
			form := multipart.NewWriter(&body)
			if err := form.WriteField("name", tt.value); err != nil {
				t.Fatal(err)
			}
			if err := form.Close(); err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest("POST", "/form", &body)
			r.Header.Set("Content-Type", form.FormDataContentType())
			if got := b.do(r); got.Code != tt.status {
				t.Errorf("status %d, want %d: %s", got.Code, tt.status, got.Body)
			}
		})
	}
}

func TestTooLongAnAPIBodyIsRefusedUnread(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil, mountDoors)
	r := apiPost(0)
	r.ContentLength = maxAPIBytes + 1
	r.Body = io.NopCloser(iotest.ErrReader(errors.New("somebody read the body")))
	got := b.do(r)
	if got.Code != 413 || got.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("status %d as %s", got.Code, got.Header().Get("Content-Type"))
	}
}

// unknownLength sends the body without saying how long it is, as chunked uploads do.
func unknownLength(r *http.Request) *http.Request {
	r.ContentLength = -1
	return r
}

func apiPost(size int) *http.Request {
	return httptest.NewRequest("POST", "/api/v1/orders", strings.NewReader(strings.Repeat("x", size)))
}
