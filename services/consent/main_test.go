package consent

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectinprocess"
	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/proto/gen/aanvraag/consent/v1/consentv1connect"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/bus/bustest"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/service"
	"aanvraag.internal/services/platform/signing"
	"aanvraag.internal/services/platform/vault"
)

func TestMain(m *testing.M) { bustest.Main(m) }

const patience = 10 * time.Second

// opened is 16:59 at the desk.
var opened = time.Date(2026, 11, 23, 15, 59, 0, 0, time.UTC)

// Billing's first figures, as billing publishes them (article 1, T-09).
const (
	firstTariff = `{"hourlyRateCents":10385,"incrementSeconds":60,"minimumInvoiceCents":3000,"minimumSupportCents":2000}`
	firstTax    = `{"basisPoints":2100}`
)

// house is consent alone: billing and intake are what they tell on the bus.
type house struct {
	t       *testing.T
	service *Service
	asked   *requests
	clock   *clock.Frozen
	store   eventstore.Store
	keys    *rpc.Keys
	signer  *signing.Key
	server  *connect.Server
	bus     *bus.Publisher
	conn    *nats.Conn

	mu   sync.Mutex
	told map[string]eventstore.Revision // last event that the fakes told, by event stream
	sent eventstore.Position
}

func build(t *testing.T) *house {
	t.Helper()
	h := &house{
		t: t, asked: &requests{}, clock: clock.NewFrozen(opened, nil), store: memory.New(), told: map[string]eventstore.Revision{},
	}
	t.Cleanup(func() { must(t, h.store.Close()) })
	var err error
	h.keys, err = rpc.OpenKeys(t.TempDir())
	must(t, err)
	h.signer, err = signing.Open(t.TempDir(), "receipts.jwk")
	must(t, err)
	secrets, err := vault.Open(t.TempDir(), h.clock)
	must(t, err)
	t.Cleanup(func() { must(t, secrets.Close()) })
	h.wire()

	s, err := New(t.Context(), service.House{
		Store: h.store, Bus: h.conn, Vault: secrets, Clock: h.clock, Keys: h.keys,
		Log: slog.New(slog.DiscardHandler), ViewDir: t.TempDir(), Metrics: prometheus.NewRegistry(),
	}, Neighbours{Requests: h.asked, Receipts: h.signer})
	must(t, err)
	h.service = s
	h.server = rpc.NewServer(rpc.ServerConfig{Clock: h.clock, Authenticator: h.keys})
	s.Register(h.server)
	h.run(s)
	return h
}

// requests is intake when it is asked: unreachable until a test says a state.
type requests struct {
	mu    sync.Mutex
	state intakev1.SupportRequestState
	times int
}

func (r *requests) GetSupportRequest(
	_ context.Context, req *intakev1.GetSupportRequestRequest,
) (*intakev1.GetSupportRequestResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.times++
	if r.state == intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_UNSPECIFIED {
		return nil, connect.NewError(connect.CodeUnavailable, "intake is away")
	}
	return &intakev1.GetSupportRequestResponse{SupportRequest: &intakev1.SupportRequest{
		SupportRequestId: req.GetSupportRequestId(), State: r.state,
	}}, nil
}

// is sets the state; times tells how often anybody asked before.
func (r *requests) is(state intakev1.SupportRequestState) (times int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state = state
	return r.times
}

// wire starts a bus on which billing told its first tariff and tax.
func (h *house) wire() {
	h.t.Helper()
	server, err := bus.StartServer(h.t.TempDir(), slog.New(slog.DiscardHandler))
	must(h.t, err)
	h.t.Cleanup(server.Shutdown)
	h.conn, err = server.Connect()
	must(h.t, err)
	h.t.Cleanup(h.conn.Close)
	h.bus, err = bus.NewPublisher(h.conn)
	must(h.t, err)
	js, err := jetstream.New(h.conn)
	must(h.t, err)
	for _, name := range []string{"billing", "intake", Name} {
		_, err = bus.EnsureStream(h.t.Context(), js, name, 0)
		must(h.t, err)
	}
	h.policy("tariff", 1, firstTariff, policies.Since)
	h.policy("tax", 1, firstTax, policies.Since)
}

// run runs the service until the test ends, and waits until it is ready.
func (h *house) run(s *Service) {
	h.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	var err error
	go func() {
		defer close(ended)
		err = s.Run(ctx)
	}()
	h.t.Cleanup(func() {
		stop()
		<-ended
		must(h.t, err)
	})
	select {
	case <-s.Ready():
	case <-ended:
		h.t.Fatalf("it ended: %v", err)
	case <-time.After(patience):
		h.t.Fatal("it is never ready")
	}
}

