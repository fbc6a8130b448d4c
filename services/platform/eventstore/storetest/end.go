package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"aanvraag.internal/services/platform/eventstore"
)

// answers calls everything once and gives each call's error by its name.
func (s store) answers(ctx context.Context) map[string]error {
	errs := make(map[string]error)
	late := s.stream("thing-9")
	_, errs["Append"] = s.Append(ctx, late, eventstore.Empty, proposed(late, "late", 1))
	_, errs["End"] = s.End(ctx)
	errs["ReadStream"], errs["ReadAll"] = nil, nil
	for _, err := range s.ReadStream(ctx, s.stream("thing-1"), eventstore.NoStream) {
		errs["ReadStream"] = err
	}
	for _, err := range s.ReadAll(ctx, s.begin, eventstore.Filter{}) {
		errs["ReadAll"] = err
	}
	return errs
}

func contextEnded(t *testing.T, s store) {
	s.fill(s.stream("thing-1"), 2)
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()
	for call, err := range s.answers(ctx) {
		if !errors.Is(err, context.Canceled) || errors.Is(err, eventstore.ErrOutcomeUnknown) {
			t.Errorf("%s answers %v", call, err)
		}
	}
	for batch, err := range s.Subscribe(ctx, s.begin, eventstore.Filter{}) {
		t.Errorf("Subscribe yields %+v, %v", batch, err)
	}
	if got := s.length(s.stream("thing-9")); got != 0 {
		t.Errorf("the append stored %d events", got)
	}
}

func closedAnswers(t *testing.T, s store) {
	s.fill(s.stream("thing-1"), 2)
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	errs := s.answers(s.ctx)
	errs["Close"] = s.Close()
	for _, err := range s.Subscribe(s.ctx, s.begin, eventstore.Filter{}) {
		errs["Subscribe"] = err
	}
	for call, err := range errs {
		if !errors.Is(err, eventstore.ErrClosed) {
			t.Errorf("%s answers %v", call, err)
		}
	}
	if len(errs) != 6 {
		t.Errorf("%d calls answered", len(errs))
	}
}

//nolint:gocognit // one scene with eight kinds of callers
func closeWhileBusy(t *testing.T, s store) {
	var group, warm sync.WaitGroup
	for i := range 8 {
		warm.Add(1)
		group.Go(func() {
			stream, head := s.stream("thing-", i), eventstore.Empty
			for round := 0; ; round++ {
				done, err := s.Append(s.ctx, stream, head, proposed(stream, strconv.Itoa(round), 1))
				if round == 0 {
					warm.Done()
				}
				if err != nil {
					if !errors.Is(err, eventstore.ErrClosed) {
						t.Errorf("append: %v", err)
					}
					return
				}
				head = done.Head
			}
		})
	}
	for i := range 4 {
		warm.Add(2)
		group.Go(func() {
			first := true
			var last error
			for _, err := range s.Subscribe(s.ctx, s.begin, s.by(fmt.Sprint("thing-", i))) {
				if first {
					warm.Done()
				}
				first, last = false, err
			}
			if !errors.Is(last, eventstore.ErrClosed) {
				t.Errorf("the subscription ended with %v", last)
			}
		})
		group.Go(func() {
			warm.Done()
			for {
				for _, err := range s.ReadAll(s.ctx, s.begin, eventstore.Filter{}) {
					if errors.Is(err, eventstore.ErrClosed) {
						return
					}
					if err != nil {
						t.Errorf("read: %v", err)
						return
					}
				}
			}
		})
	}
	warm.Wait()
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	group.Wait()
}
