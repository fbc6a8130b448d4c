package intake

import (
	"slices"
	"testing"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
)

const noProcessorAgreement = intakev1.SupportRequestWarning_SUPPORT_REQUEST_WARNING_PROCESSOR_AGREEMENT_MISSING

func linking(id string) *intakev1.LinkProcessorAgreementRequest {
	return &intakev1.LinkProcessorAgreementRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id, ProcessorAgreementId: "VWO-2026/17",
	}
}

// D-07: whoever looks at a business client's request is warned until an agreement is
// linked; acceptance did not need one.
func TestD07TheWarningGoesOnceAnAgreementIsLinked(t *testing.T) {
	d := open(t, monday)
	id := d.accept(form())
	if got := d.state(id, accepted); !slices.Equal(got.GetWarnings(), []intakev1.SupportRequestWarning{noProcessorAgreement}) {
		t.Errorf("accepted: %v", got)
	}
	wish := linking(id)
	done, err := d.dispatcher().LinkProcessorAgreement(t.Context(), wish)
	check(t, err)
	if got := done.GetSupportRequest(); len(got.GetWarnings()) != 0 || got.GetProcessorAgreementId() != "VWO-2026/17" {
		t.Errorf("linked: %v", got)
	}
	again, err := d.dispatcher().LinkProcessorAgreement(t.Context(), wish)
	check(t, err)
	if again.GetConsistencyToken() != done.GetConsistencyToken() {
		t.Errorf("answered %v, then %v", done, again)
	}
}

func TestD07AConsumerHasNoProcessorAgreement(t *testing.T) {
	d := open(t, monday)
	id := d.accept(consumer())
	if got := d.state(id, accepted); len(got.GetWarnings()) != 0 {
		t.Errorf("accepted: %v", got)
	}
	before := d.end()
	_, err := d.dispatcher().LinkProcessorAgreement(t.Context(), linking(id))
	d.refused(before, err, connect.CodeFailedPrecondition, "PROCESSOR_AGREEMENT_BUSINESS_ONLY")
	_, err = d.dispatcher().LinkProcessorAgreement(t.Context(), linking(uuid.NewString()))
	d.refused(before, err, connect.CodeNotFound, "SUPPORT_REQUEST_UNKNOWN")
	wish := linking(id)
	wish.ProcessorAgreementId = "van mevrouw Zwartkruis"
	_, err = d.dispatcher().LinkProcessorAgreement(t.Context(), wish)
	d.refused(before, err, connect.CodeInvalidArgument, "INVALID_REQUEST")
}
