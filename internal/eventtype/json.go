package eventtype

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

const (
	// maxExponent and maxNumberLength bound a number that has to be calculated with. big.Rat writes exponents out, and
	// the schema library crashes on those that big.Rat refuses to.
	maxExponent     = 1000
	maxNumberLength = 1000
)

// Errors of a JSON text. They are the caller's to mend.
var (
	errNoJSON   = errors.New("must be valid JSON")
	errNoObject = errors.New("must be a JSON object")
	errNumber   = fmt.Errorf("numbers must have at most %d characters and an exponent of at most %d",
		maxNumberLength, maxExponent)
	errNUL = errors.New("must not contain the character U+0000")
)

// decodeObject reads a JSON object with all digits of its numbers.
func decodeObject(text json.RawMessage) (map[string]any, error) {
	if !utf8.Valid(text) {
		return nil, errNoJSON
	}

	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, errNoJSON
	}

	object, ok := value.(map[string]any)
	if !ok {
		return nil, errNoObject
	}

	return object, nil
}

// calculable refuses numbers that cannot be calculated with. A schema and what it checks have to pass.
func calculable(value any) error {
	return walk(value, func(scalar any) error {
		number, ok := scalar.(json.Number)
		if ok && (len(number) > maxNumberLength || exponent(string(number)) > maxExponent) {
			return errNumber
		}

		return nil
	})
}

// storable refuses the one character that a text in Postgres cannot have. What the catalog keeps has to pass.
func storable(value any) error {
	return walk(value, func(scalar any) error {
		if text, ok := scalar.(string); ok && strings.ContainsRune(text, 0) {
			return errNUL
		}

		return nil
	})
}

// zeros is by how much a value would get longer at most if its numbers were written without exponents.
func zeros(value any) int {
	sum := 0

	// The visit never fails.
	_ = walk(value, func(scalar any) error {
		if number, ok := scalar.(json.Number); ok {
			sum += exponent(string(number))
		}

		return nil
	})

	return sum
}

// exponent returns the size of a number's exponent, without its sign. One that does not fit is just large.
func exponent(number string) int {
	at := strings.IndexAny(number, "eE")
	if at < 0 {
		return 0
	}

	size, err := strconv.Atoi(strings.TrimLeft(number[at+1:], "+-"))
	if err != nil {
		return math.MaxInt
	}

	return size
}

// walk visits all names and all values that have no parts, until a visit fails.
func walk(value any, visit func(scalar any) error) error {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			if err := visit(name); err != nil {
				return err
			}

			if err := walk(member, visit); err != nil {
				return err
			}
		}

		return nil
	case []any:
		for _, item := range value {
			if err := walk(item, visit); err != nil {
				return err
			}
		}

		return nil
	default:
		return visit(value)
	}
}

// encode writes compact JSON in which an object's members are sorted.
func encode(value any) (json.RawMessage, error) {
	var out bytes.Buffer

	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)

	if err := encoder.Encode(value); err != nil {
		return nil, err
	}

	return bytes.TrimRight(out.Bytes(), "\n"), nil
}

// compact writes JSON without white space, in the order that it has.
func compact(text json.RawMessage) (json.RawMessage, error) {
	var out bytes.Buffer

	if err := json.Compact(&out, text); err != nil {
		return nil, err
	}

	return out.Bytes(), nil
}
