package intake

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
)

func decode(t testing.TB, data []byte, into any) {
	t.Helper()
	check(t, json.Unmarshal(data, into))
}

func TestASubmittedRequestIsAnOfferWithATokenForItAlone(t *testing.T) {
	d := open(t, monday)
	f := form()
	got := d.submit(f)
	r := got.GetSupportRequest()
	if r.GetState() != submitted || r.GetRevision() != 0 || r.GetSupportRequestId() != f.GetSupportRequestId() ||
		len(r.GetReference()) != 11 || r.GetLanguage() != "nl" || !r.GetSubmittedAt().AsTime().Equal(monday) ||
		r.GetNextOpening() != nil || r.GetParty() != nil || r.GetProblem() != "" {
		t.Fatal(r)
	}
	caller, err := d.keys.Authenticate(monday.AddDate(2, 0, 0).Add(-time.Second), got.GetCustomerToken())
	check(t, err)
	if caller.Role != commonv1.Role_ROLE_CUSTOMER || caller.SupportRequestID != f.GetSupportRequestId() {
		t.Fatalf("%+v", caller)
	}
	if _, err := d.keys.Authenticate(monday.AddDate(2, 0, 0), got.GetCustomerToken()); err == nil {
		t.Fatal("the token outlives what is kept of the customer")
	}
	mine, err := d.with(got.GetCustomerToken()).GetSupportRequest(t.Context(),
		&intakev1.GetSupportRequestRequest{SupportRequestId: f.GetSupportRequestId(), ConsistencyToken: got.GetConsistencyToken()})
	check(t, err)
	if !proto.Equal(mine.GetSupportRequest(), r) {
		t.Fatal(mine)
	}
}

func TestP5_ARepeatIsAnsweredTheSameAlsoLaterAndAfterErasure(t *testing.T) {
	d := open(t, monday)
	f := form()
	first := d.submit(f)
	d.agree(f.GetSupportRequestId())
	_, err := d.clock.Advance(time.Hour)
	check(t, err)
	for _, purpose := range []vault.Purpose{vault.Operational, vault.Fiscal} {
		_, err := d.vault.Destroy(t.Context(), subjectOf(uuid.MustParse(f.GetSupportRequestId())), purpose)
		check(t, err)
	}
	if again := d.submit(f); !proto.Equal(first, again) {
		t.Fatalf("first\n %v, again\n %v", first, again)
	}

	before := d.end()
	f.Problem = "Iets anders"
	_, err = d.public().SubmitSupportRequest(t.Context(), f)
	d.refused(before, err, connect.CodeAlreadyExists, "IDEMPOTENCY_CONFLICT")
	f.IdempotencyKey = uuid.NewString()
	_, err = d.public().SubmitSupportRequest(t.Context(), f)
	d.refused(before, err, connect.CodeAlreadyExists, "ALREADY_SUBMITTED")
}

// together calls f fifty times at once and gives the answers.
func together[T any](t testing.TB, f func() (T, error)) []T {
	t.Helper()
	const callers = 50
	answers, errs := make([]T, callers), make([]error, callers)
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() { answers[i], errs[i] = f() })
	}
	group.Wait()
	for _, err := range errs {
		check(t, err)
	}
	return answers
}

func TestP5_TheSameCommandFiftyTimesAtOnceIsOneEvent(t *testing.T) {
	d := open(t, monday)
	f, public := form(), d.public()
	sent := together(t, func() (*intakev1.SubmitSupportRequestResponse, error) {
		return public.SubmitSupportRequest(t.Context(), f)
	})
	for _, s := range sent {
		if !proto.Equal(s, sent[0]) {
			t.Fatalf("%v\n%v", s, sent[0])
		}
	}
	id := f.GetSupportRequestId()
	if n := len(d.events(id)); n != 1 {
		t.Fatalf("%d events", n)
	}

	d.agree(id)
	wish := &intakev1.AcceptSupportRequestRequest{IdempotencyKey: uuid.NewString(), SupportRequestId: id}
	dispatcher := d.dispatcher()
	accepts := together(t, func() (*intakev1.AcceptSupportRequestResponse, error) {
		return dispatcher.AcceptSupportRequest(t.Context(), wish)
	})
	for _, a := range accepts {
		if !proto.Equal(a, accepts[0]) || a.GetSupportRequest().GetState() != accepted {
			t.Fatalf("%v\n%v", a, accepts[0])
		}
	}
	if n := len(d.events(id)); n != 3 {
		t.Fatalf("%d events", n)
	}
}

func TestP6_OfAcceptAndRefuseAtOnceExactlyOneWins(t *testing.T) {
	d := open(t, monday)
	id := d.submit(consumer()).GetSupportRequest().GetSupportRequestId()
	d.agree(id)
	dispatcher := d.dispatcher()
	var group sync.WaitGroup
	var acceptErr, refuseErr error
	group.Go(func() {
		_, acceptErr = dispatcher.AcceptSupportRequest(t.Context(), &intakev1.AcceptSupportRequestRequest{
			IdempotencyKey: uuid.NewString(), SupportRequestId: id,
		})
	})
	group.Go(func() {
		_, refuseErr = dispatcher.RefuseSupportRequest(t.Context(), &intakev1.RefuseSupportRequestRequest{
			IdempotencyKey: uuid.NewString(), SupportRequestId: id,
		})
	})
	group.Wait()
	switch {
	case acceptErr == nil && rpc.Reason(refuseErr) == "USE_TERMINATE":
	case refuseErr == nil && rpc.Reason(acceptErr) == "ILLEGAL_STATE":
	default:
		t.Fatalf("accept: %v, refuse: %v", acceptErr, refuseErr)
	}
	if n := len(d.events(id)); n != 3 {
		t.Fatalf("%d events", n)
	}
}

