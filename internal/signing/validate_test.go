package signing_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/egress"
	"github.com/surehook/surehook/internal/signing"
)

var (
	plain   = signing.Profile{Scheme: signing.HMACBody, HeaderName: "X-Signature", Encoding: signing.Hex}
	stamped = signing.Profile{
		Scheme: signing.HMACTimestampBody, HeaderName: "X-Signed", Encoding: signing.Base64,
		TimestampHeader: "X-Sent", TimestampFormat: signing.UnixSeconds,
	}
	none = signing.Profile{Scheme: signing.None}
)

func with(profile signing.Profile, change func(p *signing.Profile)) signing.Profile {
	change(&profile)

	return profile
}

func named(profile signing.Profile, name string) signing.Profile {
	return with(profile, func(p *signing.Profile) { p.HeaderName = name })
}

func timed(profile signing.Profile, name string) signing.Profile {
	return with(profile, func(p *signing.Profile) { p.TimestampHeader, p.TimestampFormat = name, signing.ISO8601 })
}

func identified(profile signing.Profile, name string) signing.Profile {
	return with(profile, func(p *signing.Profile) { p.ClientIDHeader = name })
}

// notReserved is what the program gives to ValidateAll.
func notReserved(name string) error { return egress.ValidateHeader(name, "") }

func TestValidateAll_Accepts(t *testing.T) {
	t.Parallel()

	tests := map[string][]signing.Profile{
		"nothing":                nil,
		"no signature":           {none},
		"v1":                     {v1},
		"v1a":                    {v1a},
		"v1 with its own header": {named(v1, "Webhook-Signature")},
		"both standard schemes":  {v1, v1a},
		"both in the other order, with something in between": {v1a, plain, v1},
		"v1 with a client":                    {identified(v1, "X-Client-Id")},
		"choices that do not matter":          {with(v1, func(p *signing.Profile) { p.Encoding, p.TimestampFormat = signing.Hex, signing.ISO8601 })},
		"a plain HMAC":                        {plain},
		"a plain HMAC with a timestamp":       {timed(plain, "X-Sent")},
		"a HMAC with time":                    {stamped},
		"a timestamp without a signature":     {timed(none, "X-Sent")},
		"the longest name":                    {named(plain, strings.Repeat("a", 64))},
		"the longest prefix":                  {with(plain, func(p *signing.Profile) { p.Prefix = strings.Repeat("~", 32) })},
		"the longest client":                  {with(identified(none, "X"), func(p *signing.Profile) { p.ClientID = strings.Repeat("~", 256) })},
		"a client with spaces inside":         {with(identified(none, "X"), func(p *signing.Profile) { p.ClientID = "Acme Inc. #1" })},
		"four profiles":                       {v1, v1a, plain, stamped},
		"names that begin with the same text": {plain, named(plain, "X-Signature-2")},
	}
	for name, profiles := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Empty(t, signing.ValidateAll(profiles, notReserved))
			require.Empty(t, signing.ValidateAll(profiles, nil))
		})
	}
}

