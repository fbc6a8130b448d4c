package rpc

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	connectv1 "connectrpc.com/connect"
	"connectrpc.com/connect/v2/connecthttp"
	"connectrpc.com/grpchealth"
	"connectrpc.com/grpcreflect"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	"aanvraag.internal/proto/gen/aanvraag/intake/v1/intakev1connect"
	"aanvraag.internal/services/platform/clock"
)

// h2c is a client that speaks HTTP/2 without TLS.
func h2c(t *testing.T) *http.Client {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestReadinessIsTheProcessesOwnAndLivenessIsNot(t *testing.T) {
	var trouble error
	h := build(t, func(cfg *HandlerConfig) { cfg.Ready = func(context.Context) error { return trouble } })
	checker := grpchealth.NewClient(h.client, h.http.URL)
	check := func(service string) grpchealth.Status {
		got, err := checker.Check(t.Context(), &grpchealth.CheckRequest{Service: service})
		must(t, err)
		return got.Status
	}
	if got := h.do("GET", "/readyz", "", ""); got.status != 200 {
		t.Errorf("ready: %d", got.status)
	}
	if check("") != grpchealth.StatusServing || check(intakev1connect.IntakeServiceName) != grpchealth.StatusServing {
		t.Error("ready, but not for gRPC")
	}
	trouble = errors.New("the log of /srv/secret is away")
	if got := h.do("GET", "/readyz", "", ""); got.status != 503 || strings.Contains(got.body, "secret") {
		t.Errorf("not ready: %d %s", got.status, got.body)
	}
	if check("") != grpchealth.StatusNotServing || check(intakev1connect.IntakeServiceName) != grpchealth.StatusNotServing {
		t.Error("not ready, but still for gRPC")
	}
	if got := h.do("GET", "/livez", "", ""); got.status != 200 {
		t.Errorf("alive: %d", got.status)
	}
	_, err := checker.Check(t.Context(), &grpchealth.CheckRequest{Service: "x"})
	if connectv1.CodeOf(err) != connectv1.CodeNotFound {
		t.Errorf("a service that is not here: %v", err)
	}
	if !strings.Contains(h.log.String(), "/srv/secret") {
		t.Error("the log does not say why")
	}
}

func TestTheSchemaCanBeReadFromTheServer(t *testing.T) {
	h := build(t)
	stream := grpcreflect.NewClient(h2c(t), h.http.URL, connectv1.WithGRPC()).NewStream(t.Context())
	names, err := stream.ListServices()
	must(t, err)
	if !slices.Contains(names, intakev1connect.IntakeServiceName) {
		t.Errorf("services: %v", names)
	}
	if _, err := stream.FileContainingSymbol(intakev1connect.IntakeServiceName); err != nil {
		t.Error(err)
	}
	_, err = stream.Close()
	must(t, err)
	old := h.do("POST", "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "application/grpc", "")
	if old.status == 404 {
		t.Error("the older protocol is not there")
	}
}

func TestGRPCWorksWithoutTLS(t *testing.T) {
	h := build(t)
	h.client = h2c(t)
	client := h.as(h.token(commonv1.Role_ROLE_DISPATCHER), connecthttp.WithGRPC())
	_, err := client.GetSupportRequest(t.Context(), getRequest())
	must(t, err)
}

func TestCallsAreCountedByProcedureAndCodeAlone(t *testing.T) {
	h := build(t)
	h.get(`{"supportRequestId":"` + reqID + `"}`)
	h.get(`{"supportRequestId":"x"}`)
	h.watch(envelope(0, `{"supportRequestId":"`+reqID+`"}`))
	h.do("POST", "/aanvraag.intake.v1.IntakeService/Invented", "application/json", "{}")
	got := h.do("GET", "/metrics", "", "").body
	const procedure = `procedure="/aanvraag.intake.v1.IntakeService/`
	for _, line := range []string{
		`aanvraag_rpc_calls_total{code="ok",` + procedure + `GetSupportRequest"} 1`,
		`aanvraag_rpc_calls_total{code="invalid_argument",` + procedure + `GetSupportRequest"} 1`,
		`aanvraag_rpc_calls_total{code="ok",` + procedure + `WatchSupportRequest"} 1`,
		`aanvraag_rpc_calls_total{code="unimplemented",procedure="unknown"} 1`,
		`aanvraag_rpc_seconds_count{` + procedure + `GetSupportRequest"} 2`,
	} {
		if !strings.Contains(got, line) {
			t.Errorf("%s is not in\n%s", line, got)
		}
	}
	if strings.Contains(got, "Invented") {
		t.Error("a caller can make up a label")
	}
	if strings.Contains(got, `aanvraag_rpc_seconds_count{`+procedure+`Watch`) {
		t.Error("how long somebody watched is taken for how long a call took")
	}
	again, err := NewMetrics(h.registry)
	must(t, err)
	if metrics, err := NewMetrics(h.registry); err != nil || metrics.calls != again.calls {
		t.Errorf("a second server has counts of its own: %v", err)
	}
}

func TestBrowsersMayCallFromAllowedOriginsOnly(t *testing.T) {
	h := build(t, func(cfg *HandlerConfig) { cfg.AllowedOrigins = []string{"https://desk.example"} })
	const get = intakev1connect.IntakeServiceGetSupportRequestProcedure
	preflight := func(origin string) http.Header {
		return h.do("OPTIONS", get, "", "", "Origin", origin, "Access-Control-Request-Method", "POST",
			"Access-Control-Request-Headers", "authorization,content-type").header
	}
	if got := preflight("https://desk.example"); got.Get("Access-Control-Allow-Origin") != "https://desk.example" ||
		!strings.Contains(got.Get("Access-Control-Allow-Headers"), "authorization") {
		t.Errorf("the desk's own preflight: %v", got)
	}
	if got := preflight("https://evil.example"); got.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a stranger's preflight: %v", got)
	}
	body := `{"supportRequestId":"` + reqID + `"}`
	if got := h.get(body, "Origin", "https://desk.example", "Sec-Fetch-Site", "cross-site"); got.status != 200 {
		t.Errorf("the desk: %d %s", got.status, got.body)
	}
	h.get(body, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site").says(t, 403, ReasonCrossOrigin)
	if got := h.get(body, "Origin", h.http.URL, "Sec-Fetch-Site", "same-origin"); got.status != 200 {
		t.Errorf("the page that is served here: %d %s", got.status, got.body)
	}

	alone := build(t)
	alone.get(body, "Origin", "https://desk.example").says(t, 403, ReasonCrossOrigin)
	got := alone.do("OPTIONS", get, "", "", "Origin", "https://desk.example", "Access-Control-Request-Method", "POST")
	if got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("without a list everybody is allowed")
	}
	for _, origin := range []string{"*", "desk.example", "https://desk.example/path"} {
		if _, err := Handler(HandlerConfig{AllowedOrigins: []string{origin}}); err == nil {
			t.Errorf("%q is taken for an origin", origin)
		}
	}
}

func TestEveryAnswerTellsBrowsersToDoNothingWithIt(t *testing.T) {
	h := build(t, func(cfg *HandlerConfig) {
		cfg.Fallback = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Security-Policy", "default-src 'self'")
			_, _ = io.WriteString(w, "page")
		})
	})
	for name, got := range map[string]answer{
		"answer": h.get(`{"supportRequestId":"` + reqID + `"}`), "error": h.get("{"), "health": h.do("GET", "/livez", "", ""),
	} {
		if !strings.HasPrefix(got.header.Get("Content-Security-Policy"), "default-src 'none'") ||
			got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", name, got.header)
		}
	}
	page := h.do("GET", "/", "", "")
	if page.body != "page" || page.header.Get("Content-Security-Policy") != "default-src 'self'" {
		t.Errorf("a page of its own: %q %v", page.body, page.header)
	}
}

