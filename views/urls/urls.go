// Package urls builds every address of the HTML door: one function per route.
//
// Templates, redirects and tests call these, so that a route can move in one
// place. Path segments and query values are escaped here and nowhere else.
// Where a comment names a method, the route answers to that method; all others
// are pages and answer to GET.
package urls

import (
	"net/url"
	"strconv"
	"strings"
)

// Query is a list of query parameters in the order they shall appear, so that
// the same filter always has the same address. Empty values are left out.
type Query []Param

// Param is one query parameter.
type Param struct{ Name, Value string }

// With appends the query to a path that may already carry one.
func With(path string, q Query) string {
	var b strings.Builder
	b.WriteString(path)
	sep := byte('?')
	if strings.Contains(path, "?") {
		sep = '&'
	}
	for _, p := range q {
		if p.Value == "" {
			continue
		}
		b.WriteByte(sep)
		b.WriteString(url.QueryEscape(p.Name))
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(p.Value))
		sep = '&'
	}
	return b.String()
}

// Local returns target if it is a path on this site, and "/" otherwise. It is
// the guard for every `next` and `back` parameter: "//evil.example", "/\evil"
// and absolute addresses are refused.
func Local(target string) string {
	if !strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") {
		return Home()
	}
	if strings.ContainsFunc(target, func(r rune) bool { return r < 0x20 || r == '\\' || r == 0x7f }) {
		return Home()
	}
	u, err := url.Parse(target)
	if err != nil || u.Host != "" || u.Scheme != "" {
		return Home()
	}
	return target
}

// path joins segments below root, escaping each of them.
func path(root string, segments ...string) string {
	var b strings.Builder
	b.WriteString(root)
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(s))
	}
	return b.String()
}

func id(n int64) string { return strconv.FormatInt(n, 10) }
