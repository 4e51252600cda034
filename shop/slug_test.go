package shop

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

func TestSlug(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		limit int
		want  string
	}{
		{"Cool stuff 732bd381", 80, "cool-stuff-732bd381"},
		{"Seller 3442f895 (campinas)", 80, "seller-3442f895-campinas"},
		{"  Äpfel & Öl – São José, 50 %", 80, "aepfel-oel-sao-jose-50"},
		{"one two", 4, "one"},
		{"one two", 0, ""},
		{"東京", 80, ""},
		{"", 80, ""},
	}
	for _, test := range tests {
		if got := Slug(test.name, test.limit); got != test.want {
			t.Errorf("Slug(%q, %d) is %q, want %q", test.name, test.limit, got, test.want)
		}
	}
}

func TestSlugIsAlwaysOne(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^([a-z0-9]+(-[a-z0-9]+)*)?$`) // the database's, and empty
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(0, 40).Draw(t, "limit")
		slug := Slug(rapid.String().Draw(t, "name"), limit)
		if !form.MatchString(slug) || len(slug) > limit {
			t.Fatalf("%q is no slug of at most %d bytes", slug, limit)
		}
	})
}
