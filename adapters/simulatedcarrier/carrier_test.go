package simulatedcarrier

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"waybill/db/dbtest"
	"waybill/shop"
)

var monday = time.Date(2026, 5, 18, 9, 0, 0, 0, time.UTC)

func request(key, postalCode string) shop.LabelRequest {
	return shop.LabelRequest{Key: key, Service: "standard", Parcel: shop.Consignment{
		To: shop.Address{Name: "Ada", City: "Oakland", PostalCode: postalCode, Country: "US"}, WeightGrams: 1200, Currency: "USD",
	}}
}

func TestPostalCodesDecide(t *testing.T) {
	t.Parallel()
	now := monday
	c := New(dbtest.New(t), WithClock(func() time.Time { return now }))
	for _, one := range []struct {
		postalCode string
		answers    bool
		state      shop.LabelState
		end        shop.TrackingKind // what it comes to in the end
	}{
		{PostcodeLate, true, shop.LabelBought, shop.TrackDelivered},
		{PostcodeSilent, true, shop.LabelBought, shop.TrackAccepted},
		{PostcodeLost, true, shop.LabelBought, shop.TrackLost},
		{PostcodeReturned, true, shop.LabelBought, shop.TrackReturned},
		{PostcodeCustoms, true, shop.LabelBought, shop.TrackDelivered},
		{PostcodeAddress, true, shop.LabelBought, shop.TrackReturned},
		{PostcodeDamaged, true, shop.LabelBought, shop.TrackDelivered},
		{PostcodeRefused, true, shop.LabelRefused, ""},
		{PostcodeTimeout, false, shop.LabelBought, ""},
		{PostcodeNever, false, shop.LabelNeverHeard, ""},
	} {
		now = monday
		for range 2 { // the second time is the same
			outcome, err := c.BuyLabel(t.Context(), request(one.postalCode, one.postalCode))
			if (err == nil) != one.answers || (err == nil && outcome.State != one.state) {
				t.Errorf("%s: %+v, %v", one.postalCode, outcome, err)
			}
		}
		found, err := c.LookUp(t.Context(), one.postalCode)
		if err != nil || found.State != one.state {
			t.Errorf("%s looked up: %+v, %v", one.postalCode, found, err)
		}
		now = monday.AddDate(0, 0, 30)
		events, err := c.Track(t.Context(), []string{found.TrackingNumber})
		if err != nil {
			t.Fatal(err)
		}
		if one.end != "" && (len(events) == 0 || events[len(events)-1].Kind != one.end) {
			t.Errorf("%s comes to %+v", one.postalCode, events)
		}
	}
}

func TestALabelIsBoughtOnceHoweverManyAsk(t *testing.T) {
	t.Parallel()
	c := New(dbtest.New(t))
	numbers := make([]string, 20)
	var all sync.WaitGroup
	for i := range numbers {
		all.Go(func() {
			outcome, err := c.BuyLabel(t.Context(), request("k", "94601"))
			if err != nil {
				t.Error(err)
			}
			numbers[i] = outcome.TrackingNumber
		})
	}
	all.Wait()
	if distinct := slices.Compact(slices.Sorted(slices.Values(numbers))); len(distinct) != 1 || !ValidTracking(distinct[0]) {
		t.Errorf("labels for one key: %v", distinct)
	}
	other := request("k", "94601")
	other.Service = "express"
	if _, err := c.BuyLabel(t.Context(), other); !errors.Is(err, errKeyReused) {
		t.Errorf("another label under the same key: %v", err)
	}
}

func TestALabelIsTakenBackUntilItIsScanned(t *testing.T) {
	t.Parallel()
	now := monday
	c := New(dbtest.New(t), WithClock(func() time.Time { return now }))
	buy := func(key string) string {
		outcome, err := c.BuyLabel(t.Context(), request(key, "94601"))
		if err != nil {
			t.Fatal(err)
		}
		return outcome.TrackingNumber
	}
	early, late := buy("early"), buy("late")
	for range 2 {
		if refused, err := c.VoidLabel(t.Context(), early); refused != "" || err != nil {
			t.Errorf("taken back at once: %q, %v", refused, err)
		}
	}
	now = monday.Add(8 * time.Hour)
	if refused, err := c.VoidLabel(t.Context(), late); refused == "" || err != nil {
		t.Errorf("taken back after its first scan: %q, %v", refused, err)
	}
	if refused, _ := c.VoidLabel(t.Context(), "SP000"); refused == "" {
		t.Error("a label that nobody bought was taken back")
	}
	events, err := c.Track(t.Context(), []string{early, late})
	if err != nil || len(events) < 3 {
		t.Errorf("%d events, %v", len(events), err)
	}
	for _, e := range events {
		if e.TrackingNumber == early && e.Kind != shop.TrackAnnounced {
			t.Errorf("a label that was taken back was %s", e.Kind)
		}
	}
}

