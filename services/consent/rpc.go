package consent

import (
	"cmp"
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/proto/gen/aanvraag/consent/v1/consentv1connect"
	"aanvraag.internal/services/consent/internal/agreement"
	"aanvraag.internal/services/consent/internal/terms"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
)

// door is consent's RPCs: message to command to message. No rule lives here. All
// answers come from the log itself, so a consistency token only has to be one.
type door struct {
	consentv1connect.UnimplementedConsentServiceHandler
	s *Service
}

// governingLaw is the law of the agreement in all that the documents do not say
// (F-06).
const governingLaw = "NL"

// GetCurrentTerms implements the RPC.
func (d *door) GetCurrentTerms(ctx context.Context, req *consentv1.GetCurrentTermsRequest) (*consentv1.GetCurrentTermsResponse, error) {
	if _, err := rpc.ParseToken(req.GetConsistencyToken()); err != nil {
		return nil, err
	}
	now := d.s.house.Clock.Now()
	out := &consentv1.GetCurrentTermsResponse{GoverningLaw: governingLaw}
	for _, kind := range kinds {
		_, inForce, err := d.s.policies.InForce(ctx, kind, now)
		if err != nil {
			return nil, err
		}
		version, err := d.s.library.version(inForce)
		if err != nil {
			return nil, err
		}
		out.Documents = append(out.Documents, document(version, cmp.Or(req.GetLanguage(), terms.Dutch)))
	}
	var err error
	out.Tariff, err = d.s.price(ctx, now)
	return out, err
}

