package check

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"github.com/google/uuid"
)

// acknowledged: a command that was answered is in the log (R1).
type acknowledged struct {
	found *findings
	lost  map[uuid.UUID]string
}

func newAcknowledged(s Subject, found *findings) *acknowledged {
	return &acknowledged{found: found, lost: maps.Clone(s.Acknowledged)}
}

func (a *acknowledged) see(_ context.Context, e *event) error {
	delete(a.lost, e.meta.CommandID)
	return nil
}

func (a *acknowledged) end(context.Context) error {
	for _, id := range slices.SortedFunc(maps.Keys(a.lost), func(x, y uuid.UUID) int { return bytes.Compare(x[:], y[:]) }) {
		a.found.addf(CommandLost, at{}, "command %s was acknowledged and is not in the log: %s", id, a.lost[id])
	}
	return nil
}
