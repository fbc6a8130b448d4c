package rpc

import (
	"context"
	"errors"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectinprocess"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	legalv1 "aanvraag.internal/proto/gen/aanvraag/legal/v1"
	"aanvraag.internal/proto/gen/aanvraag/legal/v1/legalv1connect"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
)

// secretive answers every ListReferrals as a test wants it.
type secretive struct {
	legalv1connect.UnimplementedLegalServiceHandler
	answer func() error
}

func (s *secretive) ListReferrals(context.Context, *legalv1.ListReferralsRequest) (*legalv1.ListReferralsResponse, error) {
	return &legalv1.ListReferralsResponse{}, s.answer()
}

// Nobody who reads metrics or logs sees that something confidential was called, or
// how it went (D-05).
func TestD05OfAConfidentialCallNothingIsCountedOrLogged(t *testing.T) {
	h := build(t)
	handler := &secretive{}
	legalv1connect.RegisterLegalServiceHandler(h.server, handler)
	client := legalv1connect.NewLegalServiceClient(InProcess(h.server, h.keys, "x", h.clock))
	person := legalv1connect.NewLegalServiceClient(connect.NewClient(connectinprocess.New(h.server),
		Bearer(func() (string, error) { return h.token(commonv1.Role_ROLE_LEGAL), nil })))
	for name, answer := range map[string]func() error{
		"answered":    func() error { return nil },
		"refused":     func() error { return &decider.Rejection{Code: "ILLEGAL_STATE", Rule: "D-05"} },
		"internal":    func() error { return errors.New("append to legal-7: disk 7 is on fire") },
		"panics":      func() error { panic("legal-7") },
		"damaged":     func() error { return &eventstore.Corrupt{Stream: "legal-7", Problem: "its hash"} },
		"unavailable": func() error { return eventstore.ErrUnavailable },
	} {
		handler.answer = answer
		_, err := person.ListReferrals(t.Context(), &legalv1.ListReferralsRequest{})
		if (err == nil) != (name == "answered") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := client.ListReferrals(t.Context(), &legalv1.ListReferralsRequest{})
	refused(t, err, connect.CodePermissionDenied, ReasonPermissionDenied)
	if text := h.log.String(); text != "" {
		t.Errorf("the log says %s", text)
	}
	if metrics := h.do("GET", "/metrics", "", "").body; strings.Contains(strings.ToLower(metrics), "legal") || strings.Contains(metrics, "aanvraag_rpc_calls_total{") {
		t.Errorf("the metrics say %s", metrics)
	}
}

func TestD05EveryRPCOfTheLegalRoleAloneIsConfidential(t *testing.T) {
	found := 0
	for path, method := range methods(t) {
		roles := accessOf(method).GetRoles()
		alone := len(roles) == 1 && roles[0] == commonv1.Role_ROLE_LEGAL
		if !alone && !strings.HasPrefix(path, "/aanvraag.legal.") {
			continue
		}
		found++
		if !confidential(connect.Spec{Schema: method}) {
			t.Errorf("%s is counted and logged", path)
		}
	}
	if found == 0 {
		t.Error("there are none")
	}
}
