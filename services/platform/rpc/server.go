package rpc

import (
	"context"
	"log/slog"

	"connectrpc.com/connect/v2"

	"aanvraag.internal/services/platform/clock"
)

// ServerConfig is what a server needs.
type ServerConfig struct {
	// Clock judges the times of tokens.
	Clock clock.Clock
	// Authenticator recognises bearer tokens; without one, every token is refused.
	Authenticator Authenticator
	// Log gets internal errors and panics; none of a request's content. Default:
	// nothing is logged.
	Log *slog.Logger
	// Metrics counts calls; may be nil.
	Metrics *Metrics
	// Closing, once done, ends streams that would otherwise go on; may be nil.
	Closing context.Context
}

// NewServer makes a dispatcher that generated code registers services on. Its
// interceptors, from the outside: panics, metrics, errors, the end of
// streams, authentication, permission, validation. They act alike over HTTP and in-process.
func NewServer(cfg ServerConfig) *connect.Server {
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	server := connect.NewServer(
		recovery{log}.intercept,
		cfg.Metrics.intercept,
		faults{log}.intercept,
		streams{cfg.Closing}.intercept,
		authentication{clock: cfg.Clock, by: cfg.Authenticator}.intercept,
		new(permission).intercept,
		validation,
	)
	server.SetUnknownHandler(func(context.Context, connect.Spec, connect.ServerStream) error {
		return unknownMethod()
	})
	return server
}
