package eventstore

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"github.com/google/uuid"
)

// Hash is a link of a stream's chain.
type Hash [sha256.Size]byte

func (h Hash) String() string { return hex.EncodeToString(h[:]) }

const chainDomain = "aanvraag event v1\n"

// Chain is the hash of the event that stands at revision of stream, over its
// stored bytes and the hash of the one before it (zero for the first). Each part
// of variable length is preceded by that length as eight bytes, big endian, so no
// two different events give the same input.
func Chain(previous Hash, stream string, revision Revision, e Proposed) Hash {
	buf := make([]byte, 0, len(chainDomain)+len(previous)+8*5+len(stream)+len(e.ID)+len(e.Type)+len(e.Data)+len(e.Metadata))
	buf = append(buf, chainDomain...)
	buf = append(buf, previous[:]...)
	buf = appendPart(buf, stream)
	buf = binary.BigEndian.AppendUint64(buf, uint64(revision))
	buf = append(buf, e.ID[:]...)
	buf = appendPart(buf, e.Type)
	buf = appendPart(buf, e.Data)
	buf = appendPart(buf, e.Metadata)
	return sha256.Sum256(buf)
}

func appendPart[T string | []byte](buf []byte, part T) []byte {
	buf = binary.BigEndian.AppendUint64(buf, uint64(len(part)))
	return append(buf, part...)
}

// Verify tells whether r follows previous: the right revision, and a hash that
// agrees with its bytes. It answers a [*Corrupt] that names r otherwise.
func Verify(previous Head, r Recorded) error {
	var problem string
	switch {
	case r.Revision != previous.Revision+1:
		problem = "the event before it is missing or doubled"
	case r.Hash != Chain(previous.Hash, r.Stream, r.Revision, r.proposed()):
		problem = "its bytes do not agree with its hash"
	default:
		return nil
	}
	return &Corrupt{Stream: r.Stream, Revision: r.Revision, Position: r.Position, Problem: problem}
}

func (r Recorded) proposed() Proposed {
	return Proposed{ID: r.ID, Type: r.Type, Data: r.Data, Metadata: r.Metadata}
}

// idSpace is the UUIDv5 name space of event ids.
var idSpace = uuid.MustParse("6f1c2f4e-7c0b-5a53-9d0e-2f6b8f0c3a11")

// EventID derives an event's id from its stream, what caused it and its place
// among the events of that cause (R2). It is never random, so a repeated decision
// is recognised.
func EventID(stream string, cause uuid.UUID, index int) uuid.UUID {
	name := make([]byte, 0, len(stream)+len(cause)+8)
	name = append(name, stream...)
	name = append(name, cause[:]...)
	name = binary.BigEndian.AppendUint64(name, uint64(index))
	return uuid.NewSHA1(idSpace, name)
}
