package check

import (
	"context"

	"github.com/google/uuid"

	"aanvraag.internal/services/audit"
)

// logged: the log is whole. Positions, revisions, chain, ids and causes are what
// [audit.Verify] looks at (P2, P4, R2); every event tells its command, actor,
// correlation and instant (P2); a stream holds each command once, in one piece (R1);
// and each event is read by the codec of its stream: nothing unknown is passed over
// in silence (R5).
type logged struct {
	found    *findings
	verifier *audit.Verifier
	hash     hasher
	commands set
}

func newLogged(s Subject, found *findings) *logged {
	return &logged{found: found, verifier: audit.NewVerifier(s.Store), hash: newHasher(), commands: set{}}
}

func (l *logged) see(_ context.Context, e *event) error {
	twice := e.meta.CommandIndex == 0 && e.meta.CommandID != uuid.Nil && !l.commands.add(l.hash.of(e.Stream, string(e.meta.CommandID[:])))
	if damage := l.verifier.Next(e.Recorded, e.meta, e.unread); damage != nil {
		l.found.add(LogDamaged, e.at(), damage.Problem) // what it says is nobody's word
	} else {
		l.told(e, twice)
	}
	return nil
}

// told looks at what a whole event says.
func (l *logged) told(e *event, twice bool) {
	if twice {
		l.found.addf(LogCommand, e.at(), "command %s of %s stands in this stream before", e.meta.CommandID, e.Type)
	}
	if e.unreadable != "" {
		l.found.addf(LogUnread, e.at(), "%s cannot be read: %s", e.Type, e.unreadable)
	}
	if missing := untold(e); missing != "" {
		l.found.addf(LogMetadata, e.at(), "%s does not tell %s", e.Type, missing)
	}
}

// untold is what the metadata must say and does not.
func untold(e *event) string {
	switch m := e.meta; {
	case m.CommandID == uuid.Nil:
		return "its command"
	case m.Actor.Kind == "":
		return "its actor"
	case m.CorrelationID == "":
		return "what it is about"
	case m.DecidedAt.IsZero():
		return "when it was decided"
	}
	return ""
}

func (*logged) end(context.Context) error { return nil }
