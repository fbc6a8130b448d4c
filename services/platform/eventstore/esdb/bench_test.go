package esdb

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"aanvraag.internal/services/platform/eventstore"
)

// BenchmarkAppend measures single-event appends, each writer on a stream of its own,
// through the client and the server to an fsync.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 16, 64, -1, -16, -64} {
		followed := writers > 0
		writers = max(writers, -writers)
		b.Run(fmt.Sprintf("writers=%d/followed=%v", writers, followed), func(b *testing.B) {
			s := connect(b, newHost(b, nil).address)
			if followed {
				s.tail.begin()
			}
			var left atomic.Int64
			left.Store(int64(b.N))
			b.ResetTimer()
			var group sync.WaitGroup
			for i := range writers {
				group.Go(func() {
					stream, head := fmt.Sprint("thing-", i), eventstore.Empty
					for round := 0; left.Add(-1) >= 0; round++ {
						done, err := s.Append(b.Context(), stream, head, proposed(stream, strconv.Itoa(round)))
						if err != nil {
							b.Error(err)
							return
						}
						head = done.Head
					}
				})
			}
			group.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
			b.ReportMetric(b.Elapsed().Seconds()*1e6*float64(writers)/float64(b.N), "µs/append")
		})
	}
}

// BenchmarkReadAll measures a read of the whole log, and of a tenth of it.
func BenchmarkReadAll(b *testing.B) {
	h := newHost(b, nil)
	s := connect(b, h.address)
	const streams, each = 100, 200
	for i := range streams {
		stream := fmt.Sprintf("%s-%d", []string{"thing", "other"}[min(1, i%10)], i)
		var events []eventstore.Proposed
		for n := range each {
			events = append(events, proposed(stream, strconv.Itoa(n))...)
		}
		if _, err := s.Append(b.Context(), stream, eventstore.Empty, events); err != nil {
			b.Fatal(err)
		}
	}
	for name, filter := range map[string]eventstore.Filter{"all": {}, "a tenth": {Prefixes: []string{"thing-"}}} {
		b.Run(name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				for _, err := range s.ReadAll(b.Context(), 0, filter) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkSubscribe measures how long after its append a subscriber has an event.
func BenchmarkSubscribe(b *testing.B) {
	s := connect(b, newHost(b, nil).address)
	came := make(chan struct{})
	go func() {
		for batch, err := range s.Subscribe(b.Context(), 0, eventstore.Filter{Prefixes: []string{"thing-"}}) {
			if err != nil {
				return
			}
			for range batch.Events {
				came <- struct{}{}
			}
		}
	}()
	head := eventstore.Empty
	var late time.Duration
	for n := 0; b.Loop(); n++ {
		done, err := s.Append(b.Context(), "thing-1", head, proposed("thing-1", strconv.Itoa(n)))
		if err != nil {
			b.Fatal(err)
		}
		head = done.Head
		before := time.Now() //nolint:forbidigo // a real delay is what is measured
		<-came
		late += time.Since(before)
	}
	b.ReportMetric(float64(late.Microseconds())/float64(b.N), "µs-after-answer")
}
