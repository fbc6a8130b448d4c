package views

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
)

// Digest is the SHA-256, in hex, over the rows of all tables in the order of
// their primary keys (of all columns, where there is none). Two views that were
// built from the same events with the same shape have the same digest, whatever
// their batches and restarts were. It waits until the view is ready and reads one
// moment.
func (v *View) Digest(ctx context.Context) (string, error) {
	pool, err := v.Query(ctx)
	if err != nil {
		return "", err
	}
	tx, err := pool.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return "", fmt.Errorf("digest of view %s: %w", v.cfg.Name, err)
	}
	defer func() { _ = tx.Rollback() }() // it has only read
	h := sha256.New()
	if err := digestTables(ctx, tx, h); err != nil {
		return "", fmt.Errorf("digest of view %s: %w", v.cfg.Name, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func digestTables(ctx context.Context, tx *sql.Tx, h hash.Hash) error {
	tables, err := column(ctx, tx, `SELECT name FROM pragma_table_list
		WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name <> 'view_checkpoint'
		ORDER BY name`)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if err := digestTable(ctx, tx, h, table); err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
	}
	return nil
}

func digestTable(ctx context.Context, tx *sql.Tx, h hash.Hash, table string) error {
	columns, err := column(ctx, tx, `SELECT name FROM pragma_table_info(?) ORDER BY cid`, table)
	if err != nil {
		return err
	}
	key, err := column(ctx, tx, `SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk`, table)
	if err != nil {
		return err
	}
	if len(key) == 0 {
		key = columns
	}
	digestValue(h, table)
	digestValue(h, int64(len(columns)))
	// The plus hides a column's declared type, so the driver gives what is stored
	// and does not read dates into it.
	//nolint:gosec // the names come from the file's own schema and are quoted
	query := fmt.Sprintf(`SELECT %s FROM %s ORDER BY %s`, quoted("+", columns), quoted("", []string{table}), quoted("", key))
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	row, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for _, value := range row {
			digestValue(h, value)
		}
	}
	return rows.Err()
}

// digestValue writes a value so that no two rows can look alike: its type, the
// length of its text, its text.
func digestValue(h hash.Hash, value any) {
	text := ""
	switch value := value.(type) {
	case nil:
	case []byte:
		text = string(value)
	default:
		text = fmt.Sprint(value)
	}
	fmt.Fprintf(h, "%T %d %s\n", value, len(text), text)
}

func column(ctx context.Context, tx *sql.Tx, query string, args ...any) ([]string, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

func quoted(before string, names []string) string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = before + `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	}
	return strings.Join(out, ", ")
}
