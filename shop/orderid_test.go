package shop

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	idEpoch  = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	idEnd    = time.Date(2136, 2, 7, 6, 28, 16, 0, time.UTC)
	anyID    = rapid.Custom(func(t *rapid.T) OrderID { return OrderID(rapid.Int64Range(0, int64(MaxOrderID)).Draw(t, "id")) })
	anyIDSec = rapid.Int64Range(0, 1<<secondsBits-1)
)

func TestNewOrderID(t *testing.T) {
	t.Parallel()
	berlin := time.FixedZone("CET", 3600)
	cases := []struct {
		at       time.Time
		sequence int64
		want     OrderID
	}{
		{idEpoch, 0, 0},
		{idEpoch, 7, 7},
		{idEpoch.Add(time.Second - 1), 1, 1},
		{idEpoch.Add(time.Second), 1, 1<<20 | 1},
		{time.Date(2000, 1, 1, 1, 0, 0, 0, berlin), 3, 3},
		{idEpoch, 1 << 20, 0},
		{idEpoch, 5<<20 | 9, 9},
		{idEpoch, -1, 1<<20 - 1},
		{idEnd.Add(-1), math.MaxInt64, MaxOrderID},
	}
	for _, c := range cases {
		got, err := NewOrderID(c.at, c.sequence)
		if err != nil || got != c.want {
			t.Errorf("NewOrderID(%s, %d) = %d, %v; want %d", c.at, c.sequence, got, err, c.want)
		}
	}
	for _, at := range []time.Time{idEpoch.Add(-1), idEnd, {}, time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)} {
		_, err := NewOrderID(at, 1)
		mustRefuse(t, err, CodeInvalid, "")
	}
	if MaxOrderID >= 1<<53 {
		t.Error("ids do not fit a JavaScript number")
	}
}

func TestOrderIDsSortByTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		early := idEpoch.Add(time.Duration(anyIDSec.Draw(t, "early")) * time.Second)
		late := idEpoch.Add(time.Duration(anyIDSec.Draw(t, "late")) * time.Second)
		a, errA := NewOrderID(early, rapid.Int64().Draw(t, "sequence a"))
		b, errB := NewOrderID(late, rapid.Int64().Draw(t, "sequence b"))
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if !a.Time().Equal(early) || !b.Time().Equal(late) {
			t.Fatalf("times %s and %s come back as %s and %s", early, late, a.Time(), b.Time())
		}
		if early.Before(late) && a >= b || late.Before(early) && b >= a {
			t.Fatalf("ids %d and %d do not sort like %s and %s", a, b, early, late)
		}
	})
}

func TestIDRangeOfMonth(t *testing.T) {
	t.Parallel()
	tokyo := time.FixedZone("JST", 9*3600)
	at := time.Date(2024, 3, 1, 8, 0, 0, 0, tokyo) // still February in UTC
	from, until := IDRangeOfMonth(at)
	if got := from.Time(); !got.Equal(time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("the month starts at %s", got)
	}
	if got := until.Time(); !got.Equal(time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("the month ends at %s", got)
	}
	last, err := NewOrderID(time.Date(2024, 2, 29, 23, 59, 59, 999, time.UTC), sequenceMask)
	if err != nil || last != until-1 {
		t.Errorf("the last id of the month is %d, want %d, %v", last, until-1, err)
	}
	if got := MonthStart(at); !got.Equal(from.Time()) || got.Location() != time.UTC {
		t.Errorf("MonthStart is %s", got)
	}
}

func TestFirstIDAtStaysInsideTheScheme(t *testing.T) {
	t.Parallel()
	for at, want := range map[time.Time]OrderID{
		{}:                      0,
		idEpoch.Add(-time.Hour): 0,
		idEpoch.Add(2*time.Second + time.Second/2): 2 << 20,
		idEnd:                    MaxOrderID + 1,
		idEnd.AddDate(500, 0, 0): MaxOrderID + 1,
	} {
		if got := FirstIDAt(at); got != want {
			t.Errorf("FirstIDAt(%s) = %d, want %d", at, got, want)
		}
	}
}

func TestOrderNumberRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := anyID.Draw(t, "id")
		number := id.Number()
		if got, err := ParseOrderNumber(number); err != nil || got != id {
			t.Fatalf("%d is written %s and read as %d, %v", id, number, got, err)
		}
		if want := map[bool]int{true: 13, false: 14}[id < 1<<50]; len(number) != want {
			t.Fatalf("%s has %d characters, want %d", number, len(number), want)
		}
	})
}

