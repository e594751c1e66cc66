package session

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/surehook/surehook/internal/apikey"
)

// maxBody is more than a token needs.
const maxBody = 4 << 10

// refusal is what a request is answered with that is not carried out.
type refusal struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Handler serves /session: POST with {"token": "..."} signs in and sets the cookie, DELETE signs out, and GET says
// {"signedIn": true} or false. Requests that pages of other origins make are refused.
func (s *Service) Handler(log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /session", func(w http.ResponseWriter, r *http.Request) { s.signIn(w, r, log) })
	mux.HandleFunc("DELETE /session", s.signOut)
	mux.HandleFunc("GET /session", func(w http.ResponseWriter, r *http.Request) { s.show(w, r, log) })

	var sameOrigin http.CrossOriginProtection

	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		respond(w, http.StatusForbidden, refusal{"FORBIDDEN", "only pages of the server's own origin may use this"})
	}))

	return sameOrigin.Handler(mux)
}

func (s *Service) signIn(w http.ResponseWriter, r *http.Request, log *slog.Logger) {
	if !isJSON(r) {
		respond(w, http.StatusUnsupportedMediaType, refusal{"BAD_REQUEST", "Content-Type must be application/json"})

		return
	}

	token, err := readToken(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		respond(w, http.StatusBadRequest, refusal{"BAD_REQUEST", `the body must be {"token": "..."}`})

		return
	}

	if !s.attempts.take(r.RemoteAddr) {
		w.Header().Set("Retry-After", "1")
		respond(w, http.StatusTooManyRequests, refusal{"RATE_LIMITED", "too many attempts, wait a moment"})

		return
	}

	value, of, err := s.Start(r.Context(), token)

	switch {
	case errors.Is(err, apikey.ErrUnauthenticated):
		respond(w, http.StatusUnauthorized, refusal{"UNAUTHENTICATED", err.Error()})
	case err != nil:
		log.ErrorContext(r.Context(), "not signed in", "error", err)
		respondUnknown(w)
	default:
		s.attempts.forgive(r.RemoteAddr)
		log.InfoContext(r.Context(), "signed in", "key", of.ID.String(), "remote", r.RemoteAddr)
		http.SetCookie(w, s.cookie(r, value))
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *Service) signOut(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, s.cookie(r, ""))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
}

func (s *Service) show(w http.ResponseWriter, r *http.Request, log *slog.Logger) {
	err := ErrEnded

	if value, ok := valueOf(r); ok {
		_, err = s.Resume(r.Context(), value)
	}

	if err != nil && !errors.Is(err, apikey.ErrUnauthenticated) {
		log.ErrorContext(r.Context(), "session not looked up", "error", err)
		respondUnknown(w)

		return
	}

	respond(w, http.StatusOK, map[string]bool{"signedIn": err == nil})
}

// readToken reads the body to its end, which holds the token and nothing else.
func readToken(body io.Reader) (string, error) {
	var in struct {
		Token string `json:"token"`
	}

	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()

	if err := decoder.Decode(&in); err != nil {
		return "", err
	}

	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return "", errors.New("there is more than one value")
	}

	return in.Token, nil
}

// respondUnknown answers what could not be found out.
func respondUnknown(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	respond(w, http.StatusServiceUnavailable, refusal{"INTERNAL", "this could not be found out, try again"})
}

func respond(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	// Who has hung up needs no answer.
	_ = json.NewEncoder(w).Encode(body)
}
