package intake

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectinprocess"
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/proto/gen/aanvraag/intake/v1/intakev1connect"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/bus/bustest"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/service"
	"aanvraag.internal/services/platform/vault"
)

func TestMain(m *testing.M) { bustest.Main(m) }

// monday is a Monday, 09:00 in Amsterdam.
var monday = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// desk is intake alone: the other services are what they tell on the bus, and what
// they answer when asked.
type desk struct {
	*Service
	t      testing.TB
	store  *memory.Store
	clock  *clock.Frozen
	keys   *rpc.Keys
	vault  *vault.Vault
	server *connect.Server
	bus    *bus.Publisher
	asked  *neighbours

	told map[string]eventstore.Revision // by event stream: the last one told

	house service.House
	stop  func()
}

// neighbours answer what a test lets them.
type neighbours struct {
	consent      func() (*consentv1.GetConsentResponse, error)
	session      func(id string) (*schedulingv1.GetSessionResponse, error)
	appointments []*schedulingv1.Appointment
}

func (n *neighbours) GetConsent(context.Context, *consentv1.GetConsentRequest) (*consentv1.GetConsentResponse, error) {
	if n.consent == nil {
		return nil, connect.NewError(connect.CodeNotFound, "no consent")
	}
	return n.consent()
}

func (n *neighbours) GetSession(
	_ context.Context, req *schedulingv1.GetSessionRequest,
) (*schedulingv1.GetSessionResponse, error) {
	if n.session == nil {
		return nil, connect.NewError(connect.CodeNotFound, "no session")
	}
	return n.session(req.GetSessionId())
}

func (n *neighbours) ListAppointments(
	context.Context, *schedulingv1.ListAppointmentsRequest,
) (*schedulingv1.ListAppointmentsResponse, error) {
	return &schedulingv1.ListAppointmentsResponse{Appointments: n.appointments}, nil
}

// open starts intake at an instant and waits until it is ready.
func open(t testing.TB, at time.Time) *desk {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	d := &desk{
		t: t, store: memory.New(), clock: clock.NewFrozen(at, nil), asked: &neighbours{},
		told: map[string]eventstore.Revision{},
	}
	t.Cleanup(func() { check(t, d.store.Close()) })
	server, err := bus.StartServer(t.TempDir(), log)
	check(t, err)
	t.Cleanup(server.Shutdown)
	conn, err := server.Connect()
	check(t, err)
	t.Cleanup(conn.Close)
	d.vault, err = vault.Open(t.TempDir(), d.clock)
	check(t, err)
	t.Cleanup(func() { check(t, d.vault.Close()) })
	d.keys, err = rpc.OpenKeys(t.TempDir())
	check(t, err)
	d.bus, err = bus.NewPublisher(conn)
	check(t, err)
	t.Cleanup(func() { check(t, d.bus.Close()) })
	js, err := jetstream.New(conn)
	check(t, err)
	for _, name := range []string{"consent", "scheduling", "billing"} {
		_, err = bus.EnsureStream(t.Context(), js, name, 0)
		check(t, err)
	}

	d.house = service.House{
		Store: d.store, Bus: conn, Vault: d.vault, Clock: d.clock, Keys: d.keys, Log: log, ViewDir: t.TempDir(),
	}
	d.publishCalendar()
	d.begin()
	return d
}

// begin runs intake on the house's log, again after d.stop.
func (d *desk) begin() {
	d.t.Helper()
	d.house.Metrics = prometheus.NewRegistry()
	var err error
	d.Service, err = New(d.t.Context(), d.house, Neighbours{Consents: d.asked, Sessions: d.asked})
	check(d.t, err)
	d.server = rpc.NewServer(rpc.ServerConfig{Clock: d.clock, Authenticator: d.keys, Log: d.house.Log})
	d.Register(d.server)

	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	d.stop = sync.OnceFunc(func() {
		cancel()
		check(d.t, <-ended)
	})
	d.t.Cleanup(d.stop)
	select {
	case <-d.Ready():
	case <-d.t.Context().Done():
		d.t.Fatal("intake did not become ready")
	}
}

func (d *desk) publishCalendar() {
	d.t.Helper()
	content, err := json.Marshal(hours.Default())
	check(d.t, err)
	d.tell("scheduling", "policy-calendar", &commonv1.PolicyPublished{
		Policy:        &commonv1.PolicyRef{Kind: "calendar", Version: 1, Sha256: policy.Sum(content)},
		EffectiveFrom: timestamppb.New(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)),
		Content:       string(content),
	})
}

