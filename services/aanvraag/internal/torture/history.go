package torture

import (
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"aanvraag.internal/services/platform/eventstore"
)

// history is what clients did to some streams and were told, with the times between
// which it must have happened. It is safe for concurrent use.
type history struct {
	watch watch

	mu      sync.Mutex
	streams map[string]*story
	count   int
}

// story is the history of one stream.
type story struct {
	operations []porcupine.Operation
	below      map[eventstore.Hash]eventstore.Head // the head on which each was to be set
}

// wish is what a client asks of a stream: an append of one event, or a read to the
// end.
type wish struct {
	append      bool
	after, next eventstore.Head // of an append: before it and behind it
}

// answer is what a client was told.
type answer struct {
	kind   answerKind
	head   eventstore.Head     // of a read: the last event, or what was given as known
	actual eventstore.Revision // of a conflict
}

type answerKind int

const (
	done      answerKind = iota // appended, or read
	conflict                    // the stream ends elsewhere, and this event is not in it
	undecided                   // the client gave up: it may be there, or may come
)

func newHistory() *history {
	return &history{watch: startWatch(), streams: map[string]*story{}}
}

// now is the present, for the beginning of an operation.
func (h *history) now() time.Duration { return h.watch.took() }

// add remembers an operation that ends now.
func (h *history) add(client int, stream string, began time.Duration, w wish, a answer) {
	ended := int64(h.now())
	if a.kind == undecided {
		ended = math.MaxInt64
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.count++
	s := h.streams[stream]
	if s == nil {
		s = &story{below: map[eventstore.Hash]eventstore.Head{}}
		h.streams[stream] = s
	}
	s.operations = append(s.operations, porcupine.Operation{
		ClientId: client, Input: w, Call: int64(began), Output: a, Return: ended,
	})
	if w.append {
		s.below[w.next.Hash] = w.after
	}
}

// model is a stream as everybody must see it: one list of events, that only grows at
// its end. A head stands for all events up to it, because its hash does.
func (s *story) model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return eventstore.Empty },
		Step: func(state, input, output any) (bool, any) {
			head, _ := state.(eventstore.Head)
			w, _ := input.(wish)
			a, _ := output.(answer)
			return s.step(head, w, a)
		},
		DescribeOperation: func(input, output any) string {
			return fmt.Sprintf("%v -> %v", input, output)
		},
		DescribeState: func(state any) string { return fmt.Sprint(state) },
	}
}

func (s *story) step(head eventstore.Head, w wish, a answer) (possible bool, then eventstore.Head) {
	if !w.append {
		return a.head == head, head
	}
	standing := s.holds(head, w.next)
	switch {
	case a.kind == conflict:
		return !standing && head != w.after && head.Revision == a.actual, head
	case head == w.after:
		return true, w.next
	case a.kind == done:
		return standing, head
	}
	return true, head
}

// holds tells whether the events up to head include the one that ends at part.
func (s *story) holds(head, part eventstore.Head) bool {
	for head.Revision > part.Revision {
		head = s.below[head.Hash]
	}
	return head == part
}

// patience bounds the search for an order of one stream's operations.
const patience = time.Minute

// verdict is Ok when each stream's operations can be put in an order that explains
// every answer; otherwise it names a stream.
func (h *history) verdict() (result porcupine.CheckResult, stream string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, s := range h.streams {
		if result := porcupine.CheckOperationsTimeout(s.model(), s.operations, patience); result != porcupine.Ok {
			return result, name
		}
	}
	return porcupine.Ok, ""
}

// draw writes a picture of a stream's operations for a browser.
func (h *history) draw(stream, path string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.streams[stream]
	_, info := porcupine.CheckOperationsVerbose(s.model(), s.operations, patience)
	return porcupine.VisualizePath(s.model(), info, path)
}

// lost counts the events that were acknowledged and are not in the stream that ends
// at head.
func (h *history) lost(stream string, head eventstore.Head) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, n := h.streams[stream], 0
	for _, o := range s.operations {
		w, _ := o.Input.(wish)
		a, _ := o.Output.(answer)
		if w.append && a.kind == done && !s.holds(head, w.next) {
			n++
		}
	}
	return n
}
