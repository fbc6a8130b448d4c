package rpc

import (
	"context"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
)

var update = flag.Bool("update", false, "rewrite golden files")

const key = "7d1d2f0a-51a6-4f0e-8a57-0d6f5a1b2c33"

func submit() *intakev1.SubmitSupportRequestRequest {
	return &intakev1.SubmitSupportRequestRequest{
		IdempotencyKey: key, SupportRequestId: reqID, Channel: intakev1.Channel_CHANNEL_WEB_FORM, WarrantyClaim: true,
		Problem: "De printer zegt €", Party: &intakev1.Party{
			Kind: 1, Name: "Anna", Address: &intakev1.Address{City: "Bladel", CountryCode: "NL"},
		},
	}
}

func same(b []byte) []byte { return b }

func envelopeOf(t *testing.T, ctx context.Context, req Request) (out struct {
	ID          uuid.UUID
	Fingerprint string
	Actor       eventstore.Actor
	IfRevision  *eventstore.Revision
},
) {
	t.Helper()
	env, err := NewCommand(ctx, clock.NewFrozen(noon, nil), same, req, reqID)
	must(t, err)
	if !env.DecidedAt.Equal(noon) || env.Correlation != reqID {
		t.Errorf("decided at %v about %s", env.DecidedAt, env.Correlation)
	}
	out.ID, out.Fingerprint, out.Actor, out.IfRevision = env.CommandID, string(env.Fingerprint), env.Actor, env.IfRevision
	return out
}

func TestACommandSaysWhoAndRecognisesItsRepeat(t *testing.T) {
	ctx := WithCaller(t.Context(), Caller{Role: commonv1.Role_ROLE_BILLING_CLERK, Subject: "bo", Authentication: AuthToken})
	first := envelopeOf(t, ctx, submit())
	// The id follows from the key and is not the key: whatever a client chooses, it
	// is never the id of a command that a service derives from an event.
	if again := envelopeOf(t, ctx, submit()); first.ID.String() == key || first.ID != again.ID || first.ID != CommandID(uuid.MustParse(key)) {
		t.Errorf("command ids %v and %v", first.ID, again.ID)
	}
	if want := (eventstore.Actor{Kind: "billing_clerk", ID: "bo", Authentication: "token"}); first.Actor != want {
		t.Errorf("actor %+v", first.Actor)
	}
	other := submit()
	other.IdempotencyKey = strings.ToUpper(key)
	repeat := envelopeOf(t, t.Context(), other)
	if repeat.ID != first.ID || repeat.Fingerprint != first.Fingerprint {
		t.Error("neither the key's spelling nor who asks is part of what is asked")
	}
	if want := (eventstore.Actor{Kind: "public", Authentication: "none"}); repeat.Actor != want {
		t.Errorf("actor %+v", repeat.Actor)
	}
	other = submit()
	other.Party.Address.City = "Reusel"
	if envelopeOf(t, ctx, other).Fingerprint == first.Fingerprint {
		t.Error("another body has the same fingerprint (P5)")
	}
	accept := &intakev1.AcceptSupportRequestRequest{IdempotencyKey: key, SupportRequestId: reqID}
	cancel := &intakev1.CancelSupportRequestRequest{IdempotencyKey: key, SupportRequestId: reqID}
	if envelopeOf(t, ctx, accept).Fingerprint == envelopeOf(t, ctx, cancel).Fingerprint {
		t.Error("another wish with the same fields has the same fingerprint")
	}
}

func TestTheRevisionThatACallerNamesIsAskedFor(t *testing.T) {
	req := &intakev1.AcceptSupportRequestRequest{IdempotencyKey: key, SupportRequestId: reqID}
	if got := envelopeOf(t, t.Context(), req).IfRevision; got != nil {
		t.Errorf("none was named, got %d", *got)
	}
	req.IfRevision = proto.Int64(0)
	if got := envelopeOf(t, t.Context(), req).IfRevision; got == nil || *got != 0 {
		t.Errorf("revision 0 was named, got %v", got)
	}
	if got := envelopeOf(t, t.Context(), submit()).IfRevision; got != nil {
		t.Errorf("there is no such field, got %d", *got)
	}
}

