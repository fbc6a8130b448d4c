package vault

import (
	"context"
	"fmt"
)

// Reading opens the many parts that one thing was sealed in, such as the pieces of
// a recording, under one record of who and why. It is safe for concurrent use.
type Reading struct {
	vault   *Vault
	subject string
	purpose Purpose
}

// Read begins a reading of what was sealed for subject and purpose, and records it
// as the opening of field at place before it answers (D-04). It answers
// [ErrErased], [ErrNoReason] and [ErrLabel].
func (v *Vault) Read(ctx context.Context, subject string, purpose Purpose, field, place string, access Access) (*Reading, error) {
	if access.Actor == "" || access.Reason == "" {
		return nil, ErrNoReason
	}
	name := keyName{subject, purpose}
	if err := check(Sealed{Subject: subject, Purpose: purpose, Field: field, Place: place}); err != nil {
		return nil, err
	}
	if _, err := v.keyToOpen(ctx, name); err != nil {
		return nil, fmt.Errorf("read %s of %s: %w", field, name.id(), err)
	}
	err := v.accesses.Record(ctx, Opening{
		At: v.clock.Now(), Access: access, Subject: subject, Purpose: purpose, Field: field, Place: place,
	})
	if err != nil {
		return nil, fmt.Errorf("record reading of %s: %w", name.id(), err)
	}
	return &Reading{vault: v, subject: subject, purpose: purpose}, nil
}

// Check is a reading by the machine itself, which looks whether parts are whole and
// shows them to nobody; it leaves no record.
func (v *Vault) Check(subject string, purpose Purpose) *Reading {
	return &Reading{vault: v, subject: subject, purpose: purpose}
}

// Open decrypts one part. It answers [ErrErased] from the moment on that the key is
// destroyed, also in the middle of a reading, and [ErrTampered].
func (r *Reading) Open(ctx context.Context, field, place string, cipher []byte) ([]byte, error) {
	s := Sealed{Subject: r.subject, Purpose: r.purpose, Field: field, Place: place, Cipher: cipher}
	plaintext, err := r.vault.open(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("open %s of %s: %w", field, KeyID(r.subject, r.purpose), err)
	}
	return plaintext, nil
}
