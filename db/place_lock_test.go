package db_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// While there is plenty of everything, a group writes all its rows before it takes the lock of the stock that others want,
// too. What it then finds is what decides.
func TestAGroupLooksAgainWhenItHasTheLockOfItsStock(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	merchant, location := w.Merchant("one")
	scarce, other := w.SKU(merchant, "A", 100, 10), w.SKU(merchant, "B", 100, 10)
	customer, address := w.Customer("ada@example.com")
	correction, err := w.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer correction.Rollback(context.Background()) //nolint:errcheck // it is committed below
	for _, sql := range []string{
		`UPDATE stock_levels SET on_hand = on_hand - 9 WHERE sku_id = $1 AND location_id = $2`,
		`INSERT INTO inventory_transactions (id, sku_id, location_id, kind, on_hand_delta, reason, actor_kind, created_at)
			VALUES (next_id(now()), $1, $2, 'count', -9, 'one left', 'system', now())`,
	} {
		if _, err := correction.Exec(t.Context(), sql, scarce, location); err != nil {
			t.Fatal(err)
		}
	}
	group := []shop.PlaceCommand{w.Order(customer, address, scarce), w.Order(customer, address, scarce), w.Order(customer, address, other)}
	answers := make(chan []error, 1)
	go func() { answers <- db.PlaceGroup(context.Background(), w.Store, group) }()
	w.Blocked(1, "PlacingStockLockLast")
	if err := correction.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, err := range <-answers {
		if want := map[int]shop.Code{1: shop.CodeOutOfStock}[i]; shop.CodeOf(err) != want {
			t.Errorf("checkout %d: %v, want %q", i, err, want)
		}
	}
	if got := w.Int(`SELECT count(*) FROM orders`); got != 2 {
		t.Errorf("%d orders, want 2", got)
	}
	w.CheckBooks()
}

// Many groups of several instances decide without the lock at once, until nothing is left.
func TestGroupsSideBySideSellExactlyWhatIsThere(t *testing.T) {
	t.Parallel()
	const instances, rounds, perGroup, stock = 4, 12, 6, 150
	w := factory.New(t)
	merchant, location := w.Merchant("one")
	second := w.Location(merchant, "TWO", 2)
	sku, beside := w.SKU(merchant, "A", 100, stock), w.SKU(merchant, "B", 100, 10_000)
	w.Stock(sku, second, stock/3)
	customer, address := w.Customer("ada@example.com")
	var sold atomic.Int64
	var all sync.WaitGroup
	for range instances {
		all.Go(func() {
			for range rounds {
				var group []shop.PlaceCommand
				for range perGroup {
					group = append(group, w.Order(customer, address, sku, beside))
				}
				for _, err := range db.PlaceGroup(t.Context(), w.Store, group) {
					switch shop.CodeOf(err) {
					case "":
						sold.Add(1)
					case shop.CodeOutOfStock:
					default:
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	if want := int64(stock + stock/3); sold.Load() != want {
		t.Errorf("sold %d of %d", sold.Load(), want)
	}
	for _, at := range []int64{location, second} {
		if left := w.Int(`SELECT on_hand - reserved FROM stock_levels WHERE sku_id = $1 AND location_id = $2`, sku, at); left != 0 {
			t.Errorf("%d left at %d", left, at)
		}
	}
	w.CheckBooks()
}

// statementCounter counts what a connection sends, but for the hint that follows a commit at some later moment.
type statementCounter struct{ statements, trips atomic.Int64 }

func (c *statementCounter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if strings.HasPrefix(data.SQL, "-- name: FeedNudge ") {
		return ctx
	}
	c.statements.Add(1)
	c.trips.Add(1)
	return ctx
}
func (*statementCounter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
func (c *statementCounter) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	c.statements.Add(int64(data.Batch.Len()))
	c.trips.Add(1)
	return ctx
}
func (*statementCounter) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (*statementCounter) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

// What a group costs before its first order is in its statements and in the round trips that they share.
func TestAGroupSendsAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	const statements, trips = 22, 2 // from BEGIN to COMMIT
	w := factory.New(t)
	merchant, _ := w.Merchant("one")
	var skus []int64
	for i := range 30 {
		skus = append(skus, w.SKU(merchant, "S"+strconv.Itoa(i), 1299, 1000))
	}
	customer, address := w.Customer("ada@example.com")
	w.Place(customer, address, skus[0]) // the address has its snapshot, the customer the range of ids
	store, counter := countedStore(t, w)
	for _, size := range []int{1, 2, 28} {
		var group []shop.PlaceCommand
		for i := range size {
			group = append(group, w.Order(customer, address, skus[i], skus[i+1]))
		}
		counter.reset()
		for _, err := range db.PlaceGroup(t.Context(), store, group) {
			if err != nil {
				t.Fatal(err)
			}
		}
		counter.atMost(t, fmt.Sprintf("a group of %d", size), statements, trips)
	}
}

// countedStore is a store on the world's database whose statements are counted.
func countedStore(t *testing.T, w *factory.World) (*db.Store, *statementCounter) {
	t.Helper()
	counter := new(statementCounter)
	config := w.Pool.Config().Copy()
	config.ConnConfig.Tracer = counter
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	store, err := db.NewStore(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	counter.reset()
	return store, counter
}

func (c *statementCounter) reset() {
	c.statements.Store(0)
	c.trips.Store(0)
}

func (c *statementCounter) atMost(t *testing.T, what string, statements, trips int64) {
	t.Helper()
	if got := c.statements.Load(); got > statements {
		t.Errorf("%s sends %d statements, want at most %d", what, got, statements)
	}
	if got := c.trips.Load(); got > trips {
		t.Errorf("%s takes %d round trips, want at most %d", what, got, trips)
	}
}

// What only a customer's first order does, several groups do at once when the first ones come together. While somebody writes
// a row that refers to the customer, and so shares the customer's row, they wait in line, and none of them for one behind it.
func TestFirstOrdersThatComeTogetherNeverDeadlock(t *testing.T) {
	t.Parallel()
	const newcomers, groups = 5, 4
	w := factory.New(t)
	merchant, _ := w.Merchant("one")
	sku := w.SKU(merchant, "A", 100, newcomers*groups)
	deadlocks := func() int64 {
		return w.Int(`SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`)
	}
	begin := func(sql string, customer int64) pgx.Tx {
		tx, err := w.Pool.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), sql, customer); err != nil {
			t.Fatal(err)
		}
		return tx
	}
	before := deadlocks()
	for n := range newcomers {
		customer, address := w.Customer(fmt.Sprintf("newcomer%d@example.com", n))
		beside := begin(`INSERT INTO addresses (customer_id, name, line1, city, postal_code, country) VALUES ($1, 'Ada', '2 Main St', 'Oakland', '94601', 'US')`, customer)
		first := begin(`UPDATE customers SET order_id_from = id_at(now()), order_id_until = id_at(now()) + 1 WHERE id = $1`, customer)
		var all sync.WaitGroup
		for range groups {
			group := []shop.PlaceCommand{w.Order(customer, address, sku)}
			all.Go(func() {
				if err := db.PlaceGroup(context.Background(), w.Store, group)[0]; err != nil {
					t.Error(err)
				}
			})
		}
		w.Blocked(groups, "")
		commit(t, first)
		all.Wait()
		commit(t, beside)
	}
	if got := deadlocks(); got != before {
		t.Errorf("%d deadlocks", got-before)
	}
	w.CheckBooks()
}
