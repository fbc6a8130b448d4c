package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/aanvraag/internal/check"
	"aanvraag.internal/services/aanvraag/internal/desk"
	"aanvraag.internal/services/aanvraag/internal/system"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/sqlite"
	"aanvraag.internal/services/platform/rpc"
)

// process is the program as a process of its own.
type process struct {
	t    *testing.T
	data string
	addr string
	cmd  *exec.Cmd
	log  *syncBuffer
}

// launch starts the program over a data directory and waits until it is ready.
func launch(t *testing.T, data, addr string) *process {
	t.Helper()
	p := &process{t: t, data: data, addr: addr, log: &syncBuffer{}}
	p.cmd = exec.Command(os.Args[0], "--listen", addr, "--data", data, "--sandbox", "--sandbox-start", monday.Format(time.RFC3339), "--log-level", "warn")
	p.cmd.Env = append(os.Environ(), asChild+"=1")
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "ready http://"); ok {
			p.addr = url
			return p
		}
	}
	t.Fatalf("it did not become ready: %s", p.log)
	return nil
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// freePort is a loopback address that a process can come back to after a kill: its
// port is none of those that a system gives to connections going out.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_000)))
		if err != nil {
			continue
		}
		defer l.Close()
		return l.Addr().String()
	}
	t.Fatal("no port is free")
	return ""
}

// persist takes a step again until it is answered. Each time it is the same
// command, as from a client that lost the answer.
func persist(ctx context.Context, step func() error) error {
	pause := time.NewTicker(10 * time.Millisecond)
	defer pause.Stop()
	for {
		err := step()
		// What the system itself answered is final, unless it asks for patience; all
		// else is a connection that died with the process.
		if answer, ok := errors.AsType[*connect.Error](err); err == nil || ok && answer.IsRemote() && answer.Code() != connect.CodeUnavailable {
			return err
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}

// live takes a case through its whole life, whatever happens to the process.
func live(ctx context.Context, d *desk.Desk, c *desk.Case, acknowledged *sync.Map) error {
	return lifeOf(ctx, c, acknowledged, func() error { return d.Advance(ctx, time.Minute) })
}

// lifeOf is a whole life; work lets the time of the session pass.
func lifeOf(ctx context.Context, c *desk.Case, acknowledged *sync.Map, work func() error) error {
	var invoice *billingv1.Invoice
	for _, step := range []struct {
		name string
		take func() error
	}{
		{"consent", func() error { return c.Consent(ctx) }},
		{"submit", func() error { _, err := c.Submit(ctx); return err }},
		{"accept", func() error { _, err := c.Accept(ctx); return err }},
		{"book", func() error { _, err := c.Book(ctx); return err }},
		{"start", func() error { _, err := c.StartSession(ctx); return err }},
		{"", work},
		{"note", func() error { return c.NoteWork(ctx) }},
		{"end", func() error { _, err := c.EndSession(ctx); return err }},
		{"close", func() error { _, err := c.Close(ctx); return err }},
		{"", func() error {
			_, err := c.Await(ctx, intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_INVOICED)
			return err
		}},
		{"", func() (err error) {
			if invoice, err = c.Invoice(ctx); err == nil && invoice == nil {
				err = connect.NewError(connect.CodeUnavailable, "not listed yet")
			}
			return err
		}},
		{"payment 1", func() error {
			_, err := c.Pay(ctx, 1, invoice.GetPaymentReference(), invoice.GetTotalIncludingVat().GetCents())
			return err
		}},
		{"", func() error {
			_, err := c.Await(ctx, intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SETTLED)
			return err
		}},
	} {
		if err := persist(ctx, step.take); err != nil {
			return fmt.Errorf("%s of %s: %w", step.name, c.ID, err)
		}
		if step.name != "" {
			acknowledged.Store(rpc.CommandID(uuid.MustParse(c.Key(step.name))).String(), c.ID)
		}
	}
	return nil
}

// kill -9 in the middle of 200 lifecycles: every acknowledged command is there,
// every invoice exists once, numbers run 1..n, every letter was written once.
func TestKillAtLoadLosesAndDoublesNothing(t *testing.T) {
	const lives, callers, kills = 200, 16, 5
	data := t.TempDir()
	p := launch(t, data, freePort(t))
	ctx, cancel := context.WithTimeout(context.Background(), 150*time.Second)
	defer cancel()
	d := desk.Open("http://"+p.addr, func(role string) (string, error) { return token(t, data, role), nil })
	defer d.Close()

	var done atomic.Int64
	var acknowledged sync.Map
	cases := make([]*desk.Case, lives)
	work := make(chan *desk.Case)
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for c := range work {
				if err := live(ctx, d, c, &acknowledged); err != nil {
					t.Error(err)
				}
				done.Add(1)
			}
		})
	}
	for i := range cases {
		cases[i] = d.NewCase(uuid.NewString())
		cases[i].Technician = fmt.Sprint("technician-", i)
	}
	go func() {
		defer close(work)
		for _, c := range cases {
			work <- c
		}
	}()
	for k := range kills {
		// Between two kills some lives end and others are wherever they are.
		want := int64((k + 1) * lives / (kills + 2))
		for done.Load() < want && ctx.Err() == nil {
			time.Sleep(time.Duration(1+rand.IntN(5)) * time.Millisecond) // the moment of the kill is random
		}
		p.kill()
		p = launch(t, data, p.addr)
	}
	wg.Wait()
	if t.Failed() {
		t.Fatalf("log of the last process:\n%s", p.log)
	}
	beside, err := check.Beside(data)
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	checkAll(ctx, t, beside.Subject, cases, &acknowledged)
	endWhole(ctx, t, "http://"+p.addr, data, p.end)
}

