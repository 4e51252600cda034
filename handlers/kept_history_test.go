package handlers_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"waybill/shop"
	"waybill/views/urls"
)

// newHistoryKeeper is a buyer who has looked at all orders, so that the page is kept.
func newHistoryKeeper(t *testing.T) keeper {
	t.Helper()
	k := newKeeper(t)
	k.page = urls.AccountOrders()
	k.get(k.page).wants(http.StatusOK, "acme", k.order.Number())
	return k
}

func TestAnUnchangedHistoryIsShownAsItWasDrawn(t *testing.T) {
	t.Parallel()
	k := newHistoryKeeper(t)
	k.tamper()
	first := k.get(k.page).wants(http.StatusOK, "acme").lacks("Renamed")
	k.get(k.page, "If-None-Match", first.header.Get("Etag")).wants(http.StatusNotModified)
	k.get(k.page+"?q=").wants(http.StatusOK, "Renamed") // a search is drawn anew
	*k.clock = k.clock.Add(time.Minute)
	k.get(k.page).wants(http.StatusOK, "Renamed")
}

// Whatever happens to an order or to who looks at it, the next page shows it.
func TestAKeptHistoryIsNeverShownInPlaceOfAnother(t *testing.T) {
	t.Parallel()
	tests := map[string]func(k keeper) answer{
		"another order": func(k keeper) answer {
			placed := k.Place(k.customer, k.address, 1).Orders[0].ID
			return k.get(k.page).wants(http.StatusOK, placed.Number(), "Not paid yet")
		},
		"an order from long ago": func(k keeper) answer {
			id := shop.FirstIDAt(k.clock.AddDate(-1, 0, 0))
			k.site.Exec(fmt.Sprintf(`SET session_replication_role = replica;
				INSERT INTO orders SELECT (jsonb_populate_record(o, jsonb_build_object('id', %[1]d))).* FROM orders o;
				UPDATE customers SET order_id_from = %[1]d;
				SET session_replication_role = origin`, id))
			return k.get(k.page).wants(http.StatusOK, id.Number())
		},
		"an event": func(k keeper) answer {
			k.Event(k.order, shop.StatusConfirmed, shop.StatusProcessing)
			return k.get(k.page).wants(http.StatusOK, "Is being packed")
		},
		"an event of an order on another page": func(k keeper) answer {
			plenty := k.SKU(1, "B", 100, 100)
			for range 20 {
				k.Place(k.customer, k.address, plenty)
			}
			k.get(k.page).wants(http.StatusOK).lacks(k.order.Number(), "Preparing")
			k.Event(k.order, shop.StatusConfirmed, shop.StatusProcessing)
			return k.get(k.page).lacks(k.order.Number()).wants(http.StatusOK, shop.StatusProcessing.CustomerLabel())
		},
		"two changes at once": func(k keeper) answer {
			other := k.Place(k.customer, k.address, 1).Orders[0].ID
			k.Confirm(other)
			k.get(k.page).wants(http.StatusOK).lacks("Is being packed")
			k.Event(k.order, shop.StatusConfirmed, shop.StatusProcessing)
			k.Event(other, shop.StatusConfirmed, shop.StatusProcessing)
			return k.get(k.page).wants(http.StatusOK, "Is being packed")
		},
		"a longer hold": func(k keeper) answer {
			other := k.Place(k.customer, k.address, 1).Orders[0].ID
			k.get(k.page).wants(http.StatusOK, "held for")
			k.site.Exec(`UPDATE orders SET expires_at = $1 WHERE id = $2`, *k.clock, int64(other))
			return k.get(k.page).lacks("held for")
		},
		"a hold that ran out": func(k keeper) answer {
			k.Place(k.customer, k.address, 1)
			k.get(k.page).wants(http.StatusOK, "held for")
			*k.clock = k.clock.Add(shop.MaxHold)
			return k.get(k.page).lacks("held for")
		},
		"a theme": func(k keeper) answer {
			k.post(urls.Theme(), "theme", "dark", "back", "/")
			return k.get(k.page).wants(http.StatusOK, `data-theme="dark"`)
		},
		"a name": func(k keeper) answer {
			k.site.Exec(`UPDATE users SET name = 'Countess'`)
			return k.get(k.page).wants(http.StatusOK, "Countess")
		},
		"a cart": func(k keeper) answer {
			addTo(k.visitor, 1, "3").sends(urls.Cart())
			return k.get(k.page).wants(http.StatusOK, "Renamed")
		},
	}
	for name, look := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newHistoryKeeper(t)
			k.tamper()
			look(k)
			k.get(k.page).wants(http.StatusOK, "Renamed")
		})
	}
}

func TestAKeptHistoryIsItsBuyersAlone(t *testing.T) {
	t.Parallel()
	k := newHistoryKeeper(t)
	other, _, _ := k.site.buyer(t, "eve@example.com")
	other.get(k.page).wants(http.StatusOK, "No orders yet").lacks("acme", k.order.Number())
	k.get(k.page).wants(http.StatusOK, k.order.Number())
	k.site.visitor(t).get(k.page).sends(urls.Login(k.page))
	k.post(urls.Logout())
	k.get(k.page).sends(urls.Login(k.page))
}
