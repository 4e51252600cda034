package shop

import (
	"slices"
	"testing"
)

func TestCategoryTree(t *testing.T) {
	t.Parallel()
	tree := NewCategories([]Category{
		{ID: 3, ParentID: 2, Slug: "saws", Products: 2},
		{ID: 1, Slug: "garden", Products: 1},
		{ID: 4, Slug: "kitchen"},
		{ID: 2, ParentID: 1, Slug: "tools", Products: 4},
		{ID: 8, ParentID: 9, Slug: "egg", Products: 1}, // a circle
		{ID: 9, ParentID: 8, Slug: "hen", Products: 1},
	})
	slugs := func(c Categories) (s []string) {
		for _, one := range c {
			s = append(s, one.Slug)
		}
		return s
	}
	if got := slugs(tree); !slices.Equal(got, []string{"garden", "tools", "saws", "kitchen"}) {
		t.Fatalf("tree %v", got)
	}
	if tree[0].Products != 7 || tree[1].Products != 6 || tree[3].Products != 0 {
		t.Errorf("counts %+v", tree)
	}
	if got := slugs(tree.Path(3)); !slices.Equal(got, []string{"garden", "tools", "saws"}) {
		t.Errorf("path %v", got)
	}
	if got := tree.Within(2); !slices.Equal(got, []int64{2, 3}) {
		t.Errorf("within %v", got)
	}
	if got := slugs(tree.Children(0)); !slices.Equal(got, []string{"garden", "kitchen"}) {
		t.Errorf("top %v", got)
	}
	if got := tree.Path(99); got != nil {
		t.Errorf("path of nothing: %v", got)
	}
}

func TestCartLineProblems(t *testing.T) {
	t.Parallel()
	fine := CartLine{Quantity: 2, Available: 2, HasPrice: true, Sellable: true}
	cases := map[string]struct {
		change func(*CartLine)
		want   string
	}{
		"fine":     {func(*CartLine) {}, ""},
		"sold out": {func(l *CartLine) { l.Available = 0 }, "Out of stock. Please remove it."},
		"short":    {func(l *CartLine) { l.Available = 1 }, "Only 1 left. Please lower the quantity."},
		"unpriced": {func(l *CartLine) { l.HasPrice = false }, "This has no price in EUR. Please remove it or choose another currency."},
		"inactive": {func(l *CartLine) { l.Sellable = false }, "This is no longer sold. Please remove it."},
	}
	for name, tt := range cases {
		line := fine
		tt.change(&line)
		if got := line.Problem("EUR"); got != tt.want {
			t.Errorf("%s: %q", name, got)
		}
		if ready := (Cart{Currency: "EUR", Lines: []CartLine{line}}).Ready(); ready != (tt.want == "") {
			t.Errorf("%s: ready %t", name, ready)
		}
	}
	if (Cart{}).Ready() {
		t.Error("an empty cart is ready")
	}
}

func TestPasswordsAndAddressesOfAccounts(t *testing.T) {
	t.Parallel()
	for password, fine := range map[string]bool{"1234567": false, "12345678": true, "пароль12": true, "": false} {
		if err := CheckPassword(password); (err == nil) != fine {
			t.Errorf("%q: %v", password, err)
		}
	}
	for text, want := range map[string]bool{
		"ada@example.com": true, "ada@localhost": true, "ada": false, "@example.com": false, "ada@": false, "a@b@c": false, "a b@c": false, "": false,
	} {
		if IsEmail(text) != want {
			t.Errorf("IsEmail(%q) = %t", text, !want)
		}
	}
}
