package expression

import (
	"reflect"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// object is a JSON object as a CEL map.
type object struct {
	origin

	// names are those of the members in the order in which they come first. If there are two of a name, the last counts.
	names  []string
	values []ref.Val
	places map[string]int
}

var _ traits.Mapper = (*object)(nil)

// Find implements [traits.Mapper].
func (o *object) Find(key ref.Val) (ref.Val, bool) {
	name, ok := key.(types.String)
	if !ok {
		return nil, false
	}

	o.read()

	place, found := o.place(string(name))
	if !found {
		return nil, false
	}

	return o.values[place], true
}

// Get implements [traits.Indexer].
func (o *object) Get(key ref.Val) ref.Val {
	if value, found := o.Find(key); found {
		return value
	}

	return types.NewErr("no such key: %v", key)
}

// Contains implements [traits.Container].
func (o *object) Contains(key ref.Val) ref.Val {
	_, found := o.Find(key)

	return types.Bool(found)
}

// Iterator implements [traits.Iterable]. It goes through the names.
func (o *object) Iterator() traits.Iterator {
	o.read()

	return &iterator{size: len(o.names), at: func(place int) ref.Val { return types.String(o.names[place]) }}
}

// Size implements [traits.Sizer].
func (o *object) Size() ref.Val {
	o.read()

	return types.Int(len(o.names))
}

// IsZeroValue implements [traits.Zeroer].
func (o *object) IsZeroValue() bool { return o.Size() == types.IntZero }

// Equal implements [ref.Val].
func (o *object) Equal(other ref.Val) ref.Val {
	theirs, ok := other.(traits.Mapper)
	if !ok || o.Size() != theirs.Size() {
		return types.False
	}

	for place, name := range o.names {
		value, found := theirs.Find(types.String(name))
		if !found || types.Equal(o.values[place], value) != types.True {
			return types.False
		}
	}

	return types.True
}

// ConvertToNative implements [ref.Val]. Nothing here needs it.
func (o *object) ConvertToNative(reflect.Type) (any, error) { return nil, errNoNative }

// ConvertToType implements [ref.Val].
func (o *object) ConvertToType(to ref.Type) ref.Val { return convert(o, types.MapType, to) }

// Type implements [ref.Val].
func (o *object) Type() ref.Type { return types.MapType }

// Value implements [ref.Val].
func (o *object) Value() any { return o.raw() }

// fewMembers is up to how many members a search through all of them is as good as a hash.
const fewMembers = 8

func (o *object) read() {
	o.once.Do(func() {
		text, at, next := o.doc.text, o.start+1, o.number+1

		for text[at] != '}' {
			if text[at] == ',' {
				at++
			}

			end := o.doc.endOfString(at)
			name := unquote(text[at:end])

			var value ref.Val

			value, at, next = o.doc.value(end+1, next)
			o.add(name, value)
		}
	})
}

func (o *object) add(name string, value ref.Val) {
	if place, found := o.place(name); found {
		o.values[place] = value

		return
	}

	o.names = append(o.names, name)
	o.values = append(o.values, value)

	switch {
	case o.places != nil:
		o.places[name] = len(o.names) - 1
	case len(o.names) > fewMembers:
		o.places = make(map[string]int, 2*len(o.names))
		for place, known := range o.names {
			o.places[known] = place
		}
	}
}

func (o *object) place(name string) (int, bool) {
	if o.places != nil {
		place, found := o.places[name]

		return place, found
	}

	for place, known := range o.names {
		if known == name {
			return place, true
		}
	}

	return 0, false
}
