package expression

import (
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// iterator goes through the places of an object or array. It is a value for the sake of its interface only.
type iterator struct {
	ref.Val

	at    func(place int) ref.Val
	place int
	size  int
}

// HasNext implements [traits.Iterator].
func (i *iterator) HasNext() ref.Val { return types.Bool(i.place < i.size) }

// Next implements [traits.Iterator].
func (i *iterator) Next() ref.Val {
	i.place++

	return i.at(i.place - 1)
}
