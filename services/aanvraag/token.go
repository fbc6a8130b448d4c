package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	"aanvraag.internal/services/aanvraag/internal/system"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/rpc"
)

// tokenCmd issues a bearer token, signed by the key in the data directory.
type tokenCmd struct {
	Role    string        `arg:""                                                         help:"receptionist, technician, dispatcher, billing_clerk, auditor, administrator, legal, service, or customer with --request."`
	Data    string        `default:"data"                                                 help:"Data directory whose key signs."                                                                                          type:"path"`
	Subject string        `help:"Who it is for; default: the role's name."`
	Request string        `help:"The one support request that a customer's token is for." placeholder:"ID"`
	For     time.Duration `default:"87600h"                                               help:"How long it is valid."`
}

// Run prints the token.
func (c *tokenCmd) Run(_ context.Context, io streams) error {
	token, err := c.issue()
	if err != nil {
		return err
	}
	fmt.Fprintln(io.out, token)
	return nil
}

// issue signs the token. It is valid from the beginning of the century, so that it
// also serves a sandbox whose clock stands elsewhere.
func (c *tokenCmd) issue() (string, error) {
	role, err := rpc.ParseRole(c.Role)
	switch {
	case err != nil:
		return "", usage(err, "aanvraag token --help lists the roles")
	case (role == commonv1.Role_ROLE_CUSTOMER) != (c.Request != ""):
		return "", usage(errors.New("--request goes with the role customer, and only with it"), "aanvraag token customer --request ID")
	case c.Request != "" && uuid.Validate(c.Request) != nil:
		return "", usage(errors.New("--request is not the id of a support request"), "an id is a UUID")
	case c.For <= 0:
		return "", usage(errors.New("--for is not a time to come"), "write it like 24h")
	}
	if _, err := os.Stat(c.Data); err != nil {
		return "", hinted{fmt.Errorf("data directory: %w", err), "name the directory that the system runs on with --data"}
	}
	keys, err := rpc.OpenKeys(system.KeysDir(c.Data))
	if err != nil {
		return "", err
	}
	if c.Subject == "" {
		c.Subject = c.Role
	}
	return keys.Issue(rpc.Claims{
		Role: role, Subject: c.Subject, SupportRequestID: strings.ToLower(c.Request),
		IssuedAt: tokensSince, ExpiresAt: clock.System{}.Now().Add(c.For).Truncate(time.Second),
	})
}

var tokensSince = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
