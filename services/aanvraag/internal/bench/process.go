package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	"aanvraag.internal/services/aanvraag/internal/desk"
	"aanvraag.internal/services/aanvraag/internal/system"
	"aanvraag.internal/services/platform/rpc"
)

// opening is where the sandbox's clock begins: a Monday on which the desk is open.
var opening = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// process is the program as a server in a process of its own.
type process struct {
	cmd   *exec.Cmd
	data  string
	url   string
	stop  context.CancelFunc
	said  *tail
	ended chan error
	// started is how long it took from the start of the process until it was ready.
	started time.Duration
}

// grace is how long a server that was asked to end may take.
const grace = 15 * time.Second

// serve starts the program over a data directory and waits until it is ready. It
// ends with ctx at the latest.
func (b *bench) serve(ctx context.Context, data string, flags ...string) (*process, error) {
	ctx, stop := context.WithCancel(ctx)
	p := &process{data: data, stop: stop, said: &tail{}, ended: make(chan error, 1)}
	args := append([]string{
		"serve", "--listen", "127.0.0.1:0", "--data", data, "--log-level", "warn",
		"--sandbox", "--sandbox-start", opening.Format(time.RFC3339),
	}, flags...)
	p.cmd = exec.CommandContext(ctx, b.Program, args...) //nolint:gosec // it is this program itself
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = grace
	p.cmd.Env, p.cmd.Stderr = b.Env, p.said
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		stop()
		return nil, err
	}
	began := now()
	if err := p.cmd.Start(); err != nil {
		stop()
		return nil, fmt.Errorf("start the server: %w", err)
	}
	lines := bufio.NewScanner(out)
	for p.url == "" && lines.Scan() {
		p.url, _ = strings.CutPrefix(lines.Text(), "ready ")
	}
	p.started = time.Since(began)
	go func() {
		_, _ = io.Copy(io.Discard, out)
		p.ended <- p.cmd.Wait()
	}()
	if p.url == "" {
		return nil, fmt.Errorf("the server did not become ready: %w", p.close())
	}
	return p, nil
}

// close asks the server to end and waits for it.
func (p *process) close() error {
	p.stop()
	err := <-p.ended
	if err != nil && p.cmd.ProcessState.Success() {
		err = nil // it was cancelled, and ended well
	}
	if err != nil {
		return fmt.Errorf("the server ended: %w: %s", err, p.said)
	}
	return nil
}

// desk is the server's API, with a token for each role.
func (p *process) desk() (*desk.Desk, error) {
	keys, err := rpc.OpenKeys(system.KeysDir(p.data))
	if err != nil {
		return nil, err
	}
	return desk.Open(p.url, func(role string) (string, error) {
		r, err := rpc.ParseRole(role)
		if err != nil || r == commonv1.Role_ROLE_CUSTOMER {
			return "", fmt.Errorf("no token for %q: %w", role, err)
		}
		return keys.Issue(rpc.Claims{
			Role: r, Subject: role, IssuedAt: opening.AddDate(-1, 0, 0), ExpiresAt: opening.AddDate(10, 0, 0),
		})
	}), nil
}

// cpu is the time that the server has had on a processor, user and system
// together, in steps of 10 ms; false where the system does not tell.
func (p *process) cpu() (time.Duration, bool) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "stat"))
	if err != nil {
		return 0, false
	}
	// The name of the program, in brackets, may hold anything; the fields after
	// it count from 3, and utime and stime are 14 and 15.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 13 {
		return 0, false
	}
	user, err1 := strconv.ParseInt(string(fields[11]), 10, 64)
	kernel, err2 := strconv.ParseInt(string(fields[12]), 10, 64)
	return time.Duration(user+kernel) * tick, err1 == nil && err2 == nil
}

// tick is Linux's unit of processor time for users, the same on every machine.
const tick = 10 * time.Millisecond

// memory is the server's resident set in bytes; NaN where the system does not tell.
func (p *process) memory() float64 {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "statm"))
	if err != nil {
		return math.NaN()
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return math.NaN()
	}
	pages, err := strconv.ParseInt(string(fields[1]), 10, 64)
	if err != nil {
		return math.NaN()
	}
	return float64(pages) * float64(os.Getpagesize())
}

// quiet is for how long a server that is at rest uses less than a tenth of a processor.
const quiet = 200 * time.Millisecond

// rest waits until the server has done whatever follows from what it was told, and
// answers how long that took and the processor time used until then. Where the
// system does not tell, it waits a second.
func (p *process) rest(ctx context.Context) (took, cpu time.Duration, err error) {
	began := now()
	for {
		before, known := p.cpu()
		took = time.Since(began)
		pause := quiet
		if !known {
			pause = time.Second
		}
		if err := sleep(ctx, pause); err != nil {
			return 0, 0, err
		}
		if after, _ := p.cpu(); after-before <= quiet/10 {
			return took, before, nil
		}
	}
}

// counter is the sum of one of the server's counters; NaN when it has none of that name.
func (p *process) counter(ctx context.Context, name string) float64 {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/metrics", nil)
	if err != nil {
		return math.NaN()
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return math.NaN()
	}
	defer func() { _ = answer.Body.Close() }()
	sum := math.NaN()
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		rest, has := strings.CutPrefix(lines.Text(), name)
		at := strings.LastIndexByte(rest, ' ')
		if !has || at < 0 || rest[0] != ' ' && rest[0] != '{' {
			continue
		}
		if v, err := strconv.ParseFloat(rest[at+1:], 64); err == nil {
			if math.IsNaN(sum) {
				sum = 0
			}
			sum += v
		}
	}
	return sum
}

// ownCPU is the processor time of this process.
func ownCPU() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// tail keeps the last of what a server said.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailBytes = 4096

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if extra := len(t.text) - tailBytes; extra > 0 {
		t.text = append(t.text[:0], t.text[extra:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}
