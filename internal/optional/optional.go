// Package optional tells a value that was left out from one that was given as null: the first leaves things as they
// are, the second removes them.
package optional

// Optional is a value of an update. The zero Optional was left out.
type Optional[T any] struct {
	// Set tells whether anything was given.
	Set bool
	// Value is what was given. Nil is null, and nothing at all unless Set.
	Value *T
}

// Of returns an Optional that was given as value.
func Of[T any](value T) Optional[T] { return Optional[T]{Set: true, Value: &value} }

// Null returns an Optional that was given as null.
func Null[T any]() Optional[T] { return Optional[T]{Set: true} }

// From returns an Optional from a value and whether it was given. It fits what gqlgen's Omittable returns from ValueOK:
// optional.From(input.Description.ValueOK()).
func From[T any](value *T, set bool) Optional[T] {
	if !set {
		return Optional[T]{}
	}

	return Optional[T]{Set: true, Value: value}
}

// Or returns what was given, or old when it was left out.
func (o Optional[T]) Or(old *T) *T {
	if o.Set {
		return o.Value
	}

	return old
}
