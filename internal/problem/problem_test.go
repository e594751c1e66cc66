package problem_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/problem"
)

func TestList_NamesAllThatIsWrongAtOnce(t *testing.T) {
	t.Parallel()

	var problems problem.List

	problems.Text(" ", 10, "name")
	problems.Text(strings.Repeat("é", 11), 10, "title")
	problems.OptionalText(new("a\x00b"), 10, "description")
	problems.OptionalText(nil, 10, "nothing")
	problems.Text(strings.Repeat("é", 10), 10, "fits")

	err := fmt.Errorf("create: %w", problems.Err())

	got, ok := problem.Of(err)
	require.True(t, ok)
	require.Equal(t, problem.List{
		{Code: problem.Required, Message: "must not be empty", Field: []string{"name"}},
		{Code: problem.TooLong, Message: "must be at most 10 characters", Field: []string{"title"}},
		{Code: problem.Invalid, Message: "must be valid UTF-8 without NUL", Field: []string{"description"}},
	}, got)
}

func TestList_EmptyIsNoError(t *testing.T) {
	t.Parallel()

	require.NoError(t, problem.List{}.Err())

	_, ok := problem.Of(fmt.Errorf("database is gone"))
	require.False(t, ok)
}
