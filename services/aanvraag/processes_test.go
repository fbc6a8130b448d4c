package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"

	"aanvraag.internal/services/aanvraag/internal/check"
	"aanvraag.internal/services/aanvraag/internal/desk"
	"aanvraag.internal/services/aanvraag/internal/system"
	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/platform/bus"
)

// fleet is the system as one process for each of its parts, on one machine.
type fleet struct {
	t       *testing.T
	data    string
	ports   map[string]string // by part
	running map[string]*exec.Cmd
	said    map[string]*syncBuffer
}

// parts are all processes, in an order in which an operator may start them. Any
// other order does as well.
func parts() []string { return append(append([]string{"bus", "log"}, system.Services()...), "door") }

func newFleet(t *testing.T) *fleet {
	f := &fleet{
		t: t, data: t.TempDir(), ports: map[string]string{},
		running: map[string]*exec.Cmd{}, said: map[string]*syncBuffer{},
	}
	for _, part := range parts() {
		f.ports[part] = freePort(t)
		f.said[part] = &syncBuffer{}
	}
	t.Cleanup(func() {
		for _, part := range parts() {
			f.kill(part)
		}
	})
	return f
}

func (f *fleet) url(part string) string { return "http://" + f.ports[part] }

// start starts one part and answers once it says that it is ready; the function
// waits for that.
func (f *fleet) start(part string) (ready func()) {
	f.t.Helper()
	args := []string{"serve", part, "--listen", f.ports[part], "--data", f.data, "--log-level", "warn"}
	switch part {
	case "bus", "log":
	case "door":
		for _, name := range system.Services() {
			args = append(args, "--to", name+"="+f.url(name))
		}
	default:
		args = append(args, "--store", "esdb://"+f.ports["log"]+"?tls=false", "--bus", "nats://"+f.ports["bus"], "--door", f.url("door"))
	}
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asChild+"=1")
	cmd.Stderr = f.said[part]
	out, err := cmd.StdoutPipe()
	if err != nil {
		f.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	f.running[part] = cmd
	first := make(chan string, 1)
	go func() {
		line := bufio.NewScanner(out)
		line.Scan()
		first <- line.Text()
	}()
	return func() {
		f.t.Helper()
		select {
		case line := <-first:
			if !strings.HasPrefix(line, "ready ") {
				f.t.Fatalf("%s ended: %s", part, f.said[part])
			}
		case <-time.After(time.Minute):
			f.t.Fatalf("%s did not become ready within a minute: %s", part, f.said[part])
		}
	}
}

// startAll starts every part at once.
func (f *fleet) startAll() {
	f.t.Helper()
	var ready []func()
	for _, part := range parts() {
		ready = append(ready, f.start(part))
	}
	for _, r := range ready {
		r()
	}
}

// kill is kill -9.
func (f *fleet) kill(part string) {
	if cmd := f.running[part]; cmd != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		delete(f.running, part)
	}
}

// desk is the API at the door.
func (f *fleet) desk() *desk.Desk {
	d := desk.Open(f.url("door"), func(role string) (string, error) { return token(f.t, f.data, role), nil })
	f.t.Cleanup(d.Close)
	return d
}

// appointment is when a case of a real day can be planned.
func appointment(t *testing.T) time.Time {
	t.Helper()
	at, open := hours.Default().NextOpening(time.Now().Add(48 * time.Hour))
	if !open {
		t.Fatal("the desk never opens again")
	}
	return at
}

// The main path through eight processes, and kill -9 of each of them in turn while
// others' requests are under way: every acknowledged command is there, every
// invoice and letter exists once.
func TestEachProcessMayBeKilledAtLoad(t *testing.T) {
	f := newFleet(t)
	f.startAll()
	ctx, cancel := context.WithTimeout(context.Background(), 150*time.Second)
	defer cancel()
	d := f.desk()
	at := appointment(t)

	const callers, perKill = 6, 4
	victims := parts()
	cases := make([]*desk.Case, (len(victims)+1)*perKill)
	for i := range cases {
		cases[i] = d.NewCase(uuid.NewString())
		cases[i].Technician, cases[i].Start = fmt.Sprint("technician-", i), at
	}
	var acknowledged sync.Map
	work, done := make(chan *desk.Case), make(chan struct{}, len(cases))
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for c := range work {
				if err := liveInRealTime(ctx, d, c, &acknowledged); err != nil {
					t.Error(err)
				}
				done <- struct{}{}
			}
		})
	}
	go func() {
		defer close(work)
		for _, c := range cases {
			work <- c
		}
	}()
	for _, part := range victims {
		for range perKill {
			<-done
		}
		f.kill(part)
		f.start(part)()
	}
	wg.Wait()
	if t.Failed() {
		for part, said := range f.said {
			t.Logf("%s: %s", part, said)
		}
		return
	}
	beside, err := check.Beside(f.data)
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	if beside.Bus, err = bus.Dial("nats://"+f.ports["bus"], logger(&syncBuffer{}, 0), bus.AsApplication(system.BusDir(f.data))); err != nil {
		t.Fatal(err)
	}
	defer beside.Bus.Close()
	checkAll(ctx, t, beside.Subject, cases, &acknowledged)
}

