// Package vaulttest holds the one suite that every key store passes.
package vaulttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"aanvraag.internal/services/platform/vault"
)

// TestKeyStore tries everything that [vault.KeyStore] promises. open opens the
// store that lives in dir, which may be opened again after Close.
func TestKeyStore(t *testing.T, open func(t *testing.T, dir string) vault.KeyStore) {
	tests := []struct {
		rule string
		test func(t *testing.T, s *suite)
	}{
		{"a key that was never made is not there", neverMade},
		{"a key is there after a restart", durable},
		{"the first to create a key wins", firstWins},
		{"keys created at once by many are the same for all", createdAtOnce},
		{"an id named twice in one creation gives one key", namedTwice},
		{"a destroyed key is erased for ever", destroyed},
		{"one destroyed id refuses the whole creation", destroyedAmongOthers},
		{"destroying twice answers the first time", destroyedTwice},
		{"an id without a key can be destroyed", destroyedUnknown},
		{"others are untouched by a destruction", othersUntouched},
		{"a closed store says so", closed},
		{"a call returns when its context has ended", ended},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			s := &suite{dir: t.TempDir(), open: open}
			s.KeyStore = open(t, s.dir)
			t.Cleanup(func() { _ = s.Close() }) // a test may have closed it
			tt.test(t, s)
		})
	}
}

type suite struct {
	vault.KeyStore
	dir  string
	open func(t *testing.T, dir string) vault.KeyStore
}

func (s *suite) reopen(t *testing.T) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	s.KeyStore = s.open(t, s.dir)
}

func (s *suite) create(t *testing.T, id, wrapped string) {
	t.Helper()
	got, err := s.Create(t.Context(), []vault.WrappedKey{{ID: id, Wrapped: []byte(wrapped)}})
	if err != nil {
		t.Fatalf("create %s: %v", id, err)
	}
	if len(got) != 1 || string(got[0]) != wrapped {
		t.Fatalf("create %s answered %q, want %q", id, got, wrapped)
	}
}

//nolint:unparam // the id is what the sentence is about
func (s *suite) destroy(t *testing.T, id string, at time.Time) time.Time {
	t.Helper()
	first, err := s.Destroy(t.Context(), id, at)
	if err != nil {
		t.Fatalf("destroy %s: %v", id, err)
	}
	return first
}

func (s *suite) wantKey(t *testing.T, id, wrapped string) {
	t.Helper()
	got, err := s.Get(t.Context(), id)
	if err != nil || string(got) != wrapped {
		t.Errorf("get %s = %q, %v, want %q", id, got, err, wrapped)
	}
}

//nolint:unparam // the id is what the sentence is about
func (s *suite) wantErased(t *testing.T, id string) {
	t.Helper()
	if got, err := s.Get(t.Context(), id); !errors.Is(err, vault.ErrErased) || got != nil {
		t.Errorf("get %s = %q, %v, want nothing, ErrErased", id, got, err)
	}
	got, err := s.Create(t.Context(), []vault.WrappedKey{{ID: id, Wrapped: []byte("new")}})
	if !errors.Is(err, vault.ErrErased) || got != nil {
		t.Errorf("create %s = %q, %v, want nothing, ErrErased", id, got, err)
	}
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 123456789, time.UTC)

func neverMade(t *testing.T, s *suite) {
	if _, err := s.Get(t.Context(), "fiscal/a"); !errors.Is(err, vault.ErrNoKey) {
		t.Errorf("get = %v, want ErrNoKey", err)
	}
}

func durable(t *testing.T, s *suite) {
	s.create(t, "fiscal/a", "one")
	s.wantKey(t, "fiscal/a", "one")
	s.reopen(t)
	s.wantKey(t, "fiscal/a", "one")
}

func firstWins(t *testing.T, s *suite) {
	s.create(t, "fiscal/a", "one")
	got, err := s.Create(t.Context(), []vault.WrappedKey{
		{ID: "operational/a", Wrapped: []byte("three")},
		{ID: "fiscal/a", Wrapped: []byte("two")},
	})
	if err != nil || len(got) != 2 || string(got[0]) != "three" || string(got[1]) != "one" {
		t.Fatalf("create = %q, %v, want three and one", got, err)
	}
	s.wantKey(t, "fiscal/a", "one")
	s.wantKey(t, "operational/a", "three")
}

