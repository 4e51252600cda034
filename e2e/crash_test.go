package e2e_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/adapters/simulated"
	"waybill/db/dbtest/factory"
	"waybill/e2e/program"
	"waybill/views/urls"
)

const (
	crashPayments = 200 // of the orders are paid
	crashOrders   = 480 // what they order in all
	scarceEvery   = 4   // of their orders is for the scarce SKU
	scarceUnits   = 50  // fewer than are asked for

	awaitTimeout = 30 * time.Second      // background work is done every few seconds
	awaitLook    = 50 * time.Millisecond // between two looks
)

// crashGoods puts two SKUs on sale, one of them scarce, and returns the orders of a rush for them.
func crashGoods(h *house) []*ask {
	shop := h.merchant("north", "North Kitchen")
	plenty, scarce := h.product(shop, "KETTLE", "Enamel kettle", 4250, 10_000), h.product(shop, "LAST", "Last of its kind", 9900, scarceUnits)
	customer, address := h.Customer("programs@example.com")
	var all []*ask
	for n := range crashOrders {
		sku := plenty
		if n%scarceEvery == 0 {
			sku = scarce
		}
		all = append(all, orderOf(customer, address, sku, strconv.Itoa(n)))
	}
	return all
}

// checkRush holds what programs were told against the books. Everything was asked for and answered.
func checkRush(h *house, all []*ask) {
	h.t.Helper()
	placed, ids := int64(0), map[int64]string{}
	for _, p := range all {
		switch {
		case p.status == http.StatusCreated:
			placed++
			if other, twice := ids[p.id]; twice {
				h.t.Errorf("the keys %s and %s have the same order", p.key, other)
			}
			ids[p.id] = p.key
		case p.status != http.StatusConflict:
			h.t.Errorf("the key %s is answered %d", p.key, p.status)
		}
	}
	if n := h.Int(`SELECT count(*) FROM orders`); n != placed {
		h.t.Errorf("there are %d orders, but programs know %d", n, placed)
	}
	if n := h.Int(`SELECT count(*) FROM orders WHERE id = ANY($1)`, keysOf(ids)); n != placed {
		h.t.Errorf("%d of %d acknowledged orders exist", n, placed)
	}
	if n := h.Int(`SELECT sum(reserved) FROM stock_levels l JOIN skus s ON s.id = l.sku_id WHERE s.code = 'LAST'`); n != scarceUnits {
		h.t.Errorf("%d of %d units of the scarce SKU are promised", n, scarceUnits)
	}
	h.run("verify")
}

func TestOrdersSurviveAServerThatIsKilled(t *testing.T) {
	t.Parallel()
	h := open(t)
	all := crashGoods(h)
	programs := h.programs()
	for _, acknowledged := range []int{60, 150, 260} {
		programs.rush(all, func(n int) {
			if n == acknowledged {
				h.server.Kill()
			}
		})
		if n := programs.acknowledged(all); n < acknowledged || n == len(all) {
			t.Fatalf("%d of %d orders were acknowledged when the server died", n, len(all))
		}
		h.start()
		programs.site = h.server.URL
	}
	programs.rush(all, nil)
	checkRush(h, all)

	// Programs that lost an answer ask again, and so do those that did not.
	for _, p := range all {
		p.again = true
	}
	programs.rush(all, nil)
	checkRush(h, all)
}

// A payment has three places where power can fail: before the provider is asked, while it answers, and before the answer
// is on record.
func TestPaymentsSurviveAServerThatIsKilled(t *testing.T) {
	t.Parallel()
	h := open(t)
	orders := crashGoods(h)[:crashPayments]
	programs := h.programs()
	programs.rush(orders, nil)
	var all []*ask
	for _, order := range orders {
		if order.status == http.StatusCreated {
			all = append(all, paymentOf(order.id, "pay "+order.key))
		}
	}
	const before = 60 // are paid when the server dies
	programs.rush(all, func(n int) {
		if n == before {
			h.server.Kill()
		}
	})
	h.start()
	programs.site = h.server.URL
	programs.rush(all, nil)

	// Time goes by: what nobody waits for any more is due to be asked about, and given up if the provider never heard of it.
	h.Exec(`UPDATE payments SET sent_at = sent_at - interval '1 hour', ask_at = now() WHERE ask_at IS NOT NULL`)
	h.await(`SELECT count(*) = 0 FROM payments WHERE ask_at IS NOT NULL`)
	for _, p := range all {
		p.again = p.status != 0
	}
	programs.rush(all, nil)
	if n := programs.unanswered(all); n > 0 {
		t.Errorf("%d payments are not settled", n)
	}
	const (
		ours   = `SELECT charge_key, amount_minor FROM payments WHERE status = 'captured'`
		theirs = `SELECT request_key, amount_minor FROM simulated_processor.transactions WHERE kind = 'capture' AND failure = ''`
	)
	if n := h.Int(`SELECT count(*) FROM ((` + ours + ` EXCEPT ` + theirs + `) UNION ALL (` + theirs + ` EXCEPT ` + ours + `)) AS differences`); n != 0 {
		t.Errorf("%d charges are in one book only", n)
	}
	if paid := h.Int(`SELECT count(*) FROM orders WHERE status = 'confirmed'`); paid < before {
		t.Errorf("%d orders are paid, but %d were acknowledged before the server died", paid, before)
	}
	h.run("verify")
}

