// Package profiles holds the profiles that are shipped, each a YAML file, and the JSON Schema of their format.
// docs/profiles.md says what they are, and internal/profile reads them.
package profiles

import "embed"

// Files are the profiles, one in each *.yaml.
//
//go:embed *.yaml
var Files embed.FS

// Schema is the JSON Schema, draft 2020-12, that profiles are checked against. Do not modify.
//
//go:embed schema.json
var Schema []byte
