package graph_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/apikey"
)

func TestLimits_OfDocuments(t *testing.T) {
	t.Parallel()

	b := setup(t)
	org := func(inside string) string {
		return fmt.Sprintf(`{ organization(id: %q) { %s } }`, b.mine.org.String(), inside)
	}

	for name, test := range map[string]struct{ query, code string }{
		"aliases, enough":     {org(repeat(30, "a%d: name ")), ""},
		"aliases, too many":   {org(repeat(31, "a%d: name ")), "BAD_REQUEST"},
		"aliases in fragment": {org(`...F ...F`) + ` fragment F on Organization { ` + repeat(16, "a%d: name ") + `}`, "BAD_REQUEST"},
		"complexity":          {org(`webhooks(first: 100) { nodes { deliveries(first: 100) { nodes { id } } } }`), "COMPLEXITY_LIMIT_EXCEEDED"},
		"complexity, enough":  {org(`webhooks(first: 100) { nodes { deliveries(first: 10) { nodes { id } } } }`), ""},
		"complexity of last":  {org(`webhooks(last: 100) { nodes { deliveries(last: 100) { nodes { id } } } }`), "COMPLEXITY_LIMIT_EXCEEDED"},
		"depth":               {org(deliveries(3)), "DEPTH_LIMIT_EXCEEDED"},
		"depth, enough":       {org(deliveries(2)), ""},
		"depth in fragments":  {org(`...F`) + ` fragment F on Organization { ` + deliveries(3) + `}`, "DEPTH_LIMIT_EXCEEDED"},
		"fields":              {org(strings.Repeat("id ", 1000)), "BAD_REQUEST"},
		"root fields":         {"{" + repeat(11, "viewer { role } ") + "}", "BAD_REQUEST"},
		"root fields, enough": {"{" + repeat(10, "viewer { role } ") + "}", ""},
		"tokens":              {org(strings.Repeat("id ", 5000)), "GRAPHQL_PARSE_FAILED"},
		"derived of derived":  {org(`events(first: 10) { nodes { derivedEvents { derivedEvents { derivedEvents { id } } } } }`), "COMPLEXITY_LIMIT_EXCEEDED"},
		"derived, enough":     {org(`events(first: 40) { nodes { derivedEvents { id type payload sourceEvent { id } } } }`), ""},
		"profiles, whole":     {`{ profiles { ` + allOfProfile + ` } }`, ""},
		"profiles, twice":     {`{ a: profiles { ` + allOfProfile + ` } b: profiles { ` + allOfProfile + ` } }`, "COMPLEXITY_LIMIT_EXCEEDED"},
		"malformed":           {`{ viewer {`, "GRAPHQL_PARSE_FAILED"},
		"no operation":        {``, "GRAPHQL_VALIDATION_FAILED"},
		"unknown field":       {`{ viewer { nam } }`, "GRAPHQL_VALIDATION_FAILED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			out := b.as(apikey.Admin, test.query)
			if test.code == "" {
				out.ok()

				return
			}

			out.failed(test.code)
			require.NotContains(t, out.rawBody, "Did you mean")
		})
	}
}

func repeat(times int, format string) string {
	var out strings.Builder

	for n := range times {
		if strings.Contains(format, "%d") {
			fmt.Fprintf(&out, format, n)
		} else {
			out.WriteString(format)
		}
	}

	return out.String()
}

// deliveries are 4 levels of fields each.
func deliveries(times int) string {
	if times == 0 {
		return "id"
	}

	return "deliveries(first: 1) { nodes { webhook { organization { " + deliveries(times-1) + " } } } }"
}

func TestLimits_FragmentsInFragmentsAreRefusedInNoTime(t *testing.T) {
	t.Parallel()

	b := setup(t)

	var document strings.Builder

	document.WriteString(`{ viewer { organization { ...F0 } } }`)

	for n := range 400 {
		fmt.Fprintf(&document, " fragment F%d on Organization { id ...F%d ...F%d }", n, n+1, n+1)
	}

	document.WriteString(" fragment F400 on Organization { id }")

	started := time.Now()

	b.as(apikey.Admin, document.String()).failed("BAD_REQUEST")
	require.Less(t, time.Since(started), 5*time.Second)
}

func TestLimits_NumbersInDocumentsAreExactOrRefused(t *testing.T) {
	t.Parallel()

	b := setup(t)
	b.fill(&b.mine)

	for number, kept := range map[string]string{
		"-0.5":                   "-0.5",
		"0.10":                   "0.1",
		"0.12345678901234567890": "",
		"0.0":                    "0",
		"12345678901234567890":   "",
		"1234567890123456789":    "1234567890123456789",
		"1.5e3":                  "1500",
		"1e-999999999":           "",
		"1e400":                  "",
		"1e999999999999999999":   "",
		"9007199254740993.0":     "",
	} {
		t.Run(number, func(t *testing.T) {
			t.Parallel()

			b := b.in(t)

			out := b.as(apikey.Admin, fmt.Sprintf(`mutation { publishEvent(input: {organizationId: %q,
				eventType: "item.created", payload: {n: [%s]}}) { event { payload } userErrors { message } } }`,
				b.mine.org.String(), number))

			if kept == "" {
				out.failed("GRAPHQL_VALIDATION_FAILED")
				require.Contains(t, out.Errors[0].Message, "variable")

				return
			}

			require.Contains(t, out.ok().rawBody, `"payload":{"n":[`+kept+`]}`)
		})
	}
}

