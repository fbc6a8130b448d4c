package bus_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/eventstore"
)

func fenced(e bus.Envelope, last uint64) *message.Message {
	m := e.Message()
	m.Metadata.Set(bus.ExpectedLastSequence, strconv.FormatUint(last, 10))
	return m
}

func TestABatchIsStoredInOrder(t *testing.T) {
	nc := start(t)
	s := stream(t, nc)
	var msgs []*message.Message
	for i := range 500 {
		msgs = append(msgs, fenced(event("invoice-1", eventstore.Revision(i)), uint64(i)))
	}
	if err := publisher(t, nc).Publish("billing", msgs...); err != nil {
		t.Fatal(err)
	}
	for i := range 500 {
		m, err := s.GetMsg(context.Background(), uint64(i+1))
		if err != nil {
			t.Fatal(err)
		}
		if e, err := bus.ParseNATS(m.Header, m.Data); err != nil || e.Revision != eventstore.Revision(i) {
			t.Fatalf("sequence %d holds %+v, %v", i+1, e, err)
		}
	}
}

func TestAFencedMessageIsNotStoredElsewhere(t *testing.T) {
	nc := start(t)
	s := stream(t, nc)
	p := publisher(t, nc)
	if err := p.Publish("billing", event("invoice-1", 0).Message()); err != nil {
		t.Fatal(err)
	}
	err := p.Publish("billing", fenced(event("invoice-1", 1), 0), fenced(event("invoice-1", 2), 1))
	if !errors.Is(err, bus.ErrFenced) {
		t.Errorf("got %v, want ErrFenced", err)
	}
	other := fenced(event("invoice-1", 3), s.CachedInfo().State.LastSeq+2)
	other.Metadata.Set(bus.ExpectedLastID, event("invoice-1", 0).ID.String())
	if err := p.Publish("billing", other); !errors.Is(err, bus.ErrFenced) {
		t.Errorf("got %v, want ErrFenced for another last id", err)
	}
}

func TestAFencedRepeatThatWasNotStoredIsAnError(t *testing.T) {
	nc := start(t)
	s := stream(t, nc)
	p := publisher(t, nc)
	if err := p.Publish("billing", fenced(event("invoice-1", 0), 0)); err != nil {
		t.Fatal(err)
	}
	if err := s.Purge(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := p.Publish("billing", fenced(event("invoice-1", 0), 1)); !errors.Is(err, bus.ErrDuplicate) {
		t.Errorf("got %v, want ErrDuplicate", err)
	}
}

func TestNothingIsSentWithABadHeaderOrForAnotherService(t *testing.T) {
	nc := start(t)
	s := stream(t, nc)
	p := publisher(t, nc)
	bad := event("invoice-1", 1).Message()
	bad.Metadata.Set("ce-time", "soon")
	if err := p.Publish("billing", event("invoice-1", 0).Message(), bad); !errors.As(err, new(*bus.HeaderError)) {
		t.Errorf("got %v", err)
	}
	if err := p.Publish("intake", event("invoice-1", 0).Message()); err == nil {
		t.Error("published under another service's name")
	}
	if info, err := s.Info(context.Background()); err != nil || info.State.Msgs != 0 {
		t.Errorf("%d messages stored, %v", info.State.Msgs, err)
	}
}

func TestPublishingWithoutJetStreamStreamIsAnError(t *testing.T) {
	if err := publisher(t, start(t)).Publish("billing", event("invoice-1", 0).Message()); err == nil {
		t.Error("published into nothing")
	}
}
