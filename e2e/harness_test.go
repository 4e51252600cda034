package e2e_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"waybill/e2e/browser"
)

// What the browser complains about must not be lost on the tests.
func TestWhatTheBrowserComplainsAboutIsNoted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ page, complaint string }{
		"nothing":              {`<p>Hello`, ""},
		"inline script":        {`<script>document.title = "x"</script>`, "Content Security Policy"},
		"inline style":         {`<p style="color: red">Hello`, "Content Security Policy"},
		"missing picture":      {`<img src="/missing.png" alt="">`, "404"},
		"error of a script":    {`<script src="/throws.js"></script>`, "thrown on purpose"},
		"console.error":        {`<script src="/complains.js"></script>`, "said on purpose"},
		"refused by itself":    {`<script src="https://elsewhere.example/x.js"></script>`, "Content Security Policy"},
		"a page that is a 404": {``, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Security-Policy", "default-src 'self'")
				switch {
				case r.URL.Path == "/favicon.ico": // which the browser asks for on its own, sometimes before it is looked at
					w.WriteHeader(http.StatusNoContent)
				case r.URL.Path == "/throws.js":
					_, _ = io.WriteString(w, `throw new Error("thrown on purpose")`)
				case r.URL.Path == "/complains.js":
					_, _ = io.WriteString(w, `console.error("said on purpose")`)
				case r.URL.Path == "/" && c.page != "":
					_, _ = io.WriteString(w, `<!doctype html>`+c.page)
				default:
					http.NotFound(w, r)
				}
			}))
			t.Cleanup(site.Close)
			tab, err := chromium(t).Open(browser.Look{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(tab.Close)
			if _, err := tab.Visit(site.URL + "/"); err != nil {
				t.Fatal(err)
			}
			problems := strings.Join(tab.Problems(), "\n")
			if c.complaint == "" && problems != "" || !strings.Contains(problems, c.complaint) {
				t.Errorf("noted: %q", problems)
			}
		})
	}
}

func TestVendoredFilesAreUnchanged(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("testdata/README.md")
	if err != nil {
		t.Fatal(err)
	}
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	if sum := fmt.Sprintf("%x", sha256.Sum256(axe)); !strings.Contains(string(readme), sum) {
		t.Errorf("testdata/axe.min.js has the sum %s, which its README does not know", sum)
	}
}