func TestOrderNumberShape(t *testing.T) {
	t.Parallel()
	example, err := ParseOrderNumber(exampleNumber)
	if err != nil || example.Number() != exampleNumber {
		t.Errorf("the example that messages show is no order number: %q, %v", example.Number(), err)
	}
	if got := OrderID(0).Number(); got != "00000-0000-00" {
		t.Errorf("0 is %s", got)
	}
	if got := MaxOrderID.Number(); !strings.HasPrefix(got, "3ZZZZ-ZZZZ-ZZ") || len(got) != 14 {
		t.Errorf("MaxOrderID is %s", got)
	}
	for _, id := range []OrderID{-1, MaxOrderID + 1, math.MinInt64} {
		if got := id.Number(); got != "" {
			t.Errorf("%d has the number %q", id, got)
		}
	}
}

func TestParseOrderNumberForgives(t *testing.T) {
	t.Parallel()
	id := OrderID(1<<45 | 1<<40) // its number starts with 11 and has many zeros
	number := id.Number()
	plain := strings.ReplaceAll(number, "-", "")
	forms := []string{
		number, plain, strings.ToLower(number), "  #" + number + "\n",
		strings.ReplaceAll(number, "-", " "), strings.ReplaceAll(number, "-", "–"), strings.Join(strings.Split(plain, ""), " "),
		strings.ReplaceAll(plain, "0", "O"), strings.ReplaceAll(plain, "0", "o"),
		strings.ReplaceAll(plain, "1", "I"), strings.ReplaceAll(plain, "1", "l"),
	}
	for _, form := range forms {
		if got, err := ParseOrderNumber(form); err != nil || got != id {
			t.Errorf("%q is read as %d, %v; want %d", form, got, err, id)
		}
	}
	if !strings.HasPrefix(plain, "11000") {
		t.Errorf("%s does not exercise the look-alikes", plain)
	}
}

func TestParseOrderNumberRefuses(t *testing.T) {
	t.Parallel()
	const noNumber = "This is not an order number. Order numbers look like " + exampleNumber + "."
	for _, in := range []string{
		"", "#", "-", "hello", "12345", "00000-0000-0", "00000-0000-0000-0", "00000-0000-U0", "00000_0000_00",
		"０００００-００００-００", strings.Repeat("0", 100_000), "customer@demo.test",
	} {
		_, err := ParseOrderNumber(in)
		mustRefuse(t, err, CodeInvalid, noNumber)
	}
	_, err := ParseOrderNumber("o0000 0000 01")
	mustRefuse(t, err, CodeInvalid, "00000-0000-01 looks mistyped: the check character does not fit.")

	beyond := []byte{4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} // 53 bits
	padded := make([]byte, 11)                        // a ten-character number with a zero in front
	for _, data := range [][]byte{beyond, padded} {
		number := groupNumber(append(data, checkDigit(data)))
		_, err := ParseOrderNumber(number)
		mustRefuse(t, err, CodeInvalid, number+" looks mistyped: there are no such numbers.")
	}
}

// TestEveryTypingMistakeIsNoticed tries, for random numbers, every other character at
// every place and every swap of two different neighbours.
func TestEveryTypingMistakeIsNoticed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := []byte(strings.ReplaceAll(anyID.Draw(t, "id").Number(), "-", ""))
		mustNotice := func(typed []byte) {
			if id, err := ParseOrderNumber(string(typed)); err == nil {
				t.Fatalf("%s, typed as %s, is taken for %d", number, typed, id)
			}
		}
		for i, right := range number {
			typed := append([]byte(nil), number...)
			for _, wrong := range []byte(numberAlphabet) {
				if wrong != right {
					typed[i] = wrong
					mustNotice(typed)
				}
			}
			typed[i] = right
			if i > 0 && number[i-1] != right {
				typed[i-1], typed[i] = typed[i], typed[i-1]
				mustNotice(typed)
			}
		}
	})
}

func FuzzParseOrderNumber(f *testing.F) {
	f.Add(exampleNumber)
	f.Add("3zzzz zzzz zz")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ParseOrderNumber(s)
		if err != nil {
			mustRefuse(t, err, CodeInvalid, "")
			return
		}
		if again, err := ParseOrderNumber(id.Number()); err != nil || again != id {
			t.Errorf("%q is %d, whose number %s is %d, %v", s, id, id.Number(), again, err)
		}
	})
}

func BenchmarkOrderNumber(b *testing.B) {
	for b.Loop() {
		_ = OrderID(877_123_456_789_012).Number()
	}
}
