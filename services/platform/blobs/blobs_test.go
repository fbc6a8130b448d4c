package blobs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/vault"
)

const name = "2f9a4a9e-6c1f-4b39-8f0d-6d5c5b6f7a10"

var who = vault.Access{Actor: "technician tess", Reason: "a test"}

type shelf struct {
	*Store
	t    testing.TB
	dir  string
	keys string
}

func newShelf(t testing.TB) *shelf {
	t.Helper()
	s := &shelf{t: t, dir: filepath.Join(t.TempDir(), "blobs"), keys: t.TempDir()}
	sealing, err := vault.Open(s.keys, clock.NewFrozen(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), nil))
	must(t, err)
	t.Cleanup(func() { must(t, sealing.Close()) })
	s.Store, err = Open(s.dir, sealing, vault.Recording)
	must(t, err)
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// content is the same every time.
func content(size int) []byte {
	out := make([]byte, size)
	source := rand.NewChaCha8([32]byte{7})
	_, _ = source.Read(out) // never fails
	return out
}

// put uploads content in pieces of odd sizes.
func (s *shelf) put(name string, content []byte) Sums {
	s.t.Helper()
	u, err := s.Resume(s.t.Context(), name, 1<<40)
	must(s.t, err)
	defer func() { must(s.t, u.Close()) }()
	for rest := content[u.Offset():]; len(rest) > 0; {
		n := min(len(rest), 100_003)
		must(s.t, u.Write(s.t.Context(), rest[:n]))
		rest = rest[n:]
	}
	sums, err := u.Finish(s.t.Context())
	must(s.t, err)
	return sums
}

func (s *shelf) get(name string) ([]byte, error) {
	var out []byte
	for p, err := range s.Read(context.Background(), name, who) {
		if err != nil {
			return out, err
		}
		out = append(out, p...)
	}
	return out, nil
}

func TestABlobComesBackAsItWas(t *testing.T) {
	for _, size := range []int{0, 1, Piece - 1, Piece, Piece + 1, 3 * Piece, 3*Piece + 17} {
		s := newShelf(t)
		want := content(size)
		sums := s.put(name, want)
		file, err := os.ReadFile(s.dir + "/" + name + suffix)
		must(t, err)
		if sums.Plain != sha256.Sum256(want) || sums.Cipher != sha256.Sum256(file) || sums.Bytes != int64(size) || sums.Size != int64(len(file)) {
			t.Errorf("%d bytes: sums %+v", size, sums)
		}
		got, err := s.get(name)
		must(t, err)
		if !bytes.Equal(got, want) {
			t.Errorf("%d bytes come back as %d others", size, len(got))
		}
		if size > 64 && bytes.Contains(file, want[:64]) {
			t.Error("the file holds the content in clear")
		}
		if again := s.put(name, want); again != sums {
			t.Errorf("finished again: %+v, before %+v", again, sums)
		}
	}
}

