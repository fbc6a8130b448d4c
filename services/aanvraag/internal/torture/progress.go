package torture

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
)

// bar shows how far a program is to a person at a terminal; it is silent elsewhere.
// It is safe for concurrent use.
type bar struct{ shown *progressbar.ProgressBar }

func newBar(out io.Writer, name string, rounds int) *bar {
	file, ok := out.(*os.File)
	if !ok {
		return &bar{}
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return &bar{}
	}
	return &bar{progressbar.NewOptions(rounds,
		progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(name), progressbar.OptionSetWidth(24),
		progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetRenderBlankState(true), progressbar.OptionClearOnFinish(),
	)}
}

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
