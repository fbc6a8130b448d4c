package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"aanvraag.internal/services/aanvraag/internal/demo"
	"aanvraag.internal/services/aanvraag/internal/system"
)

// demoCmd runs the system on a frozen clock and a data directory of its own, and
// tells a few requests' lives through the public API alone.
type demoCmd struct {
	Data string `help:"Keep the data in this empty directory; default: a temporary one, removed at the end." type:"path"`
}

// Run answers an error when any figure or proof is off.
func (c *demoCmd) Run(ctx context.Context, io streams) (err error) {
	if c.Data == "" {
		dir, err := os.MkdirTemp("", "aanvraag-demo-")
		if err != nil {
			return err
		}
		c.Data = dir
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	if entries, err := os.ReadDir(c.Data); err == nil && len(entries) > 0 {
		return hinted{fmt.Errorf("%s is not empty", c.Data), "the demo's figures begin with a new log; name another directory"}
	}
	ctx, stop := context.WithCancel(ctx)
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- system.Run(ctx, system.Config{
			Listen: "127.0.0.1:0", Data: c.Data, Sandbox: true,
			SandboxStart: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC),
			MailFrom:     "support@libra.nl", MailDomain: "aanvraag.invalid", Log: logger(io.err, slog.LevelWarn),
		}, func(url string) { ready <- url })
	}()
	defer func() {
		stop()
		err = errors.Join(err, <-ended)
	}()
	select {
	case url := <-ready:
		tokens := func(role string) (string, error) {
			return (&tokenCmd{Role: role, Data: c.Data, For: 10 * 365 * 24 * time.Hour}).issue()
		}
		return demo.Tell(ctx, io.out, url, tokens)
	case err := <-ended:
		ended <- nil
		return err
	}
}
