package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"waybill/db/dbtest"
)

const messDir = "../../adapters/olist/testdata/mess"

// absolute is where a folder is, for programs that run elsewhere.
func absolute(t *testing.T, dir string) string {
	t.Helper()
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	return conn
}

func textOf(t *testing.T, conn *pgx.Conn, query string) string {
	t.Helper()
	var text string
	if err := conn.QueryRow(t.Context(), query).Scan(&text); err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	return text
}

func mustVerify(t *testing.T, url string) {
	t.Helper()
	if code, stdout, stderr := finish(t, program(t, nil, "verify", "--database-url", url)); code != 0 {
		t.Errorf("verify: code %d, %s%s", code, stdout, stderr)
	}
}

func TestImportOlistFromTheCommandLine(t *testing.T) {
	t.Parallel()
	url := dbtest.EmptyURL(t) // the command migrates
	cmd := program(t, []string{"DATABASE_URL=" + url, "WAYBILL_LOG_LEVEL=warn"}, "import", "olist", absolute(t, messDir), "--rejects", "refused.csv")
	code, stdout, stderr := finish(t, cmd)
	if code != 0 || !strings.Contains(stderr, "38 rows could not be imported; refused.csv says which and why.") {
		t.Errorf("code %d, stderr %q", code, stderr)
	}
	for _, want := range []string{"checkouts (a basket each)", "18  ", "BRL items", "exceptions reference_missing", "rejected rows"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%q is not in %s", want, stdout)
		}
	}
	refused, err := os.ReadFile(filepath.Join(cmd.Dir, "refused.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(refused)).ReadAll()
	if err != nil || len(rows) != 39 || strings.Join(rows[0], " ") != "file line reason raw" {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if got := textOf(t, connect(t, url), `SELECT count(*)::text FROM checkouts`); got != "18" {
		t.Errorf("%s checkouts", got)
	}
	mustVerify(t, url)
}

func TestImportOlistMistakes(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"nowhere": "There is no folder nowhere", ".": "not a complete Olist data set: "} {
		code, stdout, stderr := finish(t, program(t, []string{"DATABASE_URL=" + dbtest.URL(t)}, "import", "olist", name))
		if code != 2 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, want) {
			t.Errorf("%s: code %d, stdout %q, stderr %q", name, code, stdout, stderr)
		}
	}
}

// olistFolder writes a data set of plain delivered orders.
func olistFolder(t *testing.T, orders int) string {
	t.Helper()
	files := map[string]*strings.Builder{}
	for name, header := range map[string]string{
		"sellers":        "seller_id,seller_zip_code_prefix,seller_city,seller_state\nseller-1,13023,campinas,SP",
		"customers":      "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state",
		"products":       "product_id,product_category_name,product_weight_g\nproduct-1,cool_stuff,100",
		"order_items":    "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value",
		"order_payments": "order_id,payment_sequential,payment_type,payment_installments,payment_value",
		"orders":         "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,order_delivered_customer_date",
	} {
		files[name] = &strings.Builder{}
		files[name].WriteString(header + "\n")
	}
	for i := range orders {
		fmt.Fprintf(files["customers"], "customer-%d,person-%d,%05d,campinas,SP\n", i, i%97, i%97)
		fmt.Fprintf(files["order_items"], "order-%05d,1,product-1,seller-1,2017-01-05 00:00:00,%d.99,8.72\n", i, i%50)
		fmt.Fprintf(files["order_payments"], "order-%05d,1,credit_card,1,%d.71\n", i, i%50+9)
		fmt.Fprintf(files["orders"], "order-%05d,customer-%d,delivered,2017-%02d-02 10:00:00,2017-%02d-02 11:00:00,2017-%02d-03 10:00:00,2017-%02d-09 10:00:00\n", i, i, i%4+1, i%4+1, i%4+1, i%4+1)
	}
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, "olist_"+name+"_dataset.csv"), []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const importedSums = `SELECT concat_ws(' ', (SELECT count(*) FROM checkouts), (SELECT count(*) || ' ' || sum(total_minor) FROM orders), (SELECT count(*) FROM order_line_items),
	(SELECT count(*) FROM order_events), (SELECT count(*) || ' ' || sum(captured_minor) FROM payments), (SELECT count(*) FROM fulfillment_items),
	(SELECT count(*) FROM addresses), (SELECT count(*) FROM customers), (SELECT count(*) FROM import_refs))`

