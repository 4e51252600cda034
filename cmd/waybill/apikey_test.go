package main

import (
	"strings"
	"testing"

	"waybill/db/dbtest"
)

func TestAPIKeysFromTheCommandLine(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	waybill := func(args ...string) (int, string, string) {
		t.Helper()
		return finish(t, program(t, []string{"DATABASE_URL=" + url}, args...))
	}

	code, key, stderr := waybill("api-key", "create", "--role", "admin", "--name", "till", "--rate", "60")
	if code != 0 || !strings.HasPrefix(key, "wbk_") || strings.Count(key, "\n") != 1 || stderr != "" {
		t.Fatalf("create: code %d, stdout %q, stderr %q", code, key, stderr)
	}
	secret := strings.TrimSpace(key)
	_, list, _ := waybill("api-key", "list")
	if !strings.Contains(list, secret[:10]) || strings.Contains(list, secret) || !strings.Contains(list, "till") {
		t.Errorf("the list shows too little or too much:\n%s", list)
	}
	if code, stdout, stderr := waybill("api-key", "revoke", "1"); code != 0 || stdout != "" || stderr != "" {
		t.Errorf("revoke: code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	if _, after, _ := waybill("api-key", "list"); strings.Count(after, " -") != strings.Count(list, " -")-1 {
		t.Errorf("the list after revoking:\n%s", after)
	}

	for _, c := range []struct{ args, says string }{
		{"--role king", "role"},
		{"--role merchant", "needs a merchant"},
		{"--role merchant --merchant nobody", `"nobody"`},
		{"--role customer --customer nobody@example.com", `"nobody@example.com"`},
		{"--role customer --customer 77", `"77"`},
		{"--role admin --rate -1", "rate"},
		{"", "--role"},
	} {
		code, stdout, stderr := waybill(append([]string{"api-key", "create"}, strings.Fields(c.args)...)...)
		if code != 2 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, c.says) {
			t.Errorf("%q: code %d, stdout %q, stderr %q", c.args, code, stdout, stderr)
		}
	}
}
