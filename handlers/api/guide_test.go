package api_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"waybill/shop"
)

// guide runs the commands of docs/api.md: of the shell it knows what they use.
type guide struct {
	*door
	vars  map[string]string
	files map[string][]byte
	ran   int
}

var (
	shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")
	assignment = regexp.MustCompile(`^([A-Z]+)=(.*)$`)
	jqQuery    = regexp.MustCompile(`^\$\(jq -r (\S+) (\S+)\)$`)
	shellWord  = regexp.MustCompile(`"[^"]*"|'[^']*'|\S+`)
	variable   = regexp.MustCompile(`\$[A-Z]+`)
)

// The walk of the documentation is walked, and ends where it says.
func TestTheGuideIsTrue(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	d := newDoor(t)
	merchant, _ := d.Merchant("one")
	d.Customer("customer@demo.test")
	d.User("merchant@demo.test", shop.RoleMerchant, merchant, 0)
	g := &guide{door: d, vars: map[string]string{}, files: map[string][]byte{}}
	for _, block := range shellBlock.FindAllStringSubmatch(string(text), -1) {
		g.run(block[1])
	}
	if g.vars["STATUS"] != "delivered" || g.ran < 20 {
		t.Errorf("after %d commands the order is %q", g.ran, g.vars["STATUS"])
	}
	if !strings.HasPrefix(string(g.files["label.pdf"]), "%PDF-") {
		t.Error("there is no label")
	}
	d.CheckBooks()
}

func (g *guide) run(block string) {
	g.t.Helper()
	for lines := strings.Split(strings.TrimSpace(block), "\n"); len(lines) > 0; {
		line := lines[0]
		lines = lines[1:]
		body := ""
		if command, found := strings.CutSuffix(line, " <<JSON"); found {
			line = command
			for lines[0] != "JSON" {
				body += lines[0] + "\n"
				lines = lines[1:]
			}
			lines = lines[1:]
		}
		if set := assignment.FindStringSubmatch(line); set != nil {
			g.set(set[1], set[2])
			continue
		}
		g.curl(line, g.expand(body))
	}
}

func (g *guide) set(name, value string) {
	g.t.Helper()
	switch query := jqQuery.FindStringSubmatch(value); {
	case query != nil:
		g.vars[name] = g.jq(query[1], g.files[query[2]])
	case name == "KEY":
		g.vars[name] = g.admin()
	default:
		g.vars[name] = value
	}
}

// jq finds one value of a JSON text by a path such as .data[0].id.
func (g *guide) jq(path string, text []byte) string {
	g.t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var at any
	if err := decoder.Decode(&at); err != nil {
		g.t.Fatalf("%s of %q: %v", path, text, err)
	}
	for _, step := range strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune(".[]", r) }) {
		if i, err := strconv.Atoi(step); err == nil {
			if list, _ := at.([]any); i < len(list) {
				at = list[i]
				continue
			}
			g.t.Fatalf("%s: %s has no element %d", path, text, i)
		}
		at = object(at)[step]
	}
	return fmt.Sprint(at)
}

func (g *guide) expand(text string) string {
	return variable.ReplaceAllStringFunc(text, func(name string) string {
		value, known := g.vars[name[1:]]
		if !known {
			g.t.Errorf("%s was never set", name)
		}
		return value
	})
}

func (g *guide) curl(line, body string) {
	g.t.Helper()
	q := request{method: "GET", body: body}
	var out, flag string
	for i, word := range shellWord.FindAllString(line, -1) {
		if strings.HasPrefix(word, "'") {
			word = strings.Trim(word, "'")
		} else {
			word = g.expand(strings.Trim(word, `"`))
		}
		switch {
		case i == 0 && word == "curl", word == "-s":
		case flag == "--json" && word == "@-":
			q.headers = append(q.headers, "Content-Type: application/json")
		case flag == "-X":
			q.method = word
		case flag == "-H":
			q.headers = append(q.headers, word)
		case flag == "-o":
			out = word
		case strings.HasPrefix(word, g.vars["API"]):
			q.path = strings.TrimPrefix(word, g.vars["API"])
		case strings.HasPrefix(word, "-"):
		default:
			g.t.Fatalf("what is %s in %s?", word, line)
		}
		flag = word
	}
	got := g.do(q)
	if got.Status/100 != 2 {
		g.t.Fatalf("%s\nanswers %d: %s", line, got.Status, got.Body)
	}
	g.ran++
	g.files[out] = got.Body
}
