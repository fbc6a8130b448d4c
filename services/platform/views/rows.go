package views

import "github.com/hashicorp/golang-lru/v2/simplelru"

// Rows keeps in memory the rows that a view's events change over and over, so that
// each is read once and written once a transaction. Only Apply of one view uses it.
type Rows[R any] struct {
	read  func(*Tx, string) (R, error)
	write func(*Tx, string, R) error

	clean *simplelru.LRU[string, R] // as the file has them
	dirty map[string]R
	order []string // of dirty, so that rows are written in the order of their events
}

// cleanRows bounds the rows kept beyond their transaction.
const cleanRows = 4096

// NewRows makes it; read answers the row of a key as the file has it, or what stands
// for none, and write stores it.
func NewRows[R any](read func(tx *Tx, key string) (R, error), write func(tx *Tx, key string, row R) error) *Rows[R] {
	clean, _ := simplelru.NewLRU[string, R](cleanRows, nil) // an error only for a size below one
	return &Rows[R]{read: read, write: write, clean: clean, dirty: make(map[string]R)}
}

// Change replaces the row of key by what change makes of it, unless that answers
// false. The row itself must not be changed in place.
func (r *Rows[R]) Change(tx *Tx, key string, change func(R) (R, bool)) error {
	row, err := r.row(tx, key)
	if err != nil {
		return err
	}
	row, changed := change(row)
	if !changed {
		return nil
	}
	if _, before := r.dirty[key]; !before {
		r.order = append(r.order, key)
	}
	r.dirty[key] = row
	tx.hold(r)
	return nil
}

func (r *Rows[R]) row(tx *Tx, key string) (R, error) {
	if row, known := r.dirty[key]; known {
		return row, nil
	}
	if row, known := r.clean.Get(key); known {
		return row, nil
	}
	return r.read(tx, key)
}

// flush writes what the transaction changed.
func (r *Rows[R]) flush(tx *Tx) error {
	for _, key := range r.order {
		if err := r.write(tx, key, r.dirty[key]); err != nil {
			return err
		}
		r.clean.Add(key, r.dirty[key])
	}
	r.order = r.order[:0]
	clear(r.dirty)
	return nil
}

// forget goes back to what the file has.
func (r *Rows[R]) forget() {
	r.order = r.order[:0]
	clear(r.dirty)
	r.clean.Purge()
}
