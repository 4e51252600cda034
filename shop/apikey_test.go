package shop

import (
	"strings"
	"testing"
)

func TestAPIKeyCheck(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		key   NewAPIKey
		field string // "" is fine
	}{
		{"admin", NewAPIKey{Role: RoleAdmin}, ""},
		{"merchant", NewAPIKey{Role: RoleMerchant, MerchantID: 1}, ""},
		{"customer", NewAPIKey{Role: RoleCustomer, CustomerID: 1}, ""},
		{"limited", NewAPIKey{Role: RoleSupport, RatePerMinute: MaxRatePerMinute, Name: strings.Repeat("ü", MaxAPIKeyName)}, ""},
		{"no role", NewAPIKey{}, "role"},
		{"no such role", NewAPIKey{Role: "owner"}, "role"},
		{"merchant of nobody", NewAPIKey{Role: RoleMerchant}, "merchant"},
		{"admin of a merchant", NewAPIKey{Role: RoleAdmin, MerchantID: 1}, "merchant"},
		{"customer of nobody", NewAPIKey{Role: RoleCustomer}, "customer"},
		{"finance of a customer", NewAPIKey{Role: RoleFinance, CustomerID: 1}, "customer"},
		{"long name", NewAPIKey{Role: RoleAdmin, Name: strings.Repeat("x", MaxAPIKeyName+1)}, "name"},
		{"negative rate", NewAPIKey{Role: RoleAdmin, RatePerMinute: -1}, "rate"},
		{"rate beyond sense", NewAPIKey{Role: RoleAdmin, RatePerMinute: MaxRatePerMinute + 1}, "rate"},
	}
	for _, tt := range cases {
		var field string
		if known, ok := tt.key.Check().(*Error); ok {
			field = known.Fields[0].Field
		}
		if field != tt.field {
			t.Errorf("%s refuses %q, want %q", tt.name, field, tt.field)
		}
	}
}

func TestAPIKeySecretsAreNewAndRecognisable(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		secret, prefix := NewAPIKeySecret()
		// 256 bits are 52 characters of five.
		if len(secret) != len("wbk_")+52 || !strings.HasPrefix(secret, prefix) || len(prefix) > 12 || seen[secret] {
			t.Fatalf("secret %q with prefix %q", secret, prefix)
		}
		seen[secret] = true
	}
}
