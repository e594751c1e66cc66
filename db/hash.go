package db

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
)

// MigrationsHash names this program's set of migrations in 16 hexadecimal digits: it is another as soon as one of them
// is. Test databases are kept under it.
func MigrationsHash() (string, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return "", fmt.Errorf("list embedded migrations: %w", err)
	}

	sum := sha256.New()

	for _, name := range names {
		content, err := migrations.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("read embedded migration: %w", err)
		}

		// The lengths keep two sets apart whose names and contents would run together to the same bytes.
		_, _ = fmt.Fprintf(sum, "%s %d\n%s", name, len(content), content)
	}

	return hex.EncodeToString(sum.Sum(nil)[:8]), nil
}
