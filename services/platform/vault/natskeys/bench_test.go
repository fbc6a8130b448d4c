package natskeys_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/platform/vault/natskeys"
)

// filled is a store whose bucket holds keys enough for whole blocks.
func filled(b *testing.B, keys int) *natskeys.Store {
	b.Helper()
	site := newSite(b)
	store := site.open(site.newList())
	const batch = 500
	for i := range keys / batch {
		var some []vault.WrappedKey
		for j := range batch {
			some = append(some, vault.WrappedKey{ID: fmt.Sprintf("fiscal/filled-%d", i*batch+j), Wrapped: make([]byte, 80)})
		}
		if _, err := store.Create(b.Context(), some); err != nil {
			b.Fatal(err)
		}
	}
	return store
}

func BenchmarkCreate(b *testing.B) {
	store := filled(b, 0)
	var n atomic.Int64
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			id := fmt.Sprintf("fiscal/subject-%d", n.Add(1))
			if _, err := store.Create(b.Context(), []vault.WrappedKey{{ID: id, Wrapped: make([]byte, 80)}}); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkGet(b *testing.B) {
	store := filled(b, 500)
	for i := 0; b.Loop(); i++ {
		if _, err := store.Get(b.Context(), fmt.Sprintf("fiscal/filled-%d", i%500)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDestroy destroys keys of a full block, which is written anew each time.
func BenchmarkDestroy(b *testing.B) {
	store := filled(b, 20000)
	i := 0
	for b.Loop() {
		if _, err := store.Destroy(b.Context(), fmt.Sprintf("fiscal/filled-%d", i), noon); err != nil {
			b.Fatal(err)
		}
		i++
	}
}
