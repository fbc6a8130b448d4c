package bench

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress tells a person at a terminal how far it is by a bar, and anybody else
// by a line a step.
type progress struct {
	out      io.Writer
	scenario string
	terminal bool
}

func newProgress(out io.Writer, scenario string) *progress {
	p := &progress{out: out, scenario: scenario}
	if file, ok := out.(*os.File); ok {
		info, err := file.Stat()
		p.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return p
}

// bar begins a step of a known size.
func (p *progress) bar(step string, size int) *bar {
	name := p.scenario + ": " + step
	if !p.terminal {
		fmt.Fprintln(p.out, name)
		return &bar{}
	}
	return &bar{progressbar.NewOptions(size,
		progressbar.OptionSetWriter(p.out), progressbar.OptionSetDescription(name), progressbar.OptionSetWidth(24),
		progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetRenderBlankState(true), progressbar.OptionClearOnFinish(),
	)}
}

// bar is one step under way; a silent one when there is no terminal. It is safe
// for concurrent use.
type bar struct{ shown *progressbar.ProgressBar }

func (b *bar) add(n int) {
	if b.shown != nil {
		_ = b.shown.Add(n) // a terminal that is gone stops nothing
	}
}

func (b *bar) end() {
	if b.shown != nil {
		_ = b.shown.Finish()
	}
}
