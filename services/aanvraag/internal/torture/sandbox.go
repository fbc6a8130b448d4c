package torture

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"aanvraag.internal/services/aanvraag/internal/check"
	"aanvraag.internal/services/aanvraag/internal/desk"
	"aanvraag.internal/services/aanvraag/internal/system"
	"aanvraag.internal/services/platform/rpc"
)

// sandbox is one whole system whose clock stands still until it is moved.
type sandbox struct {
	t     *Try
	data  string
	start time.Time
}

const firstDay = "2026-11-23T08:00:00Z"

func newSandbox(t *Try, name string) (sandbox, error) {
	start, err := time.Parse(time.RFC3339, firstDay)
	return sandbox{t: t, data: filepath.Join(t.Dir, name), start: start}, err
}

// serve starts the system, runs what is done meanwhile, and stops it.
func (s *sandbox) serve(ctx context.Context, meanwhile func(context.Context, *desk.Desk) error) error {
	group, serving := errgroup.WithContext(ctx)
	serving, stop := context.WithCancel(serving)
	ready := make(chan string, 1)
	began := startWatch()
	group.Go(func() error {
		return system.Run(serving, system.Config{
			Listen: "127.0.0.1:0", Data: s.data, Sandbox: true, SandboxStart: s.start,
			MailFrom: "Desk <support@desk.example>", MailDomain: "desk.example", Log: slog.New(slog.DiscardHandler),
		}, func(url string) { ready <- url })
	})
	group.Go(func() error {
		defer stop()
		select {
		case url := <-ready:
			s.t.Longest("slowest start", began.took())
			d := desk.Open(url, s.token)
			defer d.Close()
			return meanwhile(serving, d)
		case <-serving.Done():
			return serving.Err()
		}
	})
	err := group.Wait()
	s.t.Count("restarts", 1)
	return err
}

// token is a bearer token by the data directory's own key, valid in every year that
// the sandbox comes to.
func (s *sandbox) token(role string) (string, error) {
	keys, err := rpc.OpenKeys(system.KeysDir(s.data))
	if err != nil {
		return "", err
	}
	as, err := rpc.ParseRole(role)
	if err != nil {
		return "", err
	}
	return keys.Issue(rpc.Claims{Role: as, Subject: role, IssuedAt: s.start.AddDate(-1, 0, 0), ExpiresAt: s.start.AddDate(50, 0, 0)})
}

// rest waits, beside the system that serves, until nothing is left to do.
func (s *sandbox) rest(ctx context.Context) error {
	beside, err := check.Beside(s.data)
	if err != nil {
		return err
	}
	found, err := check.AtRest(ctx, beside.Subject, routePatience)
	return errors.Join(err, beside.Close(), wrong(found))
}

// stopped looks at everything while nobody serves it.
func (s *sandbox) stopped(ctx context.Context) error {
	left, err := check.Stopped(s.data, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	found, err := check.All(ctx, left.Subject)
	return errors.Join(err, left.Close(), wrong(found))
}

func wrong(found []check.Finding) error {
	if len(found) == 0 {
		return nil
	}
	return broken("%d findings, the first: %s", len(found), found[0])
}