// end asks the process to stop, and waits until it did.
func (p *process) end() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("it ended with %v: %s", err, p.log)
	}
}

// endWhole waits until a system has nothing left to do, stops it, and holds every
// invariant over all that it left, its bus and keys too.
func endWhole(ctx context.Context, t *testing.T, url, data string, stop func()) {
	t.Helper()
	beside, err := check.Beside(data)
	if err != nil {
		t.Fatal(err)
	}
	found, err := check.AtRest(ctx, beside.Subject, patience)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Errorf("at rest: %s", f)
	}
	relayed(ctx, t, url, beside.Store)
	if err := beside.Close(); err != nil {
		t.Error(err)
	}
	stop()
	left, err := check.Stopped(data, logger(&syncBuffer{}, slog.LevelError))
	if err != nil {
		t.Fatal(err)
	}
	defer left.Close()
	if found, err = check.All(ctx, left.Subject); err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Errorf("after the end: %s", f)
	}
}

// relayed waits until every relay of a process has told all that the log holds.
func relayed(ctx context.Context, t *testing.T, url string, log eventstore.Store) {
	t.Helper()
	end, err := log.End(ctx)
	if err != nil {
		t.Fatal(err)
	}
	relays := regexp.MustCompile(`(?m)^aanvraag_relay_position\{.*\} (\S+)$`)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		answer, err := http.Get(url + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		metrics, err := io.ReadAll(answer.Body)
		if err := errors.Join(err, answer.Body.Close()); err != nil {
			t.Fatal(err)
		}
		found := relays.FindAllSubmatch(metrics, -1)
		behind := slices.ContainsFunc(found, func(m [][]byte) bool {
			position, err := strconv.ParseFloat(string(m[1]), 64)
			return err != nil || eventstore.Position(position) < end
		})
		if len(found) > 0 && !behind {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("relays have not come to position %d: %q", end, found)
		}
	}
}

// patience is longer than anything waits before it is tried again.
const patience = 40 * time.Second

// checkAll waits until nothing is left to do, and holds every invariant of the
// system and what its callers know besides: each case was led through its whole life
// once, and nobody else was there.
func checkAll(ctx context.Context, t *testing.T, s check.Subject, cases []*desk.Case, acknowledged *sync.Map) {
	t.Helper()
	s.Acknowledged = map[uuid.UUID]string{}
	acknowledged.Range(func(command, request any) bool {
		s.Acknowledged[uuid.MustParse(command.(string))] = "of request " + request.(string)
		return true
	})
	found, err := check.AtRest(ctx, s, patience)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
	lives := map[string]map[string]int{} // event types by request
	invoices := 0
	for e, err := range s.Store.ReadAll(ctx, 0, eventstore.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if _, after, ok := strings.Cut(string(e.Metadata), `"$correlationId":"`); ok {
			request, _, _ := strings.Cut(after, `"`)
			if lives[request] == nil {
				lives[request] = map[string]int{}
			}
			lives[request][e.Type]++
		}
		if e.Type == "invoice.issued.v1" {
			invoices++
		}
	}
	for _, c := range cases {
		for _, once := range []string{
			"request.submitted.v1", "request.accepted.v1", "appointment.booked.v1", "session.started.v1", "session.ended.v1",
			"request.closed.v1", "invoice.issued.v1", "payment.received.v1", "invoice.settled.v1", "request.settled.v1",
		} {
			if n := lives[c.ID][once]; n != 1 {
				t.Errorf("%s has %d times %s", c.ID, n, once)
			}
		}
		if n := lives[c.ID]["letter.sent.v1"]; n != 6 {
			t.Errorf("%s got %d letters, want 6", c.ID, n)
		}
	}
	if invoices != len(cases) {
		t.Errorf("%d invoices for %d cases", invoices, len(cases))
	}
}

