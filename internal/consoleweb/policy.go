package consoleweb

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"golang.org/x/net/html"
)

// policy returns the Content-Security-Policy of a page: everything comes from the server itself, and of what is written
// into the page only the scripts that are there now may run. 'self' covers websockets of the same host.
//
// Styles may be written into the page, because the components set some as they run. Nothing may put the page into a
// frame. The explorer's editor has workers, and fonts within its styles.
func policy(page []byte, isExplorer bool) string {
	scripts := []string{"script-src 'self'"}

	for _, one := range inlineScripts(page) {
		sum := sha256.Sum256(one)
		scripts = append(scripts, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}

	rules := []string{
		"default-src 'self'",
		strings.Join(scripts, " "),
		"style-src 'self' 'unsafe-inline'",
		"img-src 'self' data:",
		"connect-src 'self'",
		"object-src 'none'",
		"base-uri 'self'",
		"form-action 'self'",
		"frame-ancestors 'none'",
	}

	if isExplorer {
		rules = append(rules, "worker-src 'self' blob:", "font-src 'self' data:")
	}

	return strings.Join(rules, "; ")
}

// inlineScripts returns the scripts that are written into a page, as a browser hashes them.
func inlineScripts(page []byte) [][]byte {
	var out [][]byte

	tokens := html.NewTokenizer(bytes.NewReader(page))

	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return out
		case html.StartTagToken:
			if token := tokens.Token(); token.Data == "script" && !has(token, "src") && tokens.Next() == html.TextToken {
				out = append(out, bytes.Clone(tokens.Raw()))
			}
		default:
		}
	}
}

func has(token html.Token, attribute string) bool {
	for _, one := range token.Attr {
		if one.Key == attribute {
			return true
		}
	}

	return false
}
