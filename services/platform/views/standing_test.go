package views_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"testing"

	"aanvraag.internal/services/platform/views"
)

func TestWhoeverLooksAtAViewSeesItsRowsAndHowFarTheyAre(t *testing.T) {
	dir, store := t.TempDir(), newStore(t)
	cfg := config(dir, store)
	if _, err := views.Look(t.Context(), cfg); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before there is a file: %v", err)
	}
	end := add(t, store, "invoice-1", "counted.v1", 5)
	v := running(t, cfg)
	wait(t, v, end)
	want := digest(t, v)
	beside, err := views.Look(t.Context(), cfg)
	must(t, err)
	if beside.Through != end || beside.Digest != want {
		t.Errorf("beside the view: %+v, want %d and %s", beside, end, want)
	}
	must(t, v.Close())
	after, err := views.Look(t.Context(), cfg)
	must(t, err)
	if after != beside {
		t.Errorf("after it was closed: %+v, before %+v", after, beside)
	}
	raw(t, onlyFile(t, dir), func(db *sql.DB) error {
		_, err := db.Exec(`UPDATE counts SET n = n + 1`)
		return err
	})
	changed, err := views.Look(t.Context(), cfg)
	must(t, err)
	if changed.Digest == want || changed.Through != end {
		t.Errorf("a changed row is not seen: %+v", changed)
	}
	other := cfg
	other.Version = "2"
	if _, err := views.Look(t.Context(), other); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of another shape: %v", err)
	}
}