// TestImportOlistIsCutOff stops the program while its second batch is written but not committed, and runs it again.
func TestImportOlistIsCutOff(t *testing.T) {
	t.Parallel()
	const orders = 1200
	dir := olistFolder(t, orders)
	importInto := func(url string) *exec.Cmd {
		return program(t, []string{"DATABASE_URL=" + url, "WAYBILL_LOG_LEVEL=warn"}, "import", "olist", dir)
	}
	whole := dbtest.URL(t)
	if code, _, stderr := finish(t, importInto(whole)); code != 0 {
		t.Fatalf("code %d, stderr %q", code, stderr)
	}
	want := textOf(t, connect(t, whole), importedSums)
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			url := dbtest.URL(t)
			conn := connect(t, url)
			// A row of the second batch is taken by a transaction that does not end: the program waits for it.
			tx, err := conn.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Exec(t.Context(), `INSERT INTO import_refs VALUES ('olist', 'order', 'order-00700/seller-1', 1)`); err != nil {
				t.Fatal(err)
			}
			cmd := importInto(url)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			waitUntilBlocked(t, connect(t, url))
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if signal == syscall.SIGINT && (cmd.ProcessState.ExitCode() != 1 ||
				!strings.Contains(stderr.String(), "waybill: stopped after 500 of 1200 orders; what is imported stays, run it again to go on\n")) {
				t.Errorf("code %d, stderr %q", cmd.ProcessState.ExitCode(), stderr.String())
			}
			if err := tx.Rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := textOf(t, conn, `SELECT count(*)::text FROM orders`); got != "500" {
				t.Errorf("%s orders were left, want the first batch", got)
			}
			code, stdout, errOut := finish(t, importInto(url))
			if code != 0 || !strings.Contains(stdout, "1200") || !strings.Contains(stdout, "700") {
				t.Fatalf("the second run: code %d, stdout %s, stderr %q", code, stdout, errOut)
			}
			if got := textOf(t, conn, importedSums); got != want {
				t.Errorf("got %s, uninterrupted %s", got, want)
			}
			mustVerify(t, url)
		})
	}
}

// waitUntilBlocked returns when a transaction of the database waits for another.
func waitUntilBlocked(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	for t.Context().Err() == nil {
		if textOf(t, conn, `SELECT (count(*) > 0)::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'transactionid'`) == "true" {
			return
		}
		textOf(t, conn, `SELECT pg_sleep(0.02)::text`)
	}
	t.Fatal("nobody waits")
}

