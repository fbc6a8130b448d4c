package letters

// Learn remembers whom to write to.
type Learn struct{ Contact }

// Decide learns a contact once: a request has one, and what its first letter went
// to holds for all (later facts of the same submission change nothing).
func (c Learn) Decide(l Letters) ([]Event, error) {
	if l.Contact != nil {
		return nil, nil
	}
	return []Event{ContactLearned(c)}, nil
}