func TestACommandThatCannotBeRepeatedIsRefused(t *testing.T) {
	for name, change := range map[string]func(*intakev1.SubmitSupportRequestRequest){
		"no key":   func(r *intakev1.SubmitSupportRequestRequest) { r.IdempotencyKey = "" },
		"nil key":  func(r *intakev1.SubmitSupportRequestRequest) { r.IdempotencyKey = uuid.Nil.String() },
		"text key": func(r *intakev1.SubmitSupportRequestRequest) { r.IdempotencyKey = "again" },
	} {
		req := submit()
		change(req)
		_, err := NewCommand(t.Context(), clock.NewFrozen(noon, nil), same, req, "")
		if Reason(err) != ReasonInvalidRequest || violations(t, err)["idempotency_key"] == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, in := range []func(*intakev1.SubmitSupportRequestRequest) proto.Message{
		func(r *intakev1.SubmitSupportRequestRequest) proto.Message { return r },
		func(r *intakev1.SubmitSupportRequestRequest) proto.Message { return r.GetParty().GetAddress() },
	} {
		req := submit()
		in(req).ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 999, protowire.VarintType), 1))
		_, err := NewCommand(t.Context(), clock.NewFrozen(noon, nil), same, req, "")
		refused(t, err, connect.CodeInvalidArgument, ReasonUnknownField)
	}
}

// The bytes are compared with what earlier versions recorded: they never change.
func TestTheCanonicalBytesAreThoseOfAlways(t *testing.T) {
	list, err := structpb.NewStruct(map[string]any{"b": "x", "a": []any{true, nil}})
	must(t, err)
	for name, m := range map[string]proto.Message{
		"submit":   submit(),
		"empty":    &intakev1.GetContactDirectoryRequest{},
		"revision": &intakev1.AcceptSupportRequestRequest{IfRevision: proto.Int64(0)},
		"list": &intakev1.ListSupportRequestsRequest{
			States: []intakev1.SupportRequestState{2, 1}, PageSize: -1,
		},
		"duration": durationpb.New(-1500000000),
		"bytes":    wrapperspb.Bytes([]byte{0, 255}),
		"unsigned": wrapperspb.UInt64(1<<64 - 1),
		"map":      list,
	} {
		data, err := Canonical(m)
		must(t, err)
		path := filepath.Join("testdata", "canonical", name+".hex")
		got := hex.Dump(data)
		if *update {
			must(t, os.MkdirAll(filepath.Dir(path), 0o755))
			must(t, os.WriteFile(path, []byte(got), 0o644))
		}
		want, err := os.ReadFile(path)
		must(t, err)
		if got != string(want) {
			t.Errorf("%s has become\n%s", name, got)
		}
	}
}

func TestCanonicalBytesTellMessagesApart(t *testing.T) {
	seen := map[string]string{}
	for name, m := range map[string]proto.Message{
		"":             &intakev1.Address{},
		"ab, c":        &intakev1.Address{Street: "ab", HouseNumber: "c"},
		"a, bc":        &intakev1.Address{Street: "a", HouseNumber: "bc"},
		"city":         &intakev1.Address{City: "ab"},
		"no party":     &intakev1.SubmitSupportRequestRequest{},
		"empty party":  &intakev1.SubmitSupportRequestRequest{Party: &intakev1.Party{}},
		"no revision":  &intakev1.AcceptSupportRequestRequest{},
		"revision 0":   &intakev1.AcceptSupportRequestRequest{IfRevision: proto.Int64(0)},
		"another kind": &intakev1.CancelSupportRequestRequest{IfRevision: proto.Int64(0)},
	} {
		data, err := Canonical(m)
		must(t, err)
		if twin, twice := seen[string(data)]; twice {
			t.Errorf("%q and %q are the same", name, twin)
		}
		seen[string(data)] = name
	}
	for name, m := range map[string]proto.Message{
		"float": wrapperspb.Float(1), "double": wrapperspb.Double(1), "number in a struct": structpb.NewNumberValue(1),
	} {
		if _, err := Canonical(m); err == nil {
			t.Errorf("%s has a canonical form", name)
		}
	}
}
