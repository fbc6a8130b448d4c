package system

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"aanvraag.internal/services/platform/run"
)

// drain is how long running calls may take to end when the process stops.
const drain = 10 * time.Second

// door serves HTTP; stopping ends the streams and lets running calls end first.
func door(log *slog.Logger, listener net.Listener, server *http.Server, endStreams, ready func()) run.Part {
	return run.Part{Name: "door", Run: func(ctx context.Context) error {
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(listener) }()
		ready()
		select {
		case err := <-ended:
			return fmt.Errorf("serve: %w", err)
		case <-ctx.Done():
		}
		endStreams()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
		defer cancel()
		if err := server.Shutdown(stop); err != nil {
			log.Warn("calls were still running and are cut off", "after", drain, "error", err)
			return server.Close()
		}
		return nil
	}}
}
