package bench

import (
	"context"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/db"
)

const (
	rivals        = 64 // clients
	sellOutUnits  = 500
	sellOutOrders = 20 // that each client asks for: more than there are units
)

// Alternative is one way to keep a stock, on one hot SKU.
type Alternative struct {
	Name    string `json:"name"`
	Load           // with more units than anybody can buy
	Retries int64  `json:"retries"` // of whole transactions
	Units   int64  `json:"units"`   // of a second run, which ends when they are sold
	Sold    int64  `json:"sold"`
}

// ways are the transactions that are compared: the same rows, and the stock taken in another way or at another moment.
var ways = []struct {
	name string
	transaction
}{
	{"SELECT FOR UPDATE, then update", transaction{"read", "stock_for_update", "if_enough", "write_order", "write_ledger", "commit"}},
	{"version column, retried", transaction{"read", "stock_version", "if_enough", "write_order", "write_ledger", "commit"}},
	{"check and append to the ledger", transaction{"read", "stock_ledger", "if_enough", "write_order", "commit"}},
	{"conditional update", transaction{"read", "stock_conditional", "if_enough", "write_order", "write_ledger", "commit"}},
	{"conditional update, pipelined", transaction{"read", "stock_conditional", "if_enough", "pipeline", "write_order", "write_ledger", "sync", "commit"}},
	{"conditional update, last", transaction{"read", "pipeline", "write_order", "write_ledger", "sync", "stock_conditional", "if_enough", "commit"}},
}

// alternatives compares ways to keep a stock, in a database of their own: one of them breaks its books.
func (b *bench) alternatives(ctx context.Context) error {
	if b.pgbench == nil {
		return notMeasured(errNoPgbench.Error())
	}
	pool, runner, err := b.openAlternatives(ctx)
	if err != nil {
		return err
	}
	defer pool.Close()
	for _, way := range ways {
		b.say("one hot SKU, %d clients: %s", rivals, way.name)
		if err := b.postgres.level(ctx); err != nil {
			return err
		}
		found := Alternative{Name: way.name, Units: sellOutUnits}
		result, err := runner.run(ctx, pgbenchRun{transaction: way.transaction, choose: "choose_hot", clients: rivals, seconds: b.Seconds, warm: b.WarmUp})
		if err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
		found.Load, found.Retries = result.Load, result.retries
		if found.Sold, err = runner.sellOut(ctx, pool, way.transaction); err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
		b.report.Alternatives = append(b.report.Alternatives, found)
	}
	return b.groupCommit(ctx)
}

// openAlternatives makes a second, filled database with what the optimistic way needs.
func (b *bench) openAlternatives(ctx context.Context) (*pgxpool.Pool, pgbench, error) {
	const name = "alternatives"
	runner := *b.pgbench
	address, err := url.Parse(b.postgres.server.SocketURL())
	if err != nil {
		return nil, runner, err
	}
	if _, err := b.postgres.pool.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return nil, runner, err
	}
	address.Path = "/" + name
	runner.url = address.String()
	pool, err := pgxpool.New(ctx, runner.url)
	if err != nil {
		return nil, runner, err
	}
	prepare := func() error {
		if err := db.Migrate(ctx, pool, func(string) {}); err != nil {
			return err
		}
		if runner.world, err = seed(ctx, pool); err != nil {
			return err
		}
		runner.skuID = runner.world.hotSKU
		_, err := pool.Exec(ctx, `ALTER TABLE stock_levels ADD COLUMN version bigint NOT NULL DEFAULT 0;
			CREATE FUNCTION bench_conflict() RETURNS void LANGUAGE plpgsql AS
				$$ BEGIN RAISE EXCEPTION 'the stock was changed meanwhile' USING ERRCODE = 'serialization_failure'; END $$`)
		return err
	}
	if err := prepare(); err != nil {
		pool.Close()
		return nil, runner, err
	}
	return pool, runner, nil
}

// sellOut has the clients ask for more units of a new SKU than there are, and answers how many were sold.
func (p pgbench) sellOut(ctx context.Context, pool *pgxpool.Pool, t transaction) (int64, error) {
	skuID, err := p.world.addSKU(ctx, pool, sellOutUnits)
	if err != nil {
		return 0, err
	}
	p.skuID = skuID
	run := pgbenchRun{transaction: t, choose: "choose_hot", clients: rivals, transactions: sellOutOrders}
	if _, err := p.run(ctx, run); err != nil {
		return 0, err
	}
	sold, err := readSold(ctx, pool, skuID)
	return sold.ordered, err
}

// groupCommit is the way of the product, under the same load over HTTP.
func (b *bench) groupCommit(ctx context.Context) error {
	found := Alternative{Name: "Waybill: group commit, over HTTP", Units: sellOutUnits}
	b.say("one hot SKU, %d clients: %s", rivals, found.Name)
	if err := b.postgres.level(ctx); err != nil {
		return err
	}
	var err error
	if found.Load, err = b.target().closedLoop(ctx, rivals, b.lasting(), b.orderMaker(hot)); err != nil {
		return err
	}
	skuID, err := b.world.addSKU(ctx, b.postgres.pool, sellOutUnits)
	if err != nil {
		return err
	}
	if _, err := b.rush(ctx, rivals, sellOutOrders, skuID); err != nil {
		return err
	}
	sold, err := readSold(ctx, b.postgres.pool, skuID)
	found.Sold = sold.ordered
	b.report.Alternatives = append(b.report.Alternatives, found)
	return err
}
