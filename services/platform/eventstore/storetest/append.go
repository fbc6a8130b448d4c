package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"aanvraag.internal/services/platform/eventstore"
)

func appendAfterHead(t *testing.T, s store) {
	thing := s.stream("thing-1")
	first := s.append(thing, eventstore.Empty, proposed(thing, "a", 1))
	second := s.append(thing, first.Head, proposed(thing, "b", 1))
	if first.Head.Revision != 0 || second.Head.Revision != 1 {
		t.Errorf("revisions are %d and %d", first.Head.Revision, second.Head.Revision)
	}
	if first.Position <= s.begin || second.Position <= first.Position {
		t.Errorf("positions are %d and %d", first.Position, second.Position)
	}
	s.endsAt(second.Position)
	events := s.read(thing, eventstore.NoStream)
	if len(events) != 2 || events[1].Head() != second.Head || events[1].Position != second.Position {
		t.Errorf("the stream holds %+v", events)
	}
}

func appendElsewhere(_ *testing.T, s store) {
	thing, none := s.stream("thing-1"), s.stream("thing-none")
	other := proposed(thing, "other", 1)
	first := s.append(thing, eventstore.Empty, proposed(thing, "a", 1))
	second := s.append(thing, first.Head, proposed(thing, "b", 1))
	s.conflicts(thing, eventstore.Empty, other, 1)
	s.conflicts(thing, first.Head, other, 1)
	s.conflicts(thing, eventstore.Head{Revision: 2, Hash: second.Head.Hash}, other, 1)
	s.conflicts(thing, eventstore.Head{Revision: -2}, other, 1)
	s.conflicts(none, second.Head, other, eventstore.NoStream)
}

func appendOtherHash(_ *testing.T, s store) {
	thing, none := s.stream("thing-1"), s.stream("thing-none")
	first := s.append(thing, eventstore.Empty, proposed(thing, "a", 1))
	forged := first.Head
	forged.Hash[7] ^= 1
	s.conflicts(thing, forged, proposed(thing, "b", 1), 0)
	s.conflicts(none, eventstore.Head{Revision: eventstore.NoStream, Hash: first.Head.Hash},
		proposed(none, "b", 1), eventstore.NoStream)

	// A repeat does not stand after a head that never was, either.
	next := proposed(thing, "b", 1)
	s.append(thing, first.Head, next)
	s.conflicts(thing, forged, next, 1)
}

func appendSeveral(t *testing.T, s store) {
	thing := s.stream("thing-1")
	done := s.append(thing, eventstore.Empty, proposed(thing, "a", 20))
	events := s.read(thing, eventstore.NoStream)
	if len(events) != 20 || events[19].Head() != done.Head || events[19].Position != done.Position {
		t.Fatalf("%d events are stored", len(events))
	}
	s.conflicts(thing, eventstore.Empty, proposed(thing, "b", 20), 19)
	verify(t, s.all())
}

func appendAgain(t *testing.T, s store) {
	thing := s.stream("thing-1")
	one, several := proposed(thing, "one", 1), proposed(thing, "several", 5)
	first := s.append(thing, eventstore.Empty, one)
	if got := s.append(thing, eventstore.Empty, one); got != first {
		t.Errorf("one event again: %+v, not %+v", got, first)
	}
	second := s.append(thing, first.Head, several)
	if got := s.append(thing, first.Head, several); got != second {
		t.Errorf("several events again: %+v, not %+v", got, second)
	}
	s.append(thing, second.Head, proposed(thing, "later", 3))
	if got := s.append(thing, eventstore.Empty, one); got != first {
		t.Errorf("one event after others followed: %+v, not %+v", got, first)
	}
	if got := s.append(thing, first.Head, several); got != second {
		t.Errorf("several events after others followed: %+v, not %+v", got, second)
	}

	// Ids decide: the same decision taken again has another instant in its metadata.
	again := proposed(thing, "several", 5)
	again[2].Metadata = []byte(`{"decidedAt":"2026-03-02T12:00:01Z"}`)
	if got := s.append(thing, first.Head, again); got != second {
		t.Errorf("the same ids with other bytes: %+v, not %+v", got, second)
	}
	if got := s.length(thing); got != 9 {
		t.Errorf("repeats left %d events", got)
	}
}

func appendAgainInPart(_ *testing.T, s store) {
	thing := s.stream("thing-1")
	events := proposed(thing, "a", 3)
	s.append(thing, eventstore.Empty, events)
	s.conflicts(thing, eventstore.Empty, proposed(thing, "a", 4), 2)
	s.conflicts(thing, eventstore.Empty, []eventstore.Proposed{events[1], events[0]}, 2)
	s.conflicts(thing, eventstore.Empty, []eventstore.Proposed{events[0], events[2]}, 2)
	s.conflicts(s.stream("thing-2"), eventstore.Head{Revision: 4}, events, eventstore.NoStream)
}

