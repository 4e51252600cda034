package browser

import (
	"context"
	_ "embed" // find.js
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const (
	// patience is how long a person waits for something to be seen. It is long because machines that run tests are
	// busy; what takes this long has failed.
	patience = 30 * time.Second
	glance   = 20 * time.Millisecond // between two looks at the page
)

// Tab is a page that somebody looks at. Its methods are for one goroutine at a time.
type Tab struct {
	ctx    context.Context //nolint:containedctx // chromedp keeps its state in contexts
	cancel context.CancelFunc
	look   Look
	notes  *notes
	pages  int // left so far
}

// Close closes the tab, and with the first one its person's cookies.
func (t *Tab) Close() { t.cancel() }

// Element is something that can be clicked or filled in, found by what a person sees of it: exactly that text, else
// a text that starts with it, else one that contains it. The first one on the page counts.
type Element struct{ kind, name, row string }

// Button is a button with this label.
func Button(label string) Element { return Element{kind: "button", name: label} }

// Link is a link with this text.
func Link(text string) Element { return Element{kind: "link", name: text} }

// Field is a field of a form with this label.
func Field(label string) Element { return Element{kind: "field", name: label} }

// In is the element in the row, card or section that shows this text.
func (e Element) In(row string) Element {
	e.row = row
	return e
}

// String names the element as find.js does.
func (e Element) String() string {
	if e.row != "" {
		return fmt.Sprintf("%s %q beside %q", e.kind, e.name, e.row)
	}
	return fmt.Sprintf("%s %q", e.kind, e.name)
}

//go:embed find.js
var findScript string

// place is where find.js found something.
type place struct {
	X, Y    float64
	Type    string
	Problem string
}

// find waits until the element is there and can be reached.
func (t *Tab) find(e Element, act, option string) (place, error) {
	arguments, err := json.Marshal([]string{e.kind, e.name, e.row, act, option})
	if err != nil {
		return place{}, err
	}
	script := fmt.Sprintf("(%s)(...%s)", strings.TrimSpace(findScript), arguments)
	var found place
	err = t.until(func(ctx context.Context) error {
		found, err = chromedp.Run(ctx, chromedp.Evaluate[place](script))
		if err == nil && found.Problem != "" {
			return errors.New(found.Problem)
		}
		return err
	})
	return found, err
}

// until looks again and again until there is no problem, and returns the last one when patience ends.
func (t *Tab) until(check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	tick := time.NewTicker(glance)
	defer tick.Stop()
	var problem error
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil || problem == nil {
			problem = err // not that time was up: what was wrong until then
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("after %s: %w", patience, problem)
		case <-tick.C:
		}
	}
}

// Click clicks on something and stays on the page.
func (t *Tab) Click(e Element) error { return t.click(e, 1) }

func (t *Tab) click(e Element, times int) error {
	at, err := t.find(e, "", "")
	if err != nil {
		return err
	}
	for n := range times {
		if err := chromedp.Do(t.ctx, chromedp.MouseClickXY(at.X, at.Y, chromedp.ClickCount(n+1))); err != nil {
			return fmt.Errorf("click on %s: %w", e, err)
		}
	}
	return nil
}

// Follow clicks on something that leads to another page and waits for it. It returns that page's HTTP status.
func (t *Tab) Follow(e Element) (status int, err error) {
	return t.leave(func() error { return t.Click(e) })
}

// FollowTwice clicks twice, as a nervous hand does, and goes on as Follow.
func (t *Tab) FollowTwice(e Element) (status int, err error) {
	return t.leave(func() error { return t.click(e, 2) })
}

// Fill replaces what stands in a field.
func (t *Tab) Fill(e Element, text string) error {
	if _, err := t.find(e, "focus", ""); err != nil {
		return err
	}
	if text == "" {
		return t.Press("\b")
	}
	_, err := chromedp.Call(t.ctx, input.InsertText, input.InsertTextParams{Text: text})
	return err
}

// Choose takes the option of a select box that contains the text.
func (t *Tab) Choose(e Element, option string) error {
	_, err := t.find(e, "choose", option)
	return err
}

