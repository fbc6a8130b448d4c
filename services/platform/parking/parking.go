// Package parking keeps, in the event log, what listeners could not handle (R5). A
// pair is one listener and one event stream that it follows. While it is parked,
// the events of that stream queue on the bus and all other streams go on; an
// operator looks at it, mends the fault and retries, or skips exactly one event.
//
// The log is the only place that knows: a listener and an operator may be in
// different processes, and a listener may have replicas.
package parking

import (
	"errors"
	"strings"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/parking/internal/pair"
)

// What the log says of a pair.
type (
	Pair    = pair.Pair
	Place   = pair.Place
	Message = pair.Message
	State   = pair.State
)

// The states of a pair. None is a pair of which nothing was ever parked.
const (
	None     = pair.None
	Parked   = pair.Parked
	Retrying = pair.Retrying
	Released = pair.Released
)

// ErrUnknown answers an id under which nothing was ever parked.
var ErrUnknown error = pair.Unknown

// Prefix of all parking streams.
const Prefix = category + "-"

// PrefixOf is the prefix of the parking streams of one listener.
func PrefixOf(listener string) string { return Prefix + listener + "." }

// ID names a pair: who listens to which event stream of which service.
type ID struct{ Listener, Service, Stream string }

// String is "<listener>.<service>.<event stream>".
func (id ID) String() string { return id.Listener + "." + id.Service + "." + id.Stream }

var errID = errors.New("not <listener>.<service>.<event stream>")

// ParseID reads what [ID.String] writes.
func ParseID(text string) (ID, error) {
	listener, rest, _ := strings.Cut(text, ".")
	service, stream, _ := strings.Cut(rest, ".")
	if bus.CheckService(listener) != nil || bus.CheckService(service) != nil || stream == "" {
		return ID{}, errID
	}
	return ID{Listener: listener, Service: service, Stream: stream}, nil
}

// ParseStream reads the pair's id from the name of its parking stream.
func ParseStream(name string) (ID, error) {
	text, ok := strings.CutPrefix(name, Prefix)
	if !ok {
		return ID{}, errID
	}
	return ParseID(text)
}
