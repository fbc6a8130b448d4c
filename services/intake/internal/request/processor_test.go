package request

import (
	"slices"
	"strings"
	"testing"

	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/decider/decidertest"
)

func TestD07AnAgreementIsLinkedForABusinessOnly(t *testing.T) {
	wish := LinkProcessorAgreement{AgreementID: "VWO-2026-17", At: now}
	linked := ProcessorAgreementLinked{AgreementID: "VWO-2026-17", LinkedAt: now}
	decidertest.Given[Request](t, []Event{submitted(Business)}...).When(wish).Then(linked)
	decidertest.Given[Request](t, []Event{submitted(Business), linked}...).When(wish).Then()
	newer := LinkProcessorAgreement{AgreementID: "VWO-2027-3", At: now}
	decidertest.Given[Request](t, []Event{submitted(Business), linked}...).When(newer).
		Then(ProcessorAgreementLinked{AgreementID: "VWO-2027-3", LinkedAt: now})
	decidertest.Given[Request](t, []Event{submitted(Consumer)}...).When(wish).Rejected("PROCESSOR_AGREEMENT_BUSINESS_ONLY", "D-07")
}

// Nothing is stopped for want of an agreement: what each command does in each state
// is the same with one and without.
func TestD07AMissingAgreementWarnsAndBlocksNothing(t *testing.T) {
	for name, history := range histories() {
		r := decider.Fold(Request{}, history...)
		state := strings.TrimRight(strings.Fields(name)[1], ",")
		before := []string{"DRAFTED", "EXPIRED", "SUBMITTED", "REFUSED", "CANCELLED", "DIVERTED", "LAPSED", "TERMINATED"} // or never
		want := strings.Contains(name, "(business)") && !slices.Contains(before, state)
		if r.ProcessorAgreementMissing() != want {
			t.Errorf("%s: warns %v", name, r.ProcessorAgreementMissing())
		}
		linked := ProcessorAgreementLinked{AgreementID: "x", LinkedAt: now}.Evolve(r)
		if linked.ProcessorAgreementMissing() {
			t.Errorf("%s: warns although one is linked", name)
		}
		for command, wish := range commands() {
			if command == "link-processor" {
				continue
			}
			without, refusal := wish.Decide(r)
			with, other := wish.Decide(linked)
			if (refusal == nil) != (other == nil) || len(without) != len(with) {
				t.Errorf("%s %s: %v (%v), with an agreement %v (%v)", name, command, without, refusal, with, other)
			}
		}
	}
}
