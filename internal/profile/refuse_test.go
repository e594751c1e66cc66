package profile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLoad_RefusesWhatIsNotYAML(t *testing.T) {
	t.Parallel()

	var bomb strings.Builder
	for n := range 30 {
		fmt.Fprintf(&bomb, "k%d: &a%d [*a%d, *a%d]\n", n+1, n+1, n, n)
	}

	for name, test := range map[string]struct{ text, want string }{
		"empty":               {"", "mine.yaml: must have one YAML document"},
		"comment only":        {"# nothing\n", "mine.yaml: must have one YAML document"},
		"two documents":       {head + "---\nname: b\n", "mine.yaml: must have one YAML document"},
		"not UTF-8":           {head + "description: \xff\n", "mine.yaml: must be UTF-8"},
		"NUL":                 {head + `description: "a\0b"`, "mine.yaml:3: must not contain the character U+0000"},
		"unclosed":            {head + "roles: {manage: [ADMIN\n", "mine.yaml:3: is not YAML: "},
		"tab":                 {head + "roles:\n\tmanage: [ADMIN]\n", "mine.yaml:4: is not YAML: "},
		"duplicate key":       {head + "title: Again\n", `mine.yaml:3: is not YAML: mapping key "title" already defined`},
		"duplicate below":     {head + "limits: {maxWebhooks: 1, \"maxWebhooks\": 2}\n", `mine.yaml:3: is not YAML: mapping key "maxWebhooks"`},
		"key is a number":     {head + "1: a\n", "mine.yaml:3: a key must be a text; put it in quotes"},
		"key is null":         {head + "~: a\n", "mine.yaml:3: a key must be a text; put it in quotes"},
		"key is a list":       {head + "? [a]\n: b\n", "is not YAML: found an invalid key for this map"},
		"merge key":           {head + "limits: &l {maxWebhooks: 1}\nrules: {<<: *l}\n", "mine.yaml:4: merge keys (<<) are not supported"},
		"tag":                 {head + "description: !!str 1\n", "mine.yaml:3: tags such as !!str are not supported"},
		"infinity":            {head + "limits: {maxWebhooks: .inf}\n", "mine.yaml:3: must be a text, a number"},
		"not a number":        {head + "limits: {maxWebhooks: .nan}\n", "mine.yaml:3: must be a text, a number"},
		"unknown alias":       {head + "description: *nothing\n", "mine.yaml:3: there is no anchor &nothing before this"},
		"alias of itself":     {head + "help: &h [*h]\n", "mine.yaml:3: there is no anchor &h before this"},
		"alias bomb":          {"k0: &a0 x\n" + bomb.String(), "must have at most 50000 values, aliases written out"},
		"too large":           {head + "description: " + strings.Repeat("x", 1024*1024), "mine.yaml: must be at most 1048576 bytes"},
		"too many anchors":    {head + strings.Repeat("&a ", 300_000), "mine.yaml:3: must have at most 500 anchors"},
		"deep flow list":      {head + "help: " + strings.Repeat("[", 300_000), "mine.yaml:3: must be nested at most 64 deep"},
		"deep flow mapping":   {head + "help: " + strings.Repeat("{a: ", 200_000), "mine.yaml:3: must be nested at most 64 deep"},
		"deep list":           {strings.Repeat("- ", 300_000), "mine.yaml:1: must be nested at most 64 deep"},
		"deep mapping":        {deep(200), "must be nested at most 64 deep"},
		"deep through alias":  {"a: &a " + nested(60) + "\nb: [[[[[[*a]]]]]]", "must be nested at most 64 deep"},
		"only a list":         {"- a\n", "mine.yaml:1: got array, want object"},
		"only a text":         {"text", "mine.yaml:1: got string, want object"},
		"alias before anchor": {"name: *x\ntitle: &x Mine\n", "mine.yaml:1: there is no anchor &x before this"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := load(t, test.text)
			require.ErrorContains(t, err, test.want)
		})
	}
}

func deep(depth int) string {
	var out strings.Builder
	for n := range depth {
		out.WriteString(strings.Repeat(" ", n) + "a:\n")
	}

	return out.String()
}

