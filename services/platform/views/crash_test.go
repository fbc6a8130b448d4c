package views_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/google/uuid"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/views"
)

// crashSchema lets the process end where no Go code runs: just before and just
// after the checkpoint is written, within its transaction.
const crashSchema = schema + `
CREATE TRIGGER rows_written BEFORE UPDATE ON view_checkpoint BEGIN SELECT crash('rows', new.position); END;
CREATE TRIGGER checkpoint_written AFTER UPDATE ON view_checkpoint BEGIN SELECT crash('checkpoint', new.position); END;
`

const (
	history   = 500 // events before the view is opened
	live      = 100 // events that arrive while it runs
	crashCode = 42
)

// crashAt ends the process if it is the one that is to end at this step.
func crashAt(step string, position int64) {
	at, _ := strconv.ParseInt(os.Getenv("VIEWS_CRASH_AT"), 10, 64)
	if os.Getenv("VIEWS_CRASH_STEP") == step && position >= at {
		os.Exit(crashCode)
	}
}

func crashConfig(dir string, store eventstore.Store) views.Config {
	cfg := config(dir, store)
	cfg.Schema = crashSchema
	cfg.Apply = func(tx *views.Tx, e eventstore.Recorded) error {
		crashAt("apply", int64(e.Position))
		return count(tx, e)
	}
	return cfg
}

func appendOne(store eventstore.Store, head eventstore.Head) (eventstore.Appended, error) {
	const stream = "invoice-1"
	return store.Append(context.Background(), stream, head, []eventstore.Proposed{{
		ID: eventstore.EventID(stream, uuid.Nil, int(head.Revision)+1), Type: "counted.v1",
		Data: []byte(`{}`), Metadata: []byte(`{}`),
	}})
}

func fill(store eventstore.Store, head eventstore.Head, n int) (eventstore.Head, error) {
	for range n {
		done, err := appendOne(store, head)
		if err != nil {
			return head, err
		}
		head = done.Head
	}
	return head, nil
}

// runUntilCrash is the process that ends in the middle.
func runUntilCrash(dir string) {
	ctx := context.Background()
	store := memory.New()
	head, err := fill(store, eventstore.Empty, history)
	if err != nil {
		panic(err)
	}
	v, err := views.Open(ctx, crashConfig(dir, store))
	if err != nil {
		panic(err)
	}
	go func() { panic(v.Run(ctx)) }()
	<-v.Ready()
	for range live {
		done, err := appendOne(store, head)
		if err == nil {
			err = v.WaitFor(ctx, done.Position)
		}
		if err != nil {
			panic(err)
		}
		head = done.Head
	}
	os.Exit(0)
}

func TestRowsAndCheckpointSurviveACrashTogetherOrNotAtAll(t *testing.T) {
	store := newStore(t)
	_, err := fill(store, eventstore.Empty, history+live)
	must(t, err)
	want := built(t, crashConfig("", store))
	for _, step := range []string{"apply", "rows", "checkpoint"} {
		for _, at := range []int{250, history + 37} { // while building, and live
			t.Run(step+"-"+strconv.Itoa(at), func(t *testing.T) {
				dir := t.TempDir()
				child := exec.Command(os.Args[0])
				child.Env = append(os.Environ(), "VIEWS_CRASH_DIR="+dir, "VIEWS_CRASH_STEP="+step, "VIEWS_CRASH_AT="+strconv.Itoa(at))
				out, err := child.CombinedOutput()
				if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != crashCode {
					t.Fatalf("the process did not crash as told: %v\n%s", err, out)
				}
				var position, rows, counted int
				raw(t, onlyFile(t, dir), func(db *sql.DB) error {
					return db.QueryRow(`
						SELECT position, (SELECT count(*) FROM events), (SELECT coalesce(sum(n), 0) FROM counts)
						FROM view_checkpoint`).Scan(&position, &rows, &counted)
				})
				if rows != position || counted != position {
					t.Errorf("checkpoint %d stands beside %d rows and a count of %d", position, rows, counted)
				}
				if position >= at || (at > history && position < history) {
					t.Errorf("checkpoint is %d after a crash at %d", position, at)
				}

				cfg := crashConfig(dir, store)
				journal := logged(&cfg)
				v := running(t, cfg)
				wait(t, v, history+live)
				if got := digest(t, v); got != want {
					t.Errorf("after the crash the view has digest %s, built anew %s", got, want)
				}
				if journal.has("discarding") {
					t.Error("the file was thrown away, not resumed")
				}
			})
		}
	}
}

// raw opens a file behind the view's back.
func raw(t *testing.T, path string, use func(*sql.DB) error) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	must(t, err)
	must(t, errors.Join(use(db), db.Close()))
}
