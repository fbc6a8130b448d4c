package rpc

import (
	"context"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/proto/gen/aanvraag/intake/v1/intakev1connect"
)

func TestAServiceCallsAsItselfInProcessAndOverHTTP(t *testing.T) {
	h := build(t)
	var got Caller
	h.desk.get = func(ctx context.Context, _ *intakev1.GetSupportRequestRequest) error {
		got = CallerFrom(ctx)
		return nil
	}
	remote := intakev1connect.NewIntakeServiceClient(Remote(h.client, h.http.URL, h.keys, "billing", h.clock))
	// The identity of whoever made the outer call must not leak into this one.
	ctx := WithCaller(t.Context(), Caller{Role: commonv1.Role_ROLE_ADMINISTRATOR, Subject: "anna"})
	for client, auth := range map[intakev1connect.IntakeServiceClient]string{
		h.inProcess(): AuthInProcess, remote: AuthToken,
	} {
		_, err := client.GetSupportRequest(ctx, getRequest())
		must(t, err)
		want := Caller{Role: commonv1.Role_ROLE_SERVICE, Subject: "billing", Authentication: auth}
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestACallerWithoutATokenInProcessIsThePublic(t *testing.T) {
	h := build(t)
	var err error
	h.desk.get = func(ctx context.Context, _ *intakev1.GetSupportRequestRequest) error {
		// A call inside a call, by a client that has no identity of its own.
		err = h.server.Call(ctx, intakev1connect.IntakeServiceGetSupportRequestProcedure, nil, nil)
		return nil
	}
	_, outer := h.inProcess().GetSupportRequest(t.Context(), getRequest())
	must(t, outer)
	refused(t, err, connect.CodePermissionDenied, ReasonPermissionDenied)
}

func TestAServicesTokenIsKeptAndRenewedBeforeItEnds(t *testing.T) {
	keys := openKeys(t)
	s := &serviceToken{keys: keys, service: "billing"}
	at := func(d time.Duration) string {
		t.Helper()
		token, err := s.at(noon.Add(d))
		must(t, err)
		if _, err := keys.Authenticate(noon.Add(d+serviceTokenLife/2-time.Second), token); err != nil {
			t.Errorf("a token given at %v ends too soon: %v", d, err)
		}
		return token
	}
	first := at(0)
	if at(serviceTokenLife/2-time.Second) != first {
		t.Error("it was renewed though it was young")
	}
	second := at(serviceTokenLife / 2)
	if second == first {
		t.Error("it was not renewed")
	}
	if at(-24*time.Hour) == second {
		t.Error("a clock that was set back got a token of the future")
	}
}

func TestAClockThatJumpsDuringACallDoesNotEndTheCallersToken(t *testing.T) {
	h := build(t)
	jump := func(next connect.ServerFunc) connect.ServerFunc {
		return func(ctx context.Context, spec connect.Spec, stream connect.ServerStream) error {
			if _, err := h.clock.Advance(90 * 24 * time.Hour); err != nil {
				return err
			}
			return next(ctx, spec, stream)
		}
	}
	server := connect.NewServer(jump, authentication{clock: h.clock, by: h.keys}.intercept)
	intakev1connect.RegisterIntakeServiceHandler(server, h.desk)
	client := intakev1connect.NewIntakeServiceClient(InProcess(server, h.keys, "billing", h.clock))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := client.GetSupportRequest(t.Context(), getRequest()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}
