package egress_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/egress"
)

func TestValidateHeader_Names(t *testing.T) {
	t.Parallel()

	tests := map[string]error{
		"Authorization":            nil,
		"Idempotency-Key":          nil,
		"X-Api-Key":                nil,
		"!#$%&'*+-.^_`|~09azAZ":    nil,
		"Surehooks":                nil,
		"Webhooks-Id":              nil,
		"X-Forwarder":              nil,
		"Secret":                   nil,
		strings.Repeat("a", 64):    nil,
		strings.Repeat("a", 65):    egress.ErrHeaderNameTooLong,
		"":                         egress.ErrHeaderName,
		"X Api":                    egress.ErrHeaderName,
		"X-Api:":                   egress.ErrHeaderName,
		":authority":               egress.ErrHeaderName,
		"X-Äpi":                    egress.ErrHeaderName,
		"X-\xff":                   egress.ErrHeaderName,
		"X-Api\r\nHost":            egress.ErrHeaderName,
		"X-Api\x00":                egress.ErrHeaderName,
		"X(Api)":                   egress.ErrHeaderName,
		"Accept-Encoding":          egress.ErrReservedHeader,
		"Connection":               egress.ErrReservedHeader,
		"Content-Encoding":         egress.ErrReservedHeader,
		"Content-Length":           egress.ErrReservedHeader,
		"Content-Type":             egress.ErrReservedHeader,
		"Cookie":                   egress.ErrReservedHeader,
		"Expect":                   egress.ErrReservedHeader,
		"Forwarded":                egress.ErrReservedHeader,
		"Host":                     egress.ErrReservedHeader,
		"HTTP2-Settings":           egress.ErrReservedHeader,
		"Keep-Alive":               egress.ErrReservedHeader,
		"Proxy-Authorization":      egress.ErrReservedHeader,
		"Proxy-Connection":         egress.ErrReservedHeader,
		"Sec-Fetch-Site":           egress.ErrReservedHeader,
		"Set-Cookie":               egress.ErrReservedHeader,
		"Surehook-Attempt":         egress.ErrReservedHeader,
		"TE":                       egress.ErrReservedHeader,
		"Trailer":                  egress.ErrReservedHeader,
		"Transfer-Encoding":        egress.ErrReservedHeader,
		"Upgrade":                  egress.ErrReservedHeader,
		"User-Agent":               egress.ErrReservedHeader,
		"Via":                      egress.ErrReservedHeader,
		"Webhook-Id":               egress.ErrReservedHeader,
		"Webhook-Signature":        egress.ErrReservedHeader,
		"X-Amz-Security-Token":     egress.ErrReservedHeader,
		"X-Azure-Ref":              egress.ErrReservedHeader,
		"X-Forwarded-For":          egress.ErrReservedHeader,
		"X-Goog-Iam-Authorization": egress.ErrReservedHeader,
	}
	for name, want := range tests {
		for _, spelling := range []string{name, strings.ToLower(name), strings.ToUpper(name)} {
			require.ErrorIs(t, egress.ValidateHeader(spelling, "value"), want, spelling)
		}
	}
}

func TestValidateHeader_Values(t *testing.T) {
	t.Parallel()

	tests := map[string]error{
		"":                          nil,
		"value":                     nil,
		"Bearer a b  c":             nil,
		`!"#$%&'()*+,-./:;<=>?@[]~`: nil,
		strings.Repeat("a", 4096):   nil,
		strings.Repeat("a", 4097):   egress.ErrHeaderValueTooLong,
		" value":                    egress.ErrHeaderValue,
		"value ":                    egress.ErrHeaderValue,
		"a\r\nX-Injected: b":        egress.ErrHeaderValue,
		"a\nb":                      egress.ErrHeaderValue,
		"a\rb":                      egress.ErrHeaderValue,
		"a\r\n b":                   egress.ErrHeaderValue,
		"a\x00b":                    egress.ErrHeaderValue,
		"a\tb":                      egress.ErrHeaderValue,
		"a\x7fb":                    egress.ErrHeaderValue,
		"müller":                    egress.ErrHeaderValue,
		"a\xffb":                    egress.ErrHeaderValue,
		"a\u2028b":                  egress.ErrHeaderValue,
	}
	for value, want := range tests {
		require.ErrorIs(t, egress.ValidateHeader("X-Api-Key", value), want, value)
	}
}

func TestMaskHeader(t *testing.T) {
	t.Parallel()

	header := http.Header{
		"Authorization":       {"Bearer secret"},
		"Set-Cookie":          {"session=secret", "other=secret"},
		"Webhook-Signature":   {"v1,c2lnbmF0dXJl"},
		"X-Api-Key":           {"secret"},
		"X-Plain":             {"plain"},
		"proxy-authorization": {"Basic secret"},
	}
	before := header.Clone()
	require.Equal(t, http.Header{
		"Authorization":       {"***"},
		"Set-Cookie":          {"***", "***"},
		"Webhook-Signature":   {"v1,c2lnbmF0dXJl"},
		"X-Api-Key":           {"***"},
		"X-Plain":             {"plain"},
		"proxy-authorization": {"***"},
	}, egress.MaskHeader(header, "x-API-key", "X-Missing"))
	require.Equal(t, before, header, "the original stays as it was")
	require.Nil(t, egress.MaskHeader(nil))
}
