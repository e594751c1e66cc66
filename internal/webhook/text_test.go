package webhook_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/endpointauth"
	"github.com/surehook/surehook/internal/optional"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/settings"
	"github.com/surehook/surehook/internal/signing"
	"github.com/surehook/surehook/internal/webhook"
)

// texts put a text into each place of a webhook that takes one.
func texts() map[string]func(in *webhook.UpdateInput, text string) {
	signature := func(change func(p *signing.Profile, text string)) func(in *webhook.UpdateInput, text string) {
		return func(in *webhook.UpdateInput, text string) {
			one := signing.Profile{
				Scheme: signing.HMACTimestampBody, HeaderName: "X-Sig", Encoding: signing.Hex, TimestampHeader: "X-Time",
				TimestampFormat: signing.UnixSeconds, ClientIDHeader: "X-Client", ClientID: "me",
			}
			change(&one, text)
			in.Settings = signed(one)
		}
	}
	section := func(one settings.SectionChange) settings.Changes {
		return settings.Changes{Sections: optional.Of([]settings.SectionChange{one})}
	}
	parameter := func(one settings.Parameter) settings.Changes {
		return settings.Changes{Query: optional.Of([]settings.Parameter{one})}
	}
	basic := func(one endpointauth.Basic) optional.Optional[endpointauth.Auth] {
		return optional.Of(endpointauth.Auth{Basic: &one})
	}

	return map[string]func(in *webhook.UpdateInput, text string){
		"name":        func(in *webhook.UpdateInput, text string) { in.Name = &text },
		"description": func(in *webhook.UpdateInput, text string) { in.Description = optional.Of(text) },
		"url":         func(in *webhook.UpdateInput, text string) { in.URL = new("https://shop.example/" + text) },
		"header name": func(in *webhook.UpdateInput, text string) { in.CustomHeaders = &[]webhook.Header{{Name: "X-" + text}} },
		"header value": func(in *webhook.UpdateInput, text string) {
			in.CustomHeaders = &[]webhook.Header{{Name: "X", Value: text}}
		},
		"method":   func(in *webhook.UpdateInput, text string) { in.Settings.Method = optional.Of(settings.Method(text)) },
		"envelope": func(in *webhook.UpdateInput, text string) { in.Settings.Envelope = optional.Of(`"` + text + `"`) },
		"parameter": func(in *webhook.UpdateInput, text string) {
			in.Settings = parameter(settings.Parameter{Name: text, Value: "1"})
		},
		"parameter value": func(in *webhook.UpdateInput, text string) {
			in.Settings = parameter(settings.Parameter{Name: "a", Value: `"` + text + `"`})
		},
		"section": func(in *webhook.UpdateInput, text string) {
			in.Settings = section(settings.SectionChange{Name: text, Paths: []string{"a"}})
		},
		"section path": func(in *webhook.UpdateInput, text string) {
			in.Settings = section(settings.SectionChange{Name: "s", Paths: []string{text}})
		},
		"scheme":           signature(func(p *signing.Profile, text string) { p.Scheme = signing.Scheme(text) }),
		"signature header": signature(func(p *signing.Profile, text string) { p.HeaderName = "X-" + text }),
		"prefix":           signature(func(p *signing.Profile, text string) { p.Prefix = text }),
		"encoding":         signature(func(p *signing.Profile, text string) { p.Encoding = signing.Encoding(text) }),
		"timestamp header": signature(func(p *signing.Profile, text string) { p.TimestampHeader = "Y-" + text }),
		"timestamp format": signature(func(p *signing.Profile, text string) { p.TimestampFormat = signing.TimestampFormat(text) }),
		"client id header": signature(func(p *signing.Profile, text string) { p.ClientIDHeader = "Z-" + text }),
		"client id":        signature(func(p *signing.Profile, text string) { p.ClientID = text }),
		"retry class": func(in *webhook.UpdateInput, text string) {
			in.Settings = retries(settings.RetryChanges{RetryOn: &[]settings.RetryClass{settings.RetryClass(text)}})
		},
		"user name": func(in *webhook.UpdateInput, text string) { in.Auth = basic(endpointauth.Basic{Username: text}) },
		"password":  func(in *webhook.UpdateInput, text string) { in.Auth = basic(endpointauth.Basic{Password: text}) },
		"client of OAuth": func(in *webhook.UpdateInput, text string) {
			in.Auth = optional.Of(endpointauth.Auth{OAuth2: &endpointauth.OAuth2{
				TokenURL: "https://idp.example", ClientID: "c", ClientSecret: "s", Audience: text, Scopes: []string{"a"},
			}})
		},
	}
}

// Postgres takes neither NUL nor broken UTF-8, and JSON would turn the latter into something else.
func TestService_NoTextThatCannotBeKeptIsAnInternalFailure(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)
	before := b.dump(t)

	for name, put := range texts() {
		for _, text := range []string{"a\x00b", "\x00", "a\xffb", "\xed\xa0\x80"} {
			in := webhook.UpdateInput{ID: one.ID}
			put(&in, text)

			_, err := b.Update(t.Context(), b.scope, in)

			problems, ok := problem.Of(err)
			require.True(t, ok, "%s with %q: %v", name, text, err)
			require.NotEmpty(t, problems)
		}
	}

	require.Equal(t, before, b.dump(t))
}

// What is refused is a matter of taste for some of these; what is taken is given back as it was.
func TestService_AnyOtherTextIsRefusedOrKeptToTheLetter(t *testing.T) {
	t.Parallel()

	b := setup(t)
	one := b.make(t)
	kept := map[string]int{}

	for name, put := range texts() {
		for _, text := range []string{
			"plain", `\u0000`, `\\u0000`, `\ud800`, "ünïcödé", "日本", "🙂", "\u2028", "\ufffd", "a\tb", "%00", "\u200b",
		} {
			in := webhook.UpdateInput{ID: one.ID}
			put(&in, text)

			updated, err := b.Update(t.Context(), b.scope, in)
			if err != nil {
				_, ok := problem.Of(err)
				require.True(t, ok, "%s with %q: %v", name, text, err)

				continue
			}

			kept[name]++

			found, err := b.Get(t.Context(), b.scope, one.ID)
			require.NoError(t, err)
			require.Equal(t, updated, found, "%s with %q", name, text)
			require.Equal(t, in.CustomHeaders != nil, len(b.headers(t, one.ID)) > 0)

			_, err = b.Update(t.Context(), b.scope, webhook.UpdateInput{ID: one.ID, CustomHeaders: &[]webhook.Header{}})
			require.NoError(t, err)
		}
	}

	for _, name := range []string{"envelope", "parameter", "parameter value", "section", "section path", "user name"} {
		require.GreaterOrEqual(t, kept[name], 4, name)
	}
}