// The database that comes with the program, this time with everything that makes it safe.
func TestOrdersSurviveADatabaseThatIsKilled(t *testing.T) {
	t.Parallel()
	data := dataDir(t)
	env := []string{"WAYBILL_DATA=" + data}
	h := &house{t: t, environment: env}
	h.start()
	t.Cleanup(h.stop)

	second, err := program.Finish(waybill(t).Command(t.Context(), t.TempDir(), append(env, "PORT=0"), "serve"))
	if err != nil || second.Code != 1 || strings.Count(second.Stderr, "\n") != 1 || !strings.Contains(second.Stderr, "in use by process") {
		t.Errorf("a second server on the same data: %+v, %v", second, err)
	}

	h.World = &factory.World{TB: t, Pool: poolOn(t, strings.TrimSpace(h.run("db", "url")))}
	all := crashGoods(h)
	programs := h.programs()
	programs.rush(all, func(n int) {
		if n == 100 {
			killPostgres(t, data)
		}
	})
	// The server lives on, and the database comes back by itself.
	for programs.unanswered(all) > 0 {
		programs.rush(all, nil)
	}
	if !strings.Contains(h.server.Log(), "PostgreSQL died; starting it again") {
		t.Error("the server has not seen its database die")
	}
	h.Pool.Reset() // the connections of the test died too
	checkRush(h, all)
	if status := h.status("/readyz"); status != http.StatusOK {
		t.Errorf("/readyz answers %d after the recovery", status)
	}
}

// await waits until a query answers with true.
func (h *house) await(query string) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), awaitTimeout)
	defer cancel()
	tick := time.NewTicker(awaitLook)
	defer tick.Stop()
	for {
		var so bool
		if err := h.Pool.QueryRow(ctx, query).Scan(&so); err != nil {
			h.t.Fatalf("%v: %s", err, query)
		}
		if so {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			h.t.Fatalf("still not so after %s: %s", awaitTimeout, query)
		}
	}
}

// dataDir is a directory that PostgreSQL's user can pass through.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "waybill-data-") //nolint:usetesting // t.TempDir is closed to the user PostgreSQL runs as
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func poolOn(t *testing.T, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// killPostgres ends the embedded server's postmaster as the kernel does when memory runs out.
func killPostgres(t *testing.T, data string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(data, "postgres", "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

func keysOf(ids map[int64]string) []int64 {
	keys := make([]int64, 0, len(ids))
	for id := range ids {
		keys = append(keys, id)
	}
	return keys
}

func TestAServerThatIsToldToStop(t *testing.T) {
	t.Parallel()
	h, ada := kitchen(t)
	mia, _ := h.packers()
	buyer := h.client(ada)
	stream := h.client(mia).stream(urls.MerchantQueue())
	defer stream.Body.Close()
	if kind := stream.Header.Get("Content-Type"); stream.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/event-stream") {
		t.Fatalf("the stream is %s %s", stream.Status, kind)
	}
	// A checkout with a card whose bank takes its time.
	cart := buyer.form(urls.Product("kettle"))
	cart.Set("quantity", "1")
	buyer.post(urls.CartAdd(), cart)
	checkout := buyer.form(urls.Checkout())
	checkout.Set("method", simulated.TokenSlow)
	checkout.Set("address", h.Text(`SELECT id::text FROM addresses WHERE customer_id = $1`, ada.CustomerID))
	ordered := make(chan *http.Response, 1)
	go func() { ordered <- buyer.post(urls.Checkout(), checkout) }()
	h.await(`SELECT count(*) = 1 FROM payments WHERE status = 'sending'`)

	if err := h.server.Terminate(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, stream.Body); err != nil {
		t.Errorf("the stream breaks off instead of ending: %v", err)
	}
	if answer := <-ordered; answer.StatusCode != http.StatusSeeOther {
		t.Errorf("the checkout that was running is answered %s", answer.Status)
	}
	if code, err := h.server.Stop(); err != nil || code != 0 {
		t.Errorf("the server ends with %d, %v", code, err)
	}
	h.run("verify")
}
