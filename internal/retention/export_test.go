package retention

import "time"

// Patient returns a keeper that waits for as long as told.
func (k *Keeper) Patient(patience time.Duration) *Keeper {
	out := *k
	out.patience = patience

	return &out
}