func TestS09APieceThatIsNotWhereItWasWrittenIsNamed(t *testing.T) {
	s := newShelf(t)
	s.put(name, content(5*Piece+9))
	other := "8c7d0d6e-3f55-4c88-8a44-2f0d4c1f1b11"
	s.put(other, content(5*Piece+9))
	path := s.dir + "/" + name + suffix
	whole, err := os.ReadFile(path)
	must(t, err)
	foreign, err := os.ReadFile(s.dir + "/" + other + suffix)
	must(t, err)
	piece := func(from []byte, n int) []byte { return from[n*sealedPiece : min(len(from), (n+1)*sealedPiece)] }
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	flip := func(at int) []byte {
		out := bytes.Clone(whole)
		out[at] ^= 1
		return out
	}
	for what, c := range map[string]struct {
		file  []byte
		piece int64
		last  bool
	}{
		"a bit flipped in the first":         {flip(100), 0, false},
		"a bit flipped in a later nonce":     {flip(3*sealedPiece + 5), 3, false},
		"a bit flipped in the last":          {flip(len(whole) - 1), 5, true},
		"the first dropped":                  {whole[sealedPiece:], 0, false},
		"one in the middle dropped":          {join(whole[:2*sealedPiece], whole[3*sealedPiece:]), 2, false},
		"two swapped":                        {join(piece(whole, 0), piece(whole, 2), piece(whole, 1), whole[3*sealedPiece:]), 1, false},
		"one repeated":                       {join(whole[:2*sealedPiece], whole[sealedPiece:]), 2, false},
		"one of another blob":                {join(piece(foreign, 0), whole[sealedPiece:]), 0, false},
		"cut off behind a piece":             {whole[:3*sealedPiece], 3, true},
		"cut off within a piece":             {whole[:3*sealedPiece-1], 2, true},
		"cut off to nothing":                 {nil, 0, true},
		"the last piece of another":          {join(whole[:5*sealedPiece], piece(foreign, 5)), 5, true},
		"something behind the last":          {join(whole, []byte{0}), 5, true},
		"a whole piece behind the last":      {join(whole, piece(whole, 0)), 5, false},
		"cut off, with the last piece moved": {join(whole[:3*sealedPiece], piece(whole, 5)), 3, true},
	} {
		must(t, os.WriteFile(path, c.file, 0o600))
		_, err := s.get(name)
		damage, ok := errors.AsType[*Damage](err)
		if !ok || damage.Name != name || damage.Piece != c.piece || damage.Last != c.last {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAnUploadGoesOnBehindTheLastWholePiece(t *testing.T) {
	want := content(9*Piece + 33)
	for _, cut := range []int64{0, 1, sealedPiece - 1, sealedPiece, sealedPiece + 1, 4*sealedPiece + 700} {
		s := newShelf(t)
		u, err := s.Resume(t.Context(), name, 1<<40)
		must(t, err)
		must(t, u.Write(t.Context(), want[:6*Piece+5]))
		if at, err := u.Pause(); err != nil || at != 6*Piece {
			t.Fatalf("paused at %d, %v", at, err)
		}
		must(t, u.Close())
		must(t, os.Truncate(s.dir+"/"+name+suffix, cut)) // torn by a power cut
		at, err := s.Offset(t.Context(), name)
		must(t, err)
		if at != cut/sealedPiece*Piece {
			t.Errorf("cut at %d, it goes on at %d", cut, at)
		}
		if sums := s.put(name, want); sums.Plain != sha256.Sum256(want) {
			t.Errorf("cut at %d: another content", cut)
		}
		got, err := s.get(name)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
}

func TestOneWritesABlobAtATime(t *testing.T) {
	s := newShelf(t)
	u, err := s.Resume(t.Context(), name, 10)
	must(t, err)
	if _, err := s.Resume(t.Context(), name, 10); !errors.Is(err, ErrBusy) {
		t.Errorf("a second writer: %v", err)
	}
	must(t, u.Write(t.Context(), make([]byte, 10)))
	if err := u.Write(t.Context(), make([]byte, 1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("more than it may be: %v", err)
	}
	must(t, u.Close())
	u, err = s.Resume(t.Context(), name, 10)
	must(t, err)
	must(t, u.Close())
	for _, bad := range []string{"", "../x", "a/b", "a.b", "é"} {
		if _, err := s.Resume(t.Context(), bad, 10); !errors.Is(err, ErrName) {
			t.Errorf("name %q: %v", bad, err)
		}
	}
}

func TestS09ARestoredBackupStaysUnreadableOnceTheKeyIsDestroyed(t *testing.T) {
	s := newShelf(t)
	s.put(name, content(3*Piece))
	path := s.dir + "/" + name + suffix
	backup, err := os.ReadFile(path)
	must(t, err)
	_, err = s.vault.Destroy(t.Context(), name, vault.Recording)
	must(t, err)
	if size, err := s.Remove(name); err != nil || size != int64(len(backup)) {
		t.Fatalf("removed %d bytes, %v", size, err)
	}
	if _, err := s.get(name); !errors.Is(err, ErrMissing) {
		t.Errorf("a removed blob: %v", err)
	}
	must(t, os.WriteFile(path, backup, 0o600))
	if got, err := s.get(name); !errors.Is(err, vault.ErrErased) || len(got) > 0 {
		t.Errorf("restored: %d bytes, %v", len(got), err)
	}
	if _, err := s.Resume(t.Context(), name, 1<<40); !errors.Is(err, vault.ErrErased) {
		t.Errorf("to go on with it: %v", err)
	}
}

func TestS05AKeyThatGoesWhileSomebodyLooksEndsTheView(t *testing.T) {
	s := newShelf(t)
	s.put(name, content(3*Piece))
	seen := 0
	var last error
	for p, err := range s.Read(t.Context(), name, who) {
		if last = err; err != nil {
			break
		}
		seen += len(p)
		_, err := s.vault.Destroy(t.Context(), name, vault.Recording)
		must(t, err)
	}
	if seen != Piece || !errors.Is(last, vault.ErrErased) {
		t.Fatalf("saw %d bytes, then %v", seen, last)
	}
}

func TestS05WhatIsRemovedWhileItIsWrittenDoesNotComeBack(t *testing.T) {
	s := newShelf(t)
	u, err := s.Resume(t.Context(), name, 1<<40)
	must(t, err)
	must(t, u.Write(t.Context(), content(2*Piece)))
	_, err = s.Remove(name)
	must(t, err)
	if err := u.Write(t.Context(), content(Piece)); !errors.Is(err, ErrMissing) {
		t.Errorf("written on: %v", err)
	}
	must(t, u.Close())
	if left, err := Names(s.dir); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestD04OneRecordOfWhoAndWhyForAWholeBlob(t *testing.T) {
	s := newShelf(t)
	s.put(name, content(3*Piece))
	_, err := s.get(name)
	must(t, err)
	seen, err := s.vault.Openings(t.Context(), name)
	if err != nil || len(seen) != 1 || seen[0].Access != who {
		t.Fatalf("openings %+v, %v", seen, err)
	}
	for _, err := range s.Read(t.Context(), name, vault.Access{}) {
		if !errors.Is(err, vault.ErrNoReason) {
			t.Errorf("without a reason: %v", err)
		}
	}
}

func ExampleDamage() {
	fmt.Println(&Damage{Name: "b", Piece: 3, Last: true})
	// Output: last piece 3 of blob b was altered, moved or cut off
}
