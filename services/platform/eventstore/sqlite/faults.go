package sqlite

// Faults are what a fault program puts between a log and its disk. A log that serves
// has none.
type Faults struct {
	// Commit stands around COMMIT, and answers what the writer is to believe.
	Commit func(commit func() error) error
	// MaxBytes is asked before each transaction, see [WithMaxBytes].
	MaxBytes func() int64
}

// WithFaults opens a log with faults; those that are nil do not happen.
func WithFaults(f Faults) Option {
	return func(s *settings) {
		if f.Commit != nil {
			s.commit = f.Commit
		}
		if f.MaxBytes != nil {
			s.maxBytes = f.MaxBytes
		}
	}
}
