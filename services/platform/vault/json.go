package vault

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
)

// ErrContent answers content that does not fit the type it is read into.
var ErrContent = errors.New("sealed content does not fit its type")

// SealJSON seals a struct as one field. See [Vault.Seal].
func SealJSON[T any](ctx context.Context, v *Vault, subject string, purpose Purpose, field, place string, content T) (Sealed, error) {
	plaintext, err := json.Marshal(content, json.Deterministic(true))
	if err != nil {
		// The codec's error may quote the content, so it goes no further.
		return Sealed{}, fmt.Errorf("seal %s of %s: %w", field, KeyID(subject, purpose), ErrContent)
	}
	defer clear(plaintext)
	return v.Seal(ctx, subject, purpose, field, place, plaintext)
}

// OpenJSON opens what [SealJSON] sealed. See [Vault.Open]; it also answers [ErrContent].
func OpenJSON[T any](ctx context.Context, v *Vault, s Sealed, access Access) (T, error) {
	var content, none T
	plaintext, err := v.Open(ctx, s, access)
	if err != nil {
		return none, err
	}
	defer clear(plaintext)
	if json.Unmarshal(plaintext, &content) != nil {
		// The codec's error may quote the content, so it goes no further.
		return none, fmt.Errorf("open %s of %s: %w", s.Field, KeyID(s.Subject, s.Purpose), ErrContent)
	}
	return content, nil
}
