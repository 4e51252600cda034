package e2e_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"

	"waybill/shop"
	"waybill/views/urls"
)

// client is somebody's browser as far as HTTP goes: it keeps cookies and follows nothing.
type client struct {
	h    *house
	http http.Client
}

// client signs somebody in.
func (h *house) client(user shop.User) *client {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	c := &client{h: h, http: http.Client{
		Transport: &http.Transport{}, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	h.t.Cleanup(c.http.CloseIdleConnections)
	if answer := c.post(urls.Login(""), url.Values{"email": {user.Email}, "password": {password}}); answer.StatusCode != http.StatusSeeOther {
		h.t.Fatalf("signing in is answered %s", answer.Status)
	}
	return c
}

// get asks for a page or a stream, whose body the caller closes.
func (c *client) get(path string) *http.Response {
	c.h.t.Helper()
	return c.do(http.MethodGet, path, nil)
}

// post sends a form. What it answers has no body any more.
func (c *client) post(path string, form url.Values) *http.Response {
	c.h.t.Helper()
	answer := c.do(http.MethodPost, path, form)
	if err := answer.Body.Close(); err != nil {
		c.h.t.Error(err)
	}
	return answer
}

// do is safe to call beside the test: it reports a request without an answer as one with the status 0.
func (c *client) do(method, path string, form url.Values) *http.Response {
	none := &http.Response{Status: "not at all", Body: http.NoBody}
	request, err := http.NewRequestWithContext(c.h.t.Context(), method, c.h.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		c.h.t.Error(err)
		return none
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := c.http.Do(request)
	if err != nil {
		c.h.t.Error(err)
		return none
	}
	return answer
}

// page is the HTML of a page that has to be there.
func (c *client) page(path string) string {
	c.h.t.Helper()
	answer := c.get(path)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		c.h.t.Fatalf("%s is answered %s (%v)", path, answer.Status, err)
	}
	return string(body)
}

var (
	hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)
	streamURL   = regexp.MustCompile(`hx-sse:connect="([^"]*)"`)
)

// form is what a page's hidden fields hold.
func (c *client) form(path string) url.Values {
	c.h.t.Helper()
	form := url.Values{}
	for _, field := range hiddenField.FindAllStringSubmatch(c.page(path), -1) {
		form.Set(html.UnescapeString(field[1]), html.UnescapeString(field[2]))
	}
	return form
}

// stream opens the event stream of a live page. The caller closes its body.
func (c *client) stream(path string) *http.Response {
	c.h.t.Helper()
	found := streamURL.FindStringSubmatch(c.page(path))
	if found == nil {
		c.h.t.Fatalf("%s is not live", path)
	}
	return c.get(html.UnescapeString(found[1]))
}
