package legal

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectinprocess"
	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	legalv1 "aanvraag.internal/proto/gen/aanvraag/legal/v1"
	"aanvraag.internal/proto/gen/aanvraag/legal/v1/legalv1connect"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/bus/bustest"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/service/servicetest"
	"aanvraag.internal/services/platform/vault"
)

func TestMain(m *testing.M) { bustest.Main(m) }

const (
	grounds = "dreigbrief van Kwaadaard op de schijf"
	office  = "Openbaar Ministerie Oost-Brabant"
)

var review = servicetest.Start.AddDate(0, 3, 0)

// desk is legal alone.
type desk struct {
	*servicetest.House
	t *testing.T
	s *Service
}

func open(t *testing.T) *desk {
	t.Helper()
	h := servicetest.New(t)
	s, err := New(t.Context(), h.House)
	check(t, err)
	h.Run(s)
	return &desk{House: h, t: t, s: s}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err error, code connect.Code, reason string) {
	t.Helper()
	if connect.CodeOf(err) != code || rpc.Reason(err) != reason {
		t.Fatalf("answered %v (%s), want %s", err, rpc.Reason(err), reason)
	}
}

// person is somebody of the legal role.
func (d *desk) person(account string) legalv1connect.LegalServiceClient {
	return legalv1connect.NewLegalServiceClient(connect.NewClient(connectinprocess.New(d.Server), rpc.Bearer(func() (string, error) {
		return d.Keys.Issue(rpc.Claims{
			Role: commonv1.Role_ROLE_LEGAL, Subject: account,
			IssuedAt: servicetest.Start.Add(-time.Hour), ExpiresAt: servicetest.Start.AddDate(20, 0, 0),
		})
	})))
}

// asService is one of the system's services.
func (d *desk) asService(name string) legalv1connect.LegalServiceClient {
	return legalv1connect.NewLegalServiceClient(rpc.InProcess(d.Server, d.Keys, name, d.Clock))
}

func (d *desk) held(request string) bool {
	d.t.Helper()
	answer, err := d.asService("scheduling").IsHeld(d.t.Context(), &legalv1.IsHeldRequest{SupportRequestId: request})
	check(d.t, err)
	return answer.GetHeld()
}

func raising(request string) *legalv1.RaiseReferralRequest {
	return &legalv1.RaiseReferralRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: request, Grounds: grounds, ReviewAt: timestamppb.New(review),
	}
}

func (d *desk) raise(request string) string {
	d.t.Helper()
	done, err := d.person("lena").RaiseReferral(d.t.Context(), raising(request))
	check(d.t, err)
	return done.GetReferral().GetReferralId()
}

func (d *desk) approve(id string) {
	d.t.Helper()
	_, err := d.person("otto").ApproveReferral(d.t.Context(), &legalv1.ApproveReferralRequest{IdempotencyKey: uuid.NewString(), ReferralId: id})
	check(d.t, err)
}

func (d *desk) handOver(id string) {
	d.t.Helper()
	_, err := d.person("lena").RecordHandOver(d.t.Context(), &legalv1.RecordHandOverRequest{
		IdempotencyKey: uuid.NewString(), ReferralId: id, Authority: office, Reference: "PL2100-1",
	})
	check(d.t, err)
}

func TestD05AReferralLivesByTwoPeople(t *testing.T) {
	d := open(t)
	request := uuid.NewString()
	id := d.raise(request)
	for _, account := range []string{"lena", "LENA", ""} {
		_, err := d.person(account).ApproveReferral(t.Context(), &legalv1.ApproveReferralRequest{IdempotencyKey: uuid.NewString(), ReferralId: id})
		refused(t, err, connect.CodePermissionDenied, "FOUR_EYES")
	}
	d.approve(id)
	d.handOver(id)
	got, err := d.person("otto").GetReferral(t.Context(), &legalv1.GetReferralRequest{ReferralId: strings.ToUpper(id)})
	check(t, err)
	want := &legalv1.Referral{
		ReferralId: id, State: legalv1.ReferralState_REFERRAL_STATE_HANDED_OVER, Revision: 2, SupportRequestId: request,
		Grounds: grounds, ReviewAt: timestamppb.New(review), RaisedBy: "lena", RaisedAt: timestamppb.New(servicetest.Start),
		ApprovedBy: "otto", ApprovedAt: timestamppb.New(servicetest.Start),
		Authority: office, Reference: "PL2100-1", HandedOverAt: timestamppb.New(servicetest.Start),
	}
	if !proto.Equal(got.GetReferral(), want) {
		t.Errorf("it is\n%v, want\n%v", got.GetReferral(), want)
	}
	openings, err := d.Vault.Openings(t.Context(), id)
	check(t, err)
	if last := openings[len(openings)-1]; last.Actor != "legal/otto" || last.Reason != "referral "+id {
		t.Errorf("opened by %+v", last)
	}
}

