package config_test

import (
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/config"
)

// complete is the least that has to be set.
func complete() config.Config {
	c := config.Defaults()
	c.DatabaseURL = "postgres://surehook@localhost/surehook"
	c.Keyset = "keys"

	return c
}

func TestConfig_DefaultsAreValidOnceTheRequiredIsSet(t *testing.T) {
	t.Parallel()

	require.NoError(t, complete().Validate())
}

func TestConfig_Defaults(t *testing.T) {
	t.Parallel()

	c := config.Defaults()
	require.Equal(t, "127.0.0.1:8080", c.HTTPAddress, "it must not be open to the network before a proxy is")
	require.Equal(t, []config.Role{config.RoleAPI, config.RoleWorker}, c.Roles)
	require.Empty(t, c.EgressAllowedPrefixes, "private networks are closed unless told")
	require.Empty(t, c.EgressAllowedPorts)
	require.Empty(t, c.SourceRanges())
	require.NotNil(t, c.SourceRanges())
	require.False(t, c.EgressAnyPort)
	require.False(t, c.AutoMigrate)
	require.True(t, c.Console)
	require.Equal(t, 12*time.Hour, c.SessionLifetime)
	require.Greater(t, c.ShutdownTimeout, 60*time.Second, "a request may take a minute")
}

func TestConfig_ValidateReportsEveryProblemAtOnce(t *testing.T) {
	t.Parallel()

	c := config.Config{
		DatabaseMaxConns: 3,
		DispatchMaxBatch: 65,
		DispatchStarters: 0,
		LogFormat:        "xml",

		PayloadRetentionDays: -1,
		Roles:                []config.Role{"api", "cook"},
		ShutdownTimeout:      -time.Second,
		TemporalUIURL:        "localhost:8233",
	}

	err := c.Validate()
	require.Error(t, err)
	require.Equal(t, []string{
		"SUREHOOK_DATABASE_URL is required",
		"SUREHOOK_DATABASE_MAX_CONNS must be at least 4, not 3",
		"one of SUREHOOK_KEYSET and SUREHOOK_KEYSET_FILE is required",
		"SUREHOOK_DISPATCH_STARTERS must be 1 to 64, not 0",
		"SUREHOOK_DISPATCH_MAX_BATCH must be 1 to 64, not 65",
		"SUREHOOK_RETENTION_DAYS must be 1 to 3650, not 0",
		"SUREHOOK_PAYLOAD_RETENTION_DAYS must be 1 to SUREHOOK_RETENTION_DAYS, or 0, not -1",
		`SUREHOOK_LOG_FORMAT must be json or text, not "xml"`,
		"SUREHOOK_SESSION_LIFETIME must be 1m to 720h, not 0s",
		"SUREHOOK_SHUTDOWN_TIMEOUT must be positive, not -1s",
		`SUREHOOK_ROLES may hold api and worker, not "cook"`,
		`SUREHOOK_TEMPORAL_UI_URL must be an http or https URL, not "localhost:8233"`,
	}, strings.Split(err.Error(), "\n"))
}

func TestConfig_Validate(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name   string
		change func(*config.Config)
		want   string // Part of the error; empty when there is none.
	}{
		{"batch of one", func(c *config.Config) { c.DispatchMaxBatch = 1 }, ""},
		{"batch of none", func(c *config.Config) { c.DispatchMaxBatch = 0 }, "SUREHOOK_DISPATCH_MAX_BATCH"},
		{"keyset file only", func(c *config.Config) { c.Keyset, c.KeysetFile = "", "keys.json" }, ""},
		{"keyset twice", func(c *config.Config) { c.KeysetFile = "keys.json" }, "SUREHOOK_KEYSET_FILE"},
		{"log format text", func(c *config.Config) { c.LogFormat = "text" }, ""},
		{"no role", func(c *config.Config) { c.Roles = nil }, "SUREHOOK_ROLES must name at least one role"},
		{"no shutdown timeout", func(c *config.Config) { c.ShutdownTimeout = 0 }, "SUREHOOK_SHUTDOWN_TIMEOUT"},
		{"payloads for a day", func(c *config.Config) { c.PayloadRetentionDays = 1 }, ""},
		{"payloads for as long", func(c *config.Config) { c.PayloadRetentionDays = 30 }, ""},
		{"payloads for longer", func(c *config.Config) { c.PayloadRetentionDays = 31 }, "SUREHOOK_PAYLOAD_RETENTION_DAYS"},
		{"retention of a day", func(c *config.Config) { c.RetentionDays = 1 }, ""},
		{"retention of ten years", func(c *config.Config) { c.RetentionDays = 3_650 }, ""},
		{"retention for ever", func(c *config.Config) { c.RetentionDays = 3_651 }, "SUREHOOK_RETENTION_DAYS"},
		{"session of a minute", func(c *config.Config) { c.SessionLifetime = time.Minute }, ""},
		{"session of a moment", func(c *config.Config) { c.SessionLifetime = time.Second }, "SUREHOOK_SESSION_LIFETIME"},
		{"session of a year", func(c *config.Config) { c.SessionLifetime = 8760 * time.Hour }, "SUREHOOK_SESSION_LIFETIME"},
		{"role in capitals", func(c *config.Config) { c.Roles = []config.Role{"API"} }, "SUREHOOK_ROLES"},
		{"role worker only", func(c *config.Config) { c.Roles = []config.Role{config.RoleWorker} }, ""},
		{"UI URL", func(c *config.Config) { c.TemporalUIURL = "https://temporal.example.com/ui" }, ""},
		{"UI URL of another scheme", func(c *config.Config) { c.TemporalUIURL = "ftp://ui" }, "SUREHOOK_TEMPORAL_UI_URL"},
		{"UI URL that is none", func(c *config.Config) { c.TemporalUIURL = "http://[" }, "SUREHOOK_TEMPORAL_UI_URL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			c := complete()
			tt.change(&c)

			err := c.Validate()
			if tt.want == "" {
				require.NoError(t, err)

				return
			}

			require.ErrorContains(t, err, tt.want)
			require.NotContains(t, err.Error(), "\n", "one thing is wrong, so one problem is reported")
		})
	}
}

