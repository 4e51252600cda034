package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"waybill/shop"
	"waybill/views/urls"
)

var queueRows = regexp.MustCompile(`(?s)<tr id="p-.*?</tr>`)

// maxRowBytes keeps a page of a hundred rows, and every live change, small.
const maxRowBytes = 1000

func TestQueueRowsAreSmall(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	tr.paid("second@example.com")
	rows := queueRows.FindAllString(tr.page(urls.MerchantQueue()), -1)
	if len(rows) != 2 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		if len(row) > maxRowBytes || strings.Contains(row, "<form") || strings.Contains(row, "<svg") {
			t.Errorf("a row of %d bytes: %s", len(row), row)
		}
	}
}

// Every filter is an address, can be taken off, and the form that sets it needs no script.
func TestQueueFiltersAreAddressesAndTags(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	s.Location(tr.user.MerchantID, "ANNEX", 2)
	s.Exec(`INSERT INTO ship_services (merchant_id, name, cutoff_minute, handling_days, working_days, created_at, updated_at) VALUES ($1, 'Express', 600, 0, 62, now(), now())`, tr.user.MerchantID)
	plain := urls.MerchantQueue()
	for query, tag := range map[string]string{
		"due=today": "Due today or late", "location=" + s.Text(`SELECT min(id)::text FROM locations WHERE merchant_id = $1`, tr.user.MerchantID): "Location: MAIN",
		"service=standard": "Service: Standard", "country=us": "To United States", "country=Germany": "To Germany", "value=5..20": "Value: 5..20", "q=TEA": "SKU: TEA",
		"holder=me": "With me",
	} {
		page := tr.page(plain + "?" + query)
		mustContain(t, page, []string{tag, "Remove filter", "Apply filters", `<form method="get" action="` + plain + `"`})
		if removed := regexp.MustCompile(`<a class="filter-tag" href="([^"]+)"`).FindStringSubmatch(page); removed == nil || removed[1] != plain {
			t.Errorf("%s is taken off by %v", query, removed)
		}
	}
	for query, message := range map[string]string{"country=Atlantis": "There is no such country", "value=much": "Write an amount"} {
		if w := tr.get(plain + "?" + query); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), message) {
			t.Errorf("%s answers %d without %q", query, w.Code, message)
		}
	}
}

func TestQueueColumnsSayHowTheListIsSorted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	for sort, want := range map[string]string{
		"": `aria-sort="ascending"><a class="sort" href="/merchant/queue?sort=-promise">Ship by`, "-promise": `aria-sort="descending"><a class="sort" href="/merchant/queue">Ship by`,
		"age": `aria-sort="descending"><a class="sort" href="/merchant/queue?sort=-age">Order`, "-value": `aria-sort="descending"><a class="sort" href="/merchant/queue?sort=value">Value`,
	} {
		page := tr.page(urls.MerchantQueue() + "?sort=" + sort)
		page = regexp.MustCompile(`\s*\n\s*`).ReplaceAllString(page, "")
		if !strings.Contains(page, want) || strings.Count(page, "aria-sort=") != 1 {
			t.Errorf("sorted by %q: %s", sort, regexp.MustCompile(`(?s)<thead>.*</thead>`).FindString(page))
		}
	}
}

func TestBulkWorkWantsSomethingTickedAndAPreview(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	w := tr.post(urls.MerchantQueueBulk(), "do", "claim", "key", "k", "back", urls.MerchantQueue()+"?stage=picking")
	if w.Code != http.StatusUnprocessableEntity {
		t.Errorf("nothing ticked answers %d", w.Code)
	}
	mustContain(t, w.Body.String(), []string{"There is a problem", "No parcel is ticked", "Nobody is picking"})

	s.claim(tr)
	parcel := tr.number() + "/1"
	w = tr.post(urls.MerchantQueueBulk(), "do", "release", "key", "k", "parcel", parcel, "back", urls.MerchantQueue())
	mustContain(t, w.Body.String(), []string{"Will be changed: 1 parcel", "Give back 1 parcel"})
	if tr.state() != "processing picking" {
		t.Fatalf("the preview left %s", tr.state())
	}
	w = tr.post(urls.MerchantQueueBulk(), "do", "hand-over", "confirmed", "1", "key", "k", "parcel", parcel, "back", urls.MerchantQueue(), "reason", "lunch")
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Choose who takes over.") || !strings.Contains(w.Body.String(), "lunch") {
		t.Errorf("handed over to nobody: %d", w.Code)
	}
	for range 2 {
		w = tr.post(urls.MerchantQueueBulk(), "do", "release", "confirmed", "1", "key", "k", "parcel", parcel, "back", urls.MerchantQueue())
		mustContain(t, tr.page(w.Header().Get("Location")), []string{"1 of 1 parcel given back"})
	}
	if n := s.Int(`SELECT count(*) FROM order_events WHERE kind = 'released'`); n != 1 {
		t.Errorf("given back %d times", n)
	}
}

