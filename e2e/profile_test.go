package e2e

import (
	"encoding/json"
	"sort"
	"testing"

	"github.com/stretchr/testify/require"
)

// catalogEntry is an event type as a reference shows it.
type catalogEntry struct {
	Name                     string
	Description, DerivedFrom *string
	Schema                   *struct{ Schema json.RawMessage }
	Samples                  []struct {
		Name    string
		Payload json.RawMessage
	}
}

// catalog returns the event types of the organization by name.
func (b *testBundle) catalog(t *testing.T) []catalogEntry {
	t.Helper()

	out := ask[struct {
		Organization struct {
			EventTypes struct{ Nodes []catalogEntry }
		}
	}](t, b.Client, `query ($id: ID!) { organization(id: $id) { eventTypes(first: 50) { nodes {
		name description derivedFrom schema { schema } samples { name payload }
	} } } }`, map[string]any{"id": b.OrganizationID}).Organization.EventTypes.Nodes
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })

	return out
}

func names(catalog []catalogEntry) []string {
	out := make([]string, len(catalog))
	for n, one := range catalog {
		out[n] = one.Name
	}

	return out
}

// sample returns the first example of an event type's payload.
func (b *testBundle) sample(t *testing.T, eventType string) json.RawMessage {
	t.Helper()

	for _, one := range b.catalog(t) {
		if one.Name == eventType {
			require.NotEmpty(t, one.Samples)

			return one.Samples[0].Payload
		}
	}

	require.Fail(t, "no such event type: "+eventType)

	return nil
}

// help returns the texts that people see who set up webhooks.
func (b *testBundle) help(t *testing.T) []string {
	t.Helper()

	found := ask[struct {
		Organization struct {
			Profile struct {
				Help []struct{ Title, Text string }
			}
		}
	}](t, b.Client, `query ($id: ID!) { organization(id: $id) { profile { help { title text } } } }`,
		map[string]any{"id": b.OrganizationID}).Organization.Profile.Help

	out := make([]string, len(found))
	for n, one := range found {
		out[n] = one.Title + ": " + one.Text
	}

	return out
}

// recipe is a preset as people see it.
type recipe struct {
	Name, Title, Description, URLHint string
	EventTypes                        []string
	Settings                          struct {
		TimeoutSeconds int
		Envelope       string
	}
}

func (b *testBundle) recipes(t *testing.T) []recipe {
	t.Helper()

	return ask[struct {
		Organization struct{ Profile struct{ Recipes []recipe } }
	}](t, b.Client, `query ($id: ID!) { organization(id: $id) { profile { recipes {
		name title description urlHint eventTypes settings { timeoutSeconds envelope }
	} } } }`, map[string]any{"id": b.OrganizationID}).Organization.Profile.Recipes
}
