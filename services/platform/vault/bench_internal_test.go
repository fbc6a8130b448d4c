package vault

import (
	"bytes"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"aanvraag.internal/services/platform/clock"
)

// BenchmarkOpenUnrecorded is the decryption alone, with the key cached.
func BenchmarkOpenUnrecorded(b *testing.B) {
	v, err := Open(b.TempDir(), clock.NewFrozen(noon, nil))
	if err != nil {
		b.Fatal(err)
	}
	defer v.Close()
	s, err := v.Seal(b.Context(), "subject-1", Fiscal, "name", "request-1/c", bytes.Repeat([]byte("x"), 300))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.open(b.Context(), s); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPrimitive compares what a data key can be: see the package comment.
func BenchmarkPrimitive(b *testing.B) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		b.Fatal(err)
	}
	kek, err := aead.New(handle)
	if err != nil {
		b.Fatal(err)
	}
	content, label := bytes.Repeat([]byte("x"), 300), []byte("label of some forty bytes, as is usual..")
	wrapped, err := newDataKey(kek, "id")
	if err != nil {
		b.Fatal(err)
	}
	direct, err := unwrapCipher(kek, "id", wrapped.Wrapped)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("wrap", func(b *testing.B) {
		for b.Loop() {
			_, _ = newDataKey(kek, "id")
		}
	})
	b.Run("ready/direct", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = unwrapCipher(kek, "id", wrapped.Wrapped)
		}
	})
	b.Run("ready/tink", func(b *testing.B) {
		b.ReportAllocs()
		var buf bytes.Buffer
		if err := handle.Write(keyset.NewBinaryWriter(&buf), kek); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			h, err := keyset.Read(keyset.NewBinaryReader(bytes.NewReader(buf.Bytes())), kek)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = aead.New(h)
		}
	})
	b.Run("seal/direct", func(b *testing.B) {
		for b.Loop() {
			direct.Seal(nil, nil, content, label)
		}
	})
	b.Run("seal/tink", func(b *testing.B) {
		for b.Loop() {
			_, _ = kek.Encrypt(content, label)
		}
	})
}
