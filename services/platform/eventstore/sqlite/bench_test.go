package sqlite

import (
	"fmt"
	"iter"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/uuid"

	"aanvraag.internal/services/platform/eventstore"
)

// BenchmarkAppend appends events of some 600 bytes to streams of six events each,
// every writer waiting for its answer before it goes on, with the disk synced. It
// gives appends a second, CPU time of the process and appends per transaction.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) { benchmarkAppend(b, writers) })
		b.Run(fmt.Sprintf("writers=%d/ungrouped", writers), func(b *testing.B) {
			benchmarkAppend(b, writers, WithoutGroupCommit())
		})
	}
}

func benchmarkAppend(b *testing.B, writers int, opts ...Option) {
	var commits atomic.Int64
	s, _ := start(b, append(opts, counted(&commits))...)
	body := []byte(`{"note":"` + strings.Repeat("x", 340) + `"}`)
	metadata := []byte(`{"actor":"` + strings.Repeat("y", 230) + `"}`)
	run := uuid.New()
	var next atomic.Int64
	b.ReportAllocs()
	b.ResetTimer()
	used := cpu(b)
	done := make(chan error, writers)
	for w := range writers {
		go func() {
			var stream string
			head := eventstore.Empty
			for i := 0; next.Add(1) <= int64(b.N); i++ {
				if i%6 == 0 {
					stream, head = fmt.Sprintf("request-%d-%d", w, i), eventstore.Empty
				}
				appended, err := s.Append(b.Context(), stream, head, []eventstore.Proposed{{
					ID: eventstore.EventID(stream, run, i), Type: "request.submitted.v1", Data: body, Metadata: metadata,
				}})
				if err != nil {
					done <- err
					return
				}
				head = appended.Head
			}
			done <- nil
		}()
	}
	for range writers {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
	b.ReportMetric(float64(cpu(b)-used)/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(b.N)/float64(commits.Load()), "appends/commit")
}

// cpu is the CPU time that this process has used, in nanoseconds.
func cpu(b *testing.B) int64 {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return r.Utime.Nano() + r.Stime.Nano()
}

// BenchmarkRead reads back a log of events of some 600 bytes: all of it, and one
// stream of 50 events.
func BenchmarkRead(b *testing.B) {
	s, _ := start(b)
	const streams, length = 400, 50
	for i := range streams {
		stream := fmt.Sprint("request-", i)
		events := make([]eventstore.Proposed, length)
		for k := range events {
			events[k] = eventstore.Proposed{
				ID: eventstore.EventID(stream, uuid.Nil, k), Type: "request.submitted.v1",
				Data: make([]byte, 350), Metadata: make([]byte, 250),
			}
		}
		if _, err := s.Append(b.Context(), stream, eventstore.Empty, events); err != nil {
			b.Fatal(err)
		}
	}
	count := func(b *testing.B, events iter.Seq2[eventstore.Recorded, error], want int) {
		n := 0
		for _, err := range events {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != want {
			b.Fatalf("read %d events, not %d", n, want)
		}
	}
	b.Run("log", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			count(b, s.ReadAll(b.Context(), 0, eventstore.Filter{}), streams*length)
		}
		b.ReportMetric(float64(b.N)*streams*length/b.Elapsed().Seconds(), "events/s")
	})
	b.Run("stream", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			count(b, s.ReadStream(b.Context(), "request-77", eventstore.NoStream), length)
		}
	})
}
