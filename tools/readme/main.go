// Command readme runs the shell blocks of a Markdown file, one after another in
// one shell, as a reader would type them, and holds what they print against the
// text block that follows.
//
//	<!-- serve -->   before a block: it serves; it is left running once it says
//	                 "ready", and stopped at the end
//	<!-- skip: … --> before a block: it is not run, for the reason given
//
// In a text block "…" stands for anything within a line, and a line that is "…"
// for any number of lines.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

// block is a shell block with what is said to come of it.
type block struct {
	line   int
	code   string
	serve  bool
	skip   bool
	output string // expected; "" when nothing is said
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: readme FILE.md")
		os.Exit(2)
	}
	file, err := filepath.Abs(os.Args[1])
	if err == nil {
		err = os.Chdir(filepath.Dir(file))
	}
	if err == nil {
		err = run(file)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(file string) (err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	shell, err := open()
	if err != nil {
		return err
	}
	defer shell.close()
	for _, b := range blocks(string(text)) {
		if b.skip {
			continue
		}
		fmt.Printf("-- line %d\n%s", b.line, b.code)
		var printed string
		if b.serve {
			stop, first, err := serve(b.code)
			if err != nil {
				return fmt.Errorf("line %d: %w", b.line, err)
			}
			defer stop()
			printed = first
		} else if printed, err = shell.run(b.code); err != nil {
			return fmt.Errorf("line %d: %w\n%s", b.line, err, printed)
		}
		fmt.Print(printed)
		if b.output != "" && !pattern(b.output).MatchString(printed) {
			return fmt.Errorf("line %d prints something else than the file says:\n%s", b.line, b.output)
		}
	}
	return nil
}

// blocks finds the shell blocks of a Markdown text.
func blocks(text string) []block {
	var out []block
	var fence, comment string
	var body strings.Builder
	for i, line := range strings.Split(text, "\n") {
		switch {
		case fence == "" && strings.HasPrefix(line, "```"):
			fence = strings.TrimPrefix(line, "```")
			body.Reset()
			if fence == "sh" {
				out = append(out, block{
					line: i + 1, serve: strings.HasPrefix(comment, "<!-- serve"), skip: strings.HasPrefix(comment, "<!-- skip: "),
				})
			}
		case fence != "" && line == "```":
			switch {
			case fence == "sh":
				out[len(out)-1].code = body.String()
			case fence == "text" && len(out) > 0 && out[len(out)-1].output == "":
				out[len(out)-1].output = body.String()
			}
			fence, comment = "", ""
		case fence != "":
			fmt.Fprintln(&body, line)
		case strings.TrimSpace(line) != "":
			comment = line
		}
	}
	return out
}

// pattern matches what a text block says, anywhere in the output.
func pattern(said string) *regexp.Regexp {
	var p strings.Builder
	p.WriteString(`(?m)`)
	for line := range strings.Lines(said) {
		line = strings.TrimRight(line, "\n")
		if strings.TrimSpace(line) == "…" {
			p.WriteString(`(?:.*\n)*?`)
			continue
		}
		p.WriteString("^" + strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*") + "\n")
	}
	return regexp.MustCompile(p.String())
}

// shell is one bash that runs all blocks, so that variables last.
type shell struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func open() (*shell, error) {
	s := &shell{cmd: exec.Command("bash", "-euo", "pipefail")}
	in, err := s.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.in, s.out, s.cmd.Stderr = in, bufio.NewReader(out), os.Stderr
	return s, s.cmd.Start()
}

const end = "--- end of block ---"

// run answers what a block prints; a failing command ends the shell.
func (s *shell) run(code string) (string, error) {
	if _, err := fmt.Fprintf(s.in, "%s\necho; echo '%s'\n", code, end); err != nil {
		return "", fmt.Errorf("the shell is gone: %w", err)
	}
	var printed strings.Builder
	for {
		line, err := s.out.ReadString('\n')
		if err != nil {
			return printed.String(), fmt.Errorf("a command failed: %w", s.cmd.Wait())
		}
		if strings.TrimSpace(line) == end {
			return printed.String(), nil
		}
		printed.WriteString(line)
	}
}

func (s *shell) close() { _ = s.in.Close() }

// serve starts a block that serves and answers what it printed until it was ready.
func serve(code string) (stop func(), printed string, err error) {
	cmd := exec.Command("bash", "-c", code)
	// A process group of its own, so that stopping reaches what the shell started.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	stop = func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		_ = cmd.Wait()
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		printed += line
		if err != nil {
			stop()
			return nil, printed, fmt.Errorf("it ended before it was ready: %w", err)
		}
		if strings.HasPrefix(line, "ready ") {
			return stop, printed, nil
		}
	}
}