func nested(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

func TestLoad_RefusesWhatIsNotInTheFormat(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		"title: Mine":                                             "mine.yaml:1: name: must be given",
		"name: mine":                                              "mine.yaml:1: title: must be given",
		"name: other\ntitle: Mine":                                "mine.yaml:1: name: must be mine, as the file is mine.yaml",
		"name: Mine\ntitle: Mine":                                 "mine.yaml:1: name: 'Mine' does not match pattern",
		"name: mine\ntitle: ''":                                   "mine.yaml:2: title: ",
		head + "options: {}":                                      "mine.yaml:3: options: there is no such key",
		head + "settings:\n  retryPolicy:\n    x: 1":              "mine.yaml:5: settings.retryPolicy.x: there is no such key",
		head + "settings: {method: DELETE}":                       "mine.yaml:3: settings.method: value must be one of",
		head + "settings: {timeoutSeconds: '5'}":                  "mine.yaml:3: settings.timeoutSeconds: got string, want integer",
		head + "settings: {timeoutSeconds: 5.5}":                  "mine.yaml:3: settings.timeoutSeconds: ",
		head + "settings: {timeoutSeconds: 61}":                   "mine.yaml:3: settings.timeoutSeconds: ",
		head + "settings: {timeoutSeconds: 0}":                    "mine.yaml:3: settings.timeoutSeconds: ",
		head + "settings: {envelope: null}":                       "mine.yaml:3: settings.envelope: got null, want string",
		head + "settings: {query: [{name: a}]}":                   "mine.yaml:3: settings.query.0.value: must be given",
		head + "settings: {signatures: [{scheme: X}]}":            "mine.yaml:3: settings.signatures.0.scheme: value must be one of",
		head + "settings: {retryPolicy: {retryOn: [STATUS_2XX]}}": "mine.yaml:3: settings.retryPolicy.retryOn.0: value must be one of",
		head + "settings: {retryPolicy: {delaysSeconds: [1], backoff: {retries: 1}}}":           "mine.yaml:3: settings.retryPolicy.backoff: must not be given here",
		head + "limits: {maxPayloadBytes: 1048577}":                                             "mine.yaml:3: limits.maxPayloadBytes: ",
		head + "roles: {manage: [OPERATOR]}":                                                    "mine.yaml:3: roles.manage.0: value must be one of",
		head + "roles: {manage: []}":                                                            "mine.yaml:3: roles.manage: ",
		head + "statuses: {DELIVERED: delivered}":                                               "mine.yaml:3: statuses.DELIVERED: there is no such key",
		head + "eventTypes: [{name: a, derivedFrom: b}]":                                        "mine.yaml:3: eventTypes.0.when: must be given together with derivedFrom",
		head + "eventTypes: [{name: a, when: 'true'}]":                                          "mine.yaml:3: eventTypes.0.derivedFrom: must be given together with when",
		head + "eventTypes:\n  - name: a\n    derivedFrom: b\n    when: 'true'\n    schema: {}": "mine.yaml:7: eventTypes.0.schema: must not be given here",
		head + "eventTypes: [{name: a, schemaValidation: STRICT}]":                              "mine.yaml:3: eventTypes.0.schemaValidation: value must be one of",
		head + "eventTypes: [{name: a, samples: [{name: s, payload: []}]}]":                     "mine.yaml:3: eventTypes.0.samples.0.payload: got array, want object",
		head + "recipes: [{name: a}]":                                                           "mine.yaml:3: recipes.0.title: must be given",
	} {
		_, err := load(t, text+"\n")
		require.ErrorContains(t, err, want, text)
	}
}

