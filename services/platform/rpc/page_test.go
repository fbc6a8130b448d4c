package rpc

import (
	"strings"
	"testing"

	"connectrpc.com/connect/v2"
	"pgregory.net/rapid"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/platform/eventstore"
)

func TestAConsistencyTokenIsThePositionItWasMadeOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := eventstore.Position(rapid.Uint64().Draw(t, "position"))
		token := Token(want)
		if got, err := ParseToken(token); err != nil || got != want || len(token) > 64 {
			t.Fatalf("%s is %d (%v), want %d", token, got, err, want)
		}
	})
	if got, err := ParseToken(""); err != nil || got != 0 {
		t.Errorf("no token is %d (%v)", got, err)
	}
	// Callers keep tokens: the form never changes.
	if got := Token(258); got != "AAAAAAAAAQIx4YM4" {
		t.Errorf("position 258 is written %s", got)
	}
}

func TestATextThatIsNoTokenIsRefused(t *testing.T) {
	good := Token(7)
	for _, text := range []string{"7", good[:15], good + "A", "B" + good[1:], good + "=", " " + good, strings.ToLower(good)} {
		_, err := ParseToken(text)
		refused(t, err, connect.CodeInvalidArgument, ReasonConsistencyTokenInvalid)
		_, err = parsePage(nil, text)
		refused(t, err, connect.CodeInvalidArgument, ReasonPageTokenInvalid)
	}
}

func TestAPageTokenGoesOnInTheSameListOnly(t *testing.T) {
	list := func(change func(*intakev1.ListSupportRequestsRequest)) []byte {
		req := &intakev1.ListSupportRequestsRequest{States: []intakev1.SupportRequestState{1}}
		change(req)
		filter, err := pageFilter(req)
		must(t, err)
		return filter
	}
	filter := list(func(*intakev1.ListSupportRequestsRequest) {})
	token := pageToken(filter, "2026-000007")
	for _, same := range []func(*intakev1.ListSupportRequestsRequest){
		func(r *intakev1.ListSupportRequestsRequest) { r.PageToken = token },
		func(r *intakev1.ListSupportRequestsRequest) { r.PageSize = 3 },
		func(r *intakev1.ListSupportRequestsRequest) { r.ConsistencyToken = Token(7) },
	} {
		if got, err := parsePage(list(same), token); err != nil || got != "2026-000007" {
			t.Errorf("got %q (%v)", got, err)
		}
	}
	_, err := parsePage(list(func(r *intakev1.ListSupportRequestsRequest) { r.States = nil }), token)
	refused(t, err, connect.CodeInvalidArgument, ReasonPageTokenInvalid)
	if got := pageToken(filter, ""); got != "" {
		t.Errorf("after the last page comes %q", got)
	}
	if got, err := parsePage(filter, ""); err != nil || got != "" {
		t.Errorf("the first page begins after %q (%v)", got, err)
	}
	if n := len(pageToken(filter, strings.Repeat("k", 170))); n > 256 {
		t.Errorf("a key of 170 bytes takes %d characters", n)
	}
}
