package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"waybill/views"
)

// Reference is the OpenAPI document as people read it. It is made once; the document cannot fail, tests read it whole.
var Reference = sync.OnceValue(func() views.APIReference {
	var d openAPI
	if err := json.Unmarshal(document, &d); err != nil {
		panic(fmt.Sprintf("openapi.json: %v", err))
	}
	reference := views.APIReference{Title: "API reference", Summary: d.Info.Summary, Intro: strings.Split(d.Info.Description, "\n\n"), Problems: problemList()}
	for _, tag := range d.Tags {
		reference.Groups = append(reference.Groups, views.APIGroup{Name: tag.Name, Text: tag.Description, Operations: d.operations(tag.Name)})
	}
	return reference
})

// problemList is every kind of problem by status.
func problemList() []views.APIProblem {
	kinds := slices.AppendSeq(slices.Collect(maps.Values(problemOf)), maps.Values(problemOfStatus))
	slices.SortFunc(kinds, func(a, b ProblemType) int {
		return strings.Compare(fmt.Sprint(a.Status, a.Slug), fmt.Sprint(b.Status, b.Slug))
	})
	list := make([]views.APIProblem, len(kinds))
	for i, k := range kinds {
		list[i] = views.APIProblem{Slug: k.Slug, Status: fmt.Sprint(k.Status), Title: k.Title, Advice: k.Advice}
	}
	return list
}

// openAPI is the part of the document that the reference shows, in the document's own order.
type openAPI struct {
	Info struct{ Summary, Description string }
	Tags []struct{ Name, Description string }

	Paths      ordered[ordered[apiOperation]]
	Components struct {
		Parameters map[string]apiParameter
		Responses  map[string]apiResponse
		Schemas    map[string]apiSchema
	}
}

type apiOperation struct {
	Tags        []string
	OperationID string
	Summary     string
	Description string
	Roles       []string `json:"x-roles"`
	Parameters  []apiParameter
	RequestBody struct{ Content map[string]apiContent }
	Responses   ordered[apiResponse]
}

type apiParameter struct {
	Ref         string `json:"$ref"`
	Name        string
	In          string
	Required    bool
	Description string
	Schema      apiSchema
}

type apiResponse struct {
	Ref         string `json:"$ref"`
	Description string
	Content     map[string]apiContent
}

type apiContent struct {
	Schema  apiSchema
	Example json.RawMessage
}

type apiSchema struct {
	Ref         string `json:"$ref"`
	Type        oneOrMore
	Format      string
	Enum        []any
	Const       any
	Minimum     json.Number
	Maximum     json.Number
	MaxLength   json.Number
	Description string
	AllOf       []apiSchema
	Properties  ordered[apiSchema]
	Required    []string
	Items       *apiSchema
}

// operations are those of one tag.
func (d openAPI) operations(tag string) []views.APIOperation {
	var all []views.APIOperation
	for _, path := range d.Paths {
		for _, method := range path.Value {
			if slices.Contains(method.Value.Tags, tag) {
				all = append(all, d.operation(strings.ToUpper(method.Name), path.Name, method.Value))
			}
		}
	}
	return all
}

func (d openAPI) operation(method, path string, o apiOperation) views.APIOperation {
	shown := views.APIOperation{ID: o.OperationID, Method: method, Path: "/api/v1" + path, Summary: o.Summary, Text: o.Description, Roles: o.Roles}
	for _, p := range o.Parameters {
		if p.Ref != "" {
			p = d.Components.Parameters[refName(p.Ref)]
		}
		shown.Inputs = append(shown.Inputs, views.APIField{Name: p.Name, Where: p.In, Type: d.typeOf(p.Schema), Required: p.Required, Text: p.Description})
	}
	if body, ok := o.RequestBody.Content["application/json"]; ok {
		shown.Body, shown.Example = d.fields("", body.Schema), indented(body.Example)
	} else {
		shown.Files = slices.Sorted(maps.Keys(o.RequestBody.Content))
	}
	for _, response := range o.Responses {
		answer := d.answer(response.Name, response.Value)
		if strings.HasPrefix(answer.Status, "2") {
			shown.Answers = append(shown.Answers, answer)
		} else {
			shown.Refusals = append(shown.Refusals, answer)
		}
	}
	return shown
}