func appendRace(t *testing.T, s store) {
	thing := s.stream("thing-1")
	head := s.fill(thing, 3).Head
	var won atomic.Int32
	each(32, func(i int) {
		_, err := s.Append(s.ctx, thing, head, proposed(thing, fmt.Sprint("racer ", i), 2))
		switch {
		case err == nil:
			won.Add(1)
		case !errors.As(err, new(*eventstore.Conflict)):
			t.Errorf("racer %d: %v", i, err)
		}
	})
	if won.Load() != 1 || s.length(thing) != 5 {
		t.Errorf("%d won, the stream has %d events", won.Load(), s.length(thing))
	}
}

func appendSameRace(t *testing.T, s store) {
	thing := s.stream("thing-1")
	var answers [32]eventstore.Appended
	each(len(answers), func(i int) {
		// Each decides at another instant, so only the ids are the same.
		events := proposed(thing, "same", 3)
		events[1].Metadata = fmt.Appendf(nil, `{"decidedAt":%d}`, i)
		var err error
		if answers[i], err = s.Append(s.ctx, thing, eventstore.Empty, events); err != nil {
			t.Errorf("append %d: %v", i, err)
		}
	})
	for _, a := range answers {
		if a != answers[0] {
			t.Errorf("one answer is %+v, another %+v", a, answers[0])
		}
	}
	heads := verify(t, s.read(thing, eventstore.NoStream))
	if heads[thing] != answers[0].Head || heads[thing].Revision != 2 {
		t.Errorf("the stream ends at %+v", heads[thing])
	}
}

func appendContention(t *testing.T, s store) {
	const writers, rounds = 8, 10
	thing := s.stream("thing-1")
	each(writers, func(i int) {
		head := eventstore.Empty
		for round := range rounds {
			events := proposed(thing, fmt.Sprint("writer ", i, " round ", round), 1+round%2)
			for {
				done, err := s.Append(s.ctx, thing, head, events)
				if err == nil {
					head = done.Head
					break
				}
				if !errors.As(err, new(*eventstore.Conflict)) {
					t.Errorf("writer %d: %v", i, err)
					return
				}
				for r, err := range s.ReadStream(s.ctx, thing, head.Revision) {
					if err != nil {
						t.Errorf("writer %d reads: %v", i, err)
						return
					}
					head = r.Head()
				}
			}
		}
	})
	events := s.read(thing, eventstore.NoStream)
	verify(t, events)
	ids := make(map[string]bool)
	for _, r := range events {
		ids[r.ID.String()] = true
	}
	if want := writers * rounds * 3 / 2; len(events) != want || len(ids) != want {
		t.Errorf("%d events with %d ids are stored, not %d", len(events), len(ids), want)
	}
}

func appendCrowd(t *testing.T, s store) {
	const writers, rounds = 16, 20
	each(writers, func(i int) {
		heads := [3]eventstore.Head{eventstore.Empty, eventstore.Empty, eventstore.Empty}
		for round := range rounds {
			k := round % len(heads)
			stream := s.stream("thing-", i, "-", k)
			done, err := s.Append(s.ctx, stream, heads[k], proposed(stream, strconv.Itoa(round), 1+round%2))
			if err != nil {
				t.Errorf("writer %d: %v", i, err)
				return
			}
			heads[k] = done.Head
		}
	})
	events := s.all()
	if want := writers * rounds * 3 / 2; len(events) != want {
		t.Errorf("%d of %d events are stored", len(events), want)
	}
	if got := len(verify(t, events)); got != writers*3 {
		t.Errorf("there are %d streams", got)
	}
}

// appendCutShort ends contexts at all moments of an append, before, in and after.
func appendCutShort(t *testing.T, s store) {
	each(8, func(i int) {
		stream, head := s.stream("thing-", i), eventstore.Empty
		for round := range 25 {
			events := proposed(stream, strconv.Itoa(round), 2)
			ctx, cancel := context.WithTimeout(s.ctx, time.Duration(i+8*round)*13*time.Microsecond)
			done, err := s.Append(ctx, stream, head, events)
			cancel()
			stored := 0
			for _, failed := range s.ReadStream(s.ctx, stream, head.Revision) {
				if failed != nil {
					t.Errorf("read: %v", failed)
					return
				}
				stored++
			}
			switch {
			case err == nil && stored == 2:
			case errors.Is(err, eventstore.ErrOutcomeUnknown):
			case errors.Is(err, context.DeadlineExceeded) && stored == 0:
			default:
				t.Errorf("round %d answers %v, and %d events are stored", round, err, stored)
			}
			again, failed := s.Append(s.ctx, stream, head, events)
			if failed != nil || err == nil && again != done {
				t.Errorf("round %d repeated answers %+v, %v, not %+v", round, again, failed, done)
				return
			}
			head = again.Head
		}
		if got := len(s.read(stream, eventstore.NoStream)); got != 50 {
			t.Errorf("%d events are stored", got)
		}
	})
	verify(t, s.all())
}