func TestConfig_PayloadsAreKeptAsLongAsTheRestUnlessTold(t *testing.T) {
	t.Parallel()

	c := config.Defaults()
	require.Equal(t, 30, c.RetentionDays)
	require.Equal(t, 30, c.PayloadDays())

	c.PayloadRetentionDays = 7
	require.Equal(t, 7, c.PayloadDays())
}

func TestConfig_Has(t *testing.T) {
	t.Parallel()

	c := config.Config{Roles: []config.Role{config.RoleWorker}}
	require.True(t, c.Has(config.RoleWorker))
	require.False(t, c.Has(config.RoleAPI))
}

func TestConfig_ReadKeyset(t *testing.T) {
	t.Parallel()

	t.Run("from the variable", func(t *testing.T) {
		t.Parallel()

		keyset, err := config.Config{Keyset: "keys"}.ReadKeyset()
		require.NoError(t, err)
		require.Equal(t, "keys", string(keyset))
	})

	t.Run("from a file", func(t *testing.T) {
		t.Parallel()

		path := filepath.Join(t.TempDir(), "keyset")
		require.NoError(t, os.WriteFile(path, []byte("keys of the file"), 0o600))

		keyset, err := config.Config{KeysetFile: path}.ReadKeyset()
		require.NoError(t, err)
		require.Equal(t, "keys of the file", string(keyset))
	})

	t.Run("from a file that is not there", func(t *testing.T) {
		t.Parallel()

		_, err := config.Config{KeysetFile: filepath.Join(t.TempDir(), "missing")}.ReadKeyset()
		require.ErrorContains(t, err, "SUREHOOK_KEYSET_FILE")
		require.ErrorIs(t, err, os.ErrNotExist)
	})
}

func TestConfig_ReadCAFile(t *testing.T) {
	t.Parallel()

	written := func(text string) string {
		path := filepath.Join(t.TempDir(), "ca.pem")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))

		return path
	}

	t.Run("none leaves it to the system", func(t *testing.T) {
		t.Parallel()

		pool, err := config.Config{}.ReadCAFile()
		require.NoError(t, err)
		require.Nil(t, pool)
	})

	t.Run("adds to those of the system", func(t *testing.T) {
		t.Parallel()

		server := httptest.NewTLSServer(nil)
		t.Cleanup(server.Close)

		own := server.Certificate()
		pool, err := config.Config{
			EgressCAFile: written(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Raw}))),
		}.ReadCAFile()
		require.NoError(t, err)

		_, err = own.Verify(x509.VerifyOptions{Roots: pool})
		require.NoError(t, err)

		system, err := x509.SystemCertPool()
		require.NoError(t, err)
		system.AddCert(own)
		require.True(t, system.Equal(pool))
	})

	for name, text := range map[string]string{"empty": "", "no PEM": "certificate", "a key": "-----BEGIN KEY-----\nAA==\n-----END KEY-----\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := config.Config{EgressCAFile: written(text)}.ReadCAFile()
			require.EqualError(t, err, "SUREHOOK_EGRESS_CA_FILE has no certificate in PEM")
		})
	}

	t.Run("that is not there", func(t *testing.T) {
		t.Parallel()

		_, err := config.Config{EgressCAFile: filepath.Join(t.TempDir(), "missing")}.ReadCAFile()
		require.ErrorContains(t, err, "SUREHOOK_EGRESS_CA_FILE")
		require.ErrorIs(t, err, os.ErrNotExist)
	})
}

