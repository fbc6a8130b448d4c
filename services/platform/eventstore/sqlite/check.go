package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
)

// ErrDamaged answers [Store.Check].
var ErrDamaged = errors.New("the event log's file is damaged")

// Check asks SQLite whether its file is whole: that every page can be read, and that
// what its indexes lead to is what its tables hold. The chain of hashes cannot tell
// of an event at the end of the log, or of a stream, that no page leads to any more;
// this can. It reads the whole file, beside everybody else, and is not interrupted.
// It answers [ErrDamaged] with what SQLite says first.
func (s *Store) Check(ctx context.Context) error {
	done, err := s.reading(ctx)
	if err != nil {
		return err
	}
	defer done()
	c, err := s.readers.take(ctx)
	if err != nil {
		return err
	}
	defer s.readers.put(c)
	stmt, err := c.prepare(`PRAGMA integrity_check(1)`, 1)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	verdict := "no answer"
	err = stmt.each(func(row []driver.Value) (bool, error) {
		verdict, _ = row[0].(string)
		return false, nil
	})
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case verdict != "ok":
		return fmt.Errorf("%w: %s", ErrDamaged, verdict)
	}
	return nil
}
