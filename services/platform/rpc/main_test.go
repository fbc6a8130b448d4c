package rpc

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/proto/gen/aanvraag/intake/v1/intakev1connect"
	"aanvraag.internal/services/platform/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	noon  = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	reqID = "0b8f6a0e-6f7e-4a53-9d55-1f1f0a5d2c11"
)

// desk is a small intake service.
type desk struct {
	intakev1connect.UnimplementedIntakeServiceHandler
	get   func(context.Context, *intakev1.GetSupportRequestRequest) error
	watch func(context.Context, func() error) error
}

func (d *desk) GetSupportRequest(
	ctx context.Context, req *intakev1.GetSupportRequestRequest,
) (*intakev1.GetSupportRequestResponse, error) {
	if d.get != nil {
		if err := d.get(ctx, req); err != nil {
			return nil, err
		}
	}
	return &intakev1.GetSupportRequestResponse{
		SupportRequest: &intakev1.SupportRequest{SupportRequestId: req.GetSupportRequestId()},
	}, nil
}

func (d *desk) WatchSupportRequest(
	ctx context.Context, _ *intakev1.WatchSupportRequestRequest, s intakev1connect.IntakeServiceWatchSupportRequestServerStream,
) error {
	send := func() error { return s.Send(&intakev1.WatchSupportRequestResponse{}) }
	if d.watch != nil {
		return d.watch(ctx, send)
	}
	return send()
}

func (d *desk) ListSupportRequests(
	context.Context, *intakev1.ListSupportRequestsRequest,
) (*intakev1.ListSupportRequestsResponse, error) {
	return &intakev1.ListSupportRequestsResponse{}, nil
}

// house is one process with a desk in it.
type house struct {
	t        *testing.T
	desk     *desk
	keys     *Keys
	clock    *clock.Frozen
	log      *logText
	registry *prometheus.Registry
	server   *connect.Server
	http     *httptest.Server
	client   *http.Client
}

func build(t *testing.T, change ...func(*HandlerConfig)) *house {
	t.Helper()
	keys, err := OpenKeys(t.TempDir())
	must(t, err)
	h := &house{
		t: t, desk: &desk{}, keys: keys, clock: clock.NewFrozen(noon, nil),
		log: &logText{}, registry: prometheus.NewRegistry(),
	}
	metrics, err := NewMetrics(h.registry)
	must(t, err)
	log := slog.New(slog.NewJSONHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	h.server = NewServer(ServerConfig{Clock: h.clock, Authenticator: keys, Log: log, Metrics: metrics})
	intakev1connect.RegisterIntakeServiceHandler(h.server, h.desk)
	cfg := HandlerConfig{Servers: []*connect.Server{h.server}, Gatherer: h.registry, Log: log}
	for _, c := range change {
		c(&cfg)
	}
	handler, err := Handler(cfg)
	must(t, err)
	h.http = httptest.NewUnstartedServer(handler)
	h.http.Config = HTTPServer(handler)
	h.http.Start()
	transport := &http.Transport{DisableCompression: true}
	h.client = &http.Client{Transport: transport, Timeout: 20 * time.Second}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		h.http.Close()
	})
	return h
}

// token is one of a role that lives for an hour.
func (h *house) token(role commonv1.Role) string {
	h.t.Helper()
	c := Claims{Role: role, Subject: "tess", IssuedAt: noon, ExpiresAt: noon.Add(time.Hour)}
	if role == commonv1.Role_ROLE_CUSTOMER {
		c.SupportRequestID = reqID
	}
	token, err := h.keys.Issue(c)
	must(h.t, err)
	return token
}

// as is an HTTP client with a bearer token.
func (h *house) as(token string, options ...connecthttp.Option) intakev1connect.IntakeServiceClient {
	bearer := func(next connect.ClientFunc) connect.ClientFunc {
		return func(ctx context.Context, spec connect.Spec) (connect.ClientStream, error) {
			if info, ok := connect.CallInfoForClientContext(ctx); ok && token != "" {
				info.RequestHeader().Set("Authorization", "Bearer "+token)
			}
			return next(ctx, spec)
		}
	}
	return intakev1connect.NewIntakeServiceClient(
		connect.NewClient(connecthttp.NewTransport(h.client, h.http.URL, options...), bearer))
}

func (h *house) inProcess() intakev1connect.IntakeServiceClient {
	return intakev1connect.NewIntakeServiceClient(InProcess(h.server, h.keys, "billing", h.clock))
}

// doors are all ways in, each with a token that may read.
func (h *house) doors() map[string]intakev1connect.IntakeServiceClient {
	token := h.token(commonv1.Role_ROLE_SERVICE)
	return map[string]intakev1connect.IntakeServiceClient{
		"connect with protobuf": h.as(token),
		"connect with JSON":     h.as(token, connecthttp.WithProtoJSON()),
		"connect by GET":        h.as(token, connecthttp.WithHTTPGet()),
		"gRPC-Web":              h.as(token, connecthttp.WithGRPCWeb()),
		"in-process":            h.inProcess(),
	}
}

// answer is one HTTP answer, read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

func (h *house) do(method, path, contentType, body string, headers ...string) answer {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.http.URL+path, strings.NewReader(body))
	must(h.t, err)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := h.client.Do(req)
	must(h.t, err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	must(h.t, err)
	return answer{res.StatusCode, res.Header, string(data)}
}

// get posts JSON to GetSupportRequest as a dispatcher.
func (h *house) get(body string, headers ...string) answer {
	h.t.Helper()
	headers = append([]string{"Authorization", "Bearer " + h.token(commonv1.Role_ROLE_DISPATCHER)}, headers...)
	return h.do("POST", intakev1connect.IntakeServiceGetSupportRequestProcedure, "application/json", body, headers...)
}

type logText struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused checks code and reason of an error.
func refused(t *testing.T, err error, code connect.Code, reason string) {
	t.Helper()
	if err == nil || connect.CodeOf(err) != code || Reason(err) != reason {
		t.Errorf("got %v with reason %q, want %v with reason %q", err, Reason(err), code, reason)
	}
}

func getRequest() *intakev1.GetSupportRequestRequest {
	return &intakev1.GetSupportRequestRequest{SupportRequestId: reqID}
}
