package vault

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"aanvraag.internal/services/kernel/sealed"
)

// Purpose is why data is kept; see kernel/sealed.
type Purpose = sealed.Purpose

// The purposes of the retention table.
const (
	Operational = sealed.Operational
	Fiscal      = sealed.Fiscal
	Recording   = sealed.Recording
	Legal       = sealed.Legal
)

func known(p Purpose) bool {
	return p == Operational || p == Fiscal || p == Recording || p == Legal
}

// Sealed is encrypted personal data with the label it was sealed under. It is
// stored inside events as it is, and may be copied into other services' events.
//
// The label is authenticated with the content. Changing any part of it, or
// putting one person's cipher under another's label, makes Open answer
// [ErrTampered] (or [ErrErased], if the altered label names no key). A whole
// Sealed, label included, can still be moved, repeated or left out; against that
// stands the chain hash of the stream it is stored in. Place keeps its value in a
// copy, so whoever opens the copy sees where the content was first recorded and
// can hold it against that stream.
type Sealed = sealed.Data

// KeyID names the key of one subject and purpose, such as
// "operational/subject-5f0c". It is as pseudonymous as the subject's id.
func KeyID(subject string, purpose Purpose) string { return string(purpose) + "/" + subject }

// maxLabel bounds each part of a label, in bytes.
const maxLabel = 512

// ErrLabel answers a label that cannot be sealed under: an unknown purpose, or a
// part that is empty, above 512 bytes, or holds a control character.
var ErrLabel = errors.New("not a label to seal under")

func checkKeyName(subject string, purpose Purpose) error {
	if !known(purpose) {
		return fmt.Errorf("purpose %q: %w", purpose, ErrLabel)
	}
	return checkPart("subject", subject)
}

func check(s Sealed) error {
	if err := checkKeyName(s.Subject, s.Purpose); err != nil {
		return err
	}
	if err := checkPart("field", s.Field); err != nil {
		return err
	}
	return checkPart("place", s.Place)
}

func checkPart(name, part string) error {
	if part == "" || len(part) > maxLabel || strings.ContainsFunc(part, unicode.IsControl) {
		// Without the part itself: by somebody's mistake it may be personal data.
		return fmt.Errorf("%s: %w", name, ErrLabel)
	}
	return nil
}

const labelDomain = "aanvraag sealed v1\n"

// label is the associated data. The length before each part keeps two different
// labels from giving the same bytes.
func label(s Sealed) []byte {
	n := len(labelDomain) + 4*4 + len(s.Subject) + len(s.Purpose) + len(s.Field) + len(s.Place)
	buf := append(make([]byte, 0, n), labelDomain...)
	for _, part := range [...]string{s.Subject, string(s.Purpose), s.Field, s.Place} {
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(part)))
		buf = append(buf, part...)
	}
	return buf
}
