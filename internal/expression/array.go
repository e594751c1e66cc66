package expression

import (
	"reflect"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// array is a JSON array as a CEL list.
type array struct {
	origin

	items []ref.Val
	// list has the same items.
	list traits.Lister
}

var _ traits.Lister = (*array)(nil)

// Add implements [traits.Adder].
func (a *array) Add(other ref.Val) ref.Val { return a.asList().Add(other) }

// Contains implements [traits.Container].
func (a *array) Contains(value ref.Val) ref.Val { return a.asList().Contains(value) }

// Get implements [traits.Indexer].
func (a *array) Get(index ref.Val) ref.Val { return a.asList().Get(index) }

// Iterator implements [traits.Iterable].
func (a *array) Iterator() traits.Iterator {
	a.read()

	return &iterator{size: len(a.items), at: func(place int) ref.Val { return a.items[place] }}
}

// Size implements [traits.Sizer].
func (a *array) Size() ref.Val {
	a.read()

	return types.Int(len(a.items))
}

// IsZeroValue implements [traits.Zeroer].
func (a *array) IsZeroValue() bool { return a.Size() == types.IntZero }

// Equal implements [ref.Val].
func (a *array) Equal(other ref.Val) ref.Val { return a.asList().Equal(other) }

// ConvertToNative implements [ref.Val]. Nothing here needs it.
func (a *array) ConvertToNative(reflect.Type) (any, error) { return nil, errNoNative }

// ConvertToType implements [ref.Val].
func (a *array) ConvertToType(to ref.Type) ref.Val { return convert(a, types.ListType, to) }

// Type implements [ref.Val].
func (a *array) Type() ref.Type { return types.ListType }

// Value implements [ref.Val].
func (a *array) Value() any { return a.raw() }

func (a *array) read() {
	a.once.Do(func() {
		text, at, next := a.doc.text, a.start+1, a.number+1

		for text[at] != ']' {
			if text[at] == ',' {
				at++
			}

			var item ref.Val

			item, at, next = a.doc.value(at, next)
			a.items = append(a.items, item)
		}

		a.list = types.NewRefValList(types.DefaultTypeAdapter, a.items)
	})
}

// asList returns the same as a list of CEL.
func (a *array) asList() traits.Lister {
	a.read()

	return a.list
}
