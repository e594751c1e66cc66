// Package receiver is a sample webhook receiver: something to point a webhook
// at while developing, with endpoints that behave well, badly, and in between,
// and a page that shows what arrived.
package receiver

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const (
	// flakyFailures is how often /flaky answers 500 for one webhook-id before
	// it answers 200.
	flakyFailures = 2

	// maxBody is how much of a request body is read, in bytes: four times the
	// largest payload Surehook accepts.
	maxBody = 1 << 20

	// maxFlakyIDs bounds the memory of /flaky; the oldest ids are forgotten.
	maxFlakyIDs = 10_000

	// maxRequests is how many requests the page shows.
	maxRequests = 50

	// maxSlow bounds how long /slow waits before it answers.
	maxSlow = time.Minute
)

// Verification says what is known about a request's signature.
type Verification string

// The outcomes of checking a signature.
const (
	NotVerified Verification = "not verified" // the signature is missing or wrong
	Unchecked   Verification = "unchecked"    // no secret is configured
	Verified    Verification = "verified"     // the signature is right and recent
)

// Request is one request that arrived.
type Request struct {
	Body         string
	Bytes        int
	Method       string
	Path         string
	Status       int // the answer given
	Time         time.Time
	Verification Verification
	WebhookID    string // the webhook-id header
}

// Receiver is the handler. It may serve any number of requests at once.
type Receiver struct {
	log *slog.Logger
	mux *http.ServeMux

	mu       sync.Mutex
	attempts map[string]int // requests to /flaky by webhook-id
	flakyIDs []string       // keys of attempts, oldest first
	requests []Request      // newest last, at most maxRequests
	verifier *standardwebhooks.Webhook
}

// New returns a receiver that logs one line per request; nil means
// slog.Default.
func New(log *slog.Logger) *Receiver {
	if log == nil {
		log = slog.Default()
	}
	r := &Receiver{attempts: map[string]int{}, log: log, mux: http.NewServeMux()}
	r.mux.HandleFunc("GET /{$}", r.page)
	r.mux.HandleFunc("POST /fail", r.receive(func(*http.Request) int { return http.StatusInternalServerError }))
	r.mux.HandleFunc("POST /flaky", r.receive(r.flaky))
	r.mux.HandleFunc("POST /ok", r.receive(func(*http.Request) int { return http.StatusOK }))
	r.mux.HandleFunc("POST /slow", r.receive(slow))
	return r
}

// SetSecret makes the receiver check signatures from now on, with a secret as
// Surehook shows it ("whsec_..."). A wrong signature is shown and logged, not
// refused: several webhooks with secrets of their own may point here.
func (r *Receiver) SetSecret(secret string) error {
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return fmt.Errorf("use webhook secret: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.verifier = verifier
	return nil
}

// Requests returns the last requests, newest first.
func (r *Receiver) Requests() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]Request, 0, len(r.requests))
	for _, request := range slices.Backward(r.requests) {
		out = append(out, request)
	}
	return out
}

// ServeHTTP implements http.Handler.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) { r.mux.ServeHTTP(w, req) }

// receive reads and remembers a request and answers with what decide says.
func (r *Receiver) receive(decide func(*http.Request) int) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		began := time.Now()
		body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody))
		if err != nil {
			http.Error(w, "cannot read the body", http.StatusBadRequest)
			return
		}
		verification, reason := r.verify(body, req.Header)
		seen := Request{
			Body:         string(body),
			Bytes:        len(body),
			Method:       req.Method,
			Path:         req.URL.RequestURI(),
			Status:       decide(req),
			Time:         began,
			Verification: verification,
			WebhookID:    req.Header.Get(standardwebhooks.HeaderWebhookID),
		}
		r.remember(seen)
		w.WriteHeader(seen.Status)

		r.log.InfoContext(req.Context(), "webhook received", slog.String("webhook_id", seen.WebhookID),
			slog.String("path", seen.Path), slog.Int("status", seen.Status), slog.Int("bytes", seen.Bytes),
			slog.String("signature", string(verification)), slog.String("reason", reason),
			slog.Duration("took", time.Since(began)))
	}
}

// verify checks a signature with the official Standard Webhooks library and
// says why it was not accepted.
func (r *Receiver) verify(body []byte, header http.Header) (Verification, string) {
	r.mu.Lock()
	verifier := r.verifier
	r.mu.Unlock()
	if verifier == nil {
		return Unchecked, ""
	}
	if err := verifier.Verify(body, header); err != nil {
		return NotVerified, err.Error()
	}
	return Verified, ""
}

// remember keeps a request for the page.
func (r *Receiver) remember(req Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.requests) == maxRequests {
		copy(r.requests, r.requests[1:])
		r.requests = r.requests[:maxRequests-1]
	}
	r.requests = append(r.requests, req)
}

// flaky fails the first two requests of each webhook-id.
func (r *Receiver) flaky(req *http.Request) int {
	id := req.Header.Get(standardwebhooks.HeaderWebhookID)
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.attempts[id]; !known {
		if len(r.flakyIDs) == maxFlakyIDs {
			delete(r.attempts, r.flakyIDs[0])
			r.flakyIDs = r.flakyIDs[1:]
		}
		r.flakyIDs = append(r.flakyIDs, id)
	}
	r.attempts[id]++
	if r.attempts[id] <= flakyFailures {
		return http.StatusInternalServerError
	}
	return http.StatusOK
}

// slow waits for ?ms= milliseconds (default 1000) or until the sender leaves.
func slow(req *http.Request) int {
	wait := time.Second
	if ms, err := strconv.Atoi(req.URL.Query().Get("ms")); err == nil && ms >= 0 {
		wait = time.Duration(ms) * time.Millisecond
	}
	timer := time.NewTimer(min(wait, maxSlow))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-req.Context().Done():
	}
	return http.StatusOK
}
