package sqlite

import (
	"context"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"aanvraag.internal/services/platform/eventstore"
)

// keptPages bounds the memory of [history]: as many pages as so many subscribers
// that read the past may lie apart and still share what is read.
const keptPages = 64

// history shares pages of the log among subscribers that catch up at the same
// time, as all views do that are rebuilt: each page is read from the file once and
// every subscriber takes what it wants of it. Nothing is kept once nobody catches up.
type history struct {
	mu      sync.Mutex
	readers int
	pages   *simplelru.LRU[eventstore.Position, *sheet]
}

// sheet is one page: the events at the positions after its number times [page].
type sheet struct {
	read   sync.Mutex // held while it is read
	done   bool
	events []eventstore.Recorded // none: it is too large to be shared
}

func newHistory() *history {
	h := &history{}
	h.pages, _ = simplelru.NewLRU[eventstore.Position, *sheet](keptPages, nil) // an error only for a size below one
	return h
}

// enter counts a subscriber that catches up, until leave.
func (h *history) enter() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.readers++
}

func (h *history) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.readers--; h.readers == 0 {
		h.pages.Purge()
	}
}

func (h *history) sheet(number eventstore.Position) *sheet {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, kept := h.pages.Get(number)
	if !kept {
		s = &sheet{}
		h.pages.Add(number, s)
	}
	return s
}

// past gives the next matching events of the log up to end, which is stored, from
// shared pages where they are whole.
func (s *Store) past(ctx context.Context, after, end eventstore.Position, filter eventstore.Filter) (eventstore.Batch, error) {
	number := after / page
	through := (number + 1) * page
	if s.history == nil || through > end {
		return s.logPage(ctx, after, end, filter)
	}
	events, err := s.sheetEvents(ctx, number)
	if err != nil {
		return eventstore.Batch{}, err
	}
	if len(events) == 0 {
		return s.logPage(ctx, after, end, filter)
	}
	batch := eventstore.Batch{Through: through}
	for _, r := range events[after-number*page:] {
		if filter.Match(r.Stream) {
			batch.Events = append(batch.Events, r)
		}
	}
	return batch, nil
}

func (s *Store) sheetEvents(ctx context.Context, number eventstore.Position) ([]eventstore.Recorded, error) {
	sheet := s.history.sheet(number)
	sheet.read.Lock()
	defer sheet.read.Unlock()
	if sheet.done {
		return sheet.events, nil
	}
	batch, err := s.logPage(ctx, number*page, (number+1)*page, eventstore.Filter{})
	if err != nil {
		return nil, err
	}
	sheet.done = true
	if batch.Through == (number+1)*page && len(batch.Events) == page {
		sheet.events = batch.Events
	}
	return sheet.events, nil
}
