package handlers_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/db"
	"waybill/shop"
	"waybill/views/urls"
)

// keeper is a buyer who has looked at an order, so that its page is kept.
type keeper struct {
	*site
	*visitor
	clock             *time.Time
	customer, address int64
	order             shop.OrderID
	page              string
}

func newKeeper(t *testing.T) keeper {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Second)
	var mu sync.Mutex // jobs of the site read the clock, too
	k := keeper{clock: &now}
	k.site = newSite(t, db.WithClock(func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}))
	merchant, _ := k.Merchant("acme")
	k.visitor, k.customer, k.address = k.buyer(t, "ada@example.com")
	k.order = k.Place(k.customer, k.address, k.SKU(merchant, "A", 1299, 5)).Orders[0].ID
	k.Confirm(k.order)
	k.page = urls.AccountOrder(k.order.Number())
	k.get(k.page).wants(http.StatusOK, "Paid")
	return k
}

// tamper changes what nobody changes, so that a page that is read anew can be told from one that was kept.
func (k keeper) tamper() {
	k.site.Exec(`UPDATE merchants SET name = 'Renamed'`)
}

func TestAnUnchangedOrderIsShownAsItWasDrawn(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	k.tamper()
	k.get(k.page).wants(http.StatusOK, "acme").lacks("Renamed")
	*k.clock = k.clock.Add(time.Minute)
	k.get(k.page).wants(http.StatusOK, "Renamed")
}

func TestAKeptPageIsNeverShownInPlaceOfAnother(t *testing.T) {
	t.Parallel()
	tests := map[string]func(t *testing.T, k keeper) answer{
		"an event": func(_ *testing.T, k keeper) answer {
			k.Event(k.order, shop.StatusConfirmed, shop.StatusProcessing)
			return k.get(k.page).lacks("Cancel this order")
		},
		"a payment without an event": func(_ *testing.T, k keeper) answer {
			k.site.Exec(`UPDATE payments SET failure = 'Insufficient funds'`)
			return k.get(k.page).wants(http.StatusOK, "Insufficient funds")
		},
		"a theme": func(_ *testing.T, k keeper) answer {
			k.post(urls.Theme(), "theme", "dark", "back", "/")
			return k.get(k.page).wants(http.StatusOK, `data-theme="dark"`)
		},
		"a name": func(_ *testing.T, k keeper) answer {
			k.site.Exec(`UPDATE users SET name = 'Countess'`)
			return k.get(k.page).wants(http.StatusOK, "Countess")
		},
		"a query": func(_ *testing.T, k keeper) answer {
			return k.get(k.page+"?from=mail").wants(http.StatusOK, "?from=mail")
		},
		"a clock that was set back": func(_ *testing.T, k keeper) answer {
			*k.clock = k.clock.Add(-time.Hour)
			return k.get(k.page).wants(http.StatusOK)
		},
		"a promise that was broken": func(_ *testing.T, k keeper) answer {
			k.site.Exec(`UPDATE fulfillments SET ship_by_at = $1`, k.clock.Add(30*time.Second))
			k.get(k.page).lacks("is late")
			k.tamper()
			*k.clock = k.clock.Add(31 * time.Second)
			return k.get(k.page).wants(http.StatusOK, "is late")
		},
	}
	for name, look := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKeeper(t)
			k.tamper()
			look(t, k).wants(http.StatusOK, "Renamed")
		})
	}
}

func TestAKeptPageIsItsBuyersAlone(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	other, _, _ := k.site.buyer(t, "eve@example.com")
	other.get(k.page).wants(http.StatusNotFound).lacks("acme")
	k.site.visitor(t).get(k.page).sends(urls.Login(k.page))
	k.post(urls.Logout())
	k.get(k.page).sends(urls.Login(k.page))
}

// What is said once stands on the next page and on none after it.
func TestAMessageIsNotKept(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	k.post(urls.AccountOrderCancel(k.order.Number())).sends(k.page)
	k.get(k.page).wants(http.StatusOK, "The order is cancelled")
	k.get(k.page).wants(http.StatusOK).lacks("The order is cancelled. ")
}

func TestABrowserThatHasThePageIsToldSo(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	tag := k.get(k.page).header.Get("Etag")
	again := k.get(k.page, "If-None-Match", tag).wants(http.StatusNotModified)
	if again.body != "" || again.header.Get("Etag") != tag || !strings.Contains(again.header.Get("Cache-Control"), "private") {
		t.Errorf("a page that is the same is sent as %q with %v", again.body, again.header)
	}
	k.Event(k.order, shop.StatusConfirmed, shop.StatusProcessing)
	if changed := k.get(k.page, "If-None-Match", tag).wants(http.StatusOK); changed.header.Get("Etag") == tag {
		t.Error("another page has the same tag")
	}
}