func TestN01_AnInvalidPartyIsRefusedByItsField(t *testing.T) {
	d := open(t, monday)
	before := d.end()
	for path, spoil := range map[string]func(*intakev1.SubmitSupportRequestRequest){
		"party.address.postal_code": func(f *intakev1.SubmitSupportRequestRequest) { f.Party.Address.PostalCode = "5531SA" },
		"party.company_name":        func(f *intakev1.SubmitSupportRequestRequest) { f.Party.CompanyName = "\u200b" },
	} {
		f := form()
		spoil(f)
		_, err := d.public().SubmitSupportRequest(t.Context(), f)
		d.refused(before, err, connect.CodeInvalidArgument, "INVALID_PARTY")
		if !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
	f := form()
	f.Party.Address.Street = "\u200b"
	_, err := d.public().SubmitSupportRequest(t.Context(), f)
	d.refused(before, err, connect.CodeInvalidArgument, "INVALID_REQUEST")
}

func TestX01_WhoDeclaresNothingIsAConsumer(t *testing.T) {
	d := open(t, monday)
	if got := d.submit(consumer()).GetSupportRequest(); got.GetPartyKind() != commonv1.PartyKind_PARTY_KIND_CONSUMER {
		t.Fatal(got)
	}
}

func TestP7_TheLogHoldsNothingPersonalInClear(t *testing.T) {
	d := open(t, monday)
	f := form()
	d.submit(f)
	p := f.GetParty()
	for r, err := range d.store.ReadAll(t.Context(), 0, eventstore.Filter{}) {
		check(t, err)
		for _, personal := range []string{
			p.GetName(), "Zwartkruis", p.GetEmail(), p.GetPhone(), p.GetAddress().GetStreet(), "5531 AB", "Gravenhage", f.GetProblem(),
			p.GetVatNumber(), p.GetChamberOfCommerceNumber(),
		} {
			if bytes.Contains(r.Data, []byte(personal)) || bytes.Contains(r.Metadata, []byte(personal)) {
				t.Errorf("%s holds %q", r.Type, personal)
			}
		}
	}
}

func TestD04_WhoSeesThePersonIsRecordedAndWhatIsErasedStaysEmpty(t *testing.T) {
	d := open(t, monday)
	f := form()
	sent := d.submit(f)
	id := uuid.MustParse(f.GetSupportRequestId())
	ask := &intakev1.GetSupportRequestRequest{SupportRequestId: id.String(), IncludePersonalData: true}

	for _, role := range []commonv1.Role{
		commonv1.Role_ROLE_BILLING_CLERK, commonv1.Role_ROLE_ADMINISTRATOR, commonv1.Role_ROLE_AUDITOR, commonv1.Role_ROLE_SERVICE,
	} {
		_, err := d.as(role).GetSupportRequest(t.Context(), ask)
		d.refused(d.end(), err, connect.CodePermissionDenied, "PERMISSION_DENIED")
	}
	none, err := d.vault.Openings(t.Context(), subjectOf(id))
	check(t, err)
	if len(none) != 0 {
		t.Fatalf("opened by nobody: %+v", none)
	}

	want := proto.CloneOf(f.GetParty())
	want.Address.PostalCode = "5531 AB"
	roles := []commonv1.Role{
		commonv1.Role_ROLE_RECEPTIONIST, commonv1.Role_ROLE_TECHNICIAN, commonv1.Role_ROLE_DISPATCHER,
	}
	for _, role := range roles {
		got, err := d.as(role).GetSupportRequest(t.Context(), ask)
		check(t, err)
		if r := got.GetSupportRequest(); !proto.Equal(r.GetParty(), want) || r.GetProblem() != f.GetProblem() {
			t.Fatalf("%s sees %v", role, r)
		}
	}
	mine, err := d.with(sent.GetCustomerToken()).GetSupportRequest(t.Context(), ask)
	check(t, err)
	if !proto.Equal(mine.GetSupportRequest().GetParty(), want) {
		t.Fatal(mine)
	}
	openings, err := d.vault.Openings(t.Context(), subjectOf(id))
	check(t, err)
	if len(openings) != 3*(len(roles)+1) || openings[0].Actor != "receptionist/staff-1" || openings[0].Reason != "support request "+id.String() {
		t.Fatalf("%d openings, first %+v", len(openings), openings[0])
	}

	_, err = d.vault.Destroy(t.Context(), subjectOf(id), vault.Operational)
	check(t, err)
	left, err := d.dispatcher().GetSupportRequest(t.Context(), ask)
	check(t, err)
	if r := left.GetSupportRequest(); r.GetProblem() != "" || r.GetParty().GetEmail() != "" || r.GetParty().GetAddress().GetStreet() == "" {
		t.Fatalf("after the operational key is gone: %v", r)
	}
	_, err = d.vault.Destroy(t.Context(), subjectOf(id), vault.Fiscal)
	check(t, err)
	left, err = d.dispatcher().GetSupportRequest(t.Context(), ask)
	check(t, err)
	if r := left.GetSupportRequest(); r.GetParty() != nil || r.GetState() != submitted {
		t.Fatalf("after both keys are gone: %v", r)
	}
}

func TestIdsMeanTheSameInEitherCase(t *testing.T) {
	d := open(t, monday)
	f := form()
	lower := f.GetSupportRequestId()
	f.SupportRequestId = strings.ToUpper(lower)
	if got := d.submit(f).GetSupportRequest().GetSupportRequestId(); got != lower {
		t.Fatal(got)
	}
	d.state(lower, submitted)
}