// It changes the environment of the process, so it cannot be parallel.
func TestLoad_ReadsEveryKindOfSetting(t *testing.T) {
	t.Setenv("SUREHOOK_ALLOWED_ORIGINS", "https://a.example,https://b.example")
	t.Setenv("SUREHOOK_AUTO_MIGRATE", "true")
	t.Setenv("SUREHOOK_EGRESS_ALLOWED_PORTS", "8080,8443")
	t.Setenv("SUREHOOK_EGRESS_ALLOWED_PREFIXES", "10.0.0.0/8,fd00::/8")
	t.Setenv("SUREHOOK_EGRESS_CA_FILE", "/etc/ca.pem")
	t.Setenv("SUREHOOK_EGRESS_SOURCE_RANGES", "192.0.2.0/24,2001:db8::/48")
	t.Setenv("SUREHOOK_LOG_LEVEL", "DEBUG")
	t.Setenv("SUREHOOK_PROFILES_DIR", "/etc/profiles")
	t.Setenv("SUREHOOK_ROLES", "worker")
	t.Setenv("SUREHOOK_SHUTDOWN_TIMEOUT", "1m30s")

	c, err := config.Load()
	require.NoError(t, err)
	require.Equal(t, []string{"https://a.example", "https://b.example"}, c.AllowedOrigins)
	require.True(t, c.AutoMigrate)
	require.Equal(t, []uint16{8080, 8443}, c.EgressAllowedPorts)
	require.Equal(t, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")},
		c.EgressAllowedPrefixes)
	require.Equal(t, "/etc/ca.pem", c.EgressCAFile)
	require.Equal(t, []string{"192.0.2.0/24", "2001:db8::/48"}, c.SourceRanges())
	require.Equal(t, slog.LevelDebug, c.LogLevel)
	require.Equal(t, "/etc/profiles", c.ProfilesDir)
	require.Equal(t, []config.Role{config.RoleWorker}, c.Roles)
	require.Equal(t, 90*time.Second, c.ShutdownTimeout)
}

func TestLoad_NamesTheVariableThatIsMalformed(t *testing.T) {
	for name, tt := range map[string]struct{ value, wrong string }{
		"SUREHOOK_AUTO_MIGRATE":            {"perhaps", `parsing "perhaps": invalid syntax`},
		"SUREHOOK_DATABASE_MAX_CONNS":      {"many", `parsing "many": invalid syntax`},
		"SUREHOOK_EGRESS_ALLOWED_PORTS":    {"8080,65536", `parsing "65536": value out of range`},
		"SUREHOOK_EGRESS_ALLOWED_PREFIXES": {"10.0.0.0", `"10.0.0.0"`},
		"SUREHOOK_EGRESS_SOURCE_RANGES":    {"192.0.2.1", `"192.0.2.1"`},
		"SUREHOOK_LOG_LEVEL":               {"LOUD", `"LOUD"`},
		"SUREHOOK_SHUTDOWN_TIMEOUT":        {"75", `missing unit in duration "75"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, tt.value)

			_, err := config.Load()
			require.ErrorContains(t, err, "read configuration: "+name+": ")
			require.ErrorContains(t, err, tt.wrong)
			require.NotContains(t, err.Error(), "field", "operators do not know the fields")
			require.NotContains(t, err.Error(), "\n", "one thing is wrong, so one problem is reported")
		})
	}
}

func TestLoad_ReportsEveryMalformedVariableAtOnce(t *testing.T) {
	t.Setenv("SUREHOOK_AUTO_MIGRATE", "perhaps")
	t.Setenv("SUREHOOK_SHUTDOWN_TIMEOUT", "75")

	_, err := config.Load()
	require.ErrorContains(t, err, "SUREHOOK_AUTO_MIGRATE: ")
	require.ErrorContains(t, err, "\nSUREHOOK_SHUTDOWN_TIMEOUT: ")
}

func TestSettings_EveryOneIsNamedAndDescribed(t *testing.T) {
	t.Parallel()

	seen := make(map[string]bool)

	for _, one := range config.Settings() {
		require.Regexp(t, `^SUREHOOK_[A-Z]+(_[A-Z]+)*$`, one.Name)
		require.False(t, seen[one.Name], "%s is there twice", one.Name)
		require.Regexp(t, `^\S.*\.$`, one.Description, "%s is described in sentences", one.Name)
		require.NotEmpty(t, one.Kind)

		seen[one.Name] = true
	}

	require.Contains(t, config.Settings(), config.Setting{
		Name: "SUREHOOK_ROLES", Kind: "text list", Default: "api,worker",
		Description: "What this process does: api, worker or both.",
	})
}
