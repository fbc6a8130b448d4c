package scheduling

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/types/known/timestamppb"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	legalv1 "aanvraag.internal/proto/gen/aanvraag/legal/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/proto/gen/aanvraag/scheduling/v1/schedulingv1connect"
	"aanvraag.internal/services/platform/bus/bustest"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/service/servicetest"
)

func TestMain(m *testing.M) { bustest.Main(m) }

// nine is an hour after the clock of a house stands, within the desk's hours.
var nine = servicetest.Start.Add(time.Hour)

// desk is scheduling alone: intake, consent and billing are what they tell on the
// bus, and what they answer when asked.
type desk struct {
	*servicetest.House
	t     testing.TB
	s     *Service
	asked *neighbours
	stop  func()
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{House: servicetest.New(t), t: t, asked: &neighbours{}}
	d.start()
	return d
}

// start runs the service on the house's log, again after a stop.
func (d *desk) start() {
	d.t.Helper()
	d.Metrics = prometheus.NewRegistry()
	d.Server = rpc.NewServer(rpc.ServerConfig{Clock: d.Frozen, Authenticator: d.Keys, Log: d.Log})
	var err error
	d.s, err = New(context.Background(), d.House.House, Neighbours{Requests: d.asked, Consents: d.asked, Holds: d.asked})
	check(d.t, err)
	d.stop = d.Run(d.s)
}

// door is the handler itself, for tests that stop half way through an RPC.
func (d *desk) door() *handler { return &handler{d.s} }

func (d *desk) as(role string) schedulingv1connect.SchedulingServiceClient {
	return schedulingv1connect.NewSchedulingServiceClient(d.As(role))
}

func (d *desk) dispatcher() schedulingv1connect.SchedulingServiceClient { return d.as("dispatcher") }

func (d *desk) technician() schedulingv1connect.SchedulingServiceClient { return d.as("technician") }

// neighbours answer what a test lets them; without that, they know nothing.
type neighbours struct {
	mu      sync.Mutex
	request func() intakev1.SupportRequestState
	consent func() *consentv1.Consent
	held    func(supportRequestID string) (bool, error)
}

func (n *neighbours) IsHeld(_ context.Context, req *legalv1.IsHeldRequest) (*legalv1.IsHeldResponse, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.held == nil {
		return &legalv1.IsHeldResponse{}, nil
	}
	held, err := n.held(req.GetSupportRequestId())
	return &legalv1.IsHeldResponse{Held: held}, err
}

func (n *neighbours) GetSupportRequest(
	_ context.Context, req *intakev1.GetSupportRequestRequest,
) (*intakev1.GetSupportRequestResponse, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.request == nil {
		return nil, connect.NewError(connect.CodeNotFound, "no request")
	}
	return &intakev1.GetSupportRequestResponse{SupportRequest: &intakev1.SupportRequest{
		SupportRequestId: req.GetSupportRequestId(), State: n.request(),
	}}, nil
}

func (n *neighbours) GetConsent(context.Context, *consentv1.GetConsentRequest) (*consentv1.GetConsentResponse, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.consent == nil {
		return nil, connect.NewError(connect.CodeNotFound, "no consent")
	}
	return &consentv1.GetConsentResponse{Consent: n.consent()}, nil
}

// whileAsking makes a call, lets the news arrive once a neighbour was asked for it,
// and gives the call's answer.
func (d *desk) whileAsking(asked <-chan struct{}, news func(), call func() error) error {
	d.t.Helper()
	done := make(chan error, 1)
	go func() { done <- call() }()
	select {
	case <-asked:
		news()
		return <-done
	case err := <-done:
		d.t.Fatalf("answered without asking: %v", err)
		return nil
	}
}

// accepted is a request that was agreed to and accepted, as scheduling knows it.
func (d *desk) accepted() string {
	d.t.Helper()
	r := uuid.NewString()
	d.declare(r, consentv1.BackupDeclaration_BACKUP_DECLARATION_MADE, true)
	d.accept(r)
	d.has("assignment-"+r, "assignment.opened.v1", "assignment.consent_recorded.v1")
	return r
}

