package sqlite

import (
	"errors"
	"os"
	"testing"

	"aanvraag.internal/services/platform/eventstore"
)

// One bit of a page of the index may hide the end of a stream from whoever reads that
// stream, though the log, read from end to end, is as it was.
func TestWhatNoHashTellsOfIsToldByTheCheck(t *testing.T) {
	s, path := start(t)
	head := eventstore.Empty
	for _, cause := range []string{"a", "b", "c", "d", "e"} {
		head = mustAppend(t, s, "thing-1", head, cause).Head
	}
	if err := s.Check(t.Context()); err != nil {
		t.Fatalf("a whole log: %v", err)
	}
	closeStore(t, s)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const pageSize, indexLeaf, entries = 4096, 0x0a, 4 // where a page counts its entries
	silent := 0
	for at := 0; at < len(whole); at += pageSize {
		if whole[at] != indexLeaf || whole[at+entries] != 5 {
			continue
		}
		file := append([]byte{}, whole...)
		file[at+entries] = 4
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		if !hidden(t, path, head) {
			continue
		}
		silent++
		if !damaged(t, path) {
			t.Error("the check tells of nothing")
		}
	}
	if silent != 1 {
		t.Errorf("%d bits hid the last event in silence", silent)
	}
}

// hidden tells whether a stream seems to end before its end, though its chain is whole.
func hidden(t *testing.T, path string, end eventstore.Head) bool {
	t.Helper()
	s, err := OpenReadOnly(path)
	if err != nil {
		return false
	}
	defer s.Close()
	head := eventstore.Empty
	for r, err := range s.ReadStream(t.Context(), "thing-1", eventstore.NoStream) {
		if err != nil || eventstore.Verify(head, r) != nil {
			return false
		}
		head = r.Head()
	}
	return head.Revision < end.Revision
}

func damaged(t *testing.T, path string) bool {
	t.Helper()
	s, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return errors.Is(s.Check(t.Context()), ErrDamaged)
}
