package demo_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"waybill/adapters/demo"
	"waybill/shop"
)

// told is everything that a world emits.
type told struct {
	catalog   []shop.ImportCatalog
	checkouts []shop.ImportCheckout
	record    []shop.ProviderTransaction
}

type nothingRefused struct{ t *testing.T }

func (n nothingRefused) WriteReject(r shop.ImportReject) error {
	n.t.Errorf("refused: %+v", r)
	return nil
}

func tell(t *testing.T, options demo.Options) told {
	t.Helper()
	world, err := demo.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	var all told
	refused := nothingRefused{t}
	if err := world.Catalog(context.Background(), func(b shop.ImportCatalog) error { all.catalog = append(all.catalog, b); return nil }, refused); err != nil {
		t.Fatal(err)
	}
	if err := world.Checkouts(context.Background(), func(c shop.ImportCheckout) error { all.checkouts = append(all.checkouts, c); return nil }, refused); err != nil {
		t.Fatal(err)
	}
	all.record = world.ProviderRecord()
	if int64(len(all.checkouts)) != world.Expected() {
		t.Errorf("%d checkouts, %d expected", len(all.checkouts), world.Expected())
	}
	return all
}

// moments are hard ones: the turn of a year, week-ends, minutes after midnight, changes of the clock.
var moments = []time.Time{
	time.Date(2026, 5, 20, 15, 4, 5, 0, time.UTC),
	time.Date(2026, 5, 24, 0, 1, 0, 0, time.UTC),
	time.Date(2027, 1, 1, 8, 0, 30, 0, time.UTC),
	time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC),
	time.Date(2026, 11, 1, 9, 30, 0, 0, time.UTC),
	time.Date(2026, 2, 28, 23, 59, 59, 0, time.UTC),
}

func TestTheSameOptionsAreTheSameWorld(t *testing.T) {
	t.Parallel()
	options := demo.Options{Now: moments[0], Seed: 7, PasswordHash: "hash"}
	if !reflect.DeepEqual(tell(t, options), tell(t, options)) {
		t.Error("two worlds of the same options differ")
	}
	other := options
	other.Seed = 8
	if reflect.DeepEqual(tell(t, options).checkouts, tell(t, other).checkouts) {
		t.Error("another seed makes no other world")
	}
}

// TestEveryMoment: whenever the demo is started, its stories hold what imports check, nothing in them happens before it can
// or after now, and every list has something in it.
func TestEveryMoment(t *testing.T) {
	t.Parallel()
	for _, now := range moments {
		t.Run(now.Format(time.DateTime), func(t *testing.T) {
			t.Parallel()
			all := tell(t, demo.Options{Now: now, Seed: 1})
			for _, c := range all.checkouts {
				if err := c.Validate(); err != nil {
					t.Fatal(err)
				}
				for _, o := range c.Orders {
					checkTimes(t, now, c, o)
				}
			}
			checkQueue(t, now, all.checkouts)
			checkWeek(t, now, all.checkouts)
			checkStatuses(t, all.checkouts)
		})
	}
}

func checkTimes(t *testing.T, now time.Time, c shop.ImportCheckout, o shop.ImportOrder) {
	t.Helper()
	last := c.PlacedAt
	for _, e := range o.Events {
		if e.At.Before(last) || e.At.After(now) {
			t.Errorf("%s: %s %s at %s, after %s and now %s", o.ExternalID, e.Kind, e.To, e.At, last, now)
		}
		last = e.At
	}
	for _, h := range o.Holds {
		if h.ClosedAt.After(now) {
			t.Errorf("%s: a hold ends at %s", o.ExternalID, h.ClosedAt)
		}
	}
	for _, p := range o.Parcels {
		if p.StatusAt.After(now) || p.ShippedAt.After(now) || (p.Status == shop.FulfillmentPicking && p.Holder == "") {
			t.Errorf("%s: parcel %+v", o.ExternalID, p)
		}
	}
}

// checkQueue looks at the queue of the merchant whom people sign in as.
func checkQueue(t *testing.T, now time.Time, checkouts []shop.ImportCheckout) {
	t.Helper()
	queue := map[string]int{}
	for _, c := range checkouts {
		for _, o := range c.Orders {
			if o.MerchantRef != "alder" {
				continue
			}
			for _, p := range o.Parcels {
				queue[string(p.Status)]++
				queue["late"] += one(!p.Status.Done() && p.ShipBy.Before(now))
				queue["stuck"] += one(!p.Status.Done() && p.Status != shop.FulfillmentOpen && now.Sub(p.StatusAt) > shop.StuckAfter)
				queue["shipped today"] += one(p.Status == shop.FulfillmentShipped && now.Sub(p.ShippedAt) < 12*time.Hour)
			}
		}
	}
	for key, least := range map[string]int{"open": 20, "picking": 6, "picked": 4, "packed": 6, "late": 4, "stuck": 2, "shipped today": 5} {
		if queue[key] < least {
			t.Errorf("%d parcels %s, want %d", queue[key], key, least)
		}
	}
}

