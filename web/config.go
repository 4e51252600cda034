package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"waybill/shop"
)

// minTokenLength is the shortest metrics token that is worth calling a secret.
const minTokenLength = 16

// StoreSettings are the settings that every command knows, as they were typed.
// They stay texts until Config reads them, so that one message can name all that is
// wrong; a typed flag would stop at the first.
type StoreSettings struct {
	DatabaseURL string `name:"database-url" env:"DATABASE_URL" placeholder:"URL" help:"PostgreSQL to use. Unset: the embedded one."`
	DataDir     string `name:"data" env:"WAYBILL_DATA" default:"./.waybill" placeholder:"DIR" help:"Where the embedded PostgreSQL keeps its data (${default})."`
	LogLevel    string `env:"WAYBILL_LOG_LEVEL" default:"info" placeholder:"LEVEL" help:"debug, info, warn or error (${default})."`
}

// StoreConfig is StoreSettings after checking.
type StoreConfig struct {
	DatabaseURL string // empty: use the embedded PostgreSQL in DataDir
	DataDir     string
	LogLevel    slog.Level
}

// ServerSettings are the settings of the web server, as they were typed.
type ServerSettings struct {
	Host           string `env:"WAYBILL_HOST" default:"127.0.0.1" placeholder:"ADDR" help:"Address to listen on (${default})."`
	Port           string `env:"PORT" default:"8080" placeholder:"N" help:"Port to listen on; 0 takes a free one (${default})."`
	PublicURL      string `name:"public-url" env:"WAYBILL_PUBLIC_URL" placeholder:"URL" help:"How people reach the shop, such as https://shop.example. With https, cookies are Secure and HSTS is sent."`
	MetricsToken   string `env:"WAYBILL_METRICS_TOKEN" placeholder:"SECRET" help:"Bearer token for /metrics. Unset: only this machine may read it."`
	CarrierSecrets string `name:"carrier-secrets" env:"WAYBILL_CARRIER_SECRETS" placeholder:"SECRETS" help:"What carriers sign their webhooks with, separated by commas: any of them is good, so they can be changed one by one. Unset: none is believed, and carriers are asked instead."`
	KeyLife        string `name:"idempotency-ttl" env:"WAYBILL_IDEMPOTENCY_TTL" default:"168h" placeholder:"TIME" help:"How long a repeated request is recognised by its idempotency key (${default})."`
	TrustedProxies string `env:"WAYBILL_TRUSTED_PROXIES" placeholder:"NETS" help:"Networks whose X-Forwarded-For is believed, such as 10.0.0.0/8,fd00::/8."`
}

// ServerConfig is ServerSettings after checking.
type ServerConfig struct {
	Listen         string   // host:port
	PublicURL      *url.URL // nil: unknown; only scheme and host are set
	MetricsToken   string   // empty: /metrics answers this machine alone
	KeyLife        time.Duration
	TrustedProxies []netip.Prefix
	CarrierSecrets []string // empty: no webhook is believed
}

// HTTPS reports whether people reach the server over TLS, which a proxy in front of it ends.
func (c ServerConfig) HTTPS() bool { return c.PublicURL != nil && c.PublicURL.Scheme == "https" }

// Problems lists every setting that is wrong, in the words of the person who set it.
type Problems []string

// Error is one line that names all of them.
func (p Problems) Error() string {
	if len(p) == 1 {
		return "a setting is wrong: " + p[0]
	}
	return fmt.Sprintf("%d settings are wrong: %s", len(p), strings.Join(p, "; "))
}

// JoinProblems makes one Problems of several errors, so that a command that reads
// several groups of settings reports them together. It returns nil when all are nil.
func JoinProblems(errs ...error) error {
	var all Problems
	for _, err := range errs {
		var some Problems
		switch {
		case err == nil:
		case errors.As(err, &some):
			all = append(all, some...)
		default:
			all = append(all, err.Error())
		}
	}
	return all.orNil()
}

func (p Problems) orNil() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

func (p *Problems) add(setting, value, rule string) {
	*p = append(*p, fmt.Sprintf("%s is %q, but %s", setting, value, rule))
}

