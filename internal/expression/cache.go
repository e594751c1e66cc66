package expression

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

const (
	// cachePrograms is how many compiled expressions a cache keeps, those that were used last.
	cachePrograms = 2000
	// cacheBytes bounds them by the length of their texts, too. Compiled they take some 50 times as much, and at worst,
	// with the largest patterns in each, 150 MB.
	cacheBytes = 256 * 1024
)

// Cache compiles expressions once, however many ask for them, and keeps those that were used last. It keeps what is
// wrong with them, too. It is safe for concurrent use.
type Cache struct {
	mu    sync.Mutex
	slots *simplelru.LRU[slotKey, func() (any, error)]
	bytes int
}

type slotKey struct{ kind, text string }

// NewCache returns an empty cache.
func NewCache() *Cache {
	c := &Cache{}

	slots, err := simplelru.NewLRU(cachePrograms, func(of slotKey, _ func() (any, error)) { c.bytes -= len(of.text) })
	if err != nil {
		panic(err) // the size is not positive, which is a defect of this file
	}

	c.slots = slots

	return c
}

// Condition is [CompileCondition].
func (c *Cache) Condition(text string) (*Condition, error) {
	return cached(c, "condition", text, CompileCondition)
}

// Shape is [CompileShape].
func (c *Cache) Shape(text string) (*Shape, error) { return cached(c, "shape", text, CompileShape) }

// Text is [CompileText].
func (c *Cache) Text(text string) (*Text, error) { return cached(c, "text", text, CompileText) }

func cached[T any](c *Cache, kind, text string, compile func(string) (*T, error)) (*T, error) {
	// It is refused at once, and too long to be kept.
	if len(text) > MaxLength {
		return compile(text)
	}

	made, err := c.slot(slotKey{kind, text}, func() (any, error) { return compile(text) })()
	if err != nil {
		return nil, err
	}

	compiled, _ := made.(*T)

	return compiled, nil
}

// slot returns what compiles an expression when it is called first, and then gives the same again.
func (c *Cache) slot(of slotKey, compile func() (any, error)) func() (any, error) {
	c.mu.Lock()
	defer c.mu.Unlock()

	if known, ok := c.slots.Get(of); ok {
		return known
	}

	made := sync.OnceValues(compile)
	c.slots.Add(of, made)
	c.bytes += len(of.text)

	for c.bytes > cacheBytes {
		c.slots.RemoveOldest()
	}

	return made
}
