package check

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"aanvraag.internal/services/platform/bus"
)

// message is one of a JetStream stream.
type message struct {
	bus.Envelope
	sequence uint64
	problem  error // why it cannot be read
}

// messages are those of a service's JetStream stream when the reading began, in
// their order.
type messages struct {
	service string
	next    chan message
	fault   error // why the reading ended early; to be read once next is closed
}

const (
	// ahead is how many messages are fetched before they are asked for.
	ahead = 1024
	// abandoned is when the server forgets a reader that died.
	abandoned = 30 * time.Second
)

// open begins to read. It ends with the last message, or with ctx. A JetStream
// stream that is not there has no messages.
func open(ctx context.Context, js jetstream.JetStream, service string) *messages {
	m := &messages{service: service, next: make(chan message, ahead)}
	go func() {
		defer close(m.next)
		if err := m.read(ctx, js); err != nil && ctx.Err() == nil {
			m.fault = fmt.Errorf("read JetStream stream %s: %w", bus.StreamName(service), err)
		}
	}()
	return m
}

func (m *messages) read(ctx context.Context, js jetstream.JetStream) (err error) {
	stream, err := js.Stream(ctx, bus.StreamName(m.service))
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	state := stream.CachedInfo().State
	if state.Msgs == 0 {
		return nil
	}
	reader, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{InactiveThreshold: abandoned})
	if err != nil {
		return err
	}
	iter, err := reader.Messages(jetstream.PullMaxMessages(ahead))
	if err != nil {
		return err
	}
	defer func() {
		iter.Stop()
		forget := stream.DeleteConsumer(context.WithoutCancel(ctx), reader.CachedInfo().Name)
		if err == nil && !errors.Is(forget, jetstream.ErrConsumerNotFound) {
			err = forget
		}
	}()
	for {
		got, err := iter.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		place, err := got.Metadata()
		if err != nil {
			return err
		}
		read := message{sequence: place.Sequence.Stream}
		read.Envelope, read.problem = bus.ReadStored(m.service, got.Subject(), got.Headers(), got.Data())
		select {
		case m.next <- read:
		case <-ctx.Done():
			return ctx.Err()
		}
		if place.Sequence.Stream >= state.LastSeq || place.NumPending == 0 {
			return nil
		}
	}
}

// close waits until nothing is under way any more; the context must have ended.
func (m *messages) close() {
	for range m.next {
		continue // what is left is not looked at
	}
}
