package shop

import (
	"testing"

	"pgregory.net/rapid"
)

// However large the numbers, stock stays between what is reserved and the most there can be, and moves by the delta.
func TestAdjustmentsKeepStockWithinItsBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		onHand := rapid.Int64Range(0, MaxStock).Draw(t, "on hand")
		before := LocationStock{Name: "Main", OnHand: onHand, Reserved: rapid.Int64Range(0, onHand).Draw(t, "reserved")}
		a := StockAdjustment{Delta: rapid.Int64Range(-MaxStock-1, MaxStock+1).Draw(t, "delta"), Reason: ReasonCount}
		if a.Check() != nil {
			if a.Delta != 0 && a.Delta >= -MaxStock && a.Delta <= MaxStock {
				t.Fatalf("a delta of %d is refused", a.Delta)
			}
			return
		}
		after, err := a.Apply(before)
		sum := before.OnHand + a.Delta
		switch CodeOf(err) {
		case "":
			if after.OnHand != sum || after.Reserved != before.Reserved || sum < before.Reserved || sum > MaxStock {
				t.Fatalf("%+v became %+v", before, after)
			}
		case CodeConflict:
			if sum >= before.Reserved || after != before {
				t.Fatalf("%+v with %d is refused: %v", before, a.Delta, err)
			}
		default:
			if sum <= MaxStock || after != before {
				t.Fatalf("%+v with %d is refused: %v", before, a.Delta, err)
			}
		}
	})
}

func TestAdjustmentReasonsAndKinds(t *testing.T) {
	t.Parallel()
	for reason, kind := range map[string]string{"count": "count", "receipt": "receipt", "adjustment": "adjustment", "damaged": "adjustment", "Count": "adjustment"} {
		if got := (StockAdjustment{Reason: reason}).Kind(); got != kind {
			t.Errorf("%s is booked as %s, want %s", reason, got, kind)
		}
	}
	if err := (StockAdjustment{Delta: -1, Reason: ReasonReceipt}).Check(); CodeOf(err) != CodeInvalid {
		t.Errorf("a negative receipt: %v", err)
	}
}