func TestViewsAreSavedWithWhatMakesSenseOfTheirList(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	w := tr.post(urls.MerchantQueueViews(""), "name", "Mine, by value", "list", "holder=me&sort=value&stage=nonsense&country=us&evil=<script>")
	if got, want := w.Header().Get("Location"), urls.MerchantQueue()+"?country=US&sort=value&holder=me"; got != want {
		t.Fatalf("saved as %s, want %s: %d", got, want, w.Code)
	}
	mustContain(t, tr.page(w.Header().Get("Location")), []string{"Mine, by value", `aria-current="page"`})
	w = tr.post(urls.MerchantQueueViews(""), "name", " ", "list", "sort=age", "shared", "on")
	mustContain(t, w.Body.String(), []string{"Give the view a name.", "Error: Saved views"})
	w = tr.post(urls.MerchantQueueViews(""), "name", "Mine, by value", "list", "")
	if w.Code != http.StatusConflict {
		t.Errorf("the same name again answers %d", w.Code)
	}
}

func TestPromisesAreChangedAndRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tr := newTrader(s, "tea")
	tests := []struct {
		path   string
		fields []string
		status int
		want   string
	}{
		{urls.MerchantPromiseService(0), []string{"cutoff", "16:30", "days", "2", "week", "1", "week", "6"}, 303, ""},
		{urls.MerchantPromiseService(0), []string{"cutoff", "25:00", "days", "31"}, 422, "Tick at least one working day."},
		{urls.MerchantPromiseServices(), []string{"name", "Express", "cutoff", "12:00", "days", "0", "week", "1"}, 303, ""},
		{urls.MerchantPromiseServices(), []string{"name", "express", "cutoff", "12:00", "days", "0", "week", "1"}, 422, "There is a service of this name already."},
		{urls.MerchantPromiseServices(), []string{"name", "Standard", "cutoff", "12:00", "days", "0", "week", "1"}, 422, "Choose another name."},
		{urls.MerchantPromiseHolidays(), []string{"day", "2099-12-25", "holiday", "Christmas"}, 303, ""},
		{urls.MerchantPromiseHolidays(), []string{"day", "2001-12-25"}, 422, "This day is over."},
		{urls.MerchantPromiseHolidays(), []string{"day", "2099-02-30"}, 422, "Enter a day"},
	}
	for _, tt := range tests {
		w := tr.post(tt.path, tt.fields...)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s %v answers %d, want %d and %q", tt.path, tt.fields, w.Code, tt.status, tt.want)
		}
	}
	mustContain(t, tr.page(urls.MerchantPromise()), []string{"16:30", "Express", "25 Dec 2099", "Christmas"})
	if got := s.Text(`SELECT cutoff_minute || ' ' || handling_days || ' ' || working_days FROM merchants WHERE id = $1`, tr.user.MerchantID); got != "990 2 66" {
		t.Errorf("the standard is %s", got)
	}
}

// A saved view's count follows what happens, like everything else on the page.
func TestCountsOfViewsAreLive(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	server := s.serveLive()
	tr := newTrader(s, "tea")
	tr.post(urls.MerchantQueueViews(""), "name", "Being picked", "list", "stage=picking")
	tr.post(urls.MerchantQueueViews(""), "name", "Tea", "list", url.Values{"q": {"tea"}, "stage": {string(shop.QueuePicking)}}.Encode())
	tab := tr.open(server, tr.streamOf(urls.MerchantQueue()), "")
	s.claim(tr)
	tab.untilLike(regexp.MustCompile(`(?s)id="view-\d+">1<.*id="view-\d+">1<`))
}