// Press presses keys on whatever has the focus; "\r" is Enter, "\x1b" is Escape. As on a real keyboard, a key types its
// letter unless the page keeps it from doing so.
func (t *Tab) Press(keys string) error {
	for _, r := range keys {
		key, known := kb.Keys[r]
		if !known {
			return fmt.Errorf("no key types %q", r)
		}
		stroke := input.DispatchKeyEventParams{
			Type: input.DispatchKeyEventTypeKeyDown, Key: key.Key, Code: key.Code, Text: key.Text, UnmodifiedText: key.Unmodified,
			WindowsVirtualKeyCode: key.Windows, NativeVirtualKeyCode: key.Native,
		}
		if key.Shift {
			stroke.Modifiers = int64(kb.ModifierShift)
		}
		if _, err := chromedp.Call(t.ctx, input.DispatchKeyEvent, stroke); err != nil {
			return err
		}
		stroke.Type, stroke.Text, stroke.UnmodifiedText = input.DispatchKeyEventTypeKeyUp, "", ""
		if _, err := chromedp.Call(t.ctx, input.DispatchKeyEvent, stroke); err != nil {
			return err
		}
	}
	return nil
}

// PressOn presses keys that lead to another page and goes on as Follow.
func (t *Tab) PressOn(keys string) (status int, err error) {
	return t.leave(func() error { return t.Press(keys) })
}

// Visit opens an address and returns the HTTP status of the page.
func (t *Tab) Visit(address string) (status int, err error) {
	return t.leave(func() error {
		_, err := chromedp.Call(t.ctx, page.Navigate, page.NavigateParams{URL: address})
		return err
	})
}

// Back goes one page back, as the browser's button does.
func (t *Tab) Back() (status int, err error) {
	return t.leave(func() error {
		_, err := chromedp.Run(t.ctx, chromedp.Evaluate[chromedp.Void]("history.back()"))
		return err
	})
}

// Reload loads the page again. A page that was the answer to a form sends the form again.
func (t *Tab) Reload() (status int, err error) {
	return t.leave(func() error {
		_, err := chromedp.Call(t.ctx, page.Reload, page.ReloadParams{})
		return err
	})
}

// leave does something that leads to another page and waits until that one is complete. The pages are told apart by a
// mark that is put on the one to leave, unless it has one from an earlier visit.
func (t *Tab) leave(how func() error) (status int, err error) {
	t.pages++
	mark, err := chromedp.Run(t.ctx, chromedp.Evaluate[int](fmt.Sprintf("window.waybillMark ??= %d", t.pages)))
	if err != nil {
		return 0, err
	}
	if err := how(); err != nil {
		return 0, err
	}
	arrived := fmt.Sprintf(`window.waybillMark === %d || document.readyState !== "complete" || location.href === "about:blank"
		? -1 : (performance.getEntriesByType("navigation")[0]?.responseStatus ?? 0)`, mark)
	err = t.until(func(ctx context.Context) error {
		status, err = chromedp.Run(ctx, chromedp.Evaluate[int](arrived))
		if err == nil && status < 0 {
			return errors.New("no other page came")
		}
		return err
	})
	return status, err
}

// Evaluate returns the value of an expression on the page.
func Evaluate[T any](t *Tab, expression string) (T, error) {
	return EvaluateWithin[T](t, patience, expression)
}

// EvaluateWithin is Evaluate for what works longer than a person would wait.
func EvaluateWithin[T any](t *Tab, limit time.Duration, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(t.ctx, limit)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// Await waits until an expression on the page is true. What says what one waits for.
func (t *Tab) Await(what, expression string) error {
	return t.until(func(ctx context.Context) error {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if err == nil && !ok {
			return fmt.Errorf("not so: %s", what)
		}
		return err
	})
}

// Text is what is to be read on the page, in one line.
func (t *Tab) Text() (string, error) {
	text, err := Evaluate[string](t, "document.body.innerText")
	return strings.Join(strings.Fields(text), " "), err
}

// See waits until the text is to be read on the page. Case does not count: style sheets change it.
func (t *Tab) See(text string) error {
	return t.until(func(ctx context.Context) error {
		all, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
		if err != nil {
			return err
		}
		all = strings.Join(strings.Fields(all), " ")
		if !strings.Contains(strings.ToLower(all), strings.ToLower(text)) {
			return fmt.Errorf("the page does not show %q but %q", text, all)
		}
		return nil
	})
}

// Address is where the tab is.
func (t *Tab) Address() (string, error) { return Evaluate[string](t, "location.href") }

// HTML is the page as it is now.
func (t *Tab) HTML() (string, error) {
	return Evaluate[string](t, "document.documentElement.outerHTML")
}
