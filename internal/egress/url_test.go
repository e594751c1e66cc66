package egress_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/internal/egress"
)

func TestValidateURL(t *testing.T) {
	t.Parallel()

	label := strings.Repeat("a", 63)
	host253 := strings.Join([]string{label, label, label, strings.Repeat("a", 61)}, ".")
	require.Len(t, host253, egress.MaxHostBytes)
	fill := func(n int) string { return "https://example.com/" + strings.Repeat("a", n-len("https://example.com/")) }

	tests := map[string]error{
		// Fit for use. Where they lead is the guard's business, which is why odd numerals pass.
		"https://example.com":                         nil,
		"http://example.com/":                         nil,
		"HTTPS://EXAMPLE.COM/Path":                    nil,
		"https://example.com:8443/a/b?c=d&e=f":        nil,
		"https://example.com:1":                       nil,
		"https://example.com:65535":                   nil,
		"https://example.com./":                       nil,
		"https://my_service/":                         nil,
		"https://localhost":                           nil,
		"https://xn--mnchen-3ya.example":              nil,
		"https://münchen.example/straße":              nil,
		"https://例え.テスト/":                             nil,
		"https://127.0.0.1":                           nil,
		"https://0x7f.1":                              nil,
		"https://2130706433":                          nil,
		"https://[::1]:8443/":                         nil,
		"https://[::ffff:127.0.0.1]/":                 nil,
		"https://example.com/%0d%0a":                  nil,
		"https://example.com/?next=http://a@b":        nil,
		"https://" + host253:                          nil,
		fill(egress.MaxURLBytes):                      nil,
		"":                                            egress.ErrURLScheme,
		"example.com":                                 egress.ErrURLScheme,
		"//example.com":                               egress.ErrURLScheme,
		"/path":                                       egress.ErrURLScheme,
		"ftp://example.com":                           egress.ErrURLScheme,
		"file:///etc/passwd":                          egress.ErrURLScheme,
		"javascript:alert(1)":                         egress.ErrURLScheme,
		"httpss://example.com":                        egress.ErrURLScheme,
		"http:example.com":                            egress.ErrURLScheme,
		"https:":                                      egress.ErrURLHost,
		"https://":                                    egress.ErrURLHost,
		"https:///path":                               egress.ErrURLHost,
		"https://?q":                                  egress.ErrURLHost,
		"https://:443/":                               egress.ErrURLHost,
		"https://.example.com":                        egress.ErrURLHost,
		"https://example..com":                        egress.ErrURLHost,
		"https://./":                                  egress.ErrURLHost,
		"https://exa$mple.com":                        egress.ErrURLHost,
		"https://exa,mple.com":                        egress.ErrURLHost,
		"https://exa%2fmple.com":                      egress.ErrURLSyntax,
		"https://[fe80::1%25eth0]/":                   egress.ErrURLHost,
		"https://[v1.a]/":                             egress.ErrURLSyntax,
		"https://[::1":                                egress.ErrURLSyntax,
		"https://::1/":                                egress.ErrURLPort,
		"https://" + host253 + "a":                    egress.ErrURLHost,
		"https://" + label + "a.example":              egress.ErrURLHost,
		"https://" + strings.Repeat("ü", 60) + ".com": egress.ErrURLHost,
		"https://xn--a.example/é":                     nil,
		"https://user@example.com":                    egress.ErrURLUserinfo,
		"https://user:secret@example.com":             egress.ErrURLUserinfo,
		"https://@example.com":                        egress.ErrURLUserinfo,
		"https://:@example.com":                       egress.ErrURLUserinfo,
		"https://example.com@169.254.169.254":         egress.ErrURLUserinfo,
		"https://example.com#":                        egress.ErrURLFragment,
		"https://example.com/#part":                   egress.ErrURLFragment,
		"https://example.com#@evil.example":           egress.ErrURLFragment,
		"https://example.com:":                        egress.ErrURLPort,
		"https://example.com:/path":                   egress.ErrURLPort,
		"https://example.com:0":                       egress.ErrURLPort,
		"https://example.com:65536":                   egress.ErrURLPort,
		"https://example.com:99999999999999999999":    egress.ErrURLPort,
		"https://example.com:-1":                      egress.ErrURLPort,
		"https://example.com:http":                    egress.ErrURLPort,
		"https://example.com:80:80":                   egress.ErrURLPort,
		" https://example.com":                        egress.ErrURLCharacter,
		"https://example.com ":                        egress.ErrURLCharacter,
		"https://example.com/a b":                     egress.ErrURLCharacter,
		"https://example.com/\tb":                     egress.ErrURLCharacter,
		"https://example.com\r\nHost: evil":           egress.ErrURLCharacter,
		"https://example.com/\x00":                    egress.ErrURLCharacter,
		"https://example.com/\x7f":                    egress.ErrURLCharacter,
		"https://example.com/\u0085":                  egress.ErrURLCharacter,
		"https://example.com/\u00a0":                  egress.ErrURLCharacter,
		"https://exam\u200bple.com":                   egress.ErrURLCharacter,
		"https://example.com/\u202egpj":               egress.ErrURLCharacter,
		"https://example.com/\xff":                    egress.ErrURLCharacter,
		`https:\\example.com`:                         egress.ErrURLCharacter,
		`https://example.com\@evil.example`:           egress.ErrURLCharacter,
		"https://example.com/%zz":                     egress.ErrURLSyntax,
		fill(egress.MaxURLBytes + 1):                  egress.ErrURLTooLong,
	}
	for raw, want := range tests {
		t.Run(raw[:min(len(raw), 60)], func(t *testing.T) {
			t.Parallel()

			err := egress.ValidateURL(raw)
			if want == nil {
				require.NoError(t, err)
				return
			}
			require.Equal(t, want, err, "nothing wrapped, nothing quoted")
		})
	}
}

// FuzzValidateURL compares with the rest of the standard library: what passes can be requested as it was
// checked, and what names an address that is plainly not public does not pass the guard.
func FuzzValidateURL(f *testing.F) {
	for _, seed := range []string{
		"https://example.com:8443/a?b=c", "http://127.0.0.1", "https://[::ffff:10.0.0.1]:443/", "https://user@host#x",
		"https://münchen.example", "http://169.254.169.254/latest", "http://[64:ff9b::a9fe:a9fe]/", "https://1.1.1.1",
	} {
		f.Add(seed)
	}

	f.Fuzz(func(t *testing.T, raw string) {
		if egress.ValidateURL(raw) != nil {
			return
		}

		parsed, err := url.Parse(raw)
		require.NoError(t, err)
		require.Contains(t, []string{"http", "https"}, parsed.Scheme)
		require.NotEmpty(t, parsed.Hostname())
		require.Nil(t, parsed.User)
		require.Empty(t, parsed.Fragment)
		request, err := http.NewRequest(http.MethodPost, raw, nil)
		require.NoError(t, err)
		require.Equal(t, parsed.Host, request.Host)

		addr, err := netip.ParseAddr(parsed.Hostname())
		if err != nil {
			return
		}
		plain := addr.Unmap()
		if !plain.IsGlobalUnicast() || plain.IsPrivate() || plain.IsLoopback() || plain.IsLinkLocalUnicast() ||
			plain.IsMulticast() || plain.IsUnspecified() || plain.IsInterfaceLocalMulticast() {
			require.False(t, egress.Allows(egress.Config{AnyPort: true}, netip.AddrPortFrom(addr, 443)), addr)
		}
	})
}
