package urls_test

import (
	"testing"

	"waybill/views/urls"
)

func TestAddressesEscapeTheirParts(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ got, want string }{
		"segment with a slash":    {urls.Product("a/b"), "/products/a%2Fb"},
		"segment with a question": {urls.AccountOrder("6XKQ3?x=1"), "/account/orders/6XKQ3%3Fx=1"},
		"query":                   {urls.Search("tea & cake"), "/search?q=tea+%26+cake"},
		"empty query":             {urls.Search(""), "/search"},
		"next":                    {urls.Login("/checkout?x=1"), "/login?next=%2Fcheckout%3Fx%3D1"},
		"id":                      {urls.MerchantInventoryAdjust(42), "/merchant/inventory/42/adjustments"},
		"nested":                  {urls.AccountReorder("6XKQ3-M8ZT-4P"), "/account/orders/6XKQ3-M8ZT-4P/reorder"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.got != c.want {
				t.Errorf("got %q, want %q", c.got, c.want)
			}
		})
	}
}

func TestWithKeepsOrderAndLeavesOutEmptyValues(t *testing.T) {
	t.Parallel()
	got := urls.With("/finance/payments?status=paid", urls.Query{{"z", "1"}, {"empty", ""}, {"a", "2"}})
	if want := "/finance/payments?status=paid&z=1&a=2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLocalRefusesOtherSites(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"/account/orders?status=shipped": "/account/orders?status=shipped",
		"":                               "/",
		"account":                        "/",
		"//evil.example/x":               "/",
		`/\evil.example`:                 "/",
		"/\t/evil.example":               "/",
		"/\n//evil.example":              "/",
		"https://evil.example":           "/",
		"javascript:alert(1)":            "/",
		"/%zz":                           "/",
	}
	for in, want := range cases {
		if got := urls.Local(in); got != want {
			t.Errorf("Local(%q) = %q, want %q", in, got, want)
		}
	}
}
