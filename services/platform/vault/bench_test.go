package vault_test

import (
	"bytes"
	"strconv"
	"sync/atomic"
	"testing"

	"aanvraag.internal/services/platform/vault"
)

var content = bytes.Repeat([]byte("x"), 300)

func BenchmarkSeal(b *testing.B) {
	v := open(b, b.TempDir())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Seal(b.Context(), "subject-1", vault.Fiscal, "name", "request-1/c", content); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen includes the record of each opening.
func BenchmarkOpen(b *testing.B) {
	v := open(b, b.TempDir())
	s := seal(b, v, "subject-1", vault.Fiscal, string(content))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Open(b.Context(), s, desk); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkNewSubject is what a support request costs: two new keys and two seals,
// by 64 callers at once.
func BenchmarkNewSubject(b *testing.B) {
	v := open(b, b.TempDir())
	var n atomic.Int64
	b.SetParallelism(32)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			subject := "subject-" + strconv.FormatInt(n.Add(1), 10)
			if err := v.Prepare(b.Context(), subject, vault.Operational, vault.Fiscal); err != nil {
				b.Fatal(err)
			}
			seal(b, v, subject, vault.Operational, "a black screen")
			seal(b, v, subject, vault.Fiscal, "Kerkstraat 1")
		}
	})
}

func BenchmarkDestroy(b *testing.B) {
	v := open(b, b.TempDir())
	for n := 0; b.Loop(); n++ {
		destroy(b, v, "subject-"+strconv.Itoa(n), vault.Fiscal)
	}
}
