// Package config reads what an operator may set. Every setting is an environment variable; docs/configuration.md and
// .env.example are generated from the tags of this struct.
package config

import (
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"slices"
	"time"

	"github.com/caarlos0/env/v11"
)

// Role is a part of the work that a process takes on.
type Role string

// The roles.
const (
	// RoleAPI serves GraphQL.
	RoleAPI Role = "api"
	// RoleWorker dispatches deliveries and carries them out.
	RoleWorker Role = "worker"
)

// Config is everything that can be set.
type Config struct {
	DatabaseURL      string `env:"SUREHOOK_DATABASE_URL" desc:"Postgres connection URL. Required."`
	DatabaseMaxConns int32  `env:"SUREHOOK_DATABASE_MAX_CONNS" envDefault:"32" desc:"Most connections to Postgres that one process opens."`
	AutoMigrate      bool   `env:"SUREHOOK_AUTO_MIGRATE" envDefault:"false" desc:"Whether serve applies missing migrations before it starts."`

	Keyset     string `env:"SUREHOOK_KEYSET" desc:"The keys that encrypt secrets in the database, as surehook keyset prints them. This or SUREHOOK_KEYSET_FILE is required."`
	KeysetFile string `env:"SUREHOOK_KEYSET_FILE" desc:"A file with what SUREHOOK_KEYSET would hold."`

	OperatorKey string `env:"SUREHOOK_OPERATOR_KEY" desc:"A token of an operator key, as surehook operator-key prints it. If it is set, serve makes sure that the key exists."`

	HTTPAddress     string        `env:"SUREHOOK_HTTP_ADDRESS" envDefault:"127.0.0.1:8080" desc:"Where to listen, host:port. An empty host means all interfaces."`
	AllowedOrigins  []string      `env:"SUREHOOK_ALLOWED_ORIGINS" desc:"Origins besides the server's own that browsers may open websockets from, comma-separated."`
	Console         bool          `env:"SUREHOOK_CONSOLE" envDefault:"true" desc:"Whether processes that serve the API also serve the console, with its sign-in."`
	SessionLifetime time.Duration `env:"SUREHOOK_SESSION_LIFETIME" envDefault:"12h" desc:"How long people stay signed in to the console, 1m to 720h."`
	ShutdownTimeout time.Duration `env:"SUREHOOK_SHUTDOWN_TIMEOUT" envDefault:"75s" desc:"How long to wait at a stop for what is in flight. Longer than the longest webhook timeout, 60s."`

	TemporalAddress   string `env:"SUREHOOK_TEMPORAL_ADDRESS" envDefault:"127.0.0.1:7233" desc:"Temporal frontend, host:port."`
	TemporalNamespace string `env:"SUREHOOK_TEMPORAL_NAMESPACE" envDefault:"default" desc:"Temporal namespace. It must exist."`
	TemporalTaskQueue string `env:"SUREHOOK_TEMPORAL_TASK_QUEUE" envDefault:"surehook" desc:"Temporal task queue."`
	TemporalUIURL     string `env:"SUREHOOK_TEMPORAL_UI_URL" desc:"Where people find the Temporal Web UI. Delivery.temporalUrl is null without it."`

	ProfilesDir string `env:"SUREHOOK_PROFILES_DIR" desc:"A directory with profiles of your own, each a YAML file. One takes the place of a shipped one of the same name."`

	Roles []Role `env:"SUREHOOK_ROLES" envDefault:"api,worker" desc:"What this process does: api, worker or both."`

	RetentionDays        int `env:"SUREHOOK_RETENTION_DAYS" envDefault:"30" desc:"How long events, deliveries and attempts are kept, 1 to 3650 days."`
	PayloadRetentionDays int `env:"SUREHOOK_PAYLOAD_RETENTION_DAYS" envDefault:"0" desc:"How long payloads and what was sent are kept, 1 to SUREHOOK_RETENTION_DAYS days. 0 means as long as the rest."`

	DispatchStarters int `env:"SUREHOOK_DISPATCH_STARTERS" envDefault:"2" desc:"How many workflows are started at the same time. Fewer make fuller batches, more keep up with more organizations."`
	DispatchMaxBatch int `env:"SUREHOOK_DISPATCH_MAX_BATCH" envDefault:"64" desc:"Most deliveries that share one workflow for their first attempt, 1 to 64. 1 gives every delivery its own."`

	EgressAllowedPrefixes []netip.Prefix `env:"SUREHOOK_EGRESS_ALLOWED_PREFIXES" desc:"Private networks that webhooks may reach, in CIDR notation, comma-separated. None unless told. Metadata services are never reachable."`
	EgressAllowedPorts    []uint16       `env:"SUREHOOK_EGRESS_ALLOWED_PORTS" desc:"Ports besides 80 and 443 that webhooks may use, comma-separated."`
	EgressCAFile          string         `env:"SUREHOOK_EGRESS_CA_FILE" desc:"A file with certificates, in PEM, of authorities that webhooks' servers may have theirs from besides those of the system."`
	EgressSourceRanges    []netip.Prefix `env:"SUREHOOK_EGRESS_SOURCE_RANGES" desc:"The addresses that requests to webhooks come from, in CIDR notation, comma-separated. They are published in the API for receivers' firewalls, and change nothing."`
	EgressAnyPort         bool           `env:"SUREHOOK_EGRESS_ANY_PORT" envDefault:"false" desc:"Whether webhooks may use every port."`

	LogLevel  slog.Level `env:"SUREHOOK_LOG_LEVEL" envDefault:"INFO" desc:"DEBUG, INFO, WARN or ERROR."`
	LogFormat string     `env:"SUREHOOK_LOG_FORMAT" envDefault:"json" desc:"json or text."`
}

