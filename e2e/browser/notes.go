package browser

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// notes are what a browser says about a page behind the page's back: errors of scripts, refusals by the content
// security policy, files that did not load.
type notes struct {
	mu      sync.Mutex
	entries []note
	pages   []string // addresses that answered as pages with an error status
}

type note struct {
	text, address string
	network       bool
}

// take is called for every event of the tab.
func (n *notes) take(event any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Source == log.EntrySourceSecurity || e.Entry.Source == log.EntrySourceViolation {
			n.entries = append(n.entries, note{text: e.Entry.Text, address: e.Entry.URL, network: e.Entry.Source == log.EntrySourceNetwork})
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			n.entries = append(n.entries, note{text: consoleText(e.Args)})
		}
	case *runtime.EventExceptionThrown:
		n.entries = append(n.entries, note{text: exceptionText(e.ExceptionDetails)})
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeDocument && e.Response.Status >= 400 {
			n.pages = append(n.pages, e.Response.URL)
		}
	}
}

func consoleText(arguments []*runtime.RemoteObject) string {
	text := ""
	for _, a := range arguments {
		text += fmt.Sprintf("%s%s ", a.Value, a.Description)
	}
	return text
}

func exceptionText(details *runtime.ExceptionDetails) string {
	if details.Exception != nil && details.Exception.Description != "" {
		return details.Exception.Description
	}
	return details.Text
}

// Forgive forgets the complaints that have a text: what somebody broke on purpose.
func (t *Tab) Forgive(text string) {
	t.notes.mu.Lock()
	defer t.notes.mu.Unlock()
	t.notes.entries = slices.DeleteFunc(t.notes.entries, func(e note) bool { return strings.Contains(e.text, text) })
}

// Problems are what the browser complained about so far. That a page has an error status is not among them: Visit and
// Follow return it.
func (t *Tab) Problems() []string {
	t.notes.mu.Lock()
	defer t.notes.mu.Unlock()
	var problems []string
	for _, e := range t.notes.entries {
		if e.network && slices.Contains(t.notes.pages, e.address) {
			continue
		}
		problems = append(problems, e.text+" ("+e.address+")")
	}
	return problems
}
