package vault

import (
	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	"aanvraag.internal/services/kernel/sealed"
)

// Public is sealed data as it travels in a public event; nil when there is none.
func Public(s Sealed) *commonv1.Sealed {
	if s.IsZero() {
		return nil
	}
	return &commonv1.Sealed{Subject: s.Subject, Purpose: string(s.Purpose), Field: s.Field, Place: s.Place, Cipher: s.Cipher}
}

// FromPublic reads what [Public] writes.
func FromPublic(s *commonv1.Sealed) Sealed {
	return Sealed{
		Subject: s.GetSubject(), Purpose: sealed.Purpose(s.GetPurpose()),
		Field: s.GetField(), Place: s.GetPlace(), Cipher: s.GetCipher(),
	}
}
