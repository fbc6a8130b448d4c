package system

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"

	"connectrpc.com/connect/v2"

	"aanvraag.internal/proto/gen/aanvraag/consent/v1/consentv1connect"
	"aanvraag.internal/proto/gen/aanvraag/intake/v1/intakev1connect"
	"aanvraag.internal/proto/gen/aanvraag/legal/v1/legalv1connect"
	"aanvraag.internal/proto/gen/aanvraag/scheduling/v1/schedulingv1connect"
	"aanvraag.internal/services/audit"
	"aanvraag.internal/services/billing"
	"aanvraag.internal/services/consent"
	"aanvraag.internal/services/intake"
	"aanvraag.internal/services/legal"
	"aanvraag.internal/services/notification"
	"aanvraag.internal/services/operations"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/run"
	"aanvraag.internal/services/platform/service"
	"aanvraag.internal/services/platform/signing"
	"aanvraag.internal/services/scheduling"
)

// room is a service as the house sees it.
type room interface {
	Register(*connect.Server)
	Run(context.Context) error
	Ready() <-chan struct{}
}

// receiptKey is the file of the key that signs receipts (O-06), beside the one that
// signs tokens.
const receiptKey = "receipts.jwk"

// rooms makes the services that run here and puts their RPCs on server.
func rooms(ctx context.Context, cfg Config, house service.House, server *connect.Server) ([]run.Part, error) {
	// A service calls another as itself, through the same door as everybody.
	neighbours := func(name string) *connect.Client {
		if cfg.Service == "" {
			return rpc.InProcess(server, house.Keys, name, house.Clock)
		}
		return rpc.Remote(&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}, cfg.Door, house.Keys, name, house.Clock)
	}
	makers := map[string]func(*connect.Client) (room, error){
		consent.Name: func(others *connect.Client) (room, error) {
			receipts, err := signing.Open(KeysDir(cfg.Data), receiptKey)
			if err != nil {
				return nil, err
			}
			return consent.New(ctx, house, consent.Neighbours{
				Requests: intakev1connect.NewIntakeServiceClient(others), Receipts: receipts,
			})
		},
		intake.Name: func(others *connect.Client) (room, error) {
			return intake.New(ctx, house, intake.Neighbours{
				Consents: consentv1connect.NewConsentServiceClient(others),
				Sessions: schedulingv1connect.NewSchedulingServiceClient(others),
				Holds:    legalv1connect.NewLegalServiceClient(others),
			})
		},
		scheduling.Name: func(others *connect.Client) (room, error) {
			return scheduling.New(ctx, house, scheduling.Neighbours{
				Requests: intakev1connect.NewIntakeServiceClient(others),
				Consents: consentv1connect.NewConsentServiceClient(others),
				Holds:    legalv1connect.NewLegalServiceClient(others),
			})
		},
		billing.Name: func(*connect.Client) (room, error) { return billing.New(ctx, house) },
		notification.Name: func(others *connect.Client) (room, error) {
			sender, err := sender(cfg)
			if err != nil {
				return nil, err
			}
			return notification.New(ctx, house, notification.Config{
				Sender: sender, From: cfg.MailFrom, Domain: cfg.MailDomain, Terms: consentv1connect.NewConsentServiceClient(others),
			})
		},
		audit.Name:      func(*connect.Client) (room, error) { return audit.New(ctx, house) },
		operations.Name: func(*connect.Client) (room, error) { return operations.New(ctx, house) },
		legal.Name:      func(*connect.Client) (room, error) { return legal.New(ctx, house) },
	}
	var parts []run.Part
	var errs []error
	for _, name := range Services() {
		if cfg.Service != "" && cfg.Service != name {
			continue
		}
		r, err := makers[name](neighbours(name))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		r.Register(server)
		parts = append(parts, run.Part{Name: name, Run: r.Run, Ready: r.Ready()})
	}
	return parts, errors.Join(errs...)
}

// sender is the mail server when there is one, else the spool.
func sender(cfg Config) (notification.Sender, error) {
	if cfg.SMTP != "" {
		return notification.NewSMTP(cfg.SMTP)
	}
	return notification.OpenSpool(filepath.Join(cfg.Data, "mail"))
}
