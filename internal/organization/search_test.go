package organization_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/organization"
	"github.com/surehook/surehook/internal/page"
)

func TestService_ListFindsByNameSlugAndID(t *testing.T) {
	t.Parallel()

	b := setup(t)
	north, south := b.make(t, "Harbour North"), b.make(t, "100% South_Pier")

	for search, want := range map[string][]string{
		"harbour":                        {north.Name},
		"R":                              {south.Name, north.Name},
		"south-pier":                     {south.Name},
		"0% s":                           {south.Name},
		"%":                              {south.Name},
		"h.p":                            {},
		"_":                              {south.Name},
		north.ID.String():                {north.Name},
		id.New(id.Organization).String(): {},
		id.New(id.Webhook).String():      {},
		"\x00":                           {},
		"":                               {south.Name, north.Name},
	} {
		found, err := b.List(t.Context(), organization.Filter{Search: &search}, page.Query{Size: 10})
		require.NoError(t, err, search)

		names := []string{}
		for _, one := range found.Items {
			names = append(names, one.Name)
		}

		require.Equal(t, want, names, search)
	}
}
