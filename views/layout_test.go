package views_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	ctx := templ.WithChildren(t.Context(), templ.Raw("<h1>CONTENT</h1>"))
	if err := c.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func contains(t *testing.T, html string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(html, w) {
			t.Errorf("lacks %q", w)
		}
	}
}

func lacks(t *testing.T, html string, unwanted ...string) {
	t.Helper()
	for _, u := range unwanted {
		if strings.Contains(html, u) {
			t.Errorf("must not contain %q", u)
		}
	}
}

func TestLayoutForAGuest(t *testing.T) {
	t.Parallel()
	html := render(t, views.Layout(views.Page{Title: "Shop", Path: "/products/mug?x=1", NavItems: views.Navigation(views.Viewer{}), Nav: urls.Home()}))
	contains(t, html, "<!doctype html>", `<html lang="en">`, "<title>Shop · Waybill</title>",
		`href="/login?next=%2Fproducts%2Fmug%3Fx%3D1"`, `aria-current="page"`, `<main id="main"`, "<h1>CONTENT</h1>")
	lacks(t, html, "Sign out", "hx-sse.min", "error-summary", "data-toast", "/merchant/")
}

func TestLayoutForStaff(t *testing.T) {
	t.Parallel()
	viewer := views.Viewer{SignedIn: true, Name: "Mara <b>", Role: shop.RoleMerchant, Merchant: "Harbour Goods"}
	html := render(t, views.Layout(views.Page{Title: "Queue", Viewer: viewer, NavItems: views.Navigation(viewer), Live: true, Theme: "dark", RequestID: "R1",
		Flash: ui.MessageProps{Tone: ui.ToneSuccess, Text: "Claimed."}}))
	contains(t, html, `data-theme="dark"`, "hx-sse.min", "Mara &lt;b&gt;", "Harbour Goods", `data-key="g q"`, "Claimed.", "R1", "Sign out")
	lacks(t, html, "Mara <b>", `href="/cart"`, "defer")
}

// A page that comes back with errors says so first: in its title, then in a
// summary above the heading that takes the focus.
func TestLayoutPutsErrorsFirst(t *testing.T) {
	t.Parallel()
	html := render(t, views.Layout(views.Page{Title: "Checkout", Errors: []shop.FieldError{{Field: "city", Message: "Enter a city"}}}))
	contains(t, html, "<title>Error: Checkout · Waybill</title>", `href="#f-city"`)
	if strings.Index(html, "error-summary") > strings.Index(html, "<h1>") {
		t.Error("the summary stands below the heading")
	}
}

var (
	firstLink = regexp.MustCompile(`<body[^>]*><a class="skip-link" href="#main">`)
	anyID     = regexp.MustCompile(`\sid="([^"]+)"`)
	reference = regexp.MustCompile(`\s(?:for|aria-labelledby|aria-describedby|commandfor)="([^"]+)"`)
)

func TestTheGalleryIsWhole(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 23, 12, 0, 0, 0, time.UTC)
	html := render(t, views.Gallery(views.Page{Title: "Components", Path: "/admin/gallery"}, now))
	if !firstLink.MatchString(html) {
		t.Error("the first thing in the page is not the skip link")
	}
	ids := map[string]bool{}
	for _, m := range anyID.FindAllStringSubmatch(html, -1) {
		if ids[m[1]] {
			t.Errorf("id %q is there twice", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range reference.FindAllStringSubmatch(html, -1) {
		for _, id := range strings.Fields(m[1]) {
			if !ids[id] {
				t.Errorf("nothing has the id %q that is referred to", id)
			}
		}
	}
}

func TestErrorPages(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 403, 404, 405, 409, 413, 422, 429, 500, 503} {
		f := views.FailureFor(status)
		f.RequestID = "01JX5T9ZQK"
		html := render(t, views.ErrorPage(views.Page{Title: f.Title}, f))
		contains(t, html, f.Title, f.Message, "01JX5T9ZQK", "Go to the first page")
		if f.Status != status {
			t.Errorf("FailureFor(%d) is about %d", status, f.Status)
		}
	}
	if got := views.FailureFor(http.StatusTeapot).Status; got != http.StatusInternalServerError {
		t.Errorf("an unforeseen status is shown as %d", got)
	}
}

// Every shortcut of a role leads to one place, and every role has a first page.
func TestNavigationOfEveryRole(t *testing.T) {
	t.Parallel()
	for _, role := range []shop.Role{shop.RoleCustomer, shop.RoleMerchant, shop.RoleFinance, shop.RoleSupport, shop.RoleAdmin} {
		items := views.Navigation(views.Viewer{SignedIn: true, Role: role})
		if len(items) == 0 {
			t.Errorf("%s has no navigation", role)
		}
		keys := map[string]string{"g c": "Cart"}
		for _, item := range items {
			if other, taken := keys[item.Keys]; taken {
				t.Errorf("%s: %q leads to %s and %s", role, item.Keys, other, item.Label)
			}
			keys[item.Keys] = item.Label
		}
	}
}
