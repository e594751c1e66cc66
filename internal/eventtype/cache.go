package eventtype

import (
	"sync"

	"github.com/google/uuid"
	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// cacheBytes bounds the compiled schemas in memory by the length of their texts: two thousand of 1 KiB, say. Compiled
// they take some 30 times as much.
const cacheBytes = 2 * 1024 * 1024

// version names a schema. What it names never changes, so the cache never has to forget for the sake of truth.
type version struct {
	eventType uuid.UUID
	number    int
}

// slot is the place of one compiled schema. Who has taken it from the channel may use it, or fill it: so a schema does
// one check at a time, and it is compiled once however many publishers are waiting for it.
type slot struct {
	free  chan struct{}
	check *check
	// bytes is the length of the schema's text. It belongs to the cache, under its lock.
	bytes int
}

// cache holds compiled schemas, those that were used last.
type cache struct {
	mu    sync.Mutex
	slots *simplelru.LRU[version, *slot]
	bytes int
}

func newCache() *cache {
	c := &cache{}

	// Each slot counts for one byte before it is filled, so there are never more than this.
	slots, err := simplelru.NewLRU(cacheBytes, func(_ version, evicted *slot) { c.bytes -= evicted.bytes })
	if err != nil {
		panic(err) // the size is not positive, which is a defect of this file
	}

	c.slots = slots

	return c
}

// slot returns the place of a schema, which may be empty yet.
func (c *cache) slot(of version) *slot {
	c.mu.Lock()
	defer c.mu.Unlock()

	if known, ok := c.slots.Get(of); ok {
		return known
	}

	one := &slot{free: make(chan struct{}, 1)}
	one.free <- struct{}{}
	c.weigh(of, one, 1)

	return one
}

// filled counts a slot by what was put into it, and drops others that were not used for longest.
func (c *cache) filled(of version, one *slot, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()

	if known, ok := c.slots.Peek(of); ok && known == one {
		c.weigh(of, one, bytes)
	}
}

func (c *cache) weigh(of version, one *slot, bytes int) {
	c.bytes += bytes - one.bytes
	one.bytes = bytes
	c.slots.Add(of, one)

	for c.bytes > cacheBytes && c.slots.Len() > 1 {
		c.slots.RemoveOldest()
	}
}
