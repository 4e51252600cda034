package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db/dbtest/factory"
	"waybill/e2e/program"
)

const (
	crashShoppers = 16  // programs that order at the same time
	crashOrders   = 480 // what they order in all
	scarceEvery   = 4   // of their orders is for the scarce SKU
	scarceUnits   = 50  // fewer than are asked for
)

// crashGoods puts two SKUs on sale, one of them scarce, and returns the orders of a rush for them.
func crashGoods(h *house) []*purchase {
	shop := h.merchant("north", "North Kitchen")
	plenty, scarce := h.product(shop, "KETTLE", "Enamel kettle", 4250, 10_000), h.product(shop, "LAST", "Last of its kind", 9900, scarceUnits)
	customer, address := h.Customer("programs@example.com")
	var all []*purchase
	for n := range crashOrders {
		sku := plenty
		if n%scarceEvery == 0 {
			sku = scarce
		}
		all = append(all, newPurchase(customer, address, sku, strconv.Itoa(n)))
	}
	return all
}

// checkRush holds what programs were told against the books. Everything was asked for and answered.
func checkRush(h *house, all []*purchase) {
	h.t.Helper()
	placed, ids := int64(0), map[int64]string{}
	for _, p := range all {
		switch {
		case p.status == http.StatusCreated:
			placed++
			if other, twice := ids[p.orderID]; twice {
				h.t.Errorf("the keys %s and %s have the same order", p.key, other)
			}
			ids[p.orderID] = p.key
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
		programs.buy(all, crashShoppers, func(n int) {
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
	programs.buy(all, crashShoppers, nil)
	checkRush(h, all)

	// Programs that lost an answer ask again, and so do those that did not.
	for _, p := range all {
		p.again = true
	}
	programs.buy(all, crashShoppers, nil)
	checkRush(h, all)
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
	programs.buy(all, crashShoppers, func(n int) {
		if n == 100 {
			killPostgres(t, data)
		}
	})
	// The server lives on, and the database comes back by itself.
	for programs.unanswered(all) > 0 {
		programs.buy(all, crashShoppers, nil)
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
