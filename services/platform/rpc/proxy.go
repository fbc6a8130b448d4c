package rpc

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"connectrpc.com/connect/v2/connecthttp"
)

// ProxyConfig says where each service is.
type ProxyConfig struct {
	// Backends are base URLs by the middle part of the package's name: "intake" of
	// aanvraag.intake.v1.
	Backends map[string]*url.URL
	// Closing, once done, ends Connect's streams; may be nil.
	Closing context.Context
	Log     *slog.Logger
}

// Proxy passes each call on to the process that has its service, unread, so that
// clients need one address. Who may call what is judged there. /readyz asks every
// process.
func Proxy(cfg ProxyConfig) http.Handler {
	writer := connecthttp.NewErrorWriter(connecthttp.WithCodecs(codecs()...))
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(cfg.Backends[serviceOf(r.In.URL.Path)])
			r.Out.Host = r.In.Host // by which the other side judges hosts and origins
			// Whom a call comes from, as limits need it; see SenderFrom.
			r.Out.Header[forwardedFor] = r.In.Header[forwardedFor]
			r.SetXForwarded()
		},
		Transport:     backends(),
		FlushInterval: -1, // a stream's messages go on as they come
		ErrorLog:      slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug),
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() == nil {
				cfg.Log.Warn("a service cannot be reached", "service", serviceOf(r.URL.Path), "error", err)
			}
			if writer.IsSupported(r) {
				_ = writer.Write(w, r, unavailable())
				return
			}
			plain(w, http.StatusServiceUnavailable, "unavailable\n")
		},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", livez)
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		for name, at := range cfg.Backends {
			if !answers(r.Context(), proxy.Transport, at) {
				plain(w, http.StatusServiceUnavailable, "not ready: "+name+"\n")
				return
			}
		}
		plain(w, http.StatusOK, "ready\n")
	})
	unknown := fallback(writer, nil)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if _, here := cfg.Backends[serviceOf(r.URL.Path)]; !here {
			unknown.ServeHTTP(w, r)
			return
		}
		if cfg.Closing != nil && strings.HasPrefix(r.Header.Get("Content-Type"), "application/connect+") {
			ctx, cancel := context.WithCancel(r.Context())
			defer cancel()
			defer context.AfterFunc(cfg.Closing, cancel)()
			r = r.WithContext(ctx)
		}
		proxy.ServeHTTP(w, r)
	})
	return secure(mux)
}

// serviceOf is "intake" of "/aanvraag.intake.v1.IntakeService/…"; empty for others.
func serviceOf(path string) string {
	procedure, ours := strings.CutPrefix(path, "/aanvraag.")
	name, _, more := strings.Cut(procedure, ".")
	if !ours || !more {
		return ""
	}
	return name
}

// byProtocol speaks to the other side what the caller speaks: gRPC needs HTTP/2,
// and everything else is faster without.
type byProtocol struct{ one, two http.RoundTripper }

func (b byProtocol) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
		return b.two.RoundTrip(r)
	}
	return b.one.RoundTrip(r)
}

func backends() http.RoundTripper {
	one := &http.Transport{MaxIdleConnsPerHost: 256, IdleConnTimeout: time.Minute, DisableCompression: true}
	two := one.Clone()
	two.Protocols = new(http.Protocols)
	two.Protocols.SetUnencryptedHTTP2(true)
	two.Protocols.SetHTTP2(true)
	return byProtocol{one, two}
}

// answers tells whether the process at a base URL says that it is ready.
func answers(ctx context.Context, transport http.RoundTripper, at *url.URL) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.JoinPath("readyz").String(), nil)
	if err != nil {
		return false
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
}
