package web

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxFields values may come in one form or query: enough for a bulk action over
// every row of the longest list, far below what makes parsing a cost.
const maxFields = 512

const (
	badText   = "The request holds characters that are not valid text (UTF-8 without NUL)."
	badQuery  = "The address of this page is malformed."
	badForm   = "The form could not be read. Please go back and send it again."
	manyField = "The request has too many fields."
)

// checkAddress refuses paths and queries that PostgreSQL would refuse later (SQLSTATE
// 22021), where it would look like our fault.
func (s *shell) checkAddress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isText(r.URL.Path) {
			s.refuseInput(w, r, badText)
			return
		}
		if r.URL.RawQuery != "" {
			query, err := url.ParseQuery(r.URL.RawQuery)
			if err != nil {
				s.refuseInput(w, r, badQuery)
				return
			}
			if problem := fieldProblem(query); problem != "" {
				s.refuseInput(w, r, problem)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// checkForm reads the form, so that handlers find r.PostForm filled, bounded and made
// of text. limit is that of the body, and what of it is held in memory.
func (s *shell) checkForm(limit int64) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			err := parseForm(r, limit)
			var tooLong *http.MaxBytesError
			switch {
			case errors.As(err, &tooLong):
				s.refuseSize(w, r, tooLong.Limit)
			case err != nil:
				s.refuseInput(w, r, badForm)
			default:
				if problem := fieldProblem(r.PostForm); problem != "" {
					s.refuseInput(w, r, problem)
					return
				}
				next.ServeHTTP(w, r)
			}
		})
	}
}

// parseForm fills r.PostForm. The body limit is also the memory limit, so no part of
// a multipart form reaches the disk.
func parseForm(r *http.Request, limit int64) error {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method == http.MethodPost && kind == "multipart/form-data" {
		return r.ParseMultipartForm(limit)
	}
	return r.ParseForm()
}

func fieldProblem(fields url.Values) string {
	count := 0
	for name, values := range fields {
		if count += len(values); count > maxFields {
			return manyField
		}
		if !isText(name) {
			return badText
		}
		for _, value := range values {
			if !isText(value) {
				return badText
			}
		}
	}
	return ""
}

func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsRune(s, 0)
}
