package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"aanvraag.internal/services/platform/eventstore"
)

func appendAfterHead(t *testing.T, s store) {
	first := s.append("thing-1", eventstore.Empty, proposed("thing-1", "a", 1))
	second := s.append("thing-1", first.Head, proposed("thing-1", "b", 1))
	if first.Head.Revision != 0 || second.Head.Revision != 1 {
		t.Errorf("revisions are %d and %d", first.Head.Revision, second.Head.Revision)
	}
	if first.Position == 0 || second.Position <= first.Position {
		t.Errorf("positions are %d and %d", first.Position, second.Position)
	}
	if got := s.end(); got != second.Position {
		t.Errorf("the log ends at %d, not %d", got, second.Position)
	}
	events := s.read("thing-1", eventstore.NoStream)
	if len(events) != 2 || events[1].Head() != second.Head || events[1].Position != second.Position {
		t.Errorf("the stream holds %+v", events)
	}
}

func appendElsewhere(_ *testing.T, s store) {
	other := proposed("thing-1", "other", 1)
	first := s.append("thing-1", eventstore.Empty, proposed("thing-1", "a", 1))
	second := s.append("thing-1", first.Head, proposed("thing-1", "b", 1))
	s.conflicts("thing-1", eventstore.Empty, other, 1)
	s.conflicts("thing-1", first.Head, other, 1)
	s.conflicts("thing-1", eventstore.Head{Revision: 2, Hash: second.Head.Hash}, other, 1)
	s.conflicts("thing-1", eventstore.Head{Revision: -2}, other, 1)
	s.conflicts("thing-none", second.Head, other, eventstore.NoStream)
}

func appendOtherHash(_ *testing.T, s store) {
	first := s.append("thing-1", eventstore.Empty, proposed("thing-1", "a", 1))
	forged := first.Head
	forged.Hash[7] ^= 1
	s.conflicts("thing-1", forged, proposed("thing-1", "b", 1), 0)
	s.conflicts("thing-none", eventstore.Head{Revision: eventstore.NoStream, Hash: first.Head.Hash},
		proposed("thing-none", "b", 1), eventstore.NoStream)

	// A repeat does not stand after a head that never was, either.
	next := proposed("thing-1", "b", 1)
	s.append("thing-1", first.Head, next)
	s.conflicts("thing-1", forged, next, 1)
}

func appendSeveral(t *testing.T, s store) {
	done := s.append("thing-1", eventstore.Empty, proposed("thing-1", "a", 20))
	events := s.read("thing-1", eventstore.NoStream)
	if len(events) != 20 || events[19].Head() != done.Head || events[19].Position != done.Position {
		t.Fatalf("%d events are stored", len(events))
	}
	s.conflicts("thing-1", eventstore.Empty, proposed("thing-1", "b", 20), 19)
	verify(t, s.all(0))
}

func appendAgain(t *testing.T, s store) {
	one, several := proposed("thing-1", "one", 1), proposed("thing-1", "several", 5)
	first := s.append("thing-1", eventstore.Empty, one)
	if got := s.append("thing-1", eventstore.Empty, one); got != first {
		t.Errorf("one event again: %+v, not %+v", got, first)
	}
	second := s.append("thing-1", first.Head, several)
	if got := s.append("thing-1", first.Head, several); got != second {
		t.Errorf("several events again: %+v, not %+v", got, second)
	}
	s.append("thing-1", second.Head, proposed("thing-1", "later", 3))
	if got := s.append("thing-1", eventstore.Empty, one); got != first {
		t.Errorf("one event after others followed: %+v, not %+v", got, first)
	}
	if got := s.append("thing-1", first.Head, several); got != second {
		t.Errorf("several events after others followed: %+v, not %+v", got, second)
	}

	// Ids decide: the same decision taken again has another instant in its metadata.
	again := proposed("thing-1", "several", 5)
	again[2].Metadata = []byte(`{"decidedAt":"2026-03-02T12:00:01Z"}`)
	if got := s.append("thing-1", first.Head, again); got != second {
		t.Errorf("the same ids with other bytes: %+v, not %+v", got, second)
	}
	if got := s.length("thing-1"); got != 9 {
		t.Errorf("repeats left %d events", got)
	}
}

func appendAgainInPart(_ *testing.T, s store) {
	events := proposed("thing-1", "a", 3)
	s.append("thing-1", eventstore.Empty, events)
	s.conflicts("thing-1", eventstore.Empty, proposed("thing-1", "a", 4), 2)
	s.conflicts("thing-1", eventstore.Empty, []eventstore.Proposed{events[1], events[0]}, 2)
	s.conflicts("thing-1", eventstore.Empty, []eventstore.Proposed{events[0], events[2]}, 2)
	s.conflicts("thing-2", eventstore.Head{Revision: 4}, events, eventstore.NoStream)
}

