package system

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/retention"
)

const (
	// maxCounted bounds counting. More than that is too much anyway.
	maxCounted = 10_000
	// overdueAfter is how many seconds late an attempt may be. Requests under way take no longer.
	overdueAfter = 60
	// silence is after how many seconds a process counts as gone: three heartbeats of package dispatch.
	silence = 15
	// checkFor bounds how long Temporal may take to answer.
	checkFor = 2 * time.Second
)

// Parts are what a service looks at.
type Parts struct {
	Pool *db.Pool
	// Policy is how long things are kept.
	Policy retention.Policy
	// Room returns until when there is room in the log.
	Room func(ctx context.Context) (time.Time, error)
	// CheckTemporal fails when Temporal cannot be reached.
	CheckTemporal func(ctx context.Context) error
	// Backlog asks Temporal what waits on the task queue.
	Backlog func(ctx context.Context) (Backlog, error)
	// Temporal is how it is set up.
	Temporal Temporal
	// Egress is how it is set up.
	Egress  Egress
	Version string
	Log     *slog.Logger
	Now     func() time.Time
}

// Service looks at the platform whenever it is asked. It is safe for concurrent use.
type Service struct {
	Parts

	startedAt time.Time
}

// NewService returns a service of a process that starts now.
func NewService(parts Parts) *Service { return &Service{Parts: parts, startedAt: parts.Now()} }

// Get looks at everything. It fails without the database; what else is wrong is in the answer.
func (s *Service) Get(ctx context.Context) (System, error) {
	temporal := make(chan Temporal, 1)

	go func() { temporal <- s.temporal(ctx) }()

	out := System{
		Version: s.Version, StartedAt: s.startedAt, Egress: s.Egress,
		Retention: Retention{LogDays: s.Policy.LogDays, PayloadDays: s.Policy.PayloadDays, RoomUntil: s.room(ctx)},
	}

	var err error

	if out.Database, err = s.database(ctx); err == nil {
		out.Dispatch, err = s.dispatch(ctx)
	}

	if err == nil {
		out.Workers, err = s.workers(ctx)
	}

	out.Temporal = <-temporal

	if err != nil {
		return System{}, fmt.Errorf("look at the platform: %w", err)
	}

	return out, nil
}

func (s *Service) temporal(ctx context.Context) Temporal {
	ctx, cancel := context.WithTimeout(ctx, checkFor)
	defer cancel()

	out := s.Temporal

	if err := s.CheckTemporal(ctx); err != nil {
		out.Problem = new(err.Error())

		return out
	}

	waiting, err := s.Backlog(ctx)
	if err != nil {
		s.Log.WarnContext(ctx, "backlog of the task queue not known", "error", err)

		return out
	}

	out.Backlog, out.BacklogAgeSeconds = new(waiting.Tasks), new(int(waiting.Age.Seconds()))

	return out
}

func (s *Service) room(ctx context.Context) *time.Time {
	until, err := s.Room(ctx)
	if err != nil {
		s.Log.WarnContext(ctx, "room in the log not known", "error", err)

		return nil
	}

	return &until
}

func (s *Service) database(ctx context.Context) (Database, error) {
	found, err := dbsqlc.New(s.Pool).SystemDatabase(ctx)
	if err != nil {
		return Database{}, fmt.Errorf("read version and size of the database: %w", err)
	}

	schema, err := db.SchemaStatus(ctx, s.Pool)
	if err != nil {
		return Database{}, err
	}

	settings, err := db.Durability(ctx, s.Pool)
	out := Database{
		Version: found.Version, Megabytes: int(found.Megabytes), Settings: make([]Setting, len(settings)),
		SchemaVersion: int(schema.Version), LatestSchemaVersion: int(schema.Latest),
	}

	for n, one := range settings {
		out.Settings[n] = Setting(one)
	}

	return out, err
}

func (s *Service) dispatch(ctx context.Context) (Dispatch, error) {
	q := dbsqlc.New(s.Pool)

	unclaimed, err := q.CountUnclaimed(ctx, maxCounted)
	if err != nil {
		return Dispatch{}, fmt.Errorf("count deliveries: %w", err)
	}

	oldest, err := q.OldestUnclaimed(ctx)
	if err != nil {
		return Dispatch{}, fmt.Errorf("find the oldest delivery: %w", err)
	}

	due, err := q.OldestDue(ctx)
	if err != nil {
		return Dispatch{}, fmt.Errorf("find the delivery that is due: %w", err)
	}

	overdue, err := q.CountOverdue(ctx, dbsqlc.CountOverdueParams{OverdueSeconds: overdueAfter, AtMost: maxCounted})
	if err != nil {
		return Dispatch{}, fmt.Errorf("count deliveries that are overdue: %w", err)
	}

	out := Dispatch{Unclaimed: int(unclaimed), Overdue: int(overdue)}

	if len(oldest) > 0 {
		out.OldestUnclaimedAt = &oldest[0]
	}

	if len(due) > 0 {
		out.OldestDueAt = due[0]
	}

	return out, nil
}

func (s *Service) workers(ctx context.Context) ([]Worker, error) {
	rows, err := dbsqlc.New(s.Pool).SystemProcesses(ctx, silence)
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}

	out := make([]Worker, len(rows))

	for n, row := range rows {
		out[n] = Worker{
			ID: id.Process.From(row.ID), Name: row.Name, StartedAt: row.StartedAt, HeartbeatAt: row.HeartbeatAt,
			Alive: row.Alive,
		}
	}

	return out, nil
}
