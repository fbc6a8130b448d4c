package blobs

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/vault"
)

// victim names the directories of a process that uploads until it is killed.
const victim = "AANVRAAG_BLOBS_VICTIM"

func TestMain(m *testing.M) {
	if dirs := os.Getenv(victim); dirs != "" {
		if err := upload(dirs); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	m.Run()
}

// upload writes until somebody kills the process, and says what is durable.
func upload(dirs string) error {
	blobs, keys, _ := strings.Cut(dirs, ":")
	sealing, err := vault.Open(keys, clock.System{})
	if err != nil {
		return err
	}
	s, err := Open(blobs, sealing, vault.Recording)
	if err != nil {
		return err
	}
	ctx := context.Background()
	u, err := s.Resume(ctx, name, 1<<40)
	if err != nil {
		return err
	}
	for rest := content(64 << 20)[u.Offset():]; len(rest) > 0; rest = rest[min(len(rest), 3*Piece):] {
		if err := u.Write(ctx, rest[:min(len(rest), 3*Piece)]); err != nil {
			return err
		}
		at, err := u.Pause()
		if err != nil {
			return err
		}
		fmt.Println(at)
	}
	select {} // complete but for its last piece
}

func TestR3AnUploadSurvivesItsProcess(t *testing.T) {
	s := &shelf{t: t, dir: t.TempDir(), keys: t.TempDir()}
	acknowledged := int64(0)
	for range 3 {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), victim+"="+s.dir+":"+s.keys)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for n := 0; n < 4 && lines.Scan(); n++ {
			at, err := strconv.ParseInt(lines.Text(), 10, 64)
			must(t, err)
			if at <= acknowledged {
				t.Errorf("it went back to %d from %d", at, acknowledged)
			}
			acknowledged = at
		}
		must(t, cmd.Process.Kill()) // SIGKILL
		_ = cmd.Wait()
	}
	sealing, err := vault.Open(s.keys, clock.System{})
	must(t, err)
	defer func() { must(t, sealing.Close()) }()
	s.Store, err = Open(s.dir, sealing, vault.Recording)
	must(t, err)
	at, err := s.Offset(t.Context(), name)
	if err != nil || at < acknowledged {
		t.Fatalf("%d bytes were acknowledged, %d are there (%v)", acknowledged, at, err)
	}
	want := content(8 << 20)
	if int64(len(want)) < at {
		want = content(int(at) + 1)
	}
	if sums := s.put(name, want); sums.Plain != sha256.Sum256(want) {
		t.Error("what was resumed is another content")
	}
	got, err := s.get(name)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes came back, %v", len(got), err)
	}
}
