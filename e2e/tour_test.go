package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"waybill/db/dbtest"
	"waybill/e2e/browser"
	"waybill/e2e/tour"
)

// tourGuides walk at the same time, each to some of the pages.
const tourGuides = 2

// Every page of the demo is examined, in both themes and at every width.
func TestEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	b := chromium(t)
	h := &house{t: t, environment: []string{"DATABASE_URL=" + dbtest.URL(t)}, arguments: []string{"--demo"}}
	h.start()
	t.Cleanup(h.stop)
	var parts [tourGuides][]tour.Stop
	for i, stop := range tour.Stops() {
		parts[i%tourGuides] = append(parts[i%tourGuides], stop)
	}
	for i, stops := range parts {
		t.Run([]string{"one half", "the other half"}[i], func(t *testing.T) {
			t.Parallel()
			guide := &tour.Guide{Site: h.server.URL, Browser: b}
			t.Cleanup(guide.Close)
			for _, stop := range stops {
				tab, err := guide.Go(stop, browser.Look{})
				if err != nil {
					t.Error(err)
					continue
				}
				p := &person{t: t, site: h.server.URL, tab: tab}
				p.examine(stop.Name)
				if stop.List {
					p.seesTheFirstRow(stop.Name)
				}
			}
			for _, problem := range guide.Problems() {
				t.Errorf("the browser complains: %s", problem)
			}
		})
	}
}

// phones are the first screens that lists have to begin on: of a common phone, and of the smallest.
var phones = []browser.Look{{Width: 390, Height: 844}, {Width: 320, Height: 568}}

// rowSeen is how much of a row has to be seen.
const rowSeen = 44

// seesTheFirstRow holds that the list that is open begins on the first screen of a phone.
func (p *person) seesTheFirstRow(page string) {
	p.t.Helper()
	for _, phone := range phones {
		p.must(p.tab.Resize(phone))
		top, err := browser.Evaluate[int](p.tab, `(() => {
			const row = [...document.querySelectorAll("main :is(.tbl tbody tr, [data-row])")].find((row) => row.checkVisibility());
			return row ? Math.round(row.getBoundingClientRect().top + scrollY) : -1;
		})()`)
		p.must(err)
		if top < 0 || top > int(phone.Height)-rowSeen {
			p.t.Errorf("%s: at %d by %d pixels the first row is at %d", page, phone.Width, phone.Height, top)
		}
	}
	p.must(p.tab.Resize(browser.Look{}))
}

// notOnTour are pages that the tour does not show, and why.
var notOnTour = map[string]string{
	"/products/{slug}/stock":                       "a fragment of the product's page",
	"/checkout/{number}/pay":                       "shown after ordering: TestStatesOfBuyingAreAccessible",
	"/checkout/{number}/done":                      "the same",
	"/account":                                     "leads to the orders",
	"/merchant/queue/stream":                       "events, no page",
	"/account/orders/{number}/stream":              "events, no page",
	"/merchant/stream":                             "events, no page",
	"/merchant/shipments/stream":                   "events, no page",
	"/support/deliveries/stream":                   "events, no page",
	"/merchant/low-stock/stream":                   "events, no page",
	"/merchant/pick/batches/stream":                "events, no page",
	"/merchant/pick/batches/{id}/stream":           "events, no page",
	"/merchant/inventory/changes":                  "a fragment of the inventory's pages",
	"/finance/payments.csv":                        "a file",
	"/pictures/{hash}":                             "a file",
	"/pictures/{hash}/small":                       "a file",
	"/merchant/products.csv":                       "a file",
	"/merchant/products/import/{file}/refused.csv": "a file",
	"/healthz":                                    "for machines",
	"/readyz":                                     "for machines",
	"/account/returns/{return}/label.pdf":         "a file",
	"/merchant/returns/{return}/label.pdf":        "a file",
	"/merchant/returns/{return}/photo":            "a picture",
	"/merchant/returns/find":                      "leads to a return",
	"/merchant/queue/print":                       "the stop queue-print goes there by pressing a key",
	"/merchant/queue/print.pdf":                   "a file",
	"/merchant/queue/runs/{run}":                  "the stop queue-run goes there by pressing a button",
	"/merchant/orders/{number}/{no}/label.pdf":    "a file",
	"/merchant/orders/{number}/{no}/slip.pdf":     "a file",
	"/merchant/shipments/labels.pdf":              "a file",
	"/merchant/shipments/slips.pdf":               "a file",
	"/merchant/manifests/{manifest}/manifest.pdf": "a file",
}

// The routes are written down in one file, each on a line of its own. A new page has to be on the tour, too.
func TestTheTourLeavesNoPageOut(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(filepath.Join("..", "web", "routes.go"))
	if err != nil {
		t.Fatal(err)
	}
	pages, _, _ := strings.Cut(string(source), "func (s *shell) programs(")
	routes := regexp.MustCompile(`\.Get\("([^"]+)"`).FindAllStringSubmatch(pages, -1)
	if len(routes) < 20 {
		t.Fatalf("found %d routes", len(routes))
	}
	for _, route := range routes {
		if _, known := notOnTour[route[1]]; !known && !slices.ContainsFunc(tour.Stops(), func(s tour.Stop) bool { return shows(s, route[1]) }) {
			t.Errorf("%s is not on the tour", route[1])
		}
	}
}

// shows tells whether a stop is a page of a route.
func shows(s tour.Stop, route string) bool {
	if s.Then != "" {
		return s.Then == route
	}
	path, _, _ := strings.Cut(s.Path, "?")
	at := parameter.ReplaceAllString(regexp.QuoteMeta(route), "[^/]+")
	return regexp.MustCompile("^" + at + "$").MatchString(path)
}

var parameter = regexp.MustCompile(`\\\{[a-z]+\\\}`)
