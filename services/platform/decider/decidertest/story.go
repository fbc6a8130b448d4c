package decidertest

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/decider"
)

var update = flag.Bool("update", false, "rewrite golden files")

// Chamber is what a story needs to know of a chamber: a sample of every event
// type, and of every command under the name that stories use.
type Chamber[S any, E decider.Event[S]] struct {
	Events   []E
	Commands map[string]decider.Command[S, E]
}

// Stories plays every testdata/*.story and compares what happens with what is
// written there. A story is text:
//
//	# why this matters, in words an auditor understands
//	> issue {"at":"2026-03-02T12:00:00Z"}
//	1 invoice.issued.v1 {"totalCents":3000}
//	> issue {"at":"2026-03-03T12:00:00Z"}
//	! ILLEGAL_STATE (B-08): the amount is fixed
//
// A line with ">" is a command, one with a number an event at that revision, one
// with "!" a rejection, "=" that nothing happens. What a command line leaves out is
// as in the chamber's sample of that command. With -update the answers are
// written anew. Every event of a story also goes through the codec and back.
func (c Chamber[S, E]) Stories(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.story")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories in testdata (%v)", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".story"), func(t *testing.T) {
			written, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			played := c.play(t, string(written))
			if bytes.Equal(written, []byte(played)) {
				return
			}
			if !*update {
				t.Fatalf("%s tells something else; it happens like this:\n%s", file, played)
			}
			if err := os.WriteFile(file, []byte(played), 0o600); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func (c Chamber[S, E]) play(t *testing.T, story string) string {
	t.Helper()
	codec := command.NewCodec[S](c.Events)
	var out strings.Builder
	var history []E
	for line := range strings.Lines(story) {
		line = strings.TrimRight(line, "\n")
		wish, isCommand := strings.CutPrefix(line, "> ")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			fmt.Fprintln(&out, line)
		case isCommand:
			fmt.Fprintln(&out, line)
			events, err := Pure(t, history, c.command(t, wish))
			switch {
			case err != nil:
				var r *decider.Rejection
				if !errors.As(err, &r) {
					t.Fatalf("%s: %v", line, err)
				}
				fmt.Fprintf(&out, "! %v\n", r)
			case len(events) == 0:
				fmt.Fprintln(&out, "= nothing happens")
			}
			for _, e := range events {
				fmt.Fprintf(&out, "%d %s %s\n", len(history), e.EventType(), roundTrip(t, codec, e))
				history = append(history, e)
			}
		}
	}
	return out.String()
}

func (c Chamber[S, E]) command(t *testing.T, wish string) decider.Command[S, E] {
	t.Helper()
	name, args, _ := strings.Cut(wish, " ")
	sample, known := c.Commands[name]
	if !known {
		t.Fatalf("no command is called %q", name)
	}
	v := reflect.New(reflect.TypeOf(sample))
	v.Elem().Set(reflect.ValueOf(sample))
	if args != "" {
		if err := json.Unmarshal([]byte(args), v.Interface(), json.RejectUnknownMembers(true)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return v.Elem().Interface().(decider.Command[S, E]) //nolint:forcetypeassert // it is of a sample's type
}

// roundTrip gives the stored bytes of e, after checking that they decode to e.
func roundTrip[S any, E decider.Event[S]](t *testing.T, codec *command.Codec[S, E], e E) []byte {
	t.Helper()
	data, err := codec.Encode(e)
	if err != nil {
		t.Fatal(err)
	}
	back, err := codec.Decode(e.EventType(), data)
	if err != nil {
		t.Fatal(err)
	}
	again, err := codec.Encode(back)
	if err != nil || !bytes.Equal(data, again) {
		t.Fatalf("%s does not survive the log: %s became %s (%v)", e.EventType(), data, again, err)
	}
	return data
}
