package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"

	engine "modernc.org/sqlite"
)

// conn is one connection with the statements it keeps open; one goroutine uses it
// at a time. It stands on the driver itself, because database/sql costs more per
// row than SQLite does.
type conn struct {
	raw   driver.Conn
	stmts map[string]*stmt
	names map[string]string // few and repeated texts, such as event types
}

// stmt is a prepared statement with its reusable arguments.
type stmt struct {
	exec interface {
		driver.StmtExecContext
		driver.StmtQueryContext
	}
	args []driver.NamedValue
	row  []driver.Value
}

// connect opens path; mode is SQLite's "ro" or "rw".
func connect(path, mode string, pragmas ...string) (*conn, error) {
	query := url.Values{"mode": {mode}, "_pragma": pragmas}
	location := url.URL{Path: path}
	raw, err := (&engine.Driver{}).Open("file:" + location.EscapedPath() + "?" + query.Encode())
	if code(err) == codeNotADatabase {
		return nil, fmt.Errorf("%w: %w", ErrForeign, err)
	}
	if err != nil {
		return nil, err
	}
	return &conn{raw: raw, stmts: make(map[string]*stmt), names: make(map[string]string)}, nil
}

func (c *conn) close() error {
	for _, s := range c.stmts {
		_ = s.exec.(driver.Stmt).Close() //nolint:forcetypeassert // every statement is one; closing the connection tells what went wrong
	}
	return c.raw.Close()
}

// prepare gives the statement for text, with room for columns in a row.
func (c *conn) prepare(text string, columns int) (*stmt, error) {
	if s, ok := c.stmts[text]; ok {
		return s, nil
	}
	prepared, err := c.raw.Prepare(text)
	if err != nil {
		return nil, err
	}
	both, ok := prepared.(interface {
		driver.StmtExecContext
		driver.StmtQueryContext
	})
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver lacks statements with a context"), prepared.Close())
	}
	s := &stmt{exec: both, row: make([]driver.Value, columns)}
	c.stmts[text] = s
	return s, nil
}

// run executes text, which answers no rows.
func (c *conn) run(text string, args ...driver.Value) error {
	s, err := c.prepare(text, 0)
	if err != nil {
		return err
	}
	return s.run(args...)
}

// number is the single integer that text answers; NULL counts as zero.
func (c *conn) number(text string) (int64, error) {
	var n int64
	s, err := c.prepare(text, 1)
	if err != nil {
		return 0, err
	}
	err = s.each(func(row []driver.Value) (bool, error) {
		n, _ = row[0].(int64)
		return false, nil
	})
	return n, err
}

// known gives the text of b, sharing one string among equal ones.
func (c *conn) known(b []byte) string {
	if s, ok := c.names[string(b)]; ok {
		return s
	}
	if len(c.names) >= 1024 {
		clear(c.names)
	}
	s := string(b)
	c.names[s] = s
	return s
}

func (s *stmt) bind(args []driver.Value) {
	s.args = s.args[:0]
	for _, a := range args {
		s.arg(a)
	}
}

func (s *stmt) arg(v driver.Value) {
	s.args = append(s.args, driver.NamedValue{Ordinal: len(s.args) + 1, Value: v})
}

func (s *stmt) run(args ...driver.Value) error {
	s.bind(args)
	return s.runBound()
}

func (s *stmt) runBound() error {
	// A statement is short and bounded; a context would cost a goroutine each.
	_, err := s.exec.ExecContext(context.Background(), s.args)
	clear(s.args)
	return err
}

// each calls do with each row until it answers false. The row is reused, its
// values are not.
func (s *stmt) each(do func(row []driver.Value) (more bool, err error), args ...driver.Value) (err error) {
	s.bind(args)
	rows, err := s.exec.QueryContext(context.Background(), s.args)
	clear(s.args)
	if err != nil {
		return err
	}
	defer func() {
		clear(s.row)
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	for {
		if err := rows.Next(s.row); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if more, err := do(s.row); err != nil || !more {
			return err
		}
	}
}

// Result codes of SQLite that are answered in a way of their own.
const (
	codeBusy         = 5
	codeFull         = 13
	codeNotADatabase = 26
)

// code is the primary result code of err; zero when SQLite did not give it.
func code(err error) int {
	var e *engine.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xff
}

var errShape = errors.New("a stored value has the wrong type or length")

// array copies a stored blob into dst, which it must fill exactly.
func array(dst []byte, v driver.Value) error {
	b, _ := v.([]byte)
	if len(b) != len(dst) {
		return fmt.Errorf("%w: %d bytes, not %d", errShape, len(b), len(dst))
	}
	copy(dst, b)
	return nil
}
