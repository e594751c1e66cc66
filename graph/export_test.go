package graph

import (
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// Tuning is what tests may change of the settings. Zero means as usual.
type Tuning struct {
	InitTimeout, LoaderWait, OperationTimeout, PingEvery, WatchEvery, WriteTimeout time.Duration
}

// NewTunedHandler is NewHandler for tests that cannot wait as long as people can.
func NewTunedHandler(deps Deps, t Tuning) http.Handler {
	limits := defaults()

	for to, from := range map[*time.Duration]time.Duration{
		&limits.initTimeout:      t.InitTimeout,
		&limits.loaderWait:       t.LoaderWait,
		&limits.operationTimeout: t.OperationTimeout,
		&limits.pingEvery:        t.PingEvery,
		&limits.watchEvery:       t.WatchEvery,
		&limits.writeTimeout:     t.WriteTimeout,
	} {
		if from != 0 {
			*to = from
		}
	}

	return newHandler(deps, limits)
}

// SchemaWithComplexity is the schema with what its fields cost.
func SchemaWithComplexity() graphql.ExecutableSchema {
	return NewExecutableSchema(Config{Complexity: complexity()})
}
