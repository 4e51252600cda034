package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"waybill/e2e/browser"
	"waybill/shop"
	"waybill/views/urls"
)

// person is somebody with a browser of their own. What they cannot do fails the test, and so does anything that the
// browser complains about: errors of scripts, refusals by the content security policy, files that are not there.
type person struct {
	t    *testing.T
	site string
	tab  *browser.Tab
}

// person comes to the house for the first time, as a guest.
func (h *house) person(look browser.Look) *person {
	h.t.Helper()
	tab, err := chromium(h.t).Open(look)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.at(tab)
}

// guest is a person with an ordinary window.
func (h *house) guest() *person {
	h.t.Helper()
	return h.person(browser.Look{})
}

// as is a person who has signed in.
func (h *house) as(user shop.User) *person {
	h.t.Helper()
	p := h.guest()
	p.visit(urls.Login(""))
	p.signIn(user)
	return p
}

// at makes a person of a tab.
func (h *house) at(tab *browser.Tab) *person {
	p := &person{t: h.t, site: h.server.URL, tab: tab}
	h.t.Cleanup(func() {
		for _, problem := range tab.Problems() {
			p.t.Errorf("the browser complains: %s", problem)
		}
		if p.t.Failed() {
			p.keepEvidence()
		}
		tab.Close()
	})
	return p
}

// keepEvidence saves what the person saw last.
func (p *person) keepEvidence() {
	p.t.Helper()
	address, _ := p.tab.Address() // evidence is what there is
	picture, _ := p.tab.Screenshot(true)
	html, _ := p.tab.HTML()
	p.t.Logf("somebody is at %s", address)
	keep(p.t, map[string][]byte{"page.png": picture, "page.html": []byte(html)})
}

// keep writes files that outlive the test and says where they are.
func keep(t *testing.T, files map[string][]byte) {
	t.Helper()
	dir, err := os.MkdirTemp("", "waybill-seen-") //nolint:usetesting // as said
	if err != nil {
		t.Log(err)
		return
	}
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Log(err)
			continue
		}
		t.Logf("see %s", path)
	}
}

func (p *person) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// visit opens a page that has to be there.
func (p *person) visit(path string) {
	p.t.Helper()
	p.visitFor(path, http.StatusOK)
}

// visitFor opens a page that has to answer with a status.
func (p *person) visitFor(path string, want int) {
	p.t.Helper()
	status, err := p.tab.Visit(p.site + path)
	p.must(err)
	if status != want {
		p.t.Fatalf("%s answers %d, not %d", path, status, want)
	}
}

// follow clicks on what leads to another page, and on to one that has to be there.
func (p *person) follow(e browser.Element) {
	p.t.Helper()
	p.followFor(e, http.StatusOK)
}

// followFor clicks on what leads to a page that has to answer with a status.
func (p *person) followFor(e browser.Element, want int) {
	p.t.Helper()
	status, err := p.tab.Follow(e)
	p.must(err)
	if status != want {
		text, _ := p.tab.Text() // only says more
		p.t.Fatalf("%s leads to %d, not %d: %s", e, status, want, text)
	}
}

// followTwice clicks twice in a row on what leads to another page.
func (p *person) followTwice(e browser.Element) {
	p.t.Helper()
	status, err := p.tab.FollowTwice(e)
	p.must(err)
	if status != http.StatusOK {
		p.t.Fatalf("%s leads to %d", e, status)
	}
}

// click clicks on what changes something on the page.
func (p *person) click(e browser.Element) {
	p.t.Helper()
	p.must(p.tab.Click(e))
}

// press presses keys on whatever has the focus.
func (p *person) press(keys string) {
	p.t.Helper()
	p.must(p.tab.Press(keys))
}

// pressOn presses keys that lead to another page, which has to be there.
func (p *person) pressOn(keys string) {
	p.t.Helper()
	status, err := p.tab.PressOn(keys)
	p.must(err)
	if status != http.StatusOK {
		p.t.Fatalf("%q leads to %d", keys, status)
	}
}

// fill types into a field.
func (p *person) fill(label, text string) {
	p.t.Helper()
	p.must(p.tab.Fill(browser.Field(label), text))
}

// see waits until a text is to be read.
func (p *person) see(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		p.must(p.tab.See(text))
	}
}

// seeNot fails when a text is to be read now. It comes after a see that shows that the page is there.
func (p *person) seeNot(text string) {
	p.t.Helper()
	if p.shows(text) {
		all, _ := p.tab.Text() // only says more
		p.t.Fatalf("the page shows %q: %s", text, all)
	}
}

// shows tells whether a text is to be read right now.
func (p *person) shows(text string) bool {
	p.t.Helper()
	all, err := p.tab.Text()
	p.must(err)
	return strings.Contains(strings.ToLower(all), strings.ToLower(text))
}

// read waits for a text of this form and returns its first group.
func (p *person) read(form *regexp.Regexp) string {
	p.t.Helper()
	p.must(p.tab.Await("a text like "+form.String(), "/"+form.String()+"/.test(document.body.innerText)"))
	all, err := p.tab.Text()
	p.must(err)
	found := form.FindStringSubmatch(all)
	if found == nil {
		p.t.Fatalf("no text like %s in %s", form, all)
	}
	return found[1]
}

// path is where the person is.
func (p *person) path() string {
	p.t.Helper()
	address, err := p.tab.Address()
	p.must(err)
	return strings.TrimPrefix(address, p.site)
}

// signIn fills in the sign-in page that is open.
func (p *person) signIn(user shop.User) {
	p.t.Helper()
	p.fill("E-mail", user.Email)
	p.fill("Password", password)
	p.follow(browser.Button("Sign in").In("Password"))
}
