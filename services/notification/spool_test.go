package notification

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/uuid"
)

func TestTheSpoolNeverReplacesAMail(t *testing.T) {
	dir := t.TempDir()
	spool, err := OpenSpool(dir)
	check(t, err)
	id := uuid.NewString()
	for _, data := range []string{"first", "second"} {
		sent, err := spool.Send(t.Context(), Mail{ID: id, Data: []byte(data)})
		check(t, err)
		if string(sent) != "first" {
			t.Errorf("asked for %s it answers that %s went out", data, sent)
		}
	}
	got, err := os.ReadFile(filepath.Join(dir, id+".eml"))
	check(t, err)
	if string(got) != "first" {
		t.Errorf("the spool holds %s", got)
	}
}

func TestOfManyWritersOneWinsAndAllAgree(t *testing.T) {
	dir := t.TempDir()
	id := uuid.NewString()
	answers := make([]string, 32)
	spool, err := OpenSpool(dir)
	check(t, err)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() {
			sent, err := spool.Send(t.Context(), Mail{ID: id, Data: fmt.Appendf(nil, "writer %d", i)})
			if err != nil {
				t.Error(err)
			}
			answers[i] = string(sent)
		})
	}
	all.Wait()
	stands, err := os.ReadFile(filepath.Join(dir, id+".eml"))
	check(t, err)
	for i, a := range answers {
		if a != string(stands) {
			t.Errorf("writer %d was told %q, the spool holds %q", i, a, stands)
		}
	}
	files, err := os.ReadDir(dir)
	check(t, err)
	if len(files) != 1 {
		t.Errorf("the spool holds %v", files)
	}
}

func TestWhatACrashLeftUnfinishedGoesAndMailsStay(t *testing.T) {
	dir := t.TempDir()
	spool, err := OpenSpool(dir)
	check(t, err)
	id := uuid.NewString()
	_, err = spool.Send(t.Context(), Mail{ID: id, Data: []byte("whole")})
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, ".unfinished-123"), []byte("ha"), 0o600))
	_, err = OpenSpool(dir)
	check(t, err)
	files, err := os.ReadDir(dir)
	check(t, err)
	if len(files) != 1 || files[0].Name() != id+".eml" {
		t.Errorf("the spool holds %v", files)
	}
}

// P7: the mails are the one thing here that holds personal data in clear.
func TestMailsAreReadableByTheirOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	spool, err := OpenSpool(dir)
	check(t, err)
	id := uuid.NewString()
	_, err = spool.Send(t.Context(), Mail{ID: id, Data: []byte("x")})
	check(t, err)
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, id+".eml"): 0o600} {
		info, err := os.Stat(path)
		check(t, err)
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o", path, info.Mode().Perm())
		}
	}
}

func TestAnIDIsNoPath(t *testing.T) {
	dir := t.TempDir()
	spool, err := OpenSpool(filepath.Join(dir, "spool"))
	check(t, err)
	if _, err := spool.Send(t.Context(), Mail{ID: "../out", Data: []byte("x")}); err == nil {
		t.Error("a mail left the spool")
	}
}