// liveInRealTime is [live] where no clock can be advanced: a session lasts as long
// as it takes.
func liveInRealTime(ctx context.Context, d *desk.Desk, c *desk.Case, acknowledged *sync.Map) error {
	return lifeOf(ctx, c, acknowledged, func() error {
		select {
		case <-time.After(time.Second): // work of a second is the least that is billed (T-04)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

// A service that its processes cannot reach is a clear answer, and not a wait.
func TestTheDoorAnswersForAServiceThatIsAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + l.Addr().String()
	l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- system.RunDoor(ctx, system.DoorConfig{
			Listen: "127.0.0.1:0", To: map[string]string{"intake": nobody}, Log: logger(&syncBuffer{}, 0),
		}, func(url string) { ready <- url })
	}()
	h := &house{t: t, url: <-ready}
	status, answer := h.post("", "intake.v1.IntakeService/GetSupportRequest", `{}`)
	if status != http.StatusServiceUnavailable || answer["code"] != "unavailable" {
		t.Errorf("a service that is away: %d %v", status, answer)
	}
	if status, answer = h.post("", "gossip.v1.GossipService/Tell", `{}`); status != http.StatusNotImplemented || answer["code"] != "unimplemented" {
		t.Errorf("a service that does not exist: %d %v", status, answer)
	}
	for path, want := range map[string]int{"/livez": http.StatusOK, "/readyz": http.StatusServiceUnavailable} {
		resp, err := http.Get(h.url + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s answers %d", path, resp.StatusCode)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// The event log away under 16 writers: every call ends by its deadline, none of
// them with anything but a plea to come back, and calls succeed again within five
// seconds of its return. So with the bus. Quick for three seconds each, with
// AANVRAAG_LONG for a minute.
func TestWhileLogOrBusIsAwayCallsEndByTheirDeadlineAndAllHeals(t *testing.T) {
	away := 3 * time.Second
	if os.Getenv("AANVRAAG_LONG") != "" {
		away = time.Minute
	}
	f := newFleet(t)
	f.startAll()
	d := f.desk()
	for _, part := range []string{"log", "bus"} {
		f.kill(part)
		o := outage(t, d, time.Now().Add(away))
		t.Logf("%s away for %v: %d calls, slowest %v of %v, answers %v", part, away, o.calls, o.slowest, callTime, o.answers)
		// The connection of a client has its own way to go beyond the deadline.
		if o.slowest > callTime+100*time.Millisecond {
			t.Errorf("a call took %v", o.slowest)
		}
		f.start(part)()
		back := time.Now()
		o = outage(t, d, back.Add(5*time.Second))
		if o.recovered.IsZero() {
			t.Fatalf("%s is back and nothing succeeds: %v", part, o.answers)
		}
		t.Logf("%s back: the first answer after %v, then %v", part, o.recovered.Sub(back), o.answers)
		for range 16 { // one by one and with time, since 16 at once may be too much for the machine
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			if _, err := d.NewCase(uuid.NewString()).Submit(ctx); err != nil {
				t.Errorf("%s is back, and a call fails: %v", part, err)
			}
			cancel()
		}
	}
}

const callTime = 500 * time.Millisecond

// observed is what 16 writers saw until an instant.
type observed struct {
	calls     int
	slowest   time.Duration
	answers   map[string]int // by code
	recovered time.Time      // of the first success
}

func outage(t *testing.T, d *desk.Desk, until time.Time) observed {
	t.Helper()
	var mu sync.Mutex
	o := observed{answers: map[string]int{}}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for time.Now().Before(until) {
				c := d.NewCase(uuid.NewString())
				ctx, cancel := context.WithTimeout(context.Background(), callTime)
				began := time.Now()
				_, err := c.Submit(ctx)
				took, now := time.Since(began), time.Now()
				cancel()
				answer := "ok"
				if err != nil {
					answer = connect.CodeOf(err).String()
				}
				mu.Lock()
				o.calls++
				o.answers[answer]++
				o.slowest = max(o.slowest, took)
				if err == nil && o.recovered.IsZero() {
					o.recovered = now
				}
				if err != nil && answer != "unavailable" && answer != "deadline_exceeded" {
					t.Errorf("%v", err)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return o
}
