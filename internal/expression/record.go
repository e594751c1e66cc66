package expression

import (
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
)

// record is a map that an expression made. Unlike those of CEL, it knows the order in which its members were written.
type record struct {
	traits.Mapper

	keys []ref.Val
}

// AggregateSize is the weight of the map.
func (r *record) AggregateSize(sizer types.AggregateSizer) uint32 {
	return sizer.AggregateSize(r.Mapper)
}

// Iterator implements [traits.Iterable].
func (r *record) Iterator() traits.Iterator {
	return &iterator{size: len(r.keys), at: func(place int) ref.Val { return r.keys[place] }}
}

// recordNode makes a record.
type recordNode struct {
	id     int64
	keys   []interpreter.InterpretableV2
	values []interpreter.InterpretableV2
	// optionals tells which members are left out when they have no value.
	optionals []bool
}

func newRecordNode(made interpreter.InterpretableConstructor, optionals []bool) *recordNode {
	n := &recordNode{id: made.ID(), optionals: optionals}

	for place, part := range made.InitVals() {
		if place%2 == 0 {
			n.keys = append(n.keys, part)
		} else {
			n.values = append(n.values, part)
		}
	}

	return n
}

// ID implements [interpreter.Interpretable].
func (n *recordNode) ID() int64 { return n.id }

// Eval implements [interpreter.Interpretable].
func (n *recordNode) Eval(vars interpreter.Activation) ref.Val {
	return n.Exec(interpreter.AsFrame(vars))
}

// Exec implements [interpreter.InterpretableV2].
func (n *recordNode) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	members := make(map[ref.Val]ref.Val, len(n.keys))
	keys := make([]ref.Val, 0, len(n.keys))

	for place := range n.keys {
		key := n.keys[place].Exec(frame)
		if types.IsUnknownOrError(key) {
			return key
		}

		if _, ok := memberName(key); !ok {
			return types.NewErrWithNodeID(n.id, "the name of a member cannot be of type %s", key.Type().TypeName())
		}

		value := n.values[place].Exec(frame)
		if types.IsUnknownOrError(value) {
			return value
		}

		// That it is one has been checked: see role.
		if maybe, ok := value.(*types.Optional); ok && n.optionals[place] {
			if !maybe.HasValue() {
				continue
			}

			value = maybe.GetValue()
		}

		if _, known := members[key]; !known {
			keys = append(keys, key)
		}

		members[key] = value
	}

	return &record{Mapper: types.NewRefValMap(types.DefaultTypeAdapter, members), keys: keys}
}
