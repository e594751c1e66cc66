package profile

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Registry is all profiles that there are. It never changes, so it is safe for concurrent use.
type Registry struct {
	// profiles are sorted by name.
	profiles []Profile
}

// List returns all profiles, sorted by name.
func (r *Registry) List() []Profile { return slices.Clone(r.profiles) }

// Get returns the profile of a name, and whether there is one.
func (r *Registry) Get(name string) (Profile, bool) {
	at, ok := slices.BinarySearchFunc(r.profiles, name, func(p Profile, name string) int {
		return strings.Compare(p.Name, name)
	})
	if !ok {
		return Profile{}, false
	}

	return r.profiles[at], true
}

// Load reads the profiles of a file system, and those of a directory if dir is not empty. Each is a file *.yaml or
// *.yml of at most 1 MiB; other files are left alone. One of the directory takes the place of an embedded one of the
// same name.
//
// The embedded profile [Default] is complete, and fills in what the others leave out, also when the directory has
// another in its place.
//
// The error joins all that is wrong, each an [*Error]; a directory that cannot be read is another error.
func Load(embedded fs.FS, dir string) (*Registry, error) {
	shape, err := newFormat()
	if err != nil {
		return nil, err
	}

	l := &loader{format: shape, profiles: map[string]Profile{}}

	// What the others are laid over comes first.
	standard := Default + ".yaml"
	if err := l.load(embedded, standard, standard); err != nil {
		return nil, err
	}

	l.base = l.profiles[Default]

	errs := []error{l.directory(embedded, "")}

	if dir != "" {
		errs = append(errs, l.directory(os.DirFS(dir), dir))
	}

	if err := errors.Join(errs...); err != nil {
		return nil, err
	}

	return &Registry{profiles: slices.SortedFunc(maps.Values(l.profiles), func(a, b Profile) int {
		return strings.Compare(a.Name, b.Name)
	})}, nil
}

type loader struct {
	format format
	// base fills in what profiles leave out. It is the zero Profile while it is itself being read.
	base     Profile
	profiles map[string]Profile
}

// directory reads all profiles of one place. Prefix is what stands before their names when they are told of.
func (l *loader) directory(from fs.FS, prefix string) error {
	entries, err := fs.ReadDir(from, ".")
	if err != nil {
		return fmt.Errorf("read profiles of the directory %s: %w", cmp.Or(prefix, "that is embedded"), err)
	}

	var errs []error

	files := map[string]string{} // by name of the profile

	for _, entry := range entries {
		name := entry.Name()

		if entry.IsDir() || strings.HasPrefix(name, ".") || !slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(name)) {
			continue
		}

		path := filepath.Join(prefix, name)

		if other := files[stem(name)]; other != "" {
			errs = append(errs, &Error{File: path, Message: "there is " + other + " as well"})

			continue
		}

		files[stem(name)] = name

		errs = append(errs, l.load(from, name, path))
	}

	return errors.Join(errs...)
}

// load reads one profile. The path is what it is called when it is told of.
func (l *loader) load(from fs.FS, name, path string) error {
	r := &report{file: path}

	if p, ok := l.read(r, from, name); ok {
		l.profiles[p.Name] = p
	}

	return errors.Join(r.errs...)
}

func (l *loader) read(r *report, from fs.FS, name string) (Profile, bool) {
	text, err := readFile(from, name)
	if err != nil {
		r.add(err.Error())

		return Profile{}, false
	}

	written, err := readYAML(text)
	if err != nil {
		line := 0
		if at, ok := errors.AsType[*yamlError](err); ok {
			line = at.line
		}

		r.addLine(line, err.Error())

		return Profile{}, false
	}

	r.lines = written.lines

	if l.format.check(r, written.json); len(r.errs) > 0 {
		return Profile{}, false
	}

	p, err := resolve(written.json, l.base)
	if err != nil {
		r.add(err.Error())

		return Profile{}, false
	}

	if p.Name != stem(name) {
		r.add(fmt.Sprintf("must be %s, as the file is %s", stem(name), name), "name")
	}

	check(r, p)

	return p, len(r.errs) == 0
}

// readFile reads one byte more than a file may have, so that it can be told that there are too many.
func readFile(from fs.FS, name string) ([]byte, error) {
	// Before it is opened, which for a pipe would wait.
	info, err := fs.Stat(from, name)
	if err != nil {
		return nil, reason(err)
	}

	if !info.Mode().IsRegular() {
		return nil, errors.New("must be a regular file")
	}

	file, err := from.Open(name)
	if err != nil {
		return nil, reason(err)
	}

	defer file.Close()

	text, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))

	return text, reason(err)
}

// reason leaves the path out of an error, since it is told beside it.
func reason(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}

	return err
}

// stem is the name of a file without its extension.
func stem(name string) string { return strings.TrimSuffix(name, filepath.Ext(name)) }
