package rpc

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"

	connectv1 "connectrpc.com/connect"
	"connectrpc.com/grpchealth"
)

// health answers whether the process can do its work now.
type health struct {
	ready    func(context.Context) error
	services map[string]bool
	log      *slog.Logger
}

// Check implements the health protocol of gRPC: the process's readiness holds for
// each of its services.
func (h health) Check(ctx context.Context, req *grpchealth.CheckRequest) (*grpchealth.CheckResponse, error) {
	if req.Service != "" && !h.services[req.Service] {
		return nil, connectv1.NewError(connectv1.CodeNotFound, errors.New("no such service"))
	}
	if !h.isReady(ctx) {
		return &grpchealth.CheckResponse{Status: grpchealth.StatusNotServing}, nil
	}
	return &grpchealth.CheckResponse{Status: grpchealth.StatusServing}, nil
}

// isReady keeps the cause for the log: the answer is public.
func (h health) isReady(ctx context.Context) bool {
	if h.ready == nil {
		return true
	}
	if err := h.ready(ctx); err != nil {
		h.log.DebugContext(ctx, "not ready", "error", err.Error())
		return false
	}
	return true
}

func (h health) readyz(w http.ResponseWriter, r *http.Request) {
	if !h.isReady(r.Context()) {
		plain(w, http.StatusServiceUnavailable, "not ready\n")
		return
	}
	plain(w, http.StatusOK, "ready\n")
}

func livez(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "alive\n") }

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}
