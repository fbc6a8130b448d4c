package rpc

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	validatepb "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectproto"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/platform/views"
)

func violations(t *testing.T, err error) map[string]string {
	t.Helper()
	out := map[string]string{}
	coded, ok := errors.AsType[*connect.Error](err)
	if !ok {
		return out
	}
	for _, d := range coded.Details() {
		msg, err := connectproto.UnmarshalErrorDetail(d)
		must(t, err)
		if v, ok := msg.(*validatepb.Violations); ok {
			for _, one := range v.GetViolations() {
				out[protovalidate.FieldPathString(one.GetField())] = one.GetRuleId()
			}
		}
	}
	return out
}

func TestEveryErrorLeavesWithItsCodeAndReason(t *testing.T) {
	h := build(t)
	rejection := func(kind decider.Kind) error {
		return fmt.Errorf("accept: %w", &decider.Rejection{
			Kind: kind, Code: "SOME_RULE", Article: "7", Rule: "R-02", Reason: "the rule says no",
			Details: map[string]string{"state": "CLOSED", "rule": "not this one"},
		})
	}
	byRule := map[string]string{"article": "7", "rule": "R-02", "state": "CLOSED"}
	for _, c := range []struct {
		err      error
		code     connect.Code
		reason   string
		metadata map[string]string
	}{
		{rejection(decider.Precondition), connect.CodeFailedPrecondition, "SOME_RULE", byRule},
		{rejection(decider.Invalid), connect.CodeInvalidArgument, "SOME_RULE", byRule},
		{rejection(decider.Exists), connect.CodeAlreadyExists, "SOME_RULE", byRule},
		{rejection(decider.Missing), connect.CodeNotFound, "SOME_RULE", byRule},
		{rejection(decider.Denied), connect.CodePermissionDenied, "SOME_RULE", byRule},
		{rejection(decider.Aborted), connect.CodeAborted, "SOME_RULE", byRule},
		{rejection(decider.Exhausted), connect.CodeResourceExhausted, "SOME_RULE", byRule},
		{fmt.Errorf("x: %w", vault.ErrUnavailable), connect.CodeUnavailable, ReasonUnavailable, nil},
		{fmt.Errorf("x: %w", eventstore.ErrUnavailable), connect.CodeUnavailable, ReasonUnavailable, nil},
		{fmt.Errorf("x: %w", eventstore.ErrOutcomeUnknown), connect.CodeUnavailable, ReasonUnavailable, nil},
		{eventstore.ErrClosed, connect.CodeUnavailable, ReasonUnavailable, nil},
		{fmt.Errorf("x: %w", views.ErrStopped), connect.CodeUnavailable, ReasonUnavailable, nil},
		{fmt.Errorf("x: %w", views.ErrAhead), connect.CodeInvalidArgument, ReasonConsistencyTokenInvalid, nil},
		{fmt.Errorf("x: %w", eventstore.ErrFull), connect.CodeResourceExhausted, ReasonLogFull, nil},
		{fmt.Errorf("x: %w", eventstore.ErrTooLarge), connect.CodeInvalidArgument, ReasonTooLarge, nil},
		{&eventstore.Conflict{Stream: "request-1"}, connect.CodeAborted, ReasonConflict, nil},
		{
			fmt.Errorf("x: %w", &eventstore.Corrupt{Stream: "request-1", Revision: 4, Problem: "bytes"}),
			connect.CodeDataLoss, ReasonLogDamaged,
			map[string]string{"stream": "request-1", "revision": "4"},
		},
		{fmt.Errorf("x: %w", context.DeadlineExceeded), connect.CodeDeadlineExceeded, "DEADLINE_EXCEEDED", nil},
		{fmt.Errorf("x: %w", context.Canceled), connect.CodeCanceled, "CANCELED", nil},
		{connect.NewError(connect.CodeOutOfRange, "beyond"), connect.CodeOutOfRange, "OUT_OF_RANGE", nil},
		{
			fmt.Errorf("x: %w", Fail(connect.CodeResourceExhausted, "THROTTLED", "wait", map[string]string{"after": "3"})),
			connect.CodeResourceExhausted, "THROTTLED",
			map[string]string{"after": "3"},
		},
		{connect.NewError(connect.CodeUnavailable, "").WithRemote(), connect.CodeUnavailable, ReasonUnavailable, nil},
		{connect.NewError(connect.CodeDeadlineExceeded, "").WithRemote(), connect.CodeDeadlineExceeded, "DEADLINE_EXCEEDED", nil},
		{Fail(connect.CodeNotFound, "THEIRS", "", nil).WithRemote(), connect.CodeInternal, ReasonInternal, nil},
		{
			Fail(connect.CodeNotFound, "BAD\xffUTF", "\xff", map[string]string{"\xff": "\xff"}),
			connect.CodeNotFound, "BAD\uFFFDUTF", nil,
		},
		{errors.New("something else"), connect.CodeInternal, ReasonInternal, nil},
		{carelessly(), connect.CodeInternal, ReasonInternal, nil},
	} {
		h.desk.get = func(context.Context, *intakev1.GetSupportRequestRequest) error { return c.err }
		for door, client := range h.doors() {
			_, err := client.GetSupportRequest(t.Context(), getRequest())
			if connect.CodeOf(err) != c.code || Reason(err) != c.reason {
				t.Errorf("%v by %s: got %v with reason %q", c.err, door, err, Reason(err))
			}
			for k, want := range c.metadata {
				if got := Metadata(err)[k]; got != want {
					t.Errorf("%v by %s: metadata %s is %q, want %q", c.err, door, k, got, want)
				}
			}
		}
	}
}

