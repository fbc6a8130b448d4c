package esdbserver_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/google/uuid"

	"aanvraag.internal/services/platform/eventstore"
)

// BenchmarkAppend appends events of some 600 bytes to streams of six events each,
// through the client, over loopback, to a log on disk that is synced. The client is
// in the same process and takes most of the time. Clients tells over how many
// connections.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 16, 64} {
		for _, clients := range []int{1, 4} {
			if clients <= writers {
				b.Run(fmt.Sprintf("writers=%d/clients=%d", writers, clients), func(b *testing.B) { benchmarkAppend(b, writers, clients) })
			}
		}
	}
}

func benchmarkAppend(b *testing.B, writers, clients int) {
	h := onDisk(b)
	through := make([]*esdb.Client, clients)
	for i := range through {
		through[i] = h.connect("")
	}
	body := []byte(`{"note":"` + strings.Repeat("x", 340) + `"}`)
	metadata := []byte(`{"actor":"` + strings.Repeat("y", 230) + `"}`)
	run := uuid.New()
	var next atomic.Int64
	b.ReportAllocs()
	b.ResetTimer()
	each(writers, func(w int) {
		var stream string
		var expected esdb.ExpectedRevision
		for i := 0; next.Add(1) <= int64(b.N); i++ {
			if i%6 == 0 {
				stream, expected = fmt.Sprintf("request-%d-%d", w, i), esdb.NoStream{}
			}
			done, err := through[w%clients].AppendToStream(b.Context(), stream, expecting(expected), esdb.EventData{
				EventID:   eventstore.EventID(stream, run, i),
				EventType: "request.submitted.v1", ContentType: esdb.ContentTypeJson, Data: body, Metadata: metadata,
			})
			if err != nil {
				b.Error(err)
				return
			}
			expected = esdb.Revision(done.NextExpectedVersion)
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
}

// BenchmarkRead reads back a log of events of some 600 bytes: all of it, and one
// stream of 50 events.
func BenchmarkRead(b *testing.B) {
	h := onDisk(b)
	const streams, length = 400, 50
	for i := range streams {
		stream := fmt.Sprint("request-", i)
		several := events(stream, "a", length)
		for k := range several {
			several[k].Data = []byte(`{"note":"` + strings.Repeat("x", 340) + `"}`)
			several[k].Metadata = []byte(`{"actor":"` + strings.Repeat("y", 230) + `"}`)
		}
		h.append(stream, esdb.NoStream{}, several...)
	}
	b.Run("log", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			read, err := h.client.ReadAll(b.Context(), esdb.ReadAllOptions{From: esdb.Start{}}, everything)
			if got := all(b, read, err); len(got) != streams*length {
				b.Fatalf("read %d events", len(got))
			}
		}
		b.ReportMetric(float64(b.N)*streams*length/b.Elapsed().Seconds(), "events/s")
	})
	b.Run("stream", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			read, err := h.client.ReadStream(b.Context(), "request-77", esdb.ReadStreamOptions{From: esdb.Start{}}, everything)
			if got := all(b, read, err); len(got) != length {
				b.Fatalf("read %d events", len(got))
			}
		}
	})
}
