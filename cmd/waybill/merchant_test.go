package main

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"waybill/db/dbtest"
)

func TestMerchantCreateOpensAMerchantThatStaffCanJoin(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	run := func(args ...string) string {
		t.Helper()
		code, stdout, stderr := finish(t, program(t, []string{"DATABASE_URL=" + url, "WAYBILL_PASSWORD=correct horse"}, args...))
		if code != 0 || stderr != "" {
			t.Fatalf("%v: code %d, stdout %q, stderr %q", args, code, stdout, stderr)
		}
		return stdout
	}
	create := []string{"merchant", "create", "--name", "Blätter & Co", "--country", "de", "--time-zone", "Europe/Berlin", "--location", "hh"}
	said := run(create...)
	if !strings.Contains(said, "short name blaetter-co") || !strings.Contains(said, "waybill user create --email ADDRESS --role merchant --merchant blaetter-co\n") {
		t.Errorf("it says %q", said)
	}
	if again := run(create...); again != said {
		t.Errorf("the same command once more says %q", again)
	}
	run("user", "create", "--email", "pick@example.com", "--role", "merchant", "--merchant", "blaetter-co")
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var got string
	if err := conn.QueryRow(t.Context(), `SELECT string_agg(concat_ws(' ', m.country, m.time_zone, l.code, l.name, l.priority, u.email,
		(SELECT count(*) FROM audit_log WHERE action = 'merchant.created')), ';')
		FROM merchants m JOIN locations l ON l.merchant_id = m.id JOIN users u ON u.merchant_id = m.id`).Scan(&got); err != nil {
		t.Fatal(err)
	}
	if want := "DE Europe/Berlin HH HH 1 pick@example.com 1"; got != want {
		t.Errorf("there is %q, want %q", got, want)
	}
}

func TestMerchantCreateRefusals(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	if code, _, stderr := finish(t, program(t, []string{"DATABASE_URL=" + url}, "merchant", "create", "--name", "Tea")); code != 0 {
		t.Fatalf("code %d, stderr %q", code, stderr)
	}
	for _, c := range []struct{ args, says string }{
		{"", "--name"},
		{"--name Teas --slug tea", "Another merchant has the short name tea"},
		{"--name Tea --country JP", "Another merchant has the short name tea"},
		{"--name 茶", "Enter a short name"},
		{"--name X --slug Not_OK", "lower-case"},
		{"--name X --country Atlantis", "country"},
		{"--name X --time-zone Mars/Olympus", "time zone"},
		{"--name X --time-zone Local", "time zone"},
		{"--name X --location a/b", "code"},
	} {
		cmd := program(t, []string{"DATABASE_URL=" + url}, append([]string{"merchant", "create"}, strings.Fields(c.args)...)...)
		code, stdout, stderr := finish(t, cmd)
		if code != 2 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, c.says) {
			t.Errorf("%q: code %d, stdout %q, stderr %q", c.args, code, stdout, stderr)
		}
	}
}
