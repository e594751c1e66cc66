package app

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/surehook/surehook/db/dbtest"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/retention"
)

func TestReady_SaysBeforeTheLogHasNoRoomLeft(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		ends    time.Duration
		word    string
		working bool
		logged  string
	}{
		"a week":       {7 * 24 * time.Hour, "ok", true, ""},
		"days":         {71 * time.Hour, "running out", true, "little room left"},
		"none":         {-time.Second, "full", false, "no room: nothing can be published"},
		"nobody knows": {0, "unavailable", true, "not ready"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var log bytes.Buffer

			a := &App{pool: dbtest.Pool(t), log: slog.New(slog.NewTextHandler(&log, nil))}
			a.retention = retention.New(a.pool, retention.Policy{LogDays: 30, PayloadDays: 30}, a.log, time.Now)

			bound := "DEFAULT"
			if test.ends != 0 {
				bound = "FOR VALUES FROM (MINVALUE) TO ('" + id.Floor(time.Now().Add(test.ends)).String() + "')"
			}

			for _, statement := range []string{
				"ALTER TABLE event_payloads DETACH PARTITION event_payloads_first",
				"ALTER TABLE event_payloads ATTACH PARTITION event_payloads_first " + bound,
			} {
				_, err := a.pool.Exec(t.Context(), statement)
				require.NoError(t, err)
			}

			word, working := a.room(t.Context())
			require.Equal(t, test.word, word)
			require.Equal(t, test.working, working)

			if test.logged == "" {
				require.Empty(t, log.String())
			} else {
				require.Contains(t, log.String(), test.logged)
			}
		})
	}
}
