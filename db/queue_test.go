package db_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"waybill/db"
	"waybill/db/dbtest/factory"
	"waybill/shop"
)

// mixedQueue is a merchant with parcels in every state, at two locations, promised and taken up at all sorts of times.
func mixedQueue(t *testing.T, parcels int) (w *workshop, annex int64) {
	t.Helper()
	w = newWorkshop(t)
	annex = w.Location(w.merchant, "ANNEX", 2)
	placer := w.Placer()
	for i := range parcels {
		skus := [][]int64{{w.skus[0]}, {w.skus[1]}, w.skus}[i%3]
		placed, err := placer.PlaceCheckout(t.Context(), w.Order(w.customer, w.address, skus...))
		if err != nil {
			t.Fatal(err)
		}
		w.Confirm(placed.Orders[0].ID)
	}
	w.Exec(`INSERT INTO ship_services (merchant_id, name, cutoff_minute, handling_days, working_days, created_at, updated_at) VALUES ($1, 'Express', 600, 0, 62, now(), now())`, w.merchant)
	w.Exec(`WITH n AS (SELECT order_id, row_number() OVER (ORDER BY order_id) AS n FROM fulfillments)
		UPDATE fulfillments f SET
			status = (ARRAY['open','open','picking','picked','packed','shipped','delivered','cancelled'])[1 + n % 8],
			assigned_user_id = CASE WHEN n % 8 >= 2 THEN (ARRAY[$1::bigint, $2::bigint])[1 + (n / 8) % 2] END,
			assigned_at = CASE WHEN n % 8 >= 2 THEN now() END,
			location_id = CASE WHEN n % 5 = 0 THEN NULL WHEN n % 5 < 3 THEN location_id ELSE $3 END,
			ship_by_at = date_trunc('hour', now()) + (n % 7 - 3) * interval '9 hours',
			status_at = now() - (n % 6) * interval '1 hour',
			country = (ARRAY['DE', 'US'])[1 + n % 2],
			ship_service_id = CASE WHEN n % 3 = 0 THEN (SELECT min(id) FROM ship_services) END,
			shipped_at = CASE WHEN n % 8 IN (5, 6) THEN now() - (n % 9) * interval '4 hours' END
		FROM n WHERE n.order_id = f.order_id`, w.mara.ID, w.ben.ID, annex)
	return w, annex
}

// The queries and the rule that live changes are judged by must agree, whatever the filter.
func TestQueueListsAreWhatTheFilterSays(t *testing.T) {
	t.Parallel()
	now := time.Now().Truncate(time.Second).UTC()
	w, annex := mixedQueue(t, 60)
	fixed, err := db.NewStore(t.Context(), w.Pool, factory.FixedClock(now))
	if err != nil {
		t.Fatal(err)
	}
	all := everyRow(t, w, fixed)
	for _, stage := range shop.QueueStages() {
		for _, due := range []shop.QueueDue{shop.QueueDueAny, shop.QueueDueLate, shop.QueueDueToday} {
			for _, location := range []int64{0, w.location, annex} {
				for _, holder := range []int64{0, w.mara.ID} {
					for _, sku := range []string{"", "te", "CUP", "%", "TEAX"} {
						filter := shop.QueueFilter{Stage: stage, Due: due, LocationID: location, HolderID: holder, SKU: sku}
						checkQueue(t, fixed, w.merchant, filter, all)
					}
				}
			}
		}
		for _, more := range moreFilters(t, w) {
			for _, sort := range shop.QueueSorts() {
				more.Stage, more.Sort = stage, sort
				checkQueue(t, fixed, w.merchant, more, all)
			}
		}
	}
}

// moreFilters are those by service, country and value.
func moreFilters(t *testing.T, w *workshop) []shop.QueueFilter {
	t.Helper()
	filters := []shop.QueueFilter{{}, {ServiceID: shop.StandardService}, {ServiceID: w.Int(`SELECT min(id) FROM ship_services`)}, {ServiceID: 999}, {Country: "DE"}, {Country: "US"}, {Country: "FR", Due: shop.QueueDueLate}}
	for _, value := range []string{"5", "5..9", ">9", "<=5.00", "..14"} {
		span, err := shop.ParseAmountRange(value)
		if err != nil {
			t.Fatal(err)
		}
		filters = append(filters, shop.QueueFilter{Value: span}, shop.QueueFilter{Value: span, Country: "US", HolderID: w.mara.ID, SKU: "te"})
	}
	return filters
}

func everyRow(t *testing.T, w *workshop, store *db.Store) []shop.QueueRow {
	t.Helper()
	rows, err := w.Pool.Query(t.Context(), `SELECT id FROM orders WHERE merchant_id = $1`, w.merchant)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var ids []shop.OrderID
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, shop.OrderID(id))
	}
	change, err := store.QueueChanges(context.Background(), w.merchant, ids)
	if err != nil || len(change.Rows) != len(ids) {
		t.Fatalf("%d rows of %d orders, %v", len(change.Rows), len(ids), err)
	}
	return change.Rows
}