// TestImportOlistFigures imports the real data set and holds what is in the database against the figures that came with
// it. The data is not part of this repository because of its licence. Without it there is nothing to prove, which CI must
// not miss.
func TestImportOlistFigures(t *testing.T) {
	t.Parallel()
	dir := absolute(t, cmp.Or(os.Getenv("WAYBILL_OLIST_DIR"), "../../../shared/data/olist"))
	text, err := os.ReadFile(filepath.Join(dir, "STATS.json"))
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("the Olist data set is not at %s; set WAYBILL_OLIST_DIR", dir)
	}
	if err != nil {
		t.Skipf("NOT TESTED: the Olist data set is not at %s; set WAYBILL_OLIST_DIR to prove its figures", dir)
	}
	var want map[string]any
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	url := dbtest.URL(t)
	env := []string{"DATABASE_URL=" + url, "WAYBILL_LOG_LEVEL=warn"}
	if code, _, stderr := finish(t, program(t, env, "import", "olist", dir)); code != 0 {
		t.Fatalf("code %d, stderr %q", code, stderr)
	}
	conn := connect(t, url)
	check := func() {
		t.Helper()
		for key, query := range figures {
			if got := textOf(t, conn, "SELECT ("+query+")::text"); got != fmt.Sprint(want[key]) {
				t.Errorf("%s: the database says %s, want %v", key, got, want[key])
			}
		}
		for key, query := range distributions {
			if got, want := textOf(t, conn, query), fmt.Sprint(want[key]); got != want {
				t.Errorf("%s: the database says %s, want %s", key, got, want)
			}
		}
	}
	check()
	sums := textOf(t, conn, importedSums)
	code, stdout, stderr := finish(t, program(t, env, "import", "olist", dir))
	if code != 0 || textOf(t, conn, importedSums) != sums {
		t.Errorf("the second run: code %d, %s%s", code, stdout, stderr)
	}
	check()
	mustVerify(t, url)
}

// figures are the queries that must answer with the number of the same name in STATS.json.
var figures = map[string]string{
	"orders":                           `SELECT count(*) FROM checkouts`,
	"order_items_rows":                 `SELECT sum(quantity) FROM order_line_items`,
	"lines_after_merging_same_product": `SELECT count(*) FROM order_line_items`,
	"payments_rows":                    `SELECT count(DISTINCT charge_key) FROM payments`,
	"unique_customers":                 `SELECT count(DISTINCT customer_id) FROM checkouts`,
	"products":                         `SELECT count(*) FROM products`,
	"sellers":                          `SELECT count(*) FROM merchants WHERE status = 'active'`,
	"order_seller_pairs":               `SELECT count(*) FROM orders WHERE NOT imported_without_lines`,
	"orders_without_items":             `SELECT count(*) FROM reconciliation_exceptions WHERE kind = 'imported_without_lines'`,
	"multi_seller_orders":              `SELECT count(*) FROM checkouts WHERE cardinality(order_ids) > 1`,
	"items_price":                      `SELECT round(sum(subtotal_minor) / 100, 2) FROM orders`,
	"freight":                          `SELECT round(sum(shipping_minor) / 100, 2) FROM orders`,
	"payments":                         `SELECT round(sum(amount_minor) / 100, 2) FROM payments`,
	"zero_value_payments":              `SELECT count(*) FROM payments WHERE amount_minor = 0`,
	"orders_with_several_payments":     `SELECT count(*) FROM (SELECT FROM payments GROUP BY checkout_id HAVING count(DISTINCT charge_key) > 1) AS several`,
	"orders_with_timestamps_out_of_order": `
		SELECT count(*) FROM reconciliation_exceptions WHERE kind = 'times_out_of_order'`,
	"orders_paid_differs_from_items_plus_freight": `
		SELECT count(*) FROM checkouts c LEFT JOIN (SELECT checkout_id, sum(amount_minor) AS paid FROM payments GROUP BY checkout_id) p ON p.checkout_id = c.id
		WHERE total_minor <> coalesce(paid, 0) AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.checkout_id = c.id AND o.imported_without_lines)`,
}

// distributions are the queries that must answer with the whole map of the same name in STATS.json, as fmt prints it.
var distributions = map[string]string{
	"status": `
		SELECT 'map[' || string_agg(status || ':' || n, ' ' ORDER BY status) || ']' FROM (
			SELECT e.data->>'status' AS status, count(DISTINCT o.checkout_id) AS n FROM order_events e JOIN orders o ON o.id = e.order_id WHERE e.kind = 'imported' GROUP BY 1) AS s`,
	"payment_types": `
		SELECT 'map[' || string_agg(method || ':' || n, ' ' ORDER BY method) || ']' FROM (SELECT method, count(DISTINCT charge_key) AS n FROM payments GROUP BY 1) AS m`,
}