// Load reads the environment. It does not validate: flags may still change things.
func Load() (Config, error) {
	var c Config

	if err := env.Parse(&c); err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", byVariable(err))
	}

	return c, nil
}

// byVariable names the variables that could not be read, where the library names the fields of [Config]. The values
// that it quotes are no secrets: those are texts, and a text is never malformed.
func byVariable(err error) error {
	all, ok := errors.AsType[env.AggregateError](err)
	if !ok {
		return err
	}

	wrong := slices.Clone(all.Errors)

	for n, one := range wrong {
		malformed, ok := errors.AsType[env.ParseError](one)
		if !ok {
			continue
		}

		if field, ok := reflect.TypeFor[Config]().FieldByName(malformed.Name); ok {
			wrong[n] = fmt.Errorf("%s: %w", field.Tag.Get("env"), malformed.Err)
		}
	}

	return errors.Join(wrong...)
}

// Defaults returns the configuration of an empty environment.
func Defaults() Config {
	var c Config

	// An empty environment cannot be malformed, so a failure here is a defect of the struct tags.
	if err := env.ParseWithOptions(&c, env.Options{Environment: map[string]string{}}); err != nil {
		panic(err)
	}

	return c
}

// Validate returns all that is wrong, at once.
func (c Config) Validate() error {
	var wrong []error

	check := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Errorf(format, args...))
		}
	}

	check(c.DatabaseURL != "", "SUREHOOK_DATABASE_URL is required")
	check(c.DatabaseMaxConns >= 4, "SUREHOOK_DATABASE_MAX_CONNS must be at least 4, not %d", c.DatabaseMaxConns)
	check((c.Keyset == "") != (c.KeysetFile == ""), "one of SUREHOOK_KEYSET and SUREHOOK_KEYSET_FILE is required")
	check(c.DispatchStarters >= 1 && c.DispatchStarters <= 64,
		"SUREHOOK_DISPATCH_STARTERS must be 1 to 64, not %d", c.DispatchStarters)
	check(c.DispatchMaxBatch >= 1 && c.DispatchMaxBatch <= 64,
		"SUREHOOK_DISPATCH_MAX_BATCH must be 1 to 64, not %d", c.DispatchMaxBatch)
	check(c.RetentionDays >= 1 && c.RetentionDays <= 3_650,
		"SUREHOOK_RETENTION_DAYS must be 1 to 3650, not %d", c.RetentionDays)
	check(c.PayloadRetentionDays >= 0 && c.PayloadRetentionDays <= max(c.RetentionDays, 0),
		"SUREHOOK_PAYLOAD_RETENTION_DAYS must be 1 to SUREHOOK_RETENTION_DAYS, or 0, not %d", c.PayloadRetentionDays)
	check(c.LogFormat == "json" || c.LogFormat == "text", "SUREHOOK_LOG_FORMAT must be json or text, not %q", c.LogFormat)
	check(c.SessionLifetime >= time.Minute && c.SessionLifetime <= 720*time.Hour,
		"SUREHOOK_SESSION_LIFETIME must be 1m to 720h, not %s", c.SessionLifetime)
	check(c.ShutdownTimeout > 0, "SUREHOOK_SHUTDOWN_TIMEOUT must be positive, not %s", c.ShutdownTimeout)
	check(len(c.Roles) > 0, "SUREHOOK_ROLES must name at least one role")

	for _, role := range c.Roles {
		check(role == RoleAPI || role == RoleWorker, "SUREHOOK_ROLES may hold api and worker, not %q", role)
	}

	if c.TemporalUIURL != "" {
		u, err := url.Parse(c.TemporalUIURL)
		check(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "",
			"SUREHOOK_TEMPORAL_UI_URL must be an http or https URL, not %q", c.TemporalUIURL)
	}

	return errors.Join(wrong...)
}

// PayloadDays returns how many days payloads are kept.
func (c Config) PayloadDays() int {
	if c.PayloadRetentionDays == 0 {
		return c.RetentionDays
	}

	return c.PayloadRetentionDays
}

// Has tells whether the process has the role.
func (c Config) Has(role Role) bool { return slices.Contains(c.Roles, role) }

// SourceRanges returns the networks that requests to webhooks come from, in CIDR notation.
func (c Config) SourceRanges() []string {
	out := make([]string, len(c.EgressSourceRanges))
	for n, one := range c.EgressSourceRanges {
		out[n] = one.String()
	}

	return out
}

// ReadCAFile returns the authorities that the certificates of receivers may come from. Nil means those of the system.
func (c Config) ReadCAFile() (*x509.CertPool, error) {
	if c.EgressCAFile == "" {
		return nil, nil
	}

	text, err := os.ReadFile(c.EgressCAFile)
	if err != nil {
		return nil, fmt.Errorf("read SUREHOOK_EGRESS_CA_FILE: %w", err)
	}

	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("read the system's certificate authorities: %w", err)
	}

	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("SUREHOOK_EGRESS_CA_FILE has no certificate in PEM")
	}

	return pool, nil
}

// ReadKeyset returns the keyset from wherever it was given.
func (c Config) ReadKeyset() ([]byte, error) {
	if c.KeysetFile == "" {
		return []byte(c.Keyset), nil
	}

	keyset, err := os.ReadFile(c.KeysetFile)
	if err != nil {
		return nil, fmt.Errorf("read SUREHOOK_KEYSET_FILE: %w", err)
	}

	return keyset, nil
}