func appendNothing(t *testing.T, s store) {
	thing := s.stream("thing-1")
	if _, err := s.Append(s.ctx, thing, eventstore.Empty, nil); err == nil {
		t.Error("an append without events succeeds")
	}
	if _, err := s.Append(s.ctx, "", eventstore.Empty, proposed("", "a", 1)); err == nil {
		t.Error("an append without a stream succeeds")
	}
	s.endsAt(s.begin)
	if got := s.all(); len(got) != 0 {
		t.Errorf("%d events are stored", len(got))
	}
}

func appendTooLarge(t *testing.T, s store) {
	thing := s.stream("thing-1")
	events := proposed(thing, "a", 2)
	events[1].Metadata = []byte(`{}`)
	events[1].Data = bytes.Repeat([]byte("x"), eventstore.MaxEventBytes-1)
	refused := func(events []eventstore.Proposed) {
		t.Helper()
		if _, err := s.Append(s.ctx, thing, eventstore.Empty, events); !errors.Is(err, eventstore.ErrTooLarge) {
			t.Errorf("answer is %v", err)
		}
	}
	refused(events)
	refused(proposed(thing, "b", eventstore.MaxAppendEvents+1))
	s.endsAt(s.begin)
	if got := s.length(thing); got != 0 {
		t.Errorf("%d events are stored", got)
	}
	events[1].Data = events[1].Data[1:]
	done := s.append(thing, eventstore.Empty, events)
	s.append(thing, done.Head, proposed(thing, "b", eventstore.MaxAppendEvents))
	if got := s.length(thing); got != 2+eventstore.MaxAppendEvents {
		t.Errorf("%d events are stored", got)
	}
}

func appendOwnsBytes(t *testing.T, s store) {
	thing := s.stream("thing-1")
	events := proposed(thing, "a", 1)
	want := bytes.Clone(events[0].Data)
	s.append(thing, eventstore.Empty, events)
	clear(events[0].Data)
	clear(events[0].Metadata)
	verify(t, s.all())
	for batch, err := range s.Subscribe(s.ctx, s.begin, s.mine()) {
		if err != nil {
			t.Fatal(err)
		}
		if len(batch.Events) == 0 {
			continue
		}
		if len(batch.Events) != 1 || !bytes.Equal(batch.Events[0].Data, want) {
			t.Errorf("a subscriber sees %+v", batch.Events)
		}
		break
	}
}

func appendAnyBytes(t *testing.T, s store) {
	odd := s.stream("thing-é'%_\x01")
	events := proposed(odd, "a", 4)
	events[0].Data, events[0].Metadata = []byte(" {\n\"z\": 1,\t\"a\":1.0e0} "), []byte(`{"é":"\u00e9"}`)
	events[1].Data, events[1].Metadata = []byte{}, nil
	events[2].Data, events[2].Metadata = []byte{0, 0xff, 0xfe, 0}, []byte("\x00")
	events[3].Type = "thing.né.v1"
	if s.objects {
		events[1].Metadata, events[2].Metadata = []byte("{ }"), []byte("{\"a\" :[ ],\n\"a\":\"\\u0000\xff\"\t}")
		none := proposed(odd, "b", 1)
		none[0].Metadata = []byte(`[]`)
		if _, err := s.Append(s.ctx, odd, eventstore.Empty, none); !errors.Is(err, eventstore.ErrNotObject) {
			t.Errorf("metadata that is no object: %v", err)
		}
	}
	s.append(odd, eventstore.Empty, events)
	stored := s.after(s.begin, s.by("thing-é'%"))
	if len(stored) != len(events) {
		t.Fatalf("%d events are stored", len(stored))
	}
	for i, r := range stored {
		e := events[i]
		if r.Stream != odd || r.ID != e.ID || r.Type != e.Type {
			t.Errorf("event %d came back as %+v", i, r)
		}
		if !bytes.Equal(r.Data, e.Data) || !bytes.Equal(r.Metadata, e.Metadata) {
			t.Errorf("bytes %q %q came back as %q %q", e.Data, e.Metadata, r.Data, r.Metadata)
		}
	}
	verify(t, stored)
}

// each runs do with 0 to n-1 at once and waits for all.
func each(n int, do func(i int)) {
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { do(i) })
	}
	group.Wait()
}
