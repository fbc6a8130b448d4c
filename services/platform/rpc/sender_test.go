package rpc

import (
	"net/http"
	"net/http/httptest"
	"testing"
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
