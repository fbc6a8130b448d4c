package agreement

import (
	"strconv"

	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/decider"
)

// Shown is what the customer was shown, as he names it.
type Shown struct {
	OnlineSupport Named `json:"onlineSupport"`
	General       Named `json:"general"`
	Tariff        Named `json:"tariff"` // by its hash alone
}

// Named is one document or price sheet by its content. The zero value is that it
// was not named.
type Named struct {
	Version int    `json:"version,omitzero"`
	SHA256  string `json:"sha256"`
	// Known is a fact of the log: this version was published with these bytes.
	Known bool `json:"known"`
}

// InForce is what was in force at the instant of the decision: facts of the log.
type InForce struct {
	OnlineSupport Edition    `json:"onlineSupport"`
	General       Edition    `json:"general"`
	Tariff        policy.Ref `json:"tariff"`
}

// Edition is one version of a document by the hashes of its texts. English is
// empty while there is no translation.
type Edition struct {
	Version int    `json:"version"`
	Dutch   string `json:"nl"`
	English string `json:"en,omitzero"`
}

// is tells whether n names a text of this edition.
func (e Edition) is(n Named) bool {
	return n.SHA256 != "" && n.Version == e.Version && (n.SHA256 == e.Dutch || n.SHA256 == e.English)
}

// document is the edition in the language that has that hash.
func (e Edition) document(kind, sum string) Document {
	language := "nl"
	if sum != e.Dutch {
		language = "en"
	}
	return Document{Ref: policy.Ref{Kind: kind, Version: e.Version, SHA256: sum}, Language: language}
}

// checkShown refuses what is not exactly the two documents and the price sheet
// that are in force. What was never published, or not named at all, is incomplete
// (O-01); what was published but is not in force is stale (O-02), and the form is
// to be shown again.
func (c Give) checkShown() error {
	var stale *decider.Rejection
	for _, n := range []struct {
		kind    string
		article string
		named   Named
		inForce bool
	}{
		{OnlineSupport, "", c.Shown.OnlineSupport, c.InForce.OnlineSupport.is(c.Shown.OnlineSupport)},
		{General, "", c.Shown.General, c.InForce.General.is(c.Shown.General)},
		{Tariff, "1", c.Shown.Tariff, c.Shown.Tariff.SHA256 != "" && c.Shown.Tariff.SHA256 == c.InForce.Tariff.SHA256},
	} {
		switch {
		case n.inForce:
		case !n.named.Known:
			return &decider.Rejection{
				Kind: decider.Invalid, Code: "TERMS_INCOMPLETE", Article: n.article, Rule: "O-01",
				Reason:  "both documents and the price sheet are agreed to by what was shown of them",
				Details: c.InForce.details(n.kind),
			}
		case stale == nil:
			stale = &decider.Rejection{
				Kind: decider.Precondition, Code: "TERMS_STALE", Article: n.article, Rule: "O-02",
				Reason:  "what was shown is not what is in force now; show it again",
				Details: c.InForce.details(n.kind),
			}
		}
	}
	if stale != nil {
		return stale
	}
	return nil
}

// details are the hashes in force, by document and language.
func (f InForce) details(kind string) map[string]string {
	out := map[string]string{
		"document":                   kind,
		OnlineSupport + ".version":   strconv.Itoa(f.OnlineSupport.Version),
		OnlineSupport + ".sha256.nl": f.OnlineSupport.Dutch,
		General + ".version":         strconv.Itoa(f.General.Version),
		General + ".sha256.nl":       f.General.Dutch,
		Tariff + ".version":          strconv.Itoa(f.Tariff.Version),
		Tariff + ".sha256":           f.Tariff.SHA256,
	}
	if f.OnlineSupport.English != "" {
		out[OnlineSupport+".sha256.en"] = f.OnlineSupport.English
	}
	if f.General.English != "" {
		out[General+".sha256.en"] = f.General.English
	}
	return out
}