// Neither the request nor what is said of it stands in clear anywhere in the log,
// and the stream's name does not follow from the request for others.
func TestD05TheLogTellsNothingOfTheMatter(t *testing.T) {
	d, elsewhere := open(t), open(t)
	request := uuid.NewString()
	id := d.raise(request)
	if same := elsewhere.raise(request); same == id {
		t.Error("the stream's name follows from the request alone")
	}
	d.approve(id)
	d.handOver(id)
	_, err := d.person("lena").ReleaseReferral(t.Context(), &legalv1.ReleaseReferralRequest{
		IdempotencyKey: uuid.NewString(), ReferralId: id, Reason: "geseponeerd",
	})
	check(t, err)
	parsed := uuid.MustParse(request)
	events := 0
	for r, err := range d.Store.ReadAll(t.Context(), 0, eventstore.Filter{}) {
		check(t, err)
		events++
		stored := bytes.Join([][]byte{[]byte(r.Stream), []byte(r.Type), r.Data, r.Metadata, r.ID[:]}, []byte("\n"))
		for _, secret := range []string{request, strings.ToUpper(request), string(parsed[:]), grounds, "Kwaadaard", office, "PL2100", "geseponeerd", "2027-02"} {
			if bytes.Contains(stored, []byte(secret)) {
				t.Errorf("%s holds %q", r.Type, secret)
			}
		}
		if strings.Contains(r.Stream, strings.ReplaceAll(request, "-", "")) {
			t.Errorf("the stream is called %s", r.Stream)
		}
	}
	if events != 4 {
		t.Errorf("%d events", events)
	}
	js, err := jetstream.New(d.Bus)
	check(t, err)
	if _, err := js.Stream(t.Context(), bus.StreamName(Name)); err == nil {
		t.Error("there is a stream on the bus")
	}
}

// Erasing a customer leaves the referral as it was, and nothing else.
func TestD05AReferralHasAKeyOfItsOwn(t *testing.T) {
	d := open(t)
	request := uuid.NewString()
	id := d.raise(request)
	subjects := []string{request, uuid.NewSHA1(uuid.MustParse(request), []byte("subject")).String()}
	for _, subject := range subjects {
		for _, purpose := range []vault.Purpose{sealed.Operational, sealed.Fiscal, sealed.Recording} {
			_, err := d.Vault.Destroy(t.Context(), subject, purpose)
			check(t, err)
		}
	}
	got, err := d.person("otto").GetReferral(t.Context(), &legalv1.GetReferralRequest{ReferralId: id})
	check(t, err)
	if got.GetReferral().GetGrounds() != grounds {
		t.Errorf("left is %v", got)
	}
}

func TestD06TheHoldLastsFromRaisingToWithdrawalOrRelease(t *testing.T) {
	d := open(t)
	request, other := uuid.NewString(), uuid.NewString()
	expect := func(step string, want bool) {
		t.Helper()
		for _, spelled := range []string{request, strings.ToUpper(request)} {
			if got := d.held(spelled); got != want {
				t.Errorf("%s: held %v", step, got)
			}
		}
		if d.held(other) {
			t.Errorf("%s: another request is held", step)
		}
	}
	expect("before", false)
	id := d.raise(request)
	expect("raised", true)
	_, err := d.person("otto").WithdrawReferral(t.Context(), &legalv1.WithdrawReferralRequest{
		IdempotencyKey: uuid.NewString(), ReferralId: id, Reason: "vergissing",
	})
	check(t, err)
	expect("withdrawn", false)
	if again := d.raise(request); again != id {
		t.Errorf("raised anew as %s, first %s", again, id)
	}
	expect("raised again", true)
	d.approve(id)
	expect("approved", true)
	d.handOver(id)
	expect("handed over", true)
	_, err = d.person("otto").ReleaseReferral(t.Context(), &legalv1.ReleaseReferralRequest{
		IdempotencyKey: uuid.NewString(), ReferralId: id, Reason: "geseponeerd",
	})
	check(t, err)
	expect("released", false)
}

// calls are all RPCs, as somebody would try them about a request and a referral.
func calls(ctx context.Context, c legalv1connect.LegalServiceClient, request, id string) map[string]error {
	key := uuid.NewString()
	out := map[string]error{}
	_, out["raise"] = c.RaiseReferral(ctx, raising(request))
	_, out["approve"] = c.ApproveReferral(ctx, &legalv1.ApproveReferralRequest{IdempotencyKey: key, ReferralId: id})
	_, out["withdraw"] = c.WithdrawReferral(ctx, &legalv1.WithdrawReferralRequest{IdempotencyKey: key, ReferralId: id, Reason: "x"})
	_, out["hand over"] = c.RecordHandOver(ctx, &legalv1.RecordHandOverRequest{IdempotencyKey: key, ReferralId: id, Authority: "x", Reference: "x"})
	_, out["release"] = c.ReleaseReferral(ctx, &legalv1.ReleaseReferralRequest{IdempotencyKey: key, ReferralId: id, Reason: "x"})
	_, out["get"] = c.GetReferral(ctx, &legalv1.GetReferralRequest{ReferralId: id})
	_, out["list"] = c.ListReferrals(ctx, &legalv1.ListReferralsRequest{})
	_, out["is held"] = c.IsHeld(ctx, &legalv1.IsHeldRequest{SupportRequestId: request})
	return out
}

