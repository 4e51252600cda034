package ui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Bar is one bar of a BarChart or one row of a BarList.
type Bar struct {
	Label   string
	Value   int64  // the length; below zero counts as zero
	Display string // the value as people read it; "" is the plain number
	Tone    Tone   // "" is the accent
	URL     string // what the bar counts; optional, in lists and tables
}

func (b Bar) display() string {
	if b.Display == "" {
		return strconv.FormatInt(b.Value, 10)
	}
	return b.Display
}

// ChartProps describes a chart. Its table says the same in words and figures.
type ChartProps struct {
	ID    string // unique on the page
	Title string
	Desc  string // what to see in it, for those who do not see it
	Unit  string // heading of the value column: "Orders"
	Bars  []Bar
}

// chartHeight is the height of the bars in CSS pixels; the labels stand below.
const chartHeight = 120

// slotsAtLeast keeps the first bars of a day from being as wide as a house: they stand where they will stand when more come.
const slotsAtLeast = 7

// labelsAtMost keeps the labels below a BarChart from running into each other on
// a phone.
const labelsAtMost = 6

func largestValue(bars []Bar) int64 {
	top := int64(1)
	for _, b := range bars {
		top = max(top, b.Value)
	}
	return top
}

func percent(part, whole float64) string {
	return strconv.FormatFloat(100*part/whole, 'f', 2, 64) + "%"
}

// flat tells whether there is nothing to draw.
func flat(bars []Bar) bool {
	return !slices.ContainsFunc(bars, func(b Bar) bool { return b.Value > 0 })
}

// column is a Bar with its place in the drawing. Widths are percentages, heights
// are pixels, so that the drawing stretches and its text does not.
type column struct {
	x, width, middle string
	y, height        string
	label            bool
	bar              Bar
}

func columns(bars []Bar) []column {
	top := float64(largestValue(bars))
	slots := max(len(bars), slotsAtLeast)
	slot := 1 / float64(slots)
	every := (slots + labelsAtMost - 1) / labelsAtMost
	out := make([]column, len(bars))
	for i, b := range bars {
		height := float64(max(b.Value, 0)) / top * chartHeight
		if b.Value > 0 {
			height = max(height, 2)
		}
		left := float64(i) * slot
		out[i] = column{
			x: percent(left+slot*0.15, 1), width: percent(slot*0.7, 1), middle: percent(left+slot/2, 1),
			y:      strconv.FormatFloat(chartHeight-height, 'f', 1, 64),
			height: strconv.FormatFloat(height, 'f', 1, 64),
			label:  i%every == 0, bar: b,
		}
	}
	return out
}

func (b Bar) fill() string {
	if b.Tone == "" {
		return "chart-accent"
	}
	return "chart-" + string(b.Tone)
}

// segment is a part of a StackedBar.
type segment struct {
	x, width string
	bar      Bar
}

func segments(bars []Bar) []segment {
	total := int64(0)
	for _, b := range bars {
		total += max(b.Value, 0)
	}
	var out []segment
	before := 0.0
	for _, b := range bars {
		if b.Value <= 0 {
			continue
		}
		share := float64(b.Value)
		out = append(out, segment{percent(before, float64(total)), percent(share, float64(total)), b})
		before += share
	}
	return out
}

// sparkPoints writes the points of a polyline in a box of 100 by 24.
func sparkPoints(values []int64) string {
	if len(values) == 0 {
		return ""
	}
	low, high := values[0], values[0]
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	span := max(float64(high)-float64(low), 1)
	step := 100 / float64(max(len(values)-1, 1))
	var b strings.Builder
	for i, v := range values {
		fmt.Fprintf(&b, "%.1f,%.1f ", float64(i)*step, 22-(float64(v)-float64(low))/span*20)
	}
	return strings.TrimSpace(b.String())
}
