package sqlite

import (
	"testing"

	"aanvraag.internal/services/platform/eventstore"
)

func TestTheTailGivesWhatFollowsAPositionOrSaysThatItNoLongerHasIt(t *testing.T) {
	const size = 3
	tail := newTail(size, 10)
	check := func(first, last eventstore.Position) {
		t.Helper()
		for at := eventstore.Position(8); at <= last; at++ {
			n := tail.after(at, eventstore.Filter{})
			if n.stored != (at+1 < first) {
				t.Errorf("after %d of %d to %d: stored is %v", at, first, last, n.stored)
			}
			if n.stored {
				continue
			}
			if n.batch.Through != last || len(n.batch.Events) != int(last-at) {
				t.Errorf("after %d come %d events through %d", at, len(n.batch.Events), n.batch.Through)
			}
			for i, r := range n.batch.Events {
				if r.Position != at+eventstore.Position(i)+1 {
					t.Errorf("after %d comes %d in place %d", at, r.Position, i)
				}
			}
		}
	}
	add := func(bytes int, positions ...eventstore.Position) {
		var events []eventstore.Recorded
		for _, p := range positions {
			events = append(events, eventstore.Recorded{Position: p, Data: make([]byte, bytes)})
		}
		tail.add(events)
	}
	check(11, 10)
	add(1, 11, 12)
	check(11, 12)
	add(1, 13, 14)
	check(12, 14)
	add(1, 15, 16, 17, 18, 19)
	check(17, 19)
	add(maxTailBytes-1, 20) // with one small event it just fits
	check(19, 20)
	add(maxTailBytes+1, 21)
	check(22, 21)
	add(1, 22)
	check(22, 22)
}
