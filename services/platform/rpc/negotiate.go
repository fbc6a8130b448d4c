package rpc

import (
	"net/http"
	"strconv"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"
)

// negotiate refuses what the transport would refuse before any interceptor sees
// the call, so that these errors have a reason too.
func negotiate(writer *connecthttp.ErrorWriter, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if problem := negotiationFault(r); problem != nil {
			_ = writer.Write(w, r, problem)
			_ = r.Body.Close()
			return
		}
		next.ServeHTTP(w, r)
	})
}

func negotiationFault(r *http.Request) *connect.Error {
	query := r.URL.Query()
	version, want := r.Header.Get("Connect-Protocol-Version"), "1"
	if r.Method == http.MethodGet {
		version, want = query.Get("connect"), "v1"
	}
	timeout := r.Header.Get("Connect-Timeout-Ms")
	millis, err := strconv.ParseInt(timeout, 10, 64)
	switch {
	case version != "" && version != want:
		return protocolFault("version")
	case timeout != "" && (err != nil || millis < 0 || len(timeout) > 10):
		return protocolFault("timeout")
	case r.Method == http.MethodGet && !(query.Has("encoding") && query.Has("message")):
		return protocolFault("query")
	}
	for _, name := range []string{
		r.Header.Get("Content-Encoding"), r.Header.Get("Connect-Content-Encoding"),
		r.Header.Get("Grpc-Encoding"), query.Get("compression"),
	} {
		if name != "" && name != connect.CompressionNameIdentity && name != connect.CompressionNameGzip {
			return Fail(connect.CodeUnimplemented, ReasonInvalidProtocol, "this compression is not supported",
				map[string]string{"part": "compression", "supported": connect.CompressionNameGzip})
		}
	}
	return nil
}

func protocolFault(part string) *connect.Error {
	return Fail(connect.CodeInvalidArgument, ReasonInvalidProtocol, "the "+part+" of the call is not as the protocol wants it",
		map[string]string{"part": part})
}
