// Package torture holds the fault programs: each brings one kind of fault over the
// system, or over a part of it, as often as it is told to, and checks what must hold
// whatever happens. Every program also tries itself: a control group, in which the
// protection is taken away, must be seen to lose. A program whose control group
// loses nothing proves nothing, and fails.
//
// The quick form of every program runs in the tests of this package, the long form
// by `aanvraag torture`. A program lives in a file of its own, which says in its
// first comment what it injects, what must hold, and which protection was once taken
// out to see it fail.
package torture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// Program is one kind of fault, and what must hold under it.
type Program struct {
	Name  string // lower case
	Title string // what it injects, in a few words
	Unit  string // what is counted as a round, such as "cuts"
	Quick int    // rounds in a test
	Long  int    // rounds that published figures come from

	// Run goes on until [Try.More] says no, and answers a [*Broken], a [*Harness], a
	// [*NotRun], or another error that kept it from trying.
	Run func(context.Context, *Try) error

	// Parts are what it runs in processes of their own, by name, see [Try.Start].
	Parts map[string]Part
}

// Part is the body of a process that a program starts. It answers on out, and its
// error ends the process with status 1.
type Part func(ctx context.Context, args []string, out io.Writer) error

// Programs are all there are, in the order in which they run.
func Programs() []Program {
	return []Program{
		linearizable,
		powercut,
		quota,
		diskfull,
		fsync,
		eio,
		tamper,
		relays,
		inboxes,
		series,
		month,
		year,
	}
}

// Broken says which invariant did not hold.
type Broken struct{ What string }

func (b *Broken) Error() string { return "an invariant broke: " + b.What }

func broken(format string, args ...any) error { return &Broken{fmt.Sprintf(format, args...)} }

// Harness says that a control group, which must lose, did not: the program is blind.
type Harness struct{ What string }

func (h *Harness) Error() string { return "the harness is broken: " + h.What }

// NotRun says why a program cannot run on this machine.
type NotRun struct{ Why string }

func (n *NotRun) Error() string { return "not run: " + n.Why }

// ErrUnknown answers a name that no program has.
var ErrUnknown = errors.New("no such fault program")

// Main is what a process does that was started by [Try.Start]: the part named first
// among the arguments, with the others.
func Main(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%w: no part is named", ErrUnknown)
	}
	for _, p := range Programs() {
		if part, ok := p.Parts[args[0]]; ok {
			return part(ctx, args[1:], os.Stdout)
		}
	}
	return fmt.Errorf("%w: it has no part %q", ErrUnknown, args[0])
}
