package expression

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"strconv"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// writer writes values as compact JSON. The members of objects are in the order in which they were written, in the
// payload or in the expression.
type writer struct {
	out []byte
	// limit is how much it writes at most, in bytes. 0 is [MaxOutput].
	limit int
}

// value returns a value as JSON.
func (w *writer) value(value ref.Val) ([]byte, error) {
	if err := w.write(value); err != nil {
		return nil, err
	}

	return w.out, nil
}

// text returns a value as text: see [Member].
func (w *writer) text(value ref.Val) (string, error) {
	switch value := opened(value).(type) {
	case types.Null:
		return "", nil
	case types.String:
		if len(value) > MaxOutput {
			return "", tooLarge()
		}

		return string(value), nil
	case types.Timestamp:
		return timestamp(value), nil
	default:
		written, err := (&writer{}).value(value)

		return string(written), err
	}
}

// members returns the members of an object as texts.
func (w *writer) members(value ref.Val) ([]Member, error) {
	object, ok := opened(value).(traits.Mapper)
	if !ok {
		return nil, failed("must be an object, but is of type %s", value.Type().TypeName())
	}

	entries, err := w.entries(object)
	if err != nil {
		return nil, err
	}

	members := make([]Member, 0, len(entries))
	size := 0

	for _, entry := range entries {
		text, err := w.text(entry.value)
		if err != nil {
			return nil, err
		}

		if size += len(entry.name) + len(text); size > MaxOutput {
			return nil, tooLarge()
		}

		members = append(members, Member{Name: entry.name, Value: text})
	}

	return members, nil
}

// opened returns what an optional has inside, or null.
func opened(value ref.Val) ref.Val {
	for maybe, ok := value.(*types.Optional); ok; maybe, ok = value.(*types.Optional) {
		if !maybe.HasValue() {
			return types.NullValue
		}

		value = maybe.GetValue()
	}

	return value
}

func timestamp(value types.Timestamp) string { return value.UTC().Format(time.RFC3339Nano) }

func (w *writer) write(value ref.Val) error {
	switch value := opened(value).(type) {
	case types.Null:
		w.out = append(w.out, "null"...)
	case types.Bool:
		w.out = strconv.AppendBool(w.out, bool(value))
	case types.Int:
		w.out = strconv.AppendInt(w.out, int64(value), 10)
	case types.Uint:
		w.out = strconv.AppendUint(w.out, uint64(value), 10)
	case types.Double:
		return w.double(float64(value))
	case types.String:
		return w.string(string(value))
	case types.Timestamp:
		return w.string(timestamp(value))
	case *object:
		return w.raw(value.raw())
	case *array:
		return w.raw(value.raw())
	case traits.Mapper:
		return w.object(value)
	case traits.Lister:
		return w.list(value)
	default:
		return failed("there is no JSON for type %s", value.Type().TypeName())
	}

	return w.check(0)
}

// check tells whether there is room for more.
func (w *writer) check(more int) error {
	if len(w.out)+more > cmp.Or(w.limit, MaxOutput) {
		return tooLarge()
	}

	return nil
}

func (w *writer) raw(text string) error {
	if err := w.check(len(text)); err != nil {
		return err
	}

	w.out = append(w.out, text...)

	return nil
}

// double writes numbers as encoding/json does.
func (w *writer) double(value float64) error {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return failed("there is no JSON for the number %v", value)
	}

	written, err := json.Marshal(value)
	if err != nil {
		return failed("%v", err)
	}

	return w.raw(string(written))
}

// string writes strings as encoding/json does when it takes no care of HTML.
func (w *writer) string(value string) error {
	if err := w.check(len(value) + len(`""`)); err != nil {
		return err
	}

	if plain(value) {
		w.out = append(w.out, '"')
		w.out = append(w.out, value...)
		w.out = append(w.out, '"')

		return nil
	}

	var escaped bytes.Buffer

	encoder := json.NewEncoder(&escaped)
	encoder.SetEscapeHTML(false)

	if err := encoder.Encode(value); err != nil {
		return failed("%v", err)
	}

	return w.raw(string(bytes.TrimSuffix(escaped.Bytes(), []byte("\n"))))
}

// plain tells whether a string is all in ASCII and has nothing to be escaped.
func plain(value string) bool {
	for _, char := range []byte(value) {
		if char < ' ' || char > '~' || char == '"' || char == '\\' {
			return false
		}
	}

	return true
}

type entry struct {
	name  string
	value ref.Val
}

// entries returns the members of an object in their order.
func (w *writer) entries(of traits.Mapper) ([]entry, error) {
	entries := make([]entry, 0, items(of))

	if data, ok := of.(*object); ok {
		for place, name := range data.names {
			entries = append(entries, entry{name: name, value: data.values[place]})
		}

		return entries, nil
	}

	for it := of.Iterator(); it.HasNext() == types.True; {
		key := it.Next()

		name, ok := memberName(key)
		if !ok {
			return nil, failed("the name of a member cannot be of type %s", key.Type().TypeName())
		}

		value, _ := of.Find(key)
		entries = append(entries, entry{name: name, value: value})
	}

	return entries, twice(entries)
}

// twice refuses two members of one name, such as 1 and "1".
func twice(entries []entry) error {
	names := make(map[string]bool, len(entries))

	for _, entry := range entries {
		if names[entry.name] {
			return failed("there are two members of the name %q", entry.name)
		}

		names[entry.name] = true
	}

	return nil
}

func (w *writer) object(of traits.Mapper) error {
	entries, err := w.entries(of)
	if err != nil {
		return err
	}

	w.out = append(w.out, '{')

	for place, entry := range entries {
		if place > 0 {
			w.out = append(w.out, ',')
		}

		if err := w.string(entry.name); err != nil {
			return err
		}

		w.out = append(w.out, ':')

		if err := w.write(entry.value); err != nil {
			return err
		}
	}

	return w.raw("}")
}

func (w *writer) list(of traits.Lister) error {
	w.out = append(w.out, '[')

	for place, it := 0, of.Iterator(); it.HasNext() == types.True; place++ {
		if place > 0 {
			w.out = append(w.out, ',')
		}

		if err := w.write(it.Next()); err != nil {
			return err
		}
	}

	return w.raw("]")
}

// memberName returns the name of the member that a key of a map becomes in JSON.
func memberName(key ref.Val) (string, bool) {
	switch key := key.(type) {
	case types.String:
		return string(key), true
	case types.Int:
		return strconv.FormatInt(int64(key), 10), true
	case types.Uint:
		return strconv.FormatUint(uint64(key), 10), true
	case types.Bool:
		return strconv.FormatBool(bool(key)), true
	default:
		return "", false
	}
}
