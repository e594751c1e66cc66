package profile

import (
	"fmt"
	"strings"
)

// maxErrors is how many things are told about one file.
const maxErrors = 50

// Error is one thing that is wrong with a profile.
type Error struct {
	// File is the name of a profile that is shipped, or the path of one in a directory.
	File string
	// Line is where in the file, from 1, and 0 when that is not known.
	Line int
	// Path leads to what is wrong, such as settings.query.0.name. Empty for the whole file.
	Path    string
	Message string
}

// Error says where it is wrong and why, in the form file:line: path: message.
func (e *Error) Error() string {
	var out strings.Builder

	out.WriteString(e.File)

	if e.Line > 0 {
		fmt.Fprintf(&out, ":%d", e.Line)
	}

	out.WriteString(": ")

	if e.Path != "" {
		out.WriteString(e.Path + ": ")
	}

	out.WriteString(e.Message)

	return out.String()
}

// report gathers what is wrong with one file.
type report struct {
	file string
	// lines are where in the file the values are, by their paths.
	lines map[string]int
	errs  []error
}

func (r *report) add(message string, path ...string) {
	// What is missing is on no line: then it is that of what it is missing from.
	line := 0
	for n := len(path); n >= 0 && line == 0; n-- {
		line = r.lines[lineKey(path[:n])]
	}

	r.addLine(line, message, path...)
}

func (r *report) addLine(line int, message string, path ...string) {
	if len(r.errs) < maxErrors {
		r.errs = append(r.errs, &Error{File: r.file, Line: line, Path: strings.Join(path, "."), Message: message})
	}
}

func lineKey(path []string) string { return strings.Join(path, "/") }
