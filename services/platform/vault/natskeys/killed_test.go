package natskeys_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/platform/vault/natskeys"
)

const childDir, childListen = "AANVRAAG_TEST_KEYS_DIR", "AANVRAAG_TEST_KEYS_LISTEN"

func serveAsAChild(t *testing.T, dir string) {
	s, err := bus.StartListening(bus.ServerConfig{Dir: dir, Listen: os.Getenv(childListen), Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Shutdown()
	fmt.Println("serving at", s.URL())
	_, _ = io.Copy(io.Discard, os.Stdin) // until the parent is gone
}

// process is a server that can be killed.
type process struct {
	t           testing.TB
	dir, listen string
	cmd         *exec.Cmd
	stdin       io.Closer
}

func (p *process) start() {
	p.t.Helper()
	p.cmd = exec.Command(os.Args[0], "-test.run=^"+p.t.Name()+"$")
	p.cmd.Env = append(os.Environ(), childDir+"="+p.dir, childListen+"="+p.listen)
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	p.stdin = stdin
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "serving at") {
			return
		}
	}
	p.t.Fatal("the server did not start")
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait() // killed
	_ = p.stdin.Close()
}

// TestAServerThatIsKilledWhileItErasesLeavesNoKey kills the server under one
// destruction after another. What was under way is done again, and no key of all
// that were destroyed can be put together from the server's files.
func TestAServerThatIsKilledWhileItErasesLeavesNoKey(t *testing.T) {
	if dir := os.Getenv(childDir); dir != "" {
		serveAsAChild(t, dir)
		return
	}
	t.Parallel()
	kills := 2
	if n, err := strconv.Atoi(os.Getenv("AANVRAAG_TEST_KILLS")); err == nil {
		kills = n
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, dir: t.TempDir(), listen: l.Addr().String()}
	_ = l.Close()
	p.start()
	t.Cleanup(p.kill)
	url := "nats://" + p.listen
	application := dial(t, url, bus.AsApplication(p.dir))
	store := open(t, natskeys.Config{
		Conn: application, System: dial(t, url, bus.AsSystem(p.dir)), List: t.TempDir() + "/list", Log: quiet,
	})
	js, err := jetstream.New(application)
	if err != nil {
		t.Fatal(err)
	}
	next, marked := 0, 0
	for range kills {
		var ids []string
		var keys []vault.WrappedKey
		for range 60 {
			id := fmt.Sprintf("fiscal/subject-%d", next)
			ids = append(ids, id)
			keys = append(keys, vault.WrappedKey{ID: id, Wrapped: fmt.Appendf(nil, "wrapped %056d", next)})
			next++
		}
		if _, err := store.Create(t.Context(), keys); err != nil {
			t.Fatal(err)
		}
		stored := make([][2][]byte, len(ids))
		for i, id := range ids {
			stored[i] = shares(t, js, id)
		}
		ctx, cancel := context.WithCancel(t.Context())
		begun := make(chan int)
		go func() {
			i := 0
			for ; i < len(ids)-1 && ctx.Err() == nil; i++ {
				if _, err := store.Destroy(context.WithoutCancel(ctx), ids[i], noon); err != nil {
					break
				}
			}
			begun <- i
		}()
		<-time.After(time.Duration(rand.IntN(100)) * time.Millisecond)
		p.kill()
		cancel()
		p.start()
		last := <-begun
		within(t, "connection", application.IsConnected)
		for _, id := range ids[:last+1] {
			within(t, "destruction", func() bool {
				_, err := store.Destroy(t.Context(), id, noon)
				return err == nil
			})
		}
		files := raw(t, p.dir)
		for i, id := range ids[:last+1] {
			if readable(files, stored[i]) {
				t.Errorf("%s is destroyed, and can be read from the files", id)
			}
			if bytes.Contains(files, stored[i][0]) {
				marked++
			}
		}
	}
	t.Logf("%d kills; of %d keys the first share was only marked", kills, marked)
}