// carelessly wraps a typed nil, as a careless handler does.
func carelessly() error {
	var none *decider.Rejection
	return fmt.Errorf("careless: %w", none)
}

func TestAnInternalErrorIsOnlyToldToTheLogAndFoundThereByItsID(t *testing.T) {
	h := build(t)
	h.desk.get = func(context.Context, *intakev1.GetSupportRequestRequest) error {
		return errors.New("disk 7 is on fire")
	}
	for door, client := range h.doors() {
		_, err := client.GetSupportRequest(t.Context(), getRequest())
		id := Metadata(err)["error_id"]
		if id == "" || !strings.Contains(h.log.String(), id) {
			t.Errorf("%s: id %q is not in the log", door, id)
		}
		if coded, ok := errors.AsType[*connect.Error](err); !ok || coded.Message() != "internal error" {
			t.Errorf("%s: the caller reads %v", door, err)
		}
	}
	if !strings.Contains(h.log.String(), "disk 7 is on fire") {
		t.Error("the log does not hold the cause")
	}
}

func TestAPanicIsAnInternalErrorWithItsStackInTheLog(t *testing.T) {
	h := build(t)
	h.desk.get = func(_ context.Context, req *intakev1.GetSupportRequestRequest) error {
		panic("no room for " + req.GetSupportRequestId())
	}
	for door, client := range h.doors() {
		_, err := client.GetSupportRequest(t.Context(), getRequest())
		if Reason(err) != ReasonInternal || !strings.Contains(h.log.String(), Metadata(err)["error_id"]) {
			t.Errorf("%s: %v", door, err)
		}
	}
	text := h.log.String()
	if !strings.Contains(text, "error_test.go") || strings.Contains(text, reqID) {
		t.Errorf("the log must hold the stack and not the request: %s", text)
	}
	h.desk.get = func(context.Context, *intakev1.GetSupportRequestRequest) error {
		var none []int
		_ = none[len(reqID)] //nolint:govet // the panic is wanted
		return nil
	}
	_, err := h.inProcess().GetSupportRequest(t.Context(), getRequest())
	refused(t, err, connect.CodeInternal, ReasonInternal)
	if !strings.Contains(h.log.String(), "index out of range") {
		t.Error("the log does not hold the runtime's own words")
	}
}

