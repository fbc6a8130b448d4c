package consent

import (
	"context"
	"time"

	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/services/consent/internal/agreement"
	"aanvraag.internal/services/consent/internal/terms"
)

// wish is a request to agree, beside the facts by which it is decided: what was in
// force at the instant, and whether what was shown was ever published. They are
// read before the decision, so the decision itself is pure.
func (s *Service) wish(ctx context.Context, req *consentv1.GiveConsentRequest, at time.Time) (agreement.Give, error) {
	id := req.GetSupportRequestId()
	w := agreement.Give{
		ConsentID: consentID(id), SupportRequestID: id, Shown: shown(req), At: at, Declarations: declared(req),
	}
	for _, d := range []struct {
		kind    string
		shown   *agreement.Named
		inForce *agreement.Edition
	}{
		{agreement.OnlineSupport, &w.Shown.OnlineSupport, &w.InForce.OnlineSupport},
		{agreement.General, &w.Shown.General, &w.InForce.General},
	} {
		all, inForce, err := s.policies.InForce(ctx, d.kind, at)
		if err != nil {
			return w, err
		}
		version, err := terms.Read(inForce)
		if err != nil {
			return w, err
		}
		if d.shown.Known, err = terms.Has(all, d.shown.Version, d.shown.SHA256); err != nil {
			return w, err
		}
		*d.inForce = edition(version)
	}
	tariff, inForce, err := s.policies.InForce(ctx, tariffPolicy, at)
	if err != nil {
		return w, err
	}
	w.InForce.Tariff = inForce.Ref
	_, w.Shown.Tariff.Known = tariff.BySHA256(w.Shown.Tariff.SHA256)
	return w, nil
}

func edition(v terms.Version) agreement.Edition {
	return agreement.Edition{
		Version: v.Ref.Version, Dutch: v.Texts[terms.Dutch].SHA256, English: v.Texts[english].SHA256,
	}
}

// shown is what the customer names. A kind that he names twice is not named: it
// cannot be told which of the two he agreed to.
func shown(req *consentv1.GiveConsentRequest) agreement.Shown {
	named := map[string][]agreement.Named{}
	for _, d := range req.GetDocuments() {
		kind := documentKinds[d.GetKind()]
		named[kind] = append(named[kind], agreement.Named{Version: int(d.GetVersion()), SHA256: d.GetSha256()})
	}
	one := func(kind string) agreement.Named {
		if len(named[kind]) != 1 {
			return agreement.Named{}
		}
		return named[kind][0]
	}
	return agreement.Shown{
		OnlineSupport: one(agreement.OnlineSupport),
		General:       one(agreement.General),
		Tariff:        agreement.Named{SHA256: req.GetTariffSha256()},
	}
}

func declared(req *consentv1.GiveConsentRequest) agreement.Declarations {
	return agreement.Declarations{
		AgreeTerms:           req.GetAgreeTerms(),
		AgreePrice:           req.GetAgreePrice(),
		NotUnderWarranty:     req.GetNotUnderWarranty(),
		Backup:               backups[req.GetBackup()],
		ProceedWithoutBackup: req.GetProceedWithoutBackup(),
		RecordingNoticeSeen:  req.GetRecordingNoticeSeen(),
		StartImmediately:     req.GetStartImmediately(),
		AuthorityDeclared:    req.GetAuthorityDeclared(),
		Marketing:            req.GetMarketing(),
	}
}
