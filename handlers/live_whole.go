package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"waybill/shop"
)

// wholeView is a part of a page that is drawn anew whenever something that it watches changes.
type wholeView[T any] struct {
	looks *snapshots[T]
	of    any            // what is looked at
	topic shop.FeedTopic // whose changes; zero: everything of the viewer's merchant
	back  string         // the page itself
	look  func(context.Context) (T, error)
	draw  func(context.Context, T) (templ.Component, error)
	// concerns tells whether entries of the feed change anything; nil: they do.
	concerns func([]shop.FeedEntry) bool
}

// liveWhole streams such a part: as it is now, and then with every change and every minute.
func liveWhole[T any](h *Handlers, w http.ResponseWriter, r *http.Request, view wholeView[T]) error {
	var shown *snapshot[T]
	draw := func(ctx context.Context, place shop.FeedCursor) (templ.Component, error) {
		now := moment{place: place, minute: h.Store.Now().Truncate(streamMinute)}
		one, err := view.looks.at(ctx, view.of, now, h.Feed.Head, view.look)
		if err != nil {
			return nil, err
		}
		if one == shown {
			return templ.NopComponent, nil // the look before was new enough for this change too
		}
		shown = one
		return view.draw(ctx, one.value)
	}
	if view.topic == (shop.FeedTopic{}) {
		view.topic.MerchantID = viewerOf(r.Context()).MerchantID
	}
	// The whole is drawn at once, so a page that was away for long has missed nothing.
	r.Header.Del("Last-Event-ID")
	return h.live(w, r, liveView{
		topic: view.topic, back: view.back,
		current: func(ctx context.Context) (templ.Component, error) { return draw(ctx, h.Feed.Head()) },
		changed: func(ctx context.Context, entries []shop.FeedEntry) (templ.Component, error) {
			if view.concerns != nil && !view.concerns(entries) {
				return templ.NopComponent, nil
			}
			return draw(ctx, entries[len(entries)-1].Cursor)
		},
		passed: func(ctx context.Context, _, _ time.Time) (templ.Component, error) {
			return draw(ctx, shop.FeedCursor{})
		},
	})
}
