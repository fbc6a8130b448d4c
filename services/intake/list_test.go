package intake

import (
	"slices"
	"testing"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
)

func TestTheListPagesFromNewestToOldestAndSeesWhatTheTokenNames(t *testing.T) {
	d := open(t, monday)
	var newest []string
	var token string
	for range 5 {
		got := d.submit(form())
		newest = append([]string{got.GetSupportRequest().GetSupportRequestId()}, newest...)
		token = got.GetConsistencyToken()
	}
	req := &intakev1.ListSupportRequestsRequest{PageSize: 2, ConsistencyToken: token}
	var listed []string
	for pages := 1; ; pages++ {
		page, err := d.dispatcher().ListSupportRequests(t.Context(), req)
		check(t, err)
		for _, r := range page.GetSupportRequests() {
			listed = append(listed, r.GetSupportRequestId())
		}
		if page.GetNextPageToken() == "" {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
		req.PageToken = page.GetNextPageToken()
	}
	if !slices.Equal(listed, newest) {
		t.Fatalf("listed\n %v, want\n %v", listed, newest)
	}

	req.States = []intakev1.SupportRequestState{submitted}
	_, err := d.dispatcher().ListSupportRequests(t.Context(), req)
	d.refused(d.end(), err, connect.CodeInvalidArgument, "PAGE_TOKEN_INVALID")
}

func TestTheListShowsARequestAsTheLogTellsItWithoutThePerson(t *testing.T) {
	d := open(t, monday)
	id := d.submit(consumer()).GetSupportRequest().GetSupportRequestId()
	other := d.submit(form()).GetSupportRequest().GetSupportRequestId()
	got, err := d.dispatcher().RefuseSupportRequest(t.Context(), &intakev1.RefuseSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id, Reason: "Vol", InternalNote: "Vol",
	})
	check(t, err)
	for state, want := range map[intakev1.SupportRequestState]string{refused: id, submitted: other} {
		page, err := d.dispatcher().ListSupportRequests(t.Context(), &intakev1.ListSupportRequestsRequest{
			States: []intakev1.SupportRequestState{state, intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_DRAFTED},
			// The view has to catch up first.
			ConsistencyToken: got.GetConsistencyToken(),
		})
		check(t, err)
		if len(page.GetSupportRequests()) != 1 || page.GetSupportRequests()[0].GetSupportRequestId() != want {
			t.Fatalf("%s: %v", state, page)
		}
		if state == refused && !proto.Equal(page.GetSupportRequests()[0], got.GetSupportRequest()) {
			t.Fatalf("listed\n %v, the log says\n %v", page.GetSupportRequests()[0], got.GetSupportRequest())
		}
	}
}
