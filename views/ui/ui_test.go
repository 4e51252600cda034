package ui_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"waybill/shop"
	"waybill/views/ui"
)

var update = flag.Bool("update", false, "write the golden files anew")

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// withChildren renders c with a piece of HTML as its children.
func withChildren(t *testing.T, c templ.Component, html string) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(templ.WithChildren(t.Context(), templ.Raw(html)), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var noon = time.Date(2026, 5, 23, 12, 0, 0, 0, time.UTC)

// The whole markup of what carries meaning for assistive technology. Run
// `go test ./views/ui -update` after a wanted change, and read the difference.
func TestGolden(t *testing.T) {
	t.Parallel()
	errs := []shop.FieldError{{Field: "items[1].quantity", Message: "Quantity must be 1 or more"}, {Message: "The cart has changed"}}
	pages := map[string]string{
		"error_summary": render(t, ui.ErrorSummary(errs)),
		"field_refused": render(t, ui.Field(ui.FieldProps{Label: "Quantity", Name: "items[1].quantity", Value: `"><script>`, Hint: "Whole pieces", Error: ui.ErrorFor(errs, "items[1].quantity"), InputMode: "numeric", Required: true})),
		"select":        render(t, ui.Select(ui.SelectProps{Label: "Country", Name: "country", Value: "NL", Options: []ui.Option{{"BE", "Belgium"}, {"NL", "Netherlands"}}})),
		"radios":        render(t, ui.Radios(ui.RadiosProps{Legend: "Shipping", Name: "shipping", Value: "b", Error: "Choose one", Options: []ui.Option{{"a", "Standard"}, {"b", "Express"}}})),
		"button_dialog": render(t, ui.Button(ui.ButtonProps{Label: "Cancel order", Variant: ui.VariantDanger, OpenDialog: "cancel"})),
		"badge":         render(t, ui.StatusBadge(ui.CustomerOrderBadge(shop.StatusProcessing))),
		"table":         withChildren(t, ui.Table(ui.TableProps{Caption: "Orders", Rows: true}), "<tbody></tbody>"),
		"th_sorted":     render(t, ui.Th(ui.ThProps{Label: "Age", SortURL: "/x?sort=-age", Sorted: ui.SortAscending, Numeric: true})),
		"pagination":    render(t, ui.Pagination(ui.PageLinks{Older: "/x?after=9", Summary: "50 of 60 orders"})),
		"filter_bar":    withChildren(t, ui.FilterBar(ui.FilterProps{Action: "/x", Label: "Filter orders", ClearURL: "/x", Tags: []ui.FilterTag{{"Carrier: DHL", "/x?q=1"}}}), "<i></i>"),
		"steps":         render(t, ui.ProgressSteps("Progress", []ui.Step{{"Placed", "22 May", ui.StepDone}, {"Packed", "", ui.StepCurrent}, {"Shipped", "", ui.StepAhead}})),
		"relative_time": render(t, ui.RelativeTime(noon, noon.Add(-3*time.Hour))),
		"bar_chart":     render(t, ui.BarChart(ui.ChartProps{ID: "c", Title: "Orders", Desc: "More on Tuesday", Unit: "Orders", Bars: []ui.Bar{{Label: "Mon", Value: 1}, {Label: "Tue", Value: 4, Tone: ui.ToneDanger}}})),
		"timeline": render(t, ui.Timeline([]ui.Event{
			{At: noon, Badge: ui.OrderBadge(shop.StatusShipped), Actor: "Mara Lindt", ActorKind: "staff", Took: "1 h"},
			{At: noon.Add(-13 * time.Hour), Badge: ui.OrderBadge(shop.StatusPending), Text: "Placed."},
		})),
	}
	for name, got := range pages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compareGolden(t, name, got)
		})
	}
}

// spriteHash changes with every new icon, which is no change of the markup.
var spriteHash = regexp.MustCompile(`icons\.[0-9a-f]+\.svg`)

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".html")
	got = spriteHash.ReplaceAllString(got, "icons.svg")
	got = strings.ReplaceAll(got, "><", ">\n<") + "\n"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs:\ngot\n%s\nwant\n%s", file, got, want)
	}
}

func TestNothingIsRenderedWhereThereIsNothingToSay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]templ.Component{
		"errors":      ui.ErrorSummary(nil),
		"pagination":  ui.Pagination(ui.PageLinks{Summary: "1 order"}),
		"breadcrumbs": ui.Breadcrumbs(nil),
	} {
		if got := render(t, c); got != "" {
			t.Errorf("%s: got %q, want nothing", name, got)
		}
	}
}

func TestEveryStatusHasAToneAnIconAndAWord(t *testing.T) {
	t.Parallel()
	var badges []ui.Badge
	for _, s := range shop.Statuses() {
		badges = append(badges, ui.OrderBadge(s), ui.CustomerOrderBadge(s))
	}
	for _, tr := range shop.PaymentTransitions() {
		badges = append(badges, ui.PaymentBadge(tr.From), ui.PaymentBadge(tr.To))
	}
	for _, tr := range shop.FulfillmentTransitions() {
		badges = append(badges, ui.FulfillmentBadge(tr.From), ui.FulfillmentBadge(tr.To))
	}
	for _, b := range badges {
		if b.Tone == "" || b.Icon == "" || b.Word == "" {
			t.Errorf("%+v is incomplete", b)
		}
	}
}

func TestFieldIDs(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"email":             "f-email",
		"items[1].quantity": "f-items-1-quantity",
		"unit_price":        "f-unit_price",
		`"><b>`:             "f-b",
	} {
		if got := ui.FieldID(name); got != want {
			t.Errorf("FieldID(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestAddressesThatRunScriptsAreDefused(t *testing.T) {
	t.Parallel()
	evil := "javascript:alert(1)"
	for name, got := range map[string]string{
		"link button": render(t, ui.LinkButton(evil, ui.ButtonProps{Label: "x"})),
		"tab":         render(t, ui.Tabs("x", []ui.Tab{{Label: "x", URL: evil}})),
		"crumb":       render(t, ui.Breadcrumbs([]ui.Crumb{{Label: "x", URL: evil}})),
		"stat":        render(t, ui.Stat(ui.StatProps{Label: "x", URL: evil})),
		"post button": render(t, ui.PostButton(evil, ui.ButtonProps{Label: "x"})),
		"filter tag":  render(t, ui.FilterBar(ui.FilterProps{Tags: []ui.FilterTag{{Label: "x", RemoveURL: evil}}})),
		"pagination":  render(t, ui.Pagination(ui.PageLinks{Older: evil})),
	} {
		if strings.Contains(got, "javascript:") {
			t.Errorf("%s keeps the address: %s", name, got)
		}
	}
}
