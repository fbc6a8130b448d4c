package sandbox_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"aanvraag.internal/services/sandbox"
)

// Whatever the clock's file holds, the sandbox refuses it or stands at that
// instant, and goes on where it stood, however far it was moved.
func FuzzClockFile(f *testing.F) {
	for _, text := range []string{
		`2026-11-23T08:00:00Z`, `2026-11-23T08:00:00.000000001Z`, `2026-11-23T09:00:00+01:00`, ``, "2026-11-23T08:00:00Z\n", "\x00\x00",
		`9999-12-31T23:59:59Z`, `0000-01-01T00:00:00+23:59`, `0001-01-01T00:00:00Z`, `10000-01-01T00:00:00Z`, `2026-11-23T08:00:00,5Z`, `2026-02-30T08:00:00Z`,
	} {
		f.Add([]byte(text), int64(time.Hour))
	}
	f.Add([]byte(`2026-11-23T08:00:00Z`), int64(1<<63-1))
	f.Add([]byte(`2026-11-23T08:00:00Z`), int64(-1))
	f.Fuzz(func(t *testing.T, data []byte, by int64) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "sandbox-clock"), data, 0o600); err != nil {
			t.Fatal(err)
		}
		clk, err := sandbox.Open(dir, time.Time{}, true)
		if err != nil {
			return
		}
		if want, err := time.Parse(time.RFC3339Nano, string(data)); err != nil || !clk.Now().Equal(want) {
			t.Fatalf("%q is read as %s", data, clk.Now())
		}
		stood := clk.Now()
		now, err := clk.Advance(time.Duration(by))
		if (err == nil) != now.After(stood) || !clk.Now().Equal(now) {
			t.Fatalf("from %s by %d to %s (%v)", stood, by, now, err)
		}
		again, err := sandbox.Open(dir, time.Time{}, true)
		if err != nil || !again.Now().Equal(now) {
			t.Fatalf("moved to %s, it cannot go on from there: %v", now, err)
		}
	})
}
