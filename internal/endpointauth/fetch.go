package endpointauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/surehook/surehook/internal/egress"
)

const (
	maxTokenBytes = 16 << 10 // more than servers take in a header
	tokenTimeout  = egress.DefaultTimeout

	maxMargin     = 30 * time.Second // before its end a token is renewed, or a tenth of its life if that is less
	unknownExpiry = 5 * time.Minute  // for how long a token is kept that does not say when it expires
)

// fetcher asks token endpoints. What they send is never part of an error.
type fetcher struct {
	client *http.Client
	now    func() time.Time
}

// fetch returns a token that is fit for a header. An error is [egress.CodeAuthUnavailable], or
// [egress.CodeCanceled] when ctx ended.
func (f *fetcher) fetch(ctx context.Context, settings OAuth2) (*token, *egress.Error) {
	config := clientcredentials.Config{
		AuthStyle:    oauth2.AuthStyleInHeader, // never a guess: that would be two requests
		ClientID:     settings.ClientID,
		ClientSecret: settings.ClientSecret,
		Scopes:       settings.Scopes,
		TokenURL:     settings.TokenURL,
	}
	if settings.Style == StyleBody {
		config.AuthStyle = oauth2.AuthStyleInParams
	}
	if settings.Audience != "" {
		config.EndpointParams = url.Values{"audience": {settings.Audience}}
	}

	asked := f.now()
	answer, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, f.client))
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, canceled()
	case err != nil:
		return nil, explain(err)
	}
	life := unknownExpiry
	if !answer.Expiry.IsZero() {
		life = time.Until(answer.Expiry).Round(time.Second) // of x/oauth2's clock, to be counted on ours
	}
	if reason := unfit(answer); reason != "" {
		return nil, unavailable("token endpoint: " + reason)
	}
	return &token{until: asked.Add(life - min(maxMargin, life/10)), value: answer.AccessToken}, nil
}

// unfit says why a token cannot be used, or nothing. A token without a type is taken for a bearer token,
// although RFC 6749 section 5.1 demands the type, because there are servers that leave it out.
func unfit(answer *oauth2.Token) string {
	switch {
	case answer.TokenType != "" && !strings.EqualFold(answer.TokenType, "Bearer"):
		return "token type is not Bearer"
	case len(answer.AccessToken) > maxTokenBytes:
		return fmt.Sprintf("access token is longer than %d bytes", maxTokenBytes)
	case strings.ContainsFunc(answer.AccessToken, func(r rune) bool { return !isVisible(r) }):
		return "access token has characters that are not visible ASCII"
	}
	return ""
}

// explain puts a failed token request into words for the tenant.
func explain(err error) *egress.Error {
	if known, ok := errors.AsType[*egress.Error](err); ok {
		return unavailable("token endpoint: " + known.Message)
	}

	answered, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return unavailable("token endpoint: response holds no access token")
	}
	status := answered.Response.StatusCode
	switch {
	case slices.Contains(errorCodes, answered.ErrorCode):
		return unavailable(fmt.Sprintf("token endpoint: answered %d, %s", status, answered.ErrorCode))
	case status >= 200 && status < 300:
		return unavailable("token endpoint: answered with an error")
	}
	return unavailable(fmt.Sprintf("token endpoint: answered %d", status))
}

// errorCodes are the words of RFC 6749 section 5.2, the only ones of an answer that are repeated to the tenant.
var errorCodes = []string{
	"invalid_client", "invalid_grant", "invalid_request", "invalid_scope", "unauthorized_client", "unsupported_grant_type",
}
