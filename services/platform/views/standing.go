package views

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"aanvraag.internal/services/platform/eventstore"
)

// Standing is what a view's file holds at one moment.
type Standing struct {
	Through eventstore.Position // everything up to here is in the rows
	Digest  string              // of the rows, see [View.Digest]
}

// Look reads the file of a view, beside whoever keeps it or while nobody does, and
// changes nothing. It uses the name, the directory and the shape of cfg. It answers
// [fs.ErrNotExist] while there is no whole file of that shape.
func Look(ctx context.Context, cfg Config) (Standing, error) {
	s, err := look(ctx, filepath.Join(cfg.Dir, cfg.Name+"-"+cfg.shape()+".db"))
	if err != nil {
		return Standing{}, fmt.Errorf("look at view %s: %w", cfg.Name, err)
	}
	return s, nil
}

func look(ctx context.Context, path string) (s Standing, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return s, err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return s, fs.ErrNotExist
	}
	pool, err := openReaders(path)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	tx, err := pool.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return s, err
	}
	defer func() { _ = tx.Rollback() }() // it has only read
	if err := tx.QueryRowContext(ctx, `SELECT position FROM view_checkpoint`).Scan(&s.Through); err != nil {
		return s, fmt.Errorf("read checkpoint: %w", err)
	}
	h := sha256.New()
	if err := digestTables(ctx, tx, h); err != nil {
		return s, err
	}
	s.Digest = hex.EncodeToString(h.Sum(nil))
	return s, nil
}
