package esdbserver

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"aanvraag.internal/services/platform/eventstore"
)

// maxName bounds a stream's name, in bytes, and maxType an event's type.
const (
	maxName = 1024
	maxType = 1024
)

// maxHeard bounds the messages of one append that are received, kept or not.
const maxHeard = 4 * eventstore.MaxAppendEvents

// proposal is one append as a client asks for it.
type proposal struct {
	stream string
	expect expectation
	events []eventstore.Proposed // with their original metadata
	links  []link                // what the metadata of each carried
	linked bool                  // any did
	bytes  int
}

// link is the chain hash that a client sent with an event.
type link struct {
	hash eventstore.Hash
	sent bool
}

// expectation is what a client expects of the stream.
type expectation struct {
	kind     kind
	revision eventstore.Revision // when exact
}

type kind int

const (
	exact kind = iota + 1
	absent
	present
	anything
)

// receiver is the sending half of an append.
type receiver interface {
	Recv() (*streams.AppendReq, error)
}

// receive hears a client out. The client loses the answer to an append that ends
// while it still sends, so what is wrong is told after its last message, unless
// that is very far.
func receive(from receiver) (*proposal, error) {
	p := &proposal{}
	var wrong error
	for heard := 0; ; heard++ {
		m, err := from.Recv()
		if errors.Is(err, io.EOF) {
			return p, p.complete(wrong)
		}
		if status.Code(err) == codes.ResourceExhausted { // gRPC has told the client so already
			return nil, fmt.Errorf("%w: a message has more than %d bytes", eventstore.ErrTooLarge, maxMessage)
		}
		if err != nil {
			return nil, err
		}
		if heard > maxHeard {
			return nil, fmt.Errorf("%w: more than %d messages", eventstore.ErrTooLarge, maxHeard)
		}
		if wrong != nil {
			continue
		}
		if wrong = p.hear(m, heard == 0); wrong != nil {
			p.events, p.links = nil, nil
		}
	}
}

func (p *proposal) complete(wrong error) error {
	switch {
	case wrong != nil:
		return wrong
	case p.stream == "":
		return invalid("an append without a stream")
	case len(p.events) == 0:
		return invalid("an append to %s without events", p.stream)
	}
	return nil
}

func (p *proposal) hear(m *streams.AppendReq, first bool) error {
	switch content := m.GetContent().(type) {
	case *streams.AppendReq_Options_:
		if !first {
			return invalid("the options of an append come once, before its events")
		}
		return p.options(content.Options)
	case *streams.AppendReq_ProposedMessage_:
		if first {
			return invalid("an append begins with its options")
		}
		return p.event(content.ProposedMessage)
	default:
		return invalid("a message of an append says nothing")
	}
}

func (p *proposal) options(o *streams.AppendReq_Options) error {
	stream, err := streamName(o.GetStreamIdentifier())
	if err != nil {
		return err
	}
	if strings.HasPrefix(stream, "$") {
		return status.Errorf(codes.PermissionDenied, "stream %s is the system's own: nobody appends to it", stream)
	}
	p.stream = stream
	switch e := o.GetExpectedStreamRevision().(type) {
	case *streams.AppendReq_Options_Revision:
		if e.Revision > beyond {
			return invalid("expected revision %d is beyond every stream", e.Revision)
		}
		p.expect = expectation{kind: exact, revision: eventstore.Revision(e.Revision)}
	case *streams.AppendReq_Options_NoStream:
		p.expect = expectation{kind: absent, revision: eventstore.NoStream}
	case *streams.AppendReq_Options_StreamExists:
		p.expect = expectation{kind: present}
	case *streams.AppendReq_Options_Any:
		p.expect = expectation{kind: anything}
	default:
		return invalid("an append to %s expects nothing, not even any revision", stream)
	}
	return nil
}

func (p *proposal) event(m *streams.AppendReq_ProposedMessage) error {
	id, err := eventID(m.GetId())
	if err != nil {
		return err
	}
	name := m.GetMetadata()[keyType]
	if name == "" || len(name) > maxType {
		return invalid("event %s has a type of %d bytes", id, len(name))
	}
	metadata, hash, sent := eventstore.SplitChain(m.GetCustomMetadata())
	// The log itself bounds each event, and how many there are.
	if p.bytes += len(m.GetData()) + len(metadata); p.bytes > MaxAppendBytes {
		return fmt.Errorf("%w: more than %d bytes in one append", eventstore.ErrTooLarge, MaxAppendBytes)
	}
	p.events = append(p.events, eventstore.Proposed{ID: id, Type: name, Data: m.GetData(), Metadata: metadata})
	p.links = append(p.links, link{hash: hash, sent: sent})
	p.linked = p.linked || sent
	return nil
}

// misfit is the first event that carries another hash than the chain has after a
// head, or -1.
func (p *proposal) misfit(after eventstore.Head) int {
	if !p.linked {
		return -1
	}
	head := after
	for i, e := range p.events {
		head = eventstore.Head{
			Revision: head.Revision + 1,
			Hash:     eventstore.Chain(head.Hash, p.stream, head.Revision+1, e),
		}
		if p.links[i].sent && p.links[i].hash != head.Hash {
			return i
		}
	}
	return -1
}

func streamName(id *shared.StreamIdentifier) (string, error) {
	name := id.GetStreamName()
	switch {
	case len(name) == 0:
		return "", invalid("a stream has no name")
	case len(name) > maxName:
		return "", invalid("a stream's name has %d bytes, the bound is %d", len(name), maxName)
	case !utf8.Valid(name):
		return "", invalid("the name of stream %q is not UTF-8", name)
	}
	return string(name), nil
}
