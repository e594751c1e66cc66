// Package console is the web console as it was built by make console, ready to be served by internal/consoleweb.
package console

import (
	"embed"
	"io/fs"
)

// files has dist-missing, which is committed, and dist where it was built. One pattern for both, because one that
// matches nothing does not compile.
//
//go:embed all:dist*
var files embed.FS

// Files returns what to serve, and whether it is the console. Without a build it is a page that says how to make one.
func Files() (found fs.FS, built bool) { return from(files) }

func from(all fs.FS) (found fs.FS, built bool) {
	folder := "dist"
	if _, err := fs.Stat(all, "dist/index.html"); err != nil {
		folder = "dist-missing"
	} else {
		built = true
	}

	found, err := fs.Sub(all, folder)
	if err != nil {
		panic(err) // the names above are not valid, which is a defect of this file
	}

	return found, built
}
