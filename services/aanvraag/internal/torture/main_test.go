package torture

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"aanvraag.internal/services/platform/bus/bustest"
)

// The test binary is also the program whose parts the fault programs start.
func TestMain(m *testing.M) {
	if len(os.Args) > 3 && os.Args[1] == "torture" && os.Args[2] == "--part" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		err := Main(ctx, append([]string{os.Args[3]}, os.Args[5:]...))
		stop()
		if err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	bustest.Main(m)
}

// quick runs a program's quick form.
func quick(t *testing.T, p Program) Result {
	t.Helper()
	r, err := RunOne(t.Context(), Config{Program: []string{os.Args[0]}, Quick: true, Dir: t.TempDir()}, p)
	if n := (*NotRun)(nil); errors.As(err, &n) {
		t.Skip(n.Error())
	}
	t.Log(r)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
