package rpc

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/platform/decider"
)

// N-04: limits are kept per sender, and nobody chooses who he is.
func TestN04_ASenderIsWhomTheProxyOnThisMachineNames(t *testing.T) {
	for name, v := range map[string]struct {
		peer      string
		forwarded []string
		want      string
	}{
		"from this machine":              {"127.0.0.1:4711", nil, ""},
		"from this machine, IPv6":        {"[::1]:4711", nil, ""},
		"from elsewhere":                 {"203.0.113.7:4711", nil, "203.0.113.7"},
		"from elsewhere, naming another": {"203.0.113.7:4711", []string{"198.51.100.1"}, "203.0.113.7"},
		"passed on":                      {"127.0.0.1:4711", []string{"203.0.113.7"}, "203.0.113.7"},
		"passed on twice here":           {"127.0.0.1:4711", []string{"203.0.113.7, 127.0.0.1"}, "203.0.113.7"},
		"what the caller made up":        {"127.0.0.1:4711", []string{"198.51.100.1, 203.0.113.7"}, "203.0.113.7"},
		"made up in a header of its own": {"127.0.0.1:4711", []string{"198.51.100.1", "203.0.113.7"}, "203.0.113.7"},
		"a network of one customer":      {"127.0.0.1:4711", []string{"2001:db8:1:2:3:4:5:6"}, "2001:db8:1:2::/64"},
		"IPv4 written as IPv6":           {"127.0.0.1:4711", []string{"::ffff:203.0.113.7"}, "203.0.113.7"},
		"no address":                     {"127.0.0.1:4711", []string{"somebody"}, ""},
		"a peer without an address":      {"@", []string{"203.0.113.7"}, ""},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.RemoteAddr = v.peer
		for _, f := range v.forwarded {
			r.Header.Add(forwardedFor, f)
		}
		got := "nobody asked"
		senders(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = SenderFrom(r.Context()) })).
			ServeHTTP(httptest.NewRecorder(), r)
		if got != v.want {
			t.Errorf("%s: %q, want %q", name, got, v.want)
		}
	}
}

// N-04: whoever is turned away is told in three ways when to come again: by the
// error's metadata, by google.rpc.RetryInfo, and by the header that HTTP has for it.
func TestN04_WhoIsTurnedAwayIsToldWhenToComeAgain(t *testing.T) {
	h := build(t)
	h.desk.get = func(context.Context, *intakev1.GetSupportRequestRequest) error {
		return &decider.Rejection{
			Kind: decider.Exhausted, Code: "THROTTLED", Rule: "N-04", Reason: "too many",
			Details: map[string]string{DetailRetryAfter: "1800"},
		}
	}
	got := h.get(`{"supportRequestId":"` + reqID + `"}`)
	if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "1800" ||
		!strings.Contains(got.body, `"retryAfterSeconds":"1800"`) || !strings.Contains(got.body, "google.rpc.RetryInfo") {
		t.Errorf("%+v", got)
	}
}

// N-04: the door in front of several processes is no sender, and hides none.
func TestN04_TheDoorPassesOnWhoSends(t *testing.T) {
	h := build(t)
	var got atomic.Value
	h.desk.get = func(ctx context.Context, _ *intakev1.GetSupportRequestRequest) error {
		got.Store(SenderFrom(ctx))
		return nil
	}
	behind, err := url.Parse(h.http.URL)
	must(t, err)
	door := httptest.NewServer(Proxy(ProxyConfig{
		Backends: map[string]*url.URL{"intake": behind}, Log: slog.New(slog.DiscardHandler),
	}))
	defer door.Close()
	h.http.URL = door.URL
	for forwarded, want := range map[string]string{"": "", "203.0.113.7": "203.0.113.7", "198.51.100.1, 203.0.113.7": "203.0.113.7"} {
		var headers []string
		if forwarded != "" {
			headers = []string{forwardedFor, forwarded}
		}
		answer := h.get(`{"supportRequestId":"`+reqID+`"}`, headers...)
		if answer.status != http.StatusOK || got.Load() != want {
			t.Errorf("%q: %d, sender %q, want %q", forwarded, answer.status, got.Load(), want)
		}
	}
}
