package graph

import (
	"context"
	"time"

	"github.com/surehook/surehook/internal/endpointauth"
	"github.com/surehook/surehook/internal/problem"
	"github.com/surehook/surehook/internal/signing"
)

func (r signatureProfileResolver) Encoding(_ context.Context, obj *signing.Profile) (*signing.Encoding, error) {
	return unlessZero(obj.Encoding), nil
}

func (r signatureProfileResolver) TimestampFormat(
	_ context.Context, obj *signing.Profile,
) (*signing.TimestampFormat, error) {
	return unlessZero(obj.TimestampFormat), nil
}

func (r webhookAuthResolver) Username(_ context.Context, obj *endpointauth.Public) (*string, error) {
	return unlessZero(obj.Username), nil
}

func (r webhookAuthResolver) HeaderName(_ context.Context, obj *endpointauth.Public) (*string, error) {
	return unlessZero(obj.HeaderName), nil
}

func (r webhookAuthResolver) TokenURL(_ context.Context, obj *endpointauth.Public) (*string, error) {
	return unlessZero(obj.TokenURL), nil
}

func (r webhookAuthResolver) ClientID(_ context.Context, obj *endpointauth.Public) (*string, error) {
	return unlessZero(obj.ClientID), nil
}

func (r webhookAuthResolver) Audience(_ context.Context, obj *endpointauth.Public) (*string, error) {
	return unlessZero(obj.Audience), nil
}

func (r webhookAuthResolver) Style(_ context.Context, obj *endpointauth.Public) (*string, error) {
	return unlessZero(obj.Style), nil
}

func (r webhookAuthResolver) CertificateSubject(_ context.Context, obj *endpointauth.Public) (*string, error) {
	if obj.Certificate == nil {
		return nil, nil
	}

	return &obj.Certificate.Subject, nil
}

func (r webhookAuthResolver) CertificateNotAfter(_ context.Context, obj *endpointauth.Public) (*time.Time, error) {
	if obj.Certificate == nil {
		return nil, nil
	}

	return &obj.Certificate.NotAfter, nil
}

func (r webhookAuthResolver) CertificateFingerprint(
	_ context.Context, obj *endpointauth.Public,
) (*string, error) {
	if obj.Certificate == nil {
		return nil, nil
	}

	return &obj.Certificate.SHA256Fingerprint, nil
}

func (r userErrorResolver) Line(_ context.Context, obj *problem.Problem) (*int, error) {
	return unlessZero(obj.Line), nil
}

func (r userErrorResolver) Column(_ context.Context, obj *problem.Problem) (*int, error) {
	return unlessZero(obj.Column), nil
}

func (r userErrorResolver) RetryAfterSeconds(_ context.Context, obj *problem.Problem) (*int, error) {
	return unlessZero(obj.RetryAfterSeconds), nil
}

// unlessZero returns null for what is not there.
func unlessZero[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}

	return &value
}
