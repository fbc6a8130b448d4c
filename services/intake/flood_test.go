package intake

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectproto"
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/intake/internal/tally"
	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
)

const somewhere = "203.0.113.7"

// from sends a form as one that came from a client address.
func (d *desk) from(address string, f *intakev1.SubmitSupportRequestRequest) (*intakev1.SubmitSupportRequestResponse, error) {
	return d.public().SubmitSupportRequest(rpc.WithSender(d.t.Context(), address), f)
}

// written is a form with an e-mail address of its own.
func written(n int) *intakev1.SubmitSupportRequestRequest {
	f := form()
	f.Party.Email = fmt.Sprintf("klant%d@example.org", n)
	return f
}

// tallied counts the events of tallies by type, and looks that they tell of nobody.
func (d *desk) tallied() map[string]int {
	d.t.Helper()
	types := map[string]int{}
	for r, err := range d.store.ReadAll(context.Background(), 0, eventstore.Filter{Prefixes: []string{tallies + "-"}}) {
		check(d.t, err)
		types[r.Type]++
		for _, personal := range []string{somewhere, "klant", "example"} {
			if strings.Contains(string(r.Data)+string(r.Metadata)+r.Stream, personal) {
				d.t.Errorf("%s of %s holds %q", r.Type, r.Stream, personal)
			}
		}
	}
	return types
}

// throttled checks that a request was turned away, and gives the seconds to wait.
func throttled(t *testing.T, err error) int64 {
	t.Helper()
	if connect.CodeOf(err) != connect.CodeResourceExhausted || rpc.Reason(err) != "THROTTLED" || rpc.Metadata(err)["rule"] != "N-04" {
		t.Fatalf("got %v (%s), want it throttled", err, rpc.Reason(err))
	}
	coded, _ := errors.AsType[*connect.Error](err)
	for _, detail := range coded.Details() {
		msg, err := connectproto.UnmarshalErrorDetail(detail)
		check(t, err)
		if info, ok := msg.(*errdetails.RetryInfo); ok {
			if fmt.Sprint(info.GetRetryDelay().GetSeconds()) != rpc.Metadata(coded)["retryAfterSeconds"] {
				t.Errorf("told %v and %v", info, rpc.Metadata(coded))
			}
			return info.GetRetryDelay().GetSeconds()
		}
	}
	t.Fatalf("no RetryInfo in %v", err)
	return 0
}

func TestN04_OfOneMailboxFiveAnHourComeThrough(t *testing.T) {
	d := open(t, monday.Add(20*time.Minute))
	var first *intakev1.SubmitSupportRequestRequest
	for n := range 5 {
		f := written(1)
		if n == 0 {
			first = f
		}
		f.Party.Email = []string{"klant1@example.org", "KLANT1@EXAMPLE.ORG"}[n%2] // one mailbox
		_, err := d.from(fmt.Sprintf("203.0.113.%d", n), f)
		check(t, err)
	}
	_, err := d.from(somewhere, written(1))
	if wait := throttled(t, err); wait != 40*60 {
		t.Errorf("to wait %d s, want until the window ends", wait)
	}
	_, err = d.from(somewhere, written(2)) // another mailbox
	check(t, err)
	_, err = d.from(somewhere, first) // a repeat of what was accepted is never turned away (P5)
	check(t, err)

	_, err = d.clock.Advance(40*time.Minute - time.Second)
	check(t, err)
	_, err = d.from(somewhere, written(1))
	if wait := throttled(t, err); wait != 1 {
		t.Errorf("to wait %d s, want 1", wait)
	}
	_, err = d.clock.Advance(time.Second) // the next window begins
	check(t, err)
	_, err = d.from(somewhere, written(1))
	check(t, err)
	if got := d.tallied()["submission.throttled.v1"]; got != 1 {
		t.Errorf("%d events of one flood, want 1", got)
	}
}

