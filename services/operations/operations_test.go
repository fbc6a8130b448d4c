package operations_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/wrapperspb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	operationsv1 "aanvraag.internal/proto/gen/aanvraag/operations/v1"
	"aanvraag.internal/proto/gen/aanvraag/operations/v1/operationsv1connect"
	"aanvraag.internal/services/operations"
	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/bus/bustest"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/parking"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/service/servicetest"
)

func TestMain(m *testing.M) { bustest.Main(m) }

const why = "made by a test of the printer"

// desk is operations in a house, with the parking streams of listeners that run
// elsewhere.
type desk struct {
	*servicetest.House
	t   *testing.T
	lot *parking.Lot
}

func open(t *testing.T) *desk {
	t.Helper()
	h := servicetest.New(t)
	s, err := operations.New(t.Context(), h.House)
	check(t, err)
	h.Run(s)
	return &desk{House: h, t: t, lot: parking.New(h.Store, h.Frozen)}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (d *desk) as(role string) operationsv1connect.OperationsServiceClient {
	return operationsv1connect.NewOperationsServiceClient(d.As(role))
}

func (d *desk) admin() operationsv1connect.OperationsServiceClient { return d.as("administrator") }

func pair(listener, stream string) parking.ID {
	return parking.ID{Listener: listener, Service: "billing", Stream: stream}
}

func place(revision int64) parking.Place {
	return parking.Place{
		EventID: eventstore.EventID("invoice", uuid.Nil, int(revision)).String(), Type: "aanvraag.billing.v1.InvoiceIssued", Revision: revision,
		Previous: revision - 1, Tries: 10, Reason: "CONSENT_MISSING (O-07)", Correlation: "7f3c",
	}
}

func (d *desk) park(id parking.ID, revision int64) {
	d.t.Helper()
	check(d.t, d.lot.Park(d.t.Context(), id, place(revision), nil))
}

func (d *desk) retry(id parking.ID) *operationsv1.RetryParkedResponse {
	d.t.Helper()
	got, err := d.admin().RetryParked(d.t.Context(), &operationsv1.RetryParkedRequest{
		IdempotencyKey: uuid.NewString(), ParkedId: id.String(),
	})
	check(d.t, err)
	return got
}

func (d *desk) get(id parking.ID) *operationsv1.GetParkedResponse {
	d.t.Helper()
	got, err := d.as("auditor").GetParked(d.t.Context(), &operationsv1.GetParkedRequest{ParkedId: id.String()})
	check(d.t, err)
	return got
}

func refused(t *testing.T, err error, code connect.Code, reason string) {
	t.Helper()
	if connect.CodeOf(err) != code || rpc.Reason(err) != reason {
		t.Fatalf("answered %v (%s), want %s", err, rpc.Reason(err), reason)
	}
}

func TestTheListPagesFromTheLastParkedAndSeesWhatTheTokenNames(t *testing.T) {
	d := open(t)
	var last []string
	for _, stream := range []string{"invoice-1", "invoice-2", "invoice-3", "invoice-4", "invoice-5"} {
		d.park(pair("notification", stream), 3)
		last = append([]string{"notification.billing." + stream}, last...)
	}
	token := d.retry(pair("notification", "invoice-2")).GetConsistencyToken()
	req := &operationsv1.ListParkedRequest{PageSize: 2, ConsistencyToken: token}
	var listed []string
	for pages := 1; ; pages++ {
		page, err := d.admin().ListParked(t.Context(), req)
		check(t, err)
		for _, p := range page.GetParked() {
			listed = append(listed, p.GetParkedId())
		}
		if page.GetNextPageToken() == "" {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
		req.PageToken = page.GetNextPageToken()
	}
	if !slices.Equal(listed, last) {
		t.Fatalf("listed\n %v, want\n %v", listed, last)
	}
	req.Listener = "intake"
	_, err := d.admin().ListParked(t.Context(), req)
	refused(t, err, connect.CodeInvalidArgument, "PAGE_TOKEN_INVALID")
}

func TestTheListHasWhatStillWaitsUnlessItIsAskedForMore(t *testing.T) {
	d := open(t)
	waiting, tried, gone := pair("intake", "invoice-1"), pair("notification", "invoice-2"), pair("notification", "invoice-3")
	for _, id := range []parking.ID{waiting, tried, gone} {
		d.park(id, 3)
	}
	d.retry(gone)
	check(t, d.lot.Release(t.Context(), gone, 1, place(9)))
	token := d.retry(tried).GetConsistencyToken()
	list := func(listener string, states ...operationsv1.ParkedState) string {
		t.Helper()
		page, err := d.admin().ListParked(t.Context(), &operationsv1.ListParkedRequest{
			Listener: listener, States: states, ConsistencyToken: token,
		})
		check(t, err)
		var out []string
		for _, p := range page.GetParked() {
			out = append(out, p.GetEventStream())
		}
		return strings.Join(out, " ")
	}
	const released = operationsv1.ParkedState_PARKED_STATE_RELEASED
	for got, want := range map[string]string{
		list(""):                        "invoice-2 invoice-1",
		list("intake"):                  "invoice-1",
		list("notification", 2):         "invoice-2",
		list("", released):              "invoice-3",
		list("", released, 1) + " ":     "invoice-3 invoice-1 ",
		list("billing", released) + ".": ".",
	} {
		if got != want {
			t.Errorf("listed %q, want %q", got, want)
		}
	}

	// What is parked once more stands first again.
	d.park(gone, 12)
	env := d.retry(waiting)
	page, err := d.admin().ListParked(t.Context(), &operationsv1.ListParkedRequest{ConsistencyToken: env.GetConsistencyToken()})
	check(t, err)
	if got := page.GetParked()[0]; got.GetEventStream() != "invoice-3" || got.GetEventRevision() != 12 {
		t.Errorf("first is %v", got)
	}
}

func TestR5AnOperatorSeesWhatHappenedAndWhoDidIt(t *testing.T) {
	d := open(t)
	id := pair("notification", "invoice-1")
	d.park(id, 3)
	d.Frozen.Advance(time.Hour)
	done, err := d.admin().SkipParked(t.Context(), &operationsv1.SkipParkedRequest{
		IdempotencyKey: uuid.NewString(), ParkedId: id.String(), EventRevision: 3, Reason: why,
	})
	check(t, err)
	if p := done.GetParked(); p.GetState() != operationsv1.ParkedState_PARKED_STATE_RETRYING || !slices.Equal(p.GetSkippedRevisions(), []int64{3}) {
		t.Errorf("answered %v", p)
	}
	check(t, d.lot.Release(t.Context(), id, 1, place(5)))
	got := d.get(id)
	p := got.GetParked()
	if p.GetListener() != "notification" || p.GetService() != "billing" || p.GetEventStream() != "invoice-1" ||
		p.GetState() != operationsv1.ParkedState_PARKED_STATE_RELEASED || p.GetReleasedThrough() != 5 || p.GetTries() != 10 ||
		p.GetEventType() != "aanvraag.billing.v1.InvoiceIssued" || p.GetCorrelationId() != "7f3c" || p.GetRevision() != 2 {
		t.Errorf("it is %v", p)
	}
	var told []string
	for _, s := range got.GetHistory() {
		told = append(told, s.GetType()+" by "+s.GetActorKind()+" "+s.GetActorId()+": "+s.GetReason())
	}
	want := []string{
		"parking.parked.v1 by service notification: CONSENT_MISSING (O-07)",
		"parking.skipped.v1 by administrator administrator: " + why,
		"parking.released.v1 by service notification: ",
	}
	if !slices.Equal(told, want) {
		t.Errorf("told\n%s", strings.Join(told, "\n"))
	}
	if at := got.GetHistory()[1].GetAt().AsTime(); !at.Equal(servicetest.Start.Add(time.Hour)) {
		t.Errorf("skipped at %v", at)
	}
	for i, r := range d.Stream("parking-notification.billing.invoice-1", 3) {
		if !strings.Contains(string(r.Metadata), `"$correlationId":"7f3c"`) {
			t.Errorf("event %d is about %s", i, r.Metadata)
		}
	}
}

// The listener is another process: only the log is between it and the operator.
func TestR5WhatTheOperatorWantsIsDoneByTheListener(t *testing.T) {
	d := open(t)
	mended := make(chan struct{})
	handled := make(chan string, 8)
	in, err := inbox.New(inbox.Config{
		Service: "notification", Conn: d.Bus, Store: d.Store, Sources: []string{"billing"}, Tries: 2, Clock: d.Frozen,
		Delivery: bus.SubscriberConfig{Backoff: bus.Backoff{Min: time.Millisecond, Max: time.Millisecond}},
		Handlers: inbox.ByType(inbox.On(func(_ context.Context, _ inbox.Inbound, m *wrapperspb.StringValue) error {
			select {
			case <-mended:
				handled <- m.GetValue()
				return nil
			default:
				return &decider.Rejection{Code: "CONSENT_MISSING", Rule: "O-07"}
			}
		})),
	})
	check(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- in.Run(ctx) }()
	defer func() {
		stop()
		check(t, <-ended)
	}()
	id := pair("notification", "invoice-1")
	for _, text := range []string{"first", "second", "third"} {
		d.Tell("billing", "invoice-1", "7f3c", wrapperspb.String(text))
	}
	d.Stream("parking-"+id.String(), 1)
	if p := d.get(id).GetParked(); p.GetReason() != "CONSENT_MISSING (O-07)" || p.GetEventRevision() != 0 {
		t.Errorf("parked as %v", p)
	}
	close(mended)
	_, err = d.admin().SkipParked(t.Context(), &operationsv1.SkipParkedRequest{
		IdempotencyKey: uuid.NewString(), ParkedId: id.String(), EventRevision: 0, Reason: why,
	})
	check(t, err)
	d.Stream("parking-"+id.String(), 3)
	if a, b := <-handled, <-handled; a != "second" || b != "third" {
		t.Errorf("handled %s, %s", a, b)
	}
	if got := d.get(id).GetParked().GetReleasedThrough(); got != 2 {
		t.Errorf("released through %d", got)
	}
}

func TestR5NothingIsSkippedThatWasNotLookedAt(t *testing.T) {
	d := open(t)
	id := pair("notification", "invoice-1")
	d.park(id, 3)
	skip := func(revision int64, reason string) error {
		_, err := d.admin().SkipParked(t.Context(), &operationsv1.SkipParkedRequest{
			IdempotencyKey: uuid.NewString(), ParkedId: id.String(), EventRevision: revision, Reason: reason,
		})
		return err
	}
	err := skip(2, why)
	refused(t, err, connect.CodeFailedPrecondition, "PARKED_ELSEWHERE")
	if got := rpc.Metadata(err)["revision"]; got != "3" {
		t.Errorf("it is parked at %q", got)
	}
	for _, reason := range []string{"", "too short", " " + why, why + " ", why + "\n" + why, why + "\x1b[2J", strings.Repeat("x", 501)} {
		refused(t, skip(3, reason), connect.CodeInvalidArgument, "INVALID_REQUEST")
	}
	d.retry(id)
	refused(t, skip(3, why), connect.CodeFailedPrecondition, "ILLEGAL_STATE")
	if got := d.Types("parking-"+id.String(), 2); !slices.Equal(got, []string{"parking.parked.v1", "parking.retried.v1"}) {
		t.Errorf("recorded %v", got)
	}
}

func TestP5ARepeatedWishOfAnOperatorIsOne(t *testing.T) {
	d := open(t)
	id := pair("notification", "invoice-1")
	d.park(id, 3)
	req := &operationsv1.SkipParkedRequest{
		IdempotencyKey: uuid.NewString(), ParkedId: id.String(), EventRevision: 3, Reason: why,
	}
	first, err := d.admin().SkipParked(t.Context(), req)
	check(t, err)
	again, err := d.admin().SkipParked(t.Context(), req)
	check(t, err)
	if first.GetConsistencyToken() != again.GetConsistencyToken() || len(d.Stream("parking-"+id.String(), 2)) != 2 {
		t.Errorf("answered %v, then %v", first, again)
	}
	req.Reason += ", and another"
	_, err = d.admin().SkipParked(t.Context(), req)
	refused(t, err, connect.CodeAlreadyExists, "IDEMPOTENCY_CONFLICT")
}

func TestWhatWasNeverParkedIsUnknown(t *testing.T) {
	d := open(t)
	for _, id := range []string{"notification.billing.invoice-1", "nonsense", "NOTIFICATION.billing.x", "a.b."} {
		key := uuid.NewString()
		_, get := d.admin().GetParked(t.Context(), &operationsv1.GetParkedRequest{ParkedId: id})
		_, retry := d.admin().RetryParked(t.Context(), &operationsv1.RetryParkedRequest{IdempotencyKey: key, ParkedId: id})
		_, skip := d.admin().SkipParked(t.Context(), &operationsv1.SkipParkedRequest{IdempotencyKey: key, ParkedId: id, Reason: why})
		for _, err := range []error{get, retry, skip} {
			refused(t, err, connect.CodeNotFound, "PARKED_UNKNOWN")
		}
	}
}

func TestP8AdministratorsDecideAndAuditorsLookOn(t *testing.T) {
	d := open(t)
	id := pair("notification", "invoice-1")
	d.park(id, 3)
	for number := range commonv1.Role_name {
		name := rpc.RoleName(commonv1.Role(number))
		if name == "" || name == "customer" {
			continue
		}
		if name == "public" {
			name = ""
		}
		c := d.as(name)
		_, list := c.ListParked(t.Context(), &operationsv1.ListParkedRequest{})
		_, get := c.GetParked(t.Context(), &operationsv1.GetParkedRequest{ParkedId: id.String()})
		_, retry := c.RetryParked(t.Context(), &operationsv1.RetryParkedRequest{IdempotencyKey: uuid.NewString(), ParkedId: id.String()})
		_, skip := c.SkipParked(t.Context(), &operationsv1.SkipParkedRequest{
			IdempotencyKey: uuid.NewString(), ParkedId: id.String(), EventRevision: 2, Reason: why,
		})
		looks, decides := name == "administrator" || name == "auditor", name == "administrator"
		for what, err := range map[string]error{"list": list, "get": get} {
			if denied := connect.CodeOf(err) == connect.CodePermissionDenied && err != nil; denied == looks {
				t.Errorf("%s %s: %v", name, what, err)
			}
		}
		for what, err := range map[string]error{"retry": retry, "skip": skip} {
			if denied := err != nil && connect.CodeOf(err) == connect.CodePermissionDenied; denied == decides {
				t.Errorf("%s %s: %v", name, what, err)
			}
		}
	}
}

// The legal role's room neither publishes nor listens, so nothing of it is ever
// parked. Whatever says that something is, is not shown.
func TestD05NothingOfTheLegalRoleIsShownAsParked(t *testing.T) {
	d := open(t)
	secret, plain := pair("intake", "legal-1"), pair("intake", "invoice-1")
	d.park(secret, 3)
	d.park(plain, 3)
	token := d.retry(plain).GetConsistencyToken()
	page, err := d.admin().ListParked(t.Context(), &operationsv1.ListParkedRequest{ConsistencyToken: token})
	check(t, err)
	if len(page.GetParked()) != 1 || page.GetParked()[0].GetEventStream() != "invoice-1" {
		t.Errorf("listed %v", page)
	}
	_, err = d.admin().GetParked(t.Context(), &operationsv1.GetParkedRequest{ParkedId: secret.String()})
	refused(t, err, connect.CodeNotFound, "PARKED_UNKNOWN")
	_, err = d.admin().SkipParked(t.Context(), &operationsv1.SkipParkedRequest{
		IdempotencyKey: uuid.NewString(), ParkedId: secret.String(), EventRevision: 3, Reason: why,
	})
	refused(t, err, connect.CodeNotFound, "PARKED_UNKNOWN")
}
