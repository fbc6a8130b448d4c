package audit

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	_ "modernc.org/sqlite"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/eventstore/sqlite"
)

func recorded(t testing.TB) []eventstore.Recorded {
	t.Helper()
	store := memory.New()
	defer store.Close()
	return record(t, store, life())
}

func TestAWholeLogIsWhole(t *testing.T) {
	log := recorded(t)
	var heard []eventstore.Position
	report, err := Verify(t.Context(), tampered{log: log, gapless: true}, func(done, end eventstore.Position) {
		heard = append(heard, done, end)
	})
	check(t, err)
	if report.Events != 9 || report.Streams != 6 || report.Position != 9 || len(report.Damages) != 0 {
		t.Errorf("report %+v", report)
	}
	if !slices.Equal(heard, []eventstore.Position{9, 9}) {
		t.Errorf("progress %v", heard)
	}
}

// Any one byte of any part of any event: Verify names that event.
func TestAnyFlippedByteIsNamed(t *testing.T) {
	log := recorded(t)
	tried := 0
	for i := range log {
		for name, part := range map[string]func(*eventstore.Recorded) []byte{
			"data":     func(r *eventstore.Recorded) []byte { r.Data = bytes.Clone(r.Data); return r.Data },
			"metadata": func(r *eventstore.Recorded) []byte { r.Metadata = bytes.Clone(r.Metadata); return r.Metadata },
			"id":       func(r *eventstore.Recorded) []byte { return r.ID[:] },
			"hash":     func(r *eventstore.Recorded) []byte { return r.Hash[:] },
		} {
			for at := range part(new(log[i])) {
				broken := slices.Clone(log)
				part(&broken[i])[at] ^= 1 << (tried % 8)
				tried++
				report, err := Verify(t.Context(), tampered{log: broken}, nil)
				c := damage(t, err)
				if c.Position != log[i].Position || c.Stream != log[i].Stream || c.Revision != log[i].Revision {
					t.Fatalf("byte %d of the %s of event %d: it names %v", at, name, i, c)
				}
				// A hash is also the next one's, and a policy its decisions'.
				if name != "hash" && i != 0 && len(report.Damages) != 1 {
					t.Fatalf("byte %d of the %s of event %d: %d damages for one", at, name, i, len(report.Damages))
				}
			}
		}
	}
	if tried < 4000 {
		t.Errorf("only %d bytes were tried", tried)
	}
}

func TestWhatIsNotAsItWasIsNamed(t *testing.T) {
	log := recorded(t)
	at := func(i int) eventstore.Position { return log[i].Position }
	for name, c := range map[string]struct {
		change func([]eventstore.Recorded) []eventstore.Recorded
		named  eventstore.Position
		says   string
	}{
		"a type": {func(l []eventstore.Recorded) []eventstore.Recorded {
			l[4].Type = "consent.withdrawn.v1"
			return l
		}, at(4), "hash"},
		"another stream": {func(l []eventstore.Recorded) []eventstore.Recorded {
			l[8].Stream = "invoice-i2"
			return l
		}, at(8), "hash"},
		"dropped from the middle of a stream": {func(l []eventstore.Recorded) []eventstore.Recorded {
			return slices.Delete(l, 1, 2)
		}, at(5), "missing or doubled"},
		"dropped before the rest of its command": {func(l []eventstore.Recorded) []eventstore.Recorded {
			return slices.Delete(l, 3, 4)
		}, at(4), "missing or doubled"},
		"dropped from the end of a stream, but an effect is left": {func(l []eventstore.Recorded) []eventstore.Recorded {
			return slices.Delete(l, 5, 6)
		}, at(8), "its cause, event 1 of stream request-" + request + ", is missing"},
		"a policy dropped": {func(l []eventstore.Recorded) []eventstore.Recorded {
			return l[1:]
		}, at(3), "missing policy: version 1 of tariff"},
		"two of one stream swapped": {func(l []eventstore.Recorded) []eventstore.Recorded {
			l[3], l[4] = l[4], l[3]
			l[3].Position, l[4].Position = l[4].Position, l[3].Position
			return l
		}, at(3), "missing or doubled"},
		"effect before its cause": {func(l []eventstore.Recorded) []eventstore.Recorded {
			l[5], l[8] = l[8], l[5]
			l[5].Position, l[8].Position = l[8].Position, l[5].Position
			return l
		}, at(5), "its cause"},
		"positions out of order": {func(l []eventstore.Recorded) []eventstore.Recorded {
			l[5], l[6] = l[6], l[5]
			return l
		}, at(5), "position"},
		"doubled": {func(l []eventstore.Recorded) []eventstore.Recorded {
			l = append(l, l[8])
			l[9].Position++
			return l
		}, at(8) + 1, "missing or doubled"},
		"doubled, with all its hashes": {func(l []eventstore.Recorded) []eventstore.Recorded {
			return append(l, follow(l[8], l[8].Revision+1))
		}, at(8) + 1, "stands before it already"},
		"invented, with all its hashes": {func(l []eventstore.Recorded) []eventstore.Recorded {
			r := l[8]
			r.ID = uuid.NewSHA1(uuid.Nil, []byte("invented"))
			return append(l, follow(r, l[8].Revision+1))
		}, at(8) + 1, "its id"},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := Verify(t.Context(), tampered{log: c.change(slices.Clone(log))}, nil)
			first := damage(t, err)
			if first.Position != c.named || !strings.Contains(first.Problem, c.says) {
				t.Errorf("it names %v", first)
			}
			if len(report.Damages) == 0 || report.Damages[0] != first {
				t.Errorf("the report begins with %v", report.Damages)
			}
		})
	}
}

