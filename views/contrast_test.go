package views_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// WCAG 2.2: 1.4.3 asks 4.5 for text, 1.4.11 asks 3 for what identifies a control.
const (
	forText    = 4.5
	forControl = 3.0
)

var (
	themeBlock = regexp.MustCompile(`(?s)@plugin "daisyui/theme" \{(.*?)\n\}`)
	themeName  = regexp.MustCompile(`name: "(\w+)"`)
	themeColor = regexp.MustCompile(`--([\w-]+): #([0-9a-f]{6});`)
)

// themes reads the colours of both themes from their source.
func themes(t *testing.T) map[string]map[string]string {
	t.Helper()
	css, err := os.ReadFile("../static/src/theme.css")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]string{}
	for _, block := range themeBlock.FindAllStringSubmatch(string(css), -1) {
		colors := map[string]string{}
		for _, m := range themeColor.FindAllStringSubmatch(block[1], -1) {
			colors[m[1]] = m[2]
		}
		found[themeName.FindStringSubmatch(block[1])[1]] = colors
	}
	if len(found) != 2 || len(found["light"]) != len(found["dark"]) || len(found["light"]) < 30 {
		t.Fatalf("expected two themes with the same colours, found %d: %d and %d", len(found), len(found["light"]), len(found["dark"]))
	}
	return found
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	value, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatalf("colour %q: %v", hex, err)
	}
	channel := func(shift uint) float64 {
		c := float64(value>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

func TestContrastFormula(t *testing.T) {
	t.Parallel()
	if got := contrast(t, "000000", "ffffff"); math.Abs(got-21) > 0.001 {
		t.Errorf("black on white is 21, got %v", got)
	}
	if got := contrast(t, "777777", "ffffff"); math.Abs(got-4.478) > 0.001 {
		t.Errorf("#777 on white is 4.478, got %v", got)
	}
}

func TestThemesHaveTheContrastThatWCAGAsks(t *testing.T) {
	t.Parallel()
	grounds := []string{"color-base-100", "color-base-200", "color-base-300", "hover", "selected"}
	type pair struct {
		front   string
		grounds []string
		least   float64
	}
	pairs := []pair{
		{"color-base-content", grounds, forText},
		{"ink-muted", grounds, forText},
		{"color-primary", []string{"color-base-100", "color-base-200", "hover", "selected"}, forText},
		{"color-error", []string{"color-base-100", "color-base-200"}, forText},
		{"color-primary-content", []string{"color-primary"}, forText},
		{"color-error-content", []string{"color-error"}, forText},
		{"line-strong", []string{"color-base-100", "color-base-200"}, forControl},
		{"focus", []string{"color-base-100", "color-base-200", "color-base-300", "hover", "selected"}, forControl},
	}
	for _, tone := range []string{"neutral", "info", "success", "warning", "danger"} {
		pairs = append(pairs, pair{tone + "-fg", []string{tone + "-bg", "color-base-100", "color-base-200"}, forText})
	}
	for _, chart := range []string{"accent", "neutral", "success", "warning", "danger"} {
		pairs = append(pairs, pair{"chart-" + chart, []string{"color-base-100"}, forControl})
	}
	for theme, colors := range themes(t) {
		for _, p := range pairs {
			for _, ground := range p.grounds {
				if got := contrast(t, colors[p.front], colors[ground]); got < p.least {
					t.Errorf("%s: %s on %s has contrast %.2f, needs %.1f", theme, p.front, ground, got, p.least)
				}
			}
		}
	}
}