func TestD05WhoeverElseCallsIsAnsweredAlike(t *testing.T) {
	d := open(t)
	request := uuid.NewString()
	id := d.raise(request)
	clients := map[string]legalv1connect.LegalServiceClient{
		"customer": legalv1connect.NewLegalServiceClient(d.Customer(request)), "audit": d.asService("audit"), "legal itself": d.asService("legal"),
	}
	for number := range commonv1.Role_name {
		name := rpc.RoleName(commonv1.Role(number))
		if name != "" && name != "public" && name != "legal" && name != "customer" {
			clients[name] = legalv1connect.NewLegalServiceClient(d.As(name))
		}
	}
	clients["public"] = legalv1connect.NewLegalServiceClient(d.As(""))
	for who, c := range clients {
		there, nothing := calls(t.Context(), c, request, id), calls(t.Context(), c, uuid.NewString(), uuid.NewString())
		for call, err := range there {
			refused(t, err, connect.CodePermissionDenied, rpc.ReasonPermissionDenied)
			if one, other := fmt.Sprint(err, rpc.Metadata(err)), fmt.Sprint(nothing[call], rpc.Metadata(nothing[call])); one != other {
				t.Errorf("%s %s: %s, without a referral %s", who, call, one, other)
			}
		}
	}
	// The legal role itself is not told what is for services.
	_, err := d.person("lena").IsHeld(t.Context(), &legalv1.IsHeldRequest{SupportRequestId: request})
	refused(t, err, connect.CodePermissionDenied, rpc.ReasonPermissionDenied)
}

func TestD05AReferralThatWasNeverRaisedIsUnknownAndLeavesNoKey(t *testing.T) {
	d := open(t)
	id := uuid.NewString()
	for call, err := range calls(t.Context(), d.person("lena"), uuid.NewString(), id) {
		if call != "raise" && call != "list" && call != "is held" {
			refused(t, err, connect.CodeNotFound, "REFERRAL_UNKNOWN")
		}
	}
	if made, err := d.Vault.Exists(t.Context(), id, sealed.Legal); err != nil || made {
		t.Errorf("a key was made for it (%v)", err)
	}
}

func TestP5ARepeatedReferralIsOne(t *testing.T) {
	d := open(t)
	request := raising(uuid.NewString())
	first, err := d.person("lena").RaiseReferral(t.Context(), request)
	check(t, err)
	again, err := d.person("lena").RaiseReferral(t.Context(), request)
	check(t, err)
	if !proto.Equal(first, again) {
		t.Errorf("answered %v, then %v", first, again)
	}
	request.Grounds += "!"
	_, err = d.person("lena").RaiseReferral(t.Context(), request)
	refused(t, err, connect.CodeAlreadyExists, "IDEMPOTENCY_CONFLICT")
	_, err = d.person("otto").RaiseReferral(t.Context(), raising(request.GetSupportRequestId()))
	refused(t, err, connect.CodeAlreadyExists, "REFERRAL_EXISTS")
	late := raising(uuid.NewString())
	late.ReviewAt = timestamppb.New(servicetest.Start)
	_, err = d.person("otto").RaiseReferral(t.Context(), late)
	refused(t, err, connect.CodeInvalidArgument, "REVIEW_IN_PAST")
	late.ReviewAt = nil
	_, err = d.person("otto").RaiseReferral(t.Context(), late)
	refused(t, err, connect.CodeInvalidArgument, "INVALID_REQUEST")
}

func TestReferralsAreListedFromTheNewest(t *testing.T) {
	d := open(t)
	var want []string
	for range 5 {
		want = append([]string{d.raise(uuid.NewString())}, want...)
	}
	done, err := d.person("otto").ApproveReferral(t.Context(), &legalv1.ApproveReferralRequest{IdempotencyKey: uuid.NewString(), ReferralId: want[2]})
	check(t, err)
	req := &legalv1.ListReferralsRequest{PageSize: 2, ConsistencyToken: done.GetConsistencyToken()}
	var got []string
	for {
		page, err := d.person("lena").ListReferrals(t.Context(), req)
		check(t, err)
		for _, r := range page.GetReferrals() {
			got = append(got, r.GetReferralId())
			if r.GetGrounds() != grounds {
				t.Errorf("not opened: %v", r)
			}
		}
		if req.PageToken = page.GetNextPageToken(); req.GetPageToken() == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
	page, err := d.person("lena").ListReferrals(t.Context(), &legalv1.ListReferralsRequest{
		States: []legalv1.ReferralState{legalv1.ReferralState_REFERRAL_STATE_APPROVED}, ConsistencyToken: done.GetConsistencyToken(),
	})
	check(t, err)
	if len(page.GetReferrals()) != 1 || page.GetReferrals()[0].GetReferralId() != want[2] {
		t.Errorf("approved are %v", page)
	}
}
