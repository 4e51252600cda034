package web_test

import (
	"bytes"
	"fmt"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
)

// repeats sends forms of a site twice, as a double click does, and keeps which routes they belong to.
type repeats struct {
	*site
	routes map[string]bool // that take forms; true once one was sent
	digest string          // SQL that answers with one line for each table; when a row was touched last is no effect
}

func newRepeats(t *testing.T, s *site) *repeats {
	t.Helper()
	r := &repeats{site: s, routes: map[string]bool{}}
	r.digest = s.Text(`SELECT string_agg(format('SELECT %L AS name, md5(coalesce(string_agg(row, %L ORDER BY row), %L)) FROM (SELECT (to_jsonb(t) - %L - %L - %L)::text AS row FROM %I.%I t) rows', c.relname, '|', '', 'updated_at', 'leased_until', 'counted_at', n.nspname, c.relname), ' UNION ALL ')
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname IN ('public', 'simulated_processor', 'simulated_carrier') AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname NOT IN ('sessions', 'order_revisions', 'queue_revisions')`)
	for _, route := range formRoutes(t, s) {
		r.routes[route] = false
	}
	return r
}

// formRoutes are the routes of pages that take more than questions.
func formRoutes(t *testing.T, s *site) (routes []string) {
	t.Helper()
	err := chi.Walk(s.handler.(chi.Routes), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if method != http.MethodGet && method != http.MethodHead && !strings.HasPrefix(route, "/api/") {
			routes = append(routes, method+" "+route)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return routes
}

// tables are what is in each table, as a fingerprint.
func (r *repeats) tables() map[string]string {
	r.t.Helper()
	rows, err := r.Pool.Query(r.t.Context(), r.digest)
	if err != nil {
		r.t.Fatal(err)
	}
	defer rows.Close()
	tables := map[string]string{}
	for rows.Next() {
		var name, digest string
		if err := rows.Scan(&name, &digest); err != nil {
			r.t.Fatal(err)
		}
		tables[name] = digest
	}
	if err := rows.Err(); err != nil {
		r.t.Fatal(err)
	}
	return tables
}

// twice sends the form of a page twice. The form is the one whose action is path; what it hides is sent along. Without a
// page it is a form that scripts send. Both times the answer must be the same redirect, and the second time must leave
// nothing behind.
func (r *repeats) twice(v visitor, page, path string, fields ...string) {
	r.t.Helper()
	r.twiceWriting(nil, v, page, path, fields...)
}

// twiceWriting is twice for a form that each time writes to some tables: it is told why where it is called.
func (r *repeats) twiceWriting(again []string, v visitor, page, path string, fields ...string) {
	r.t.Helper()
	route := r.mark(path)
	form := url.Values{}
	if page != "" {
		form = r.hidden(v.page(page), page, path, fields)
	}
	for i := 0; i < len(fields); i += 2 {
		form.Del(fields[i])
	}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	before := r.tables()
	first := v.sendForm(path, form)
	between := r.tables()
	second := v.sendForm(path, form)
	if first.Code != http.StatusSeeOther || second.Code != first.Code || second.Header().Get("Location") != first.Header().Get("Location") {
		r.t.Errorf("%s answers %d to %q (%s), and then %d to %q (%s)", route, first.Code, first.Header().Get("Location"), problemIn(first), second.Code, second.Header().Get("Location"), problemIn(second))
	}
	if changed := changes(before, between); len(changed) == 0 && first.Code == http.StatusSeeOther {
		r.t.Errorf("%s does nothing at all: the test proves nothing", route)
	}
	if changed := changes(between, r.tables()); !slices.Equal(changed, again) {
		r.t.Errorf("%s, sent a second time, writes to %v", route, changed)
	}
}

func changes(before, after map[string]string) (names []string) {
	for name := range after {
		if before[name] != after[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// mark notes that a route was tried.
func (r *repeats) mark(path string) string {
	r.t.Helper()
	path, _, _ = strings.Cut(path, "?")
	ctx := chi.NewRouteContext()
	if !r.handler.(chi.Routes).Match(ctx, http.MethodPost, path) {
		r.t.Fatalf("there is no route for %s", path)
	}
	route := http.MethodPost + " " + ctx.RoutePattern()
	r.routes[route] = true
	return route
}

var (
	formTag  = regexp.MustCompile(`(?s)<form\b([^>]*)>(.*?)</form>`)
	inputTag = regexp.MustCompile(`<input\b[^>]*type="hidden"[^>]*>`)
	nameAttr = regexp.MustCompile(`\bname="([^"]*)"`)
	formAttr = regexp.MustCompile(`\b(?:action|formaction)="([^"]*)"`)
	valueTag = regexp.MustCompile(`\bvalue="([^"]*)"`)
)

// hidden is what the form of a page with an action and all these fields hides.
func (r *repeats) hidden(text, page, action string, fields []string) url.Values {
	r.t.Helper()
	form := url.Values{}
	for _, found := range formTag.FindAllStringSubmatch(text, -1) {
		leads := slices.ContainsFunc(formAttr.FindAllStringSubmatch(found[0], -1), func(a []string) bool { return html.UnescapeString(a[1]) == action })
		for i := 0; leads && i < len(fields) && fields[0] != "(file)"; i += 2 {
			leads = linked(text, found[1]) || strings.Contains(found[2], `name="`+html.EscapeString(fields[i])+`"`)
		}
		if !leads {
			continue
		}
		for _, input := range inputTag.FindAllString(found[2], -1) {
			name, value := nameAttr.FindStringSubmatch(input), valueTag.FindStringSubmatch(input)
			if name != nil && value != nil {
				form.Add(html.UnescapeString(name[1]), html.UnescapeString(value[1]))
			}
		}
		return form
	}
	r.t.Errorf("%s has no form that leads to %s with %v", page, action, fields)
	return form
}

// linked tells whether fields elsewhere in the page belong to a form.
func linked(text, attributes string) bool {
	id := regexp.MustCompile(`\bid="([^"]*)"`).FindStringSubmatch(attributes)
	return id != nil && strings.Contains(text, `form="`+id[1]+`"`)
}

// sendForm sends a form as a browser does; one with a file is multipart.
func (v visitor) sendForm(path string, form url.Values) *httptest.ResponseRecorder {
	v.t.Helper()
	file, isUpload := form["(file)"]
	if !isUpload {
		q := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		q.Header.Set("Sec-Fetch-Site", "same-origin")
		return v.do(q)
	}
	var body bytes.Buffer
	parts := multipart.NewWriter(&body)
	for name, values := range form {
		for _, value := range values {
			if name != "(file)" {
				_ = parts.WriteField(name, value)
			}
		}
	}
	if name, content, ok := strings.Cut(file[0], ":"); ok {
		part, err := parts.CreateFormFile(name, "file.csv")
		if err != nil {
			v.t.Fatal(err)
		}
		_, _ = part.Write([]byte(content))
	}
	_ = parts.Close()
	q := httptest.NewRequest(http.MethodPost, path, &body)
	q.Header.Set("Content-Type", parts.FormDataContentType())
	q.Header.Set("Sec-Fetch-Site", "same-origin")
	return v.do(q)
}

var problemText = regexp.MustCompile(`(?s)class="(?:error-text|alert[^"]*|field-error)"[^>]*>(.*?)</`)

// problemIn is what a page says went wrong, for the reader of a failed test.
func problemIn(w *httptest.ResponseRecorder) string {
	var said []string
	for _, found := range problemText.FindAllStringSubmatch(w.Body.String(), 3) {
		said = append(said, strings.TrimSpace(found[1]))
	}
	if said == nil && w.Code >= 400 {
		return fmt.Sprintf("%.300s", regexp.MustCompile(`(?s)<main.*?</h1>`).FindString(w.Body.String()))
	}
	return strings.Join(said, "; ")
}