func TestValidateAll_RefusesOneProfile(t *testing.T) {
	t.Parallel()

	tests := []struct {
		name    string
		profile signing.Profile
		field   string
	}{
		{"no scheme", signing.Profile{}, "scheme"},
		{"an unknown scheme", signing.Profile{Scheme: "hmac_sha256_body"}, "scheme"},

		{"v1 with another header", named(v1, "X-Signature"), "headerName"},
		{"v1 with a prefix", with(v1, func(p *signing.Profile) { p.Prefix = "sha256=" }), "prefix"},
		{"v1 with a timestamp header", timed(v1, "X-Sent"), "timestampHeader"},
		{"v1a with another header", named(v1a, "webhook-id"), "headerName"},
		{"v1a with a prefix", with(v1a, func(p *signing.Profile) { p.Prefix = "v" }), "prefix"},
		{"v1a with a timestamp header", timed(v1a, "webhook-timestamp"), "timestampHeader"},
		{"v1 with an unknown encoding", with(v1, func(p *signing.Profile) { p.Encoding = "hex" }), "encoding"},
		{"v1 with an unknown format", with(v1, func(p *signing.Profile) { p.TimestampFormat = "UNIX" }), "timestampFormat"},

		{"a HMAC without a header", named(plain, ""), "headerName"},
		{"a HMAC without an encoding", with(plain, func(p *signing.Profile) { p.Encoding = "" }), "encoding"},
		{"a HMAC with an unknown encoding", with(plain, func(p *signing.Profile) { p.Encoding = "BASE64URL" }), "encoding"},
		{"a long prefix", with(plain, func(p *signing.Profile) { p.Prefix = strings.Repeat("a", 33) }), "prefix"},
		{"a space in the prefix", with(plain, func(p *signing.Profile) { p.Prefix = "HMAC sha256=" }), "prefix"},
		{"a line break in the prefix", with(plain, func(p *signing.Profile) { p.Prefix = "a\r\nHost:" }), "prefix"},
		{"a non-ASCII prefix", with(plain, func(p *signing.Profile) { p.Prefix = "é" }), "prefix"},
		{"a prefix of broken UTF-8", with(plain, func(p *signing.Profile) { p.Prefix = "\xff" }), "prefix"},
		{"a timestamp without a format", with(timed(plain, "X-Sent"), func(p *signing.Profile) { p.TimestampFormat = "" }), "timestampFormat"},
		{"a timestamp of unknown format", with(stamped, func(p *signing.Profile) { p.TimestampFormat = "RFC_1123" }), "timestampFormat"},
		{"a HMAC with time without its header", timed(stamped, ""), "timestampHeader"},

		{"no signature with a header", named(none, "X-Signature"), "headerName"},
		{"no signature with a prefix", with(none, func(p *signing.Profile) { p.Prefix = "a" }), "prefix"},

		{"a client without a header", with(plain, func(p *signing.Profile) { p.ClientID = "acme" }), "clientId"},
		{"a long client", with(identified(none, "X"), func(p *signing.Profile) { p.ClientID = strings.Repeat("a", 257) }), "clientId"},
		{"a non-ASCII client", with(identified(none, "X"), func(p *signing.Profile) { p.ClientID = "é" }), "clientId"},
		{"a client that ends in a space", with(identified(none, "X"), func(p *signing.Profile) { p.ClientID = "a " }), "clientId"},
		{"a line break in the client", with(identified(none, "X"), func(p *signing.Profile) { p.ClientID = "a\r\nb" }), "clientId"},

		{"signature and timestamp in one header", timed(plain, "x-signature"), "timestampHeader"},
		{"signature and client in one header", identified(plain, "X-SIGNATURE"), "clientIdHeader"},
		{"timestamp and client in one header", identified(stamped, "X-Sent"), "clientIdHeader"},
		{"a timestamp among previous signatures", timed(plain, "X-Signature-previous"), "timestampHeader"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			got := signing.ValidateAll([]signing.Profile{tt.profile}, notReserved)
			require.Len(t, got, 1)
			require.Equal(t, tt.field, got[0].Field)
			require.NotEmpty(t, got[0].Message)

			// It is found wherever it stands.
			got = signing.ValidateAll([]signing.Profile{none, tt.profile}, notReserved)
			require.Len(t, got, 1)
			require.Equal(t, 1, got[0].Index)
		})
	}
}

func TestValidateAll_RefusesHeaderNames(t *testing.T) {
	t.Parallel()

	fields := map[string]func(name string) signing.Profile{
		"clientIdHeader":  func(name string) signing.Profile { return identified(none, name) },
		"headerName":      func(name string) signing.Profile { return named(plain, name) },
		"timestampHeader": func(name string) signing.Profile { return timed(none, name) },
	}

	for field, profile := range fields {
		for _, name := range []string{
			strings.Repeat("a", 65), "X Sig", "X-Sig:", "X-Sig\r\nHost", "X-Äsig", "X-\xff", "X-\u212a", " ", ":path", "X(Sig)",
			"Authorization", "authorization",
		} {
			got := signing.ValidateAll([]signing.Profile{profile(name)}, nil)
			require.Len(t, got, 1, name)
			require.Equal(t, field, got[0].Field, name)
		}

		for _, name := range []string{
			"Connection", "Content-Type", "Cookie", "Host", "Surehook-Attempt", "Transfer-Encoding", "User-Agent", "Webhook-Id",
		} {
			require.Empty(t, signing.ValidateAll([]signing.Profile{profile(name)}, nil), name)
			require.Equal(t, []signing.FieldError{{Field: field, Message: egress.ErrReservedHeader.Error()}},
				signing.ValidateAll([]signing.Profile{profile(name)}, notReserved), name)
		}
	}
}

