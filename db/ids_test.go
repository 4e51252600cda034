package db

import (
	"slices"
	"testing"
	"time"
)

func TestNumbersTakenAheadServeTheirSecondOnly(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 5, 23, 12, 0, 0, 0, time.UTC)
	var stock sequenceStock
	if got := stock.take(1, noon); got != nil {
		t.Errorf("an empty stock gave %v", got)
	}
	stock.keep([]int64{1, 2, 3, 4, 5}, noon)
	if got := stock.take(2, noon.Add(time.Second-1)); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("in the same second it gave %v", got)
	}
	if got := stock.take(4, noon); got != nil {
		t.Errorf("of three numbers it gave %v", got)
	}
	if got := stock.take(1, noon.Add(time.Second)); got != nil {
		t.Errorf("a second later it gave %v", got)
	}
	stock.keep([]int64{6, 7, 8, 9}, noon)
	if !stock.has(4, noon) || stock.has(5, noon) || stock.has(1, noon.Add(time.Second)) {
		t.Error("it has four numbers for this second, and says otherwise")
	}
	if got := stock.take(4, noon); !slices.Equal(got, []int64{6, 7, 8, 9}) {
		t.Errorf("it gave %v of those that were kept last", got)
	}
	stock.keep([]int64{7, 8}, noon)
	stock.keep([]int64{9}, noon.Add(time.Second))
	if got := stock.take(1, noon.Add(time.Second)); !slices.Equal(got, []int64{9}) || stock.has(1, noon.Add(time.Second)) {
		t.Errorf("a second later it gave %v, and more is left of the one before", got)
	}
}
