package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	listenPauseMin = 100 * time.Millisecond // before the first attempt to connect again, doubled
	listenPauseMax = 5 * time.Second        // up to this
	listenConnect  = 5 * time.Second
)

// listen waits for nudges on a connection of its own and comes back whenever that is lost.
func (f *Feed) listen(ctx context.Context) {
	wait := listenPauseMin
	for {
		heard, err := f.listenOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		if heard {
			wait = listenPauseMin
		}
		f.log.WarnContext(ctx, "feed lost its listener and polls until it has another", "err", err, "pause", wait)
		if !pause(ctx, wait) {
			return
		}
		wait = min(2*wait, listenPauseMax)
	}
}

// listenOnce listens until the connection breaks; heard tells whether it ever stood.
func (f *Feed) listenOnce(ctx context.Context) (heard bool, err error) {
	connect, cancel := context.WithTimeout(ctx, listenConnect)
	defer cancel()
	conn, err := pgx.ConnectConfig(connect, f.store.pool.Config().ConnConfig)
	if err != nil {
		return false, err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
		defer cancel()
		_ = conn.Close(end)
	}()
	if _, err := conn.Exec(connect, "LISTEN waybill_feed"); err != nil {
		return false, err
	}
	for {
		// Once before the first notification too, for what came while nobody listened.
		select {
		case f.wake <- struct{}{}:
		default:
		}
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return true, err
		}
	}
}
