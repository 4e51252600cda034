package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// contract is the OpenAPI document as a judge of answers. It is stricter than what is published: an answer must not hold
// a field that the document does not name.
type contract struct {
	doc        map[string]any
	operations []operation
	mu         sync.Mutex
	compiler   *jsonschema.Compiler
	schemas    map[string]*jsonschema.Schema
}

// operation is one method of one path of the document.
type operation struct {
	method, path string
	roles        []string
	statuses     []int
	keyed        bool // takes an idempotency key
	picture      bool // its body is a picture
	body         any  // the example of its request body, nil without one
}

func (o operation) String() string { return o.method + " " + o.path }

// theContract is read once for all tests.
var theContract = sync.OnceValue(func() *contract {
	text, err := os.ReadFile("openapi.json")
	if err != nil {
		panic(err)
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		panic(err)
	}
	c := &contract{doc: parsed.(map[string]any), compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	for path, item := range object(c.doc["paths"]) {
		for method, described := range object(item) {
			c.operations = append(c.operations, c.operation(strings.ToUpper(method), path, object(described)))
		}
	}
	slices.SortFunc(c.operations, func(a, b operation) int { return strings.Compare(a.String(), b.String()) })
	c.tighten()
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	c.compiler.AssertFormat()
	if err := c.compiler.AddResource("openapi.json", c.doc); err != nil {
		panic(err)
	}
	return c
})

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func (c *contract) operation(method, path string, described map[string]any) operation {
	o := operation{method: method, path: path}
	for _, role := range described["x-roles"].([]any) {
		o.roles = append(o.roles, role.(string))
	}
	for status := range object(described["responses"]) {
		n, err := strconv.Atoi(status)
		if err != nil {
			panic(fmt.Sprintf("%s documents status %q", o, status))
		}
		o.statuses = append(o.statuses, n)
	}
	slices.Sort(o.statuses)
	o.keyed = strings.Contains(text(described["parameters"]), "IdempotencyKey")
	if content := object(object(described["requestBody"])["content"]); content != nil {
		o.body, o.picture = object(content["application/json"])["example"], content["image/png"] != nil
	}
	return o
}

// tighten forbids undocumented fields. What a schema takes from another by allOf becomes its own first, since each of the
// two would forbid what the other names.
func (c *contract) tighten() {
	schemas := object(object(c.doc["components"])["schemas"])
	for _, schema := range schemas {
		s := object(schema)
		for _, part := range asList(s["allOf"]) {
			base := object(c.resolve(object(part)))
			maps.Copy(object(s["properties"]), object(base["properties"]))
			s["required"] = append(slices.Clone(asList(s["required"])), asList(base["required"])...)
		}
		delete(s, "allOf")
	}
	for _, schema := range schemas {
		forbidMore(schema)
	}
}

func asList(v any) []any {
	l, _ := v.([]any)
	return l
}

func forbidMore(schema any) {
	s := object(schema)
	if s["properties"] != nil && s["additionalProperties"] == nil {
		s["additionalProperties"] = false
	}
	for _, property := range object(s["properties"]) {
		forbidMore(property)
	}
	if s["items"] != nil {
		forbidMore(s["items"])
	}
}

// resolve follows a reference, if there is one.
func (c *contract) resolve(v map[string]any) map[string]any {
	ref, ok := v["$ref"].(string)
	if !ok {
		return v
	}
	at := any(c.doc)
	for name := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		at = object(at)[name]
	}
	return object(at)
}

// find returns the operation that a request belongs to.
func (c *contract) find(method, path string) (operation, bool) {
	path, _, _ = strings.Cut(path, "?")
	for _, o := range c.operations {
		if o.method == method && matches(o.path, strings.TrimPrefix(path, "/api/v1")) {
			return o, true
		}
	}
	return operation{}, false
}

func matches(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && (!strings.HasPrefix(want[i], "{") || got[i] == "") {
			return false
		}
	}
	return true
}

// judge says what of an answer is not as documented; "" if all is.
func (c *contract) judge(o operation, status int, header http.Header, body []byte) string {
	described, ok := object(object(object(c.doc["paths"])[o.path])[strings.ToLower(o.method)])["responses"].(map[string]any)[strconv.Itoa(status)]
	if !ok {
		return fmt.Sprintf("status %d is not documented", status)
	}
	response := c.resolve(object(described))
	for name, h := range object(response["headers"]) {
		required, _ := c.resolve(object(h))["required"].(bool)
		if required && header.Get(name) == "" {
			return "the header " + name + " is missing"
		}
	}
	if header.Get("Idempotent-Replayed") != "" && object(response["headers"])["Idempotent-Replayed"] == nil {
		return "the header Idempotent-Replayed is not documented"
	}
	for mediaType, content := range object(response["content"]) {
		if got := header.Get("Content-Type"); got != mediaType {
			return fmt.Sprintf("Content-Type is %q, want %q", got, mediaType)
		}
		if start, isFile := fileStarts[mediaType]; isFile {
			return map[bool]string{false: "this is no " + mediaType}[bytes.HasPrefix(body, []byte(start))]
		}
		return c.validate(object(content)["schema"], body)
	}
	return "the document has no content for it"
}

// fileStarts are how files begin.
var fileStarts = map[string]string{"application/pdf": "%PDF-", "image/jpeg": "\xff\xd8\xff"}

// validate checks a body against a schema of the document.
func (c *contract) validate(schema any, body []byte) string {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return "not JSON: " + err.Error()
	}
	compiled, err := c.compile(object(schema)["$ref"].(string))
	if err != nil {
		return err.Error()
	}
	if err := compiled.Validate(value); err != nil {
		return err.Error()
	}
	return ""
}

func (c *contract) compile(ref string) (*jsonschema.Schema, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.schemas[ref]; known != nil {
		return known, nil
	}
	compiled, err := c.compiler.Compile("openapi.json" + ref)
	if err == nil {
		c.schemas[ref] = compiled
	}
	return compiled, err
}

// text is a value as JSON, for requests made from examples.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
