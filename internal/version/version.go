// Package version says which build this is.
package version

// Version is set when a release is built, by -ldflags "-X github.com/surehook/surehook/internal/version.Version=...".
var Version = "dev"