func TestARequestThatBreaksTheSchemaNamesTheFields(t *testing.T) {
	h := build(t)
	h.desk.get = func(context.Context, *intakev1.GetSupportRequestRequest) error {
		t.Error("the handler was reached")
		return nil
	}
	for door, client := range h.doors() {
		req := &intakev1.GetSupportRequestRequest{SupportRequestId: "x", ConsistencyToken: strings.Repeat("x", 65)}
		_, err := client.GetSupportRequest(t.Context(), req)
		refused(t, err, connect.CodeInvalidArgument, ReasonInvalidRequest)
		got := violations(t, err)
		if got["support_request_id"] != "string.uuid" || got["consistency_token"] != "string.max_len" {
			t.Errorf("%s: violations %v", door, got)
		}
		stream, err := client.WatchSupportRequest(t.Context(), &intakev1.WatchSupportRequestRequest{SupportRequestId: "x"})
		if err == nil {
			_, err = stream.Receive()
			_ = stream.Close()
		}
		refused(t, err, connect.CodeInvalidArgument, ReasonInvalidRequest)
	}
}

func TestAFieldThatOnlyARuleCanJudgeIsNamedLikeTheSchemasOwn(t *testing.T) {
	err := Invalid("INVALID_PARTY",
		Field{"party.address.postal_code", "postal_code.nl", "is no Dutch postal code"},
		Field{"lines[2].kind", "line.kind", "is not known"},
		Field{`names["nl"]`, "name.empty", "is empty"})
	refused(t, err, connect.CodeInvalidArgument, "INVALID_PARTY")
	got := violations(t, err)
	for path, rule := range map[string]string{
		"party.address.postal_code": "postal_code.nl", "lines[2].kind": "line.kind", `names["nl"]`: "name.empty",
	} {
		if got[path] != rule {
			t.Errorf("%s has rule %q among %v", path, got[path], got)
		}
	}
	one := InvalidField("party.name", "name.empty", "is empty")
	refused(t, one, connect.CodeInvalidArgument, ReasonInvalidRequest)
	if !strings.Contains(one.Error(), "party.name: is empty") {
		t.Errorf("people read %v", one)
	}
}

func TestAStreamThatFailsEndsWithItsReason(t *testing.T) {
	h := build(t)
	h.desk.watch = func(_ context.Context, send func() error) error {
		return errors.Join(send(), eventstore.ErrFull)
	}
	for door, client := range h.doors() {
		stream, err := client.WatchSupportRequest(t.Context(), &intakev1.WatchSupportRequestRequest{SupportRequestId: reqID})
		must(t, err)
		if _, err := stream.Receive(); err != nil {
			t.Errorf("%s: %v", door, err)
		}
		_, err = stream.Receive()
		refused(t, err, connect.CodeResourceExhausted, ReasonLogFull)
		must(t, stream.Close())
	}
}

func TestNoTokenAndNothingOfARequestReachesTheLog(t *testing.T) {
	h := build(t)
	const secret = "Wilhelmina"
	bad := "Bearer " + secret + ".x.y"
	h.get(`{"supportRequestId":"` + secret + `"}`)
	h.get(`{"` + secret + `":1}`)
	h.get(`{"supportRequestId":` + secret + `}`)
	h.get(strings.Repeat(secret, MaxRequestBytes/len(secret)+1))
	h.do("POST", "/aanvraag.intake.v1.IntakeService/"+secret, "application/json", "{}", "Authorization", bad)
	h.do("POST", "/aanvraag.intake.v1.IntakeService/"+secret, "application/json", "{}")
	h.desk.get = func(context.Context, *intakev1.GetSupportRequestRequest) error { return errors.New("broken") }
	h.get(`{"supportRequestId":"`+reqID+`"}`, "X-Note", secret)
	text, metrics := h.log.String(), h.do("GET", "/metrics", "", "").body
	for _, hidden := range []string{secret, reqID, "Bearer", "eyJ", "127.0.0.1"} {
		if strings.Contains(text, hidden) {
			t.Errorf("the log holds %q: %s", hidden, text)
		}
		if strings.Contains(metrics, hidden) {
			t.Errorf("the metrics hold %q", hidden)
		}
	}
	if !strings.Contains(text, "broken") {
		t.Error("the log is empty: the test proves nothing")
	}
}
