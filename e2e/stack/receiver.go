package stack

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// Received is a request that came to a receiver.
type Received struct {
	At     time.Time
	Header http.Header
	Body   []byte
}

// Receiver is somebody's endpoint.
type Receiver struct {
	*httptest.Server

	// Requests gets every request, once its handler has answered.
	Requests chan Received

	mu  sync.Mutex
	all []Received
}

// NewReceiver starts a receiver. respond says what to answer to the nth request, counted from 0; nil answers 200.
func NewReceiver(respond func(n int, w http.ResponseWriter, r *http.Request)) *Receiver {
	rec := &Receiver{Requests: make(chan Received, 100_000)}
	rec.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := time.Now()

		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // The sender is gone.
		}

		one := Received{At: at, Header: r.Header.Clone(), Body: body}

		rec.mu.Lock()
		n := len(rec.all)
		rec.all = append(rec.all, one)
		rec.mu.Unlock()

		if respond != nil {
			respond(n, w, r)
		}

		rec.Requests <- one
	}))

	return rec
}

// All returns every request so far, answered or not.
func (r *Receiver) All() []Received {
	r.mu.Lock()
	defer r.mu.Unlock()

	return append([]Received(nil), r.all...)
}
