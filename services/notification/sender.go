package notification

import (
	"context"
	"errors"
)

// Sender hands a message to the mail system. Implementations are safe for
// concurrent use.
type Sender interface {
	// Send answers the bytes that went out under the message's id, which are
	// those of an earlier try where there was one. It answers [ErrUndeliverable],
	// wrapped or not, when this message can never be sent; after any other error
	// it may or may not be, and trying again is right.
	Send(ctx context.Context, m Mail) (sent []byte, err error)
}

// ErrUndeliverable answers a message whose recipient the mail system refuses for
// good.
var ErrUndeliverable = errors.New("the recipient cannot be reached by mail")
