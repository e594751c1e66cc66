package consoleweb

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// types are what a build may hold. The system's own list differs from machine to machine.
var types = map[string]string{
	".css":         "text/css; charset=utf-8",
	".gif":         "image/gif",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/x-icon",
	".jpeg":        "image/jpeg",
	".jpg":         "image/jpeg",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".map":         "application/json",
	".mjs":         "text/javascript; charset=utf-8",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".ttf":         "font/ttf",
	".txt":         "text/plain; charset=utf-8",
	".wasm":        "application/wasm",
	".webmanifest": "application/manifest+json",
	".webp":        "image/webp",
	".woff":        "font/woff",
	".woff2":       "font/woff2",
	".xml":         "application/xml",
}

// typeOf returns the type of a file, or nothing for a name that is none of a file's. Names of event types have dots,
// too, and are parts of addresses.
func typeOf(name string) string { return types[strings.ToLower(path.Ext(name))] }

// file is one file in the forms that there are of it, the smallest first.
type file struct {
	name  string
	forms []form
	// policy is the Content-Security-Policy of a page.
	policy string
}

// form is a file in one encoding.
type form struct {
	// encoding is that of Content-Encoding. Empty for the file itself.
	encoding string
	etag     string
	size     int
	open     func() (io.ReadSeekCloser, error)
}

// encodings are those of the names' ends.
var encodings = map[string]string{".br": "br", ".gz": "gzip"}

// readFiles looks through a whole folder.
func readFiles(folder fs.FS) (map[string]*file, error) {
	files := make(map[string]*file)

	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}

		content, err := fs.ReadFile(folder, name)
		if err != nil {
			return err
		}

		of, encoding := name, encodings[path.Ext(name)]
		if encoding != "" {
			of = strings.TrimSuffix(name, path.Ext(name))
		}

		if files[of] == nil {
			files[of] = &file{name: of}
		}

		files[of].add(encoding, content, func() (io.ReadSeekCloser, error) { return openFile(folder, name) })

		return nil
	})
	if err != nil {
		return nil, err
	}

	for _, one := range files {
		if err := one.complete(); err != nil {
			return nil, fmt.Errorf("%s: %w", one.name, err)
		}
	}

	return files, nil
}

// openFile does not copy what is built into the program.
func openFile(folder fs.FS, name string) (io.ReadSeekCloser, error) {
	opened, err := folder.Open(name)
	if err != nil {
		return nil, err
	}

	if seeker, ok := opened.(io.ReadSeekCloser); ok {
		return seeker, nil
	}

	defer opened.Close()

	content, err := io.ReadAll(opened)

	return inMemory(content), err
}

type memory struct{ *bytes.Reader }

func inMemory(content []byte) memory { return memory{bytes.NewReader(content)} }

// Close does nothing.
func (memory) Close() error { return nil }

// add adds a form. Each has a tag of its own, because it has other bytes.
func (f *file) add(encoding string, content []byte, open func() (io.ReadSeekCloser, error)) {
	sum := sha256.Sum256(content)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`

	f.forms = append(f.forms, form{encoding, tag, len(content), open})
}

// complete makes the file itself from a compressed form where it is not there, and works out the policy of a page.
func (f *file) complete() error {
	if zipped := f.form("gzip"); f.form("") == nil && zipped != nil {
		open := zipped.open

		content, err := unzip(open)
		if err != nil {
			return err
		}

		// Hardly anybody asks for it, so it is not kept.
		f.add("", content, func() (io.ReadSeekCloser, error) {
			again, err := unzip(open)

			return inMemory(again), err
		})
	}

	slices.SortStableFunc(f.forms, func(a, b form) int { return a.size - b.size })

	if path.Ext(f.name) != ".html" {
		return nil
	}

	itself := f.form("")
	if itself == nil {
		return errors.New("a page has to be there as it is, or as .gz")
	}

	opened, err := itself.open()
	if err != nil {
		return err
	}
	defer opened.Close()

	page, err := io.ReadAll(opened)
	f.policy = policy(page, f.name == explorer+".html" || f.name == explorer+"/"+index)

	return err
}

func unzip(open func() (io.ReadSeekCloser, error)) ([]byte, error) {
	opened, err := open()
	if err != nil {
		return nil, err
	}
	defer opened.Close()

	reader, err := gzip.NewReader(opened)
	if err != nil {
		return nil, err
	}

	return io.ReadAll(reader)
}

func (f *file) form(encoding string) *form {
	n := slices.IndexFunc(f.forms, func(one form) bool { return one.encoding == encoding })
	if n < 0 {
		return nil
	}

	return &f.forms[n]
}

// choose returns the smallest form that a client takes.
func (f *file) choose(acceptEncoding string) (form, bool) {
	n := slices.IndexFunc(f.forms, func(one form) bool { return accepts(acceptEncoding, one.encoding) })
	if n < 0 {
		return form{}, false
	}

	return f.forms[n], true
}

func (f *file) contentType() string {
	if known := typeOf(f.name); known != "" {
		return known
	}

	return "application/octet-stream"
}

// cacheControl is for ever for assets, whose names have a hash of their content. Everything else is asked for again,
// and mostly not sent again.
func (f *file) cacheControl() string {
	if strings.HasPrefix(f.name, "assets/") {
		return "public, max-age=31536000, immutable"
	}

	return "no-cache"
}
