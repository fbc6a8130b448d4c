package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime"
)

// pool lends read-only connections, opened when first needed.
type pool struct {
	path string
	free chan *conn // nil entries are places for connections not opened yet
}

func newPool(path string) *pool {
	size := max(4, runtime.GOMAXPROCS(0))
	p := &pool{path: path, free: make(chan *conn, size)}
	for range size {
		p.free <- nil
	}
	return p
}

// take borrows a connection; put gives it back.
func (p *pool) take(ctx context.Context) (*conn, error) {
	var c *conn
	select {
	case c = <-p.free:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if c != nil {
		return c, nil
	}
	c, err := connect(p.path, "ro", "busy_timeout(2000)", "query_only(ON)", "cache_size(-4000)", "trusted_schema(OFF)")
	if err != nil {
		p.free <- nil
		return nil, fmt.Errorf("open a connection to read: %w", err)
	}
	return c, nil
}

func (p *pool) put(c *conn) { p.free <- c }

// close closes every connection; all must have been given back.
func (p *pool) close() error {
	var err error
	for range cap(p.free) {
		if c := <-p.free; c != nil {
			err = errors.Join(err, c.close())
		}
	}
	return err
}
