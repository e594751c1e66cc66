package retention

import (
	"context"
	"fmt"

	"github.com/surehook/surehook/db/dbsqlc"
)

// keysAtOnce is how many idempotency keys one statement deletes, so that none takes long.
const keysAtOnce = 5_000

// forgetKeys deletes the idempotency keys of the events of a part that is about to go.
func (d *dropper) forgetKeys(ctx context.Context, of part) error {
	q := dbsqlc.New(d.conn)

	// Each statement begins where the one before it ended: what is deleted already is in the index for a while.
	params := dbsqlc.ForgetIdempotencyKeysParams{Since: timeOf(of.from), Before: timeOf(of.to), AtMost: keysAtOnce}

	for {
		done, err := q.ForgetIdempotencyKeys(ctx, params)
		if err != nil {
			return fmt.Errorf("forget idempotency keys: %w", err)
		}

		d.result.Keys += done.Forgotten
		if done.Forgotten < keysAtOnce {
			return nil
		}

		params.Since = done.Last
	}
}
