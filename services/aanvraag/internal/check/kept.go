package check

import (
	"context"
	"errors"
	"fmt"

	"aanvraag.internal/services/platform/vault"
)

// kept: every key that something is sealed under is there, or is listed as destroyed
// (P7); and a key that the log calls destroyed is so, of a recording (S-05) as of the
// person of a draft (G-03).
type kept struct {
	found     *findings
	keys      Keys
	named     map[string]at // by key: the first event that names it
	destroyed map[string]at
}

func newKept(s Subject, found *findings) *kept {
	return &kept{found: found, keys: s.Keys, named: map[string]at{}, destroyed: map[string]at{}}
}

func (k *kept) see(_ context.Context, e *event) error {
	for _, id := range e.keys {
		k.name(id, e)
	}
	if e.Type == keysDestroyed {
		for _, key := range e.names.Keys {
			k.destroyed[key.KeyID] = e.at()
		}
	}
	switch {
	case e.names.KeyID == "":
	case e.Type == recordingStarted:
		k.name(e.names.KeyID, e)
	case e.Type == keyDestroyed:
		k.destroyed[e.names.KeyID] = e.at()
	}
	return nil
}

func (k *kept) name(id string, e *event) {
	if _, known := k.named[id]; !known {
		k.named[id] = e.at()
	}
}

func (k *kept) end(ctx context.Context) error {
	for _, id := range inOrder(k.named, func(a at) at { return a }) {
		where := k.named[id]
		_, err := k.keys.Get(ctx, id)
		destroyed, gone := k.destroyed[id]
		switch {
		case errors.Is(err, vault.ErrErased):
		case errors.Is(err, vault.ErrNoKey):
			k.found.addf(KeyMissing, where, "key %s is neither there nor listed as destroyed", id)
		case err != nil:
			return fmt.Errorf("look for key %s: %w", id, err)
		case gone:
			k.found.addf(KeyLives, destroyed, "key %s is there, and the log says that it was destroyed", id)
		}
	}
	return nil
}
