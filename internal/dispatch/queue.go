package dispatch

import (
	"sync"

	"github.com/surehook/surehook/internal/job"
)

// queue holds the jobs that wait to be started. Takers get whatever is waiting, so batches grow with the load and never
// wait to fill.
type queue struct {
	max int

	mu     sync.Mutex
	filled *sync.Cond
	jobs   []job.Job
	closed bool
	// room receives when a full queue has become half empty.
	room    chan struct{}
	wasFull bool
}

func newQueue(size int) *queue {
	q := &queue{max: size, room: make(chan struct{}, 1)}
	q.filled = sync.NewCond(&q.mu)

	return q
}

// fits tells whether n more jobs may be put in. It is a valve rather than a limit: publishers that ask at the same time
// may together exceed it a little.
func (q *queue) fits(n int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()

	if q.closed || len(q.jobs)+n > q.max {
		q.wasFull = true

		return false
	}

	return true
}

// free returns how many more jobs may be put in.
func (q *queue) free() int {
	q.mu.Lock()
	defer q.mu.Unlock()

	if q.closed {
		return 0
	}

	free := max(q.max-len(q.jobs), 0)
	q.wasFull = q.wasFull || free == 0

	return free
}

func (q *queue) put(jobs ...job.Job) {
	q.mu.Lock()
	defer q.mu.Unlock()

	// After the close, jobs stay claimed in the database until this process gives its claims back.
	if q.closed {
		return
	}

	q.jobs = append(q.jobs, jobs...)
	q.filled.Broadcast()
}

// take waits for jobs and returns up to n of them, or none when the queue is closed.
func (q *queue) take(n int) []job.Job {
	q.mu.Lock()
	defer q.mu.Unlock()

	for len(q.jobs) == 0 && !q.closed {
		q.filled.Wait()
	}

	if q.closed {
		return nil
	}

	n = min(n, len(q.jobs))
	out := q.jobs[:n:n]
	q.jobs = q.jobs[n:]

	if q.wasFull && len(q.jobs) <= q.max/2 {
		q.wasFull = false

		select {
		case q.room <- struct{}{}:
		default:
		}
	}

	return out
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()

	q.closed = true
	q.jobs = nil
	q.filled.Broadcast()
}
