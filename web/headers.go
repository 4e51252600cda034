package web

import (
	"maps"
	"net/http"
)

// The pages need nothing from elsewhere and nothing inline: htmx, its extensions and
// the stylesheets are our own files.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

const (
	permissionsPolicy = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), " +
		"magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
	// One year. Subdomains are left out: the shop cannot know what else lives there.
	strictTransportSecurity = "max-age=31536000"
)

// securityHeaders marks every answer, errors included: it runs before anything can
// refuse. HSTS is sent only when people come over https, since a browser that got it
// from a plain server could not come back.
func securityHeaders(https bool) func(http.Handler) http.Handler {
	// Shared by all answers: nobody changes a value in place, and Add makes a copy, because there is no room behind it.
	fixed := map[string][]string{
		"Content-Security-Policy":      {contentSecurityPolicy},
		"X-Content-Type-Options":       {"nosniff"},
		"Referrer-Policy":              {"same-origin"},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Permissions-Policy":           {permissionsPolicy},
	}
	if https {
		fixed["Strict-Transport-Security"] = []string{strictTransportSecurity}
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			maps.Copy(w.Header(), fixed)
			next.ServeHTTP(w, r)
		})
	}
}
