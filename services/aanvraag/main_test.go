package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"aanvraag.internal/services/aanvraag/internal/system"
)

// asChild makes the test binary behave as the program itself, so that tests can
// start it, stop it and kill it as a process.
const asChild = "AANVRAAG_TEST_AS_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(asChild) != "" {
		os.Exit(execute(os.Args[1:], streams{out: os.Stdout, err: os.Stderr}))
	}
	os.Exit(m.Run())
}

// monday is a Monday morning on which the desk is open: 09:00 in Amsterdam.
var monday = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// house is a running system in this process.
type house struct {
	t    *testing.T
	data string
	url  string
	log  *syncBuffer
	stop func()
}

// start runs the system on a frozen clock, over a data directory.
func start(t *testing.T, data string) *house {
	t.Helper()
	h := &house{t: t, data: data, log: &syncBuffer{}}
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- system.Run(ctx, system.Config{
			Listen: "127.0.0.1:0", Data: data, Sandbox: true, SandboxStart: monday,
			MailFrom: "Desk <support@desk.example>", MailDomain: "desk.example", Log: logger(h.log, slog.LevelDebug),
		}, func(url string) { ready <- url })
	}()
	var once sync.Once
	h.stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("the system ended: %v", err)
			}
		})
	}
	t.Cleanup(h.stop)
	select {
	case h.url = <-ready:
	case err := <-ended:
		ended <- nil
		t.Fatalf("the system did not start: %v", err)
	}
	return h
}

// token is a bearer token of the data directory's own key.
func token(t testing.TB, data, role string) string {
	t.Helper()
	text, err := (&tokenCmd{Role: role, Data: data, For: 10 * 365 * 24 * time.Hour}).issue()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// object is a JSON object as it came over the wire.
type object map[string]any

// at walks into an object: names, and indices of lists.
func (o object) at(path ...any) any {
	var v any = map[string]any(o)
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			l, _ := v.([]any)
			if step >= len(l) {
				return nil
			}
			v = l[step]
		}
	}
	return v
}

// post sends a body to an RPC as curl would: plain HTTP and JSON.
func (h *house) post(token, procedure, body string) (status int, answer object) {
	h.t.Helper()
	req, err := http.NewRequest(http.MethodPost, h.url+"/aanvraag."+procedure, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		h.t.Fatalf("%s answers no JSON: %s", procedure, data)
	}
	return resp.StatusCode, answer
}

// ok is post for what must succeed.
func (h *house) ok(token, procedure, body string) object {
	h.t.Helper()
	status, answer := h.post(token, procedure, body)
	if status != http.StatusOK {
		h.t.Fatalf("%s %s: %d %v", procedure, body, status, answer)
	}
	return answer
}

// until polls an RPC until what it answers satisfies, for at most a few seconds.
func (h *house) until(token, procedure, body, what string, satisfies func(object) bool) object {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		answer := h.ok(token, procedure, body)
		if satisfies(answer) {
			return answer
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			h.t.Fatalf("%s did not show %s: %v", procedure, what, answer)
		}
	}
}

// position is where the log ends, read from its file.
func (h *house) position() uint64 {
	h.t.Helper()
	store, err := openLog(h.data)
	if err != nil {
		h.t.Fatal(err)
	}
	defer store.Close()
	end, err := store.End(context.Background())
	if err != nil {
		h.t.Fatal(err)
	}
	return uint64(end)
}

// mails are the letters in a data directory's spool, by file name.
func mails(t testing.TB, data string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(data, "mail", "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(f)] = string(text)
	}
	return out
}

// syncBuffer is a log that several goroutines write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func reasonOf(answer object) string {
	for i := range 4 {
		if r, ok := answer.at("details", i, "debug", "reason").(string); ok {
			return r
		}
	}
	return fmt.Sprint(answer)
}
