package rpc

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"

	"connectrpc.com/connect/v2"

	"aanvraag.internal/services/platform/eventstore"
)

// opaque is how tokens are written: one way only, so that two different texts are
// never the same token. Read them with [unwrap].
var opaque = base64.RawURLEncoding.Strict()

// unwrap reads what opaque wrote, to the letter: by itself it passes over line ends.
func unwrap(text string) ([]byte, bool) {
	buf, err := opaque.DecodeString(text)
	return buf, err == nil && !strings.ContainsAny(text, "\r\n")
}

const (
	positionBytes = 8
	checkBytes    = 4
)

// Token is a position as callers hold it, to be given back with a query that must
// have seen it. It is opaque to them: only its source knows what lies where.
func Token(p eventstore.Position) string {
	buf := binary.BigEndian.AppendUint64(make([]byte, 0, positionBytes+checkBytes), uint64(p))
	return opaque.EncodeToString(append(buf, positionCheck(buf)...))
}

// ParseToken reads what [Token] writes. No token is position zero: nothing needs
// to have been seen. Anything else is INVALID_ARGUMENT, reason
// CONSISTENCY_TOKEN_INVALID.
func ParseToken(token string) (eventstore.Position, error) {
	if token == "" {
		return 0, nil
	}
	buf, ok := unwrap(token)
	if !ok || len(buf) != positionBytes+checkBytes ||
		!bytes.Equal(buf[positionBytes:], positionCheck(buf[:positionBytes])) {
		return 0, Fail(connect.CodeInvalidArgument, ReasonConsistencyTokenInvalid,
			"the consistency token is not one that a response held", nil)
	}
	return eventstore.Position(binary.BigEndian.Uint64(buf)), nil
}

// positionCheck catches a mangled token. It is no secret: a caller who forges a
// position only makes himself wait.
func positionCheck(position []byte) []byte {
	sum := sha256.Sum256(append([]byte("aanvraag position v1\n"), position...))
	return sum[:checkBytes]
}
