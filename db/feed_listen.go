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

// The channels of PostgreSQL that a feed listens to.
const (
	channelFeed = "waybill_feed" // something new is to be read
	channelKeys = "waybill_keys" // an API key has ended
)

// WhenKeysEnd has forget called whenever an API key may have ended, in whatever process: soon after the commit, and each time
// that the feed begins to listen, for what it may have missed. It is called by one goroutine at a time and must not wait.
func (f *Feed) WhenKeysEnd(forget func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forgetKeys = append(f.forgetKeys, forget)
}

func (f *Feed) keysEnded() {
	f.mu.Lock()
	all := f.forgetKeys
	f.mu.Unlock()
	for _, forget := range all {
		forget()
	}
}

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
	for _, channel := range []string{channelFeed, channelKeys} {
		if _, err := conn.Exec(connect, "LISTEN "+channel); err != nil {
			return false, err
		}
		f.hear(channel) // what came while nobody listened
	}
	for {
		told, err := conn.WaitForNotification(ctx)
		if err != nil {
			return true, err
		}
		f.hear(told.Channel)
	}
}

// hear acts on a notification.
func (f *Feed) hear(channel string) {
	if channel == channelKeys {
		f.keysEnded()
		return
	}
	select {
	case f.wake <- struct{}{}:
	default:
	}
}
