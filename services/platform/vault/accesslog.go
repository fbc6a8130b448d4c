package vault

import (
	"context"
	"fmt"
	"time"
)

// Record implements [AccessLog]. It leaves the fsync to the next key that is
// made, or to the next checkpoint.
func (f *Files) Record(ctx context.Context, o Opening) error {
	return f.writer.do(ctx, &job{run: func() error {
		_, err := f.queries.record.Exec(o.At.UnixNano(), o.Actor, o.Reason, o.Subject, string(o.Purpose), o.Field, o.Place)
		return err
	}})
}

// Openings implements [AccessLog].
func (f *Files) Openings(ctx context.Context, subject string) ([]Opening, error) {
	var found []Opening
	err := f.writer.do(ctx, &job{run: func() error {
		var err error
		found, err = f.readOpenings(subject)
		return err
	}})
	if err != nil {
		return nil, fmt.Errorf("read openings of %s: %w", subject, err)
	}
	return found, nil
}

// readOpenings runs on the writer's goroutine.
func (f *Files) readOpenings(subject string) ([]Opening, error) {
	rows, err := f.queries.openings.Query(subject)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []Opening
	for rows.Next() {
		var o Opening
		var at int64
		if err := rows.Scan(&at, &o.Actor, &o.Reason, &o.Subject, &o.Purpose, &o.Field, &o.Place); err != nil {
			return nil, err
		}
		o.At = time.Unix(0, at).UTC()
		found = append(found, o)
	}
	return found, rows.Err()
}

// Truncate implements [AccessLog]. It looks at every opening, and others wait.
func (f *Files) Truncate(ctx context.Context, before time.Time) (int64, error) {
	var removed int64
	err := f.writer.do(ctx, &job{run: func() error {
		result, err := f.queries.truncate.Exec(before.UnixNano())
		if err != nil {
			return err
		}
		removed, err = result.RowsAffected()
		return err
	}})
	if err != nil {
		return 0, fmt.Errorf("truncate openings: %w", err)
	}
	return removed, nil
}
