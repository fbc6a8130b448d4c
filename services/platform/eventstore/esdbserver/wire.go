package esdbserver

import (
	"encoding/binary"
	"strconv"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"aanvraag.internal/services/platform/eventstore"
)

// System metadata of an event.
const (
	keyType        = "type"
	keyContentType = "content-type"
	keyCreated     = "created" // in ticks of 100 ns since 1970

	contentJSON  = "application/json"
	contentBytes = "application/octet-stream"

	tick = 100 // nanoseconds
)

// recorded is r as the protocol spells it. The log does not keep what kind of
// content a client said it sent, so that is told from the bytes.
func recorded(r eventstore.Recorded, textID bool) *streams.ReadResp {
	position := uint64(r.Position)
	content := contentBytes
	if jsontext.Value(r.Data).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)) {
		content = contentJSON
	}
	metadata, err := eventstore.WithChain(r.Metadata, r.Hash)
	if err != nil {
		metadata = r.Metadata // no object, nothing that could carry it
	}
	return &streams.ReadResp{Content: &streams.ReadResp_Event{Event: &streams.ReadResp_ReadEvent{
		Event: &streams.ReadResp_ReadEvent_RecordedEvent{
			Id:               wireID(r.ID, textID),
			StreamIdentifier: identifier(r.Stream),
			StreamRevision:   uint64(r.Revision),
			CommitPosition:   position,
			PreparePosition:  position,
			Metadata: map[string]string{
				keyType:        r.Type,
				keyContentType: content,
				keyCreated:     strconv.FormatInt(r.RecordedAt.UnixNano()/tick, 10),
			},
			CustomMetadata: metadata,
			Data:           r.Data,
		},
		Position: &streams.ReadResp_ReadEvent_CommitPosition{CommitPosition: position},
	}}}
}

func identifier(stream string) *shared.StreamIdentifier {
	return &shared.StreamIdentifier{StreamName: []byte(stream)}
}

func wireID(id uuid.UUID, text bool) *shared.UUID {
	if text {
		return &shared.UUID{Value: &shared.UUID_String_{String_: id.String()}}
	}
	return &shared.UUID{Value: &shared.UUID_Structured_{Structured: &shared.UUID_Structured{
		MostSignificantBits:  int64(binary.BigEndian.Uint64(id[:8])),
		LeastSignificantBits: int64(binary.BigEndian.Uint64(id[8:])),
	}}}
}

// eventID reads an id that a client sent; an event without one cannot be recognised
// when it comes again.
func eventID(id *shared.UUID) (uuid.UUID, error) {
	var out uuid.UUID
	switch v := id.GetValue().(type) {
	case *shared.UUID_Structured_:
		binary.BigEndian.PutUint64(out[:8], uint64(v.Structured.GetMostSignificantBits()))
		binary.BigEndian.PutUint64(out[8:], uint64(v.Structured.GetLeastSignificantBits()))
	case *shared.UUID_String_:
		parsed, err := uuid.Parse(v.String_)
		if err != nil {
			return out, invalid("%q is not an event id", v.String_)
		}
		out = parsed
	}
	if out == uuid.Nil {
		return out, invalid("an event has no id")
	}
	return out, nil
}