// checkQueue reads all pages of a list and compares them with the rows that the filter matches.
func checkQueue(t *testing.T, store *db.Store, merchant int64, filter shop.QueueFilter, all []shop.QueueRow) {
	t.Helper()
	var got []shop.QueueRow
	query := shop.QueueQuery{MerchantID: merchant, QueueFilter: filter, Limit: 4}
	for {
		page, err := store.QueuePage(context.Background(), query)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, page.Rows...)
		if !page.More {
			break
		}
		query.After = filter.Cursor(page.Rows[len(page.Rows)-1])
	}
	clock := mustPage(t, store, query).Clock
	want := slices.DeleteFunc(slices.Clone(all), func(r shop.QueueRow) bool { return !filter.Matches(r, clock) })
	slices.SortFunc(want, func(a, b shop.QueueRow) int {
		by := cmpCursor(filter.Cursor(a), filter.Cursor(b))
		if filter.Stage == shop.QueueShipped {
			return -by
		}
		return by
	})
	if keys(got) != keys(want) {
		t.Errorf("%+v\n got %s\nwant %s", filter, keys(got), keys(want))
	}
	if !filter.Narrowed() && mustPage(t, store, query).Counts.Stages[filter.Stage] != int64(len(want)) {
		t.Errorf("%s counts %d, has %d", filter.Stage, mustPage(t, store, query).Counts.Stages[filter.Stage], len(want))
	}
}

func mustPage(t *testing.T, store *db.Store, q shop.QueueQuery) shop.QueuePage {
	t.Helper()
	page, err := store.QueuePage(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func cmpCursor(a, b shop.QueueCursor) int {
	return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.OrderID, b.OrderID))
}

func keys(rows []shop.QueueRow) string {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "%s %s %v; ", r.Key(), r.Status, r.ShipByAt.Format("02T15"))
	}
	return b.String()
}

func TestAQueueRowTellsWhatAPickerNeeds(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	if _, err := w.Store.ClaimFulfillment(t.Context(), factory.Work(w.order, w.mara)); err != nil {
		t.Fatal(err)
	}
	page := mustPage(t, w.Store, shop.QueueQuery{MerchantID: w.merchant, QueueFilter: shop.QueueFilter{Stage: shop.QueuePicking}})
	if len(page.Rows) != 1 {
		t.Fatalf("%d rows", len(page.Rows))
	}
	r := page.Rows[0]
	if r.HolderID != w.mara.ID || r.HolderName != w.mara.Name || r.City != "Oakland" || r.Country != "US" || r.Location != "MAIN" || r.Units != 2 || r.Parcels != 1 ||
		r.OrderStatus != shop.StatusProcessing || r.Total != (shop.Amount{Minor: 1400, Currency: "USD"}) || len(r.Items) != 2 || r.Items[0].SKUCode != "TEA" {
		t.Errorf("the row is %+v", r)
	}
	if page.Clock.DayEnd.Sub(page.Clock.DayStart) != 24*time.Hour || page.Clock.CutoffAt.Sub(page.Clock.DayStart) != 14*time.Hour {
		t.Errorf("the clock is %+v", page.Clock)
	}
}

func TestAQueueBelongsToItsMerchant(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	other, _ := w.Merchant("two")
	page := mustPage(t, w.Store, shop.QueueQuery{MerchantID: other, QueueFilter: shop.QueueFilter{Stage: shop.QueueToPick}})
	change, err := w.Store.QueueChanges(t.Context(), other, []shop.OrderID{w.order})
	due, errDue := w.Store.QueueDue(t.Context(), other, time.Unix(0, 0), time.Now().AddDate(1, 0, 0))
	if err != nil || errDue != nil || len(page.Rows)+len(change.Rows)+len(due)+int(page.Counts.Stages[shop.QueueToPick]) != 0 {
		t.Errorf("another merchant sees %v, %v, %v, %v, %v", page.Rows, change.Rows, due, err, errDue)
	}
	if _, err := w.Store.QueuePage(t.Context(), shop.QueueQuery{MerchantID: 0}); shop.CodeOf(err) != shop.CodeNotFound {
		t.Errorf("nobody's queue: %v", err)
	}
}

// What is committed after a page was read comes over the feed behind the page's place, what is in the page need not.
func TestAPageAndTheFeedMissNothingBetweenThem(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	feed := startFeed(t, w.Store)
	open, err := w.Pool.Begin(t.Context()) // holds the horizon: begun before the page, committed after it
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open.Exec(t.Context(), addEntry, "during", w.merchant, 0); err != nil {
		t.Fatal(err)
	}
	page := mustPage(t, w.Store, shop.QueueQuery{MerchantID: w.merchant, QueueFilter: shop.QueueFilter{Stage: shop.QueueToPick}})
	if err := open.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Exec(addEntry, "end", w.merchant, 0)
	w.Store.Nudge()
	got := until(t, watch(t, feed, shop.FeedTopic{MerchantID: w.merchant}, page.Feed), "end")
	// What the page has already may come too: transactions of other databases on the server hold the horizon as well.
	if !slices.ContainsFunc(got, func(e shop.FeedEntry) bool { return e.Topic == "during" }) {
		t.Errorf("behind the page came %+v", got)
	}
}

// The database and the language must agree on what an amount is called, or a filter by value would lose rows.
func TestAmountsAreScaledAsInTheLanguage(t *testing.T) {
	t.Parallel()
	w := factory.New(t)
	codes := []string{"USD", "EUR", "BRL"}
	for _, list := range shop.CurrenciesByExponent() {
		codes = append(codes, list...)
	}
	for _, code := range codes {
		amount := shop.Amount{Minor: 12345, Currency: shop.Currency(code)}
		if got := w.Int(`SELECT scaled_amount($1, $2)`, amount.Minor, code); got != amount.Scaled() {
			t.Errorf("%s: %d in the database, %d here", code, got, amount.Scaled())
		}
	}
}

// Whoever adds parcels to an order, the queue knows what it filters and sorts by.
func TestEveryParcelCarriesWhatTheQueueAsksFor(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	if got := w.Text(`SELECT country || ' ' || value_scaled || ' ' || (ship_service_id IS NULL) FROM fulfillments`); got != "US 140000 true" {
		t.Errorf("a parcel that was added by hand carries %q", got)
	}
}
