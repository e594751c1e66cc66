package stack

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Names of the parts, as --parts takes them.
const (
	partPostgres = "postgres"
	partReceiver = "receiver"
	partSurehook = "surehook"
	partTemporal = "temporal"
	partUI       = "ui"
)

// allParts is the default of --parts and the order of starting: each part may
// use those before it.
var allParts = []string{partPostgres, partTemporal, partUI, partReceiver, partSurehook}

// defaultPorts are the ports on 127.0.0.1 by part. Temporal's are the ones its
// own tools expect.
var defaultPorts = map[string]int{
	partPostgres: 5440,
	partReceiver: 8090,
	partSurehook: 8080,
	partTemporal: 7233,
	partUI:       8233,
}

// Config is what the command line and the environment say.
type Config struct {
	// DataDir holds everything that outlives the process.
	DataDir string

	// EnvFile is written when everything is ready; see writeEnv.
	EnvFile string

	// Parts are the parts this process runs, in starting order.
	Parts []string

	// Ports are the ports by part; 0 picks a free one.
	Ports map[string]int

	// PostgresURL says where Postgres is when it is not one of the parts.
	PostgresURL string

	// Reset asks for the data to be removed instead of anything being started.
	Reset bool

	// TemporalAddress says where the frontend is when Temporal is not one of
	// the parts.
	TemporalAddress string
}

// ParseConfig reads flags, with the environment for ports. The error is
// flag.ErrHelp when help was asked for, and has been printed to output in that
// case only.
func ParseConfig(args []string, getenv func(string) string, output io.Writer) (Config, error) {
	cfg := Config{Ports: map[string]int{}}
	fs := flag.NewFlagSet("surehook-dev", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	fs.StringVar(&cfg.DataDir, "data-dir", ".dev", "directory for all data")
	fs.StringVar(&cfg.EnvFile, "env-file", "", "file to write addresses and keys to when ready (default <data-dir>/env)")
	parts := fs.String("parts", strings.Join(allParts, ","), "parts to run in this process, comma-separated")
	fs.StringVar(&cfg.PostgresURL, "postgres-url", "", "Postgres that runs elsewhere, as a role that may create databases")
	fs.StringVar(&cfg.TemporalAddress, "temporal-address", "", "host:port of a Temporal frontend that runs elsewhere")
	fs.BoolVar(&cfg.Reset, "reset", false, "remove the data in the data directory and exit")

	var problems []error
	for _, part := range allParts {
		port, err := envPort(part, getenv)
		problems = append(problems, err)
		cfg.Ports[part] = port
		fs.Func(part+"-port", fmt.Sprintf("port of %s on 127.0.0.1, 0 for a free one (default %d, environment %s)",
			part, defaultPorts[part], portVariable(part)), func(value string) error {
			port, err := parsePort(value)
			cfg.Ports[part] = port
			return err
		})
	}
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(output, "surehook-dev runs Surehook and all it needs. Flags:")
			fs.SetOutput(output)
			fs.PrintDefaults()
		}
		return Config{}, err
	}
	if fs.NArg() > 0 {
		problems = append(problems, fmt.Errorf("unexpected argument %q", fs.Arg(0)))
	}
	if cfg.EnvFile == "" {
		cfg.EnvFile = filepath.Join(cfg.DataDir, "env")
	}
	var err error
	cfg.Parts, err = parseParts(*parts)
	problems = append(problems, err, cfg.validate())
	return cfg, errors.Join(problems...)
}

// runs reports whether a part is one of this process.
func (c Config) runs(part string) bool { return slices.Contains(c.Parts, part) }

// validate reports every way in which parts do not fit together.
func (c Config) validate() error {
	var problems []error
	needs := func(part, needed, flag, given string) {
		if c.runs(part) && !c.runs(needed) && given == "" {
			problems = append(problems, fmt.Errorf("part %s needs %s: add it to --parts or give %s", part, needed, flag))
		}
	}
	needs(partTemporal, partPostgres, "--postgres-url", c.PostgresURL)
	needs(partSurehook, partPostgres, "--postgres-url", c.PostgresURL)
	needs(partSurehook, partTemporal, "--temporal-address", c.TemporalAddress)
	needs(partUI, partTemporal, "--temporal-address", c.TemporalAddress)

	conflicts := func(part, flag, given string) {
		if c.runs(part) && given != "" {
			problems = append(problems, fmt.Errorf("%s says that %s runs elsewhere: take it out of --parts", flag, part))
		}
	}
	conflicts(partPostgres, "--postgres-url", c.PostgresURL)
	conflicts(partTemporal, "--temporal-address", c.TemporalAddress)
	return errors.Join(problems...)
}

// parseParts reads --parts and puts the parts in starting order.
func parseParts(list string) ([]string, error) {
	given := strings.Split(list, ",")
	for i, part := range given {
		given[i] = strings.TrimSpace(part)
		if !slices.Contains(allParts, given[i]) {
			return nil, fmt.Errorf("unknown part %q in --parts (known: %s)", given[i], strings.Join(allParts, ", "))
		}
	}
	return slices.DeleteFunc(slices.Clone(allParts), func(part string) bool {
		return !slices.Contains(given, part)
	}), nil
}

// portVariable is the environment variable for a part's port.
func portVariable(part string) string { return "SUREHOOK_DEV_" + strings.ToUpper(part) + "_PORT" }

// envPort reads a part's port from the environment.
func envPort(part string, getenv func(string) string) (int, error) {
	value := getenv(portVariable(part))
	if value == "" {
		return defaultPorts[part], nil
	}
	port, err := parsePort(value)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", portVariable(part), err)
	}
	return port, nil
}

// parsePort reads a TCP port or 0.
func parsePort(value string) (int, error) {
	port, err := strconv.Atoi(value)
	if err != nil || port < 0 || port > 65535 {
		return 0, fmt.Errorf("%q is not a port (0 to 65535)", value)
	}
	return port, nil
}

// makeDataDir creates the data directory. Others may look into it, which the
// unprivileged Postgres account has to; every file in it that holds a secret
// is closed by its own mode.
func (c Config) makeDataDir() error {
	if err := os.MkdirAll(c.DataDir, 0o755); err != nil {
		return fmt.Errorf("create data directory: %w", err)
	}
	return nil
}
