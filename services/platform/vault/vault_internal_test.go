package vault

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func TestAfterADiskFaultNothingIsAcknowledged(t *testing.T) {
	f, err := OpenFiles(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	create := func(id string) error {
		_, err := f.Create(t.Context(), []WrappedKey{{ID: id, Wrapped: []byte("one")}})
		return err
	}
	fail := func(with error) error {
		return f.writer.do(t.Context(), &job{run: func() error { return fmt.Errorf("try: %w", with) }})
	}
	full := errors.New("no room")
	if err := fail(full); !errors.Is(err, full) {
		t.Fatalf("a failing job answers %v", err)
	}
	if err := create("fiscal/a"); err != nil {
		t.Fatalf("after a fault that heals: %v", err)
	}
	if err := fail(errDisk); !errors.Is(err, errDisk) {
		t.Fatalf("a disk fault answers %v", err)
	}
	if err := create("fiscal/b"); !errors.Is(err, errDisk) {
		t.Errorf("after a disk fault: %v, want errDisk", err)
	}
}

func TestAFullListOfDestroyedKeysLeavesTheKeyAndTriesAgain(t *testing.T) {
	f, err := OpenFiles(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Create(t.Context(), []WrappedKey{{ID: "fiscal/a", Wrapped: []byte("one")}}); err != nil {
		t.Fatal(err)
	}
	good := f.list
	f.list = &destroyedList{} // without a file, so its write fails
	if _, err := f.Destroy(t.Context(), "fiscal/a", noon); err == nil {
		t.Fatal("destroyed without a list")
	}
	if _, err := f.Get(t.Context(), "fiscal/a"); err != nil {
		t.Errorf("get = %v, want the key: its destruction is not on the list", err)
	}
	f.list = good
	if _, err := f.Destroy(t.Context(), "fiscal/a", noon); err != nil {
		t.Errorf("second try: %v", err)
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	c := newKeyCache(2)
	for _, subject := range []string{"a", "b", "c"} {
		c.add(keyName{subject, Fiscal}, nil, 0)
	}
	if _, _, found := c.get(keyName{"a", Fiscal}); found || c.keys.Len() != 2 {
		t.Errorf("found the oldest: %v, length %d, want gone and 2", found, c.keys.Len())
	}
}

func TestOnlyJobsThatMustOutliveAPowerCutWaitForTheDisk(t *testing.T) {
	f, err := OpenFiles(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const normal, full = 1, 2
	for _, durable := range []bool{true, false, true} {
		want := normal
		if durable {
			want = full
		}
		err := f.writer.do(t.Context(), &job{durable: durable, run: func() error {
			var level int
			err := f.conn.QueryRowContext(t.Context(), "PRAGMA synchronous").Scan(&level)
			if level != want {
				t.Errorf("durable %v: synchronous is %d, want %d", durable, level, want)
			}
			return err
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
}
