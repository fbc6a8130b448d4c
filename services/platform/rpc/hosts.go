package rpc

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
)

// namedHosts refuses calls that name a host which is not this one: no loopback
// address, not "localhost", and no allowed origin's. A browser lets a page call its
// own host freely, and a page's host can be turned to any address.
func namedHosts(origins []string, writer *connecthttp.ErrorWriter, next http.Handler) http.Handler {
	known := map[string]bool{"localhost": true}
	for _, origin := range origins {
		if u, err := url.Parse(origin); err == nil {
			known[strings.ToLower(u.Hostname())] = true
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := strings.ToLower((&url.URL{Host: r.Host}).Hostname())
		if ip := net.ParseIP(host); known[host] || ip != nil && ip.IsLoopback() {
			next.ServeHTTP(w, r)
			return
		}
		if r.Method == http.MethodPost && writer.IsSupported(r) {
			_ = writer.Write(w, r, Fail(connect.CodePermissionDenied, ReasonHostUnknown, "this is not that host", nil))
			return
		}
		http.Error(w, "this is not that host", http.StatusMisdirectedRequest)
	})
}

// endingMux is a mux whose requests end when the process stops.
type endingMux struct {
	mux     *http.ServeMux
	closing context.Context
}

func (m endingMux) Handle(pattern string, handler http.Handler) {
	m.mux.Handle(pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.closing == nil {
			handler.ServeHTTP(w, r)
			return
		}
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(m.closing, cancel)()
		handler.ServeHTTP(w, r.WithContext(ctx))
	}))
}
