package rpc

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"

	connectv1 "connectrpc.com/connect"
	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
	connectcors "connectrpc.com/cors"
	"connectrpc.com/grpchealth"
	"connectrpc.com/grpcreflect"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/cors"
)

// compressMinBytes: below it, compressing costs more than it saves.
const compressMinBytes = 2048

// HandlerConfig is what is served over HTTP.
type HandlerConfig struct {
	// Servers hold the services; each service is on one of them.
	Servers []*connect.Server
	// Ready tells why the process cannot do its work now, or nil. It is asked by
	// /readyz and by gRPC's health protocol. Default: always ready.
	Ready func(context.Context) error
	// Gatherer is served at /metrics; without one there is no such page.
	Gatherer prometheus.Gatherer
	// AllowedOrigins may call from a browser, such as "https://desk.example".
	// Default: none but the origin that is served itself.
	AllowedOrigins []string
	// Closing, once done, ends streams of health and reflection; may be nil.
	Closing context.Context
	// Fallback serves every path that is not ours. Default: 404.
	Fallback http.Handler
	// Log gets why the process is not ready. Default: nothing is logged.
	Log *slog.Logger
}

// Handler serves all services with their health and reflection, /livez, /readyz
// and /metrics, over HTTP/1.1 and HTTP/2: Connect, gRPC and gRPC-Web. It fails on
// an origin that is none and on a schema whose rules do not compile.
func Handler(cfg HandlerConfig) (http.Handler, error) {
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	mux := http.NewServeMux()
	options := []connecthttp.Option{
		connecthttp.WithCodecs(codecs()...),
		connecthttp.WithReadMaxBytes(MaxRequestBytes),
		connecthttp.WithCompressMinBytes(compressMinBytes),
	}
	writer := connecthttp.NewErrorWriter(options...)
	services := map[string]bool{}
	for _, server := range cfg.Servers {
		if err := warm(server); err != nil {
			return nil, err
		}
		for spec := range server.Specs() {
			service, _, _ := strings.Cut(strings.TrimPrefix(spec.Procedure, "/"), "/")
			services[service] = true
		}
		connecthttp.Mount(boundedMux{mux, writer, uploads(server)}, server, options...)
	}
	h := health{ready: cfg.Ready, services: services, log: log}
	mountStandard(endingMux{mux, cfg.Closing}, h)
	mux.HandleFunc("GET /livez", livez)
	mux.HandleFunc("GET /readyz", h.readyz)
	if cfg.Gatherer != nil {
		mux.Handle("GET /metrics", promhttp.HandlerFor(cfg.Gatherer, promhttp.HandlerOpts{}))
	}
	mux.Handle("/", fallback(writer, cfg.Fallback))
	protected, err := crossOrigin(cfg.AllowedOrigins, writer, mux)
	if err != nil {
		return nil, err
	}
	return secure(namedHosts(cfg.AllowedOrigins, writer, senders(protected))), nil
}

// uploads are the procedures whose callers send many messages.
func uploads(server *connect.Server) map[string]bool {
	found := map[string]bool{}
	for spec := range server.Specs() {
		if spec.StreamType&connect.StreamTypeClient != 0 {
			found[spec.Procedure] = true
		}
	}
	return found
}

// boundedMux is a mux whose handlers read bounded bodies.
type boundedMux struct {
	mux     *http.ServeMux
	writer  *connecthttp.ErrorWriter
	uploads map[string]bool // procedures whose bodies are bounded message by message
}

func (m boundedMux) Handle(pattern string, handler http.Handler) {
	if m.uploads[pattern] {
		m.mux.Handle(pattern, boundSilences(negotiate(m.writer, handler)))
		return
	}
	m.mux.Handle(pattern, boundBodies(negotiate(m.writer, handler)))
}

// mountStandard mounts what every gRPC tool looks for.
func mountStandard(mux endingMux, h health) {
	limit := connectv1.WithReadMaxBytes(MaxRequestBytes)
	mux.Handle(grpchealth.NewHandler(h, limit))
	names := slices.Sorted(maps.Keys(h.services))
	reflector := grpcreflect.NewStaticReflector(append(names, grpchealth.HealthV1ServiceName)...)
	mux.Handle(grpcreflect.NewHandlerV1(reflector, limit))
	mux.Handle(grpcreflect.NewHandlerV1Alpha(reflector, limit))
}

// fallback answers calls to services that are not here in their own protocol.
func fallback(writer *connecthttp.ErrorWriter, other http.Handler) http.Handler {
	if other == nil {
		other = http.NotFoundHandler()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && writer.IsSupported(r) {
			_ = writer.Write(w, r, unknownMethod())
			return
		}
		other.ServeHTTP(w, r)
	})
}

// crossOrigin lets browsers call from the allowed origins and from no other. A
// browser sends no token on its own, but the public form takes none.
func crossOrigin(origins []string, writer *connecthttp.ErrorWriter, next http.Handler) (http.Handler, error) {
	protection := http.NewCrossOriginProtection()
	for _, origin := range origins {
		if err := protection.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("allow origin: %w", err)
		}
	}
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = writer.Write(w, r, Fail(connect.CodePermissionDenied, ReasonCrossOrigin,
			"browsers may not call from this origin", nil))
	}))
	protected := protection.Handler(next)
	if len(origins) == 0 {
		return protected, nil // without any, the library below would allow all
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: connectcors.AllowedMethods(),
		AllowedHeaders: append(connectcors.AllowedHeaders(), "Authorization"),
		ExposedHeaders: append(connectcors.ExposedHeaders(), "Retry-After"),
		MaxAge:         7200,
	}).Handler(protected), nil
}

// secure sets the headers that tell browsers to do nothing with an answer but read
// it. A fallback that serves pages replaces those that it must.
func secure(next http.Handler) http.Handler {
	const policy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
