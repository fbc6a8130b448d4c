package esdbserver_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
)

// failing answers every call with an error.
type failing struct {
	eventstore.Store
	err error
}

func (f failing) Append(context.Context, string, eventstore.Head, []eventstore.Proposed) (eventstore.Appended, error) {
	return eventstore.Appended{}, f.err
}

func (f failing) ReadStream(context.Context, string, eventstore.Revision) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) { yield(eventstore.Recorded{}, f.err) }
}

func (f failing) Subscribe(context.Context, eventstore.Position, eventstore.Filter) iter.Seq2[eventstore.Batch, error] {
	return func(yield func(eventstore.Batch, error) bool) { yield(eventstore.Batch{}, f.err) }
}

func TestFaultsOfTheLogAreToldByTheirStatus(t *testing.T) {
	for _, c := range []struct {
		err  error
		code codes.Code
	}{
		{eventstore.ErrFull, codes.ResourceExhausted},
		{eventstore.ErrTooLarge, codes.InvalidArgument},
		{eventstore.ErrUnavailable, codes.Unavailable},
		{eventstore.ErrClosed, codes.Unavailable},
		{fmt.Errorf("%w: %w", eventstore.ErrOutcomeUnknown, eventstore.ErrUnavailable), codes.Aborted},
		{&eventstore.Corrupt{Stream: "thing-1", Revision: 3, Position: 7, Problem: "it is damaged"}, codes.DataLoss},
		{context.DeadlineExceeded, codes.DeadlineExceeded},
		{context.Canceled, codes.Canceled},
		{errors.New("something else"), codes.Internal},
	} {
		wrapped := fmt.Errorf("append to thing-1: %w", c.err)
		h := serve(t, failing{Store: memory.New(), err: wrapped})
		if err := h.refused("thing-1", esdb.NoStream{}, events("thing-1", "a", 1)...); !says(err.Err(), c.code, wrapped) {
			t.Errorf("an append that fails with %v is answered %v", c.err, err)
		}
		client := h.connect("") // the other one looks for a server anew after UNAVAILABLE
		read, err := client.ReadStream(h.ctx, "thing-1", esdb.ReadStreamOptions{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		var failed *esdb.Error
		if _, err = read.Recv(); !errors.As(err, &failed) || !says(failed.Err(), c.code, wrapped) {
			t.Errorf("a read that fails with %v is answered %v", c.err, err)
		}
		read.Close()
		client = h.connect("")
		sub, err := client.SubscribeToAll(h.ctx, esdb.SubscribeToAllOptions{From: esdb.Start{}})
		if err != nil {
			t.Fatal(err)
		}
		for e := sub.Recv(); ; e = sub.Recv() {
			if e.SubscriptionDropped != nil {
				if !says(e.SubscriptionDropped.Error, c.code, wrapped) {
					t.Errorf("a subscription that fails with %v is dropped by %v", c.err, e.SubscriptionDropped.Error)
				}
				break
			}
		}
		_ = sub.Close()
	}
}

func says(err error, code codes.Code, what error) bool {
	s, _ := status.FromError(err)
	return s.Code() == code && strings.HasSuffix(s.Message(), what.Error())
}

func TestFaultsOfTheLogAreLoggedAndMistakesOfACallerAreNot(t *testing.T) {
	for err, logged := range map[error]bool{
		eventstore.ErrFull:                true,
		eventstore.ErrOutcomeUnknown:      true,
		errors.New("x"):                   true,
		&eventstore.Corrupt{Stream: "x"}:  true,
		eventstore.ErrTooLarge:            false,
		&eventstore.Conflict{Stream: "x"}: false,
		context.Canceled:                  false,
		eventstore.ErrClosed:              false,
	} {
		h := serve(t, failing{Store: memory.New(), err: err})
		h.refused("thing-1", esdb.NoStream{}, events("thing-1", "a", 1)...)
		if err := h.server.Stop(h.ctx); err != nil { // the line is written after the answer
			t.Fatal(err)
		}
		if got := h.lines.String(); (got != "") != logged || logged && !strings.Contains(got, err.Error()) {
			t.Errorf("%v is logged as %q", err, got)
		}
	}
}
