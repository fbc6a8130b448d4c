package sqlite

import (
	"path/filepath"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start opens a log in a directory of its own, to be closed by the test's end.
func start(t testing.TB, opts ...Option) (*Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log", "events.db")
	return startAt(t, path, opts...), path
}

func startAt(t testing.TB, path string, opts ...Option) *Store {
	t.Helper()
	s, err := Open(path, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// counted counts transactions.
func counted(n *atomic.Int64) Option {
	return func(s *settings) {
		s.commit = func(commit func() error) error {
			n.Add(1)
			return commit()
		}
	}
}

func TestTheSQLiteEngineKeepsThePromisesOfTheStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) eventstore.Store {
		s, _ := start(t)
		return s
	}, storetest.StartsEmpty())
}

func TestItKeepsThemWithoutGroupCommitAndWithLittleMemory(t *testing.T) {
	small := func(s *settings) { s.heads, s.tail = 2, 3 }
	storetest.Run(t, func(t *testing.T) eventstore.Store {
		s, _ := start(t, WithoutGroupCommit(), small)
		return s
	}, storetest.StartsEmpty())
}
