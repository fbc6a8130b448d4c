package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"

	"aanvraag.internal/services/platform/rpc"
)

// reach is where a running system is, and what lets a caller in.
type reach struct {
	URL  string `default:"http://127.0.0.1:8080" help:"Where the system is."                      name:"url"`
	Data string `default:"data"                  help:"Data directory whose key signs the token." type:"path"`
}

// errAway answers a caller whose system cannot be reached.
var errAway = errors.New("the system cannot be reached")

// as is the system's API for a role; subject is who is recorded.
func (r reach) as(role, subject string) (*connect.Client, error) {
	at, err := url.Parse(r.URL)
	if err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return nil, usage(errors.New("--url is not an address"), "write it like http://127.0.0.1:8080")
	}
	token, err := (&tokenCmd{Role: role, Data: r.Data, Subject: subject, For: 10 * 365 * 24 * time.Hour}).issue()
	if err != nil {
		return nil, err
	}
	transport := connecthttp.NewTransport(http.DefaultClient, r.URL)
	return connect.NewClient(transport, rpc.Bearer(func() (string, error) { return token, nil })), nil
}

// reached adds advice to an error of a system that did not answer, or does not know
// the caller.
func reached(err error) error {
	switch {
	case rpc.Reason(err) == rpc.ReasonTokenInvalid:
		return hinted{err, "name the data directory of that system with --data"}
	case rpc.Reason(err) == "" && connect.CodeOf(err) == connect.CodeUnavailable:
		return hinted{fmt.Errorf("%w: %w", errAway, err), "start it, or say where it is with --url"}
	}
	return err
}
