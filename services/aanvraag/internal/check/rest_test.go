package check

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"aanvraag.internal/services/platform/eventstore"
)

// asked is a log in which something happens when its end is asked for, as a look
// that found something does.
type asked struct {
	eventstore.Store
	then func()
}

func (s asked) Gapless() bool { return true }

func (s asked) End(ctx context.Context) (eventstore.Position, error) {
	s.then()
	return s.Store.End(ctx)
}

func atRest(t *testing.T, world recording) {
	const patience = 300 * time.Millisecond
	settle := func(c *copied) func() {
		settled := c.last("request.settled.v1")
		c.without(settled).stored()
		return sync.OnceFunc(func() {
			m := meta(c.t, settled)
			c.put(settled.Stream, settled.Type, map[string]any{"invoiceId": member(c.t, settled, "invoiceId"), "settledAt": monday}, m)
		})
	}
	look := func(t *testing.T, c *copied) []Finding {
		t.Helper()
		found, err := AtRest(t.Context(), c.Subject, patience)
		must(t, err)
		return found
	}
	t.Run("what is still to come is waited for", func(t *testing.T) {
		c := world.of(t)
		come := settle(c)
		c.Store = asked{c.Store, come}
		if found := look(t, c); found != nil {
			t.Errorf("found %v", found)
		}
	})
	t.Run("what never comes is found", func(t *testing.T) {
		c := world.of(t)
		settle(c)
		if found := look(t, c); len(found) != 1 || found[0].Name != NotHandled {
			t.Errorf("found %v", found)
		}
	})
	t.Run("what time cannot heal is not waited for", func(t *testing.T) {
		c := world.of(t).stored()
		c.append("technician-1", "technician.renamed.v1", map[string]any{}, nil)
		looks := 0
		c.Store = asked{c.Store, func() { looks++ }}
		if found := look(t, c); looks > 0 || !slices.ContainsFunc(found, func(f Finding) bool { return f.Name == LogUnread }) {
			t.Errorf("found %v after %d more looks", found, looks)
		}
	})
	t.Run("the wait ends with its context", func(t *testing.T) {
		c := world.of(t)
		settle(c)
		ctx, cancel := context.WithTimeout(t.Context(), patience/3)
		defer cancel()
		if _, err := AtRest(ctx, c.Subject, time.Hour); err == nil {
			t.Error("it did not end")
		}
	})
}
