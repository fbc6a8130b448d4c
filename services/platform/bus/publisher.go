package bus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Metadata by which a message fences itself: JetStream stores it only when the
// stream's last message has this sequence, and this Nats-Msg-Id.
const (
	ExpectedLastSequence = jetstream.ExpectedLastSeqHeader
	ExpectedLastID       = jetstream.ExpectedLastMsgIDHeader
)

var (
	// ErrFenced answers a publish whose expectation of the stream's end is wrong:
	// somebody else published meanwhile, or the stream was emptied.
	ErrFenced = errors.New("the JetStream stream does not end where it was expected to")
	// ErrDuplicate answers a fenced publish that JetStream took for a repeat and
	// did not store, although the stream ends where it was expected to.
	ErrDuplicate = errors.New("JetStream took the message for a repeat")
)

// errWrongLastID is the one error code that the client library has no name for.
const errWrongLastID jetstream.ErrorCode = 10070

// ackTimeout is how long the acknowledgement of one message may take.
const ackTimeout = 5 * time.Second

// MaxBatch is how many messages one Publish takes.
const MaxBatch = 1024

// Publisher publishes to the JetStream streams of services. It is safe for
// concurrent use. A Watermill topic is the name of a service.
type Publisher struct{ js jetstream.JetStream }

var _ message.Publisher = (*Publisher)(nil)

// NewPublisher publishes over nc, which stays the caller's.
func NewPublisher(nc *nats.Conn) (*Publisher, error) {
	js, err := jetstream.New(nc, jetstream.WithPublishAsyncTimeout(ackTimeout))
	if err != nil {
		return nil, fmt.Errorf("open JetStream: %w", err)
	}
	return &Publisher{js: js}, nil
}

// Publish sends all messages in order without waiting in between, then waits for
// the acknowledgement of each. It sends nothing when one of them has bad headers
// ([*HeaderError]) or belongs to another service. When it answers an error, some
// messages may be stored; those without [ExpectedLastSequence] even after one
// that is not. A context of a message that ends ends the wait.
func (p *Publisher) Publish(service string, msgs ...*message.Message) error {
	if len(msgs) > MaxBatch {
		return fmt.Errorf("publish %d messages: more than %d", len(msgs), MaxBatch)
	}
	out := make([]*nats.Msg, len(msgs))
	for i, m := range msgs {
		e, err := Parse(m)
		if err == nil && e.Service != service {
			err = fmt.Errorf("it belongs to service %s, not %s", e.Service, service)
		}
		if err != nil {
			return fmt.Errorf("publish message %s: %w", m.UUID, err)
		}
		out[i] = &nats.Msg{Subject: Subject(service, e.Type, e.Stream), Header: header(m.Metadata), Data: m.Payload}
	}

	acks := make([]jetstream.PubAckFuture, 0, len(out))
	var unsent, refused error
	for i, m := range out {
		// Trying again by itself, the library would break the order.
		ack, err := p.js.PublishMsgAsync(m, jetstream.WithRetryAttempts(0))
		if err != nil {
			unsent = fmt.Errorf("send event %s: %w", msgs[i].UUID, err)
			break
		}
		acks = append(acks, ack)
	}
	for i, ack := range acks {
		// All are awaited, so that nothing of ours is under way afterwards; the
		// first refusal is the cause of those behind it.
		if err := await(msgs[i].Context(), ack); err != nil && refused == nil {
			refused = fmt.Errorf("publish event %s: %w", msgs[i].UUID, err)
		}
	}
	return cmp.Or(refused, unsent)
}

func header(md message.Metadata) nats.Header {
	h := make(nats.Header, len(md))
	for k, v := range md {
		h[k] = []string{v}
	}
	return h
}

func await(ctx context.Context, ack jetstream.PubAckFuture) error {
	select {
	case a := <-ack.Ok():
		return checkPlace(ack.Msg().Header, a)
	case err := <-ack.Err():
		if api := (*jetstream.APIError)(nil); errors.As(err, &api) {
			switch api.ErrorCode {
			case jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant, errWrongLastID:
				return fmt.Errorf("%w: %w", ErrFenced, err)
			}
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// checkPlace tells whether a fenced message really stands behind its fence. The
// dedupe window outlives a purge, and a cluster asks it before the fence.
func checkPlace(h nats.Header, a *jetstream.PubAck) error {
	fence := h.Get(ExpectedLastSequence)
	if fence == "" {
		return nil
	}
	last, err := strconv.ParseUint(fence, 10, 64)
	switch {
	case err != nil:
		return &HeaderError{ExpectedLastSequence, "is not a whole number"}
	case a.Sequence == last+1:
		return nil
	case a.Duplicate:
		return fmt.Errorf("%w (stored at %d, expected at %d)", ErrDuplicate, a.Sequence, last+1)
	default:
		return fmt.Errorf("%w: stored at %d, expected at %d", ErrFenced, a.Sequence, last+1)
	}
}

// Close is there for Watermill: Publish leaves nothing under way, and the rest
// ends with the connection. (The library's own cleanup can leave a goroutine
// behind for ever.)
func (p *Publisher) Close() error { return nil }
