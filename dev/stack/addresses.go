package stack

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/surehook/surehook/dev/atomicfile"
)

// addresses is what the parts offer each other and the developer. A part
// fills in its own before it is ready and reads those of the parts before it,
// so no lock is needed.
type addresses struct {
	apiKey          string // demo organization, role ADMIN
	consoleURL      string // signs in with that key; empty without the console
	databaseURL     string // Surehook's own database
	operatorKey     string
	postgresURL     string // the server, for parts that make databases
	receiverURL     string
	surehookURL     string
	temporalAddress string
	temporalUIURL   string
}

// rows are the variables of the env file with their labels in the table, in
// the order shown.
func (a *addresses) rows() []struct{ label, variable, value string } {
	return []struct{ label, variable, value string }{
		{"Console (this link signs you in)", "SUREHOOK_CONSOLE_URL", a.consoleURL},
		{"Surehook (API at /graphql)", "SUREHOOK_URL", a.surehookURL},
		{"API key of organization Demo", "SUREHOOK_API_KEY", a.apiKey},
		{"Operator key", "SUREHOOK_OPERATOR_KEY", a.operatorKey},
		{"Temporal Web UI", "TEMPORAL_UI_URL", a.temporalUIURL},
		{"Temporal frontend (gRPC)", "TEMPORAL_ADDRESS", a.temporalAddress},
		{"Sample receiver", "SAMPLE_RECEIVER_URL", a.receiverURL},
		{"Postgres", "SUREHOOK_DATABASE_URL", a.databaseURL},
	}
}

// print writes the table of addresses.
func (a *addresses) print(w io.Writer, envFile string) error {
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table)
	for _, row := range a.rows() {
		if row.value != "" {
			fmt.Fprintf(table, "  %s\t%s\n", row.label, row.value)
		}
	}
	fmt.Fprintf(table, "  All of this, to be sourced\t%s\n", envFile)
	fmt.Fprintln(table)
	return table.Flush()
}

// writeEnv writes what is known as shell assignments. The file appears at once
// and complete, so a script may wait for it to exist.
func (a *addresses) writeEnv(path string) error {
	var content strings.Builder
	for _, row := range a.rows() {
		if row.value != "" {
			fmt.Fprintf(&content, "export %s=%s\n", row.variable, shellQuote(row.value))
		}
	}
	return atomicfile.Write(path, []byte(content.String()))
}

// removeEnv removes an env file that speaks of a stack that does not run.
func removeEnv(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove stale env file: %w", err)
	}
	return nil
}

// shellQuote makes a value one word for any POSIX shell.
func shellQuote(value string) string {
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
