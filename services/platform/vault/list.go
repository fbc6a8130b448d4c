package vault

// ErrDisk marks a fault after which it is unknown what the disk holds. Nothing is
// stored any more; restart to find out.
var ErrDisk = errDisk

// DestroyedLog is the file of destroyed ids, for key stores whose keys are kept
// elsewhere: it outlives a restore of the keys (rules section 8 (5)), as
// destroyed.log does for the embedded one. It is not safe for concurrent use.
type DestroyedLog struct{ list *destroyedList }

// OpenDestroyedLog opens the file at path, and makes it at first start. A damaged
// line is an error that names it.
func OpenDestroyedLog(path string) (*DestroyedLog, error) {
	list, err := openDestroyedList(path)
	if err != nil {
		return nil, err
	}
	return &DestroyedLog{list: list}, nil
}

// Held answers what was listed when the file was opened. An id can be listed twice.
func (l *DestroyedLog) Held() []Destroyed {
	all := make([]Destroyed, len(l.list.held))
	for i, t := range l.list.held {
		all[i] = Destroyed{KeyID: t.id, At: t.at}
	}
	return all
}

// Add makes destructions durable, or answers [ErrDisk] when the disk did not
// confirm. After a write that failed otherwise the next one takes its place.
func (l *DestroyedLog) Add(destroyed ...Destroyed) error {
	stones := make([]tombstone, len(destroyed))
	for i, d := range destroyed {
		stones[i] = tombstone{id: d.KeyID, at: d.At}
	}
	return l.list.add(stones...)
}

// Close releases the file.
func (l *DestroyedLog) Close() error { return l.list.close() }