// Config checks the settings; its error is Problems.
func (s StoreSettings) Config() (StoreConfig, error) {
	var wrong Problems
	c := StoreConfig{DatabaseURL: strings.TrimSpace(s.DatabaseURL), DataDir: strings.TrimSpace(s.DataDir)}
	if c.DatabaseURL != "" {
		if _, err := pgxpool.ParseConfig(c.DatabaseURL); err != nil {
			// The value is not repeated: it may hold a password.
			wrong = append(wrong, "DATABASE_URL (--database-url) is not a PostgreSQL URL such as postgres://user:password@host:5432/name")
		}
	}
	if info, err := os.Stat(c.DataDir); c.DataDir == "" || (err == nil && !info.IsDir()) {
		wrong.add("WAYBILL_DATA (--data)", s.DataDir, "must be a directory or a name for a new one")
	}
	if err := c.LogLevel.UnmarshalText([]byte(s.LogLevel)); err != nil {
		wrong.add("WAYBILL_LOG_LEVEL (--log-level)", s.LogLevel, "must be debug, info, warn or error")
	}
	return c, wrong.orNil()
}

// Config checks the settings; its error is Problems.
func (s ServerSettings) Config() (ServerConfig, error) {
	var wrong Problems
	c := ServerConfig{
		Listen:         s.listen(&wrong),
		PublicURL:      s.publicURL(&wrong),
		MetricsToken:   s.MetricsToken,
		KeyLife:        s.keyLife(&wrong),
		TrustedProxies: s.proxies(&wrong),
		CarrierSecrets: s.carrierSecrets(&wrong),
	}
	if n := len(s.MetricsToken); n > 0 && n < minTokenLength {
		wrong = append(wrong, fmt.Sprintf("WAYBILL_METRICS_TOKEN (--metrics-token) has %d characters, but must have at least %d", n, minTokenLength))
	}
	return c, wrong.orNil()
}

func (s ServerSettings) carrierSecrets(wrong *Problems) []string {
	var secrets []string
	for secret := range strings.SplitSeq(s.CarrierSecrets, ",") {
		switch secret = strings.TrimSpace(secret); {
		case secret == "":
		case len(secret) < minTokenLength:
			*wrong = append(*wrong, fmt.Sprintf("WAYBILL_CARRIER_SECRETS (--carrier-secrets) has one of %d characters, but each must have at least %d", len(secret), minTokenLength))
		default:
			secrets = append(secrets, secret)
		}
	}
	return secrets
}

func (s ServerSettings) listen(wrong *Problems) string {
	if s.Host == "" || strings.ContainsAny(s.Host, " /[]") {
		wrong.add("WAYBILL_HOST (--host)", s.Host, "must be an address or a host name without a port")
	}
	if _, err := strconv.ParseUint(s.Port, 10, 16); err != nil {
		wrong.add("PORT (--port)", s.Port, "must be a whole number from 0 to 65535")
	}
	return net.JoinHostPort(s.Host, s.Port)
}

func (s ServerSettings) publicURL(wrong *Problems) *url.URL {
	if s.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(strings.TrimSuffix(s.PublicURL, "/"))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || *u != (url.URL{Scheme: u.Scheme, Host: u.Host}) {
		wrong.add("WAYBILL_PUBLIC_URL (--public-url)", s.PublicURL, "must be http:// or https:// and a host, without a path")
		return nil
	}
	return u
}

func (s ServerSettings) keyLife(wrong *Problems) time.Duration {
	life, err := time.ParseDuration(s.KeyLife)
	if err != nil || life < shop.MinKeyLife || life > shop.MaxKeyLife {
		wrong.add("WAYBILL_IDEMPOTENCY_TTL (--idempotency-ttl)", s.KeyLife, "must be a time from 1h to 8784h")
	}
	return life
}

func (s ServerSettings) proxies(wrong *Problems) []netip.Prefix {
	var nets []netip.Prefix
	for text := range strings.SplitSeq(s.TrustedProxies, ",") {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		network, err := netip.ParsePrefix(text)
		if err != nil {
			wrong.add("WAYBILL_TRUSTED_PROXIES (--trusted-proxies)", text, "must be a network such as 10.0.0.0/8")
			continue
		}
		nets = append(nets, network)
	}
	return nets
}
