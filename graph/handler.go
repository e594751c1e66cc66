package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	gqlgen "github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/surehook/surehook/internal/auth"
)

// handler looks at requests before gqlgen does: it names them, refuses those that no transport is for, and opens
// websockets.
type handler struct {
	server  *gqlgen.Server
	sockets transport.CoderWebsocketImplementation
	keys    auth.Authenticator
	log     *slog.Logger
	bounds  bounds
}

var _ http.Handler = (*handler)(nil)

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	known := request{id: requestID(r.Header)}
	r = r.WithContext(withRequest(r.Context(), known))

	w.Header().Set(requestIDHeader, known.id)
	// Answers may hold secrets that are shown once.
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")

	upgrade := r.Header.Get("Upgrade")
	// Some clients ask for HTTP/2 in passing, which need not be granted. gqlgen would take it for a websocket.
	r.Header.Del("Upgrade")

	switch {
	case strings.EqualFold(upgrade, "websocket"):
		r.Header.Set("Upgrade", upgrade)
		h.serveSocket(w, r)
	case r.Method == http.MethodOptions:
		h.server.ServeHTTP(w, r)
	case r.Method == http.MethodPost:
		h.servePost(w, r)
	default:
		w.Header().Set("Allow", "OPTIONS, POST")
		refuse(w, r, http.StatusMethodNotAllowed, "use POST, or a websocket")
	}
}

func (h *handler) servePost(w http.ResponseWriter, r *http.Request) {
	// Only a type that a form of a foreign page cannot send.
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		refuse(w, r, http.StatusUnsupportedMediaType, "Content-Type must be application/json")

		return
	}

	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.bounds.bodyBytes))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		refuse(w, r, http.StatusRequestEntityTooLarge, "the body is larger than this server takes")

		return
	}

	if err != nil {
		refuse(w, r, http.StatusBadRequest, "the body could not be read to its end")

		return
	}

	// gqlgen would do it too, but repeat the body in its message and in the log.
	if err := checkBody(body); err != nil {
		refuse(w, r, http.StatusBadRequest, "the body is not a GraphQL request in JSON: "+err.Error())

		return
	}

	r.Body = io.NopCloser(bytes.NewReader(body))

	if strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
		h.serveEvents(w, r)

		return
	}

	h.server.ServeHTTP(w, r)
}

// checkBody tells whether gqlgen can make anything of the body.
func checkBody(body []byte) error {
	var shape struct {
		Query         string                     `json:"query"`
		OperationName string                     `json:"operationName"`
		Variables     map[string]json.RawMessage `json:"variables"`
		Extensions    map[string]json.RawMessage `json:"extensions"`
	}

	err := json.Unmarshal(body, &shape)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return errors.New(strings.TrimPrefix(wrong.Field+" must not be a JSON "+wrong.Value, " "))
	}

	return err
}

// refuse answers what never becomes a GraphQL request.
func refuse(w http.ResponseWriter, r *http.Request, status int, message string) {
	why := requestError{codeBadRequest, message}.graphQL(r.Context())

	// It consists of texts, so it marshals.
	body, _ := json.Marshal(graphql.Response{Errors: gqlerror.List{why}})

	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A caller that has hung up needs no answer.
	_, _ = w.Write(body)
}
