package views

import (
	"slices"
	"strings"
)

// MaxAPIQuery is the longest search in the reference, in bytes.
const MaxAPIQuery = 100

// apiProblemsSlug names the page of problems among those of the groups.
const apiProblemsSlug = "problems"

// APIReference is the JSON API as its reference shows it. Texts may hold `code` in backticks.
type APIReference struct {
	Title    string
	Summary  string
	Intro    []string // paragraphs
	Groups   []APIGroup
	Problems []APIProblem
}

// APIGroup is a part of the API.
type APIGroup struct {
	Name       string
	Text       string
	Operations []APIOperation
}

// Slug names the group in addresses.
func (g APIGroup) Slug() string { return strings.ToLower(g.Name) }

// APIIndexModel is the first page of the reference.
type APIIndexModel struct {
	APIReference
	Query string
	Found []APIGroup // all, without a query
}

// Find returns the operations that have all words of a query in their names, addresses, texts or fields, by group.
func (a APIReference) Find(query string) []APIGroup {
	words := strings.Fields(strings.ToLower(query))
	var found []APIGroup
	for _, g := range a.Groups {
		g.Operations = slices.DeleteFunc(slices.Clone(g.Operations), func(o APIOperation) bool { return !o.has(words) })
		if len(g.Operations) > 0 {
			found = append(found, g)
		}
	}
	return found
}

// Group returns a group by its slug.
func (a APIReference) Group(slug string) (APIGroup, bool) {
	at := slices.IndexFunc(a.Groups, func(g APIGroup) bool { return g.Slug() == slug })
	if at < 0 {
		return APIGroup{}, false
	}
	return a.Groups[at], true
}

// APIOperation is one method of one address.
type APIOperation struct {
	ID       string // names it in links
	Method   string
	Path     string
	Summary  string
	Text     string
	Roles    []string // of the keys that may call it
	Inputs   []APIField
	Body     []APIField
	Example  string   // of the body, as JSON
	Files    []string // media types of a body that is a file
	Answers  []APIAnswer
	Refusals []APIAnswer
}

// writes tells whether the operation changes something.
func (o APIOperation) writes() bool { return o.Method != "GET" }

// has tells whether all words, in lower case, are about the operation.
func (o APIOperation) has(words []string) bool {
	about := []string{o.ID, o.Method, o.Path, o.Summary, o.Text}
	for _, fields := range [][]APIField{o.Inputs, o.Body} {
		for _, f := range fields {
			about = append(about, f.Name)
		}
	}
	for _, answer := range o.Answers {
		for _, f := range answer.Fields {
			about = append(about, f.Name)
		}
	}
	text := strings.ToLower(strings.Join(about, "\n"))
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
}

// APIField is a parameter or a field of a body. Fields of fields are named by their path: items[].quantity.
type APIField struct {
	Name     string
	Where    string // path, query or header; empty for fields
	Type     string
	Required bool
	Text     string
}

// APIAnswer is one status of an operation.
type APIAnswer struct {
	Status  string
	Text    string
	Fields  []APIField
	Example string // as JSON
}

// APIProblem is one kind of problem document.
type APIProblem struct {
	Slug   string
	Status string
	Title  string
	Advice string
}

// textPart is a run of a text that is code or is not.
type textPart struct {
	text string
	code bool
}

// textParts takes a text with `code` in backticks apart.
func textParts(text string) []textPart {
	var parts []textPart
	code := false
	for run := range strings.SplitSeq(text, "`") {
		if run != "" {
			parts = append(parts, textPart{run, code})
		}
		code = !code
	}
	return parts
}
