package shop

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// applyPrice carries an edit out as the database does.
func applyPrice(periods []SKUPrice, edit PriceEdit, nextID int64) []SKUPrice {
	periods = slices.DeleteFunc(slices.Clone(periods), func(p SKUPrice) bool { return edit.Remove != 0 && p.ID == edit.Remove })
	for i := range periods {
		if edit.Resize != 0 && periods[i].ID == edit.Resize {
			periods[i].Until = edit.Until
		}
		if edit.Reprice != 0 && periods[i].ID == edit.Reprice {
			periods[i].Price = edit.Add.Price
		}
	}
	if edit.Add != nil && edit.Reprice == 0 {
		added := *edit.Add
		added.ID = nextID
		periods = append(periods, added)
	}
	return periods
}

// priceAt is the price of a moment; ok is false when there is none, or more than one.
func priceAt(periods []SKUPrice, at time.Time) (price Amount, ok bool, overlap bool) {
	for _, p := range periods {
		if p.Covers(at) {
			overlap = overlap || ok
			price, ok = p.Price, true
		}
	}
	return price, ok, overlap
}

// Whatever is set, ended and cancelled, periods never overlap, what is past stays, and each action does what it says to
// the moments after it, up to the next change or end that was scheduled.
func TestPricesAreSetEndedAndCancelled(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		var periods []SKUPrice
		for step := range rapid.IntRange(1, 20).Draw(t, "steps") {
			now := start.Add(time.Duration(step) * 3 * time.Hour)
			c := ChangePrice{
				Action: rapid.SampledFrom([]PriceAction{PriceSet, PriceSet, PriceEnd, PriceCancel}).Draw(t, "action"),
				Price:  Amount{Minor: rapid.Int64Range(0, 5).Draw(t, "price"), Currency: "USD"},
			}
			if ahead := rapid.IntRange(0, 12).Draw(t, "ahead"); ahead > 0 && c.Action != PriceCancel {
				c.From = now.Add(time.Duration(ahead) * time.Hour)
			}
			if len(periods) > 0 && c.Action == PriceCancel {
				c.PeriodID = rapid.SampledFrom(periods).Draw(t, "period").ID
			}
			edit, err := PlanPrice(periods, c, now)
			after := applyPrice(periods, edit, int64(step+1))
			if err != nil {
				after = periods
			}
			checkPrices(t, periods, after, c, now, err == nil)
			periods = after
		}
	})
}

func checkPrices(t *rapid.T, before, after []SKUPrice, c ChangePrice, now time.Time, done bool) {
	from := c.From
	if from.IsZero() {
		from = now
	}
	next := nextFrom(before, from) // or the end of what is in force
	for _, p := range before {
		if p.Covers(from) {
			next = p.Until
		}
	}
	for at := now.Add(-24 * time.Hour); at.Before(now.Add(24 * time.Hour)); at = at.Add(30 * time.Minute) {
		was, had, _ := priceAt(before, at)
		is, has, overlap := priceAt(after, at)
		within := !at.Before(from) && (next.IsZero() || at.Before(next))
		switch {
		case overlap:
			t.Fatalf("two prices at %s: %+v", at, after)
		case c.Action == PriceSet && within:
			if !has || is != c.Price {
				t.Fatalf("%v %v at %s, want %v", is, has, at, c.Price)
			}
		case done && c.Action == PriceEnd && within:
			if has {
				t.Fatalf("still %v at %s", is, at)
			}
		case done && c.Action == PriceCancel && at.After(now):
		case was != is || had != has:
			t.Fatalf("%s %+v changed the price of %s from %v to %v", c.Action, c, at, was, is)
		}
	}
}

func TestACancelledPriceGivesItsTimeToTheOneBefore(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	soon, later := now.Add(time.Hour), now.Add(2*time.Hour)
	usd := func(minor int64) Amount { return Amount{Minor: minor, Currency: "USD"} }
	periods := []SKUPrice{
		{ID: 1, Price: usd(100), From: now.Add(-time.Hour), Until: soon}, {ID: 2, Price: usd(200), From: soon, Until: later}, {ID: 3, Price: usd(300), From: later},
		{ID: 4, Price: Amount{Minor: 90, Currency: "EUR"}, From: now.Add(-time.Hour), Until: soon},
	}
	edit, err := PlanPrice(periods, ChangePrice{Action: PriceCancel, PeriodID: 2}, now)
	if want := (PriceEdit{Remove: 2, Resize: 1, Until: later}); err != nil || edit != want {
		t.Errorf("cancelling the second: %+v %v, want %+v", edit, err, want)
	}
	for id, code := range map[int64]Code{1: CodeConflict, 4: CodeConflict, 9: CodeNotFound} {
		if _, err := PlanPrice(periods, ChangePrice{Action: PriceCancel, PeriodID: id}, now); CodeOf(err) != code {
			t.Errorf("cancelling %d: %v, want %s", id, err, code)
		}
	}
}

func TestWhatAPriceCannotBe(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		change ChangePrice
		field  string
	}{
		"negative":      {ChangePrice{Action: PriceSet, Price: Amount{Minor: -1, Currency: "JPY"}}, "price"},
		"too high":      {ChangePrice{Action: PriceSet, Price: Amount{Minor: MaxPriceMinor + 1, Currency: "KWD"}}, "price"},
		"in the past":   {ChangePrice{Action: PriceSet, From: now.Add(-time.Microsecond)}, "validFrom"},
		"too far ahead": {ChangePrice{Action: PriceEnd, From: now.Add(MaxPriceAhead + 1)}, "validFrom"},
	} {
		err := c.change.Check(now)
		if refused, ok := err.(*Error); !ok || len(refused.Fields) != 1 || refused.Fields[0].Field != c.field {
			t.Errorf("%s: %v, want %s refused", name, err, c.field)
		}
	}
	var full []SKUPrice
	for i := range MaxScheduledPrices {
		full = append(full, SKUPrice{ID: int64(i + 1), Price: Amount{Minor: int64(i), Currency: "USD"}, From: now.Add(time.Duration(i+1) * time.Hour), Until: now.Add(time.Duration(i+2) * time.Hour)})
	}
	change := ChangePrice{Action: PriceSet, Price: Amount{Minor: 999, Currency: "USD"}, From: now.Add(90 * time.Minute)}
	if _, err := PlanPrice(full, change, now); CodeOf(err) != CodeConflict {
		t.Errorf("one change too many: %v", err)
	}
	change.From = time.Time{}
	if _, err := PlanPrice(full, change, now); err != nil {
		t.Errorf("a price now, before a full schedule: %v", err)
	}
}