func (d *desk) accept(r string) {
	d.t.Helper()
	d.Tell("intake", "request-"+r, r, &intakev1.SupportRequestAccepted{SupportRequestId: r, AcceptedAt: timestamppb.New(d.Frozen.Now())})
}

func (d *desk) cancel(r string) {
	d.t.Helper()
	d.Tell("intake", "request-"+r, r, &intakev1.SupportRequestCancelled{SupportRequestId: r})
}

func (d *desk) declare(r string, backup consentv1.BackupDeclaration, notice bool) {
	d.t.Helper()
	d.Tell("consent", "consent-"+r, r, &consentv1.ConsentGiven{SupportRequestId: r, Backup: backup, RecordingNoticeSeen: notice})
}

func (d *desk) settle(r string) {
	d.t.Helper()
	d.Tell("billing", "invoice-"+r, r, &billingv1.InvoiceSettled{InvoiceId: "i-" + r, SupportRequestId: r})
}

// has waits until a stream has all these types of events, and gives all of its own.
func (d *desk) has(stream string, types ...string) []string {
	d.t.Helper()
	for n := len(types); ; n++ {
		got := d.Types(stream, n)
		if !slices.ContainsFunc(types, func(want string) bool { return !slices.Contains(got, want) }) {
			return got
		}
		n = max(n, len(got))
	}
}

func booking(r string, start time.Time) *schedulingv1.BookAppointmentRequest {
	return &schedulingv1.BookAppointmentRequest{
		IdempotencyKey: uuid.NewString(), AppointmentId: uuid.NewString(), SupportRequestId: r,
		TechnicianId: "tess", Start: timestamppb.New(start), Duration: seconds(3600),
	}
}

// booked is an appointment for a request.
func (d *desk) booked(r string, start time.Time) string {
	d.t.Helper()
	answer, err := d.dispatcher().BookAppointment(d.t.Context(), booking(r, start))
	check(d.t, err)
	return answer.GetAppointment().GetAppointmentId()
}

func starting(appointmentID string, recorded bool) *schedulingv1.StartSessionRequest {
	return &schedulingv1.StartSessionRequest{
		IdempotencyKey: uuid.NewString(), SessionId: uuid.NewString(), AppointmentId: appointmentID, Recorded: recorded,
	}
}

// worked is a session of 37 minutes with a note, ended.
func (d *desk) worked(r string, recorded bool) string {
	d.t.Helper()
	ctx := d.t.Context()
	started, err := d.technician().StartSession(ctx, starting(d.booked(r, nine), recorded))
	check(d.t, err)
	id := started.GetSession().GetSessionId()
	_, err = d.technician().NoteWork(ctx, &schedulingv1.NoteWorkRequest{
		IdempotencyKey: uuid.NewString(), SessionId: id, Note: note,
	})
	check(d.t, err)
	_, err = d.Frozen.Advance(37 * time.Minute)
	check(d.t, err)
	_, err = d.technician().EndSession(ctx, &schedulingv1.EndSessionRequest{IdempotencyKey: uuid.NewString(), SessionId: id})
	check(d.t, err)
	return id
}

const note = "Printer van mevrouw Zwartkruis opnieuw gekoppeld"

func (d *desk) session(id string) *schedulingv1.Session {
	d.t.Helper()
	answer, err := d.dispatcher().GetSession(d.t.Context(), &schedulingv1.GetSessionRequest{SessionId: id})
	check(d.t, err)
	return answer.GetSession()
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused checks the code and reason of an error, and gives its metadata.
func refused(t testing.TB, err error, code connect.Code, reason string) map[string]string {
	t.Helper()
	if connect.CodeOf(err) != code || rpc.Reason(err) != reason {
		t.Fatalf("got %v (%s), want %s, %s", err, rpc.Reason(err), code, reason)
	}
	return rpc.Metadata(err)
}
