package app

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/surehook/surehook/graph"
	"github.com/surehook/surehook/internal/auth"
	"github.com/surehook/surehook/internal/config"
)

// checkFor bounds a readiness check, so that a probe gets its answer in time.
const checkFor = 2 * time.Second

// handler serves everything. streams ends when subscriptions have to.
func (a *App) handler(streams context.Context) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		respond(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", a.ready)

	if a.config.Has(config.RoleAPI) {
		api := graph.NewHandler(graph.Deps{
			APIKeys:           a.keys,
			AllowedOrigins:    a.config.AllowedOrigins,
			Audit:             a.audit,
			BulkOperations:    a.bulk,
			Deliveries:        a.deliveries,
			EventTypes:        a.types,
			Events:            a.events,
			Explanations:      a.explanations,
			Flow:              a.flow,
			Hub:               a.hub,
			Logger:            a.log,
			Now:               time.Now,
			Organizations:     a.organizations,
			Previews:          a.previews,
			Retention:         a.retentionPolicy(),
			Stats:             a.stats,
			System:            a.system,
			SourceRanges:      a.config.SourceRanges(),
			TemporalNamespace: a.config.TemporalNamespace,
			TemporalUIURL:     a.config.TemporalUIURL,
			Webhooks:          a.webhooks,
		})
		api = auth.Middleware(a.keys)(api)

		if a.console != nil {
			api = a.sessions.Middleware(api)

			mux.Handle("/session", a.sessions.Handler(a.log))
			mux.Handle("/", a.console)
		}

		mux.Handle("/graphql", endWith(streams, api))
	}

	return mux
}

// ready says whether the process can do its work. Publishing needs Postgres only, so a process that serves the API
// stays ready while Temporal is away: what it accepts is carried out later.
func (a *App) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkFor)
	defer cancel()

	postgres := a.pool.Ping(ctx)
	temporal := a.checkTemporal(ctx)

	parts := map[string]string{"postgres": word(postgres), "temporal": word(temporal)}
	working, room := true, true

	if postgres == nil {
		parts["log"], room = a.room(ctx)
	}

	if a.dispatcher != nil {
		if working, parts["worker"] = a.dispatcher.Working(), "ok"; !working {
			parts["worker"] = "starting"
		}
	}

	status := http.StatusOK
	if postgres != nil || !room || (!a.config.Has(config.RoleAPI) && (temporal != nil || !working)) {
		status = http.StatusServiceUnavailable
	}

	a.noteUnready(ctx, "postgres", postgres)
	a.noteUnready(ctx, "temporal", temporal)
	respond(w, status, parts)
}

// lowRoom is when the end of the log counts as near.
const lowRoom = 3 * 24 * time.Hour

// room says whether the log has parts for the days to come. Nothing can be published without.
func (a *App) room(ctx context.Context) (string, bool) {
	ends, err := a.retention.Room(ctx)
	if err != nil {
		a.noteUnready(ctx, "log", err)

		return word(err), true
	}

	switch left := time.Until(ends); {
	case left <= 0:
		a.log.ErrorContext(ctx, "the log has no room: nothing can be published", "ended", ends)

		return "full", false
	case left < lowRoom:
		a.log.ErrorContext(ctx, "the log has little room left: its parts have not been extended", "ends", ends)

		return "running out", true
	default:
		return "ok", true
	}
}

func (a *App) noteUnready(ctx context.Context, part string, err error) {
	if err != nil {
		a.log.WarnContext(ctx, "not ready", "part", part, "error", err)
	}
}

func word(err error) string {
	if err != nil {
		return "unavailable"
	}

	return "ok"
}

func respond(w http.ResponseWriter, status int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// A probe that has hung up needs no answer.
	_ = json.NewEncoder(w).Encode(body)
}

// endWith ends requests that stream when the context does. Others are left to finish.
func endWith(streams context.Context, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") ||
			strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
			ctx, cancel := context.WithCancel(r.Context())
			defer cancel()
			defer context.AfterFunc(streams, cancel)()

			r = r.WithContext(ctx)
		}

		next.ServeHTTP(w, r)
	})
}
