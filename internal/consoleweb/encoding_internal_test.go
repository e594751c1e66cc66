package consoleweb

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAccepts_ReadsTheHeaderAsRFC9110WritesIt(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		header string
		want   map[string]bool
	}{
		{"", map[string]bool{"": true}},
		{"br", map[string]bool{"br": true, "": true}},
		{"BR , GZIP", map[string]bool{"br": true, "gzip": true, "": true}},
		{"br;q=0.0, gzip;q=0.001", map[string]bool{"gzip": true, "": true}},
		{"*", map[string]bool{"br": true, "gzip": true, "": true}},
		{"*;q=0", map[string]bool{}},
		{"*;q=0, gzip", map[string]bool{"gzip": true}},
		{"identity;q=0, br", map[string]bool{"br": true}},
		{"br; Q = 0", map[string]bool{"": true}},
		{"br;q=much", map[string]bool{"br": true, "": true}},
		{"brotli, x-gzip", map[string]bool{"": true}},
		{"br;level=0", map[string]bool{"br": true, "": true}},
	} {
		for _, encoding := range []string{"br", "gzip", ""} {
			require.Equal(t, test.want[encoding], accepts(test.header, encoding), "%q %q", test.header, encoding)
		}
	}
}