func TestN04_OfOneAddressThirtyAnHourComeThroughAndAFloodLeavesOneEvent(t *testing.T) {
	d := open(t, monday)
	for n := range 30 {
		_, err := d.from(somewhere, written(n))
		check(t, err)
	}
	_, err := d.from(somewhere, written(30))
	throttled(t, err)
	before := d.end()
	for n := range 200 {
		_, err := d.from(somewhere, written(31+n))
		throttled(t, err)
	}
	if after := d.end(); after != before {
		t.Errorf("two hundred refusals moved the log from %d to %d", before, after)
	}
	if got := d.tallied(); got["submission.throttled.v1"] != 1 || got["submission.counted.v1"] != 60 {
		t.Errorf("%v", got)
	}
	_, err = d.from("203.0.113.8", written(500)) // a neighbour
	check(t, err)
	// A warranty claim makes no request, and a stream all the same.
	claim := written(501)
	claim.WarrantyClaim = true
	_, err = d.from(somewhere, claim)
	throttled(t, err)
}

// However many come at the same moment, the count is exact.
func TestN04_OfManyAtOnceAsManyAsTheLimitComeThrough(t *testing.T) {
	d := open(t, monday)
	var through, stopped atomic.Int32
	var all sync.WaitGroup
	for range 60 {
		all.Go(func() {
			for {
				switch _, err := d.from(somewhere, written(1)); {
				case err == nil:
					through.Add(1)
				case rpc.Reason(err) == "THROTTLED":
					stopped.Add(1)
				case connect.CodeOf(err) == connect.CodeAborted: // to be sent again
					continue
				default:
					t.Error(err)
				}
				return
			}
		})
	}
	all.Wait()
	if through.Load() != 5 || stopped.Load() != 55 {
		t.Errorf("%d came through and %d were stopped", through.Load(), stopped.Load())
	}
}

