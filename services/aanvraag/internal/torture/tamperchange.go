package torture

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"

	"aanvraag.internal/services/platform/eventstore"
)

// change is one way to tamper with a log. It answers the index from which on the log
// is another one, -1 when this log has no place for it.
type change struct {
	name   string
	change func(log *[]eventstore.Recorded, random *rand.Rand) int
}

var changes = []change{
	{"flip", flip}, {"drop", drop}, {"double", double}, {"swap", swap}, {"truncate", truncate}, {"rewrite", rewrite},
}

// flip changes one bit of anything that is hashed, of the hash, or of the position.
func flip(log *[]eventstore.Recorded, random *rand.Rand) int {
	i := random.IntN(len(*log))
	r := &(*log)[i]
	bit := func(b []byte) []byte {
		b = bytes.Clone(b)
		b[random.IntN(len(b))] ^= 1 << random.IntN(8)
		return b
	}
	switch random.IntN(8) {
	case 0:
		r.ID[random.IntN(len(r.ID))] ^= 1 << random.IntN(8)
	case 1:
		r.Hash[random.IntN(len(r.Hash))] ^= 1 << random.IntN(8)
	case 2:
		r.Stream = string(bit([]byte(r.Stream)))
	case 3:
		r.Type = string(bit([]byte(r.Type)))
	case 4:
		r.Revision ^= 1 << random.IntN(62)
	case 5:
		r.Position ^= 1 << random.IntN(62)
		// A store reads in the order of positions.
		slices.SortStableFunc(*log, func(a, b eventstore.Recorded) int { return int(min(a.Position, 1<<62)) - int(min(b.Position, 1<<62)) })
		return 0
	case 6:
		r.Metadata = bit(r.Metadata)
	default:
		r.Data = bit(r.Data)
	}
	return i
}

// drop takes an event out, and half the time closes the gap.
func drop(log *[]eventstore.Recorded, random *rand.Rand) int {
	i := random.IntN(len(*log))
	*log = slices.Delete(*log, i, i+1)
	if random.IntN(2) == 0 {
		renumber(*log)
	}
	return i
}

// double puts an event in once more, somewhere behind itself, and half the time as
// if it were the next of its stream.
func double(log *[]eventstore.Recorded, random *rand.Rand) int {
	i := random.IntN(len(*log))
	at := i + 1 + random.IntN(len(*log)-i)
	again := (*log)[i]
	if random.IntN(2) == 0 {
		head := newNote((*log)[:at]).heads[again.Stream]
		again.Revision = head.Revision + 1
		again.Hash = eventstore.Chain(head.Hash, again.Stream, again.Revision, proposed(again))
	}
	*log = slices.Insert(*log, at, again)
	renumber(*log)
	return at
}

// swap changes the places of two events: of one stream both, or what two places of
// any streams hold.
func swap(log *[]eventstore.Recorded, random *rand.Rand) int {
	l := *log
	i, j := random.IntN(len(l)), random.IntN(len(l))
	if i == j {
		return -1
	}
	i, j = min(i, j), max(i, j)
	a, b := l[i], l[j]
	l[i], l[j] = b, a
	if a.Stream != b.Stream {
		l[i].Stream, l[i].Revision, l[j].Stream, l[j].Revision = a.Stream, a.Revision, b.Stream, b.Revision
	}
	renumber(l)
	return i
}

// truncate cuts the data or the metadata of an event short, or the log.
func truncate(log *[]eventstore.Recorded, random *rand.Rand) int {
	i := random.IntN(len(*log))
	r := &(*log)[i]
	switch random.IntN(3) {
	case 0:
		*log = (*log)[:i]
	case 1:
		r.Data = r.Data[:random.IntN(len(r.Data))]
	default:
		r.Metadata = r.Metadata[:random.IntN(len(r.Metadata))]
	}
	return i
}

// rewrite gives an event other data and the hash that fits it, and half the time all
// that follow it in its stream their hashes too.
func rewrite(log *[]eventstore.Recorded, random *rand.Rand) int {
	l := *log
	i := random.IntN(len(l))
	l[i].Data = fmt.Appendf(nil, `{"n":%d,"forged":true}`, random.Uint32())
	through := i
	if random.IntN(2) == 0 {
		through = len(l) - 1
	}
	head := eventstore.Empty
	for j := range l[:through+1] {
		if l[j].Stream != l[i].Stream {
			continue
		}
		if j >= i {
			l[j].Hash = eventstore.Chain(head.Hash, l[j].Stream, l[j].Revision, proposed(l[j]))
		}
		head = l[j].Head()
	}
	return i
}

func renumber(log []eventstore.Recorded) {
	for i := range log {
		log[i].Position = eventstore.Position(i + 1)
	}
}

func proposed(r eventstore.Recorded) eventstore.Proposed {
	return eventstore.Proposed{ID: r.ID, Type: r.Type, Data: r.Data, Metadata: r.Metadata}
}