func createdAtOnce(t *testing.T, s *suite) {
	const many = 50
	answers := make([][][]byte, many)
	var wg sync.WaitGroup
	for i := range many {
		wg.Go(func() {
			mine := fmt.Appendf(nil, "key of %d", i)
			var err error
			answers[i], err = s.Create(t.Context(), []vault.WrappedKey{
				{ID: "operational/a", Wrapped: mine}, {ID: "fiscal/a", Wrapped: mine},
			})
			if err != nil {
				t.Errorf("create: %v", err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	for i, a := range answers {
		if !bytes.Equal(a[0], answers[0][0]) || !bytes.Equal(a[1], answers[0][1]) {
			t.Errorf("caller %d got %q, caller 0 %q", i, a, answers[0])
		}
	}
	s.wantKey(t, "fiscal/a", string(answers[0][1]))
}

func namedTwice(t *testing.T, s *suite) {
	got, err := s.Create(t.Context(), []vault.WrappedKey{
		{ID: "fiscal/a", Wrapped: []byte("one")}, {ID: "fiscal/a", Wrapped: []byte("two")},
	})
	if err != nil || len(got) != 2 || !bytes.Equal(got[0], got[1]) {
		t.Fatalf("create = %q, %v, want the same key twice", got, err)
	}
	s.wantKey(t, "fiscal/a", string(got[0]))
}

func destroyed(t *testing.T, s *suite) {
	s.create(t, "fiscal/a", "one")
	if at := s.destroy(t, "fiscal/a", noon); !at.Equal(noon) {
		t.Errorf("destroyed at %v, want %v", at, noon)
	}
	s.wantErased(t, "fiscal/a")
	s.reopen(t)
	s.wantErased(t, "fiscal/a")
}

func destroyedAmongOthers(t *testing.T, s *suite) {
	s.create(t, "fiscal/a", "one")
	s.destroy(t, "fiscal/a", noon)
	got, err := s.Create(t.Context(), []vault.WrappedKey{
		{ID: "operational/a", Wrapped: []byte("two")}, {ID: "fiscal/a", Wrapped: []byte("three")},
	})
	if !errors.Is(err, vault.ErrErased) || got != nil {
		t.Errorf("create = %q, %v, want nothing, ErrErased", got, err)
	}
}

func destroyedTwice(t *testing.T, s *suite) {
	s.create(t, "fiscal/a", "one")
	s.destroy(t, "fiscal/a", noon)
	if at := s.destroy(t, "fiscal/a", noon.Add(time.Hour)); !at.Equal(noon) {
		t.Errorf("the second destruction answers %v, want %v", at, noon)
	}
	s.reopen(t)
	if at := s.destroy(t, "fiscal/a", noon.Add(2*time.Hour)); !at.Equal(noon) {
		t.Errorf("the third destruction, after a restart, answers %v, want %v", at, noon)
	}
	s.wantErased(t, "fiscal/a")
}

func destroyedUnknown(t *testing.T, s *suite) {
	if at := s.destroy(t, "fiscal/a", noon); !at.Equal(noon) {
		t.Errorf("destroyed at %v, want %v", at, noon)
	}
	s.wantErased(t, "fiscal/a")
	s.reopen(t)
	s.wantErased(t, "fiscal/a")
}

func othersUntouched(t *testing.T, s *suite) {
	s.create(t, "fiscal/a", "one")
	s.create(t, "operational/a", "two")
	s.create(t, "fiscal/b", "three")
	s.destroy(t, "fiscal/a", noon)
	s.reopen(t)
	s.wantKey(t, "operational/a", "two")
	s.wantKey(t, "fiscal/b", "three")
}

func closed(t *testing.T, s *suite) {
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), "fiscal/a"); !errors.Is(err, vault.ErrClosed) {
		t.Errorf("get = %v, want ErrClosed", err)
	}
	keys := []vault.WrappedKey{{ID: "fiscal/a", Wrapped: []byte("one")}}
	if _, err := s.Create(t.Context(), keys); !errors.Is(err, vault.ErrClosed) {
		t.Errorf("create = %v, want ErrClosed", err)
	}
	if _, err := s.Destroy(t.Context(), "fiscal/a", noon); !errors.Is(err, vault.ErrClosed) {
		t.Errorf("destroy = %v, want ErrClosed", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

func ended(t *testing.T, s *suite) {
	s.create(t, "fiscal/a", "one")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Get(ctx, "fiscal/a"); !errors.Is(err, context.Canceled) {
		t.Errorf("get = %v, want context.Canceled", err)
	}
}