func TestN04_WhatComesFromThisMachineIsNotCounted(t *testing.T) {
	d := open(t, monday)
	for range 40 {
		d.submit(written(1))
	}
	if got := d.tallied(); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

func TestN04_AServiceThatSendsForManyIsNotCounted(t *testing.T) {
	d := open(t, monday)
	monitor := d.as(commonv1.Role_ROLE_SERVICE)
	for range 40 {
		f := written(1)
		f.Channel = intakev1.Channel_CHANNEL_MONITORING
		_, err := monitor.SubmitSupportRequest(rpc.WithSender(t.Context(), somewhere), f)
		check(t, err)
	}
	if got := d.tallied(); len(got) != 0 {
		t.Errorf("%v", got)
	}
}

func TestN04_AnInvalidFormIsNotCounted(t *testing.T) {
	d := open(t, monday)
	for range 40 {
		f := written(1)
		f.Party.Address.PostalCode = "5531SA"
		if _, err := d.from(somewhere, f); rpc.Reason(err) != "INVALID_PARTY" {
			t.Fatal(err)
		}
	}
	_, err := d.from(somewhere, written(1))
	check(t, err)
}

func TestN04_WhatOnlyProgramsFillInIsRefused(t *testing.T) {
	d := open(t, monday)
	before := d.end()
	f := form()
	f.Website = "https://example.org"
	_, err := d.public().SubmitSupportRequest(t.Context(), f)
	d.refused(before, err, connect.CodeInvalidArgument, "INVALID_REQUEST")
	if !strings.Contains(err.Error(), "website") {
		t.Errorf("%v does not name the field", err)
	}
}

func TestN04_LimitsAreAPolicy(t *testing.T) {
	d := open(t, monday)
	administrator := d.as(commonv1.Role_ROLE_ADMINISTRATOR)
	publish := &intakev1.PublishSubmissionLimitsRequest{
		IdempotencyKey: uuid.NewString(), PerEmail: 1, PerAddress: 30, Window: durationpb.New(time.Hour),
	}
	published, err := administrator.PublishSubmissionLimits(t.Context(), publish)
	check(t, err)
	again, err := administrator.PublishSubmissionLimits(t.Context(), publish)
	check(t, err)
	if !proto.Equal(published, again) || published.GetLimits().GetVersion() != 2 || !published.GetEffectiveFrom().AsTime().Equal(monday) {
		t.Errorf("%v, then %v", published, again)
	}
	_, err = d.from(somewhere, written(1))
	check(t, err)
	_, err = d.from(somewhere, written(1))
	throttled(t, err)

	before := d.end()
	publish = proto.CloneOf(publish)
	publish.IdempotencyKey, publish.PerEmail = uuid.NewString(), 0
	_, err = administrator.PublishSubmissionLimits(t.Context(), publish)
	d.refused(before, err, connect.CodeInvalidArgument, "LIMITS_INVALID")
	publish.PerEmail, publish.Window = 1, durationpb.New(time.Hour+time.Millisecond)
	_, err = administrator.PublishSubmissionLimits(t.Context(), publish)
	d.refused(before, err, connect.CodeInvalidArgument, "LIMITS_INVALID")
	publish.Window, publish.EffectiveFrom = durationpb.New(time.Hour), timestamppb.New(monday.Add(-time.Second))
	_, err = administrator.PublishSubmissionLimits(t.Context(), publish)
	d.refused(before, err, connect.CodeInvalidArgument, "EFFECTIVE_IN_PAST")
	_, err = d.dispatcher().PublishSubmissionLimits(t.Context(), publish)
	d.refused(before, err, connect.CodePermissionDenied, "PERMISSION_DENIED")
}

func TestN04_WorkIsDemandedWhileThePolicySaysSo(t *testing.T) {
	d := open(t, monday)
	_, err := d.as(commonv1.Role_ROLE_ADMINISTRATOR).PublishSubmissionLimits(t.Context(), &intakev1.PublishSubmissionLimitsRequest{
		IdempotencyKey: uuid.NewString(), PerEmail: 5, PerAddress: 30, Window: durationpb.New(time.Hour), ProofBits: 10,
	})
	check(t, err)
	f := written(1)
	before := d.end()
	_, err = d.from(somewhere, f)
	if told := d.refused(before, err, connect.CodeFailedPrecondition, "PROOF_OF_WORK_REQUIRED"); told["bits"] != "10" {
		t.Errorf("told %v", told)
	}
	for n := 0; tally.ProvenBits(f.GetSupportRequestId(), f.GetProofOfWork()) < 10; n++ {
		f.ProofOfWork = fmt.Sprint(n)
	}
	_, err = d.from(somewhere, f) // the same key: nothing was recorded under it
	check(t, err)
	other := written(1)
	other.ProofOfWork = f.GetProofOfWork()
	if tally.ProvenBits(other.GetSupportRequestId(), other.GetProofOfWork()) < 10 { // but one time in a thousand
		_, err = d.from(somewhere, other)
		d.refused(d.end(), err, connect.CodeFailedPrecondition, "PROOF_OF_WORK_REQUIRED")
	}
	d.submit(written(2)) // from this machine itself
}

// What scheduling publishes, intake works by from its instant on, and says so (P2).
func TestG10_ARequestNamesTheCalendarByWhichItsNextOpeningIsTold(t *testing.T) {
	d := open(t, monday.Add(-time.Hour)) // 08:00, an hour and a half before the other calendar opens
	early := hours.Default()
	early.Weekly = []hours.Weekly{{Days: []int{1, 2, 3, 4, 5}, From: "09:30", To: "17:00"}}
	content, err := json.Marshal(early)
	check(t, err)
	d.tell("scheduling", "policy-calendar", &commonv1.PolicyPublished{
		Policy:        &commonv1.PolicyRef{Kind: "calendar", Version: 2, Sha256: policy.Sum(content)},
		EffectiveFrom: timestamppb.New(monday.Add(-30 * time.Minute)),
		Content:       string(content),
	})
	check(t, eventstore.Await(t.Context(), d.store, "adopted-intake.calendar", 0))
	for _, want := range []struct {
		version int
		opens   time.Time // zero: open
	}{{1, time.Time{}}, {2, monday.Add(30 * time.Minute)}} {
		sent := d.submit(form()).GetSupportRequest()
		if next := sent.GetNextOpening(); (next == nil) != want.opens.IsZero() || next != nil && !next.AsTime().Equal(want.opens) {
			t.Errorf("version %d: opens %v, want %s", want.version, next, want.opens)
		}
		recorded := d.events(sent.GetSupportRequestId())
		var meta eventstore.Metadata
		check(t, json.Unmarshal(recorded[0].Metadata, &meta))
		if len(meta.Policies) != 1 || meta.Policies[0].Version != want.version || meta.TZData != hours.TZData() {
			t.Errorf("it names %+v, want version %d", meta.Policies, want.version)
		}
		_, err = d.clock.Advance(30 * time.Minute)
		check(t, err)
	}
}

func TestG13_AnotherDirectoryIsServedFromItsInstantOn(t *testing.T) {
	d := open(t, monday)
	from := monday.Add(time.Hour)
	publish := &intakev1.PublishContactDirectoryRequest{
		IdempotencyKey: uuid.NewString(), BusinessSupportPhone: "+31497000001", MainPhone: "+31497000002",
		MainMenu: []*intakev1.MenuChoice{{Key: 1, Purpose: "reception"}, {Key: 2, Purpose: "support"}},
		Email:    "help@example.org", DirectDial: true, EffectiveFrom: timestamppb.New(from),
	}
	_, err := d.as(commonv1.Role_ROLE_ADMINISTRATOR).PublishContactDirectory(t.Context(), publish)
	check(t, err)
	phone := func() (int32, string) {
		got, err := d.public().GetContactDirectory(t.Context(), &intakev1.GetContactDirectoryRequest{})
		check(t, err)
		return got.GetVersion(), got.GetBusinessSupportPhone()
	}
	if version, number := phone(); version != 1 || number != "+31497782782" {
		t.Errorf("before: version %d, %s", version, number)
	}
	_, err = d.clock.Advance(time.Hour)
	check(t, err)
	if version, number := phone(); version != 2 || number != "+31497000001" {
		t.Errorf("after: version %d, %s", version, number)
	}
	claim := form()
	claim.WarrantyClaim = true
	_, err = d.public().SubmitSupportRequest(t.Context(), claim)
	if rpc.Metadata(err)["phone"] != "+31497000001" {
		t.Errorf("a warranty claim is sent to %v", rpc.Metadata(err))
	}
	before := d.end()
	publish = proto.CloneOf(publish)
	publish.IdempotencyKey, publish.EffectiveFrom = uuid.NewString(), nil
	publish.MainMenu[1].Key = 3
	_, err = d.as(commonv1.Role_ROLE_ADMINISTRATOR).PublishContactDirectory(t.Context(), publish)
	d.refused(before, err, connect.CodeInvalidArgument, "DIRECTORY_INVALID")
}

func TestN02_WarningsComeWithTheAnswerAndAreKeptNowhere(t *testing.T) {
	d := open(t, monday)
	f := form()
	f.Problem = "Mijn nummer is 123456782 en het wachtwoord: Geheim1"
	f.Party.VatNumber, f.Party.ChamberOfCommerceNumber = "NL123456789B01", ""
	sent := d.submit(f)
	var got []string
	for _, w := range sent.GetWarnings() {
		got = append(got, w.GetCode()+" "+w.GetField())
		if w.GetMessage() == "" || strings.Contains(w.GetMessage(), "Geheim") || strings.Contains(w.GetMessage(), "12345678") {
			t.Errorf("says %q", w.GetMessage())
		}
	}
	want := "CITIZEN_SERVICE_NUMBER problem, PASSWORD problem, VAT_NUMBER_DOUBTED party.vat_number, TREATED_AS_CONSUMER party.kind"
	if strings.Join(got, ", ") != want {
		t.Errorf("warned of %v, want %s", got, want)
	}
	if sent.GetSupportRequest().GetPartyKind() != commonv1.PartyKind_PARTY_KIND_CONSUMER {
		t.Errorf("X-01: kept as %s", sent.GetSupportRequest().GetPartyKind())
	}
	if again := d.submit(f); !proto.Equal(sent, again) {
		t.Errorf("first %v, then %v", sent, again)
	}
	if plain := d.submit(form()); plain.GetWarnings() != nil || plain.GetSupportRequest().GetPartyKind() != commonv1.PartyKind_PARTY_KIND_BUSINESS {
		t.Errorf("%v", plain)
	}
}