func TestWhatHappenedNeverChanges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		tracking, err := newTracking()
		if err != nil {
			rt.Fatal(err)
		}
		fates := []fate{fateArrives, fateLate, fateSilent, fateLost, fateReturned}
		l := label{tracking: tracking, fate: rapid.SampledFrom(fates).Draw(rt, "fate"), place: "Oakland", boughtAt: monday, etaAt: monday.Add(time.Duration(rapid.IntRange(5, 300).Draw(rt, "hours")) * time.Hour)}
		sooner := rapid.IntRange(0, 800).Draw(rt, "sooner")
		before := l.history(monday.Add(time.Duration(sooner) * time.Hour))
		after := l.history(monday.Add(time.Duration(sooner+rapid.IntRange(0, 800).Draw(rt, "later")) * time.Hour))
		if !slices.Equal(before, after[:len(before)]) {
			rt.Fatalf("the past was\n%v\nand is\n%v", before, after)
		}
		if !slices.IsSortedFunc(after, func(a, b shop.TrackingEvent) int { return a.OccurredAt.Compare(b.OccurredAt) }) {
			rt.Fatalf("out of order: %v", after)
		}
	})
}

func TestEverySingleWrongDigitIsFound(t *testing.T) {
	t.Parallel()
	number, err := newTracking()
	if err != nil || !ValidTracking(number) {
		t.Fatalf("%s: %v", number, err)
	}
	for i := len(trackingPrefix); i < len(number); i++ {
		for digit := '0'; digit <= '9'; digit++ {
			if wrong := number[:i] + string(digit) + number[i+1:]; wrong != number && ValidTracking(wrong) {
				t.Errorf("%s passes for %s", wrong, number)
			}
		}
	}
	for _, wrong := range []string{"", "SP", "XX" + number[2:], number + "0", strings.ToLower(number)} {
		if ValidTracking(wrong) {
			t.Errorf("%q is a tracking number", wrong)
		}
	}
}

func TestRatesFollowWeightSizeAndDistance(t *testing.T) {
	t.Parallel()
	c := New(nil, WithClock(func() time.Time { return monday }))
	price := func(p shop.Consignment) int64 {
		t.Helper()
		rates, err := c.Rates(t.Context(), p)
		if err != nil || len(rates) == 0 {
			t.Fatalf("%+v: %v, %v", p, rates, err)
		}
		if !slices.IsSortedFunc(rates, func(a, b shop.Rate) int { return int(a.Cost.Minor - b.Cost.Minor) }) {
			t.Errorf("the cheapest is not first: %+v", rates)
		}
		return rates[0].Cost.Minor
	}
	light := shop.Consignment{To: shop.Address{Country: "US"}, WeightGrams: 900, Currency: "USD"}
	heavy, bulky, far, yen := light, light, light, light
	heavy.WeightGrams = 9000
	bulky.LengthMM, bulky.WidthMM, bulky.HeightMM = 600, 500, 400
	far.To.Country = "NZ"
	yen.Currency = "JPY"
	base := price(light)
	for name, other := range map[string]int64{"heavy": price(heavy), "bulky": price(bulky), "far": price(far), "in yen": price(yen)} {
		if other <= base {
			t.Errorf("%s costs %d, light and near %d", name, other, base)
		}
	}
	for _, no := range []shop.Consignment{{WeightGrams: 0, Currency: "USD"}, {WeightGrams: maxGrams + 1, Currency: "USD"}, {WeightGrams: 1, LengthMM: maxSide + 1, Currency: "USD"}} {
		if rates, err := c.Rates(t.Context(), no); err != nil || len(rates) != 0 {
			t.Errorf("%+v is taken: %v, %v", no, rates, err)
		}
	}
}

func TestOnlySignedAndFreshMessagesAreRead(t *testing.T) {
	t.Parallel()
	c := New(nil, WithSecrets("new", "old"))
	number, err := newTracking()
	if err != nil {
		t.Fatal(err)
	}
	body, err := Message([]shop.TrackingEvent{{ID: "1", TrackingNumber: number, Kind: shop.TrackAccepted, OccurredAt: monday}})
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := Message([]shop.TrackingEvent{{ID: "1", TrackingNumber: number[:12] + "X", Kind: shop.TrackAccepted, OccurredAt: monday}})
	if err != nil {
		t.Fatal(err)
	}
	for name, one := range map[string]struct {
		signature string
		body      []byte
		code      shop.Code
	}{
		"signed":                  {Sign("new", body, monday), body, ""},
		"signed with the old one": {Sign("old", body, monday), body, ""},
		"another secret":          {Sign("other", body, monday), body, shop.CodeForbidden},
		"no secret":               {Sign("", body, monday), body, shop.CodeForbidden},
		"another body":            {Sign("new", body, monday), append([]byte(" "), body...), shop.CodeForbidden},
		"too old":                 {Sign("new", body, monday.Add(-maxAge-time.Second)), body, shop.CodeForbidden},
		"from the future":         {Sign("new", body, monday.Add(maxAhead+time.Second)), body, shop.CodeForbidden},
		"no signature":            {"", body, shop.CodeForbidden},
		"no JSON":                 {Sign("new", []byte("{"), monday), []byte("{"), shop.CodeInvalid},
		"no tracking number":      {Sign("new", wrong, monday), wrong, shop.CodeInvalid},
	} {
		events, err := c.ReadWebhook(one.signature, one.body, monday)
		if shop.CodeOf(err) != one.code || (err == nil) != (len(events) == 1) {
			t.Errorf("%s: %v, %v", name, events, err)
		}
	}
	if _, err := New(nil).ReadWebhook(Sign("", body, monday), body, monday); shop.CodeOf(err) != shop.CodeForbidden {
		t.Error("a carrier without a secret believes everybody")
	}
}
