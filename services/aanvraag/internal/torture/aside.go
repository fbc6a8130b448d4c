package torture

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"
)

// order is what a program tells its other half, which runs aside.
type order struct {
	Program []string      `json:"program"`
	Dir     string        `json:"dir"`
	Seed    uint64        `json:"seed"`
	Rounds  int           `json:"rounds"`
	Left    time.Duration `json:"left"` // zero: no matter how long
}

// word is one line of what the other half tells: rounds that are done, a figure, or
// how it ended.
type word struct {
	Did     int           `json:"did,omitempty"`
	Count   string        `json:"count,omitempty"`
	N       int           `json:"n,omitempty"`
	Longest string        `json:"longest,omitempty"`
	Took    time.Duration `json:"took,omitempty"`
	Broken  string        `json:"broken,omitempty"`
	Harness string        `json:"harness,omitempty"`
	NotRun  string        `json:"notRun,omitempty"`
}

// aside runs a part that [other] made, in a process with mounts of its own: they go
// with it, however it ends.
func (t *Try) aside(ctx context.Context, part string) error {
	if os.Geteuid() != 0 {
		return &NotRun{"it mounts file systems, which needs root"}
	}
	o := order{Program: t.program, Dir: t.Dir, Seed: t.Seed, Rounds: t.Left()}
	if !t.until.IsZero() {
		o.Left = time.Until(t.until)
	}
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	p, err := startPart(ctx, t.program, secluded(), part, string(text))
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL) {
		return &NotRun{fmt.Sprintf("no mounts of its own: %v", err)}
	}
	if err != nil {
		return err
	}
	defer p.kill()
	for {
		line, err := p.line()
		if errors.Is(err, io.EOF) {
			return p.wait()
		}
		if err != nil {
			return err
		}
		var w word
		if err := json.Unmarshal([]byte(line), &w); err != nil {
			return fmt.Errorf("%s said %q: %w", part, line, err)
		}
		if err := t.hear(w); err != nil {
			return err
		}
	}
}

func (t *Try) hear(w word) error {
	switch {
	case w.Broken != "":
		return &Broken{w.Broken}
	case w.Harness != "":
		return &Harness{w.Harness}
	case w.NotRun != "":
		return &NotRun{w.NotRun}
	case w.Count != "":
		t.Count(w.Count, w.N)
	case w.Longest != "":
		t.Longest(w.Longest, w.Took)
	case w.Did > 0:
		t.Did(w.Did)
	}
	return nil
}

// other makes a part of what is to run aside.
func other(run func(context.Context, *Try) error) Part {
	return func(ctx context.Context, args []string, out io.Writer) error {
		var o order
		if len(args) != 1 || json.Unmarshal([]byte(args[0]), &o) != nil {
			return errors.New("it takes one order")
		}
		var mu sync.Mutex
		tell := func(w word) {
			mu.Lock()
			defer mu.Unlock()
			_ = json.NewEncoder(out).Encode(w) // whoever does not listen has gone, and this process follows
		}
		t := &Try{Dir: o.Dir, Seed: o.Seed, program: o.Program, rounds: o.Rounds, bar: &bar{}, tell: tell}
		if o.Left > 0 {
			t.until = startWatch().began.Add(o.Left)
		}
		err := run(ctx, t)
		var b *Broken
		var h *Harness
		var n *NotRun
		switch {
		case errors.As(err, &b):
			tell(word{Broken: b.What})
		case errors.As(err, &h):
			tell(word{Harness: h.What})
		case errors.As(err, &n):
			tell(word{NotRun: n.Why})
		default:
			return err
		}
		return nil
	}
}
