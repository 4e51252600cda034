package ui_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/views/ui"
)

var (
	heights = regexp.MustCompile(`<rect class="chart-[a-z]+" x="[0-9.]+%" y="([0-9.]+)" width="[0-9.]+%" height="([0-9.]+)"`)
	widths  = regexp.MustCompile(`class="segment [^"]*" x="([0-9.]+)%" y="0" width="([0-9.]+)%"`)
)

func number(t *rapid.T, s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func anyBars(t *rapid.T) []ui.Bar {
	values := rapid.SliceOfN(rapid.Int64Range(-5, 1_000_000), 0, 40).Draw(t, "values")
	bars := make([]ui.Bar, len(values))
	for i, v := range values {
		bars[i] = ui.Bar{Label: strconv.Itoa(i), Value: v}
	}
	return bars
}

// Whatever the values, every column stands on the base line and inside the drawing.
func TestColumnsStayInsideTheDrawing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		bars := anyBars(rt)
		html := render(t, ui.BarChart(ui.ChartProps{ID: "x", Bars: bars}))
		found := heights.FindAllStringSubmatch(html, -1)
		if len(found) != len(bars) {
			rt.Fatalf("%d columns for %d bars", len(found), len(bars))
		}
		for i, m := range found {
			y, height := number(rt, m[1]), number(rt, m[2])
			if y < 0 || y+height < 119.8 || y+height > 120.2 {
				rt.Fatalf("column %d: y %v, height %v", i, y, height)
			}
			if bars[i].Value > 0 && height < 2 {
				rt.Fatalf("column %d of value %d cannot be seen", i, bars[i].Value)
			}
		}
	})
}

// The parts of a stacked bar follow each other and fill it.
func TestSegmentsFillTheBar(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		end := 0.0
		found := widths.FindAllStringSubmatch(render(t, ui.StackedBar(ui.ChartProps{ID: "x", Bars: anyBars(rt)})), -1)
		for _, m := range found {
			if x := number(rt, m[1]); x < end-0.5 || x > end+0.5 {
				rt.Fatalf("a part starts at %v, the one before ended at %v", x, end)
			}
			end = number(rt, m[1]) + number(rt, m[2])
		}
		if len(found) > 0 && (end < 99.5 || end > 100.5) {
			rt.Fatalf("the bar ends at %v%%", end)
		}
	})
}

func TestPicturesAreTheSameForTheSameNameAndNeverEmpty(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for i := range 200 {
		name := "Product " + strconv.Itoa(i)
		one := render(t, ui.ProductPicture(name))
		if one != render(t, ui.ProductPicture(name)) {
			t.Fatalf("%s has two pictures", name)
		}
		if !strings.Contains(one, `<path class="pic-`) {
			t.Errorf("%s has nothing on its picture", name)
		}
		seen[one] = name
	}
	if len(seen) < 190 {
		t.Errorf("200 names share %d pictures", len(seen))
	}
}

func TestSparklineOfFewValues(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		values []int64
		want   string
	}{
		"none": {nil, `points=""`},
		"one":  {[]int64{7}, `points="0.0,22.0"`},
		"flat": {[]int64{7, 7}, `points="0.0,22.0 100.0,22.0"`},
		"rise": {[]int64{-5, 5}, `points="0.0,22.0 100.0,2.0"`},
	} {
		if got := render(t, ui.Sparkline("x", c.values)); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s lacks %s", name, got, c.want)
		}
	}
}

func TestInitials(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Ana da Silva": ">AS<", "jo": ">J<", "": ">?<", "  öz  türk ": ">ÖT<", "李 小龙": ">李小<",
	} {
		if got := render(t, ui.Avatar(name)); !strings.Contains(got, want) {
			t.Errorf("Avatar(%q) = %s, want %s", name, got, want)
		}
	}
}
