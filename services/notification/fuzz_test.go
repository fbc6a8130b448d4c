package notification

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"aanvraag.internal/services/notification/internal/letters"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/decider"
)

// Whatever stands in the log under a recorded name, reading it ends in an event
// or an error. An event that was read is written and read the same from then on,
// and leaves the states before it as they were.
func FuzzStoredEvents(f *testing.F) {
	told := stories(f)
	for _, s := range told {
		f.Add([]byte(s.data))
	}
	for _, hostile := range []string{
		`null`, `{}`, `[]`, `{"`, "{\"reference\":\"\xff\"}", `{"language":"\ud800"}`, `{"at":"9999-12-31T23:59:59-23:59"}`,
		`{"seconds":1e400}`, `{"intervals":[{},{}],"intervals":[]}`, strings.Repeat(`{"party":`, 20_000),
	} {
		f.Add([]byte(hostile))
	}
	chambers := []func(*testing.T, []byte){
		stored[letters.Letters](told, letters.Events()),
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, try := range chambers {
			try(t, data)
		}
	})
}

// A mail server's URL leads to one host and port, or is refused without a word
// about the password in it.
func FuzzMailServerURL(f *testing.F) {
	for _, server := range []string{
		"smtp://mail.example", "smtps://desk:word@mail.example:465", "smtp://[::1]:25", "smtp://desk:hunter2hunter2@mail.example:x", "smtp://desk:%zzhunter2hunter2@h",
		"", "mail.example:25", "http://desk:hunter2hunter2@mail.example", "smtp://", "smtp://m/path", "smtp://m?x=hunter2hunter2", "smtp://m#f", "SMTP://m",
		"smtp://a b", "smtp://m:99999", "smtp://m:", "smtp://:25", "smtp:m:25", "smtp://desk\r\nRCPT@m", "smtp://[fe80::1%25eth0]:25", "smtp://%6d:25", "smtp://m%0d%0aX",
		"hunter2hunter2://m", "desk:hunter2hunter2@m",
	} {
		f.Add(server)
	}
	f.Fuzz(func(t *testing.T, server string) {
		s, err := NewSMTP(server)
		if err != nil {
			if s != nil {
				t.Fatalf("%q is refused and leads to %+v", server, s)
			}
			if _, login, ok := strings.Cut(server, "//"); ok {
				_, password, _ := strings.Cut(login[:strings.LastIndexByte(login, '@')+1], ":")
				if password = strings.TrimSuffix(password, "@"); len(password) > 8 && strings.Contains(err.Error(), password) {
					t.Fatalf("the fault of %q tells the password: %v", server, err)
				}
			}
			return
		}
		host, port, err := net.SplitHostPort(s.address)
		if err != nil || host != s.host || host == "" || s.tls.ServerName != host || strings.ContainsAny(host, "\r\n\x00") {
			t.Fatalf("%q leads to %q (%v)", server, s.address, err)
		}
		if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
			t.Fatalf("%q leads to port %q", server, port)
		}
		if scheme, _, _ := strings.Cut(server, ":"); s.implicit != strings.EqualFold(scheme, "smtps") {
			t.Fatalf("%q has TLS at once: %t", server, s.implicit)
		}
	})
}

// stored tries data under each recorded name of an aggregate, on top of every state
// that its stories go through.
func stored[S any, E decider.Event[S]](told []recordedLine, samples []E) func(*testing.T, []byte) {
	codec := command.NewCodec[S](samples)
	left := make([]S, 1, 64)
	for _, s := range told {
		if e, err := codec.Decode(s.name, []byte(s.data)); err == nil {
			left = append(left, e.Evolve(left[len(left)-1]))
		}
	}
	return func(t *testing.T, data []byte) {
		for _, sample := range samples {
			name := sample.EventType()
			e, err := codec.Decode(name, data)
			if err != nil {
				continue
			}
			first, err := codec.Encode(e)
			if err != nil {
				t.Fatalf("%s %s was read and cannot be written: %v", name, data, err)
			}
			again, err := codec.Decode(name, first)
			if err != nil {
				t.Fatalf("%s %s was written as %s, which cannot be read: %v", name, data, first, err)
			}
			if second, err := codec.Encode(again); err != nil || !bytes.Equal(first, second) {
				t.Fatalf("%s %s was written as %s, then as %s (%v)", name, data, first, second, err)
			}
			for _, more := range []string{`{"no such member":0,` + string(first[1:]), string(data) + "{}"} {
				if _, err := codec.Decode(name, []byte(more)); err == nil {
					t.Fatalf("%s %s was read", name, more)
				}
			}
			// States are kept and shared: another event from the same state must
			// not reach into this one. Some more, so that a list has room behind it.
			states := slices.Clone(left)
			for range 3 {
				states = append(states, e.Evolve(states[len(states)-1]))
			}
			for _, state := range states {
				before := fmt.Sprintf("%+v", state)
				next := e.Evolve(state)
				after := fmt.Sprintf("%+v", next)
				sample.Evolve(state)
				sample.Evolve(next)
				if fmt.Sprintf("%+v", state) != before || fmt.Sprintf("%+v", next) != after {
					t.Fatalf("%s %s changes a state that stood before it", name, data)
				}
			}
		}
	}
}

// recordedLine is an event of a story.
type recordedLine struct{ name, data string }

// stories are the events of every story of the chambers.
func stories(f *testing.F) []recordedLine {
	f.Helper()
	files, err := filepath.Glob("internal/*/testdata/*.story")
	if err != nil || len(files) == 0 {
		f.Fatalf("no stories (%v)", err)
	}
	var out []recordedLine
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			number, event, _ := strings.Cut(strings.TrimSpace(line), " ")
			if name, data, ok := strings.Cut(event, " "); ok && number != "" && strings.Trim(number, "0123456789") == "" {
				out = append(out, recordedLine{name, data})
			}
		}
	}
	return out
}