// tell publishes an event of another service, as the next one of its stream.
func (d *desk) tell(from, stream string, m proto.Message) {
	d.t.Helper()
	body, err := proto.Marshal(m)
	check(d.t, err)
	last, known := d.told[stream]
	if !known {
		last = eventstore.NoStream
	}
	d.told[stream] = last + 1
	check(d.t, d.bus.Publish(from, bus.Envelope{
		ID: eventstore.EventID(stream, uuid.Nil, int(last+1)), Type: string(proto.MessageName(m)), Service: from,
		Stream: stream, Revision: last + 1, Previous: last, Position: eventstore.Position(last + 2),
		Correlation: "r", Time: d.clock.Now(), Body: body,
	}.Message()))
}

// as is a client with a token of that role.
func (d *desk) as(role commonv1.Role) intakev1connect.IntakeServiceClient {
	d.t.Helper()
	if role == commonv1.Role_ROLE_PUBLIC {
		return d.with("")
	}
	token, err := d.keys.Issue(rpc.Claims{
		Role: role, Subject: "staff-1", IssuedAt: d.clock.Now(), ExpiresAt: d.clock.Now().AddDate(1, 0, 0),
	})
	check(d.t, err)
	return d.with(token)
}

// with is a client with that bearer token.
func (d *desk) with(token string) intakev1connect.IntakeServiceClient {
	return intakev1connect.NewIntakeServiceClient(connect.NewClient(connectinprocess.New(d.server),
		rpc.Bearer(func() (string, error) { return token, nil })))
}

func (d *desk) public() intakev1connect.IntakeServiceClient { return d.as(commonv1.Role_ROLE_PUBLIC) }

func (d *desk) dispatcher() intakev1connect.IntakeServiceClient {
	return d.as(commonv1.Role_ROLE_DISPATCHER)
}

func (d *desk) technician() intakev1connect.IntakeServiceClient {
	return d.as(commonv1.Role_ROLE_TECHNICIAN)
}

// state waits until a request is in a state, and gives it.
func (d *desk) state(id string, want intakev1.SupportRequestState) *intakev1.SupportRequest {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 10*time.Second)
	defer cancel()
	watch, err := d.dispatcher().WatchSupportRequest(ctx, &intakev1.WatchSupportRequestRequest{SupportRequestId: id})
	check(d.t, err)
	defer func() { _ = watch.Close() }()
	for {
		got, err := watch.Receive()
		if err != nil {
			d.t.Fatalf("waiting for %s: %v", want, err)
		}
		if got.GetSupportRequest().GetState() == want {
			return got.GetSupportRequest()
		}
	}
}

// end is where the log ends.
func (d *desk) end() eventstore.Position {
	d.t.Helper()
	end, err := d.store.End(d.t.Context())
	check(d.t, err)
	return end
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused checks the reason of an error, and that the log is as it was before.
func (d *desk) refused(before eventstore.Position, err error, code connect.Code, reason string) map[string]string {
	d.t.Helper()
	if connect.CodeOf(err) != code || rpc.Reason(err) != reason {
		d.t.Fatalf("got %v (%s), want %s, %s", err, rpc.Reason(err), code, reason)
	}
	if after := d.end(); after != before {
		d.t.Fatalf("a refused command moved the log from %d to %d", before, after)
	}
	return rpc.Metadata(err)
}

// form is a form that a business fills in.
func form() *intakev1.SubmitSupportRequestRequest {
	return &intakev1.SubmitSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: uuid.NewString(),
		Channel: intakev1.Channel_CHANNEL_WEB_FORM, Problem: "De printer van mevrouw Zwartkruis drukt niets af",
		Party: &intakev1.Party{
			Kind: commonv1.PartyKind_PARTY_KIND_BUSINESS, Name: "Wilhelmina Zwartkruis", CompanyName: "Zwartkruis Mode B.V.",
			ChamberOfCommerceNumber: "12345678", VatNumber: "NL004495445B01",
			Email: "wilhelmina@zwartkruis.example", Phone: "+31612345678",
			Address: &intakev1.Address{
				Street: "Kanunnikensven", HouseNumber: "12", HouseNumberAddition: "a",
				PostalCode: "5531AB", City: "'s-Gravenhage", CountryCode: "NL",
			},
		},
	}
}

// consumer is the same form from a consumer.
func consumer() *intakev1.SubmitSupportRequestRequest {
	f := form()
	f.Party.Kind, f.Party.CompanyName = commonv1.PartyKind_PARTY_KIND_UNSPECIFIED, ""
	f.Party.ChamberOfCommerceNumber, f.Party.VatNumber = "", ""
	return f
}
