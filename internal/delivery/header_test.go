package delivery_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/delivery"
)

func TestHeaders_AreSortedAndFitForPostgres(t *testing.T) {
	t.Parallel()

	require.Equal(t, []delivery.Header{
		{Name: "A", Value: "2"}, {Name: "A", Value: "1"}, {Name: "B\uFFFD", Value: "x\uFFFDy"}, {Name: "C", Value: "\uFFFD"},
	}, delivery.Headers(http.Header{"C": {"\xff\xfe"}, "A": {"2", "1"}, "B\x00": {"x\x00y"}}))
	require.Empty(t, delivery.Headers(nil))
}
