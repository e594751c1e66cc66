package stack

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// Received is a request that came to a receiver.
type Received struct {
	At     time.Time
	Method string
	// Path and Query are as they came, still encoded.
	Path, Query string
	Header      http.Header
	Body        []byte
	// Client is the name in the client's certificate, if it showed one.
	Client string
}

// Receiver is somebody's endpoint.
type Receiver struct {
	*httptest.Server

	// Requests gets every request, once its handler has answered.
	Requests chan Received

	respond Responder
	mu      sync.Mutex
	all     []Received
}

// Responder says what to answer to the nth request, counted from 0.
type Responder = func(n int, w http.ResponseWriter, r *http.Request)

// NewReceiver starts a receiver. Without a responder it answers 200.
func NewReceiver(respond Responder) *Receiver {
	r := newReceiver(respond)
	r.Start()

	return r
}

// NewTLSReceiver starts a receiver whose URL begins with https.
func NewTLSReceiver(config *tls.Config, respond Responder) *Receiver {
	r := newReceiver(respond)
	r.TLS = config
	r.StartTLS()

	return r
}

func newReceiver(respond Responder) *Receiver {
	r := &Receiver{Requests: make(chan Received, 100_000), respond: respond}
	r.Server = httptest.NewUnstartedServer(r)

	return r
}

// ServeHTTP writes a request down and answers it.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	one := Received{
		At: time.Now(), Method: request.Method, Path: request.URL.EscapedPath(), Query: request.URL.RawQuery,
		Header: request.Header.Clone(),
	}

	if request.TLS != nil && len(request.TLS.PeerCertificates) > 0 {
		one.Client = request.TLS.PeerCertificates[0].Subject.CommonName
	}

	var err error
	if one.Body, err = io.ReadAll(request.Body); err != nil {
		return // The sender is gone.
	}

	r.mu.Lock()
	n := len(r.all)
	r.all = append(r.all, one)
	r.mu.Unlock()

	if r.respond != nil {
		r.respond(n, w, request)
	}

	r.Requests <- one
}

// All returns every request so far, answered or not.
func (r *Receiver) All() []Received {
	r.mu.Lock()
	defer r.mu.Unlock()

	return append([]Received(nil), r.all...)
}
