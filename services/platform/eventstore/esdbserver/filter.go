package esdbserver

import (
	"regexp"
	"strings"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"

	"aanvraag.internal/services/platform/eventstore"
)

// Bounds of a filter: prefixes, and bytes of each or of the regular expression.
const (
	maxPrefixes   = 64
	maxExpression = 1024
)

// defaultWindow is how many events EventStoreDB looks at in one go when a client
// sets no bound.
const defaultWindow = 32

// filter selects events by their stream's name or their type, by prefixes or by a
// regular expression.
type filter struct {
	byType   bool
	prefixes []string
	pattern  *regexp.Regexp // nil when prefixes select

	// interval is how far, in positions, a subscription goes on over what it leaves
	// out until it tells where it is.
	interval uint64
}

func parseFilter(o *streams.ReadReq_Options_FilterOptions, live bool) (*filter, error) {
	f := &filter{}
	var e *streams.ReadReq_Options_FilterOptions_Expression
	switch by := o.GetFilter().(type) {
	case *streams.ReadReq_Options_FilterOptions_StreamIdentifier:
		e = by.StreamIdentifier
	case *streams.ReadReq_Options_FilterOptions_EventType:
		e, f.byType = by.EventType, true
	default:
		return nil, invalid("a filter selects by neither stream nor event type")
	}
	if err := f.parseExpression(e); err != nil {
		return nil, err
	}
	window := uint64(defaultWindow)
	if w, ok := o.GetWindow().(*streams.ReadReq_Options_FilterOptions_Max); ok {
		window = uint64(w.Max)
	}
	f.interval = window * uint64(o.GetCheckpointIntervalMultiplier())
	if live && f.interval == 0 {
		return nil, invalid("a filtered subscription has a search window of %d and a checkpoint interval of %d, and neither may be 0",
			window, o.GetCheckpointIntervalMultiplier())
	}
	return f, nil
}

func (f *filter) parseExpression(e *streams.ReadReq_Options_FilterOptions_Expression) error {
	switch {
	case (e.GetRegex() == "") == (len(e.GetPrefix()) == 0):
		return invalid("a filter has either prefixes or a regular expression")
	case len(e.GetPrefix()) > maxPrefixes:
		return invalid("a filter has %d prefixes, the bound is %d", len(e.GetPrefix()), maxPrefixes)
	case len(e.GetRegex()) > maxExpression:
		return invalid("a regular expression has %d bytes, the bound is %d", len(e.GetRegex()), maxExpression)
	}
	for _, prefix := range e.GetPrefix() {
		if len(prefix) > maxExpression {
			return invalid("a prefix has %d bytes, the bound is %d", len(prefix), maxExpression)
		}
	}
	f.prefixes = e.GetPrefix()
	if e.GetRegex() == "" {
		return nil
	}
	pattern, err := regexp.Compile(e.GetRegex())
	if err != nil {
		return invalid("%v", err)
	}
	f.pattern = pattern
	return nil
}

// port is what of the filter the log itself can do.
func (f *filter) port() eventstore.Filter {
	if f == nil || f.byType || f.pattern != nil {
		return eventstore.Filter{}
	}
	return eventstore.Filter{Prefixes: f.prefixes}
}

// match does the rest, for what came through [filter.port].
func (f *filter) match(r eventstore.Recorded) bool {
	if f == nil {
		return true
	}
	name := r.Stream
	if f.byType {
		name = r.Type
	}
	if f.pattern != nil {
		return f.pattern.MatchString(name)
	}
	for _, prefix := range f.prefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