func TestLimits_AHugeNumberForAnArgumentIsRefused(t *testing.T) {
	t.Parallel()

	b := setup(t)

	b.as(apikey.Operator, `{ organizations(first: 99999999999999999999) { nodes { id } } }`).
		failed("GRAPHQL_VALIDATION_FAILED")
	b.as(apikey.Operator, `query ($n: Int = 99999999999999999999) { organizations(first: $n) { nodes { id } } }`).
		failed("GRAPHQL_VALIDATION_FAILED")
	b.as(apikey.Operator, `{ organizations(first: 3000000000) { nodes { id } } }`).failed("BAD_REQUEST")
}

func TestLimits_PublishingManyCostsForEach(t *testing.T) {
	t.Parallel()

	const publish = `mutation ($input: PublishEventsInput!) { publishEvents(input: $input) {
		results { event { deliveries(first: 100) { nodes { id } } } } userErrors { code } } }`

	b := setup(t)

	events := make([]any, 100)
	for n := range events {
		events[n] = vars{"eventType": "item.created", "payload": vars{}}
	}

	b.as(apikey.Admin, publish, vars{"input": vars{"organizationId": b.mine.org, "events": events}}).
		failed("COMPLEXITY_LIMIT_EXCEEDED")
	b.as(apikey.Admin, publish, vars{"input": vars{"organizationId": b.mine.org, "events": events[:1]}}).ok()
}

func TestLimits_PreviewsCostForEach(t *testing.T) {
	t.Parallel()

	const preview = `query ($input: WebhookPreviewInput!) { ` +
		`a: webhookPreview(input: $input) { ...F } b: webhookPreview(input: $input) { ...F }
		c: webhookPreview(input: $input) { ...F } d: webhookPreview(input: $input) { ...F }
		e: webhookPreview(input: $input) { ...F } } fragment F on WebhookPreviewPayload { ` + allSettings + `
		changes { path before after } previews { matched reason request { url body headers { name value } } }
		userErrors { code } }`

	b := setup(t)
	b.fill(&b.mine)

	ask := func(last int) response {
		t.Helper()

		return b.as(apikey.Admin, preview, vars{"input": vars{"webhookId": b.mine.webhook, "last": last}})
	}

	ask(1).ok()
	ask(20).failed("COMPLEXITY_LIMIT_EXCEEDED")
}

func TestIntrospection_IsForThoseWithAKey(t *testing.T) {
	t.Parallel()

	b := setup(t)

	b.send("", introspection).failed("UNAUTHENTICATED")
	b.send("", `{ __type(name: "Webhook") { name } }`).failed("UNAUTHENTICATED")
	b.send("", `{ __typename }`).failed("UNAUTHENTICATED")

	// As deep as tools ask, which is deeper than other queries may be.
	out := b.as(apikey.Publisher, introspection).ok()
	require.Equal(t, "Query", out.at("__schema.queryType.name"))
}

// introspection is what graphql-js asks for.
const introspection = `query IntrospectionQuery { __schema { description queryType { name } mutationType { name }
	subscriptionType { name } types { ...FullType }
	directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
	fragment FullType on __Type { kind name description specifiedByURL isOneOf
		fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue }
			type { ...TypeRef } isDeprecated deprecationReason }
		inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
		enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
		possibleTypes { ...TypeRef } }
	fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated
		deprecationReason }
	fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
		ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }`

func TestPersistedQueries(t *testing.T) {
	t.Parallel()

	b := setup(t)

	send := func(token, query, hashOf string) response {
		t.Helper()

		hash := sha256.Sum256([]byte(hashOf))
		raw, err := json.Marshal(vars{"query": query, "extensions": vars{"persistedQuery": vars{
			"version": 1, "sha256Hash": hex.EncodeToString(hash[:]),
		}}})
		require.NoError(t, err)

		return b.post(token, raw, nil)
	}

	const query, long = `{ viewer { role } }`, `{ viewer { role } } # `

	send(b.mine.admin, "", query).failed("PERSISTED_QUERY_NOT_FOUND")
	send(b.mine.admin, query, "another").failed("BAD_REQUEST")
	send("", query, query).failed("UNAUTHENTICATED")
	send(b.mine.admin, "", query).failed("PERSISTED_QUERY_NOT_FOUND")
	send(b.mine.admin, query, query).ok()
	send(b.mine.admin, "", query).ok()

	huge := long + strings.Repeat("x", 16<<10)
	send(b.mine.admin, huge, huge).ok()
	send(b.mine.admin, "", huge).failed("PERSISTED_QUERY_NOT_FOUND")
}
