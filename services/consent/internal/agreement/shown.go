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

// named is one of the three things that an agreement names.
type named struct {
	kind    string
	article string
	Named
	inForce bool
}

func (c Give) named() []named {
	shown, now := c.Shown, c.InForce
	tariff := shown.Tariff.SHA256 != "" && shown.Tariff.SHA256 == now.Tariff.SHA256
	return []named{
		{OnlineSupport, "", shown.OnlineSupport, now.OnlineSupport.is(shown.OnlineSupport)},
		{General, "", shown.General, now.General.is(shown.General)},
		{Tariff, "1", shown.Tariff, tariff},
	}
}

// checkShown refuses what is not the two documents and the price sheet: what was
// never published, or not named at all, is incomplete (O-01).
func (c Give) checkShown() error {
	for _, n := range c.named() {
		if !n.inForce && !n.Known {
			return &decider.Rejection{
				Kind: decider.Invalid, Code: "TERMS_INCOMPLETE", Article: n.article, Rule: "O-01",
				Reason:  "both documents and the price sheet are agreed to by what was shown of them",
				Details: c.InForce.details(n.kind),
			}
		}
	}
	return nil
}

// checkInForce refuses what was published but is not in force: it is stale, and
// the form is to be shown again (O-02).
func (c Give) checkInForce() error {
	for _, n := range c.named() {
		if !n.inForce {
			return &decider.Rejection{
				Kind: decider.Precondition, Code: "TERMS_STALE", Article: n.article, Rule: "O-02",
				Reason:  "what was shown is not what is in force now; show it again",
				Details: c.InForce.details(n.kind),
			}
		}
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
