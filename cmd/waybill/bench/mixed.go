package bench

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	mixedBuyers   = 32
	mixedReaders  = 8 // of pages, and as many of the API
	mixedWatchers = 100
	queueRows     = 100 // that the page of the queue shows

	readersAloneLast = 3 * time.Second // they are measured alone at more length elsewhere
)

// mixedPages are what people read while others buy.
var mixedPages = []string{historyPage, detailPage, queuePage, orderEndpoint}

// MixedRow is one of several loads that run at once.
type MixedRow struct {
	Beside string `json:"beside"` // what else runs
	What   string `json:"what"`
	Load
}

// What runs beside the buyers, by the names in the report.
const (
	nobody    = "nothing"
	everybody = "readers and watchers"
)

// mixed measures checkouts alone, then among customers who read and merchants who watch.
func (b *bench) mixed(ctx context.Context) error {
	if err := b.signIn(ctx); err != nil {
		return err
	}
	if err := b.postgres.level(ctx); err != nil {
		return err
	}
	b.say("checkouts alone, %d buyers", mixedBuyers)
	alone, err := b.target().closedLoop(ctx, mixedBuyers, b.lasting(), b.orderMaker(uniform))
	if err != nil {
		return err
	}
	b.addMixed(nobody, "checkouts", alone)
	if err := b.readersAlone(ctx); err != nil {
		return err
	}
	return b.crowded(ctx)
}

func (b *bench) addMixed(beside, what string, load Load) {
	b.report.Mixed = append(b.report.Mixed, MixedRow{Beside: beside, What: what, Load: load})
}

// readersAlone measures the pages that people look at while others buy, before anybody does.
func (b *bench) readersAlone(ctx context.Context) error {
	if err := b.fillQueue(ctx, min(b.Queue, queueRows)); err != nil {
		return err
	}
	for _, name := range mixedPages {
		b.say("%s alone, %d readers", name, mixedReaders)
		load, err := b.target().closedLoop(ctx, mixedReaders, min(b.lasting(), readersAloneLast), b.pageMaker(b.pageNamed(name)))
		if err != nil {
			return err
		}
		b.addMixed(nobody, name, load)
	}
	return nil
}

// crowded runs checkouts, page readers and API readers at once, with merchants watching.
func (b *bench) crowded(ctx context.Context) error {
	b.say("checkouts among %d readers of pages, %d of the API and %d watchers of the queue", mixedReaders, mixedReaders, mixedWatchers)
	var missing notMeasured
	watchers, err := b.watch(ctx, min(mixedWatchers, b.Watchers))
	if err != nil && !errors.As(err, &missing) {
		return err
	}
	if watchers != nil {
		defer watchers.close()
		go watchers.ignore(ctx)
	} else {
		b.note("Nobody watched the queue in the mixed load: %s.", string(missing))
	}
	group, ctx := errgroup.WithContext(ctx)
	names := append([]string{"checkouts"}, mixedPages...)
	loads := make([]Load, len(names))
	for i, name := range names {
		clients, maker := mixedBuyers, b.orderMaker(uniform)
		if i > 0 {
			clients, maker = mixedReaders, b.pageMaker(b.pageNamed(name))
		}
		group.Go(func() (err error) {
			loads[i], err = b.target().closedLoop(ctx, clients, b.lasting(), maker)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, name := range names {
		b.addMixed(everybody, name, loads[i])
	}
	return nil
}

func (b *bench) pageNamed(name string) page {
	for _, p := range b.listPages() {
		if p.name == name {
			return p
		}
	}
	return page{}
}

// ignore keeps the watchers' events from piling up.
func (c *crowd) ignore(ctx context.Context) {
	for {
		select {
		case <-c.events:
		case <-c.gone:
			return
		case <-ctx.Done():
			return
		}
	}
}
