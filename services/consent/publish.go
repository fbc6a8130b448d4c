package consent

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/services/consent/internal/agreement"
	"aanvraag.internal/services/consent/internal/terms"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/policies"
)

var (
	termsCodec   = command.NewCodec[policy.Policy](policy.Events())
	consentCodec = command.NewCodec[agreement.Consent](agreement.Events())
)

// publish gives the public form of an own event; nil for a private one. Others
// hear of an agreement once its request exists, of terms by their hashes.
func publish(r eventstore.Recorded) (proto.Message, error) {
	category, _, _ := strings.Cut(r.Stream, "-")
	switch category {
	case "consent":
		e, err := consentCodec.Decode(r.Type, r.Data)
		if err != nil {
			return nil, err
		}
		return publicConsent(e), nil
	case "policy":
		e, err := termsCodec.Decode(r.Type, r.Data)
		if err != nil {
			return nil, err
		}
		return publicTerms(e)
	}
	return nil, fmt.Errorf("stream %s is not consent's", r.Stream)
}

func publicConsent(e agreement.Event) proto.Message {
	a, ok := e.(agreement.Attached)
	if !ok {
		return nil
	}
	m := &consentv1.ConsentGiven{
		ConsentId: a.ConsentID, SupportRequestId: a.SupportRequestID, GivenAt: timestamppb.New(a.GivenAt),
		Backup: backupOf(a.Backup), RecordingNoticeSeen: a.RecordingNoticeSeen, StartImmediately: a.StartImmediately,
	}
	for _, ref := range a.Refs() {
		m.PolicyRefs = append(m.PolicyRefs, policies.Ref(ref))
	}
	return m
}

func publicTerms(e policy.Event) (proto.Message, error) {
	p, ok := e.(policy.Published)
	if !ok {
		return nil, nil
	}
	v, err := terms.Read(p.Version)
	if err != nil {
		return nil, err
	}
	m := &consentv1.TermsPublished{
		Kind: kindOf(v.Ref.Kind), Version: int32(v.Ref.Version),
		EffectiveFrom: timestamppb.New(v.EffectiveFrom), Sha256ByLanguage: map[string]string{},
	}
	for language, text := range v.Texts {
		m.Sha256ByLanguage[language] = text.SHA256
	}
	return m, nil
}
