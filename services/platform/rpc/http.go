package rpc

import (
	"io"
	"log"
	"net/http"
	"os"
	"regexp"
	"time"
)

// HTTPServer makes the server for a handler, without an address: HTTP/1.1 and
// HTTP/2, the latter also without TLS (gRPC clients want it). Who owns it starts
// and stops it. Whole requests and answers have no time limit, because a watch
// lasts as long as its request lives; headers, bodies and idle connections do.
func HTTPServer(handler http.Handler) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           handler,
		Protocols:         protocols,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: 250,
			SendPingTimeout:      30 * time.Second,
			PingTimeout:          15 * time.Second,
			WriteByteTimeout:     30 * time.Second,
		},
		ErrorLog: log.New(addressless{os.Stderr}, "", 0),
	}
}

// addressless keeps the addresses of callers, which are personal data, out of what
// the HTTP server says about their connections.
type addressless struct{ to io.Writer }

var address = regexp.MustCompile(`\[?[0-9a-fA-F:.%]*[0-9a-fA-F]\]?:\d{1,5}\b`)

func (a addressless) Write(line []byte) (int, error) {
	if _, err := a.to.Write(address.ReplaceAll(line, []byte("a peer"))); err != nil {
		return 0, err
	}
	return len(line), nil
}
