package torture

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
)

// process is a part of a program that runs as a process of its own. It dies with
// the one that started it.
type process struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner // what it says
	said  *tail          // its standard error
	gone  sync.Once
	err   error
}

// startPart starts a part; setting changes how. The caller ends it.
func startPart(ctx context.Context, program []string, setting *syscall.SysProcAttr, part string, args ...string) (*process, error) {
	args = append([]string{"torture", "--part", part, "--"}, args...)
	cmd := exec.CommandContext(ctx, program[0], append(program[1:len(program):len(program)], args...)...) //nolint:gosec // it is this program itself
	cmd.SysProcAttr = setting
	p := &process{cmd: cmd, said: &tail{}}
	cmd.Stderr = p.said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.lines = bufio.NewScanner(out)
	p.lines.Buffer(nil, 1<<20)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", part, err)
	}
	return p, nil
}

// Start starts a part of a program as a process of its own. The caller kills it, or
// waits for it.
func (t *Try) Start(ctx context.Context, part string, args ...string) (*process, error) {
	return startPart(ctx, t.program, mortal(), part, args...)
}

// line is what it says next; io.EOF once it has gone.
func (p *process) line() (string, error) {
	if p.lines.Scan() {
		return p.lines.Text(), nil
	}
	if err := p.lines.Err(); err != nil {
		return "", err
	}
	return "", io.EOF
}

// await reads until a line with the prefix, and answers the rest of that line.
func (p *process) await(prefix string) (string, error) {
	for {
		line, err := p.line()
		if err != nil {
			return "", fmt.Errorf("it ended before it said %q: %w", prefix, p.wait())
		}
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			return strings.TrimSpace(rest), nil
		}
	}
}

// signal is SIGSTOP, SIGCONT and the like.
func (p *process) signal(s syscall.Signal) error { return p.cmd.Process.Signal(s) }

// kill is kill -9. It returns once the process has gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.wait()
}

// wait waits until it ends by itself, and answers an error that holds what it said
// when its status was not 0.
func (p *process) wait() error {
	p.gone.Do(func() {
		for p.lines.Scan() {
			continue // nobody asks for it any more
		}
		if err := p.cmd.Wait(); err != nil {
			p.err = fmt.Errorf("%w: %s", err, p.said)
		}
	})
	return p.err
}

// tail keeps the last of what a process said.
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
