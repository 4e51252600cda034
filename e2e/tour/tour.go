// Package tour walks through every page of the demo shop, each as somebody who may see it.
package tour

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"

	"waybill/e2e/browser"
	"waybill/views/urls"
)

// Stop is a page to look at.
type Stop struct {
	Name   string // unique, fit for a file name
	As     string // the demo account that looks; "" is a guest
	Path   string
	By     []string                 // routes of the pages between Path and Then, each the first such link on the page before
	Among  string                   // text of the row whose links go before those of other rows; "" is any
	Then   string                   // route of the page that the first such link leads on to; "" is Path itself
	Do     func(*browser.Tab) error // done there before looking; nil is nothing
	Live   bool                     // the page listens for changes, and is looked at once it does
	Status int                      // that the page answers; 0 is 200
	List   bool                     // people come for its rows: the first one has to be on the first screen of a phone

	Picture      string // its name among the README's pictures; "" is none
	PhonePicture string // the same for its picture on a phone
}

// The demo's people and what opens their accounts.
const (
	Customer = "customer@demo.test"
	Merchant = "merchant@demo.test"
	Finance  = "finance@demo.test"
	Support  = "support@demo.test"
	Admin    = "admin@demo.test"
	password = "demo"
)

// Guide takes people around, each in a browser of their own.
type Guide struct {
	Site    string // address of a server with the demo's data, without a slash at the end
	Browser *browser.Browser
	people  map[string]*browser.Tab
}

// Go leads to a stop and returns the tab that shows it. The tab is the guide's until Close.
func (g *Guide) Go(s Stop, look browser.Look) (*browser.Tab, error) {
	tab, err := g.person(s.As)
	if err != nil {
		return nil, fmt.Errorf("sign in as %s: %w", s.As, err)
	}
	if err := tab.Resize(look); err != nil {
		return nil, err
	}
	if err := g.lead(tab, s); err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	return tab, nil
}

func (g *Guide) lead(tab *browser.Tab, s Stop) error {
	status, err := tab.Visit(g.Site + s.Path)
	if err != nil {
		return err
	}
	for _, route := range s.routes() {
		href, err := browser.Evaluate[string](tab, fmt.Sprintf(`(() => {
			const links = [...document.querySelectorAll(%q)];
			return (links.find((a) => a.closest("tr, li")?.innerText.includes(%q)) ?? links[0])?.href ?? "";
		})()`, linkTo(route), s.Among))
		if err != nil || href == "" {
			return errors.Join(err, fmt.Errorf("on the way from %s there is no link to %s", s.Path, route))
		}
		if status, err = tab.Visit(href); err != nil {
			return err
		}
	}
	if s.Do != nil {
		return s.Do(tab)
	}
	if want := max(s.Status, http.StatusOK); status != want {
		return fmt.Errorf("the page answers %d, not %d", status, want)
	}
	if s.Live {
		return tab.Await("the page is live", `document.querySelector("[data-connection]").dataset.state === "live"`)
	}
	return nil
}

// routes are the pages that the way leads over behind Path.
func (s Stop) routes() []string {
	if s.Then == "" {
		return s.By
	}
	return append(slices.Clone(s.By), s.Then)
}

// linkTo is the selector of a link to a route: what stands before, between and after its parameters, with a query or without
// one, as the second parcel of an order has it. A form for something new, or for many of them, is no page of something.
func linkTo(route string) string {
	fixed := parameter.Split(route, -1)
	selector := fmt.Sprintf("main a[href^='%s']", fixed[0])
	for _, between := range fixed[1 : len(fixed)-1] {
		selector += fmt.Sprintf("[href*='%s']", between)
	}
	if last := fixed[len(fixed)-1]; last != "" {
		return selector + fmt.Sprintf(":is([href$='%[1]s'], [href*='%[1]s?'])", last)
	}
	return selector + ":not([href$='/new'], [href$='/import'])"
}

var parameter = regexp.MustCompile(`\{\w+\}`)

// person is the tab of somebody who is signed in.
func (g *Guide) person(email string) (*browser.Tab, error) {
	if tab, known := g.people[email]; known {
		return tab, nil
	}
	tab, err := g.Browser.Open(browser.Look{})
	if err != nil {
		return nil, err
	}
	if g.people == nil {
		g.people = map[string]*browser.Tab{}
	}
	g.people[email] = tab
	if email == "" {
		return tab, nil
	}
	if _, err := tab.Visit(g.Site + urls.Login("")); err != nil {
		return nil, err
	}
	return tab, signIn(tab, email, password, http.StatusOK)
}

// Close sends everybody home.
func (g *Guide) Close() {
	for _, tab := range g.people {
		tab.Close()
	}
}

// Problems are what the browsers complained about on the way.
func (g *Guide) Problems() []string {
	var all []string
	for _, tab := range g.people {
		all = append(all, tab.Problems()...)
	}
	return all
}

// signIn fills in the sign-in page that is open.
func signIn(tab *browser.Tab, email, password string, want int) error {
	if err := errors.Join(tab.Fill(browser.Field("E-mail"), email), tab.Fill(browser.Field("Password"), password)); err != nil {
		return err
	}
	return follow(tab, browser.Button("Sign in").In("Password"), want)
}

func follow(tab *browser.Tab, e browser.Element, want int) error {
	status, err := tab.Follow(e)
	if err == nil && status != want {
		err = fmt.Errorf("%s leads to %d, not %d", e, status, want)
	}
	return err
}
