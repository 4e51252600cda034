package e2e_test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"waybill/e2e/browser"
)

//go:embed testdata/axe.min.js
var axeSource string

const (
	// everything is axe-core's default rules and the size of targets (WCAG 2.2, 2.5.8), which it leaves to be asked for.
	everything = `{resultTypes: ["violations"], rules: {"target-size": {enabled: true}}}`
	colours    = `{resultTypes: ["violations"], runOnly: ["color-contrast", "link-in-text-block"]}`
)

// examinations are how each page is looked at and what for. The themes differ in nothing but their colours.
var examinations = []struct {
	name  string
	look  browser.Look
	rules string // options of axe.run
}{
	{"light, desk", browser.Look{Width: 1280, Height: 900}, everything},
	{"dark, desk", browser.Look{Width: 1280, Height: 900, Dark: true}, colours},
	{"dark, phone", browser.Look{Width: 390, Height: 844, Dark: true}, colours},
	{"light, phone", browser.Look{Width: 390, Height: 844}, everything},
}

// narrow is the width at which WCAG 1.4.10 (reflow) allows no scrolling to the side.
var narrow = browser.Look{Width: 320, Height: 800}

// violation is a rule that a page breaks, and where.
type violation struct {
	ID    string
	Help  string
	Nodes []struct {
		HTML           string
		FailureSummary string
	}
}

// examinePatience is how long axe may take over one page: it looks at each element of the reference of the API, thousands of
// them, on machines that run other tests meanwhile.
const examinePatience = 3 * time.Minute

// examine holds the page that is open against axe-core's rules in both themes, on a desk and on a phone, and looks
// whether it fits a narrow window.
func (p *person) examine(page string) {
	p.t.Helper()
	for _, e := range examinations {
		p.must(p.tab.Resize(e.look))
		for _, v := range p.violations(e.rules) {
			p.t.Errorf("%s (%s): %s", page, e.name, v)
		}
	}
	p.must(p.tab.Resize(narrow))
	if wide := p.tooWide(); len(wide) > 0 {
		p.t.Errorf("%s scrolls to the side at %d pixels: %s", page, narrow.Width, strings.Join(wide, "; "))
	}
	p.must(p.tab.Resize(browser.Look{}))
}

func (p *person) violations(rules string) []violation {
	p.t.Helper()
	loaded, err := browser.Evaluate[bool](p.tab, "Boolean(window.axe)")
	p.must(err)
	script := fmt.Sprintf("axe.run(document, %s).then((r) => JSON.stringify(r.violations))", rules)
	if !loaded {
		script = axeSource + ";" + script
	}
	result, err := browser.EvaluateWithin[string](p.tab, examinePatience, script)
	p.must(err)
	var found []violation
	p.must(json.Unmarshal([]byte(result), &found))
	return found
}

// String says what is wrong and shows the first places.
func (v violation) String() string {
	const shown = 4
	text := fmt.Sprintf("%s: %s, %d times", v.ID, v.Help, len(v.Nodes))
	for _, node := range v.Nodes[:min(shown, len(v.Nodes))] {
		text += fmt.Sprintf("\n\t%s\n\t\t%s", node.HTML, strings.Join(strings.Fields(node.FailureSummary), " "))
	}
	return text
}

// tooWide names what sticks out of the page, unless it scrolls within a box of its own.
func (p *person) tooWide() []string {
	p.t.Helper()
	found, err := browser.Evaluate[[]string](p.tab, `(() => {
		const width = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= width) return [];
		const boxed = (e) => e && e !== document.body && (getComputedStyle(e).overflowX !== "visible" || boxed(e.parentElement));
		const right = (e) => Math.max(e.getBoundingClientRect().right, e.getBoundingClientRect().left + e.scrollWidth);
		const out = [...document.querySelectorAll("main *, header *, footer *")].filter((e) => right(e) > width + 1 && !boxed(e));
		return ["the page is " + document.documentElement.scrollWidth + " wide", ...out.slice(-4).map((e) => e.outerHTML.slice(0, 160))];
	})()`)
	p.must(err)
	return found
}

// An examination that finds nothing proves nothing unless it can find something.
func TestExaminationsFindWhatIsWrong(t *testing.T) {
	t.Parallel()
	h := open(t)
	p := h.guest()
	p.visit("/")
	_, err := browser.Evaluate[bool](p.tab, `document.querySelector("main").append(
		document.createElement("img"), Object.assign(document.createElement("div"), {id: "wide", innerText: "x".repeat(400)})), true`)
	p.must(err)
	if found := p.violations(everything); len(found) != 1 || found[0].ID != "image-alt" {
		t.Errorf("axe-core finds %v, not the picture without a text", found)
	}
	p.must(p.tab.Resize(narrow))
	if wide := p.tooWide(); len(wide) != 2 || !strings.Contains(wide[1], `id="wide"`) {
		t.Errorf("what is too wide: %q", wide)
	}
}
