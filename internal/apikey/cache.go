package apikey

import (
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/surehook/surehook/db/dbsqlc"
)

const (
	// cacheSize bounds the keys in memory: about 5 MB of them.
	cacheSize = 10_000
	// cacheTTL is how long a process goes on using a key that another process revoked.
	cacheTTL = 2 * time.Second
	// touchInterval is how exact the time of the last use is.
	touchInterval = time.Minute
)

// cache holds keys that were looked up a moment ago. The time is handed in rather than read, which is why this is not
// the expirable LRU of the library; that one also starts a goroutine which never ends.
type cache struct {
	mu      sync.Mutex
	entries *simplelru.LRU[uuid.UUID, entry]
	// revocations counts drops, so that a row that was read before a drop is not put back after it.
	revocations uint64
}

type entry struct {
	row       dbsqlc.ApiKey
	loadedAt  time.Time
	touchedAt time.Time
}

func newCache() *cache {
	entries, err := simplelru.NewLRU[uuid.UUID, entry](cacheSize, nil)
	if err != nil {
		panic(err) // the size is not positive, which is a defect of this file
	}

	return &cache{entries: entries}
}

// get returns the row if it is fresh, and a ticket for put if it is not.
func (c *cache) get(key uuid.UUID, now time.Time) (row dbsqlc.ApiKey, ticket uint64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()

	found, ok := c.entries.Get(key)

	return found.row, c.revocations, ok && within(found.loadedAt, now, cacheTTL)
}

// put keeps a row that was read after the ticket was given, unless a key was revoked since.
func (c *cache) put(row dbsqlc.ApiKey, now time.Time, ticket uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()

	if ticket != c.revocations {
		return
	}

	old, _ := c.entries.Peek(row.ID)
	c.entries.Add(row.ID, entry{row: row, loadedAt: now, touchedAt: old.touchedAt})
}

func (c *cache) drop(key uuid.UUID) {
	c.mu.Lock()
	defer c.mu.Unlock()

	c.revocations++
	c.entries.Remove(key)
}

// claimTouch tells whether it is time to write down that the key is in use. It says so once an interval, also when the
// writing then fails.
func (c *cache) claimTouch(row dbsqlc.ApiKey, now time.Time) bool {
	if row.LastUsedAt != nil && within(*row.LastUsedAt, now, touchInterval) {
		return false
	}

	c.mu.Lock()
	defer c.mu.Unlock()

	found, ok := c.entries.Peek(row.ID)
	if ok && within(found.touchedAt, now, touchInterval) {
		return false
	}

	if ok {
		found.touchedAt = now
		c.entries.Add(row.ID, found)
	}

	return true
}

// within tells whether at lies less than span before now. A time in the future, from another machine's clock or from
// before ours was set back, counts for nothing.
func within(at, now time.Time, span time.Duration) bool {
	age := now.Sub(at)

	return age >= 0 && age < span
}
