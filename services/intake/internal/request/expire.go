package request

import "time"

// Expire follows from the time: a draft was not sent.
type Expire struct {
	At time.Time `json:"at"`
}

// Decide ends a draft from its last instant on; it was over then, whenever that is
// noticed (G-03). What was sent, or is not over, stays as it is.
func (c Expire) Decide(r Request) ([]Event, error) {
	if r.State != StateDrafted || !r.outlived(c.At) {
		return nil, nil
	}
	return []Event{Expired{ExpiredAt: r.ExpiresAt}}, nil
}

// Forget records that the keys of a request's person were destroyed.
type Forget struct {
	Keys []DestroyedKey `json:"keys"`
	At   time.Time      `json:"at"`
}

// DestroyedKey is a key that no longer exists, and since when.
type DestroyedKey struct {
	KeyID       string    `json:"keyId"`
	DestroyedAt time.Time `json:"destroyedAt"`
}

// Decide records it once, and only where nothing of the person may be left (G-03,
// W-01).
func (c Forget) Decide(r Request) ([]Event, error) {
	if !r.Forgettable() {
		return nil, nil
	}
	return []Event{KeysDestroyed(c)}, nil
}

// Forgettable tells whether the keys of the person are still to be destroyed: his
// draft expired (G-03), or became a warranty claim, which leaves nothing (W-01).
func (r Request) Forgettable() bool {
	return (r.State == StateExpired || r.State == StateDiverted) && !r.DraftedAt.IsZero() && r.ForgottenAt.IsZero()
}
