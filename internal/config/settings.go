package config

import (
	"fmt"
	"log/slog"
	"net/netip"
	"reflect"
	"time"
)

//go:generate go run ./gendoc -root ../..

// Setting is one thing that can be set, as the documentation lists it.
type Setting struct {
	// Name is the environment variable.
	Name string
	// Kind says what its text looks like: "text", "number", "yes or no", "duration", "level", or a list of these.
	Kind string
	// Default is the text that stands for it when it is not set. Empty when there is none.
	Default string
	// Description is at least one sentence.
	Description string
}

// Settings lists everything in [Config], in its order. It is read from the tags, so it cannot be out of date.
func Settings() []Setting {
	fields := reflect.VisibleFields(reflect.TypeFor[Config]())
	out := make([]Setting, len(fields))

	for n, field := range fields {
		out[n] = Setting{
			Name:        field.Tag.Get("env"),
			Kind:        kindOf(field.Type),
			Default:     field.Tag.Get("envDefault"),
			Description: field.Tag.Get("desc"),
		}
	}

	return out
}

func kindOf(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[netip.Prefix]():
		return "network"
	case reflect.TypeFor[slog.Level]():
		return "level"
	case reflect.TypeFor[time.Duration]():
		return "duration"
	}

	switch t.Kind() {
	case reflect.Bool:
		return "yes or no"
	case reflect.Int, reflect.Int32, reflect.Uint16:
		return "number"
	case reflect.Slice:
		return kindOf(t.Elem()) + " list"
	case reflect.String:
		return "text"
	default:
		// The documentation has no words for it, which is a defect of this file.
		panic(fmt.Sprintf("config: no kind for %s", t))
	}
}