// tell publishes another service's event.
func (h *house) tell(name, stream string, m proto.Message) {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	body, err := proto.Marshal(m)
	must(h.t, err)
	previous, before := h.told[stream]
	if !before {
		previous = eventstore.NoStream
	}
	h.sent++
	h.told[stream] = previous + 1
	must(h.t, h.bus.Publish(name, bus.Envelope{
		ID: eventstore.EventID(stream, uuid.Nil, int(previous+1)), Type: string(proto.MessageName(m)), Service: name,
		Stream: stream, Revision: previous + 1, Previous: previous, Position: h.sent, Correlation: stream,
		Time: h.clock.Now(), Body: body,
	}.Message()))
}

// policy is billing publishing a version.
func (h *house) policy(kind string, version int, content string, from time.Time) {
	h.t.Helper()
	h.tell("billing", "policy-"+kind, &commonv1.PolicyPublished{
		Policy:        policies.Ref(policy.Ref{Kind: kind, Version: version, SHA256: policy.Sum([]byte(content))}),
		EffectiveFrom: timestamppb.New(from), Content: content,
	})
}

// submit is intake telling of a business's request; it returns once consent knows.
func (h *house) submit(id string) { h.submitAs(id, commonv1.PartyKind_PARTY_KIND_BUSINESS) }

func (h *house) submitAs(id string, kind commonv1.PartyKind) {
	h.t.Helper()
	h.intake(id, &intakev1.SupportRequestSubmitted{
		SupportRequestId: id, SubmittedAt: timestamppb.New(h.clock.Now()), PartyKind: kind, Reference: "A-7F3K-29QD",
	})
}

// intake tells something of a request; it returns once consent has recorded more.
func (h *house) intake(id string, m proto.Message) {
	h.t.Helper()
	_, err := h.service.awaitReceipt(h.t.Context(), id) // or it would be taken for what is awaited
	must(h.t, err)
	end := h.revision("consent-" + id)
	h.tell("intake", "request-"+id, m)
	h.await("consent-"+id, end)
}

// await waits for an event beyond a revision.
func (h *house) await(stream string, beyond eventstore.Revision) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	must(h.t, eventstore.Await(ctx, h.store, stream, beyond))
}

func (h *house) revision(stream string) eventstore.Revision {
	h.t.Helper()
	last := eventstore.NoStream
	for _, r := range h.stream(stream) {
		last = r.Revision
	}
	return last
}

func (h *house) stream(stream string) []eventstore.Recorded {
	h.t.Helper()
	var out []eventstore.Recorded
	for r, err := range h.store.ReadStream(h.t.Context(), stream, eventstore.NoStream) {
		must(h.t, err)
		out = append(out, r)
	}
	return out
}

// acts are the events of a stream, but for receipts, which follow by themselves.
func (h *house) acts(stream string) []eventstore.Recorded {
	h.t.Helper()
	return slices.DeleteFunc(h.stream(stream), func(r eventstore.Recorded) bool { return r.Type == "consent.receipt_issued.v1" })
}

// types are the recorded names of its acts.
func (h *house) types(stream string) string {
	h.t.Helper()
	var out []string
	for _, r := range h.acts(stream) {
		out = append(out, r.Type)
	}
	return strings.Join(out, " ")
}

// unchanged checks that something records nothing at all.
func (h *house) unchanged(something func()) {
	h.t.Helper()
	_, err := h.service.awaitReceipt(h.t.Context(), reqID) // or it would come in between
	must(h.t, err)
	before, err := h.store.End(h.t.Context())
	must(h.t, err)
	something()
	after, err := h.store.End(h.t.Context())
	must(h.t, err)
	if before != after {
		h.t.Errorf("the log went on from %d to %d", before, after)
	}
}

// as is a client with a role; a customer's token is for one request.
func (h *house) as(role commonv1.Role, request string) consentv1connect.ConsentServiceClient {
	h.t.Helper()
	bearer := func(next connect.ClientFunc) connect.ClientFunc { return next }
	if role != commonv1.Role_ROLE_PUBLIC {
		token, err := h.keys.Issue(rpc.Claims{
			Role: role, Subject: "tess", SupportRequestID: request,
			IssuedAt: opened, ExpiresAt: opened.AddDate(1, 0, 0),
		})
		must(h.t, err)
		bearer = func(next connect.ClientFunc) connect.ClientFunc {
			return func(ctx context.Context, spec connect.Spec) (connect.ClientStream, error) {
				if info, ok := connect.CallInfoForClientContext(ctx); ok {
					info.RequestHeader().Set("Authorization", "Bearer "+token)
				}
				return next(ctx, spec)
			}
		}
	}
	return consentv1connect.NewConsentServiceClient(connect.NewClient(connectinprocess.New(h.server), bearer))
}

func (h *house) public() consentv1connect.ConsentServiceClient {
	return h.as(commonv1.Role_ROLE_PUBLIC, "")
}