func (d openAPI) answer(status string, r apiResponse) views.APIAnswer {
	if r.Ref != "" {
		r = d.Components.Responses[refName(r.Ref)]
	}
	answer := views.APIAnswer{Status: status, Text: r.Description}
	for mediaType, content := range r.Content {
		answer.Example = indented(content.Example)
		if mediaType == "application/json" { // all problems have the same fields
			answer.Fields = d.fields("", content.Schema)
		}
	}
	return answer
}

// fields lists the fields of an object and of the objects inside it.
func (d openAPI) fields(prefix string, s apiSchema) []views.APIField {
	s = d.resolve(s)
	var all []views.APIField
	for _, part := range s.AllOf {
		all = append(all, d.fields(prefix, part)...)
	}
	for _, p := range s.Properties {
		field := views.APIField{Name: prefix + p.Name, Type: d.typeOf(p.Value), Required: slices.Contains(s.Required, p.Name), Text: d.meaning(p.Value)}
		all = append(all, field)
		inner, mark := d.resolve(p.Value), "."
		if inner.Items != nil {
			inner, mark = d.resolve(*inner.Items), "[]."
		}
		all = append(all, d.fields(field.Name+mark, inner)...)
	}
	return all
}

func (d openAPI) resolve(s apiSchema) apiSchema {
	if s.Ref == "" {
		return s
	}
	return d.Components.Schemas[refName(s.Ref)]
}

// meaning is what is said where a schema is used, else what the schema says of itself.
func (d openAPI) meaning(s apiSchema) string {
	said := d.resolve(s)
	switch {
	case s.Description != "":
		return s.Description
	case said.Description == "" && said.Items != nil:
		return d.meaning(*said.Items)
	}
	return said.Description
}

// typeOf says in few words what a value is.
func (d openAPI) typeOf(s apiSchema) string {
	s = d.resolve(s)
	switch {
	case s.Items != nil:
		return "list of " + d.typeOf(*s.Items)
	case s.Enum != nil:
		words := make([]string, len(s.Enum))
		for i, value := range s.Enum {
			words[i] = strings.ReplaceAll(fmt.Sprint(value), "<nil>", "null")
		}
		return strings.Join(words, ", ")
	case s.Const != nil:
		return fmt.Sprint(s.Const)
	case s.Format == "date-time":
		return strings.Replace(strings.Join(s.Type, " or "), "string", "time", 1)
	case s.AllOf != nil:
		return "object"
	}
	return strings.Join(s.Type, " or ") + s.bounds()
}

// largestID is the bound of ids; nobody needs to be told of it at each.
const largestID = "9007199254740991"

func (s apiSchema) bounds() string {
	switch {
	case s.Maximum != "" && s.Maximum != largestID:
		return fmt.Sprintf(", %s to %s", s.Minimum, s.Maximum)
	case s.MaxLength != "":
		return fmt.Sprintf(", at most %s characters", s.MaxLength)
	}
	return ""
}

func refName(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// indented lays JSON out and keeps its numbers as they are written.
func indented(example json.RawMessage) string {
	if example == nil {
		return ""
	}
	var b bytes.Buffer
	if err := json.Indent(&b, example, "", "  "); err != nil {
		return string(example)
	}
	return b.String()
}

// ordered is a JSON object whose members keep their order.
type ordered[T any] []member[T]

type member[T any] struct {
	Name  string
	Value T
}

// UnmarshalJSON reads the members in turn.
func (o *ordered[T]) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if _, err := decoder.Token(); err != nil {
		return err
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		m := member[T]{Name: fmt.Sprint(name)}
		if err := decoder.Decode(&m.Value); err != nil {
			return err
		}
		*o = append(*o, m)
	}
	return nil
}

// oneOrMore is a text or a list of texts.
type oneOrMore []string

// UnmarshalJSON reads either.
func (o *oneOrMore) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(o))
}
