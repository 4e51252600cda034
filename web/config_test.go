package web

import (
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestConfigReportsAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, storeErr := StoreSettings{DatabaseURL: "mysql://root:hunter2@db/shop", DataDir: file, LogLevel: "loud"}.Config()
	_, serverErr := ServerSettings{
		Host: "", Port: "eighty", PublicURL: "shop.example", MetricsToken: "short", KeyLife: "5m", TrustedProxies: "10.0.0.0/8, proxy",
	}.Config()
	err := JoinProblems(storeErr, nil, serverErr)

	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 9 {
		t.Fatalf("got %d problems, want 9: %v", len(problems), err)
	}
	message := err.Error()
	for _, setting := range []string{
		"DATABASE_URL", "WAYBILL_DATA", "WAYBILL_LOG_LEVEL", "WAYBILL_HOST", "PORT", "WAYBILL_PUBLIC_URL",
		"WAYBILL_METRICS_TOKEN", "WAYBILL_IDEMPOTENCY_TTL", "WAYBILL_TRUSTED_PROXIES",
	} {
		if !strings.Contains(message, setting) {
			t.Errorf("%s is not named: %s", setting, message)
		}
	}
	if strings.Contains(message, "hunter2") || strings.Contains(message, `"short"`) {
		t.Errorf("a secret is shown: %s", message)
	}
	if strings.Contains(message, "\n") {
		t.Errorf("not one line: %q", message)
	}
}

func TestJoinProblemsOfNothingIsNil(t *testing.T) {
	t.Parallel()
	if err := JoinProblems(nil, nil); err != nil {
		t.Errorf("got %v", err)
	}
	if err := JoinProblems(nil, errors.New(".env: unexpected character")); err == nil || !strings.Contains(err.Error(), ".env") {
		t.Errorf("got %v", err)
	}
}

func TestServerSettings(t *testing.T) {
	t.Parallel()
	good := ServerSettings{Host: "127.0.0.1", Port: "8080", KeyLife: "168h"}
	tests := []struct {
		name   string
		change func(*ServerSettings)
		want   string // part of the one problem; "" for none
	}{
		{"default", func(*ServerSettings) {}, ""},
		{"any port", func(s *ServerSettings) { s.Port = "0" }, ""},
		{"IPv6", func(s *ServerSettings) { s.Host = "::1" }, ""},
		{"https", func(s *ServerSettings) { s.PublicURL = "https://shop.example/" }, ""},
		{"port with sign", func(s *ServerSettings) { s.Port = "-1" }, "PORT"},
		{"port too high", func(s *ServerSettings) { s.Port = "65536" }, "PORT"},
		{"host with port", func(s *ServerSettings) { s.Host = "[::1]" }, "WAYBILL_HOST"},
		{"URL with path", func(s *ServerSettings) { s.PublicURL = "https://shop.example/shop" }, "WAYBILL_PUBLIC_URL"},
		{"URL with password", func(s *ServerSettings) { s.PublicURL = "https://a:b@shop.example" }, "WAYBILL_PUBLIC_URL"},
		{"URL of another kind", func(s *ServerSettings) { s.PublicURL = "ftp://shop.example" }, "WAYBILL_PUBLIC_URL"},
		{"proxy without length", func(s *ServerSettings) { s.TrustedProxies = "10.0.0.1" }, "WAYBILL_TRUSTED_PROXIES"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := good
			tt.change(&s)
			_, err := s.Config()
			if (err != nil) != (tt.want != "") {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestSettingsMean(t *testing.T) {
	t.Parallel()
	server, err := ServerSettings{
		KeyLife: "24h",
		Host:    "::1", Port: "9000", PublicURL: "https://shop.example/", TrustedProxies: "10.0.0.0/8,fd00::/8",
	}.Config()
	if err != nil {
		t.Fatal(err)
	}
	nets := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	if server.Listen != "[::1]:9000" || !server.HTTPS() || server.PublicURL.String() != "https://shop.example" || !slices.Equal(server.TrustedProxies, nets) {
		t.Errorf("got %+v", server)
	}
	store, err := StoreSettings{DataDir: "./.waybill", LogLevel: "debug"}.Config()
	if err != nil {
		t.Fatal(err)
	}
	if store.LogLevel != slog.LevelDebug || store.DatabaseURL != "" {
		t.Errorf("got %+v", store)
	}
	if (ServerConfig{}).HTTPS() {
		t.Error("https without a public URL")
	}
}
