// Package desk is the public API as one of its users holds it: a client with a
// token per role, and the steps of a request's life. The demo and the tests of
// the whole system drive it through this package, and through nothing else.
package desk

import (
	"fmt"
	"net/http"
	"sync"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connecthttp"

	"aanvraag.internal/proto/gen/aanvraag/audit/v1/auditv1connect"
	"aanvraag.internal/proto/gen/aanvraag/billing/v1/billingv1connect"
	"aanvraag.internal/proto/gen/aanvraag/consent/v1/consentv1connect"
	"aanvraag.internal/proto/gen/aanvraag/intake/v1/intakev1connect"
	"aanvraag.internal/proto/gen/aanvraag/notification/v1/notificationv1connect"
	"aanvraag.internal/proto/gen/aanvraag/sandbox/v1/sandboxv1connect"
	"aanvraag.internal/proto/gen/aanvraag/scheduling/v1/schedulingv1connect"
	"aanvraag.internal/services/platform/rpc"
)

// Client is the API for one caller.
type Client struct {
	Consent      consentv1connect.ConsentServiceClient
	Intake       intakev1connect.IntakeServiceClient
	Scheduling   schedulingv1connect.SchedulingServiceClient
	Billing      billingv1connect.BillingServiceClient
	Notification notificationv1connect.NotificationServiceClient
	Audit        auditv1connect.AuditServiceClient
	Sandbox      sandboxv1connect.SandboxServiceClient
}

// Desk reaches one system as any of its users. It is safe for concurrent use.
type Desk struct {
	url   string
	http  connecthttp.HTTPClient
	token func(role string) (string, error)

	mu      sync.Mutex
	clients map[string]Client // by token
	tokens  map[string]string // by role
}

// Open reaches the system at url. token issues a bearer token for a role.
func Open(url string, token func(role string) (string, error)) *Desk {
	return OpenOver(&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}, url, token)
}

// OpenOver is [Open] with an HTTP client of the caller's choice.
func OpenOver(client connecthttp.HTTPClient, url string, token func(role string) (string, error)) *Desk {
	return &Desk{
		url: url, http: client, token: token,
		clients: map[string]Client{}, tokens: map[string]string{},
	}
}

// As is the API for a role, such as "dispatcher"; "" is the public.
func (d *Desk) As(role string) (Client, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	token, has := d.tokens[role]
	if !has && role != "" {
		var err error
		if token, err = d.token(role); err != nil {
			return Client{}, fmt.Errorf("token of %s: %w", role, err)
		}
		d.tokens[role] = token
	}
	return d.with(token), nil
}

// With is the API for whoever holds a token.
func (d *Desk) With(token string) Client {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.with(token)
}

func (d *Desk) with(token string) Client {
	if c, has := d.clients[token]; has {
		return c
	}
	client := connect.NewClient(connecthttp.NewTransport(d.http, d.url, connecthttp.WithCompressMinBytes(2048)),
		rpc.Bearer(func() (string, error) { return token, nil }))
	c := Client{
		Consent:      consentv1connect.NewConsentServiceClient(client),
		Intake:       intakev1connect.NewIntakeServiceClient(client),
		Scheduling:   schedulingv1connect.NewSchedulingServiceClient(client),
		Billing:      billingv1connect.NewBillingServiceClient(client),
		Notification: notificationv1connect.NewNotificationServiceClient(client),
		Audit:        auditv1connect.NewAuditServiceClient(client),
		Sandbox:      sandboxv1connect.NewSandboxServiceClient(client),
	}
	d.clients[token] = c
	return c
}

// Close lets go of the connections.
func (d *Desk) Close() {
	if c, ok := d.http.(*http.Client); ok {
		c.CloseIdleConnections()
	}
}

// Reason is the permanent reason of an error that the API answered, such as
// "CONSENT_MISSING"; "" for anything else.
func Reason(err error) string { return rpc.Reason(err) }
