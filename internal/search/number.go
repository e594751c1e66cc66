package search

import (
	"bytes"
	"strconv"
)

// maxExponentDigits is how long an exponent may be to be calculated with.
const maxExponentDigits = 17

// number appends a JSON number so that numbers of the same value look the same: its digits without zeros around them,
// and by which power of ten they are to be multiplied. One with an exponent beyond all reason stays as it is.
func number(to, text []byte) []byte {
	digits, exponent := text, 0

	if at := bytes.IndexAny(text, "eE"); at >= 0 {
		power, err := strconv.Atoi(string(text[at+1:]))
		if err != nil || len(text)-at > maxExponentDigits {
			return append(to, text...)
		}

		digits, exponent = text[:at], power
	}

	digits, negative := bytes.CutPrefix(digits, []byte("-"))

	start := len(to)
	if negative {
		to = append(to, '-')
	}

	first := len(to)

	whole, fraction, _ := bytes.Cut(digits, []byte("."))
	to = append(append(to, whole...), fraction...)
	exponent -= len(fraction)

	significant := bytes.TrimLeft(to[first:], "0")
	if len(significant) == 0 {
		return append(to[:start], '0')
	}

	short := bytes.TrimRight(significant, "0")
	exponent += len(significant) - len(short)
	to = append(to[:first], short...)

	return strconv.AppendInt(append(to, 'e'), int64(exponent), 10)
}
