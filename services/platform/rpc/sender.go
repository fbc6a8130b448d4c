package rpc

import (
	"context"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

type senderKey struct{}

// SenderFrom is the network address of whoever makes the call that ctx belongs to,
// as far as limits need it: an IPv4 address, or the /64 network of an IPv6 address,
// which is what one customer is given. It is empty for a call from this machine that
// no proxy passed on, and for a call within the process. It is personal data: it is
// neither logged nor stored in clear.
func SenderFrom(ctx context.Context) string {
	sender, _ := ctx.Value(senderKey{}).(string)
	return sender
}

// WithSender makes ctx belong to a call from that address. The handler does so for
// every call over HTTP; a test may.
func WithSender(ctx context.Context, sender string) context.Context {
	return context.WithValue(ctx, senderKey{}, sender)
}

// forwardedFor is where proxies write whom they pass a call on for, the nearest one
// last.
const forwardedFor = "X-Forwarded-For"

// senders makes [SenderFrom] known to what follows.
func senders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sender := senderOf(r); sender != "" {
			r = r.WithContext(WithSender(r.Context(), sender))
		}
		next.ServeHTTP(w, r)
	})
}

// senderOf believes what a proxy on this machine says, and nobody else: others could
// name any address. Of what proxies say only the last address counts that is not of
// this machine; those before it come from the caller.
func senderOf(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	if !peer.Addr().Unmap().IsLoopback() {
		return network(peer.Addr())
	}
	passed := strings.Split(strings.Join(r.Header.Values(forwardedFor), ","), ",")
	for _, one := range slices.Backward(passed) {
		addr, err := netip.ParseAddr(strings.TrimSpace(one))
		if err != nil {
			return ""
		}
		if !addr.Unmap().IsLoopback() {
			return network(addr)
		}
	}
	return ""
}

func network(addr netip.Addr) string {
	addr = addr.Unmap().WithZone("")
	if addr.Is4() {
		return addr.String()
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return ""
	}
	return prefix.String()
}
