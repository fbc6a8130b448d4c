package rpc

import (
	"context"
	"fmt"
	"sync"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	"connectrpc.com/connect/v2/connectinprocess"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	"aanvraag.internal/services/platform/clock"
)

// InProcess makes a client that calls server without a network, as the service of
// that name. The server's interceptors act as they do over HTTP.
func InProcess(server *connect.Server, keys *Keys, service string, clk clock.Clock) *connect.Client {
	token := &serviceToken{keys: keys, service: service, clock: clk}
	return connect.NewClient(connectinprocess.New(server), token.intercept)
}

// Remote makes a client that calls the servers at baseURL, as the service of that
// name. client is usually an [http.Client].
func Remote(client connecthttp.HTTPClient, baseURL string, keys *Keys, service string, clk clock.Clock) *connect.Client {
	token := &serviceToken{keys: keys, service: service, clock: clk}
	transport := connecthttp.NewTransport(client, baseURL, connecthttp.WithCompressMinBytes(compressMinBytes))
	return connect.NewClient(transport, token.intercept)
}

// serviceTokenLife is how long a service's token lives; it is renewed at half.
const serviceTokenLife = time.Hour

// serviceToken is the identity of one service, renewed as time goes.
type serviceToken struct {
	keys    *Keys
	service string
	clock   clock.Clock

	mu     sync.Mutex
	token  string
	issued time.Time
}

func (s *serviceToken) at(now time.Time) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if age := now.Sub(s.issued); s.token != "" && age >= 0 && age < serviceTokenLife/2 {
		return s.token, nil
	}
	token, err := s.keys.Issue(Claims{
		Role: commonv1.Role_ROLE_SERVICE, Subject: s.service, IssuedAt: now, ExpiresAt: now.Add(serviceTokenLife),
	})
	if err != nil {
		return "", fmt.Errorf("identify as service %s: %w", s.service, err)
	}
	s.token, s.issued = token, now
	return token, nil
}

func (s *serviceToken) intercept(next connect.ClientFunc) connect.ClientFunc {
	return func(ctx context.Context, spec connect.Spec) (connect.ClientStream, error) {
		now := s.clock.Now()
		token, err := s.at(now)
		if err != nil {
			return nil, err
		}
		if info, ok := connect.CallInfoForClientContext(ctx); ok {
			info.RequestHeader().Set("Authorization", "Bearer "+token)
		}
		return next(context.WithValue(ctx, sentKey{}, now), spec)
	}
}

type sentKey struct{}

// sentInProcess tells whether a call came without a network, and by whose clock it
// was sent when. Its token is judged by that instant: a clock that an API user
// advances may jump by months between the two ends of one call.
func sentInProcess(ctx context.Context, info *connect.CallInfo) (time.Time, bool) {
	if info.TransportInfo != nil {
		return time.Time{}, false
	}
	sent, ok := ctx.Value(sentKey{}).(time.Time)
	return sent, ok
}

// Bearer makes every call of a client carry the token that token answers; none
// when that is empty.
func Bearer(token func() (string, error)) connect.ClientInterceptor {
	return func(next connect.ClientFunc) connect.ClientFunc {
		return func(ctx context.Context, spec connect.Spec) (connect.ClientStream, error) {
			text, err := token()
			if err != nil {
				return nil, err
			}
			if info, ok := connect.CallInfoForClientContext(ctx); ok && text != "" {
				info.RequestHeader().Set("Authorization", "Bearer "+text)
			}
			return next(ctx, spec)
		}
	}
}