func TestValidateAll_AsksAboutProperNamesOnly(t *testing.T) {
	t.Parallel()

	var asked []string

	checkName := func(name string) error {
		asked = append(asked, name)

		return errors.New("taken")
	}

	got := signing.ValidateAll([]signing.Profile{v1, identified(timed(plain, "X Sent"), "X-Client-Id")}, checkName)
	require.Equal(t, []string{"X-Signature", "X-Client-Id"}, asked)
	require.Equal(t, signing.FieldError{Index: 1, Field: "headerName", Message: "taken"}, got[0])
	require.Equal(t, "timestampHeader", got[1].Field)
	require.Equal(t, signing.FieldError{Index: 1, Field: "clientIdHeader", Message: "taken"}, got[2])
	require.Len(t, got, 3)
}

func TestValidateAll_RefusesTogether(t *testing.T) {
	t.Parallel()

	type place struct {
		index int
		field string
	}

	tests := []struct {
		name     string
		profiles []signing.Profile
		want     []place
	}{
		{"five profiles", []signing.Profile{none, none, none, none, none}, []place{{4, ""}}},
		{"a faulty profile beyond the limit", []signing.Profile{none, none, none, none, {}, {}}, []place{{4, ""}}},
		{"v1 twice", []signing.Profile{v1, v1}, []place{{1, "scheme"}}},
		{"v1a twice", []signing.Profile{v1a, v1, v1a}, []place{{2, "scheme"}}},
		{"a header twice", []signing.Profile{plain, named(stamped, "x-signature")}, []place{{1, "headerName"}}},
		{"previous signatures in a header that is taken", []signing.Profile{named(plain, "A-Previous"), named(stamped, "A")}, []place{{1, "headerName"}}},
		{"the header of previous signatures", []signing.Profile{plain, named(stamped, "X-Signature-Previous")}, []place{{1, "headerName"}}},
		{"a timestamp header twice", []signing.Profile{stamped, timed(plain, "x-sent")}, []place{{1, "timestampHeader"}}},
		{"a client header twice", []signing.Profile{identified(v1, "X"), identified(v1a, "x")}, []place{{1, "clientIdHeader"}}},
		{"a signature and another's timestamp", []signing.Profile{stamped, named(plain, "X-Sent")}, []place{{1, "headerName"}}},
		{"a header of the standard behind it", []signing.Profile{v1, named(plain, "Webhook-Id")}, []place{{1, "headerName"}}},
		{"a header of the standard before it", []signing.Profile{timed(plain, "webhook-timestamp"), v1a}, []place{{1, "headerName"}}},
		{
			"several things at once",
			[]signing.Profile{plain, named(plain, ""), v1, v1, plain},
			[]place{{1, "headerName"}, {3, "scheme"}, {4, ""}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			var got []place

			for _, one := range signing.ValidateAll(tt.profiles, nil) {
				require.NotEmpty(t, one.Message)

				got = append(got, place{one.Index, one.Field})
			}

			require.Equal(t, tt.want, got)
		})
	}
}

func TestProfile_Headers(t *testing.T) {
	t.Parallel()

	require.Empty(t, none.Headers())
	require.Equal(t, []string{"webhook-id", "webhook-timestamp", "webhook-signature"}, v1.Headers())
	require.Equal(t, v1.Headers(), v1a.Headers())
	require.Equal(t, []string{"X-Signed", "X-Signed-Previous", "X-Sent", "X-Client-Id"},
		identified(stamped, "X-Client-Id").Headers())
}

func TestProfile_IsJSON(t *testing.T) {
	t.Parallel()

	full := with(identified(stamped, "X-Client-Id"), func(p *signing.Profile) { p.Prefix, p.ClientID = "v0=", "acme" })

	for text, profile := range map[string]signing.Profile{
		`{"scheme":"NONE"}`:                  none,
		`{"scheme":"STANDARD_WEBHOOKS_V1A"}`: v1a,
		`{"scheme":"HMAC_SHA256_TIMESTAMP_BODY","headerName":"X-Signed","prefix":"v0=","encoding":"BASE64",` +
			`"timestampHeader":"X-Sent","timestampFormat":"UNIX_SECONDS","clientIdHeader":"X-Client-Id","clientId":"acme"}`: full,
	} {
		encoded, err := json.Marshal(profile)
		require.NoError(t, err)
		require.Equal(t, text, string(encoded))

		var decoded signing.Profile

		require.NoError(t, json.Unmarshal(encoded, &decoded))
		require.Equal(t, profile, decoded)
	}
}
