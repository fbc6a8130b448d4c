// Package decider is the grammar of every chamber: an event changes a state, a
// command decides on events, a rejection says which rule forbade it. It imports
// nothing, so a chamber written in it cannot reach a clock, a disk or a network.
package decider

// Event is one fact of a stream whose state is S. EventType is the permanent
// recorded name (such as "invoice.issued.v1"); it is never derived from the Go
// name. Evolve cannot fail: a fact that was recorded is true.
type Event[S any] interface {
	EventType() string
	Evolve(S) S
}

// Command is a wish. Decide is pure: it carries its own instant and ids, leaves
// the state it is given untouched, and answers the facts that follow, none when
// the wish is already fulfilled, or a [*Rejection].
type Command[S any, E Event[S]] interface {
	Decide(S) ([]E, error)
}

// Fold applies events in order. The zero S is the state before history.
func Fold[S any, E Event[S]](s S, events ...E) S {
	for _, e := range events {
		s = e.Evolve(s)
	}
	return s
}

// Kind groups rejections by what the caller can do about them.
type Kind uint8

const (
	Precondition Kind = iota // not now: the state or a policy forbids it
	Invalid                  // never: the wish itself is malformed
	Exists                   // somebody else already holds what was asked
	Missing                  // the thing that is meant is not there
	Denied                   // not by this actor
	Aborted                  // a race was lost; the same wish may succeed when tried again
	Exhausted                // too much was asked; the same wish may succeed after a while
)

// Rejection is a command refused by a rule. It is an answer, not a fault.
type Rejection struct {
	Kind    Kind
	Code    string            // stable and machine readable, such as "TERMS_STALE"
	Article string            // article of the terms, such as "1"; empty when none applies
	Rule    string            // rule id, such as "T-05"
	Reason  string            // one sentence for people
	Details map[string]string // further stable facts, such as the state it was in
}

// Error gives the reason with its code and rule.
func (r *Rejection) Error() string {
	return r.Code + " (" + r.Rule + "): " + r.Reason
}