func appendRace(t *testing.T, s store) {
	head := s.fill("thing-1", 3).Head
	var won atomic.Int32
	each(32, func(i int) {
		_, err := s.Append(s.ctx, "thing-1", head, proposed("thing-1", fmt.Sprint("racer ", i), 2))
		switch {
		case err == nil:
			won.Add(1)
		case !errors.As(err, new(*eventstore.Conflict)):
			t.Errorf("racer %d: %v", i, err)
		}
	})
	if won.Load() != 1 || s.length("thing-1") != 5 {
		t.Errorf("%d won, the stream has %d events", won.Load(), s.length("thing-1"))
	}
}

func appendSameRace(t *testing.T, s store) {
	var answers [32]eventstore.Appended
	each(len(answers), func(i int) {
		var err error
		if answers[i], err = s.Append(s.ctx, "thing-1", eventstore.Empty, proposed("thing-1", "same", 3)); err != nil {
			t.Errorf("append %d: %v", i, err)
		}
	})
	for _, a := range answers {
		if a != answers[0] {
			t.Errorf("one answer is %+v, another %+v", a, answers[0])
		}
	}
	if got := s.length("thing-1"); got != 3 {
		t.Errorf("%d events are stored", got)
	}
}

func appendCrowd(t *testing.T, s store) {
	const writers, rounds = 16, 20
	each(writers, func(i int) {
		heads := [3]eventstore.Head{eventstore.Empty, eventstore.Empty, eventstore.Empty}
		for round := range rounds {
			k := round % len(heads)
			stream := fmt.Sprintf("thing-%d-%d", i, k)
			done, err := s.Append(s.ctx, stream, heads[k], proposed(stream, strconv.Itoa(round), 1+round%2))
			if err != nil {
				t.Errorf("writer %d: %v", i, err)
				return
			}
			heads[k] = done.Head
		}
	})
	events := s.all(0)
	if want := writers * rounds * 3 / 2; len(events) != want {
		t.Errorf("%d of %d events are stored", len(events), want)
	}
	if got := len(verify(t, events)); got != writers*3 {
		t.Errorf("there are %d streams", got)
	}
}

func appendNothing(t *testing.T, s store) {
	if _, err := s.Append(s.ctx, "thing-1", eventstore.Empty, nil); err == nil {
		t.Error("an append without events succeeds")
	}
	if _, err := s.Append(s.ctx, "", eventstore.Empty, proposed("", "a", 1)); err == nil {
		t.Error("an append without a stream succeeds")
	}
	if got := s.end(); got != 0 {
		t.Errorf("the log ends at %d", got)
	}
}

func appendTooLarge(t *testing.T, s store) {
	events := proposed("thing-1", "a", 2)
	events[1].Metadata = []byte(`{}`)
	events[1].Data = bytes.Repeat([]byte("x"), eventstore.MaxEventBytes-1)
	refused := func(events []eventstore.Proposed) {
		t.Helper()
		if _, err := s.Append(s.ctx, "thing-1", eventstore.Empty, events); !errors.Is(err, eventstore.ErrTooLarge) {
			t.Errorf("answer is %v", err)
		}
	}
	refused(events)
	refused(proposed("thing-1", "b", eventstore.MaxAppendEvents+1))
	if got := s.end(); got != 0 {
		t.Errorf("the log ends at %d", got)
	}
	events[1].Data = events[1].Data[1:]
	done := s.append("thing-1", eventstore.Empty, events)
	s.append("thing-1", done.Head, proposed("thing-1", "b", eventstore.MaxAppendEvents))
	if got := s.length("thing-1"); got != 2+eventstore.MaxAppendEvents {
		t.Errorf("%d events are stored", got)
	}
}

func appendOwnsBytes(t *testing.T, s store) {
	end := s.end()
	events := proposed("thing-1", "a", 1)
	want := bytes.Clone(events[0].Data)
	s.append("thing-1", eventstore.Empty, events)
	clear(events[0].Data)
	clear(events[0].Metadata)
	verify(t, s.all(0))
	for batch, err := range s.Subscribe(s.ctx, end, eventstore.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if len(batch.Events) != 1 || !bytes.Equal(batch.Events[0].Data, want) {
			t.Errorf("a subscriber sees %+v", batch.Events)
		}
		break
	}
}

func appendAnyBytes(t *testing.T, s store) {
	events := proposed("thing-é'%_\x01", "a", 4)
	events[0].Data, events[0].Metadata = []byte(" {\n\"z\": 1,\t\"a\":1.0e0} "), []byte(`{"é":"\u00e9"}`)
	events[1].Data, events[1].Metadata = []byte{}, nil
	events[2].Data, events[2].Metadata = []byte{0, 0xff, 0xfe, 0}, []byte("\x00")
	events[3].Type = "thing.né.v1"
	s.append("thing-é'%_\x01", eventstore.Empty, events)
	stored := s.all(0, "thing-é'%")
	if len(stored) != len(events) {
		t.Fatalf("%d events are stored", len(stored))
	}
	for i, r := range stored {
		e := events[i]
		if r.Stream != "thing-é'%_\x01" || r.ID != e.ID || r.Type != e.Type {
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
