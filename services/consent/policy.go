package consent

import (
	"context"
	"maps"
	"slices"
	"time"

	"aanvraag.internal/services/consent/internal/receipt"
	"aanvraag.internal/services/kernel/policy"
)

// consentPolicy is what consent decides by beside the documents.
const consentPolicy = "consent"

// practice is the content of the policy "consent".
type practice struct {
	// ButtonLabels, by language, say on the button itself that pressing it obliges to
	// pay; a consumer's request needs one of them.
	ButtonLabels map[string][]string `json:"buttonLabels"`
	// ButtonTextRequired: also a consumer's form that does not say so names its label.
	// Without it, only a form that names one, or that says that it is a consumer's, is
	// held to it.
	ButtonTextRequired bool `json:"buttonTextRequired"`
	// ConfirmWithinSeconds of its declaration a withdrawal is confirmed.
	ConfirmWithinSeconds int64 `json:"confirmWithinSeconds"`
	// Controller is who a receipt names as the one that it was given to (O-06).
	Controller controller `json:"controller"`
}

type controller struct {
	Name  string `json:"name"`
	Email string `json:"email"`
	Phone string `json:"phone"` // E.164
}

// firstPractice is version 1.
func firstPractice() practice {
	return practice{
		ButtonLabels: map[string][]string{
			"nl": {"Aanvraag met betalingsverplichting", "Bestelling met betalingsverplichting"},
			"en": {"Request with obligation to pay", "Order with obligation to pay"},
		},
		ConfirmWithinSeconds: 24 * 60 * 60,
		Controller:           controller{Name: "Supportdesk", Email: "support@libra.nl", Phone: "+31497782782"},
	}
}

// labels are those of all languages, in a fixed order.
func (p practice) labels() []string {
	var out []string
	for _, language := range slices.Sorted(maps.Keys(p.ButtonLabels)) {
		out = append(out, p.ButtonLabels[language]...)
	}
	return out
}

func (p practice) party() receipt.Party {
	return receipt.Party{Name: p.Controller.Name, Contact: p.Controller.Email, Phone: p.Controller.Phone}
}

// practice is the policy in force at an instant.
func (s *Service) practice(ctx context.Context, at time.Time) (practice, policy.Ref, error) {
	var p practice
	ref, err := s.policies.At(ctx, consentPolicy, at, &p)
	return p, ref, err
}
