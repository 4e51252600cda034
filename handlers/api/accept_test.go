package api_test

import (
	"fmt"
	"strings"
	"testing"
)

// A client that cannot read what an address answers with is refused before anything is done; every other is served.
func TestWhatAClientTakes(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	s, key := d.shelf("one", 10), d.admin()
	for accept, want := range map[string]int{
		"": 201, "*/*": 201, "application/*": 201, "application/json": 201, "Application/JSON; charset=utf-8": 201, "application/problem+json": 201,
		"text/html, application/xhtml+xml, */*;q=0.8": 201, "text/csv;q=0.9, application/json;q=0.1": 201, "application/json;q=nonsense": 201, ";;, , /": 201,
		"text/html": 406, "application/xml": 406, "application/pdf": 406, "image/*": 406, "application/json;q=0, application/problem+json;q=0.0": 406,
		"application/*;q=0": 406, "*/*;q=0": 406, "text/*, application/json;q=0, application/problem+json;q=0, */*;q=0.1": 406,
		strings.Repeat("text/html,", 60) + "application/json": 406, // more than anybody means
	} {
		before := d.rows()
		got := d.post(key, "/orders", s.order(), "Accept: "+accept)
		if got.Status != want {
			t.Errorf("%q: %d, want %d: %s", accept, got.Status, want, got.Body)
		}
		if want == 201 {
			continue
		}
		if kind, _ := got.problem(); kind != "not-acceptable" || !strings.Contains(string(got.Body), "application/json") || d.rows() != before {
			t.Errorf("%q is refused as %s: %s", accept, kind, got.Body)
		}
	}
	// What is refused before that is told in JSON all the same.
	d.post("", "/orders", s.order(), "Accept: text/html").want(401)
	// A file may be asked for by its type, or as JSON, which its refusals are.
	for accept, want := range map[string]int{"application/pdf": 404, "application/json": 404, "text/html": 406, "image/jpeg": 406} {
		d.do(request{key: key, method: "GET", path: fmt.Sprintf("/shipments/%d/label.pdf", 99), headers: []string{"Accept: " + accept}}).want(want)
	}
}