// The bus and the views are copies: without them everything starts again, and
// nobody gets a letter twice.
func TestDeletingBusAndViewsLosesNothingAndMailsNothingTwice(t *testing.T) {
	data := t.TempDir()
	h := start(t, data)
	paid := walk(h).closed(2220)
	reference := paid.invoice()["paymentReference"]
	paid.pay("bank-1", reference, 7749)
	paid.state("SETTLED")
	half := walk(h).booked()
	h.rest()
	position, before := h.position(), mails(t, data)
	h.stop()
	for _, copied := range []string{"bus", "views"} {
		if err := os.RemoveAll(filepath.Join(data, copied)); err != nil {
			t.Fatal(err)
		}
	}

	h = start(t, data)
	h.rest()
	if now := h.position(); now != position {
		t.Errorf("the log went from %d to %d", position, now)
	}
	if after := mails(t, data); !maps.Equal(before, after) {
		t.Errorf("%d letters became %d", len(before), len(after))
	}
	paid.house, half.house = h, h
	if n := paid.invoice()["number"]; n != "2026-000001" {
		t.Errorf("number %v", n)
	}
	// The one that was under way goes on where it was.
	half.ok(half.technician, "scheduling.v1.SchedulingService/StartSession", half.startBody(key()))
	half.state("IN_PROGRESS")
	endWhole(t.Context(), t, h.url, data, h.stop) // the bus that was filled again has each event once
}

// One changed byte of one stored event is found, and named.
func TestVerifyNamesAChangedEvent(t *testing.T) {
	data := t.TempDir()
	h := start(t, data)
	walk(h).submitted()
	h.rest()
	h.stop()
	file := system.LogFile(data)
	clean, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(clean, []byte(`"agreeTerms":true`))
	if at < 0 {
		t.Fatal("the log file does not hold the event that this test changes")
	}
	changed := slices.Clone(clean)
	copy(changed[at:], `"agreeTermz":true`)
	if err := os.WriteFile(file, changed, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = (&verifyCmd{Data: data}).Run(t.Context(), streams{out: &out, err: &bytes.Buffer{}})
	if err == nil || !strings.Contains(err.Error(), "stream consent-") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestASecondProcessOnTheSameDataIsRefused(t *testing.T) {
	data := t.TempDir()
	start(t, data)
	err := system.Run(t.Context(), system.Config{Listen: "127.0.0.1:0", Data: data, Sandbox: true, SandboxStart: monday, MailFrom: "a@b.example", MailDomain: "b.example", Log: logger(&syncBuffer{}, 8)}, func(string) {})
	if !errors.Is(err, sqlite.ErrLocked) {
		t.Errorf("%v", err)
	}
}

// A log without its keys is not served: everybody in it would read as erased, and
// new keys would be made under old names.
func TestALogWithoutItsKeysIsRefused(t *testing.T) {
	data := t.TempDir()
	h := start(t, data)
	walk(h).submitted()
	h.stop()
	if err := os.RemoveAll(system.KeysDir(data)); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a refused start makes no keys that would let the next one pass
		err := system.Run(t.Context(), system.Config{
			Listen: "127.0.0.1:0", Data: data, Sandbox: true, SandboxStart: monday,
			MailFrom: "a@b.example", MailDomain: "b.example", Log: logger(&syncBuffer{}, 8),
		}, func(string) {})
		if !errors.Is(err, system.ErrKeysMissing) {
			t.Errorf("%v", err)
		}
	}
}

func TestOnlyLoopbackIsServed(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:0", ":0", "192.0.2.1:80", "example.org:80", "nonsense"} {
		err := system.Run(t.Context(), system.Config{Listen: listen, Data: t.TempDir(), Log: logger(&syncBuffer{}, 8)}, func(string) {})
		if err == nil {
			t.Errorf("%s is served", listen)
		}
	}
}
