package agreement

import "aanvraag.internal/services/kernel/sealed"

// Evidence is what the server saw of the act, beside its instant and the hashes of
// what it had served (O-05). The caller sets none of it but the form's own name.
type Evidence struct {
	ClientAddress   sealed.Data `json:"clientAddress,omitzero"` // network address
	UserAgentSHA256 string      `json:"userAgentSha256,omitzero"`
	FormBuild       string      `json:"formBuild,omitzero"` // as the form names itself
}
