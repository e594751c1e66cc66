package event

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/surehook/surehook/db"
	"github.com/surehook/surehook/db/dbsqlc"
	"github.com/surehook/surehook/internal/id"
	"github.com/surehook/surehook/internal/problem"
)

// How a process counts publish requests.
const (
	// quotaShares is into how many parts a minute's requests are divided: a process takes one part at a time from the
	// database, so that it need not ask for every request.
	quotaShares = 20
	// quotaOrganizations is how many organizations a process counts for at the same time.
	quotaOrganizations = 10_000
)

// quota keeps organizations to their publish requests a minute, across all processes.
type quota struct {
	pool  *db.Pool
	now   func() time.Time
	known *lru.Cache[uuid.UUID, *allowance]
}

// allowance is what a process may still let through for one organization.
type allowance struct {
	mu    sync.Mutex
	left  int
	until time.Time
	// limit is that of the organization when the share was taken.
	limit int
	// usedUp is the limit of which the database has nothing left for the minute. 0 means that it may have.
	usedUp int
}

func newQuota(pool *db.Pool, now func() time.Time) *quota {
	known, err := lru.New[uuid.UUID, *allowance](quotaOrganizations)
	if err != nil {
		panic(err) // The size is not positive, which is a defect of this file.
	}

	return &quota{pool: pool, now: now, known: known}
}

// take counts one request. It is refused with RATE_LIMITED and the time to wait when the minute's are used up.
func (q *quota) take(ctx context.Context, organization id.ID, limit int) error {
	fresh := &allowance{}

	one, ok, _ := q.known.PeekOrAdd(organization.UUID(), fresh)
	if !ok {
		one = fresh
	}

	one.mu.Lock()
	defer one.mu.Unlock()

	now := q.now()
	if !now.Before(one.until) {
		one.left, one.usedUp = 0, 0
	}

	// A limit that was changed meanwhile holds at once: what is left of a share of the old one is given up.
	if one.limit != limit {
		one.left, one.limit = 0, limit
	}

	if one.left == 0 && one.usedUp != limit {
		if err := q.refill(ctx, organization, one, limit); err != nil {
			return err
		}
	}

	if one.left == 0 {
		wait := max(int(math.Ceil(one.until.Sub(now).Seconds())), 1)

		return problem.List{{
			Code: problem.RateLimited, RetryAfterSeconds: wait,
			Message: fmt.Sprintf("at most %d publish requests a minute are allowed; try again in %d s", limit, wait),
		}}
	}

	one.left--

	return nil
}

// refill takes a share, or what little there may be left.
func (q *quota) refill(ctx context.Context, organization id.ID, one *allowance, limit int) error {
	for _, share := range []int{max(limit/quotaShares, 1), 1} {
		got, err := dbsqlc.New(q.pool).TakePublishQuota(ctx, dbsqlc.TakePublishQuotaParams{
			OrganizationID: organization.UUID(), Share: int32(share), AtMost: int32(limit),
		})
		if err != nil {
			return fmt.Errorf("take publish quota: %w", err)
		}

		one.until = q.now().Add(time.Duration(got.SecondsLeft * float64(time.Second)))

		if got.Granted {
			one.left = share

			return nil
		}
	}

	one.usedUp = limit

	return nil
}
