package api_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"waybill/handlers/api"
	"waybill/shop"
	"waybill/views/urls"
)

func TestTheDocumentHasEveryRouteAndNoOther(t *testing.T) {
	t.Parallel()
	var served []string
	err := chi.Walk(newDoor(t).routes.(chi.Routes), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if path, ok := strings.CutPrefix(route, "/api/v1"); ok {
			served = append(served, method+" "+path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, o := range theContract().operations {
		documented = append(documented, o.String())
	}
	slices.Sort(served)
	if !slices.Equal(served, documented) {
		t.Errorf("served\n%s\ndocumented\n%s", strings.Join(served, "\n"), strings.Join(documented, "\n"))
	}
}

// Every status that the document gives an operation is drawn from the server, and every answer of these tests, as of all
// others, is held against the document.
func TestEveryDocumentedAnswerIsGiven(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	w := newWalk(d)
	for _, o := range theContract().operations {
		w.refusals(o)
	}
	d.twice = map[string]bool{}
	w.successes()
	for _, o := range theContract().operations {
		if o.method != "GET" && !d.twice[o.String()] {
			t.Errorf("%s never succeeds here, so nothing shows that it can be repeated", o)
		}
	}
	for _, o := range theContract().operations {
		for _, status := range o.statuses {
			if !d.said[o.String()][status] {
				t.Errorf("%s is documented to answer %d, which nothing here makes it do", o, status)
			}
		}
	}
}

// exampleOf is the example body of an operation.
func exampleOf(operationID string) any {
	for path, item := range object(theContract().doc["paths"]) {
		for method, described := range object(item) {
			if object(described)["operationId"] == operationID {
				for _, o := range theContract().operations {
					if o.path == path && strings.EqualFold(o.method, method) {
						return o.body
					}
				}
			}
		}
	}
	panic("the document has no operation " + operationID)
}

func TestTheDocumentIsWhole(t *testing.T) {
	t.Parallel()
	published, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	got := newDoor(t).routesGet("/api/openapi.json")
	if got.Code != 200 || got.Header().Get("Content-Type") != "application/json" || got.Body.String() != string(published) {
		t.Errorf("GET /api/openapi.json answers %d %s", got.Code, got.Header())
	}
	c := theContract()
	components := object(c.doc["components"])
	for kind, named := range components {
		for name := range object(named) {
			ref := "#/components/" + kind + "/" + name
			if kind != "securitySchemes" && !strings.Contains(string(published), `"`+ref+`"`) {
				t.Errorf("%s is used by nothing", ref)
			}
		}
	}
	for _, ref := range regexp.MustCompile(`"#/[^"]+"`).FindAllString(string(published), -1) {
		if c.resolve(map[string]any{"$ref": strings.Trim(ref, `"`)}) == nil {
			t.Errorf("%s leads nowhere", ref)
		}
	}
	for name := range object(components["schemas"]) {
		if _, err := c.compile("#/components/schemas/" + name); err != nil {
			t.Errorf("schema %s: %v", name, err)
		}
	}
}

func TestExamplesFitTheirSchemas(t *testing.T) {
	t.Parallel()
	c, found := theContract(), 0
	var look func(where string, v any)
	look = func(where string, v any) {
		m := object(v)
		if example, ok := m["example"]; ok && m["schema"] != nil {
			found++
			if problem := c.validate(m["schema"], []byte(text(example))); problem != "" {
				t.Errorf("%s: %s", where, problem)
			}
		}
		for name, inner := range m {
			look(where+"/"+name, inner)
		}
	}
	look("", c.doc)
	if found < 8 {
		t.Errorf("found only %d examples", found)
	}
	// The example of the order that the contract was agreed on adds up.
	var order struct {
		Subtotal, TaxAmount, ShippingAmount, DiscountAmount, TotalAmount json.Number
		OrderID                                                          shop.OrderID
		OrderNumber                                                      string
	}
	placed := object(object(object(object(object(c.doc["paths"])["/orders"])["post"])["responses"])["201"])
	if err := json.Unmarshal([]byte(text(object(object(placed["content"])["application/json"])["example"])), &order); err != nil {
		t.Fatal(err)
	}
	if order.Subtotal != "129.97" || order.TaxAmount != "10.40" || order.ShippingAmount != "0.00" || order.TotalAmount != "140.37" || order.OrderID.Number() != order.OrderNumber {
		t.Errorf("the example order is %+v", order)
	}
}

// Whoever repeats a request under its key is told so, whatever the request was.
func TestEveryOperationWithAKeySaysWhenItReplays(t *testing.T) {
	t.Parallel()
	c, keyed := theContract(), 0
	for _, o := range c.operations {
		for status, described := range object(object(object(object(c.doc["paths"])[o.path])[strings.ToLower(o.method)])["responses"]) {
			says := object(c.resolve(object(described))["headers"])["Idempotent-Replayed"] != nil
			if want := o.keyed && strings.HasPrefix(status, "2"); says != want {
				t.Errorf("%s is documented to say of its %s that it is a replay: %t", o, status, says)
			}
			keyed++
		}
	}
	if keyed == 0 {
		t.Error("no operation takes a key")
	}
}

// reference is a page of the reference as a reader sees it.
func (d *door) reference(path string) string {
	d.t.Helper()
	got := d.routesGet(path)
	if got.Code != 200 || !strings.HasPrefix(got.Header().Get("Content-Type"), "text/html") {
		d.t.Fatalf("GET %s answers %d %s", path, got.Code, got.Header())
	}
	return html.UnescapeString(got.Body.String())
}

// The index has a line for every operation, where links to it have always led, and leads on to all about it.
func TestTheReferenceShowsWhatTheDocumentSays(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	index, all := d.reference("/api/docs"), ""
	for _, tag := range theContract().doc["tags"].([]any) {
		name := fmt.Sprint(object(tag)["name"])
		path := "/api/docs/" + strings.ToLower(name)
		page := d.reference(path)
		all += page
		for _, o := range operationsOf(name) {
			for _, want := range []string{fmt.Sprintf(`id="%s"`, o.id), fmt.Sprintf(`href="#%s"`, o.id), o.summary, "/api/v1" + o.path} {
				if !strings.Contains(page, want) {
					t.Errorf("%s: %s does not hold %s", o.id, path, want)
				}
			}
			for _, want := range []string{fmt.Sprintf(`id="%s"`, o.id), fmt.Sprintf(`href="%s#%s"`, path, o.id), o.summary, "/api/v1" + o.path} {
				if !strings.Contains(index, want) {
					t.Errorf("%s: the index does not hold %s", o.id, want)
				}
			}
		}
	}
	for _, field := range []string{
		"items[].quantity", "orders[].totalAmount", "fulfillments[].items[].lineNo", "shippingAddress.postalCode", "capture.status", "data[].skus[].prices[].currency", "nextCursor", `"taxAmount": 10.40`, "image/png",
	} {
		if !strings.Contains(all, field) {
			t.Errorf("no page shows %s", field)
		}
	}
	if text := index + all; strings.Contains(text, "$ref") || strings.Contains(text, "`") {
		t.Error("a page shows what should have been resolved")
	}
	if got := d.routesGet("/api/docs/nothing"); got.Code != 404 {
		t.Errorf("a part that is none answers %d", got.Code)
	}
}

type described struct{ id, path, summary string }

// operationsOf are the operations of a tag. Every operation has one.
func operationsOf(tag string) (all []described) {
	for path, item := range object(theContract().doc["paths"]) {
		for _, operation := range object(item) {
			if o := object(operation); slices.Contains(o["tags"].([]any), any(tag)) {
				all = append(all, described{fmt.Sprint(o["operationId"]), path, fmt.Sprint(o["summary"])})
			}
		}
	}
	return all
}

func TestTheReferenceIsSearched(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for query, want := range map[string][2]string{
		"REFUND units":      {`id="refundUnits"`, `id="listProducts"`},
		"trackingNumber":    {`id="createShipment"`, `id="listMerchants"`},
		"/carts checkout":   {`id="checkOutCart"`, `id="placeOrder"`},
		"no such operation": {"No operation has all of these words", `id="placeOrder"`},
	} {
		page := d.reference(urls.APIDocsSearch(query))
		if !strings.Contains(page, want[0]) || strings.Contains(page, want[1]) {
			t.Errorf("%q: with %s %t, with %s %t", query, want[0], strings.Contains(page, want[0]), want[1], strings.Contains(page, want[1]))
		}
	}
}

// The type of a problem document is an address; what it leads to must be there.
func TestEveryProblemTypeLeadsToItsExplanation(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	index, page := d.reference("/api/docs"), d.reference("/api/docs/problems")
	problems := api.Reference().Problems
	if len(problems) != 16 {
		t.Errorf("there are %d kinds of problems", len(problems))
	}
	for _, p := range problems {
		got := d.routesGet("/api/problems/" + p.Slug)
		if want := "/api/docs/problems#problem-" + p.Slug; got.Code != 303 || got.Header().Get("Location") != want {
			t.Errorf("%s answers %d, leads to %s", p.Slug, got.Code, got.Header().Get("Location"))
		}
		for _, where := range []string{index, page} {
			if !strings.Contains(where, `id="problem-`+p.Slug+`"`) {
				t.Errorf("a page has no place for %s", p.Slug)
			}
		}
	}
	if got := d.routesGet("/api/problems/nothing"); got.Code != 404 {
		t.Errorf("an unknown kind answers %d", got.Code)
	}
}