// follow gives a copy of r the place and the hash that a forger would.
func follow(r eventstore.Recorded, revision eventstore.Revision) eventstore.Recorded {
	p := eventstore.Proposed{ID: r.ID, Type: r.Type, Data: r.Data, Metadata: r.Metadata}
	r.Hash = eventstore.Chain(r.Hash, r.Stream, revision, p)
	r.Revision = revision
	r.Position++
	return r
}

// Where positions leave no holes, the end of a stream cannot be taken away.
func TestAHoleInTheLogIsNamed(t *testing.T) {
	log := recorded(t)
	log = slices.Delete(log, 6, 7) // one of its stream, and nothing follows from it
	log = slices.Delete(log, 6, 7)
	_, err := Verify(t.Context(), tampered{log: log}, nil)
	if err != nil {
		t.Fatalf("this is about damage that only the hole shows, not %v", err)
	}
	_, err = Verify(t.Context(), tampered{log: log, gapless: true}, nil)
	if c := damage(t, err); c.Position != 9 || !strings.Contains(c.Problem, "between position 6 and it") {
		t.Errorf("it names %v", c)
	}
}

func TestDamagesAreCountedUpToABound(t *testing.T) {
	var entries []entry
	for i := range 30 {
		entries = append(entries, entry{
			stream: fmt.Sprintf("invoice-%d", i), correlation: request, actor: system, types: []string{"x.v1"}, data: []string{`{}`},
		})
	}
	store := memory.New()
	defer store.Close()
	log := record(t, store, entries)
	for i := range log {
		log[i].Data = []byte(`[]`)
	}
	report, err := Verify(t.Context(), tampered{log: log}, nil)
	if c := damage(t, err); c.Stream != "invoice-0" || len(report.Damages) != 20 || report.Events != 30 {
		t.Errorf("first %v, %d damages, %d events", c, len(report.Damages), report.Events)
	}
}

// The embedded log: somebody with the file and a SQLite shell.
func TestAChangedFileIsNamed(t *testing.T) {
	const flip = `UPDATE events SET data = CAST(replace(CAST(data AS TEXT), '3630', '3629') AS BLOB) WHERE position = 9`
	for name, c := range map[string]struct {
		statements []string
		named      eventstore.Position
	}{
		"a cent":               {[]string{flip}, 9},
		"a type":               {[]string{`UPDATE events SET type = 'consent.withdrawn.v1' WHERE position = 5`}, 5},
		"an actor":             {[]string{`UPDATE events SET metadata = CAST(replace(CAST(metadata AS TEXT), 'tess', 'noor') AS BLOB) WHERE position = 6`}, 6},
		"an event taken out":   {[]string{`DELETE FROM events WHERE position = 2`}, 3},
		"a stream renamed":     {[]string{`UPDATE streams SET name = 'request-x' WHERE name = 'request-` + other + `'`}, 3},
		"two events swapped":   {[]string{`UPDATE events SET position = -position WHERE position IN (4, 5)`, `UPDATE events SET position = 9 + position WHERE position < 0`}, 4},
		"a hash that is short": {[]string{`UPDATE events SET hash = x'00' WHERE position = 7`}, 7},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log.db")
			store, err := sqlite.Open(path)
			check(t, err)
			record(t, store, life())
			_, err = Verify(t.Context(), store, nil)
			check(t, err)
			check(t, store.Close())

			shell(t, path, c.statements)
			store, err = sqlite.OpenReadOnly(path)
			check(t, err)
			defer store.Close()
			_, err = Verify(t.Context(), store, nil)
			if got := damage(t, err); got.Position != c.named {
				t.Errorf("it names %v", got)
			}
		})
	}
}

// shell runs statements on the log's file, without what guards it.
func shell(t *testing.T, path string, statements []string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	check(t, err)
	defer db.Close()
	before := sum(t, db)
	for _, s := range slices.Concat([]string{
		`DROP TRIGGER no_update_of_events`, `DROP TRIGGER no_delete_of_events`, `DROP TRIGGER no_update_of_streams`,
	}, statements) {
		_, err := db.ExecContext(t.Context(), s)
		check(t, err)
	}
	if sum(t, db) == before {
		t.Fatal("nothing was changed")
	}
}

func sum(t *testing.T, db *sql.DB) [32]byte {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT position, stream, type, data, metadata, hash FROM log ORDER BY position`)
	check(t, err)
	defer rows.Close()
	h := sha256.New()
	for rows.Next() {
		var position int64
		var stream, kind, data, metadata, hash string
		check(t, rows.Scan(&position, &stream, &kind, &data, &metadata, &hash))
		fmt.Fprintln(h, position, stream, kind, data, metadata, hash)
	}
	check(t, rows.Err())
	return [32]byte(h.Sum(nil))
}