func TestTheServerBoundsHeadersAndIdleTimeButNotAWatch(t *testing.T) {
	server := HTTPServer(http.NotFoundHandler())
	if server.ReadHeaderTimeout.Seconds() != 5 || server.IdleTimeout <= 0 || server.MaxHeaderBytes > 64<<10 {
		t.Errorf("bounds: %v %v %v", server.ReadHeaderTimeout, server.IdleTimeout, server.MaxHeaderBytes)
	}
	if server.ReadTimeout != 0 || server.WriteTimeout != 0 {
		t.Error("a watch would be cut off")
	}
	h := build(t)
	if got := h.get("{}", "X-Long", strings.Repeat("x", 64<<10)); got.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("long headers: %d", got.status)
	}
}

func TestAddressesOfCallersStayOutOfTheServersOwnLines(t *testing.T) {
	var to logText
	line := "http: panic serving 192.0.2.7:51234: boom\nhttp: TLS handshake error from [2001:db8::1]:443: EOF\n"
	n, err := addressless{&to}.Write([]byte(line))
	must(t, err)
	if n != len(line) {
		t.Errorf("%d bytes written of %d", n, len(line))
	}
	want := "http: panic serving a peer: boom\nhttp: TLS handshake error from a peer: EOF\n"
	if to.String() != want {
		t.Errorf("got %q", to.String())
	}
}

func TestAServerWithoutAnAuthenticatorKnowsOnlyThePublic(t *testing.T) {
	h := build(t)
	server := NewServer(ServerConfig{Clock: clock.NewFrozen(noon, nil), Log: slog.New(slog.DiscardHandler)})
	intakev1connect.RegisterIntakeServiceHandler(server, h.desk)
	client := intakev1connect.NewIntakeServiceClient(InProcess(server, h.keys, "billing", h.clock))
	if _, err := client.GetSupportRequest(t.Context(), getRequest()); Reason(err) != ReasonTokenInvalid {
		t.Errorf("a token that nobody can check: %v", err)
	}
}
