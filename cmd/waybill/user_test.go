package main

import (
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"
	"github.com/jackc/pgx/v5"

	"waybill/db/dbtest"
)

func TestUserCreateTakesThePasswordFromStdinOrTheEnvironment(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	for _, c := range []struct {
		email, stdin string
		env          []string
		args         string
	}{
		{"piped@example.com", "from the pipe\r\nsecond line\n", nil, "--role admin --password-stdin"},
		{"set@example.com", "", []string{"WAYBILL_PASSWORD=from the pipe"}, "--role customer --name Ada"},
	} {
		cmd := program(t, append(c.env, "DATABASE_URL="+url), append([]string{"user", "create", "--email", c.email}, strings.Fields(c.args)...)...)
		cmd.Stdin = strings.NewReader(c.stdin)
		code, stdout, stderr := finish(t, cmd)
		if code != 0 || !strings.HasPrefix(stdout, c.email+" can sign in as ") || stderr != "" {
			t.Fatalf("%s: code %d, stdout %q, stderr %q", c.email, code, stdout, stderr)
		}
		if hash := hashOf(t, url, c.email); !opens(t, hash, "from the pipe") || opens(t, hash, "second line") {
			t.Errorf("%s has another password", c.email)
		}
	}
}

func hashOf(t *testing.T, url, email string) (hash string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), "SELECT password_hash FROM users WHERE email = $1", email).Scan(&hash); err != nil {
		t.Fatal(err)
	}
	return hash
}

func opens(t *testing.T, hash, password string) bool {
	t.Helper()
	matches, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		t.Fatal(err)
	}
	return matches
}

func TestUserCreateRefusals(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	for _, c := range []struct{ args, password, says string }{
		{"--email a@example.com --role king", "long enough", "role"},
		{"--email a@example.com --role admin", "short", "at least 8"},
		{"--email a@example.com --role admin", "", "--password-stdin"},
		{"--email nobody --role admin", "long enough", "e-mail"},
		{"--email a@example.com --role merchant", "long enough", "needs a merchant"},
		{"--email a@example.com --role merchant --merchant nobody", "long enough", "nobody"},
		{"--role admin", "long enough", "--email"},
	} {
		cmd := program(t, []string{"DATABASE_URL=" + url, "WAYBILL_PASSWORD=" + c.password}, append([]string{"user", "create"}, strings.Fields(c.args)...)...)
		code, stdout, stderr := finish(t, cmd)
		if code != 2 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, c.says) {
			t.Errorf("%q: code %d, stdout %q, stderr %q", c.args, code, stdout, stderr)
		}
	}
}