func (h *house) administrator() consentv1connect.ConsentServiceClient {
	return h.as(commonv1.Role_ROLE_ADMINISTRATOR, "")
}

// terms are what the form shows.
func (h *house) terms(language string) *consentv1.GetCurrentTermsResponse {
	h.t.Helper()
	out, err := h.public().GetCurrentTerms(h.t.Context(), &consentv1.GetCurrentTermsRequest{Language: language})
	must(h.t, err)
	return out
}

// form is a form filled in by what was shown, with all that is required.
func form(request string, shown *consentv1.GetCurrentTermsResponse) *consentv1.GiveConsentRequest {
	out := &consentv1.GiveConsentRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: request, TariffSha256: shown.GetTariff().GetSha256(),
		AgreeTerms: true, AgreePrice: true, NotUnderWarranty: true,
		Backup: consentv1.BackupDeclaration_BACKUP_DECLARATION_MADE,
	}
	for _, d := range shown.GetDocuments() {
		out.Documents = append(out.Documents, &consentv1.TermsDocumentRef{
			Kind: d.GetKind(), Version: d.GetVersion(), Sha256: d.GetSha256(),
		})
	}
	return out
}

func (h *house) give(req *consentv1.GiveConsentRequest) *consentv1.GiveConsentResponse {
	h.t.Helper()
	out, err := h.public().GiveConsent(h.t.Context(), req)
	must(h.t, err)
	return out
}

// heard are all public events of consent up to now, but for its own policy: the relay tells in the order
// of the log, so what comes before a new version of the terms was all there is.
func (h *house) heard() []proto.Message {
	h.t.Helper()
	marker, err := h.administrator().PublishTerms(h.t.Context(), &consentv1.PublishTermsRequest{
		IdempotencyKey: uuid.NewString(), Kind: consentv1.TermsDocumentKind_TERMS_DOCUMENT_KIND_GENERAL,
		Texts:         []*consentv1.TermsText{{Language: "nl", Text: "ooit"}},
		EffectiveFrom: timestamppb.New(opened.AddDate(50, 0, 0)),
	})
	must(h.t, err)
	js, err := jetstream.New(h.conn)
	must(h.t, err)
	consumer, err := js.CreateConsumer(h.t.Context(), bus.StreamName(Name), jetstream.ConsumerConfig{AckPolicy: jetstream.AckNonePolicy})
	must(h.t, err)
	var out []proto.Message
	for {
		m, err := consumer.Next(jetstream.FetchMaxWait(patience))
		must(h.t, err)
		e, err := bus.ParseNATS(m.Headers(), m.Data())
		must(h.t, err)
		read := read(h.t, e)
		if p, ok := read.(*consentv1.TermsPublished); ok && p.GetVersion() == marker.GetDocuments()[0].GetVersion() &&
			p.GetKind() == consentv1.TermsDocumentKind_TERMS_DOCUMENT_KIND_GENERAL {
			return out
		}
		if _, own := read.(*commonv1.PolicyPublished); !own {
			out = append(out, read)
		}
	}
}

func read(t *testing.T, e bus.Envelope) proto.Message {
	t.Helper()
	for _, m := range []proto.Message{
		&consentv1.ConsentGiven{}, &consentv1.TermsPublished{}, &consentv1.ConsentReceiptIssued{}, &consentv1.ConsentWithdrawn{},
		&consentv1.WithdrawalDeclared{}, &consentv1.WithdrawalAcknowledged{}, &commonv1.PolicyPublished{},
	} {
		if string(proto.MessageName(m)) == e.Type {
			must(t, proto.Unmarshal(e.Body, m))
			return m
		}
	}
	t.Fatalf("consent tells %s", e.Type)
	return nil
}

// consents are those of heard that tell of an agreement for a request.
func (h *house) consents(request string) []*consentv1.ConsentGiven {
	h.t.Helper()
	var out []*consentv1.ConsentGiven
	for _, m := range h.heard() {
		if given, ok := m.(*consentv1.ConsentGiven); ok && given.GetSupportRequestId() == request {
			out = append(out, given)
		}
	}
	return out
}

// receipt is the newest receipt for a request.
func (h *house) receipt(id string) *consentv1.GetConsentReceiptResponse {
	h.t.Helper()
	out, err := h.as(commonv1.Role_ROLE_CUSTOMER, id).GetConsentReceipt(h.t.Context(), &consentv1.GetConsentReceiptRequest{SupportRequestId: id})
	must(h.t, err)
	return out
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
	if err == nil || connect.CodeOf(err) != code || rpc.Reason(err) != reason {
		t.Errorf("got %v with reason %q, want %v with reason %q", err, rpc.Reason(err), code, reason)
	}
}