// GiveConsent implements the RPC.
func (d *door) GiveConsent(ctx context.Context, req *consentv1.GiveConsentRequest) (*consentv1.GiveConsentResponse, error) {
	id := req.GetSupportRequestId()
	if err := rpc.Own(ctx, id); err != nil {
		return nil, err
	}
	env, err := rpc.NewCommand(ctx, d.s.house.Clock, d.s.house.Vault.Fingerprint, req, id)
	if err != nil {
		return nil, err
	}
	wish, err := d.s.wish(ctx, req, env)
	if err != nil {
		return nil, err
	}
	done, err := d.s.give(ctx, env, wish)
	if err != nil {
		return nil, err
	}
	return &consentv1.GiveConsentResponse{
		ConsentId:        done.State.Agreement.ConsentID,
		ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// GetConsent implements the RPC.
func (d *door) GetConsent(ctx context.Context, req *consentv1.GetConsentRequest) (*consentv1.GetConsentResponse, error) {
	id := req.GetSupportRequestId()
	if err := rpc.Own(ctx, id); err != nil {
		return nil, err
	}
	if _, err := rpc.ParseToken(req.GetConsistencyToken()); err != nil {
		return nil, err
	}
	found, err := d.s.consents.Load(ctx, id)
	if err != nil {
		return nil, err
	}
	if found.State.Agreement.IsZero() {
		return nil, errUnknown
	}
	return &consentv1.GetConsentResponse{Consent: public(found.State, found.Revision)}, nil
}

var errUnknown = &decider.Rejection{
	Kind: decider.Missing, Code: "CONSENT_UNKNOWN", Rule: "O-07",
	Reason: "nothing was agreed for this support request",
}

// GetTerms implements the RPC.
func (d *door) GetTerms(ctx context.Context, req *consentv1.GetTermsRequest) (*consentv1.GetTermsResponse, error) {
	for _, kind := range kinds {
		all, err := d.s.policies.All(ctx, kind)
		if err != nil {
			return nil, err
		}
		v, found, err := d.s.library.find(all, req.GetSha256())
		if err != nil {
			return nil, err
		}
		if !found {
			continue
		}
		for language, text := range v.Texts {
			if text.SHA256 == req.GetSha256() {
				return &consentv1.GetTermsResponse{Document: document(v, language)}, nil
			}
		}
	}
	return nil, errNoText
}

var errNoText = &decider.Rejection{
	Kind: decider.Missing, Code: "TERMS_UNKNOWN", Rule: "O-03",
	Reason: "no text with that hash was ever published",
}

// PublishTerms implements the RPC.
func (d *door) PublishTerms(ctx context.Context, req *consentv1.PublishTermsRequest) (*consentv1.PublishTermsResponse, error) {
	kind := documentKinds[req.GetKind()]
	env, err := rpc.NewCommand(ctx, d.s.house.Clock, d.s.house.Vault.Fingerprint, req, kind)
	if err != nil {
		return nil, err
	}
	wish := terms.Publish{
		Kind: kind, Texts: map[string]string{}, EffectiveFrom: instant(req.GetEffectiveFrom()), At: env.DecidedAt,
	}
	for _, t := range req.GetTexts() {
		wish.Texts[t.GetLanguage()] = t.GetText()
	}
	recorded, position, err := d.s.policies.PublishBy(ctx, env, kind, wish)
	if err != nil {
		return nil, err
	}
	published, err := d.s.library.version(recorded)
	if err != nil {
		return nil, err
	}
	out := &consentv1.PublishTermsResponse{ConsistencyToken: rpc.Token(position)}
	for _, language := range languages {
		if _, has := published.Texts[language]; has {
			out.Documents = append(out.Documents, document(published, language))
		}
	}
	return out, nil
}

// document is a version as callers see it, in a language or in the authoritative
// one.
func document(v terms.Version, language string) *consentv1.TermsDocument {
	text, language := v.In(language)
	return &consentv1.TermsDocument{
		Kind: kindOf(v.Ref.Kind), Version: int32(v.Ref.Version),
		Sha256: text.SHA256, Language: language, Text: text.Text,
		EffectiveFrom: timestamppb.New(v.EffectiveFrom),
	}
}

// public is what stands agreed, as callers see it.
func public(c agreement.Consent, revision eventstore.Revision) *consentv1.Consent {
	a := c.Agreement
	out := &consentv1.Consent{
		ConsentId: a.ConsentID, SupportRequestId: a.SupportRequestID,
		TariffSha256: a.Tariff.SHA256, GivenAt: timestamppb.New(a.GivenAt),
		AgreeTerms: a.AgreeTerms, AgreePrice: a.AgreePrice, NotUnderWarranty: a.NotUnderWarranty,
		Backup: backupOf(a.Backup), RecordingNoticeSeen: a.RecordingNoticeSeen,
		StartImmediately: a.StartImmediately, AuthorityDeclared: a.AuthorityDeclared, Marketing: a.Marketing,
		Revision: int64(revision), ButtonText: a.Button.Text, WithdrawalLossAcknowledged: a.WithdrawalLossAcknowledged,
		Evidence: publicEvidence(c.Evidence), Withheld: c.Withheld,
	}
	for _, w := range c.Withdrawn {
		out.Withdrawn = append(out.Withdrawn, &consentv1.WithdrawnPurpose{
			Purpose: purposeOf(w.Purpose), WithdrawnAt: timestamppb.New(w.At),
		})
	}
	for _, d := range a.Documents {
		out.Documents = append(out.Documents, &consentv1.TermsDocumentRef{
			Kind: kindOf(d.Kind), Version: int32(d.Version), Sha256: d.SHA256,
		})
	}
	return out
}

var documentKinds = map[consentv1.TermsDocumentKind]string{
	consentv1.TermsDocumentKind_TERMS_DOCUMENT_KIND_ONLINE_SUPPORT: agreement.OnlineSupport,
	consentv1.TermsDocumentKind_TERMS_DOCUMENT_KIND_GENERAL:        agreement.General,
}

func kindOf(kind string) consentv1.TermsDocumentKind {
	for public, k := range documentKinds {
		if k == kind {
			return public
		}
	}
	return consentv1.TermsDocumentKind_TERMS_DOCUMENT_KIND_UNSPECIFIED
}

var backups = map[consentv1.BackupDeclaration]agreement.Backup{
	consentv1.BackupDeclaration_BACKUP_DECLARATION_MADE:         agreement.BackupMade,
	consentv1.BackupDeclaration_BACKUP_DECLARATION_NOT_NEEDED:   agreement.BackupNotNeeded,
	consentv1.BackupDeclaration_BACKUP_DECLARATION_NONE_PROCEED: agreement.BackupNoneProceed,
}

func backupOf(b agreement.Backup) consentv1.BackupDeclaration {
	for public, known := range backups {
		if known == b {
			return public
		}
	}
	return consentv1.BackupDeclaration_BACKUP_DECLARATION_UNSPECIFIED
}

func instant(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}