func TestLoad_RefusesWhatDoesNotGoTogether(t *testing.T) {
	t.Parallel()

	types := head + "eventTypes:\n"

	for text, want := range map[string]string{
		head + "settings:\n  retryPolicy: {delaysSeconds: [1, 2, 3, 4, 5, 6]}\nrules: {maxRetries: 5}":                                    "mine.yaml:4: settings.retryPolicy.delaysSeconds: at most 5 retries are allowed, not 6",
		head + "settings: {timeoutSeconds: 40}\nrules: {maxTimeoutSeconds: 30}":                                                           "mine.yaml:3: settings.timeoutSeconds: must be 1 to 30 seconds, not 40",
		head + "settings: {method: GET}\nrules: {methods: [POST]}":                                                                        "mine.yaml:3: settings.method: must be one of [POST]",
		head + "rules: {maxRetries: 3}":                                                                                                   "mine.yaml:1: settings.retryPolicy.delaysSeconds: at most 3 retries are allowed, not 9",
		head + "rules: {minTimeoutSeconds: 20, maxTimeoutSeconds: 10}":                                                                    "mine.yaml:3: rules.minTimeoutSeconds: must be at most maxTimeoutSeconds, which is 10",
		head + "roles: {manage: [DEVELOPER], view: [ADMIN]}":                                                                              "mine.yaml:3: roles.view: must have DEVELOPER, who may manage webhooks",
		head + "settings:\n  envelope: |-\n    {\n      \"a\": nonsense.id\n    }":                                                        "mine.yaml:4: settings.envelope: line 2, column ",
		head + "settings: {query: [{name: a, value: '1 +'}]}":                                                                             "mine.yaml:3: settings.query.0.value: line 1, column ",
		head + "settings: {signatures: [{scheme: HMAC_SHA256_BODY}]}":                                                                     "mine.yaml:3: settings.signatures.0.headerName: ",
		head + "settings: {sections: [{name: body, included: true}]}":                                                                     "mine.yaml:3: settings.sections.0.paths: ",
		head + "testEvent: {eventType: a-b}":                                                                                              "mine.yaml:3: testEvent.eventType: must be segments",
		head + "testEvent: {data: '{'}":                                                                                                   "mine.yaml:3: testEvent.data: line 1, column ",
		head + "recipes:\n  - name: r\n    title: R\n    settings: {timeoutSeconds: 30}\nrules: {maxTimeoutSeconds: 20}":                  "mine.yaml:6: recipes.0.settings.timeoutSeconds: must be 1 to 20 seconds, not 30",
		head + "recipes:\n  - {name: r, title: R, settings: {envelope: '}'}}":                                                             "mine.yaml:4: recipes.0.settings.envelope: line 1",
		head + "recipes:\n  - {name: r, title: R}\n  - {name: r, title: R}":                                                               "mine.yaml:5: recipes.1.name: another recipe has this name",
		head + "recipes: [{name: r, title: R, eventTypes: [a]}]":                                                                          "mine.yaml:3: recipes.0.eventTypes.0: there is no event type a",
		head + "recipes: [{name: r, title: R, eventTypes: ['*', 'a.*', '*.a']}]":                                                          "mine.yaml:3: recipes.0.eventTypes.2: must be the name of an event type",
		types + "  - {name: a}\n  - {name: a}":                                                                                            "mine.yaml:5: eventTypes.1.name: another event type has this name",
		types + "  - {name: a b}":                                                                                                         "mine.yaml:4: eventTypes.0.name: must be segments",
		types + "  - {name: a, schema: {type: 5}}":                                                                                        "mine.yaml:4: eventTypes.0.schema: is not a JSON Schema",
		types + "  - {name: a, schema: {$ref: 'https://example.com'}}":                                                                    "mine.yaml:4: eventTypes.0.schema: a schema may not refer to other documents",
		types + "  - name: a\n    schema: {required: [id]}\n    samples:\n      - name: s\n        payload: {x: 1}":                       "mine.yaml:8: eventTypes.0.samples.0.payload: missing property 'id'",
		types + "  - name: a\n    schema: {properties: {id: {type: string}}}\n    samples:\n      - {name: s, payload: {\n id: 1}}":       "mine.yaml:8: eventTypes.0.samples.0.payload.id: at /id: got number, want string",
		types + "  - {name: a, samples: [{name: s, payload: {}}, {name: s, payload: {}}]}":                                                "mine.yaml:4: eventTypes.0.samples.1.name: another sample has this name",
		types + "  - {name: a, derivedFrom: b, when: 'true'}":                                                                             "mine.yaml:4: eventTypes.0.derivedFrom: there is no event type b",
		types + "  - {name: a, derivedFrom: a, when: 'true'}":                                                                             "mine.yaml:4: eventTypes.0.derivedFrom: must not itself be derived, as a is",
		types + "  - {name: a}\n  - {name: b, derivedFrom: a, when: 'true'}\n  - {name: c, derivedFrom: b, when: 'true'}":                 "mine.yaml:6: eventTypes.2.derivedFrom: must not itself be derived, as b is",
		types + "  - {name: a}\n  - {name: b, derivedFrom: a, when: 'event.data.x ='}":                                                    "mine.yaml:5: eventTypes.1.when: line 1, column ",
		types + "  - {name: a}\n  - {name: b, derivedFrom: a, when: '1'}":                                                                 "mine.yaml:5: eventTypes.1.when: line 1, column ",
		types + "  - {name: a, schema: {required: [id]}}\n  - {name: b, derivedFrom: a, when: 'true', samples: [{name: s, payload: {}}]}": "mine.yaml:5: eventTypes.1.samples.0.payload: missing property 'id'",
		head + "limits: {maxPayloadBytes: 10}\neventTypes: [{name: a, samples: [{name: s, payload: {a: bbbbbbbbbb}}]}]":                   "mine.yaml:4: eventTypes.0.samples.0.payload: must be at most 10 bytes",
	} {
		_, err := load(t, text+"\n")
		require.ErrorContains(t, err, want, text)
	}
}

func TestLoad_ReportsABrokenSchemaOnceHoweverManyTypesHaveIt(t *testing.T) {
	t.Parallel()

	_, err := load(t, head+`eventTypes:
  - {name: a, schema: {type: 5}}
  - {name: b, derivedFrom: a, when: "true"}
`)
	require.Equal(t, 1, strings.Count(err.Error(), "is not a JSON Schema"), err)
}

func FuzzLoad(f *testing.F) {
	f.Add(head)
	f.Add(head + "help: &a [{title: a, text: b}]\neventTypes:\n  - {name: a, schema: *a}\n")
	f.Add("a: >-\n  b\n? c\n: d\n")

	f.Fuzz(func(t *testing.T, text string) {
		p, err := load(t, text)
		if err == nil {
			requireRoundTrip(t, p)
		}
	})
}
