package intake

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/vault"
)

func pressed(key int32) *intakev1.RecordContactRequest {
	return &intakev1.RecordContactRequest{
		IdempotencyKey: uuid.NewString(), ContactId: uuid.NewString(), Channel: intakev1.Channel_CHANNEL_PHONE, MenuChoice: key,
		Name: "Wilhelmina Zwartkruis", Phone: "+31612345678",
	}
}

func TestG14_TheMenuOpensADraftForSupportAndNothingElse(t *testing.T) {
	d := open(t, monday)
	receptionist := d.as(commonv1.Role_ROLE_RECEPTIONIST)
	for key, want := range map[int32]string{
		1: "reception", 3: "sales", 4: "repair-information", 9: "reception", 0: "reception",
	} {
		c := pressed(key)
		got, err := receptionist.RecordContact(t.Context(), c)
		check(t, err)
		if got.GetRoutedTo() != want || got.GetSupportRequest() != nil || got.GetLink() != nil {
			t.Errorf("key %d: %v", key, got)
		}
		id := requestOf(uuid.MustParse(c.GetContactId())).String()
		if len(d.events(id)) > 0 || d.keyExists(id, vault.Operational) {
			t.Errorf("key %d made a request", key)
		}
	}
	c := pressed(2)
	got, err := receptionist.RecordContact(t.Context(), c)
	check(t, err)
	if got.GetRoutedTo() != "support" || got.GetSupportRequest().GetState() != drafted || got.GetLink().GetCode() == "" {
		t.Fatal(got)
	}
	again, err := receptionist.RecordContact(t.Context(), c)
	check(t, err)
	if !proto.Equal(got, again) {
		t.Fatalf("first\n %v, again\n %v", got, again)
	}
	if d.holds("Zwartkruis") || d.holds("+31612345678") {
		t.Error("the log holds the caller")
	}
	f := consumer()
	f.SupportRequestId, f.IntakeCode = got.GetSupportRequest().GetSupportRequestId(), got.GetLink().GetCode()
	d.submit(f)

	before := d.end()
	c.IdempotencyKey = uuid.NewString()
	_, err = receptionist.RecordContact(t.Context(), c)
	d.refused(before, err, connect.CodeAlreadyExists, "CONTACT_RECORDED")
}

func TestG14_AnAnonymousCallerIsHelpedToo(t *testing.T) {
	d := open(t, monday)
	c := pressed(2)
	c.Name, c.Phone = "", ""
	got, err := d.technician().RecordContact(t.Context(), c)
	check(t, err)
	id := got.GetSupportRequest().GetSupportRequestId()
	if d.keyExists(id, vault.Operational) {
		t.Error("a key was made for nobody")
	}
	d.advance(24 * time.Hour)
	d.state(id, expired)
}

// A mail that opens no draft is no contact either (G-15).
func TestG15_AContactByMailOpensOneDraftAndAMachinesNone(t *testing.T) {
	d := open(t, monday)
	mail := func(messageID string) *intakev1.RecordContactRequest {
		c := pressed(2)
		c.Channel, c.MessageId = intakev1.Channel_CHANNEL_EMAIL, messageID
		return c
	}
	first := mail("<1@zwartkruis.example>")
	got, err := d.technician().RecordContact(t.Context(), first)
	check(t, err)
	before := d.end()
	_, err = d.technician().RecordContact(t.Context(), mail("<1@zwartkruis.example>"))
	if details := d.refused(before, err, connect.CodeAlreadyExists, "MAIL_ALREADY_TAKEN"); details["support_request_id"] !=
		got.GetSupportRequest().GetSupportRequestId() {
		t.Error(details)
	}
	automatic := mail("<2@zwartkruis.example>")
	automatic.AutoSubmitted = "auto-generated"
	_, err = d.technician().RecordContact(t.Context(), automatic)
	d.refused(before, err, connect.CodeFailedPrecondition, "AUTOMATIC_MAIL")
}

// A call that was interrupted, at its draft or after it, is whole once it is
// repeated (P5).
func TestG14_ARepeatCompletesWhatWasInterrupted(t *testing.T) {
	d := open(t, monday)
	d.stop()
	away := &interrupted{Store: d.store}
	d.house.Store = away
	d.begin()
	c := pressed(2)
	for _, at := range []string{"request.drafted.v1", "contact.received.v1"} {
		away.refuse(at)
		if _, err := d.technician().RecordContact(t.Context(), c); err == nil {
			t.Fatalf("it was not interrupted at %s", at)
		}
	}
	away.refuse("")
	got, err := d.technician().RecordContact(t.Context(), c)
	check(t, err)
	if got.GetSupportRequest().GetState() != drafted || got.GetLink().GetCode() == "" {
		t.Fatal(got)
	}
}

// interrupted is a log that takes no events of one type while it is.
type interrupted struct {
	*memory.Store

	mu      sync.Mutex
	of      string // event type; none when empty
	refused chan struct{}
}

func (s *interrupted) refuse(eventType string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of, s.refused = eventType, make(chan struct{}, 100)
}

// awaitRefusal waits until an event was not taken.
func (s *interrupted) awaitRefusal(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	refused := s.refused
	s.mu.Unlock()
	select {
	case <-refused:
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was refused")
	}
}

func (s *interrupted) Append(
	ctx context.Context, stream string, after eventstore.Head, events []eventstore.Proposed,
) (eventstore.Appended, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if events[0].Type == s.of {
		s.refused <- struct{}{}
		return eventstore.Appended{}, errors.New("interrupted")
	}
	return s.Store.Append(ctx, stream, after, events)
}
