package bench

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/jackc/pgx/v5"
)

// compareRows places one order by the baseline and one by Waybill and counts what each wrote. A baseline that writes
// anything else would make the ratio a lie, so that ends the run.
func (b *bench) compareRows(ctx context.Context) error {
	if b.pgbench == nil {
		return nil
	}
	byBaseline, err := b.rowsOf(ctx, func() error {
		_, err := b.pgbench.run(ctx, pgbenchRun{transaction: baseline, choose: uniform.choose, clients: 1, transactions: 1})
		return err
	})
	if err != nil {
		return err
	}
	byWaybill, err := b.rowsOf(ctx, func() error { return b.placeOne(ctx) })
	if err != nil {
		return err
	}
	if !maps.Equal(byBaseline, byWaybill) {
		return fmt.Errorf("one order of the baseline writes %v rows and one of Waybill %v: scripts/write_order.sql has to follow the schema", byBaseline, byWaybill)
	}
	b.report.RowsPerOrder = byWaybill
	return nil
}

// placeOne places one order of two lines.
func (b *bench) placeOne(ctx context.Context) error {
	wires, err := b.target().connect(ctx, 1)
	if err != nil {
		return err
	}
	defer closeAll(wires)
	random := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // chooses what is bought
	answer, err := wires[0].do(b.orderMaker(uniform)(nil, random))
	if err == nil && answer.status != 201 {
		err = fmt.Errorf("an order is answered with %d: %s", answer.status, answer.body)
	}
	return err
}

// rowsOf counts the rows that act adds, by table; tables that it leaves alone are not in the result.
func (b *bench) rowsOf(ctx context.Context, act func() error) (map[string]int64, error) {
	before, err := b.countRows(ctx)
	if err != nil {
		return nil, err
	}
	if err := act(); err != nil {
		return nil, err
	}
	after, err := b.countRows(ctx)
	if err != nil {
		return nil, err
	}
	for name := range after {
		after[name] -= before[name]
	}
	maps.DeleteFunc(after, func(_ string, rows int64) bool { return rows == 0 })
	return after, nil
}

func (b *bench) countRows(ctx context.Context) (map[string]int64, error) {
	rows, err := b.postgres.pool.Query(ctx, `SELECT relname::text FROM pg_class
		WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`)
	if err != nil {
		return nil, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	if !slices.Contains(names, "orders") {
		return nil, errors.New("the database has no orders table")
	}
	counts := make(map[string]int64, len(names))
	for _, name := range names {
		var n int64
		if err := b.postgres.pool.QueryRow(ctx, "SELECT count(*) FROM "+pgx.Identifier{name}.Sanitize()).Scan(&n); err != nil {
			return nil, err
		}
		counts[name] = n
	}
	return counts, nil
}
