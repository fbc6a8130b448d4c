package agreement

import (
	"strings"

	"aanvraag.internal/services/platform/decider"
)

// Button is the label that the customer pressed, as it was shown.
type Button struct {
	Text string `json:"text"`
	// StatesDuty: the policy of that instant has it among the labels that say, on the
	// button itself, that pressing it is a promise to pay.
	StatesDuty bool `json:"statesDuty"`
	// Required: a label had to be named, by the policy of that instant or since the form
	// said that it was a consumer's.
	Required bool `json:"required,omitzero"`
}

// binds tells whether a consumer is bound who pressed it: what he was shown says that
// he will have to pay. Of a form that names no label nothing is known; it binds unless
// one was required.
func (b Button) binds() bool { return b.StatesDuty || b.Text == "" && !b.Required }

// Press is what the form says was on the button, beside the labels that the policy
// accepts of a consumer's.
type Press struct {
	Text     string   `json:"text"`
	Accepted []string `json:"accepted,omitzero"` // in every language
	Required bool     `json:"required,omitzero"` // of every consumer's form
}

// button judges a label by its words: neither case nor spacing changes them.
func (c Give) button() Button {
	b := Button{Text: strings.TrimSpace(c.Press.Text), Required: c.Press.Required || c.PartyKind == Consumer}
	for _, label := range c.Press.Accepted {
		if b.Text != "" && strings.EqualFold(words(label), words(b.Text)) {
			b.StatesDuty = true
		}
	}
	return b
}

func words(label string) string { return strings.Join(strings.Fields(label), " ") }

// insufficient answers a consumer whose button, such as "Versturen", does not bind
// him to pay.
func (p Press) insufficient() *decider.Rejection {
	return &decider.Rejection{
		Kind: decider.Invalid, Code: "BUTTON_TEXT_INSUFFICIENT", Rule: "X-03",
		Reason:  "a consumer's button says by itself that he will have to pay",
		Details: map[string]string{"field": "button_text", "accepted": strings.Join(p.Accepted, "; ")},
	}
}

// consumer tells whether it is a consumer who agrees: by his request, once it is
// there, else by what the form says.
func (c Give) consumer(s Consent) bool {
	if s.Submitted {
		return s.PartyKind == Consumer
	}
	return c.PartyKind == Consumer
}
