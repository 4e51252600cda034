package views_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// templates returns every template of this room by its path.
func templates(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".templ" {
			return err
		}
		text, err := os.ReadFile(path)
		found[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 10 {
		t.Fatalf("found only %d templates", len(found))
	}
	return found
}

// What the Content-Security-Policy would block in the browser, where nobody
// sees it, is refused here.
var forbidden = map[string]*regexp.Regexp{
	"inline style":         regexp.MustCompile(`[\s"']style\s*(=|\?=)|"style"\s*:`),
	"style element":        regexp.MustCompile(`<style\b`),
	"inline script":        regexp.MustCompile(`<script(\s+(type="module"|defer|async))*\s*>`),
	"event handler":        regexp.MustCompile(`(?i)[\s"]on(click|change|input|submit|load|key\w+|focus|blur|mouse\w+|error|toggle)\s*=`),
	"htmx script":          regexp.MustCompile(`hx-on\b|hx-vals="?(js|javascript):|hx-headers="?(js|javascript):`),
	"htmx trigger filter":  regexp.MustCompile(`hx-trigger="[^"]*\[`),
	"javascript address":   regexp.MustCompile(`(?i)javascript:`),
	"templ css or script":  regexp.MustCompile(`(?m)^(css|script) \w+\(`),
	"unescaped HTML":       regexp.MustCompile(`templ\.Raw\(`),
	"address without code": regexp.MustCompile(`(href|action|hx-get|hx-post)="/`),
}

func TestTemplatesHoldNothingInline(t *testing.T) {
	t.Parallel()
	for path, text := range templates(t) {
		for what, pattern := range forbidden {
			if at := pattern.FindStringIndex(text); at != nil {
				line := 1 + strings.Count(text[:at[0]], "\n")
				t.Errorf("%s:%d: %s: %q", path, line, what, text[at[0]:at[1]])
			}
		}
	}
}

func TestForbiddenPatternsCatchWhatTheyName(t *testing.T) {
	t.Parallel()
	for what, samples := range map[string][]string{
		"inline style":         {`<p style="x">`, `<p style={ x }>`, `{"style": "x"}`},
		"style element":        {`<style>`, `<style type="text/css">`},
		"inline script":        {`<script>`, `<script type="module">`},
		"event handler":        {`<a onclick="x">`, `<a onKeyDown={ x }>`},
		"htmx script":          {`hx-on:click="x"`, `hx-vals="js:{a: 1}"`},
		"htmx trigger filter":  {`hx-trigger="click[ctrlKey]"`},
		"javascript address":   {`href="javascript:x"`},
		"templ css or script":  {"css red() {", "script x() {"},
		"unescaped HTML":       {`@templ.Raw(x)`},
		"address without code": {`<a href="/cart">`, `hx-get="/x"`},
	} {
		for _, sample := range samples {
			if !forbidden[what].MatchString(sample) {
				t.Errorf("%s: %q is not caught", what, sample)
			}
		}
	}
}

var (
	classPlain  = regexp.MustCompile(`\bclass="([^"]*)"`)
	classGo     = regexp.MustCompile(`(?s)\bclass=\{(.*?)\}`)
	goString    = regexp.MustCompile(`"([^"]*)"`)
	cssSelector = regexp.MustCompile(`\.((?:\\.|[A-Za-z0-9_-])+)`)
)

// classesIn lists the classes that a template names. One that ends in a hyphen
// is the beginning of a computed one.
func classesIn(text string) []string {
	var names []string
	for _, m := range classPlain.FindAllStringSubmatch(text, -1) {
		names = append(names, strings.Fields(m[1])...)
	}
	for _, m := range classGo.FindAllStringSubmatch(text, -1) {
		for _, s := range goString.FindAllStringSubmatch(m[1], -1) {
			names = append(names, strings.Fields(s[1])...)
		}
	}
	return names
}

// A class that the stylesheet lacks is a misspelling, or the stylesheet was not
// built after the template changed. This needs no Node, unlike the proof in
// package static that the build is fresh to the byte.
func TestEveryClassIsInTheStylesheet(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile("../static/app.css")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, m := range cssSelector.FindAllStringSubmatch(string(css), -1) {
		known[strings.ReplaceAll(m[1], `\`, "")] = true
	}
	for path, text := range templates(t) {
		for _, name := range classesIn(text) {
			if !known[name] && !strings.HasSuffix(name, "-") {
				t.Errorf("%s: no class %q in static/app.css (after a change: make css)", path, name)
			}
		}
	}
}
