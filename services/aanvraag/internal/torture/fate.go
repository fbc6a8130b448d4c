package torture

import (
	"bytes"
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// fate is what becomes of one life of a relay, at its writes that publish. Its
// connection writes one at a time.
type fate struct {
	*zombies

	random *rand.Rand
	die    context.CancelFunc
	wire   atomic.Pointer[wire]
	at     int // so many writes until something happens
}

var publishing = []byte("HPUB aanvraag.")

// harm answers what arrives of a write, and what happens then.
func (f *fate) harm(written []byte) (arrives []byte, then func()) {
	arrives = f.strip(written)
	if !bytes.Contains(written, publishing) {
		return arrives, nil
	}
	if f.at--; f.at != 0 {
		return arrives, nil
	}
	w := f.wire.Load()
	gone := func() {
		f.die()
		w.die()
	}
	switch f.random.IntN(6) {
	case 0: // it dies before
		f.t.Count("died", 1)
		return nil, gone
	case 1: // while it sends
		f.t.Count("died", 1)
		return arrives[:f.random.IntN(len(arrives))], gone
	case 2: // before it hears
		f.t.Count("died", 1)
		return arrives, gone
	case 3: // it does not hear, and goes on
		f.t.Count("cut off", 1)
		f.at = 1 + f.random.IntN(4)
		return arrives, w.cut
	default: // it freezes, and publishes what others have published meanwhile
		f.t.Count("froze", 1)
		f.at = 1 + f.random.IntN(4)
		_ = pause(context.Background(), time.Duration(1+f.random.IntN(40))*time.Millisecond)
		return arrives, nil
	}
}