// checkWeek wants a warehouse at work on the working days before today: parcels that left, and people who picked them.
func checkWeek(t *testing.T, now time.Time, checkouts []shop.ImportCheckout) {
	t.Helper()
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	shipped, pickers := map[string]int{}, map[string]map[string]bool{}
	for _, c := range checkouts {
		for _, o := range c.Orders {
			if o.MerchantRef != "alder" {
				continue
			}
			for _, p := range o.Parcels {
				if !p.ShippedAt.IsZero() {
					shipped[p.ShippedAt.In(zone).Format(time.DateOnly)]++
				}
			}
			for _, e := range o.Events {
				if day := e.At.In(zone).Format(time.DateOnly); e.Kind == shop.EventPicked {
					if pickers[day] == nil {
						pickers[day] = map[string]bool{}
					}
					pickers[day][e.By.Email] = true
				}
			}
		}
	}
	for ago := 1; ago <= 6; ago++ {
		day := now.In(zone).AddDate(0, 0, -ago)
		if weekday := day.Weekday(); weekday == time.Saturday || weekday == time.Sunday {
			continue
		}
		if at := day.Format(time.DateOnly); shipped[at] < 6 || len(pickers[at]) < 2 {
			t.Errorf("on %s %d parcels left, picked by %d people", at, shipped[at], len(pickers[at]))
		}
	}
}

// checkStatuses wants orders in every state, of everybody and of the customer whom people sign in as.
func checkStatuses(t *testing.T, checkouts []shop.ImportCheckout) {
	t.Helper()
	statuses, mine, total, partly := map[shop.Status]int{}, map[shop.Status]int{}, 0, 0
	for _, c := range checkouts {
		for _, p := range c.Payments {
			for _, r := range p.Refunds {
				partly += one(r.AmountMinor < p.Shares[r.Order])
			}
		}
		for _, o := range c.Orders {
			statuses[o.Status()]++
			if c.CustomerRef == "customer-1" {
				mine[o.Status()]++
				total++
			}
		}
	}
	for _, status := range shop.Statuses() {
		if statuses[status] < 8 || mine[status] < 1 {
			t.Errorf("%d orders are %s, %d of them customer@'s", statuses[status], status, mine[status])
		}
	}
	if total < 40 || total > 60 || partly < 50 || len(checkouts) < 3900 {
		t.Errorf("customer@ has %d orders, %d refunds are partial, %d checkouts", total, partly, len(checkouts))
	}
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

// TestNothingIsSoldThatWasNotThere: on every shelf, at every moment, no more is promised than came in.
func TestNothingIsSoldThatWasNotThere(t *testing.T) {
	t.Parallel()
	type move struct {
		at    time.Time
		units int64 // on sale
	}
	all := tell(t, demo.Options{Now: moments[0], Seed: 3})
	shelves := map[string][]move{}
	for _, b := range all.catalog {
		for _, p := range b.Products {
			for _, sku := range p.SKUs {
				for _, stock := range sku.Stock {
					for _, r := range stock.Receipts {
						shelves[sku.ExternalID+stock.Location] = append(shelves[sku.ExternalID+stock.Location], move{r.At, r.Units})
					}
				}
			}
		}
	}
	for _, c := range all.checkouts {
		for _, o := range c.Orders {
			for _, h := range o.Holds {
				shelf := o.Lines[h.Line-1].SKURef + h.Location
				shelves[shelf] = append(shelves[shelf], move{c.PlacedAt, -h.Quantity})
				if !h.ClosedAt.IsZero() && !h.Shipped {
					shelves[shelf] = append(shelves[shelf], move{h.ClosedAt, h.Quantity})
				}
			}
		}
	}
	soldOut := 0
	for shelf, moves := range shelves {
		slices.SortStableFunc(moves, func(a, b move) int { return a.at.Compare(b.at) })
		var left int64
		for _, m := range moves {
			if left += m.units; left < 0 {
				t.Fatalf("%s: %d at %s", shelf, left, m.at)
			}
		}
		soldOut += one(left == 0)
	}
	if soldOut < 3 {
		t.Errorf("%d shelves are empty", soldOut)
	}
}

// TestTheRecordDiffersOnPurpose: what the processor's books say and the shop's do not is what was meant to, and no more.
func TestTheRecordDiffersOnPurpose(t *testing.T) {
	t.Parallel()
	all := tell(t, demo.Options{Now: moments[0], Seed: 1})
	ours := map[string]int64{} // by reference
	for _, c := range all.checkouts {
		for _, p := range c.Payments {
			if p.Status == shop.PaymentCaptured || p.Status == shop.PaymentAuthorized {
				ours[p.ProviderRef] = p.AmountMinor
			}
			for _, r := range p.Refunds {
				ours[r.ProviderRef] = r.AmountMinor
			}
		}
	}
	var less, unknown int
	for _, r := range all.record {
		minor, known := ours[r.Ref]
		delete(ours, r.Ref)
		unknown += one(!known)
		less += one(known && r.AmountMinor < minor)
		if known && r.AmountMinor > minor || r.FeeMinor < 0 || r.Charge == "" || r.Key == "" {
			t.Errorf("%+v, ours %d", r, minor)
		}
	}
	if got := fmt.Sprint(less, unknown, len(ours)); got != "3 5 4" {
		t.Errorf("less, unknown to us, unknown to them: %s", got)
	}
}
