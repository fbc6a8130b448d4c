package rpc

import (
	"io"
	"net/http"
	"time"

	"aanvraag.internal/services/platform/clock"
)

const (
	// MaxRequestBytes bounds one request message, before and after decompression.
	MaxRequestBytes = 256 << 10
	// drainedBytes of a body are taken from the wire at most, so that a client
	// that is still sending gets to read why it was refused.
	drainedBytes = 4 << 20
	// bodyTime is how long a body may take to arrive.
	bodyTime = 30 * time.Second
)

// boundBodies makes no body take more bytes or more time than that. It is for
// handlers that read one body and then answer.
func boundBodies(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		b := &body{ReadCloser: http.MaxBytesReader(w, r.Body, drainedBytes), conn: http.NewResponseController(w)}
		// The network's own clock, not the service's: a sandbox's may stand still.
		// A writer that knows no deadlines, as in tests, has no slow senders.
		_ = b.conn.SetReadDeadline(clock.System{}.Now().Add(bodyTime))
		defer b.release()
		r.Body = b
		next.ServeHTTP(w, r)
	})
}

// boundSilences is for handlers whose callers send messages for as long as it takes:
// each message is bounded like any other, their number by the service, and here how
// long a caller may send nothing.
func boundSilences(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		b := &endless{ReadCloser: r.Body, conn: http.NewResponseController(w)}
		defer b.release()
		r.Body = b
		next.ServeHTTP(w, r)
	})
}

// endless belongs to the goroutine of its request.
type endless struct {
	io.ReadCloser
	conn  *http.ResponseController
	until time.Time // the deadline that is set
}

// Read lets the caller be silent for as long again, once half of that has gone.
func (b *endless) Read(p []byte) (int, error) {
	if now := (clock.System{}).Now(); b.until.Sub(now) < bodyTime/2 {
		b.until = now.Add(bodyTime)
		_ = b.conn.SetReadDeadline(b.until)
	}
	return b.ReadCloser.Read(p)
}

// Close takes a part of what is left first, so that a caller who is still sending
// gets to read why it was refused.
func (b *endless) Close() error {
	_, _ = io.CopyN(io.Discard, b, drainedBytes)
	b.release()
	return b.ReadCloser.Close()
}

func (b *endless) release() { _ = b.conn.SetReadDeadline(time.Time{}) }

// body belongs to the goroutine of its request.
type body struct {
	io.ReadCloser
	conn  *http.ResponseController
	ended bool
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.release()
	}
	return n, err
}

// Close takes what is left first.
func (b *body) Close() error {
	if !b.ended {
		_, _ = io.Copy(io.Discard, b.ReadCloser)
		b.release()
	}
	return b.ReadCloser.Close()
}

// release lifts the deadline: the answer to a watch may take days.
func (b *body) release() {
	if !b.ended {
		b.ended = true
		_ = b.conn.SetReadDeadline(time.Time{})
	}
}
