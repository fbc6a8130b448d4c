package session

import "time"

// Halt follows from something that makes work pause, such as a claim of warranty
// (W-04). What was worked before stays as it is.
type Halt struct {
	At time.Time `json:"at"`
}

// Decide pauses work that runs; where none does there is nothing to pause.
func (c Halt) Decide(s Session) ([]Event, error) {
	if s.Stage != Running {
		return nil, nil
	}
	return s.pause(c.At), nil
}
